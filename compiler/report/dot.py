"""A flow's picture in DOT, the language of Graphviz."""

from __future__ import annotations

from collections.abc import Iterator

from compiler.report.fit import shorten
from compiler.report.picture import Picture

TEXT_CELLS, WORD_CELLS = 60, 32
SHAPES = {"message": "box", "delay": "box", "split": "hexagon", "update": "box", "other": "box"}
COLOURS = {
    "message": ("#2563eb", "#dbeafe"),
    "delay": ("#b45309", "#fef3c7"),
    "split": ("#7c3aed", "#ede9fe"),
    "update": ("#0f766e", "#ccfbf1"),
    "other": ("#64748b", "#f1f5f9"),
}
MARKS = {"added": "#15803d", "changed": "#d97706", "removed": "#b91c1c"}


def quoted(text: str) -> str:
    """Return text as a quoted DOT string; Graphviz reads backslashes and entities inside one."""
    return (
        '"' + text.replace("\\", "\\\\").replace('"', '\\"').replace("&", "&amp;").replace("\n", "\\n") + '"'
    )


def dot(picture: Picture) -> str:
    """Return the picture as a digraph; each step's node carries its key as ``id``."""
    return "".join(f"{line}\n" for line in _lines(picture))


def _lines(picture: Picture) -> Iterator[str]:
    nodes = {card.key: f"s{position}" for position, card in enumerate(picture.cards, 1)}
    yield "digraph flow {"
    yield f"  graph [rankdir=TB, ordering=out, labelloc=t, label={quoted(shorten(f'{picture.name} ({picture.status})', TEXT_CELLS))}]"
    yield '  node [style="filled,rounded", fontname="Helvetica", fontsize=11, color="#64748b", fillcolor="#f1f5f9"]'
    yield '  edge [fontname="Helvetica", fontsize=10]'
    yield f"  trigger [shape=box, label={_label(picture.trigger.title, picture.trigger.details)}]"
    for card in picture.cards:
        line, fill = COLOURS[card.label.family]
        style = (
            f', color="{MARKS[card.mark]}", penwidth=3, class={card.mark}'
            if card.mark
            else f', color="{line}"'
        )
        about = f"id={quoted(shorten(card.key, TEXT_CELLS))}, shape={SHAPES[card.label.family]}"
        yield f'  {nodes[card.key]} [{about}, label={_label(card.label.title, picture.details(card))}, fillcolor="{fill}"{style}]'
    yield f"  trigger -> {nodes[picture.cards[0].key]}" if picture.cards else "  trigger -> e1"
    ends = 0 if picture.cards else 1
    for card in picture.cards:
        for way in card.ways:
            ends += way.target is None
            target = f"e{ends}" if way.target is None else nodes[way.target]
            word = f" [label={quoted(shorten(way.word, WORD_CELLS))}]" if way.word else ""
            yield f"  {nodes[card.key]} -> {target}{word}"
    for end in range(1, ends + 1):
        yield f'  e{end} [shape=circle, label="end", width=0.3, fontsize=8, margin=0.02]'
    yield "}"


def _label(title: str, details: tuple[str, ...]) -> str:
    return quoted("\n".join(shorten(text, TEXT_CELLS) for text in (title, *details)))
