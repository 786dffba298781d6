"""What date-triggered flows say of their date: so long before it, a time of day, weekdays."""

from __future__ import annotations

import calendar
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import Any, Literal

from compiler.backpopulate.actions import DAY, HOUR, WEEKDAYS, second_of_day, weekday_names

MONTHS = 12
MONTH_DAYS = (28, 31)  # the least and the most that a month has


@dataclass(frozen=True, slots=True)
class Countdown:
    """So many days, weeks or months before a date (a negative value: after it), maybe at a time, on listed weekdays.

    ``until`` is a second of the day, None where no time is said; ``weekdays`` counts Monday as 0, empty for any day.
    """

    value: int = 0
    unit: str = "days"
    until: int | None = None
    weekdays: frozenset[int] = frozenset()

    def end(self, day: date) -> datetime:
        """Return when it ends for a date, in the recipient's wall time; midnight where no time is said."""
        found = self._before(day)
        while self.weekdays and found.weekday() not in self.weekdays:
            found += timedelta(days=1)
        return datetime.combine(found, time()) + timedelta(seconds=self.until or 0)

    def _before(self, day: date) -> date:
        months, days = self.span
        if not months:
            return day - timedelta(days=days)
        year, month = divmod(day.year * MONTHS + day.month - 1 - months, MONTHS)
        last = calendar.monthrange(year, month + 1)[1]
        return date(year, month + 1, min(day.day, last))

    @property
    def span(self) -> tuple[int, int]:
        """The months and the days that it lies before its date."""
        if self.unit == "months":
            return self.value, 0
        return 0, self.value * (7 if self.unit == "weeks" else 1)

    def gap(self, later: Countdown) -> tuple[int, int]:
        """Return the least and most seconds from its end to that of another, for the same date; weekdays apart."""
        months, days = (mine - other for mine, other in zip(self.span, later.span, strict=True))
        clock = (later.until or 0) - (self.until or 0)
        least, most = sorted((days + months * length) * DAY + clock for length in MONTH_DAYS)
        return least, most

    @property
    def text(self) -> str:
        """It in words: ``7 months before the date at 09:00``, ``the date``."""
        unit = self.unit[:-1] if abs(self.value) == 1 else self.unit
        side = "before" if self.value > 0 else "after"
        day = f"{abs(self.value)} {unit} {side} the date" if self.value else "the date"
        clock = "" if self.until is None else f" at {self.until // HOUR:02}:{self.until % HOUR // 60:02}"
        return f"{day}{clock}" + (f" on {weekday_names(self.weekdays)}" if self.weekdays else "")


@dataclass(frozen=True, slots=True)
class DateTrigger:
    """When a date brings somebody into a flow, and how often the date comes again."""

    entry: Countdown
    recurrence: Literal["annually", "monthly", "weekly", "never"]


def read_countdown(data: Mapping[str, Any], value: str, unit: str, until: str, days: str) -> Countdown:
    """Return the countdown of an action's or trigger's data; the rest names its keys."""
    listed = frozenset(WEEKDAYS.index(str(day).lower()) for day in data.get(days) or ())
    return Countdown(
        int(data.get(value) or 0),
        str(data.get(unit) or "days"),
        second_of_day(str(data[until])) if data.get(until) else None,
        listed if len(listed) < len(WEEKDAYS) else frozenset(),
    )


def countdown_of(action: Mapping[str, Any]) -> Countdown | None:
    """Return the countdown of a wait until before the date; None for any other action."""
    if action.get("type") != "countdown-delay":
        return None
    return read_countdown(
        action.get("data") or {}, "value", "unit", "delay_until_time", "delay_until_weekdays"
    )


def date_trigger(trigger: Mapping[str, Any]) -> DateTrigger | None:
    """Return what a date trigger says, None for a trigger of another kind."""
    if trigger.get("type") != "date":
        return None
    entry = read_countdown(
        trigger, "timedelta_value_before_date", "timedelta_unit_before_date", "trigger_time", "trigger_days"
    )
    return DateTrigger(entry, trigger.get("recurrence_frequency") or "never")
