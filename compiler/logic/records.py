"""Decide whether a person's events can meet some counts and sums and none of others.

The events of a metric fall into cells: which conditions count them. Times are cut at the ends of windows,
properties into the combinations of filter sets that can occur. Then whole numbers and values for each cell.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta
from fractions import Fraction
from itertools import combinations, pairwise, product
from typing import NamedTuple, cast

from compiler.logic.counting import TooLong, Total, count_cells
from compiler.logic.matching import kind_of
from compiler.logic.model import (
    Answer,
    Filter,
    Filters,
    Found,
    Measured,
    Number,
    Numbers,
    Open,
    Range,
    Record,
    Value,
)
from compiler.logic.moments import windows
from compiler.logic.numeric import EVERYTHING, complement, contains, intersection, whole
from compiler.logic.sums import TooMany, value_cells
from compiler.logic.values import solve_fields

MOST_FILTER_SETS = 6
MOST_SUMMED_CELLS = 7
MOST_CHOICES = 200
MOST_RECORDS = 2000
NONE_IN_SUM = "sums over several sets of property filters were not searched to the end"


class Cell(NamedTuple):
    """Events that the same conditions count: an example of their properties, and when they happen."""

    counted: frozenset[int]
    properties: dict[str, Value]
    time: datetime
    span: Range = Range()  # what an event's value can be without changing what counts it


def solve_records(tests: Iterable[tuple[Measured, bool]], at: datetime, *, positive: bool = False) -> Answer:
    """Find records for which each condition marked true holds and none marked false does, as of ``at``.

    ``positive`` says that the values of this metric are declared never to be negative.
    """
    asked = sorted(tests, key=repr)
    conditions = [condition for condition, _ in asked]
    cells, gap = _cells(conditions, at)
    options = [_numbers(condition, met) for condition, met in asked]
    choices = list(product(*options))
    if len(choices) > MOST_CHOICES:
        return Open("too many alternatives of counts and sums")
    free = [cell._replace(span=_of_several(cell.span)) for cell in cells]
    for tried in (cells, free) if free != cells else (cells,):
        # first as if a cell had one event, which gives good examples; then for any number of them, which proves
        why = gap
        for choice in choices:
            answer = _choose(conditions, choice, tried, positive=positive)
            if isinstance(answer, Found):
                return answer
            why = answer.reason if isinstance(answer, Open) else why
    return Open(why) if why else None


def _numbers(condition: Measured, met: bool) -> tuple[Range, ...]:
    if met:
        return condition.numbers
    outside = complement(condition.numbers)
    return whole(outside) if condition.measure == "count" else outside


def _cells(conditions: Sequence[Measured], at: datetime) -> tuple[list[Cell], str]:
    """Cut events into cells, one for each set of conditions that count them, and say what was left out."""
    kinds, gap = _property_kinds(list(dict.fromkeys(condition.filters for condition in conditions)), at)
    spans = [windows(condition.timeframe, at) for condition in conditions]
    ends = sorted({end for span in spans for window in span for end in window})
    cells: dict[frozenset[int], Cell] = {}
    tested = [test for condition in conditions for name, test in condition.filters if name == "$value"]
    for low, high in reversed(list(pairwise(ends))):
        inside = [n for n, span in enumerate(spans) if any(start <= low < end for start, end in span)]
        for met, properties in kinds:
            counted = frozenset(n for n in inside if conditions[n].filters in met)
            if counted and counted not in cells:
                cells[counted] = Cell(counted, properties, _moment(low, high), _span(tested, properties))
    return list(cells.values()), gap


def _span(tested: Sequence[Filter], properties: dict[str, Value]) -> Range:
    """Return the numbers around an example's ``$value`` that pass and fail the same filters as it does."""
    value = _number(properties.get("$value"))
    if not tested:
        return Range()
    if value is None:
        return Range(0, 0)
    numbers = EVERYTHING
    for test in tested:
        if test.kind == "number":
            allowed = cast("Numbers", test.value)
            numbers = intersection(numbers, allowed if contains(allowed, value) else complement(allowed))
    return next(part for part in numbers if contains((part,), value))


def _of_several(span: Range) -> Range:
    """Return what several values from a range can add up to, one or more, and nothing narrower than that."""
    low = span.low if span.low is not None and span.low >= 0 else None
    high = span.high if span.high is not None and span.high <= 0 else None
    return Range(low, high, span.low_open and low is not None, span.high_open and high is not None)


