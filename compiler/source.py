"""Reads YAML text into plain data, by the rules of YAML 1.2's core schema.

libyaml parses; positions are looked up only when a diagnostic needs one (:func:`locate` composes the text again),
because keeping them would double the cost of every load. Keys are text as written. What YAML allows and this
language does not (tags, merge keys, several documents, keys that are no text) is a diagnostic, and so are the
traps that YAML sets for marketing text: ``Email #1``, ``{{ first_name }}`` and ``: `` without quotes.
"""

from __future__ import annotations

import re
from bisect import bisect_right
from dataclasses import dataclass
from math import isfinite
from typing import Any, Final

import yaml

from compiler.diagnostics import Diagnostic, Problems, Span
from compiler.nodes import DEPTH, compose, events, scalar_ranges, too_deep
from compiler.yaml_errors import Broken, in_quotes

NODES: Final = 200_000  # values after anchors are expanded
SIZE: Final = 2_000_000  # characters of one file
MOST_COMMENTS: Final = 100  # that are refused in one file
MOST_NUMBERS: Final = 100  # that are refused in one file
INT = re.compile(r"[-+]?[0-9]{1,300}")
OTHER_INT = re.compile(r"0o[0-7]{1,300}|0x[0-9a-fA-F]{1,300}")
FLOAT = re.compile(r"[-+]?(\.[0-9]+|[0-9]+(\.[0-9]*)?)([eE][-+]?[0-9]+)?")
ODD_NUMBER: Final = re.compile(r"\+|-?0[0-9xo]")  # as a post code, a phone or an article's number may begin
WORDS: Final = {
    "": None, "~": None, "null": None, "Null": None, "NULL": None,
    "true": True, "True": True, "TRUE": True, "false": False, "False": False, "FALSE": False,
}  # fmt: skip
NUMERIC_START: Final = frozenset("0123456789+-.")
QUOTED = re.compile(r'"(?:[^"\\]|\\.)*"|\'(?:[^\']|\'\')*\'')
ANCHOR = re.compile(r"(?:^|[\s\[{,])&[^\s,\[\]{}]", re.MULTILINE)
COMMENT = re.compile(r"(?:^|(?<=[ \t]))#([^\s#!]?)")


Path = tuple[Any, ...]
Ranges = list[tuple[tuple[int, int], tuple[int, int]]]


@dataclass(frozen=True, slots=True)
class Source:
    """One YAML file: its name as diagnostics show it, its text, and its data (None where it is broken)."""

    file: str
    text: str
    data: Any


def load(file: str, raw: bytes | str, problems: Problems) -> Source:
    """Return the file's data; what is wrong with it goes to ``problems`` and leaves data None."""
    text = ""
    try:
        text = _decode(raw)
        node = compose(text)
        builder = _Builder()
        data = builder.build(node, 0)
        lost = [*builder.odd_numbers, *_lost_anchors(text)]
        for each in lost:
            problems.add(each.code, each.message, Span(file, each.line, each.column))
        _tight_comments(file, text, problems)
        return Source(file, text, None if lost else data)
    except Broken as broken:
        problems.add(broken.code, broken.message, Span(file, broken.line, broken.column))
    return Source(file, text, None)


def _decode(raw: bytes | str) -> str:
    if isinstance(raw, str):
        text = raw
    else:
        try:
            text = raw.decode("utf-8-sig")
        except UnicodeDecodeError as error:
            before = raw[: error.start].decode("utf-8", "replace")
            line, column = before.count("\n") + 1, len(before) - (before.rfind("\n") + 1) + 1
            raise Broken("F001", "the file is not UTF-8; save it as UTF-8", line, column) from error
    if len(text) > SIZE:
        raise Broken("F002", f"the file has {len(text):,} characters; {SIZE:,} is the limit", 1, 1)
    return text


class _Builder:
    """Turns nodes into data; counts them, so that anchors cannot explode."""

    def __init__(self) -> None:
        self.left = NODES
        self.odd_numbers: list[Broken] = []

    def build(self, node: Any, depth: int) -> Any:
        """Return a node's data."""
        self.left -= 1
        kind = node.__class__
        if kind is yaml.ScalarNode:
            if node.tag is not None:
                raise _tagged(node)
            if node.style:
                return node.value
            value = plain(node.value)
            if value.__class__ is not str and ODD_NUMBER.match(node.value):
                self._odd_number(node, value)
            return value
        if depth > DEPTH:
            raise too_deep(node)
        if self.left < 0:
            mark = node.start_mark
            raise Broken(
                "F010", f"anchors expand to more than {NODES:,} values", mark.line + 1, mark.column + 1
            )
        if node.tag is not None:
            raise _tagged(node)
        if kind is yaml.MappingNode:
            return self._mapping(node, depth)
        return [self.build(item, depth + 1) for item in node.value]

    def _odd_number(self, node: Any, value: float) -> None:
        """Note a number whose text would be lost: nobody who writes 01234 means 1234."""
        if len(self.odd_numbers) < MOST_NUMBERS:
            mark, written = node.start_mark, node.value
            number = _cut(str(value).removesuffix(".0"))
            words = f"{_cut(written)} would be read as {number}; write {in_quotes(written)} for the text, {number} for the number"
            self.odd_numbers.append(Broken("F007", words, mark.line + 1, mark.column + 1))

    def _mapping(self, node: Any, depth: int) -> dict[str, Any]:
        out: dict[str, Any] = {}
        for key, value in node.value:
            if key.__class__ is not yaml.ScalarNode:
                raise _odd_key(key)
            name = key.value
            if name in out:
                mark = key.start_mark
                raise Broken("F011", f'"{name[:60]}" is written twice', mark.line + 1, mark.column + 1)
            out[name] = self.build(value, depth + 1)
        return out


