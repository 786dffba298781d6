"""Pair what the walk left: twins that moved elsewhere, then equal steps; and see which exits lead elsewhere."""

from __future__ import annotations

from collections.abc import Callable, Iterator

from compiler.diff.result import Pair, Relink
from compiler.diff.sides import DELAYS, SAMPLE, Side
from compiler.diff.walk import Walk

Place = tuple[str, int]


def pair_leftovers(state: Walk) -> None:
    """Pair twins that are still free, then equal steps that are no delays, in the live flow's order.

    A step that stands behind the same exit as before was not moved: only the shape around it changed.
    """
    for old in state.live.graph.order:
        new = state.live.twin.get(old)
        if new is not None and state.live.free(old) and state.desired.free(new):
            _place(state, old, new)
    for old, new in _equal(state):
        if state.live.free(old) and state.desired.free(new):
            _place(state, old, new)


def relinks(state: Walk) -> Iterator[Relink]:
    """Yield the exits of paired steps that lead elsewhere, looking through what came, went or moved."""
    for new in state.desired.graph.order:
        old = state.desired.partner.get(new)
        if old is None or (new in state.desired.moved and not state.desired.step(new).splits):
            continue
        before, after = state.live.step(old).exits, state.desired.step(new).exits
        for left, right in state.exits.get(old) or _straight(len(before), len(after)):
            was, now = before[left].target, after[right].target
            if was == now is None or (was is not None and state.live.partner.get(was, "?") == now):
                continue
            if not _explained(state, was, now):
                yield Relink(Pair(old, new), after[right].label, was, now)


def _straight(before: int, after: int) -> tuple[tuple[int, int], ...]:
    return tuple((place, place) for place in range(min(before, after)))


def _place(state: Walk, old: str, new: str) -> None:
    """Pair two free steps, equal steps beside them, and what goes on behind them."""
    in_place = _behind_the_same_exit(state, old, new)
    pair = state.pair if in_place else state.pair_moved
    pair(old, new)
    _neighbours(state, old, new, _previous, pair)
    if state.live.step(old).splits:
        state.enter(old, new)
    elif in_place:
        state.waiting.append((_next(state.live, old), _next(state.desired, new)))
    else:
        _neighbours(state, old, new, _next, pair)
    state.run()


def _neighbours(
    state: Walk,
    old: str,
    new: str,
    step: Callable[[Side, str], str | None],
    pair: Callable[[str, str], None],
) -> None:
    """Take equal free steps along that stand beside a step on both sides: a run of steps stays together."""
    left, right = step(state.live, old), step(state.desired, new)
    while left and right and state.live.free(left) and state.desired.free(right):
        if state.live.step(left).splits or state.live.step(left).content != state.desired.step(right).content:
            return
        pair(left, right)
        left, right = step(state.live, left), step(state.desired, right)


def _next(side: Side, name: str) -> str | None:
    return side.step(name).exits[0].target


def _previous(side: Side, name: str) -> str | None:
    parents = side.graph.parents[name]
    return parents[0][0] if len(parents) == 1 and not side.step(parents[0][0]).splits else None


def _equal(state: Walk) -> list[tuple[str, str]]:
    """Pair free steps of equal content, first with first, delays left out."""
    rest: dict[str, list[str]] = {}
    for name in reversed(state.desired.graph.order):
        if state.desired.free(name):
            rest.setdefault(state.desired.step(name).content, []).append(name)
    pairs: list[tuple[str, str]] = []
    for name in state.live.graph.order:
        step = state.live.step(name)
        if state.live.free(name) and step.kind not in DELAYS and rest.get(step.content):
            pairs.append((name, rest[step.content].pop()))
    return pairs


def _behind_the_same_exit(state: Walk, old: str, new: str) -> bool:
    """Say whether both steps are reached from one exit, looking through steps that came, went or moved."""
    after = set(_exits_above(state.desired, new))
    return any(
        (state.live.partner[parent], right) in after
        for parent, place in _exits_above(state.live, old)
        for left, right in state.exits.get(parent, ((place, place),))
        if left == place
    )


def _exits_above(side: Side, start: str) -> Iterator[Place]:
    """Yield the nearest exits of settled steps above a step; the search ends after a sample."""
    waiting, seen = [start], {start}
    while waiting and len(seen) <= SAMPLE:
        for parent, place in side.graph.parents[waiting.pop()]:
            if side.settled(parent):
                yield parent, place
            elif parent not in seen:
                seen.add(parent)
                waiting.append(parent)


def _explained(state: Walk, was: str | None, now: str | None) -> bool:
    """Say whether both targets lead to a common settled step, or to the end, through unsettled ones."""
    reached = {None if name is None else state.live.partner[name] for name in _settled_below(state.live, was)}
    return not reached.isdisjoint(_settled_below(state.desired, now))


def _settled_below(side: Side, start: str | None) -> set[str | None]:
    """Return the nearest settled steps at and below a step; a split that moved may leave nothing behind."""
    waiting, seen, found = [start], {start}, set()
    while waiting:
        name = waiting.pop()
        if name is None or side.settled(name):
            found.add(name)
            continue
        if name in side.moved and side.step(name).splits:
            found.add(None)
        targets = {way.target for way in side.step(name).exits} - seen
        seen |= targets
        waiting += targets
    return found
