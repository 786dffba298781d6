"""The summary: what is ready, what needs the business, what to merge, refresh, retire or leave, and when to look again."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Final

from compiler.coverage.model import Row

GROUPS: Final = ("ready to create", "needs business review", "merge", "refresh", "retire", "leave alone")
EARLIER: Final = (
    "a product launch or a new category",
    "a new market, language or currency",
    "a change of consent: a law, a form, double opt-in",
    "a change of the loyalty or subscription programme",
    "a new lifecycle strategy, or a flow that goes live",
)


@dataclass(frozen=True, slots=True)
class Item:
    """One line of a group: the segment or entry, and why."""

    name: str
    why: str


@dataclass(frozen=True, slots=True)
class Quarter:
    """A quarter of the calendar: its first day, and what is to be looked at in it."""

    start: date
    names: tuple[str, ...]


def group_of(row: Row) -> str:
    """Return the group of the summary that a row belongs to."""
    if row.action == "leave":
        return "leave alone"
    if row.action in ("merge into", "refresh", "retire"):
        return row.action.removesuffix(" into")
    return "ready to create" if row.action == "create" and row.kind == "entry" else "needs business review"


def summary(rows: Iterable[Row]) -> dict[str, tuple[Item, ...]]:
    """Return the rows by what is to be done, those of the highest priority first."""
    out: dict[str, list[Row]] = {group: [] for group in GROUPS}
    for row in rows:
        out[group_of(row)].append(row)
    return {
        group: tuple(Item(row.recommended, _why(row)) for row in sorted(found, key=_rank))
        for group, found in out.items()
    }


def _rank(row: Row) -> tuple[bool, int, str]:
    urgent = "contradictory" in row.findings
    score = row.priority.score if row.priority is not None and row.priority.score is not None else -1
    return not urgent, -score, row.recommended


def _why(row: Row) -> str:
    into = f'into "{row.target}": ' if row.action == "merge into" else ""
    return f"{into}{row.evidence}"


def calendar(rows: Iterable[Row], today: date) -> tuple[Quarter, ...]:
    """Return what is to be looked at in each of the next four quarters; what is overdue stands in the first."""
    listed = list(rows)
    quarters = []
    start = date(today.year, 3 * ((today.month - 1) // 3) + 1, 1)
    for number in range(4):
        following = (start + timedelta(days=95)).replace(day=1)
        due = sorted(
            row.recommended
            for row in listed
            if row.next_review is not None
            and row.next_review < following
            and (number == 0 or row.next_review >= start)
        )
        quarters.append(Quarter(start, tuple(due)))
        start = following
    return tuple(quarters)
