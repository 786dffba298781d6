"""Every way through a flow, with the time at which each message comes: no data needed.

Times are seconds after the trigger, as the least and the most that the delays of a path take together; a day without
a time of day is 24 hours, and changes of clocks are left apart.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from compiler.backpopulate.actions import DAY, WEEKDAYS, span_text
from compiler.backpopulate.bounds import START, Moments, Range, between, either, wait_at
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
    """Whose trigger lies between ``since`` and ``until`` seconds back may wait at a delay, and misses what is listed.

    Between the two of ``surely`` everybody waits there; None where nobody is sure to. Elsewhere the weekday and the
    time of day decide, so that the windows of a path overlap. ``exact`` says that all are sure.
    """

    step: int
    name: str
    since: int
    until: int
    exact: bool
    next: str
    missed: tuple[str, ...]
    surely: Range | None


@dataclass(frozen=True, slots=True)
class Path:
    """One way: the branches taken, stops, the windows that enter each step, and its horizon in seconds.

    ``least`` is when the last delay of some ends, ``horizon`` when that of all has. ``waits`` names the wait that no
    delay tells (back in stock), behind which no time is known.
    """

    branches: tuple[str, ...]
    stops: tuple[Stop, ...]
    windows: tuple[Window, ...]
    horizon: int
    exact: bool
    least: int
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
    arrives = dict.fromkeys((0,) if shape.steps else (), START)
    for step in shape.steps:
        if step.index not in shape.useful or step.index not in arrives:
            continue
        leaves = arrives[step.index]
        if step.delay is not None:
            leaves = wait_at(step.delay, leaves).after
        elif shape.dated is not None and step.countdown is not None:
            leaves = _until(step.countdown, shape.dated.entry, leaves)
        elif step.part == "wait":
            continue
        for way in step.ways:
            if way.target in shape.useful:
                before = arrives.get(way.target)
                arrives[way.target] = leaves if before is None else either(before, leaves)
    return max((moments.most for moments in arrives.values()), default=0)


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
    now = START
    waits: str | None = None
    for place, step in enumerate(steps[: last + 1]):
        if step.delay is not None:
            wait = wait_at(step.delay, now)
            follows = next(later.name for later in steps[place:] if later.active)
            missed = tuple(stop.name for stop in stops)
            windows += _window(step, wait.some, wait.all_, follows, missed)
            now = wait.after
        elif dated is not None and step.countdown is not None:
            now = _until(step.countdown, dated.entry, now)
        elif step.part == "wait":
            waits = step.name
            break
        elif step.active:
            channel = step.message.channel if step.message is not None else step.kind
            stops.append(
                Stop(step.index, step.name, step.kind, channel, str(step.status), now.least, now.most)
            )
    exact = now.least == now.most
    return Path(branches, tuple(stops), tuple(windows), now.most, exact, now.least, waits)


def _window(step: Step, some: Range, everybody: Range, follows: str, missed: tuple[str, ...]) -> list[Window]:
    """Return the window of a delay; none where it holds nobody."""
    since, until = some
    if since == until:
        return []
    surely = everybody if everybody[0] < everybody[1] else None
    return [Window(step.index, step.name, since, until, surely == some, follows, missed, surely)]


def _until(wait: Countdown, entry: Countdown, before: Moments) -> Moments:
    """Return when a wait for the date ends, after the entry."""
    forward = (len(WEEKDAYS) - 1) * DAY if wait.weekdays else 0
    low, high = entry.gap(wait)
    return between(max(before.least, low), max(before.most, high + forward))


def window_text(window: Window, trigger: str) -> str:
    """Return a window as a sentence: ``triggered 75 days to 85 days ago: misses "Mail 1", waits for "Mail 2"``."""
    since = "just now" if window.since == 0 else span_text(window.since)
    missed = f"misses {_named(window.missed)}, " if window.missed else ""
    return (
        f"{_verb(trigger)} {since} to {span_text(window.until)} ago{_sure(window)}: "
        f'{missed}waits at "{window.name}" for "{window.next}"'
    )


def _sure(window: Window) -> str:
    """Return who of a window is sure to wait there; nothing where all are."""
    if window.exact:
        return ""
    if window.surely is None:
        return " (some)"
    since, until = window.surely
    return f" (all {f'from {span_text(since)} ' if since else ''}to {span_text(until)})"


def _verb(trigger: str) -> str:
    return {"metric": "triggered", "list": "joined", "segment": "joined"}.get(trigger, "entered")


def beyond_text(path: Path, trigger: str) -> str:
    """Return the sentence on those who are too late for a path."""
    some = "" if path.exact else f" (some from {span_text(path.least) if path.least else 'just now'} on)"
    since = f"{_verb(trigger)} {span_text(path.horizon)} ago or longer{some}"
    return f"{since}: not added" if path.waits is None else f'{since}: waits at "{path.waits}"'


def stop_text(stop: Stop) -> str:
    """Return when a stop comes: ``after 75 days``, ``after 1 day 14 hours to 2 days 14 hours``, ``at once``."""
    if stop.earliest == stop.latest:
        return f"after {span_text(stop.latest)}" if stop.latest else "at once"
    first = span_text(stop.earliest) if stop.earliest else "0"
    return f"after {first} to {span_text(stop.latest)}"


def ranges_text(times: Timeline) -> str | None:
    """Return what decides within ranges of time; None where every time is exact."""
    if all(path.exact and all(window.exact for window in path.windows) for path in times.paths):
        return None
    return (
        "Within a range the weekday and the time of day of the start decide, in the zone of each delay; changes of clocks "
        "are left apart."
    )


def _named(names: tuple[str, ...]) -> str:
    return ", ".join(f'"{name}"' for name in names)