def _cut(text: str) -> str:
    return text if len(text) <= 40 else text[:37] + "..."


def _tagged(node: Any) -> Broken:
    mark = node.start_mark
    return Broken(
        "F012",
        f"a tag ({str(node.tag)[:40]}); quote a text that starts with !",
        mark.line + 1,
        mark.column + 1,
    )


def _odd_key(key: Any) -> Broken:
    mark = key.start_mark
    line, column = mark.line + 1, mark.column + 1
    if isinstance(key, yaml.MappingNode):
        inner = key.value[0][0].value if key.value else ""
        typed = in_quotes(f"{{{{ {inner if isinstance(inner, str) else '...'} }}}}")
        words = f'a text that starts with "{{{{" needs quotes: {typed}'
        return Broken("F008", words, line, max(1, column - 1))
    return Broken("F013", "a key must be text; quote a text that starts with [", line, column)


def plain(text: str) -> Any:
    """Return the value of an unquoted scalar by YAML 1.2's core schema: null, a boolean, a number or the text."""
    if text in WORDS:
        return WORDS[text]
    if text[0] not in NUMERIC_START:
        return text
    if INT.fullmatch(text):
        return int(text)
    if FLOAT.fullmatch(text):
        number = float(text)
        return number if isfinite(number) else text
    if OTHER_INT.fullmatch(text):
        return int(text, 0)
    return text  # .inf, .nan and 1e999 too: JSON has no such number, so they stay text


def _lost_anchors(text: str) -> list[Broken]:
    """Return what is lost of texts that start with ``&``: to YAML their first word names them, for an alias to repeat."""
    if "&" not in text or not ANCHOR.search(text):
        return []
    found, used = {}, set()
    for event in events(text):
        if isinstance(event, yaml.AliasEvent):
            used.add(event.anchor)
        elif isinstance(event, yaml.ScalarEvent) and event.anchor is not None:
            found[event.anchor] = event
    return [_lost_anchor(event) for name, event in found.items() if name not in used]


def _lost_anchor(event: Any) -> Broken:
    typed = in_quotes(f"&{event.anchor} {event.value}".rstrip())
    words = (
        f'"&{event.anchor}" names a value that nothing repeats; quote a text that starts with "&": {typed}'
    )
    return Broken("F007", words, event.start_mark.line + 1, event.start_mark.column + 1)


def _tight_comments(file: str, text: str, problems: Problems) -> None:
    """Refuse comments without a blank after ``#``: they are nearly always the end of an unquoted name."""
    if "#" not in text:
        return
    suspects = []
    for number, line in enumerate(text.split("\n"), 1):
        if "#" in line:
            bare = QUOTED.sub(lambda match: "_" * len(match[0]), line)
            signs = [((number, match.start() + 1), match[1] != "") for match in COMMENT.finditer(bare)]
            suspects += [signs] if any(tight for _, tight in signs) else []
    if not suspects:
        return
    inside = scalar_ranges(text)
    message = 'everything after "#" is a comment here; quote the text, or put a blank after "#"'
    starts = [start for start, _ in inside]
    comments = (
        next((sign for sign in signs if not _within(sign[0], starts, inside)), None) for signs in suspects
    )
    wrong = [sign[0] for sign in comments if sign is not None and sign[1]]
    for place in wrong[:MOST_COMMENTS]:
        problems.add("F014", message, Span(file, *place))


def _within(place: tuple[int, int], starts: list[tuple[int, int]], ranges: Ranges) -> bool:
    """Say whether a place is in one of the ranges, which are in order and do not overlap."""
    before = bisect_right(starts, place)
    return before > 0 and place < ranges[before - 1][1]


def broken(source: Source, code: str, message: str) -> Diagnostic:
    """Return a diagnostic about a file as a whole."""
    return Diagnostic(code, message, Span(source.file, 1, 1))
