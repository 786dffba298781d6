"""The end of reading a file, and what is known of it without a place from libyaml."""

from __future__ import annotations

import re


class Broken(Exception):  # noqa: N818 - carries a diagnostic to the end of `load`
    """Stops the reading of a file that cannot be understood further."""

    def __init__(self, code: str, message: str, line: int, column: int) -> None:
        super().__init__(message)
        self.code, self.message, self.line, self.column = code, message, line, column


def first_line(error: Exception) -> str:
    """Return the first line of what an error says."""
    return str(error).strip().splitlines()[0]


def bad_character(text: str) -> tuple[int, int]:
    """Return the line and column of the first character that YAML does not allow."""
    found = re.search("[^\t\n\r\x20-\x7e\x85\xa0-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]", text)
    index = found.start() if found else 0
    return text.count("\n", 0, index) + 1, index - (text.rfind("\n", 0, index) + 1) + 1
