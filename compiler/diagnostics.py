"""What is wrong, and where: the two ways in which flowc fails.

A user's mistake is a :class:`Diagnostic` with a :class:`Span`; rooms collect them in :class:`Problems` so
that all are shown at once. Everything else (no key, a full disk, a broken plan) is one :class:`Fatal`, raised
where it happens and caught once, in ``cli``.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from enum import IntEnum
from typing import Literal

Severity = Literal["error", "warning", "info"]


class Exit(IntEnum):
    """The frozen exit codes of every command."""

    DONE = 0
    UNEXPECTED = 1
    CHANGES = 2
    WRONG_SPECS = 3
    CREDENTIALS = 4
    BUDGET = 5
    NOT_ALLOWED = 6
    STALE = 7
    PARTIAL = 8


class Fatal(Exception):  # noqa: N818 - it is a verdict about the run, not about a value
    """Ends the run with one message and one exit code; caught once, in ``cli``."""

    def __init__(self, message: str, exit_code: Exit = Exit.UNEXPECTED) -> None:
        super().__init__(message)
        self.message = message
        self.exit_code = exit_code


@dataclass(frozen=True, slots=True, order=True)
class Span:
    """A place in a file; line and column count from 1, and 0 means the file as a whole."""

    file: str
    line: int = 0
    column: int = 0

    def __str__(self) -> str:
        return f"{self.file}:{self.line}:{self.column}" if self.line else self.file


@dataclass(frozen=True, slots=True)
class Diagnostic:
    """One mistake: a stable code, a sentence, a place, and the files that it was reached through."""

    code: str
    message: str
    span: Span
    severity: Severity = "error"
    via: tuple[Span, ...] = ()

    def __str__(self) -> str:
        via = "".join(f" (via {span.file}:{span.line})" for span in self.via)
        level = "" if self.severity == "error" else f"{self.severity}: "
        return f"{self.span} {self.code} {level}{self.message}{via}"


@dataclass(slots=True)
class Problems:
    """Collects diagnostics; rooms add to it and go on."""

    found: list[Diagnostic] = field(default_factory=list)

    def add(
        self, code: str, message: str, span: Span, severity: Severity = "error", via: tuple[Span, ...] = ()
    ) -> None:
        """Record one diagnostic."""
        self.found.append(Diagnostic(code, message, span, severity, via))

    def extend(self, diagnostics: Iterable[Diagnostic]) -> None:
        """Record many diagnostics."""
        self.found.extend(diagnostics)

    def __iter__(self) -> Iterator[Diagnostic]:
        return iter(sorted(set(self.found), key=lambda d: (d.span, d.code, d.message, d.severity, d.via)))

    @property
    def blocking(self) -> int:
        """How many of them leave no request body to write; what a lint rule objects to can still be compiled."""
        return sum(d.severity == "error" and not d.code.startswith("F4") for d in set(self.found))

    @property
    def errors(self) -> int:
        """How many of them are errors, those of lint rules too."""
        return sum(d.severity == "error" for d in set(self.found))


def nearest(word: str, candidates: Iterable[str]) -> str:
    """Return ``; did you mean "x"?`` for the candidate closest to ``word``, or an empty string."""
    import difflib  # noqa: PLC0415 - loaded only where somebody is mistaken

    names = [str(name) for name in candidates]
    folded = {name.lower().replace("_", "-"): name for name in reversed(names)}
    close = difflib.get_close_matches(word.lower().replace("_", "-"), folded, n=1, cutoff=0.6)
    return f'; did you mean "{folded[close[0]]}"?' if close else ""
