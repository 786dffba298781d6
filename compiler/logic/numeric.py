"""Sets of numbers: what an operator admits, its complement, and finite sets of numbers to try."""

from __future__ import annotations

import math
from fractions import Fraction
from itertools import pairwise

from compiler.logic.model import Number, Numbers, Range

EVERYTHING: Numbers = (Range(),)


def exact(number: Number) -> int | Fraction:
    """Turn a number into the decimal that it was written as, so that 0.1 is a tenth."""
    if isinstance(number, int):
        return number
    fraction = number if isinstance(number, Fraction) else Fraction(str(number))
    return fraction.numerator if fraction.denominator == 1 else fraction


def admitted(operator: str, value: Number) -> Numbers:
    """Return the numbers that pass ``operator value``; raises KeyError for an operator that is none."""
    bound = exact(value)
    below, above = Range(None, bound, high_open=True), Range(bound, None, low_open=True)
    return {
        "equals": (Range(bound, bound),),
        "not-equals": (below, above),
        "greater-than": (above,),
        "greater-than-or-equal": (Range(bound, None),),
        "less-than": (below,),
        "less-than-or-equal": (Range(None, bound),),
    }[operator]


def contains(numbers: Numbers, number: Number) -> bool:
    """Say whether a number is in the set."""
    value = exact(number)
    return any(_inside(part, value) for part in numbers)


def _inside(part: Range, value: Number) -> bool:
    if part.low is not None and (value < part.low or (part.low_open and value == part.low)):
        return False
    return part.high is None or value < part.high or (value == part.high and not part.high_open)


def complement(numbers: Numbers) -> Numbers:
    """Return the numbers that are not in the set; its ranges must be in order and disjoint."""
    out: list[Range] = []
    low: Number | None = None
    low_open, started = False, False
    for part in numbers:
        if part.low is not None and not (started and _touching(low, part.low, low_open, not part.low_open)):
            out.append(Range(low, part.low, low_open, not part.low_open))
        low, low_open, started = part.high, not part.high_open, True
        if low is None:
            return tuple(out)
    return (*out, Range(low, None, low_open))


def _touching(low: Number | None, high: Number, low_open: bool, high_open: bool) -> bool:
    """Say whether nothing lies between two ends."""
    return low is not None and (low > high or (low == high and (low_open or high_open)))


def union(left: Numbers, right: Numbers) -> Numbers:
    """Return the numbers of either set, in order and joined where they touch."""
    parts = sorted((*left, *right), key=_start)
    out: list[Range] = []
    for part in parts:
        if out and _joins(out[-1], part):
            last = out.pop()
            high, high_open = max((_end(last), _end(part)))[1:]
            out.append(Range(last.low, None if high == math.inf else high, last.low_open, not high_open))
        else:
            out.append(part)
    return tuple(out)


def intersection(left: Numbers, right: Numbers) -> Numbers:
    """Return the numbers of both sets."""
    return complement(union(complement(left), complement(right)))


def _start(part: Range) -> tuple[Number, bool]:
    return (-math.inf if part.low is None else part.low, part.low_open)


def _end(part: Range) -> tuple[Number, Number, bool]:
    high = math.inf if part.high is None else part.high
    return (high, high, not part.high_open)


def _joins(left: Range, right: Range) -> bool:
    if left.high is None or right.low is None:
        return True
    return right.low < left.high or (right.low == left.high and not (left.high_open and right.low_open))


def whole(numbers: Numbers) -> Numbers:
    """Return the whole numbers from 0 that are in the set, as closed ranges in order."""
    out: Numbers = ()
    for part in numbers:
        low = 0 if part.low is None else math.floor(part.low) + 1 if part.low_open else math.ceil(part.low)
        high = None
        if part.high is not None:
            high = math.ceil(part.high) - 1 if part.high_open else math.floor(part.high)
        low = max(low, 0)
        if high is None or low <= high:
            out = union(out, (Range(low, high),))
    return _joined(out)


def _joined(parts: Numbers) -> Numbers:
    """Join closed whole ranges that follow each other: 0..1 and 2..3 are 0..3."""
    out: list[Range] = []
    for part in parts:
        if out and out[-1].high is not None and part.low is not None and out[-1].high + 1 == part.low:
            out[-1] = Range(out[-1].low, part.high)
        else:
            out.append(part)
    return tuple(out)


def samples(sets: list[Numbers]) -> list[Number]:
    """Return numbers that meet every combination of the sets: all ends, one between each two, one outside."""
    ends = sorted(
        {end for numbers in sets for part in numbers for end in (part.low, part.high) if end is not None}
    )
    if not ends:
        return [1]
    between = [exact((Fraction(a) + Fraction(b)) / 2) for a, b in pairwise(ends)]
    return [*ends, *between, ends[-1] + 1, ends[0] - 1]
