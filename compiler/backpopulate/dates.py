"""Who enters a date-triggered flow by itself, and where: nobody can be added to one by hand (FACTS A6).

A check runs once a day for the whole next day, and at once for a date that is added or changed. Everything is in the
recipient's wall time; a wait without a time of day ends at some time of its day. The hour of the daily check is not
documented, so that a message of the day after a flow is set live is a maybe.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from itertools import islice
from typing import Literal

from compiler.backpopulate.actions import Delay
from compiler.backpopulate.countdown import DateTrigger
from compiler.backpopulate.paths import MOST_PATHS, ways_through
from compiler.backpopulate.shape import Shape, Step

Answer = Literal["yes", "maybe", "no"]
Happens = Literal["set-live", "date-added"]
AHEAD = 2  # days from setting a flow live to the first that the daily check surely sees
SCAN = 1_500  # days around a click in which the first dates are looked for


@dataclass(frozen=True, slots=True)
class DatedMessage:
    """A message of a date flow: when it is due in the recipient's wall time (``whole`` day or a moment), and who gets it."""

    step: int
    name: str
    due: datetime
    whole: bool
    gets: Answer


@dataclass(frozen=True, slots=True)
class Dated:
    """What becomes of one date: whether it enters, the wait at which it stands (None: the trigger), its messages."""

    enters: Answer
    waits_at: str | None
    goes_on: datetime | None
    messages: tuple[DatedMessage, ...]


@dataclass(frozen=True, slots=True)
class DateWindow:
    """Whose date brings a message: surely ``certain`` or later; ``maybe`` is the first that hangs on an hour."""

    step: int
    name: str
    maybe: date
    certain: date


@dataclass(frozen=True, slots=True)
class _Moment:
    at: datetime
    whole: bool

    def reached(self, happens: Happens, since: datetime, check: time | None) -> Answer:
        """Say whether what is due then still comes, to a flow or date of that moment."""
        days = (self.at.date() - since.date()).days
        if happens == "date-added":
            return "yes" if days > 0 or (days == 0 and (self.whole or self.at >= since)) else "no"
        if days == 1 and check is None:
            return "maybe"
        return "yes" if days >= AHEAD or (days == 1 and check is not None and since.time() < check) else "no"


def enter_dated(
    steps: list[Step],
    trigger: DateTrigger,
    day: date,
    happens: Happens,
    since: datetime,
    check: time | None = None,
) -> Dated:
    """Return what becomes of one date on one path of a flow.

    ``since`` is when the flow is set live or the date added, ``check`` the hour of the daily check where somebody
    knows it, both in the recipient's wall time. A date that comes again is the one whose messages are not over.
    """
    last = None
    for one in _occurrences(day, trigger, since.date()):
        moments = list(_moments(steps, trigger, one))
        last = _dated(moments, happens, since, check)
        if any(moment.at.date() >= since.date() for step, moment in moments if step.active):
            break
    assert last is not None, "every date comes once"
    return last


def _dated(
    moments: list[tuple[Step, _Moment]], happens: Happens, since: datetime, check: time | None
) -> Dated:
    messages, waits = [], []
    for step, moment in moments:
        reached = moment.reached(happens, since, check)
        if step.active:
            messages.append(DatedMessage(step.index, step.name, moment.at, moment.whole, reached))
        elif reached != "no" and all(message.gets == "no" for message in messages):
            waits.append((step.name, max(since, moment.at)))
    gets = {message.gets for message in messages}
    enters: Answer = "yes" if "yes" in gets else "maybe" if "maybe" in gets else "no"
    name, goes_on = waits[0] if waits and enters != "no" else (None, None)
    return Dated(enters, name, goes_on, tuple(messages))


def _moments(steps: list[Step], trigger: DateTrigger, day: date) -> Iterator[tuple[Step, _Moment]]:
    """Yield the waits and the live and manual actions of a path with when each ends or is due."""
    now = _Moment(trigger.entry.end(day), whole=trigger.entry.until is None)
    for step in steps:
        if step.delay is not None:
            now = _after(step.delay, now)
            yield step, now
        elif step.countdown is not None:
            end = step.countdown.end(day)
            now = _Moment(end, step.countdown.until is None) if end > now.at else now
            yield step, now
        elif step.part == "wait":
            return
        elif step.active:
            yield step, now


def _after(delay: Delay, now: _Moment) -> _Moment:
    """Return when a time delay ends, in wall time."""
    if delay.until is None:
        end = now.at + timedelta(seconds=delay.seconds)
        return _Moment(end + timedelta(days=delay.forward(end.weekday())), now.whole)
    day = now.at.date() + timedelta(days=delay.value)
    end = _at(delay, day)
    return _Moment(_at(delay, day + timedelta(days=1)) if end < now.at else end, whole=False)


def _at(delay: Delay, day: date) -> datetime:
    moved = day + timedelta(days=delay.forward(day.weekday()))
    return datetime.combine(moved, time()) + timedelta(seconds=delay.until or 0)


def _occurrences(day: date, trigger: DateTrigger, around: date) -> Iterator[date]:
    """Yield when a date comes again from a year before a day on; 29 February is the 28th in most years."""
    if trigger.recurrence == "never":
        yield day
    elif trigger.recurrence == "weekly":
        first = around - timedelta(days=371 + (around.weekday() - day.weekday()) % 7)
        yield from (first + timedelta(days=7 * week) for week in range(110))
    elif trigger.recurrence == "monthly":
        for month in range(-13, 14):
            yield _clipped(around.year, around.month + month, day.day)
    else:
        for year in (-1, 0, 1, 2):
            yield _clipped(around.year + year, day.month, day.day)


def _clipped(year: int, month: int, day: int) -> date:
    """Return a day of a month counted from January of a year, or the month's last."""
    years, months = divmod(month - 1, 12)
    following = date(year + years + (months == 11), (months + 1) % 12 + 1, 1)
    return min(date(year + years, months + 1, 1) + timedelta(days=day - 1), following - timedelta(days=1))


def date_windows(shape: Shape, since: datetime) -> tuple[DateWindow, ...]:
    """Return from which date on each message comes, were the flow set live at a moment of the recipient's wall time."""
    if shape.dated is None:
        return ()
    once = DateTrigger(shape.dated.entry, "never")
    found: dict[int, DateWindow] = {}
    for steps, _ in islice(ways_through(shape), MOST_PATHS):
        new = [step.index for step in steps if step.active and step.index not in found]
        first = _first_days(steps, once, since) if new else {}
        for index in new:
            days = first.get(index, {})
            if "yes" in days:
                name = shape.steps[index].name
                found[index] = DateWindow(index, name, days.get("maybe", days["yes"]), days["yes"])
    return tuple(found[index] for index in sorted(found))


def _first_days(steps: list[Step], once: DateTrigger, since: datetime) -> dict[int, dict[Answer, date]]:
    """Return for each message of a path the first date of each answer."""
    first: dict[int, dict[Answer, date]] = {}
    for days in range(-SCAN, SCAN):
        day = since.date() + timedelta(days=days)
        for message in enter_dated(steps, once, day, "set-live", since).messages:
            first.setdefault(message.step, {}).setdefault(message.gets, day)
    return first


def window_sentence(window: DateWindow) -> str:
    """Return a window as a sentence."""
    sure = f'"{window.name}" comes to dates from {window.certain.isoformat()} on'
    if window.maybe >= window.certain:
        return f"{sure}, and not to earlier ones"
    return (
        f"{sure}; to {window.maybe.isoformat()} it may, by the hour of the daily check; not to earlier ones"
    )
