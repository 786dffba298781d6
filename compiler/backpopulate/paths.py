"""Every way through a flow, with the time at which each message comes: no data needed.

Times are seconds after the trigger, as the least and the most that delays can take; a day without a time of day is
24 hours.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from compiler.backpopulate.actions import DAY, WEEKDAYS, span_text
from compiler.backpopulate.countdown import Countdown, DateTrigger
from compiler.backpopulate.settings import Mode, modes
from compiler.backpopulate.shape import END, Shape, Step

MOST_PATHS = 60


@dataclass(frozen=True, slots=True)
class Stop:
    """A live or manual action on a path, and when it comes."""

    step: int
    name: str
    kind: str
    channel: str
    status: str
    earliest: int
    latest: int


@dataclass(frozen=True, slots=True)
class Window:
    """Whose trigger lies between ``since`` and ``until`` seconds back waits at a delay, and misses what is listed."""

    step: int
    name: str
    since: int
    until: int
    exact: bool
    next: str
    missed: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Path:
    """One way: the branches taken, stops, the windows that enter each step, and its horizon in seconds.

    ``waits`` names the wait that no delay tells (back in stock), behind which no time is known.
    """

    branches: tuple[str, ...]
    stops: tuple[Stop, ...]
    windows: tuple[Window, ...]
    horizon: int
    exact: bool
    waits: str | None = None


@dataclass(frozen=True, slots=True)
class Timeline:
    """All paths (at most MOST_PATHS of ``count``), the longest horizon in seconds, and what both are counted from."""

    trigger: str
    modes: tuple[Mode, ...]
    paths: tuple[Path, ...]
    count: int
    horizon: int
    counted_from: str


def timeline(shape: Shape) -> Timeline:
    """Return the timeline of a flow."""
    found = []
    for steps, branches in ways_through(shape):
        found.append(_path(steps, branches, shape.dated))
        if len(found) == MOST_PATHS:
            break
    return Timeline(
        shape.trigger,
        modes(shape.trigger),
        tuple(found),
        _count(shape),
        _horizon(shape),
        _counted_from(shape),
    )


def _horizon(shape: Shape) -> int:
    """Return the longest horizon of all paths, on the graph: many more paths than are listed share its steps."""
    arrives = dict.fromkeys((0,) if shape.steps else (), 0)
    for step in shape.steps:
        if step.index not in shape.useful or step.index not in arrives:
            continue
        leaves = arrives[step.index]
        if step.delay is not None:
            leaves += step.delay.bounds()[1]
        elif shape.dated is not None and step.countdown is not None:
            _, leaves = _until(step.countdown, shape.dated.entry, 0, leaves)
        elif step.part == "wait":
            continue
        for way in step.ways:
            if way.target in shape.useful:
                arrives[way.target] = max(arrives.get(way.target, 0), leaves)
    return max(arrives.values(), default=0)


def _counted_from(shape: Shape) -> str:
    if shape.dated is not None:
        return shape.dated.entry.text
    return {"metric": "the event", "list": "joining", "segment": "joining"}.get(shape.trigger, "the trigger")


def _count(shape: Shape) -> int:
    ways = {END: 1}
    for step in reversed(shape.steps):
        ways[step.index] = sum(ways[way.target] for way in step.ways)
    return ways[0] if shape.steps else 0


def ways_through(shape: Shape) -> Iterator[tuple[list[Step], tuple[str, ...]]]:
    """Yield every path: its steps, and the branch taken at each split; first exits first."""
    waiting: list[tuple[int, list[Step], tuple[str, ...]]] = [(0, [], ())] if shape.steps else []
    while waiting:
        index, steps, branches = waiting.pop()
        if index == END:
            yield steps, branches
            continue
        step = shape.steps[index]
        for way in reversed(step.ways):
            taken = (*branches, f"{step.name}: {way.label}") if len(step.ways) > 1 else branches
            waiting.append((way.target, [*steps, step], taken))


def _path(steps: list[Step], branches: tuple[str, ...], dated: DateTrigger | None) -> Path:
    last = max((place for place, step in enumerate(steps) if step.active), default=-1)
    stops: list[Stop] = []
    windows: list[Window] = []
    least = most = 0
    exact = True
    waits: str | None = None
    for place, step in enumerate(steps[: last + 1]):
        if step.delay is not None:
            before = most
            low, high = step.delay.bounds()
            least, most, exact = least + low, most + high, exact and low == high
            missed = tuple(stop.name for stop in stops)
            follows = next(later.name for later in steps[place:] if later.active)
            windows.append(Window(step.index, step.name, before, most, exact, follows, missed))
        elif dated is not None and step.countdown is not None:
            low, high = _until(step.countdown, dated.entry, least, most)
            least, most, exact = low, high, exact and low == high
        elif step.part == "wait":
            waits = step.name
            break
        elif step.active:
            channel = step.message.channel if step.message is not None else step.kind
            stops.append(Stop(step.index, step.name, step.kind, channel, str(step.status), least, most))
    return Path(
        branches,
        tuple(stops),
        tuple(window for window in windows if window.until > window.since),
        most,
        exact,
        waits,
    )


def _until(wait: Countdown, entry: Countdown, least: int, most: int) -> tuple[int, int]:
    """Return when a wait for the date ends: the least and most seconds after the entry."""
    forward = (len(WEEKDAYS) - 1) * DAY if wait.weekdays else 0
    low, high = entry.gap(wait)
    return max(least, low), max(most, high + forward)


def window_text(window: Window, trigger: str) -> str:
    """Return a window as a sentence: ``triggered 75 days to 85 days ago: misses "Mail 1", waits for "Mail 2"``."""
    verb = {"metric": "triggered", "list": "joined", "segment": "joined"}.get(trigger, "entered")
    since = "just now" if window.since == 0 else span_text(window.since)
    about = "" if window.exact else "about "
    missed = f"misses {_named(window.missed)}, " if window.missed else ""
    return f'{verb} {about}{since} to {span_text(window.until)} ago: {missed}waits at "{window.name}" for "{window.next}"'


def beyond_text(path: Path, trigger: str) -> str:
    """Return the sentence on those who are too late for a path."""
    verb = {"metric": "triggered", "list": "joined", "segment": "joined"}.get(trigger, "entered")
    since = f"{verb} {'' if path.exact else 'about '}{span_text(path.horizon)} ago or longer"
    return f"{since}: not added" if path.waits is None else f'{since}: waits at "{path.waits}"'


def stop_text(stop: Stop) -> str:
    """Return when a stop comes: ``after 75 days``, ``after 1 day 14 hours to 2 days 14 hours``, ``at once``."""
    if stop.earliest == stop.latest:
        return f"after {span_text(stop.latest)}" if stop.latest else "at once"
    first = span_text(stop.earliest) if stop.earliest else "0"
    return f"after {first} to {span_text(stop.latest)}"


def _named(names: tuple[str, ...]) -> str:
    return ", ".join(f'"{name}"' for name in names)
