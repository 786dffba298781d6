"""Timeframes as of one moment: which instants they hold, and which instants are worth trying.

Boundaries follow the help centre's date reference (FACTS B2): relative days start at midnight UTC, both
days of ``between`` count, ``at-least`` excludes its day, ``in-the-next`` excludes the start of today, hours
are exact, static dates are cut to their UTC day. A 29 February recurs only in leap years.
"""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta
from functools import lru_cache

from compiler.logic.model import Timeframe

Window = tuple[datetime, datetime]

EARLIEST = datetime(1, 1, 1, tzinfo=UTC)
LATEST = datetime.max.replace(tzinfo=UTC)
EPOCH = datetime(1970, 1, 1, tzinfo=UTC)  # no event is older
TICK = timedelta(microseconds=1)
DAY = timedelta(days=1)
RECURRING = frozenset(
    {"anniversary", "anniversary-month", "calendar-month", "anniversary-last", "anniversary-next"}
)
LEAP_CYCLE = 1461  # days after which every day of the year has come up


def midnight(day: date) -> datetime:
    """Return the first instant of a UTC day."""
    return datetime.combine(day, time(), UTC)


def shift(moment: datetime, delta: timedelta) -> datetime:
    """Add a duration, stopping at the ends of the calendar."""
    try:
        return moment + delta
    except OverflowError:
        return LATEST if delta > timedelta() else EARLIEST


def _duration(count: int, unit: str) -> timedelta:
    hours = count if unit == "hour" else count * 24
    return (
        timedelta(hours=max(-(10**8), min(10**8, hours))) if abs(hours) < 10**8 else timedelta(days=4 * 10**6)
    )


@lru_cache(maxsize=4096)
def bounds(timeframe: Timeframe, at: datetime) -> Window:
    """Return the half-open window [low, high) of a timeframe that does not recur, as of ``at``."""
    if timeframe.operator in {"after", "before", "between-static"}:
        return _static(timeframe)
    if timeframe.operator == "alltime":
        return EARLIEST, LATEST
    hours = timeframe.unit == "hour"
    origin = at if hours else midnight(at.date())
    whole = TICK if hours else DAY
    start, end = (_duration(count, timeframe.unit) for count in (timeframe.start, timeframe.end))
    return {
        "in-the-last": (shift(origin, -end), shift(at, TICK)),
        "at-least": (EARLIEST, shift(origin, -start)),
        "between": (shift(origin, -end), shift(shift(origin, -start), whole)),
        "in-the-next": (shift(origin, TICK), shift(shift(origin, end), whole)),
    }[timeframe.operator]


def _static(timeframe: Timeframe) -> Window:
    first, last = timeframe.first, timeframe.last
    if timeframe.operator == "before":
        assert last is not None
        return EARLIEST, midnight(last)
    assert first is not None
    if timeframe.operator == "after":
        return shift(midnight(first), DAY), LATEST
    assert last is not None
    return midnight(first), shift(midnight(last), DAY)


@lru_cache(maxsize=1024)
def days_of_year(timeframe: Timeframe, at: datetime) -> frozenset[tuple[int, int]]:
    """Return the (month, day) pairs that a recurring timeframe holds, as of ``at``."""
    today = at.date()
    if timeframe.operator in {"anniversary-month", "calendar-month"}:
        month = today.month if timeframe.operator == "anniversary-month" else timeframe.start
        return frozenset((month, day) for day in range(1, 32))
    span = min(timeframe.end, LEAP_CYCLE)
    reach = range(1) if timeframe.operator == "anniversary" else range(1, span + 1)
    if timeframe.operator == "anniversary-last":
        reach = range(-span, 1)
    days = (today + timedelta(days=offset) for offset in reach)
    return frozenset((day.month, day.day) for day in days)


def includes(timeframe: Timeframe, moment: datetime, at: datetime) -> bool:
    """Say whether a timeframe holds an instant, as of ``at``."""
    if timeframe.operator in RECURRING:
        return (moment.month, moment.day) in days_of_year(timeframe, at)
    low, high = bounds(timeframe, at)
    return low <= moment < high


@lru_cache(maxsize=4096)
def windows(timeframe: Timeframe, at: datetime) -> tuple[Window, ...]:
    """Return the windows in which a timeframe holds past events: from 1970 to ``at``, in order."""
    end = at + TICK
    if timeframe.operator not in RECURRING:
        low, high = bounds(timeframe, at)
        low, high = max(low, EPOCH), min(high, end)
        return ((low, high),) if low < high else ()
    held = days_of_year(timeframe, at)
    out: list[Window] = []
    for year in range(EPOCH.year, at.year + 1):
        for month, day in sorted(held):
            start = _day(year, month, day)
            if start is None or start >= end:
                continue
            if out and out[-1][1] == start:
                out[-1] = (out[-1][0], min(start + DAY, end))
            else:
                out.append((start, min(start + DAY, end)))
    return tuple(out)


def _day(year: int, month: int, day: int) -> datetime | None:
    try:
        return datetime(year, month, day, tzinfo=UTC)
    except ValueError:
        return None


def instants(timeframes: list[Timeframe], at: datetime) -> list[datetime]:
    """Return instants that meet every combination of the timeframes.

    Between two neighbouring ends of windows nothing changes but the day of the year, so each piece is tried
    at its start and at the first day in it on which a recurring timeframe begins or stops.
    """
    ends = {datetime(1900, 1, 1, tzinfo=UTC), at}
    turns: set[tuple[int, int]] = set()
    for timeframe in timeframes:
        if timeframe.operator in RECURRING:
            turns |= _turns(days_of_year(timeframe, at))
        else:
            ends.update(end for end in bounds(timeframe, at) if end not in {EARLIEST, LATEST})
    starts = sorted(ends)
    out = list(starts)
    for start, end in zip(starts, [*starts[1:], LATEST], strict=True):
        out += [day for month, number in sorted(turns) if (day := _next(start, month, number)) and day < end]
    return out


def _turns(held: frozenset[tuple[int, int]]) -> set[tuple[int, int]]:
    leap_year = [date(2000, 1, 1) + timedelta(days=offset) for offset in range(366)]
    days = [(day.month, day.day) for day in leap_year]
    turns = {
        day for before, day in zip([days[-1], *days], days, strict=False) if (before in held) != (day in held)
    }
    return turns | {(2, 29), (3, 1)}


def _next(start: datetime, month: int, number: int) -> datetime | None:
    years = range(start.year, min(start.year + 9, 9999))
    return next((day for year in years if (day := _day(year, month, number)) and day >= start), None)
