"""Decide whether a person's events can meet some counts and sums and none of others.

The events of a metric fall into cells: which conditions count them. Then whole numbers and values for each
cell are sought.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime
from fractions import Fraction
from itertools import combinations, product

from compiler.logic.cells import Cell, cut, of_several
from compiler.logic.counting import TooLong, Total, count_cells
from compiler.logic.matching import kind_of
from compiler.logic.model import (
    Answer,
    Found,
    Measured,
    Number,
    Open,
    Range,
    Record,
    Value,
)
from compiler.logic.numeric import complement, whole
from compiler.logic.sums import TooMany, value_cells

MOST_SUMMED_CELLS = 7
MOST_CHOICES = 200
MOST_RECORDS = 2000
NONE_IN_SUM = "sums over several sets of property filters were not searched to the end"


def solve_records(tests: Iterable[tuple[Measured, bool]], at: datetime, *, positive: bool = False) -> Answer:
    """Find records for which each condition marked true holds and none marked false does, as of ``at``.

    ``positive`` says that the values of this metric are declared never to be negative.
    """
    asked = sorted(tests, key=repr)
    conditions = [condition for condition, _ in asked]
    cells, gap = cut(conditions, at)
    options = [_numbers(condition, met) for condition, met in asked]
    choices = list(product(*options))
    if len(choices) > MOST_CHOICES:
        return Open("too many alternatives of counts and sums")
    free = of_several(cells)
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
            solved = nth == 0 and place in values and not cell.unset
            value = values[place] if solved else _number(own)
            out.append(Record(cell.time, value, properties))
    return tuple(sorted(out, key=lambda record: record.time))


def _number(value: Value) -> Number | None:
    """Return a number as it is; a value that is no number cannot be an event's, and evaluation will say so."""
    return value if kind_of(value) == "number" else None  # type: ignore[return-value]
