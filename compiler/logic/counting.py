"""Whole numbers under sums: how many records each cell has, so that every total lies in its range.

Exact: bounds are narrowed until nothing changes, then a cell is split in two. A cell never needs more records
than the largest lower bound, so the search ends.
"""

from __future__ import annotations

from collections.abc import Sequence

MOST_STEPS = 4000
Total = tuple[Sequence[int], int, int | None]  # cells, lowest and highest total


class TooLong(Exception):  # noqa: N818 - an outcome of the search
    """The search took more steps than allowed."""


def count_cells(
    least: Sequence[int], most: Sequence[int | None], totals: Sequence[Total]
) -> list[int] | None:
    """Return a number for each cell, between ``least`` and ``most``, so that all totals fit, or nothing.

    Raises TooLong where the search is given up.
    """
    cap = max([1, *(low for _, low, _ in totals), *least])
    high = [cap if bound is None else min(bound, cap) for bound in most]
    return _split(list(least), high, totals, [MOST_STEPS])


def _split(low: list[int], high: list[int], totals: Sequence[Total], budget: list[int]) -> list[int] | None:
    budget[0] -= 1
    if budget[0] < 0:
        raise TooLong
    if not _narrow(low, high, totals):
        return None
    short = next((cells for cells, least, _ in totals if sum(low[cell] for cell in cells) < least), None)
    if short is None:
        return low
    cell = max(short, key=lambda one: high[one] - low[one])
    middle = (low[cell] + high[cell]) // 2
    for bottom, top in ((middle + 1, high[cell]), (low[cell], middle)):
        lower, upper = list(low), list(high)
        lower[cell], upper[cell] = bottom, top
        found = _split(lower, upper, totals, budget)
        if found is not None:
            return found
    return None


def _narrow(low: list[int], high: list[int], totals: Sequence[Total]) -> bool:
    """Tighten the bounds of every cell in place; return no when a total cannot be met."""
    changed = True
    while changed:
        changed = False
        for cells, least, most in totals:
            smallest, largest = sum(low[cell] for cell in cells), sum(high[cell] for cell in cells)
            if largest < least or (most is not None and smallest > most):
                return False
            for cell in cells:
                floor = max(low[cell], least - (largest - high[cell]))
                ceiling = high[cell] if most is None else min(high[cell], most - (smallest - low[cell]))
                if floor > ceiling:
                    return False
                if (floor, ceiling) != (low[cell], high[cell]):
                    smallest, largest = smallest + floor - low[cell], largest + ceiling - high[cell]
                    low[cell], high[cell] = floor, ceiling
                    changed = True
    return all(least <= most for least, most in zip(low, high, strict=True))
