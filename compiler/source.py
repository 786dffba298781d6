"""Reads YAML text into plain data, by the rules of YAML 1.2's core schema.

libyaml parses; positions are looked up only when a diagnostic needs one (:func:`locate` composes the text again),
because keeping them would double the cost of every load. Keys are text as written. What YAML allows and this
language does not (tags, merge keys, several documents, keys that are no text) is a diagnostic, and so are the
traps that YAML sets for marketing text: ``Email #1``, ``{{ first_name }}`` and ``: `` without quotes.
"""

from __future__ import annotations

import re
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, Final

import yaml
from yaml.cyaml import CParser

from compiler.diagnostics import Diagnostic, Problems, Span

DEPTH: Final = 400  # levels of nesting; a flow of 60 nested splits has about 200
NODES: Final = 1_000_000  # values after anchors are expanded
SIZE: Final = 20_000_000  # characters of one file
sys.setrecursionlimit(max(sys.getrecursionlimit(), 20 * DEPTH))  # walks of DEPTH levels under a caller's own frames

INT = re.compile(r"[-+]?[0-9]{1,300}")
OTHER_INT = re.compile(r"0o[0-7]{1,300}|0x[0-9a-fA-F]{1,300}")
FLOAT = re.compile(r"[-+]?(\.[0-9]+|[0-9]+(\.[0-9]*)?)([eE][-+]?[0-9]+)?")
SPECIAL = re.compile(r"[-+]?\.(inf|Inf|INF)|\.(nan|NaN|NAN)")
WORDS: Final = {
    "": None, "~": None, "null": None, "Null": None, "NULL": None,
    "true": True, "True": True, "TRUE": True, "false": False, "False": False, "FALSE": False,
}  # fmt: skip
NUMERIC_START: Final = frozenset("0123456789+-.")
QUOTED = re.compile(r'"(?:[^"\\]|\\.)*"|\'(?:[^\']|\'\')*\'')
TIGHT_COMMENT = re.compile(r"(?:^|(?<=[ \t]))#(?=[^\s#!])")

Path = tuple[Any, ...]


@dataclass(frozen=True, slots=True)
class Source:
    """One YAML file: its name as diagnostics show it, its text, and its data (None where it is broken)."""

    file: str
    text: str
    data: Any


class Broken(Exception):  # noqa: N818 - carries a diagnostic to the end of `load`
    """Stops the reading of a file that cannot be understood further."""

    def __init__(self, code: str, message: str, line: int, column: int) -> None:
        super().__init__(message)
        self.code, self.message, self.line, self.column = code, message, line, column


class _Parser(CParser):  # type: ignore[misc] # libyaml's binding has no types
    """libyaml's composer without tag resolution, which :func:`plain` does faster for the core schema."""

    def resolve(self, _kind: Any, _value: Any, _implicit: Any) -> None:
        return None

    def descend_resolver(self, _node: Any, _index: Any) -> None:
        return None

    def ascend_resolver(self) -> None:
        return None


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


def compose(text: str) -> yaml.Node:
    """Return the text's one document as nodes with marks; Broken where it is not one document of YAML."""
    try:
        _check_depth(text)
        parser = _Parser(text)
        node = parser.get_single_node()
    except yaml.MarkedYAMLError as error:
        raise _explain(text, error) from error
    except yaml.YAMLError as error:
        raise Broken("F003", f"not YAML: {_first_line(error)}", *_bad_character(text)) from error
    except UnicodeEncodeError as error:
        line = text.count("\n", 0, error.start) + 1
        raise Broken("F001", "a lone surrogate is no character", line, 1) from error
    if node is None:
        raise Broken("F004", "the file is empty; a document starts with its kind, such as kind: flow", 1, 1)
    return node


def _first_line(error: Exception) -> str:
    return str(error).strip().splitlines()[0]


def _bad_character(text: str) -> tuple[int, int]:
    found = re.search("[^\t\n\r\x20-\x7e\x85\xa0-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]", text)
    index = found.start() if found else 0
    return text.count("\n", 0, index) + 1, index - (text.rfind("\n", 0, index) + 1) + 1


def _check_depth(text: str) -> None:
    """Refuse deep nesting before libyaml's recursion meets it; only texts that could be deep are looked at."""
    if text.count("[") + text.count("{") < 3 * DEPTH and max(map(len, text.split("\n"))) < 3 * DEPTH:
        return
    depth = 0
    for event in yaml.parse(text, Loader=_Parser):
        if isinstance(event, yaml.CollectionStartEvent):
            depth += 1
            if depth > DEPTH:
                raise _too_deep(event)
        elif isinstance(event, yaml.CollectionEndEvent):
            depth -= 1


def _too_deep(node: Any) -> Broken:
    mark = node.start_mark
    return Broken("F005", f"nested more than {DEPTH} levels deep", mark.line + 1, mark.column + 1)


