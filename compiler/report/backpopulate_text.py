"""A back-population as text for a terminal."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import UTC, date, datetime, timedelta

from compiler.backpopulate import Backpopulation, Eligibility, Simulation, Timeline
from compiler.backpopulate.actions import span_text
from compiler.backpopulate.dates import window_sentence
from compiler.backpopulate.paths import beyond_text, ranges_text, stop_text, window_text
from compiler.backpopulate.settings import MODE_WORDS
from compiler.report.fit import one_line, wrap
from compiler.report.timeline_svg import reach_text

NARROWEST = 40
MOST_LINES = 10_000  # of one wrapped sentence: it is never cut
MOST_DAYS = 21  # rows of sends; beyond, days are gathered
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

Line = tuple[str, str]  # what stands before a sentence, and the sentence, which goes on below itself


def as_text(found: Backpopulation, width: int = 80) -> str:
    """Return the whole answer as text of at most ``width`` columns (40 at least); nothing is cut."""
    parts = [_head(found), _verdict(found.eligibility), _timeline(found.timeline), _dates(found)]
    if found.simulation is not None:
        parts.append(_simulation(found.simulation))
    parts.append(_runbook(found))
    texts = ["".join(_wrapped(line, max(width, NARROWEST)) for line in part) for part in parts]
    return "\n".join(text for text in texts if text)


def _wrapped(line: Line, width: int) -> str:
    lead, text = line
    rows = wrap(text, width - len(lead), MOST_LINES) or [""]
    indent = " " * len(lead)
    return "".join(f"{indent if place else lead}{row}".rstrip() + "\n" for place, row in enumerate(rows))


def readable(second: int) -> str:
    """Return a second since 1970 for people: ``2026-11-20 15:30 UTC``."""
    return f"{datetime.fromtimestamp(second, UTC):%Y-%m-%d %H:%M} UTC"


def _head(found: Backpopulation) -> Iterator[Line]:
    yield "", one_line(found.shape.name)
    mode = f", {MODE_WORDS[found.settings.mode]}" if found.timeline.modes else ""
    yield (
        "",
        f"Add past profiles on {readable(found.settings.now)}{mode}; account zone {found.settings.account_zone}",
    )


def _verdict(verdict: Eligibility) -> Iterator[Line]:
    yield "MAY I? ", f"{verdict.answer}."
    for reason in verdict.reasons:
        yield f"  {reason.verdict}: ", f"{reason.text} [{reason.source}]"
        yield "    ", reason.remedy


def _timeline(times: Timeline) -> Iterator[Line]:
    many = f"{times.count:,} path{'s' if times.count != 1 else ''}"
    yield "TIMELINE: ", f"{many}, {reach_text(times)}"
    for number, path in enumerate(times.paths, 1):
        if times.count > 1:
            yield f"  path {number}: ", ", ".join(path.branches)
        for stop in path.stops:
            yield f"    {stop_text(stop)}: ", f"{stop.name} ({stop.channel}, {stop.status})"
        for window in path.windows if times.modes else ():
            yield "    ", window_text(window, times.trigger)
        if path.waits is not None:
            yield "    ", f"then {path.waits}, for as long as it takes"
        if path.windows and times.modes:
            yield "    ", beyond_text(path, times.trigger)
    if times.count > len(times.paths):
        yield "  ", f"{times.count - len(times.paths):,} more paths are not listed"
    ranges = ranges_text(times)
    if ranges is not None:
        yield "  ", ranges


def _dates(found: Backpopulation) -> Iterator[Line]:
    """Yield what a date flow does by itself."""
    if found.dated:
        yield (
            "INSTEAD, ",
            "were the flow set live at this moment, by itself:",
        )
    for window in found.dated:
        yield "  ", window_sentence(window)


def _simulation(found: Simulation) -> Iterator[Line]:
    yield "WHO: ", f"{found.added:,} of {found.triggered:,} profiles are added"
    for row in found.left_out:
        yield f"  {row.count:,} not: ", row.text
    if found.added:
        yield from _added(found)
    if found.queue is not None:
        queue = found.queue
        longest = f"at most {queue.longest:,} wait, the last of them {span_text(queue.wait)}"
        yield "HOW FAST: ", f"{speed_text(queue.speed)}; {longest}; all are out by {readable(queue.done)}"
    if found.doubts:
        yield "IN DOUBT ", "(what no documentation states, and how many hang on it)"
        for doubt in found.doubts:
            yield f"  {doubt.count:,} {doubt.code}: ", f"{doubt.text} [{doubt.source}]"
    notes = [*(f"Undecided: {reason}." for reason in found.undecided), *found.notes]
    if notes:
        yield "NOTES", ""
    for note in notes:
        yield "  ", note


def _added(found: Simulation) -> Iterator[Line]:
    """Yield where they enter, what they get and when."""
    yield "WHERE", ""
    for entry in found.entries:
        when = "" if entry.step is None else f"; going on {_between(entry.first, entry.last)}"
        yield f"  {entry.count:,} at ", f"{entry.name}{when}"
    yield "WHAT", ""
    for outcome in found.outcomes:
        counts = ", ".join(f"{count:,} {WORDS[name]}" for name, count in outcome.counts.items())
        yield "  ", f"{outcome.name} ({outcome.channel}): {counts or 'nobody'}"
    yield from _days(found)


def speed_text(speed: int) -> str:
    """Return a sender's speed in words."""
    return f"{speed:,} text{'' if speed == 1 else 's'} a second"


def _between(first: int, last: int) -> str:
    return readable(first) if first == last else f"{readable(first)} to {readable(last)}"


def _days(found: Simulation) -> Iterator[Line]:
    """Yield what is sent by day of the account, or by several where there are very many."""
    sent = [(date.fromisoformat(row.day), row) for row in found.days if row.outcome == "sent"]
    if not sent:
        return
    first, last = sent[0][0], sent[-1][0]
    size = _gathered({day for day, _ in sent}, first)
    yield "WHEN ", f"(sent, by {'day' if size == 1 else f'{size} days'} of the account)"
    groups: dict[int, dict[str, int]] = {}
    for day, row in sorted(sent, key=lambda pair: pair[1].step):
        counts = groups.setdefault((day - first).days // size, {})
        name = one_line(row.name)
        counts[name] = counts.get(name, 0) + row.count
    for place, counts in sorted(groups.items()):
        start = first + timedelta(days=place * size)
        end = min(last, start + timedelta(days=size - 1))
        yield f"  {start}{'' if size == 1 else f' to {end}'}: ", _listed(counts)


def _gathered(days: set[date], first: date) -> int:
    """Return how many days share a row, so that there are not too many rows: 1, a week, or some weeks."""
    size = 1
    while len({(day - first).days // size for day in days}) > MOST_DAYS:
        size = size * 2 if size > 1 else 7
    return size


def _listed(counts: Mapping[str, int]) -> str:
    return ", ".join(f'{count:,} "{name}"' for name, count in counts.items())


def _runbook(found: Backpopulation) -> Iterator[Line]:
    book = found.runbook
    if not found.eligibility.eligible:
        yield "RUNBOOK: ", "nothing to click; see what blocks above."
        return
    yield "RUNBOOK", ""
    for title, lines in (
        ("Before", book.before),
        ("Click", book.clicks),
        ("Expect", book.expect),
        ("Afterwards", book.after),
    ):
        if lines:
            yield f"  {title}", ""
        for number, line in enumerate(lines, 1):
            yield f"    {number}. ", line
