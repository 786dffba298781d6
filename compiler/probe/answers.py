"""What a probe has learned, what it could not delete, and how the lock file keeps the answers."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from compiler.diagnostics import Exit

Value = str | float | tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Answer:
    """The answer to one question, None where it stays unknown; ``why`` is the reason, or what was seen."""

    value: Value | None
    why: str = ""


@dataclass(frozen=True, slots=True)
class Left:
    """A scratch thing that is still in the account: its kind, id and name, and why it was not deleted."""

    kind: str
    id: str
    name: str
    why: str

    def __str__(self) -> str:
        return f'the {self.kind} {self.id} ("{self.name}") is still there: {self.why}'


@dataclass(frozen=True, slots=True)
class Report:
    """What is true after a probe; ``stopped`` says why it ended early, ``mended`` what earlier runs had left.

    ``alike`` names what looks like a probe's and was left alone.
    """

    asked: dt.datetime
    answers: Mapping[str, Answer] = field(default_factory=dict)
    exit_code: Exit = Exit.DONE
    stopped: str = ""
    left: tuple[Left, ...] = ()
    mended: tuple[str, ...] = ()
    alike: tuple[str, ...] = ()


def as_kept(report: Report) -> dict[str, Any]:
    """Return the entry of the lock file: every answer by its question, and the reasons of those without one."""
    known = {
        name: list(answer.value) if isinstance(answer.value, tuple) else answer.value
        for name, answer in report.answers.items()
        if answer.value is not None
    }
    unknown = {name: answer.why for name, answer in report.answers.items() if answer.value is None}
    asked = report.asked.astimezone(dt.UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
    return {"asked": asked, **known, "unknown": unknown}