def _explain(text: str, error: yaml.MarkedYAMLError) -> Broken:
    mark = error.problem_mark or error.context_mark
    line, column = (mark.line + 1, mark.column + 1) if mark else (1, 1)
    said = (error.problem or "not YAML").strip()
    lines = text.split("\n")
    row = lines[line - 1] if line <= len(lines) else ""
    before = row[: column - 1]
    if "\t" in row[: len(row) - len(row.lstrip())] or "'\\t'" in said:
        return Broken("F006", "a tab; indent with spaces", line, column)
    if "surrogate" in said or "Unicode character escape" in said:
        return Broken("F001", "a lone surrogate is no character", line, column)
    if "mapping values are not allowed" in said:
        return Broken("F007", 'a ": " inside an unquoted text; quote the whole text', line, column)
    if "${{" in row and '"${{' not in row:
        return Broken("F008", '"${{" in an unquoted text inside { } or [ ]; quote it: "${{ ... }}"', line, row.index("${{") + 1)
    if "cannot start any token" in said:
        return Broken("F007", f"a text cannot start with {row[column - 1 : column]!r} unless it is quoted", line, column)
    if "undefined alias" in said or "found undefined" in said:
        return Broken("F003", "a text that starts with * is an alias in YAML; quote it", line, column)
    if "expected <document start>" in said or "another document" in said:
        return Broken("F009", "a second document; one file holds one document", line, column)
    if before.lstrip(" -").startswith(("[", "{")) or "flow" in (error.context or ""):
        return Broken("F003", f"{said}; a text that starts with [ or {{ needs quotes", line, column)
    return Broken("F003", f"not YAML: {said}", line, column)


class _Builder:
    """Turns nodes into data; counts them, so that anchors cannot explode."""

    def __init__(self) -> None:
        self.left = NODES

    def build(self, node: yaml.Node, depth: int) -> Any:
        self.left -= 1
        kind = node.__class__
        if kind is yaml.ScalarNode:
            if node.tag is not None:
                raise _tagged(node)
            return node.value if node.style else plain(node.value)
        if depth > DEPTH:
            raise _too_deep(node)
        if self.left < 0:
            mark = node.start_mark
            raise Broken("F010", f"anchors expand to more than {NODES:,} values", mark.line + 1, mark.column + 1)
        if node.tag is not None:
            raise _tagged(node)
        if kind is yaml.MappingNode:
            return self._mapping(node, depth)
        return [self.build(item, depth + 1) for item in node.value]

    def _mapping(self, node: yaml.MappingNode, depth: int) -> dict[str, Any]:
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


def _tagged(node: yaml.Node) -> Broken:
    mark = node.start_mark
    return Broken("F012", f"a tag ({str(node.tag)[:40]}); quote a text that starts with !", mark.line + 1, mark.column + 1)


def _odd_key(key: yaml.Node) -> Broken:
    mark = key.start_mark
    line, column = mark.line + 1, mark.column + 1
    if isinstance(key, yaml.MappingNode):
        return Broken("F008", 'a text that starts with "{{" needs quotes: "{{ ... }}"', line, max(1, column - 1))
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
        return float(text)
    if OTHER_INT.fullmatch(text):
        return int(text, 0)
    return text  # .inf and .nan too: JSON has no such number, so they stay text


def _tight_comments(file: str, text: str, problems: Problems) -> None:
    """Refuse comments without a blank after ``#``: they are nearly always the end of an unquoted name."""
    if "#" not in text:
        return
    suspects = []
    for number, line in enumerate(text.split("\n"), 1):
        if "#" in line:
            bare = QUOTED.sub(lambda match: "_" * len(match[0]), line)
            suspects += [(number, match.start() + 1) for match in TIGHT_COMMENT.finditer(bare)]
    if not suspects:
        return
    inside = scalar_ranges(text)
    for line, column in suspects:
        if not any(start <= (line, column) < end for start, end in inside):
            problems.add("F014", 'everything after "#" is a comment here; quote the text, or put a blank after "#"', Span(file, line, column))


def scalar_ranges(text: str) -> list[tuple[tuple[int, int], tuple[int, int]]]:
    """Return where quoted and block scalars begin and end."""
    out = []
    for event in yaml.parse(text, Loader=_Parser):
        if isinstance(event, yaml.ScalarEvent) and event.style:
            start, end = event.start_mark, event.end_mark
            out.append(((start.line + 1, start.column + 1), (end.line + 1, end.column + 1)))
    return out


def locate(source: Source, path: Path, *, key: bool = False) -> Span:
    """Return where a path's value (or its key) stands in the file; the nearest place above where it is not written."""
    try:
        node = compose(source.text)
    except Broken as broken:
        return Span(source.file, broken.line, broken.column)
    mark = node.start_mark
    for step, last in _steps(path):
        found = _child(node, step)
        if found is None:
            break
        name, node = found
        mark = name.start_mark if name is not None and (key and last) else node.start_mark
        if isinstance(node, yaml.ScalarNode) and node.value == "" and name is not None:
            mark = name.start_mark
    return Span(source.file, mark.line + 1, mark.column + 1)


def _steps(path: Path) -> Iterator[tuple[Any, bool]]:
    for index, step in enumerate(path):
        yield step, index == len(path) - 1


def _child(node: yaml.Node, step: Any) -> tuple[yaml.Node | None, yaml.Node] | None:
    if isinstance(node, yaml.MappingNode):
        for name, value in node.value:
            if name.value == str(step):
                return name, value
    elif isinstance(node, yaml.SequenceNode) and isinstance(step, int) and step < len(node.value):
        return None, node.value[step]
    return None


def broken(source: Source, code: str, message: str) -> Diagnostic:
    """Return a diagnostic about a file as a whole."""
    return Diagnostic(code, message, Span(source.file, 1, 1))
