"""Bring clauses into one canonical order, joining conditions that say one thing in two.

Only steps that hold at every moment are taken: ``= A or = B`` is ``in A, B``; ``not A and not B`` is
``not in A, B``; ``>= 1 and <= 3`` is ``1..3``; a clause that another one implies by inclusion goes.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable

from compiler.logic.model import Clause, Condition, Filter, Holds, Measured, Range, Rule, Status
from compiler.logic.numeric import intersection, union, whole

Fold = Callable[[Condition, Condition], Condition | None]


def merged(clauses: Iterable[Clause]) -> Rule:
    """Return the canonical rule of a conjunction of clauses."""
    inner = [_folded(clause, _either) for clause in clauses]
    units = _folded([clause[0] for clause in inner if len(clause) == 1], _both)
    kept = {*((unit,) for unit in units), *(clause for clause in inner if len(clause) > 1)}
    sets = {clause: frozenset(clause) for clause in kept}
    needed = [one for one in kept if not any(sets[other] < sets[one] for other in kept)]
    return Rule(tuple(sorted(needed, key=repr)))


def _folded(conditions: Iterable[Condition], fold: Fold) -> Clause:
    """Join what can be joined, drop repetitions, and sort."""
    out: list[Condition] = []
    for condition in sorted(set(conditions), key=repr):
        for place, other in enumerate(out):
            joined = fold(other, condition)
            if joined is not None:
                out[place] = joined
                break
        else:
            out.append(condition)
    return tuple(sorted(set(out), key=repr))


def _either(left: Condition, right: Condition) -> Condition | None:
    """Return the one condition that holds when either does, where there is one."""
    match left, right:
        case Holds(subject=one), Holds(subject=two) if one == two:
            test = _either_filter(left.filter, right.filter)
            return None if test is None else Holds(one, test)
        case Measured(), Measured() if _alike(left, right):
            joined = union(left.numbers, right.numbers)
            return _measured(left, whole(joined) if left.measure == "count" else joined)
        case Status(), Status() if (left.subject, left.filters) == (right.subject, right.filters):
            return Status(left.subject, tuple(sorted({*left.states, *right.states})), left.filters)
    return None


def _either_filter(left: Filter, right: Filter) -> Filter | None:
    match (left.kind, left.operator), (right.kind, right.operator):
        case (("number", _), ("number", _)):
            return Filter("number", "within", union(_numbers(left), _numbers(right)))
        case (("text", "in"), ("text", "in")) | (("list", "any"), ("list", "any")):
            return Filter(left.kind, left.operator, _elements(left, right))
    return None


def _both(left: Condition, right: Condition) -> Condition | None:
    """Return the one condition that holds when both do, where there is one."""
    match left, right:
        case Holds(subject=one), Holds(subject=two) if one == two:
            test = _both_filter(left.filter, right.filter)
            return None if test is None else Holds(one, test)
        case Measured(), Measured() if _alike(left, right):
            joined = intersection(left.numbers, right.numbers)
            return _measured(left, whole(joined) if left.measure == "count" else joined)
        case Status(), Status() if (left.subject, left.filters) == (right.subject, right.filters):
            return Status(left.subject, tuple(sorted({*left.states} & {*right.states})), left.filters)
    return None


def _both_filter(left: Filter, right: Filter) -> Filter | None:
    match (left.kind, left.operator), (right.kind, right.operator):
        case (("number", _), ("number", _)):
            return Filter("number", "within", intersection(_numbers(left), _numbers(right)))
        case (("text", "not-in"), ("text", "not-in")) | (("list", "not-any"), ("list", "not-any")):
            return Filter(left.kind, left.operator, _elements(left, right))
        case (("list", "all" | "any"), ("list", "all" | "any")) if _whole(left) and _whole(right):
            return Filter("list", "all", _elements(left, right))
    return None


def _whole(test: Filter) -> bool:
    return test.operator == "all" or len(test.value) == 1  # type: ignore[arg-type]


def _alike(left: Measured, right: Measured) -> bool:
    return (left.subject, left.measure, left.timeframe, left.filters) == (
        right.subject,
        right.measure,
        right.timeframe,
        right.filters,
    )


def _measured(like: Measured, numbers: tuple[Range, ...]) -> Measured:
    return Measured(like.subject, like.measure, numbers, like.timeframe, like.filters)


def _numbers(test: Filter) -> tuple[Range, ...]:
    return test.value  # type: ignore[return-value]


def _elements(left: Filter, right: Filter) -> tuple[str, ...]:
    return tuple(sorted({*left.value, *right.value}, key=lambda element: (str(type(element)), element)))  # type: ignore[misc]
