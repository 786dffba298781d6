"""The tracker's columns, in words; every form of the report shows the same cells."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Final

from compiler.coverage.model import Row
from compiler.coverage.priority import band


def score(row: Row) -> str:
    """Return a row's score; blocked rows have none and say so, and rows outside the catalog are not scored."""
    if row.priority is None:
        return ""
    return str(row.priority.score) if row.priority.score is not None else "blocked"


def due(row: Row) -> str:
    """Return when a row's priority is due: now, this quarter, later."""
    return band(row.priority.score) if row.priority else ""


def whole(number: float | None) -> str:
    """Return a count, nothing where it is not known."""
    return "" if number is None else f"{number:.0f}"


COLUMNS: Final[Mapping[str, Callable[[Row], str]]] = {
    "Entry": lambda row: row.entry,
    "Stage": lambda row: row.stage,
    "Recommended segment": lambda row: row.recommended,
    "Rule": lambda row: row.rule,
    "Status": lambda row: row.status,
    "Evidence": lambda row: row.evidence,
    "Intended use": lambda row: ", ".join(row.uses),
    "Priority": score,
    "Owner": lambda row: row.owner,
    "Review status": lambda row: row.review_status,
    "Freshness cadence": lambda row: row.cadence,
    "Next review": lambda row: row.next_review.isoformat() if row.next_review else "",
    "Existing segments": lambda row: ", ".join(row.existing),
    "Action": lambda row: f"merge into {row.target}" if row.action == "merge into" else row.action,
    "Members": lambda row: whole(row.members),
    "Mailable": lambda row: whole(row.mailable),
    "Trend a week": lambda row: "" if row.trend is None else f"{row.trend:+.1f}",
    "Revenue in a year": lambda row: "" if row.revenue is None else f"{row.revenue:.0f}",
    "Why this priority": lambda row: row.priority.why if row.priority else "",
}


def cells(row: Row) -> list[str]:
    """Return a row's cells in the order of the columns."""
    return [cell(row) for cell in COLUMNS.values()]
