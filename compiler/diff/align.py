"""The cheapest order-keeping pairing of two chains of steps."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from itertools import accumulate, pairwise

from compiler.diff.sequence import common_places, increasing_run
from compiler.diff.sides import Side, likeness

Pairs = list[tuple[str, str]]
Places = list[tuple[int, int]]

STEP = 100  # the price of an insert, of a delete, and of a change of a step into one that is like it
UNLIKE = 90  # added to a change by unlikeness, so that it stays below a delete and an insert
NEVER = 1_000_000
CELLS = 100_000  # a bigger gap is cut where both sides are equal, then evenly
CROSSING_CELLS = 10_000  # a bigger stretch has so many twins that their longest run in order decides well


def align(live: Side, desired: Side, old: Sequence[str], new: Sequence[str]) -> Pairs:
    """Pair steps of two chains: twins that keep their order first, then the stretches between them.

    A step whose twin stands elsewhere stays unpaired: it was moved.
    """
    place = {name: index for index, name in enumerate(new)}
    left = [name for name in old if live.twin.get(name, "") in place or name not in live.twin]
    kept = set(left)
    right = [name for name in new if desired.twin.get(name, "") in kept or name not in desired.twin]
    place = {name: index for index, name in enumerate(right)}
    twins = [(index, place[live.twin[name]]) for index, name in enumerate(left) if name in live.twin]
    uncrossed = [twins[index] for index in _uncrossed([at for _, at in twins])]
    fixed = _beside_rest(live, desired, left, right, uncrossed)
    pairs = [(left[at], right[to]) for at, to in fixed]
    for between_old, between_new in _between(left, right, fixed):
        pairs += _stretch(live, desired, between_old, between_new)
    return pairs


def _between(old: list[str], new: list[str], fixed: Places) -> Iterator[tuple[list[str], list[str]]]:
    for (left, right), (to_left, to_right) in pairwise([(-1, -1), *fixed, (len(old), len(new))]):
        yield old[left + 1 : to_left], new[right + 1 : to_right]


def _beside_rest(live: Side, desired: Side, old: list[str], new: list[str], fixed: Places) -> Places:
    """Keep the twins that have nothing to pair on one side of them; between two edits a twin may have moved."""
    rest = [
        [live.step(name).content for name in before] == [desired.step(name).content for name in after]
        for before, after in _between(old, new, fixed)
    ]
    return [twin for twin, (before, after) in zip(fixed, pairwise(rest), strict=True) if before or after]


def _uncrossed(values: Sequence[int]) -> list[int]:
    """Return the places of the numbers that are above all before them and below all behind them."""
    floors = [*accumulate(reversed(values), min)][::-1][1:]
    tops = [*accumulate(values, max)]
    below = [-1, *tops[:-1]]
    above = [*floors, math.inf]
    return [place for place, value in enumerate(values) if below[place] < value < above[place]]


def _stretch(live: Side, desired: Side, old: list[str], new: list[str]) -> Pairs:
    """Pair two runs: all at once by price, or from the longest run of twins in order if they are long."""
    if live.twin.keys().isdisjoint(old):
        return _gap(live, desired, old, new)
    if len(old) * len(new) <= CROSSING_CELLS:
        return _cheapest(live, desired, old, new)
    place = {name: index for index, name in enumerate(new)}
    twins = [(index, place[live.twin[name]]) for index, name in enumerate(old) if name in live.twin]
    fixed = [twins[index] for index in increasing_run([to for _, to in twins])]
    pairs = [(old[at], new[to]) for at, to in fixed]
    for before, after in _between(old, new, fixed):
        loose_old = [name for name in before if name not in live.twin]
        loose_new = [name for name in after if name not in desired.twin]
        pairs += _gap(live, desired, loose_old, loose_new)
    return pairs


def _gap(live: Side, desired: Side, old: list[str], new: list[str]) -> Pairs:
    """Pair two runs without twins: equal ends, then window by window by price."""
    old_contents = [live.step(name).content for name in old]
    new_contents = [desired.step(name).content for name in new]
    head, tail = _equal_ends(old_contents, new_contents)
    pairs = [*zip(old[:head], new[:head], strict=True)]
    pairs += zip(old[len(old) - tail :], new[len(new) - tail :], strict=True)
    old, new = old[head : len(old) - tail], new[head : len(new) - tail]
    windows = _windows(old_contents[head : head + len(old)], new_contents[head : head + len(new)])
    for left, right in windows:
        pairs += _cheapest(live, desired, old[left], new[right])
    return pairs


def _equal_ends(old: list[str], new: list[str]) -> tuple[int, int]:
    """Return how many steps are equal at the start, and how many of the others at the end."""
    shorter = min(len(old), len(new))
    head = next((place for place in range(shorter) if old[place] != new[place]), shorter)
    rest = shorter - head
    return head, next((back for back in range(rest) if old[-1 - back] != new[-1 - back]), rest)


def _windows(old: list[str], new: list[str]) -> Iterator[tuple[slice, slice]]:
    """Cut two runs into windows that are small enough to be compared step by step with each other."""
    shared = common_places(old, new) if len(old) * len(new) > CELLS else []
    for (left, right), (to_left, to_right) in pairwise([(-1, -1), *shared, (len(old), len(new))]):
        yield from _blocks(range(left + 1, to_left), range(right + 1, to_right))
        yield slice(to_left, to_left + 1), slice(to_right, to_right + 1)


def _blocks(old: range, new: range) -> Iterator[tuple[slice, slice]]:
    parts = max(1, math.ceil(math.sqrt(len(old) * len(new) / CELLS)))
    for part in range(parts):
        left, right = (run[len(run) * part // parts : len(run) * (part + 1) // parts] for run in (old, new))
        yield slice(left.start, left.stop), slice(right.start, right.stop)


def _cheapest(live: Side, desired: Side, old: list[str], new: list[str]) -> Pairs:
    """Fill the table of prices from the end and follow the cheapest path from the start; ties pair.

    To leave a twin alone on both sides is one edit, a move; to leave another step alone is one on its side.
    """
    if not old or not new:
        return []
    delete = [STEP // 2 if name in live.twin else STEP for name in old]
    insert = [STEP // 2 if name in desired.twin else STEP for name in new]
    prices = [[*accumulate(reversed(insert), initial=0)][::-1]]
    for left in range(len(old) - 1, -1, -1):
        below = prices[-1]
        row = [below[-1] + delete[left]]
        for right in range(len(new) - 1, -1, -1):
            apart = min(below[right] + delete[left], row[-1] + insert[right])
            paired = below[right + 1] + pair_price(live, desired, old[left], new[right])
            row.append(min(apart, paired))
        prices.append(row[::-1])
    prices.reverse()
    left = right = 0
    pairs: Pairs = []
    while left < len(old) and right < len(new):
        price = pair_price(live, desired, old[left], new[right])
        if prices[left][right] == prices[left + 1][right + 1] + price:
            pairs.append((old[left], new[right]))
            left, right = left + 1, right + 1
        elif prices[left][right] == prices[left + 1][right] + delete[left]:
            left += 1
        else:
            right += 1
    return pairs


def pair_price(live: Side, desired: Side, old: str, new: str) -> int:
    """Return what turning one step into another costs: nothing, a change, or more than doing both anew."""
    before, after = live.step(old), desired.step(new)
    if before.content == after.content:
        return 0
    if before.kind != after.kind or live.twin.get(old, new) != new or desired.twin.get(new, old) != old:
        return NEVER
    return STEP + round(UNLIKE * (1 - likeness(live.bag(old), desired.bag(new))))
