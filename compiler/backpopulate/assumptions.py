"""What the figures take for granted, in sentences: receipts that nothing tells, quiet hours, Smart Sending, queues."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from compiler.backpopulate.actions import DAY
from compiler.backpopulate.quiet import QuietHours
from compiler.backpopulate.result import Queue
from compiler.backpopulate.settings import SMART_HOURS, Settings
from compiler.backpopulate.shape import Shape, Step
from compiler.diagnostics import Exit, Fatal, nearest

if TYPE_CHECKING:
    from compiler.evaluate import ZoneOffsets

SPELLED = "email=16,sms=24,push=24"
MOST_NAMED = 3  # messages in one sentence
A_YEAR = 365 * 24  # hours
MONDAY = 4 * DAY  # the first Monday after the epoch, in seconds


def assumptions(
    shape: Shape, settings: Settings, queue: Queue | None, *, told: bool, differs: bool = False
) -> tuple[str, ...]:
    """Return what the figures of a simulation take for granted.

    ``told`` says that the flow holds the ids of all messages that were sent before: what has none is new. ``differs``
    says that they are those of a live flow that is not what this one says.
    """
    messages = [step for step in shape.actives if step.message is not None]
    return (
        *_of_receipts(messages, told=told, differs=differs),
        *_of_smart_sending(messages, settings),
        *_of_texts(messages, settings, queue),
    )


def _of_receipts(messages: list[Step], *, told: bool, differs: bool) -> Iterator[str]:
    unknown = [step for step in messages if step.message is not None and not step.message.ids]
    if differs:
        yield (
            "Who had a message before is taken from the live flow, which differs from this one. An apply may change "
            "that flow or replace it (flowc plan tells); one that replaces it sends people again what they had."
        )
    if unknown and not told:
        yield (
            f"Who had {_named(unknown)} before the click is not known, and nobody is left out for it: nothing here tells "
            "the ids of these messages. A live flow does; --account asks for it."
        )


def _of_texts(messages: list[Step], settings: Settings, queue: Queue | None) -> Iterator[str]:
    texts = [step for step in messages if step.message is not None and step.message.channel == "sms"]
    quiet = [step for step in texts if step.message is not None and step.message.quiet_hours]
    if quiet and settings.quiet_hours is None:
        respect = "respects" if len(quiet) == 1 else "respect"
        yield (
            f"{_named(quiet)} {respect} quiet hours, but none are given, so that texts go at any hour; --quiet-hours "
            "21:00-08:00 gives the account's."
        )
    if texts and settings.sms_speed is None:
        yield (
            "Texts are taken to go out at once: how long they queue for their sender is not computed; --sender or "
            "--texts-per-second gives its speed."
        )
    if quiet and queue is not None and settings.quiet_hours is not None:
        yield from _of_queue(queue, settings.quiet_hours, settings)


def _of_smart_sending(messages: list[Step], settings: Settings) -> Iterator[str]:
    """Yield the windows of the channels on which Smart Sending skips somebody."""
    used = {
        step.message.channel
        for step in messages
        if step.message is not None and step.message.smart_sending and not step.message.transactional
    }
    if used:
        windows = ", ".join(f"{settings.smart_hours[name]} hours by {name}" for name in sorted(used))
        yield f"Smart Sending is taken to hold for {windows}; --smart-sending {SPELLED} gives the account's windows."


def _of_queue(queue: Queue, quiet: QuietHours, settings: Settings) -> Iterator[str]:
    """Yield on which days texts still queue when quiet hours come, which the queue does not look at.

    Who waits has many zones where quiet hours go by each profile's own: the account's stands for all of them here.
    """
    from compiler.evaluate import zone_offsets  # noqa: PLC0415 - loaded where data is read

    zone = settings.account_zone if quiet.zone == "profile" else quiet.zone
    waits = [(day, day.done - -(-day.longest // queue.speed)) for day in queue.days]
    first, last = min(start for _, start in waits), max(day.done for day in queue.days)
    [rules] = zone_offsets([zone], *(datetime.fromtimestamp(one, UTC) for one in (first, last)))
    days = [day.day for day, start in waits if _meets(quiet, rules, start, day.done)]
    if days:
        many = "day" if len(days) == 2 else "days"
        more = f" and {len(days) - 1} more {many}" if len(days) > 1 else ""
        of = "the account" if quiet.zone == "profile" else quiet.zone
        yield (
            f"Texts of {days[0]}{more} still queue while it is quiet in the zone of {of}: the queue does not stop for "
            "quiet hours, and nothing says whether the vendor's does. Such texts may go out later, or in quiet hours."
        )


def _meets(quiet: QuietHours, rules: ZoneOffsets, start: int, end: int) -> bool:
    """Say whether the wait from one instant to another (seconds) touches quiet hours on a zone's clock."""
    offset = [rules.first, *(new for change, new in rules.changes if change <= start)][-1]
    wall = start + offset - MONDAY
    since = wall % quiet.period
    until = since + end - start
    return any(
        max(since, begin + turn) < min(until, stop + turn)
        for begin, stop in quiet.spans
        for turn in range(-quiet.period, until + quiet.period, quiet.period)
    )


def read_smart_hours(text: str | None) -> dict[str, int]:
    """Return the Smart Sending windows in hours by channel that ``email=16,sms=24`` spells; others keep the default.

    Raises Fatal.
    """
    found = dict(SMART_HOURS)
    for part in () if text is None else text.split(","):
        channel, _, hours = (word.strip() for word in part.partition("="))
        if channel not in found or not (hours.isascii() and hours.isdigit()) or int(hours) > A_YEAR:
            hint = "" if channel in found else nearest(channel, found)
            raise Fatal(
                f'Smart Sending windows are spelled {SPELLED} in hours, not "{text}"{hint}', Exit.WRONG_SPECS
            )
        found[channel] = int(hours)
    return found


def _named(steps: list[Step]) -> str:
    """Return the names of messages, the first few where there are many."""
    names = [f'"{step.name}"' for step in steps]
    more = [f"{len(names) - MOST_NAMED} more"] if len(names) > MOST_NAMED else []
    shown = [*names[:MOST_NAMED], *more]
    return shown[0] if len(shown) == 1 else f"{', '.join(shown[:-1])} and {shown[-1]}"
