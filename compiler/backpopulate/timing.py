"""When a delay ends and when quiet hours let a text go, as whole-number expressions over seconds.

The rules: minutes, hours and plain days are elapsed time; days with a time of day are calendar days in a zone; then
forward day by day to a listed weekday (FACTS A4.1 to A4.5). What documentation leaves open is decided here: a time of
day that is past already, with a delay of 0 days, means the next day that qualifies.
"""

from __future__ import annotations

from typing import Any

from compiler.backpopulate.actions import DAY, HOUR, Delay
from compiler.backpopulate.clocks import Clock
from compiler.backpopulate.quiet import WEEK, QuietHours
from compiler.backpopulate.tables import whole

THURSDAY = 3  # the weekday of 1 January 1970, Monday being 0


def delay_end(delay: Delay, start: Any, clock: Clock) -> Any:
    """Return the second at which a delay that starts at ``start`` ends."""
    if delay.until is None:
        end = start + delay.seconds
        return _on_weekday(delay, end, clock) if delay.weekdays else end
    today = clock.wall(start)
    midnight = forward(delay, today - today % DAY + delay.value * DAY)
    end = clock.instant(midnight + delay.until)
    if delay.value:
        return end
    later = clock.instant(forward(delay, midnight + DAY) + delay.until)
    return (end < start).ifelse(later, end)


def _on_weekday(delay: Delay, end: Any, clock: Clock) -> Any:
    """Return the same wall time on the next allowed weekday; the moment itself where its day is allowed."""
    wall = clock.wall(end)
    moved = forward(delay, wall)
    return (moved == wall).ifelse(end, clock.instant(moved))


def forward(delay: Delay, wall: Any) -> Any:
    """Return a wall second moved forward day by day to an allowed weekday."""
    if not delay.weekdays:
        return wall
    weekday = (wall - wall % DAY + THURSDAY * DAY) % WEEK
    moved = wall
    for day in range(7):
        if delay.forward(day):
            moved = (weekday == day * DAY).ifelse(wall + delay.forward(day) * DAY, moved)
    return moved


def already_past(delay: Delay, start: Any, clock: Clock) -> Any:
    """Return whether a delay of 0 days meets its time of day already past."""
    today = clock.wall(start)
    return clock.instant(forward(delay, today - today % DAY) + (delay.until or 0)) < start


def held(quiet: QuietHours, moment: Any, clock: Clock) -> tuple[Any, Any]:
    """Return for how many wall seconds quiet hours hold a text (0: not at all), and the wall second until which.

    Windows are joined on the wall clock; what ends there is made an instant by ``released``. Each is to be a column
    before it is used: an engine is given as many copies of an expression as it is used times.
    """
    wall = clock.wall(moment)
    place = (wall + THURSDAY * DAY) % quiet.period
    left = whole(0)
    for start, end in quiet.spans:
        left = ((place >= start) & (place < end)).ifelse(end - place, left)
    return left.cast("int64"), (wall + left).cast("int64")


def released(moment: Any, left: Any, until: Any, clock: Clock) -> Any:
    """Return the second at which a text may go that quiet hours hold so long, until a wall second.

    Of an hour that comes twice, an end in the first would lie before a moment in the second, which waits for the second.
    """
    end = clock.instant(until)
    return (left == 0).ifelse(moment, (end < moment).ifelse(moment + left, end))


def band(delay: Delay) -> int:
    """Return how near to a delay's end the click leaves doubt, in seconds: a day, but at most half the delay.

    Documentation speaks of days (FACTS A4.17), so that only delays in days have a band; for others it is the second
    itself.
    """
    return min(DAY, delay.seconds // 2) if delay.unit == "days" else 0


def horizon_slack(delay: Delay) -> int:
    """Return what a change of clocks can add to a delay, in seconds."""
    return 3 * HOUR if delay.needs_clock else 0
