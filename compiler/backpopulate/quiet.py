"""Quiet hours: windows of the day in which no text goes out, every day or from certain weekdays on, in one zone."""

from __future__ import annotations

import re
from dataclasses import dataclass

from compiler.backpopulate.actions import DAY, WEEKDAYS, second_of_day
from compiler.diagnostics import Exit, Fatal

WEEK = 7 * DAY
TIMES = re.compile(r"\d{1,2}:[0-5]\d-\d{1,2}:[0-5]\d")
SPELLED = "21:00-08:00, or 20:00-11:00, sunday 00:00-14:00, or none"


@dataclass(frozen=True, slots=True)
class QuietWindow:
    """The seconds of the day at which a window starts and ends; one that ends no later than it starts ends next day.

    ``weekdays`` are the days on which it starts (Monday is 0), empty for every day.
    """

    start: int
    end: int
    weekdays: frozenset[int] = frozenset()

    @property
    def length(self) -> int:
        """How long it lasts, in seconds."""
        return self.end - self.start + (DAY if self.end <= self.start else 0)


@dataclass(frozen=True, slots=True)
class QuietHours:
    """All windows and their zone: ``profile`` or an IANA name."""

    windows: tuple[QuietWindow, ...]
    zone: str = "profile"

    @property
    def period(self) -> int:
        """After how many seconds they repeat: a day, or a week where weekdays matter."""
        return WEEK if any(window.weekdays for window in self.windows) else DAY

    @property
    def spans(self) -> tuple[tuple[int, int], ...]:
        """The quiet seconds of one period as (start, end), joined where they touch; a week's begins on Monday.

        A span may start before the period or end after it, as a night does.
        """
        found: list[tuple[int, int]] = []
        for start, end in sorted(self._starts()):
            if found and start <= found[-1][1]:
                found[-1] = (found[-1][0], max(end, found[-1][1]))
            else:
                found.append((start, end))
        return tuple((start, end) for start, end in found if end > 0 and start < self.period)

    def _starts(self) -> list[tuple[int, int]]:
        """Return the spans of the period before, of this one and of the next."""
        days = range(-self.period // DAY, 2 * self.period // DAY)
        return [
            (day * DAY + window.start, day * DAY + window.start + window.length)
            for window in self.windows
            for day in days
            if not window.weekdays or day % len(WEEKDAYS) in window.weekdays
        ]


def read_quiet_hours(text: str, zone: str = "profile") -> QuietHours | None:
    """Return the quiet hours that a text spells, None for ``none``; raises Fatal.

    Windows are parted by commas, and weekdays stand before the times: ``20:00-11:00, sunday 00:00-14:00``.
    """
    if text.strip().lower() == "none":
        return None
    try:
        found = QuietHours(tuple(_window(part) for part in text.split(",")), zone)
    except ValueError:
        raise Fatal(f'quiet hours are spelled {SPELLED}, not "{text}"', Exit.WRONG_SPECS) from None
    if any(end - start >= found.period for start, end in found.spans):
        raise Fatal(f'the quiet hours "{text}" leave no time at which a text may go', Exit.WRONG_SPECS)
    return found


def _window(text: str) -> QuietWindow:
    """Return one window; raises ValueError."""
    *days, times = text.lower().split()
    if not TIMES.fullmatch(times):
        raise ValueError(text)
    start, end = (second_of_day(part) for part in times.split("-"))
    if start >= DAY or end > DAY or start == end:
        raise ValueError(text)
    return QuietWindow(start, end, frozenset(WEEKDAYS.index(day) for day in days))
