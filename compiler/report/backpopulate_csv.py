"""A simulation as CSV: one row a figure, in one table, so that a spreadsheet can filter it."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator

from compiler.backpopulate import Backpopulation

HEADER = ("about", "day", "step", "name", "channel", "outcome", "count")
FORMULA = ("=", "+", "-", "@", "\t", "\r")


def as_csv(found: Backpopulation) -> str:
    """Return entries, left out, sends by day, queue and doubts as CSV; a blocked flow gives its reasons."""
    out = io.StringIO()
    rows = csv.writer(out, lineterminator="\n")
    rows.writerow(HEADER)
    for row in _rows(found):
        rows.writerow([_safe(cell) for cell in row])
    return out.getvalue()


def _safe(cell: str | int | None) -> str | int:
    """Return a cell that no spreadsheet takes for a formula."""
    if isinstance(cell, str) and cell.startswith(FORMULA):
        return f"'{cell}"
    return "" if cell is None else cell


def _rows(found: Backpopulation) -> Iterator[tuple[str | int | None, ...]]:
    for reason in found.eligibility.reasons:
        yield "reason", None, None, reason.text, None, reason.verdict, None
    result = found.simulation
    if result is None:
        return
    for left in result.left_out:
        yield "left out", None, None, left.text, None, left.reason, left.count
    for entry in result.entries:
        yield "entry", None, entry.step, entry.name, None, "added", entry.count
    for outcome in result.outcomes:
        if "missed" in outcome.counts:
            yield (
                "missed",
                None,
                outcome.step,
                outcome.name,
                outcome.channel,
                "missed",
                outcome.counts["missed"],
            )
    for day in result.days:
        yield "day", day.day, day.step, day.name, day.channel, day.outcome, day.count
    for queued in result.queue.days if result.queue is not None else ():
        yield "queue", queued.day, None, "longest queue", "sms", "waiting", queued.longest
    for doubt in result.doubts:
        yield "doubt", None, None, doubt.text, None, doubt.code, doubt.count
