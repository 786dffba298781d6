"""A simulation as CSV: one row a figure, in one table, so that a spreadsheet can filter it."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator

from compiler.backpopulate import Backpopulation, Simulation
from compiler.backpopulate.result import Queue
from compiler.report.backpopulate_json import instant

HEADER = ("about", "day", "step", "name", "channel", "outcome", "count")
Row = tuple[str | int | None, ...]
FORMULA = ("=", "+", "-", "@", "\t", "\r")


def as_csv(found: Backpopulation) -> str:
    """Return entries, left out, sends by day, queue, doubts and notes as CSV; a blocked flow gives its reasons.

    A queue's end has the moment in UTC as its name, and counts the texts of its day.
    """
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


def _rows(found: Backpopulation) -> Iterator[Row]:
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
    if result.queue is not None:
        yield from _of_queue(result.queue)
    yield from _of_doubts(result)


def _of_doubts(result: Simulation) -> Iterator[Row]:
    for doubt in result.doubts:
        yield "doubt", None, None, doubt.text, None, doubt.code, doubt.count
    for undecided in result.undecided:
        yield "undecided", None, None, undecided, None, None, None
    for note in result.notes:
        yield "note", None, None, note, None, None, None


def _of_queue(queue: Queue) -> Iterator[Row]:
    for queued in queue.days:
        yield "queue", queued.day, None, "longest queue", "sms", "waiting", queued.longest
        yield "queue end", queued.day, None, instant(queued.done), "sms", "done", queued.texts
    yield "queue wait", None, None, "longest wait in seconds", "sms", "waiting", queue.wait
