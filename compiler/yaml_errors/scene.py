"""A syntax error with the lines around it, and the trial of a mended line."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Final

import yaml

BREAKS: Final = re.compile("\r\n|[\n\r\x85\u2028\u2029]")  # what ends a line for libyaml
LONG: Final = 2_000  # characters of a line that no advice can show
TRIED: Final = 100_000  # characters up to the error; more takes too long to read again and again


@dataclass(frozen=True, slots=True)
class Scene:
    """What libyaml said, about what, where (counted from 1), and the lines of the text."""

    said: str
    context: str
    line: int
    column: int
    context_line: int
    context_column: int
    rows: tuple[str, ...]

    @property
    def row(self) -> str:
        """The line of the error; empty at the end of the file."""
        return self.row_at(self.line)

    def row_at(self, line: int) -> str:
        """Return a line by its number."""
        return self.rows[line - 1] if 0 < line <= len(self.rows) else ""

    def above(self, line: int) -> Iterator[int]:
        """Yield the numbers of the lines above a line that hold more than blanks or a comment, nearest first."""
        for number in range(min(line, len(self.rows) + 1) - 1, 0, -1):
            if self.rows[number - 1].strip() and not self.rows[number - 1].lstrip().startswith("#"):
                yield number

    def mended_by(self, changes: Mapping[int, str]) -> bool:
        """Say whether libyaml comes further than the line of the error once the lines of these numbers are changed."""
        rows = [*self.rows[: self.line]]
        if max(map(len, changes.values())) > LONG or sum(map(len, rows)) > TRIED:
            return False
        for line, row in changes.items():
            if not 0 < line <= len(rows):
                return False
            rows[line - 1] = row
        end = "\n" if self.line < len(self.rows) else ""
        return _reads_beyond("\n".join(rows) + end, self.line)


def scene_of(text: str, error: yaml.MarkedYAMLError) -> Scene:
    """Return the scene of a syntax error."""
    mark = error.problem_mark or error.context_mark
    line, column = _place(mark)
    context_line, context_column = _place(error.context_mark or mark)
    said = (error.problem or "not YAML").strip()
    return Scene(
        said, error.context or "", line, column, context_line, context_column, tuple(BREAKS.split(text))
    )


def _place(mark: Any) -> tuple[int, int]:
    return (mark.line + 1, mark.column + 1) if mark else (1, 1)


def _reads_beyond(text: str, line: int) -> bool:
    """Say whether a text has no syntax error up to the end of a line."""
    loader: Any = yaml.CSafeLoader  # a parser alone is enough for events, whatever the stubs say
    try:
        for _ in yaml.parse(text, Loader=loader):
            pass
    except yaml.MarkedYAMLError as error:
        open_quote = "quoted scalar" in (error.context or "")
        return error.problem_mark is not None and error.problem_mark.line + 1 > line and not open_quote
    except yaml.YAMLError:
        return False
    return True
