"""What libyaml objects to, in words for a marketer: the trap that the text fell into, and how to get out."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

import yaml


class Broken(Exception):  # noqa: N818 - carries a diagnostic to the end of `load`
    """Stops the reading of a file that cannot be understood further."""

    def __init__(self, code: str, message: str, line: int, column: int) -> None:
        super().__init__(message)
        self.code, self.message, self.line, self.column = code, message, line, column


@dataclass(frozen=True, slots=True)
class Scene:
    """What is known of a syntax error: what libyaml said, about what, and the line up to and around its place."""

    said: str
    context: str
    row: str
    before: str
    column: int


Trap = tuple[Callable[[Scene], bool], str, str]
TRAPS: Final[tuple[Trap, ...]] = (
    (
        lambda at: "\t" in at.row[: len(at.row) - len(at.row.lstrip())] or "'\\t'" in at.said,
        "F006",
        "a tab; indent with spaces",
    ),
    (
        lambda at: "surrogate" in at.said or "Unicode character escape" in at.said,
        "F001",
        "a lone surrogate is no character",
    ),
    (
        lambda at: "mapping values are not allowed" in at.said,
        "F007",
        'a ": " inside an unquoted text; quote the whole text',
    ),
    (
        lambda at: "${{" in at.row and '"${{' not in at.row,
        "F008",
        '"${{" in an unquoted text inside { } or [ ]; quote it: "${{ ... }}"',
    ),
    (
        lambda at: "cannot start any token" in at.said,
        "F007",
        "a text cannot start with {start!r} unless it is quoted",
    ),
    (
        lambda at: "undefined alias" in at.said or "found undefined" in at.said,
        "F003",
        "a text that starts with * is an alias in YAML; quote it",
    ),
    (
        lambda at: "expected <document start>" in at.said or "another document" in at.said,
        "F009",
        "a second document; one file holds one document",
    ),
    (
        lambda at: at.before.lstrip(" -").startswith(("[", "{")) or "flow" in at.context,
        "F003",
        "{said}; a text that starts with [ or { needs quotes",
    ),
)


def explain(text: str, error: yaml.MarkedYAMLError) -> Broken:
    """Return the diagnostic of a syntax error."""
    mark = error.problem_mark or error.context_mark
    line, column = (mark.line + 1, mark.column + 1) if mark else (1, 1)
    lines = text.split("\n")
    row = lines[line - 1] if line <= len(lines) else ""
    scene = Scene((error.problem or "not YAML").strip(), error.context or "", row, row[: column - 1], column)
    for fits, code, message in TRAPS:
        if fits(scene):
            place = row.index("${{") + 1 if code == "F008" else column
            words = message.replace("{said}", scene.said).replace("{start!r}", repr(row[column - 1 : column]))
            return Broken(code, words, line, place)
    return Broken("F003", f"not YAML: {scene.said}", line, column)


def first_line(error: Exception) -> str:
    """Return the first line of what an error says."""
    return str(error).strip().splitlines()[0]


def bad_character(text: str) -> tuple[int, int]:
    """Return the line and column of the first character that YAML does not allow."""
    found = re.search("[^\t\n\r\x20-\x7e\x85\xa0-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]", text)
    index = found.start() if found else 0
    return text.count("\n", 0, index) + 1, index - (text.rfind("\n", 0, index) + 1) + 1
