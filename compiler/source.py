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
from compiler.nodes import DEPTH, compose, scalar_ranges, too_deep
from compiler.yaml_errors import Broken

NODES: Final = 200_000  # values after anchors are expanded
SIZE: Final = 2_000_000  # characters of one file
MOST_COMMENTS: Final = 100  # that are refused in one file
INT = re.compile(r"[-+]?[0-9]{1,300}")
OTHER_INT = re.compile(r"0o[0-7]{1,300}|0x[0-9a-fA-F]{1,300}")
FLOAT = re.compile(r"[-+]?(\.[0-9]+|[0-9]+(\.[0-9]*)?)([eE][-+]?[0-9]+)?")
WORDS: Final = {
    "": None, "~": None, "null": None, "Null": None, "NULL": None,
    "true": True, "True": True, "TRUE": True, "false": False, "False": False, "FALSE": False,
}  # fmt: skip
NUMERIC_START: Final = frozenset("0123456789+-.")
QUOTED = re.compile(r'"(?:[^"\\]|\\.)*"|\'(?:[^\']|\'\')*\'')
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
        data = _Builder().build(node, 0)
        _tight_comments(file, text, problems)
        return Source(file, text, data)
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

    def build(self, node: Any, depth: int) -> Any:
        """Return a node's data."""
        self.left -= 1
        kind = node.__class__
        if kind is yaml.ScalarNode:
            if node.tag is not None:
                raise _tagged(node)
            return node.value if node.style else plain(node.value)
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
        return Broken(
            "F008", 'a text that starts with "{{" needs quotes: "{{ ... }}"', line, max(1, column - 1)
        )
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
