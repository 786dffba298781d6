"""A flow's picture as a Mermaid flowchart, which GitHub and many wikis draw."""

from __future__ import annotations

import re
from collections.abc import Iterator

from compiler.report.fit import shorten
from compiler.report.picture import Card, Picture

TEXT_CELLS, WORD_CELLS = 72, 32
SHAPES = {
    "message": ("[", "]"),
    "delay": ("([", "])"),
    "split": ("{{", "}}"),
    "update": ("[/", "/]"),
    "other": ("[[", "]]"),
}
CLASSES = {
    "message": "fill:#dbeafe,stroke:#2563eb,color:#172554",
    "delay": "fill:#fef3c7,stroke:#b45309,color:#451a03",
    "split": "fill:#ede9fe,stroke:#7c3aed,color:#2e1065",
    "update": "fill:#ccfbf1,stroke:#0f766e,color:#042f2e",
    "other": "fill:#f1f5f9,stroke:#64748b,color:#0f172a",
    "added": "stroke:#15803d,stroke-width:4px",
    "changed": "stroke:#d97706,stroke-width:4px",
    "removed": "stroke:#b91c1c,stroke-width:4px,stroke-dasharray:6 4",
}
# What Mermaid or its Markdown would read: entities and tags, directives and comments, emphasis, code, brackets.
READ = re.compile(r"[&#\"<>%`*_~\\\[\]{}|^]|^[-+]|^\d+(?=[.)])|(?<=\d)[.)](?= )|style|classDef")
MARKS = {"added": "new: ", "changed": "changed: ", "removed": "removed: "}


def escaped(text: str, limit: int = TEXT_CELLS) -> str:
    """Return text as the inside of a quoted Mermaid label, on one line and at most ``limit`` columns wide."""
    return READ.sub(lambda found: f"#{ord(found[0][0])};{found[0][1:]}", shorten(text, limit))


def mermaid(picture: Picture) -> str:
    """Return the picture as a flowchart; marked steps have a word and a class of their own."""
    return "".join(f"{line}\n" for line in _lines(picture))


def _lines(picture: Picture) -> Iterator[str]:
    nodes = {card.key: f"s{position}" for position, card in enumerate(picture.cards, 1)}
    yield "---"
    yield f"title: {_quoted(f'{picture.name} ({picture.status})')}"
    yield "---"
    yield "flowchart TD"
    yield f'    trigger(["{_label(picture.trigger.title, picture.trigger.details)}"]):::other'
    for card in picture.cards:
        yield f"    {_node(nodes[card.key], card, picture.details(card))}"
    yield (
        f"    trigger --> {nodes[picture.cards[0].key]}"
        if picture.cards
        else '    trigger --> e1(("end")):::other'
    )
    ends = 0
    for card in picture.cards:
        for way in card.ways:
            ends += way.target is None
            target = f'e{ends}(("end")):::other' if way.target is None else nodes[way.target]
            word = f'|"{escaped(way.word, WORD_CELLS)}"| ' if way.word else " "
            yield f"    {nodes[card.key]} -->{word}{target}"
    yield from _classes(picture, nodes)


def _classes(picture: Picture, nodes: dict[str, str]) -> Iterator[str]:
    used = {"other", *(card.label.family for card in picture.cards), *(card.mark for card in picture.cards)}
    for name, style in CLASSES.items():
        if name in used:
            yield f"    classDef {name} {style}"
    for mark in MARKS:
        marked = [nodes[card.key] for card in picture.cards if card.mark == mark]
        if marked:
            yield f"    class {','.join(marked)} {mark}"


def _node(node: str, card: Card, details: tuple[str, ...]) -> str:
    before, after = SHAPES[card.label.family]
    title = f"{MARKS[card.mark] if card.mark else ''}{card.label.title}"
    return f'{node}{before}"{_label(title, details)}"{after}:::{card.label.family}'


def _label(title: str, details: tuple[str, ...]) -> str:
    return "<br/>".join([escaped(title), *(f"<small>{escaped(detail)}</small>" for detail in details)])


def _quoted(text: str) -> str:
    """Return text as a double-quoted YAML scalar; Mermaid would show an ampersand of a title as an entity."""
    inner = shorten(text.replace("&", "and"), TEXT_CELLS).replace("\\", "\\\\").replace('"', '\\"')
    return f'"{inner}"'
