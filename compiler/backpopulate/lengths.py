"""How long a flow is, in seconds, computed on its graph: no path has to be listed for it."""

from __future__ import annotations

from collections.abc import Callable

from compiler.backpopulate.actions import DAY, HOUR, WEEKDAYS, Delay
from compiler.backpopulate.bounds import START, wait_at
from compiler.backpopulate.quiet import QuietHours
from compiler.backpopulate.shape import END, Shape, Step
from compiler.backpopulate.timing import horizon_slack

CLOCK_CHANGE = 3 * HOUR  # more than any change of clocks adds to a hold


def remaining(shape: Shape, hold: int = 0, wait: int = 0) -> dict[int, int]:
    """Return for each step the most seconds from there to the end of the last delay that anything follows.

    Clock changes are included. ``hold`` is what quiet hours can add to a text, ``wait`` what a wait that no delay
    tells counts as.
    """
    found = {END: 0}
    for step in reversed(shape.steps):
        length = max((found[way.target] for way in step.ways), default=0)
        if step.index in shape.useful and step.delay is not None:
            length += wait_at(step.delay, START).after.most + horizon_slack(step.delay)
        elif step.index in shape.useful and step.part == "wait":
            length += wait
        elif _keeps_quiet(step):
            length += hold
        found[step.index] = length
    return found


def longest(shape: Shape, hold: int = 0) -> int:
    """Return what remains at the trigger; 0 for a flow without steps."""
    return remaining(shape, hold)[0] if shape.steps else 0


def longest_hold(quiet: QuietHours | None) -> int:
    """Return the most seconds that quiet hours hold one text, clock changes included; 0 without quiet hours."""
    if quiet is None:
        return 0
    return max(end - start for start, end in quiet.spans) + CLOCK_CHANGE


def _keeps_quiet(step: Step) -> bool:
    return step.active and step.message is not None and step.message.quiet_hours


def shifts(shape: Shape, moved: Callable[[Delay], bool]) -> dict[int, int]:
    """Return for each step by how many seconds another zone could move the moment at which a profile leaves it.

    ``moved`` picks the delays that the zone moves: each by less than a day, and on to another weekday.
    """
    found = dict.fromkeys((step.index for step in shape.steps), 0)
    for step in shape.steps:
        if step.delay is not None and step.delay.needs_clock and moved(step.delay):
            found[step.index] += DAY * (len(WEEKDAYS) if step.delay.weekdays else 1)
        for way in step.ways:
            if way.target != END:
                found[way.target] = max(found[way.target], found[step.index])
    return found
