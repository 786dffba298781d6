"""Two classic algorithms on sequences: the longest increasing run, and Myers' shortest edit script."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Sequence

LONGEST_SCRIPT = 1_000  # its square is the work; above it the sequences have too little in common to ask


def increasing_run(values: Sequence[int]) -> list[int]:
    """Return the places of a longest strictly increasing run of distinct numbers, in order."""
    tops: list[int] = []
    places: list[int] = []
    before: list[int] = []
    for place, value in enumerate(values):
        pile = bisect_left(tops, value)
        before.append(places[pile - 1] if pile else -1)
        tops[pile : pile + 1] = [value]
        places[pile : pile + 1] = [place]
    run: list[int] = []
    place = places[-1] if places else -1
    while place >= 0:
        run.append(place)
        place = before[place]
    return run[::-1]


def common_places(old: Sequence[str], new: Sequence[str]) -> list[tuple[int, int]]:
    """Return the pairs of places that a shortest edit script leaves alone, in order; none if it is too long.

    Source: E. Myers, "An O(ND) Difference Algorithm and Its Variations", 1986, the greedy forward form.
    """
    reach = {1: 0}
    history: list[dict[int, int]] = []
    for length in range(min(len(old) + len(new), LONGEST_SCRIPT) + 1):
        history.append({k: reach[k] for k in range(-length - 1, length + 2) if k in reach})
        for diagonal in range(-length, length + 1, 2):
            x = _furthest(reach, diagonal, length)
            while x < len(old) and x - diagonal < len(new) and old[x] == new[x - diagonal]:
                x += 1
            reach[diagonal] = x
            if x >= len(old) and x - diagonal >= len(new):
                return _trace(history, len(old), len(new))
    return []


def _furthest(reach: dict[int, int], diagonal: int, length: int) -> int:
    """Return where the best path enters a diagonal: down from the one above, or right from the one below."""
    if diagonal == -length or (diagonal != length and reach[diagonal - 1] < reach[diagonal + 1]):
        return reach[diagonal + 1]
    return reach[diagonal - 1] + 1


def _trace(history: list[dict[int, int]], x: int, y: int) -> list[tuple[int, int]]:
    pairs: list[tuple[int, int]] = []
    for length in range(len(history) - 1, -1, -1):
        reach = history[length]
        start = _furthest(reach, x - y, length)
        while x > start and y > 0:
            x, y = x - 1, y - 1
            pairs.append((x, y))
        if length:
            came_down = x - y == -length or (x - y != length and reach[x - y - 1] < reach[x - y + 1])
            x, y = (x, y - 1) if came_down else (x - 1, y)
    return pairs[::-1]
