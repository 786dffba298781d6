"""Cut the events of a metric into cells: those that the same conditions count and whose values lie together.

Times are cut at the ends of windows, properties into the combinations of filter sets that can occur, and
values, where they are added up, into the ranges that filters of ``$value`` make of them.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from datetime import datetime, timedelta
from itertools import pairwise, product
from typing import NamedTuple, cast

from compiler.logic.model import Filter, Filters, Found, Measured, Numbers, Open, Range, Value
from compiler.logic.moments import windows
from compiler.logic.numeric import EVERYTHING, complement, contains, intersection, union
from compiler.logic.values import solve_fields

MOST_FILTER_SETS = 6
ZERO = Range(0, 0)
UNSET = Filter("existence", "unset")


class Cell(NamedTuple):
    """Events that the same conditions count: an example of their properties, and when they happen."""

    counted: frozenset[int]
    properties: dict[str, Value]
    time: datetime
    span: Range = Range()  # what an event's value can be without changing what counts it
    unset: bool = False  # its events have no value, which adds nothing to a sum


class Kind(NamedTuple):
    """Events that pass the same filter sets: an example of their properties, and all values they can have."""

    met: frozenset[Filters]
    properties: dict[str, Value]
    values: Numbers
    unset: bool = False


def cut(conditions: Sequence[Measured], at: datetime) -> tuple[list[Cell], str]:
    """Cut events into cells, a few for each set of conditions that count them, and say what was left out."""
    summed = {n for n, condition in enumerate(conditions) if condition.measure == "sum"}
    spans = [windows(condition.timeframe, at) for condition in conditions]
    ends = sorted({end for span in spans for window in span for end in window})
    cells: dict[frozenset[int], list[Cell]] = {}
    known: dict[tuple[int, ...], list[Kind]] = {}
    gap = ""
    for low, high in reversed(list(pairwise(ends))):
        inside = tuple(n for n, span in enumerate(spans) if any(start <= low < end for start, end in span))
        if inside in known:
            continue  # the same conditions count other events at other times: later ones serve as well
        known[inside], why = _kinds([conditions[n] for n in inside], at)
        gap = why or gap
        for kind in known[inside]:
            counted = frozenset(n for n in inside if conditions[n].filters in kind.met)
            if counted:
                values = kind.values if counted & summed else EVERYTHING
                time = _moment(low, high)
                _add(
                    cells.setdefault(counted, []),
                    [Cell(counted, kind.properties, time, span, kind.unset) for span in reversed(values)],
                )
    return [cell for several in cells.values() for cell in several], gap


def _add(cells: list[Cell], more: Iterable[Cell]) -> None:
    """Add the cells whose values no cell has that the same conditions count."""
    for cell in more:
        if not any(union((other.span,), (cell.span,)) == (other.span,) for other in cells):
            cells.append(cell)


def of_several(cells: Collection[Cell]) -> list[Cell]:
    """Return cells whose spans are what the values of one or more of their events can add up to, or wider."""
    examples: dict[frozenset[int], Cell] = {}
    spans: dict[frozenset[int], Numbers] = {}
    for cell in cells:
        examples.setdefault(cell.counted, cell)
        spans[cell.counted] = union(spans.get(cell.counted, ()), (_sums(cell.span),))
    return [
        cell._replace(span=span, unset=cell.unset and span == ZERO)
        for counted, cell in examples.items()
        for span in spans[counted]
    ]


def _sums(span: Range) -> Range:
    """Return what several values from a range can add up to, one or more, and nothing narrower than that."""
    low = span.low if span.low is not None and span.low >= 0 else None
    high = span.high if span.high is not None and span.high <= 0 else None
    return Range(low, high, span.low_open and low is not None, span.high_open and high is not None)


def _moment(low: datetime, high: datetime) -> datetime:
    """Choose a time in a window: a day before its end where there is room, so that it reads well."""
    return high - timedelta(days=1) if high - low > timedelta(days=2) else low + (high - low) / 2


def _kinds(conditions: Sequence[Measured], at: datetime) -> tuple[list[Kind], str]:
    """Return the combinations of filter sets that one event can pass, and why there may be more."""
    sets = list(dict.fromkeys(condition.filters for condition in conditions))
    if len(sets) > MOST_FILTER_SETS:
        return [], "too many sets of property filters on one metric"
    regions: Sequence[Numbers] = ()
    if any(condition.measure == "sum" for condition in conditions):
        regions = _regions([test for filters in sets for name, test in filters if name == "$value"])
    out: list[Kind] = []
    gap = ""
    for signs in product((True, False), repeat=len(sets)):
        met, broken = (
            [one for one, sign in zip(sets, signs, strict=True) if sign is side] for side in (True, False)
        )
        kinds, why = _of_signs(met, broken, regions, at)
        out += kinds
        gap = why or gap
    return out, gap


def _regions(tests: Sequence[Filter]) -> list[Numbers]:
    """Part all numbers by which of the tests they pass; nothing where no test sees a value."""
    out: list[Numbers] = [EVERYTHING]
    for test in tests:
        if test.kind == "number":
            allowed = cast("Numbers", test.value)
            parts = [intersection(region, half) for region in out for half in (allowed, complement(allowed))]
            out = [part for part in parts if part]
    return out if tests else []


def _of_signs(
    met: Sequence[Filters], broken: Sequence[Filters], regions: Sequence[Numbers], at: datetime
) -> tuple[list[Kind], str]:
    """Return the events that pass some filter sets and fail others, one kind for each way to have a value."""
    required = tuple(item for filters in met for item in filters)
    pins: list[tuple[Filters, Numbers]] = [((), EVERYTHING)]
    if regions:
        pins = [((("$value", Filter("number", "within", region)),), region) for region in regions]
        pins.append(((("$value", UNSET),), (ZERO,)))
    kinds: dict[str, Kind] = {}
    gap = ""
    for pin, values in pins:
        match solve_fields((*required, *pin), tuple(broken), at):
            case Found(what=dict() as properties):
                unset = pin == (("$value", UNSET),)
                _join(kinds, Kind(frozenset(met), properties, values, unset=unset))
            case Open(reason=why):
                gap = why
    return list(kinds.values()), gap


def _join(kinds: dict[str, Kind], kind: Kind) -> None:
    """Add a kind, joining its values to those of a kind with the same other properties."""
    if kind.unset and any(contains(other.values, 0) for other in kinds.values()):
        return  # an event of value 0 does as well as one without a value
    rest = repr(
        [kind.unset, sorted((name, value) for name, value in kind.properties.items() if name != "$value")]
    )
    before = kinds.get(rest)
    kinds[rest] = before._replace(values=union(before.values, kind.values)) if before else kind
