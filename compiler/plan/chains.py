"""The cheapest way to turn one chain of linear steps into another, counted in calls.

Exact: an edit distance in a band that doubles until the best script fits into it (E. Ukkonen, "Algorithms for
approximate string matching", 1985). Among scripts of equal length the one that changes the likest steps wins.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

CALL = 1_000_000  # one call outweighs every difference of likeness on a chain
UNLIKE = 90  # what turning a step into one that has nothing in common with it adds
NEVER = 10**12
LIKENESS_CELLS = 4_000  # likeness reads whole texts; between longer chains it is not asked
BAND_CELLS = 3_000_000  # about two seconds; chains that differ more are paired place by place

Script = list[tuple[int | None, int | None]]


@dataclass(frozen=True, slots=True)
class Prices:
    """What calls cost: ``pair`` gives calls (None: impossible) and unlikeness from 0 to 1, by places."""

    pair: Callable[[int, int], int | None]
    insert: Callable[[int], int]
    unlike: Callable[[int, int], float]


def cheapest(old: Sequence[str], new: Sequence[str], prices: Prices, *, pinned: bool) -> Script | None:
    """Return the script as (place in old, place in new), None on one side for an insert or a delete.

    ``pinned`` asks that the first steps are paired; the result is None where they cannot be.
    """
    n, m = len(old), len(new)
    head = 0
    if pinned:
        if not n or not m or prices.pair(0, 0) is None:
            return [] if not n and not m else None
        head = 1
    while head < min(n, m) and prices.pair(head, head) == 0:
        head += 1
    tail = 0
    while tail < min(n, m) - head and prices.pair(n - 1 - tail, m - 1 - tail) == 0:
        tail += 1
    middle = _middle(range(head, n - tail), range(head, m - tail), prices)
    ends = [(n - back, m - back) for back in range(tail, 0, -1)]
    return [*((at, at) for at in range(head)), *middle, *ends]


def _middle(old: range, new: range, prices: Prices) -> Script:
    if not old or not new:
        return [*((at, None) for at in old), *((None, at) for at in new)]
    alike = len(old) * len(new) <= LIKENESS_CELLS
    band = abs(len(old) - len(new)) + 8
    widest = max(len(old), len(new))
    while True:
        band = min(band, widest)
        price, script = _banded(old, new, prices, band, alike=alike)
        if band == widest or price // CALL <= band:
            return script
        if len(old) * band * 4 > BAND_CELLS:
            return script
        band *= 2


def _banded(old: range, new: range, prices: Prices, band: int, *, alike: bool) -> tuple[int, Script]:
    """Fill the table of prices from the end, no further than the band from the diagonal; then follow it."""
    n, m = len(old), len(new)
    below: dict[int, int] = {}
    rows: list[dict[int, int]] = []
    inserts = [prices.insert(at) * CALL for at in new]
    for i in range(n, -1, -1):
        row: dict[int, int] = {}
        for j in range(min(m, i + band), max(0, i - band) - 1, -1):
            if i == n and j == m:
                row[j] = 0
                continue
            best = below.get(j, NEVER) + CALL
            if j < m:
                best = min(best, row.get(j + 1, NEVER) + inserts[j])
                if j + 1 in below:
                    best = min(best, below[j + 1] + _pair(old[i], new[j], prices, alike=alike))
            row[j] = best
        rows.append(row)
        below = row
    rows.reverse()
    return rows[0].get(0, NEVER), _follow(rows, old, new, prices, alike=alike)


def _pair(left: int, right: int, prices: Prices, *, alike: bool) -> int:
    price = prices.pair(left, right)
    if price is None:
        return NEVER
    if not price:
        return 0
    return price * CALL + round(UNLIKE * (prices.unlike(left, right) if alike else 1))


def _follow(rows: list[dict[int, int]], old: range, new: range, prices: Prices, *, alike: bool) -> Script:
    script: Script = []
    i = j = 0
    while i < len(old) or j < len(new):
        here = rows[i][j]
        if i < len(old) and j < len(new) and j + 1 in rows[i + 1]:
            price = _pair(old[i], new[j], prices, alike=alike)
            if here == rows[i + 1][j + 1] + price:
                script.append((old[i], new[j]))
                i, j = i + 1, j + 1
                continue
        if i < len(old) and here == rows[i + 1].get(j, NEVER) + CALL:
            script.append((old[i], None))
            i += 1
        else:
            script.append((None, new[j]))
            j += 1
    return script