def _moment(low: datetime, high: datetime) -> datetime:
    """Choose a time in a window: a day before its end where there is room, so that it reads well."""
    return high - timedelta(days=1) if high - low > timedelta(days=2) else low + (high - low) / 2


def _property_kinds(
    sets: list[Filters], at: datetime
) -> tuple[list[tuple[frozenset[Filters], dict[str, Value]]], str]:
    """Return the combinations of filter sets that one event can pass, each with an example."""
    if len(sets) > MOST_FILTER_SETS:
        return [], "too many sets of property filters on one metric"
    out: list[tuple[frozenset[Filters], dict[str, Value]]] = []
    gap = ""
    for signs in product((True, False), repeat=len(sets)):
        met = [filters for filters, sign in zip(sets, signs, strict=True) if sign]
        broken = tuple(filters for filters, sign in zip(sets, signs, strict=True) if not sign)
        match solve_fields(tuple(item for filters in met for item in filters), broken, at):
            case Found(what=dict() as properties):
                out.append((frozenset(met), properties))
            case Open(reason=why):
                gap = why
    return out, gap


def _choose(
    conditions: Sequence[Measured], choice: Sequence[Range], cells: list[Cell], *, positive: bool
) -> Answer:
    """Fill the cells for one range a condition: choose which summed cells have events, count, then value."""
    counts = [n for n, condition in enumerate(conditions) if condition.measure == "count"]
    sums = [n for n, condition in enumerate(conditions) if condition.measure == "sum"]
    summed = [place for place, cell in enumerate(cells) if cell.counted & set(sums)]
    if len(summed) > MOST_SUMMED_CELLS:
        return Open(NONE_IN_SUM)
    totals = [(_places(cells, n), int(choice[n].low or 0), _top(choice[n])) for n in counts]
    reason = ""
    for size in range(len(summed) + 1):
        for filled in combinations(summed, size):
            try:
                values = _values(cells, filled, sums, choice, positive=positive)
                numbers = None if values is None else _counts(cells, summed, filled, totals)
            except (TooLong, TooMany):
                reason = NONE_IN_SUM
                continue
            if numbers is not None and sum(numbers) > MOST_RECORDS:
                return Open(f"a witness would need more than {MOST_RECORDS} events")
            if values is not None and numbers is not None:
                return Found(_records(cells, numbers, dict(zip(filled, values, strict=True))))
    return Open(reason) if reason else None


def _top(span: Range) -> int | None:
    return None if span.high is None else int(span.high)


def _places(cells: Sequence[Cell], condition: int) -> list[int]:
    return [place for place, cell in enumerate(cells) if condition in cell.counted]


def _values(
    cells: Sequence[Cell],
    filled: Sequence[int],
    sums: Sequence[int],
    choice: Sequence[Range],
    *,
    positive: bool,
) -> list[Fraction] | None:
    if not sums:
        return []
    totals = [
        ([n for n, place in enumerate(filled) if one in cells[place].counted], choice[one]) for one in sums
    ]
    totals += [([n], cells[place].span) for n, place in enumerate(filled) if cells[place].span != Range()]
    return value_cells(len(filled), totals, positive=positive)


def _counts(
    cells: Sequence[Cell], summed: Sequence[int], filled: Sequence[int], totals: Sequence[Total]
) -> list[int] | None:
    least = [int(place in filled) for place in range(len(cells))]
    most = [0 if place in summed and place not in filled else None for place in range(len(cells))]
    return count_cells(least, most, totals)


def _records(
    cells: Sequence[Cell], numbers: Sequence[int], values: dict[int, Fraction]
) -> tuple[Record, ...]:
    out: list[Record] = []
    for place, (cell, number) in enumerate(zip(cells, numbers, strict=True)):
        properties = {name: value for name, value in cell.properties.items() if name != "$value"}
        own = cell.properties.get("$value")
        for nth in range(number):
            value = values.get(place, _number(own)) if nth == 0 else _number(own)
            out.append(Record(cell.time, value, properties))
    return tuple(sorted(out, key=lambda record: record.time))


def _number(value: Value) -> Number | None:
    """Return a number as it is; a value that is no number cannot be an event's, and evaluation will say so."""
    return value if kind_of(value) == "number" else None  # type: ignore[return-value]
