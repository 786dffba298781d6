"""The least and the most time that a chain of delays takes, with the wall time carried from one delay to the next.

After a delay until 10:00 everybody is at 10:00, so that the next one of its zone until 10:00 takes whole days. Bounds
are exact for one zone; where another zone's clock comes next, nothing is known of its wall time. Changes of clocks are
left apart. A least that hangs on a wall clock is the limit from above: one second more occurs.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass

from compiler.backpopulate.actions import DAY, WEEKDAYS, Delay

WEEK = DAY * len(WEEKDAYS)
MOST_CELLS = 400  # ranges of wall times that are told apart; beyond, nothing is known of the wall time

Range = tuple[int, int]


@dataclass(frozen=True, slots=True)
class Moments:
    """When profiles are at a step: ``cells`` gives for ranges of wall time the least and most seconds since the trigger.

    A range is its first second in the week, Monday at midnight being 0, and how many seconds it is wide (0: all are at
    that second). ``zone`` is whose clock that is, None where no clock has been asked.
    """

    cells: Mapping[Range, Range]
    zone: str | None = None

    @property
    def least(self) -> int:
        """The least seconds since the trigger."""
        return min(low for low, _ in self.cells.values())

    @property
    def most(self) -> int:
        """The most seconds since the trigger."""
        return max(high for _, high in self.cells.values())


@dataclass(frozen=True, slots=True)
class Wait:
    """A delay on a way: ``some`` of those who triggered between these seconds back wait there, and ``all_`` of these.

    Each is empty (its end not after its start) where that is nobody; ``after`` is when profiles leave.
    """

    some: Range
    all_: Range
    after: Moments


def between(least: int, most: int) -> Moments:
    """Return moments of which only the time since the trigger is known."""
    return Moments({(0, WEEK): (least, most)})


START = between(0, 0)


def wait_at(delay: Delay, before: Moments) -> Wait:
    """Return who waits at a delay, by when they triggered, and when they leave it."""
    zone = before.zone
    if delay.needs_clock:
        before = before if zone in (None, delay.zone) else between(before.least, before.most)
        zone = delay.zone
    ways = [
        (low, high, part)
        for (start, wide), (low, high) in before.cells.items()
        for part in _parts(delay, start, wide)
    ]
    after = _gathered(((part.end, (low + part.least, high + part.most)) for low, high, part in ways), zone)
    waits = [(low, high + part.most) for low, high, part in ways if part.most]
    some = (min(low for low, _ in waits), max(high for _, high in waits)) if waits else (0, 0)
    return Wait(some, (before.most, after.least), after)


def either(one: Moments, other: Moments) -> Moments:
    """Return the moments at a step to which two ways lead."""
    if None not in (one.zone, other.zone) and one.zone != other.zone:
        return between(min(one.least, other.least), max(one.most, other.most))
    return _gathered([*one.cells.items(), *other.cells.items()], one.zone or other.zone)


@dataclass(frozen=True, slots=True)
class _Part:
    """A range of wall time at which a delay ends, and the least and most seconds that it took."""

    end: Range
    least: int
    most: int


def _parts(delay: Delay, start: int, wide: int) -> Iterator[_Part]:
    """Yield where a range of wall time goes: as a whole, or by day where the calendar decides."""
    if not delay.needs_clock:
        yield _Part((start + delay.seconds, wide), delay.seconds, delay.seconds)
    elif delay.until is None:
        for begin, width in _days(start + delay.seconds, wide):
            forward = DAY * delay.forward(_weekday(begin))
            yield _Part((begin + forward, width), delay.seconds + forward, delay.seconds + forward)
    else:
        for begin, width in _days(start, wide):
            yield from _until(delay, begin, width)


def _until(delay: Delay, begin: int, width: int) -> Iterator[_Part]:
    """Yield the ends of a delay until a time of day that begins within one day; 0 days may meet that time past."""
    midnight = begin - begin % DAY
    end = _at(delay, midnight + delay.value * DAY)
    if delay.value or end >= begin + width:
        yield _ending(end, begin, width)
        return
    if end >= begin:
        yield _ending(end, begin, end - begin)
    later = max(begin, end)
    yield _ending(_at(delay, midnight + DAY), later, begin + width - later)


def _at(delay: Delay, midnight: int) -> int:
    return midnight + DAY * delay.forward(_weekday(midnight)) + (delay.until or 0)


def _ending(end: int, begin: int, width: int) -> _Part:
    return _Part((end, 0), end - begin - width, end - begin)


def _days(start: int, wide: int) -> Iterator[Range]:
    """Yield a range by its days; a single second is in one."""
    if not wide:
        yield start, 0
    last = start + wide
    while start < last:
        midnight = min(last, start - start % DAY + DAY)
        yield start, midnight - start
        start = midnight


def _weekday(second: int) -> int:
    return second // DAY % len(WEEKDAYS)


def _gathered(cells: Iterable[tuple[Range, Range]], zone: str | None) -> Moments:
    """Return moments with one cell a range; equal ranges have the same way before them, whenever they began."""
    found: dict[Range, Range] = {}
    for (start, wide), (low, high) in cells:
        key = (0, WEEK) if wide == WEEK else (start % WEEK, wide)
        least, most = found.get(key, (low, high))
        found[key] = (min(low, least), max(high, most))
    moments = Moments(found, zone)
    return between(moments.least, moments.most) if len(found) > MOST_CELLS else moments
