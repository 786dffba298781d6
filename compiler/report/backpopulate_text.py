"""A back-population as text for a terminal, and as one JSON document."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from dataclasses import asdict
from datetime import UTC, datetime
from typing import Any

from compiler.backpopulate import Backpopulation, Eligibility, Simulation, Timeline
from compiler.backpopulate.actions import span_text
from compiler.backpopulate.paths import beyond_text, stop_text, window_text
from compiler.report.fit import one_line

MOST_DAYS = 21
WORDS = {
    "missed": "missed",
    "sent": "sent",
    "review": "to review",
    "received-before": "had it before",
    "message-filter": "message's filter",
    "no-address": "no address",
    "no-consent": "no consent",
    "smart-sending": "Smart Sending",
}


def as_text(found: Backpopulation) -> str:
    """Return the whole answer as text."""
    parts = [_head(found), _verdict(found.eligibility), _timeline(found.timeline)]
    if found.simulation is not None:
        parts.append(_simulation(found.simulation))
    parts.append(_runbook(found))
    return "\n".join("".join(f"{line}\n" for line in part) for part in parts)


def as_json(found: Backpopulation) -> str:
    """Return the whole answer as one JSON document; times are seconds, moments ISO 8601 in UTC."""
    simulated = None if found.simulation is None else asdict(found.simulation)
    if simulated is not None:
        for row in simulated["entries"]:
            row["first"], row["last"] = instant(row["first"]), instant(row["last"])
        for row in _queues(simulated):
            row["done"] = instant(row["done"])
    return _dump(
        {
            "format_version": 1,
            "flow": found.shape.name,
            "at": instant(found.settings.now),
            "mode": found.settings.mode if found.timeline.modes else None,
            "account_zone": found.settings.account_zone,
            "eligible": found.eligibility.eligible,
            "reasons": [asdict(reason) for reason in found.eligibility.reasons],
            "timeline": asdict(found.timeline),
            "simulation": simulated,
            "runbook": asdict(found.runbook),
        }
    )


def _queues(simulated: dict[str, Any]) -> list[dict[str, Any]]:
    queue = simulated["queue"]
    return [] if queue is None else [queue, *queue["days"]]


def _dump(value: Any) -> str:
    return json.dumps(value, ensure_ascii=False, indent=2) + "\n"


def instant(second: int) -> str:
    """Return a second since 1970 as ISO 8601 in UTC."""
    return datetime.fromtimestamp(second, UTC).isoformat().replace("+00:00", "Z")


def readable(second: int) -> str:
    """Return a second since 1970 for people: ``2026-11-20 15:30 UTC``."""
    return f"{datetime.fromtimestamp(second, UTC):%Y-%m-%d %H:%M} UTC"


def _head(found: Backpopulation) -> Iterator[str]:
    yield one_line(found.shape.name)
    mode = f", {mode_text(found)}" if found.timeline.modes else ""
    yield f"Add past profiles on {readable(found.settings.now)}{mode}; account zone {found.settings.account_zone}"


def mode_text(found: Backpopulation) -> str:
    """Return the mode in words."""
    return {
        "relative": "relative to the event",
        "throughout": "throughout the flow, relative to joining",
        "beginning": "from the beginning, relative to the click",
    }[found.settings.mode]


def _verdict(verdict: Eligibility) -> Iterator[str]:
    yield "MAY I? " + ("Yes." if verdict.eligible else "No.")
    for reason in verdict.reasons:
        yield f"  {reason.verdict}: {one_line(reason.text)} [{reason.source}]"
        yield f"    {one_line(reason.remedy)}"


def _timeline(times: Timeline) -> Iterator[str]:
    yield f"TIMELINE: {times.count} path{'s' if times.count != 1 else ''}, horizon {span_text(times.horizon)}"
    for number, path in enumerate(times.paths, 1):
        if times.count > 1:
            yield f"  path {number}: {one_line(', '.join(path.branches))}"
        for stop in path.stops:
            yield f"    {stop_text(stop)}: {one_line(stop.name)} ({stop.channel}, {stop.status})"
        for window in path.windows if times.modes else ():
            yield f"    {one_line(window_text(window, times.trigger))}"
        if path.waits is not None:
            yield f"    then {one_line(path.waits)}, for as long as it takes"
        if path.windows and times.modes:
            yield f"    {one_line(beyond_text(path, times.trigger))}"
    if times.count > len(times.paths):
        yield f"  {times.count - len(times.paths)} more paths are not listed"


def _simulation(found: Simulation) -> Iterator[str]:
    yield f"WHO: {found.added} of {found.triggered} profiles are added"
    for row in found.left_out:
        yield f"  {row.count} not: {row.text}"
    yield "WHERE:"
    for entry in found.entries:
        when = (
            "" if entry.step is None else f", going on from {readable(entry.first)} to {readable(entry.last)}"
        )
        yield f"  {entry.count} at {one_line(entry.name)}{when}"
    yield "WHAT:"
    for outcome in found.outcomes:
        counts = ", ".join(f"{count} {WORDS[name]}" for name, count in outcome.counts.items())
        yield f"  {one_line(outcome.name)} ({outcome.channel}): {counts or 'nobody'}"
    yield from _days(found)
    if found.queue is not None:
        queue = found.queue
        yield f"HOW FAST: {queue.speed} texts a second; at most {queue.longest} wait, the last of them {span_text(queue.wait)}; all out by {readable(queue.done)}"
    if found.doubts:
        yield "IN DOUBT (what no documentation states, and how many hang on it):"
        for doubt in found.doubts:
            yield f"  {doubt.count} {doubt.code}: {doubt.text} [{doubt.source}]"
    for line in (*(f"undecided: {one_line(reason)}" for reason in found.undecided), *found.notes):
        yield f"  {line}"


def _days(found: Simulation) -> Iterator[str]:
    sent: dict[str, dict[str, int]] = {}
    for row in found.days:
        if row.outcome == "sent":
            sent.setdefault(row.day, {})[one_line(row.name)] = (
                sent.get(row.day, {}).get(one_line(row.name), 0) + row.count
            )
    if sent:
        yield "WHEN (sent, by day of the account):"
    days: Sequence[str] = sorted(sent)
    for day in days[:MOST_DAYS]:
        yield f"  {day}: " + ", ".join(f"{count} {name}" for name, count in sent[day].items())
    if len(days) > MOST_DAYS:
        yield f"  {len(days) - MOST_DAYS} more days to {days[-1]}; --format csv lists all"


def _runbook(found: Backpopulation) -> Iterator[str]:
    book = found.runbook
    yield "RUNBOOK"
    for title, lines in (
        ("Before", book.before),
        ("Click", book.clicks),
        ("Expect", book.expect),
        ("Afterwards", book.after),
    ):
        if title == "Click" and not found.eligibility.eligible:
            yield "  Click: nothing; see what blocks above."
            continue
        yield f"  {title}:"
        for number, line in enumerate(lines, 1):
            yield f"    {number}. {one_line(line)}"
