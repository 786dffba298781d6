"""Real numbers under sums: which value each cell has, so that every total lies in its range.

Fourier and Motzkin's elimination over exact fractions, strict ends included: exact for the handful of cells
that a few conditions make.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from fractions import Fraction
from typing import NamedTuple

from compiler.logic.model import Range

MOST_BOUNDS = 600


class TooMany(Exception):  # noqa: N818 - an outcome of the search
    """The elimination makes more bounds than allowed."""


class Bound(NamedTuple):
    """The weights times the cells are at most ``limit``, or below it when strict."""

    weights: tuple[Fraction, ...]
    limit: Fraction
    strict: bool


def value_cells(
    count: int, totals: Sequence[tuple[Sequence[int], Range]], *, positive: bool
) -> list[Fraction] | None:
    """Return a value for each of ``count`` cells so that all totals fit, or nothing; ``positive`` means >= 0.

    Raises TooMany where the search is given up.
    """
    bounds = {bound for cells, span in totals for bound in _bounds(count, cells, span)}
    if positive:
        bounds |= {_bound(count, [cell], -1, Fraction(0), strict=False) for cell in range(count)}
    stages: list[set[Bound]] = []
    for cell in range(count):
        stages.append({bound for bound in bounds if bound.weights[cell]})
        bounds = _without(cell, bounds)
        if len(bounds) > MOST_BOUNDS:
            raise TooMany
    if any(bound.limit < 0 or (bound.strict and bound.limit == 0) for bound in bounds):
        return None
    values = [Fraction(0)] * count
    for cell in reversed(range(count)):
        values[cell] = _between(cell, stages[cell], values)
    return values


def _bounds(count: int, cells: Sequence[int], span: Range) -> list[Bound]:
    out: list[Bound] = []
    if span.high is not None:
        out.append(_bound(count, cells, 1, Fraction(span.high), strict=span.high_open))
    if span.low is not None:
        out.append(_bound(count, cells, -1, -Fraction(span.low), strict=span.low_open))
    return out


def _bound(count: int, cells: Sequence[int], sign: int, limit: Fraction, *, strict: bool) -> Bound:
    return Bound(tuple(Fraction(sign if cell in cells else 0) for cell in range(count)), limit, strict)


def _without(cell: int, bounds: set[Bound]) -> set[Bound]:
    """Return what the bounds say when a cell may have any value."""
    upper = [bound for bound in bounds if bound.weights[cell] > 0]
    lower = [bound for bound in bounds if bound.weights[cell] < 0]
    out = {bound for bound in bounds if not bound.weights[cell]}
    for one in upper:
        for two in lower:
            left, right = -two.weights[cell], one.weights[cell]
            weights = tuple(left * a + right * b for a, b in zip(one.weights, two.weights, strict=True))
            out.add(Bound(weights, left * one.limit + right * two.limit, one.strict or two.strict))
    return out


def _between(cell: int, bounds: set[Bound], values: list[Fraction]) -> Fraction:
    """Choose a plain value for a cell when the later ones are known: a whole number where one fits."""
    low, high = (-math.inf, False), (math.inf, False)
    for bound in bounds:
        rest = bound.limit - sum(
            weight * value
            for place, (weight, value) in enumerate(zip(bound.weights, values, strict=True))
            if place > cell
        )
        limit = rest / bound.weights[cell]
        if bound.weights[cell] > 0:
            high = min(high, (limit, not bound.strict), key=lambda end: (end[0], end[1]))  # type: ignore[assignment]
        else:
            low = max(low, (limit, bound.strict), key=lambda end: (end[0], end[1]))  # type: ignore[assignment]
    return _plain(low, (high[0], not high[1]))


def _plain(low: tuple[float | Fraction, bool], high: tuple[float | Fraction, bool]) -> Fraction:
    """Return a number between two ends, each with whether it is open."""
    (bottom, bottom_open), (top, top_open) = low, high
    if bottom == -math.inf and top == math.inf:
        return Fraction(0)
    if bottom == -math.inf:
        return Fraction(min(0, math.ceil(top) - 1 if top_open else math.floor(top)))
    whole = math.floor(bottom) + 1 if bottom_open else math.ceil(bottom)
    if bottom < 0 < top or (bottom == 0 and not bottom_open):
        whole = 0
    if whole < top or (whole == top and not top_open):
        return Fraction(whole)
    return (Fraction(bottom) + Fraction(top)) / 2
