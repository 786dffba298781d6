"""Timeframes and date filters as half-open intervals of naive UTC instants, as of one moment (FACTS B2).

Days are whole days in UTC: ``in-the-last 3 day`` begins at midnight three days back and ends at the moment itself.
``between`` includes both of its days. Hours are exact. Fixed dates are cut to their UTC day. Tests:
``tests/cases/evaluate/date_boundaries.yaml``.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta

from compiler.evaluate.filters import Filter, UndecidedError

DAY = timedelta(days=1)
TICK = timedelta(microseconds=1)  # the tables' resolution: turns "up to and including" into "before"
LONGEST = 2_928  # days; eight years, so that a 29 February is among any run of them


@dataclass(frozen=True, slots=True)
class Window:
    """Instants from ``start`` to just before ``end`` (None: unbounded), on ``days`` (month * 100 + day) or in ``month``.

    ``since_flow_start`` marks instants after each profile's own start.
    """

    start: datetime | None = None
    end: datetime | None = None
    days: frozenset[int] | None = None
    month: int | None = None
    since_flow_start: bool = False


def _midnight(moment: datetime) -> datetime:
    return moment.replace(hour=0, minute=0, second=0, microsecond=0)


def _back(at: datetime, amount: int, unit: str) -> datetime:
    """Return the moment ``amount`` units before ``at``: exact for hours, at midnight for days and weeks."""
    if unit == "hour":
        return at - timedelta(hours=amount)
    return _midnight(at) - timedelta(days=amount * (7 if unit == "week" else 1))


def _last(row: Filter, at: datetime) -> Window:
    return Window(_back(at, _amount(row.value), row.unit), at + TICK)


def _next(row: Filter, at: datetime) -> Window:
    # A date without a time that falls on today is not in the next days, hence one tick after midnight.
    amount = _amount(row.value)
    if row.unit == "hour":
        return Window(at + TICK, at + timedelta(hours=amount) + TICK)
    return Window(_midnight(at) + TICK, _back(at, -amount, row.unit) + DAY)


def _at_least(row: Filter, at: datetime) -> Window:
    return Window(None, _back(at, _amount(row.value), row.unit))


def _between(row: Filter, at: datetime) -> Window:
    nearest, farthest = _amount(row.value), _amount(row.until)
    end = _back(at, nearest, row.unit) + (TICK if row.unit == "hour" else DAY)
    return Window(_back(at, farthest, row.unit), end)


def _between_static(row: Filter, _: datetime) -> Window:
    return Window(_midnight(_date(row.value)), _midnight(_date(row.until)) + DAY)


def _anniversary(row: Filter, at: datetime) -> Window:
    """Return the days of the year that lie in the last or next days; 29 February only where a year has one (FACTS B2)."""
    if row.unit == "hour":
        raise UndecidedError("an anniversary within hours is not documented")
    count = min(_amount(row.value) * (7 if row.unit == "week" else 1), LONGEST)
    steps = range(-count, 1) if row.operator == "anniversary-last" else range(1, count + 1)
    dates = [_midnight(at) + step * DAY for step in steps]
    return Window(days=frozenset(date.month * 100 + date.day for date in dates))


WINDOWS: dict[str, Callable[[Filter, datetime], Window]] = {
    "alltime": lambda _, __: Window(),
    "flow-start": lambda _, __: Window(since_flow_start=True),
    "in-the-last": _last,
    "in-the-next": _next,
    "at-least": _at_least,
    "between": _between,
    "after": lambda row, _: Window(_midnight(_date(row.value)) + DAY, None),
    "before": lambda row, _: Window(None, _midnight(_date(row.value))),
    "between-static": _between_static,
    "anniversary": lambda _, at: Window(days=frozenset({at.month * 100 + at.day})),
    "anniversary-month": lambda _, at: Window(month=at.month),
    "calendar-month": lambda row, _: Window(month=_amount(row.value)),
    "anniversary-last": _anniversary,
    "anniversary-next": _anniversary,
}


def window_of(row: Filter, at: datetime) -> Window:
    """Return the instants that a date filter admits as of ``at`` (naive UTC); raises UndecidedError."""
    if row.kind != "date":
        raise UndecidedError(f"a {row.kind} filter is no timeframe")
    try:
        return WINDOWS[row.operator](row, at)
    except OverflowError:
        raise UndecidedError("the timeframe reaches beyond the calendar") from None


def _amount(value: object) -> int:
    assert isinstance(value, int)
    return value


def _date(value: object) -> datetime:
    assert isinstance(value, datetime)
    return value
