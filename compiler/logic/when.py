"""Whether a verdict carries its date: where dates of two natures meet, time moves one past the other."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import datetime
from typing import Final

from compiler.logic.model import Condition, Filter, Funnel, Holds, Measured, Rule, Status, Subject, Timeframe
from compiler.logic.moments import RECURRING, midnight

HALF_A_YEAR: Final = 182  # days; two spans that are shorter cannot fill a year


def depends_on_now(rules: Iterable[Rule], at: datetime) -> bool:
    """Say whether two rules put dates of different natures on one subject, or a fixed date that is to come.

    Natures: fixed days, moving days, moving hours, and each way of recurring every year; spans of half a year and
    more before or after a recurring day meet at its other end, where 29 February comes and goes.
    """
    natures: dict[Subject, set[str]] = {}
    for rule in rules:
        for condition in (condition for clause in rule.clauses for condition in clause):
            for subject, timeframe in _timeframes(condition):
                natures.setdefault(subject, set()).update(_natures(timeframe, at))
    return any(len(found) > 1 for found in natures.values())


def _timeframes(condition: Condition) -> Iterator[tuple[Subject, Timeframe]]:
    filters: list[Filter] = []
    match condition:
        case Holds():
            filters = [condition.filter]
        case Measured() | Funnel():
            steps = condition.steps if isinstance(condition, Funnel) else (condition,)
            yield from ((step.subject, condition.timeframe) for step in steps)
        case Status():
            filters = [test for _, test in condition.filters]
    yield from ((condition.subject, test.value) for test in filters if isinstance(test.value, Timeframe))


def _natures(timeframe: Timeframe, at: datetime) -> set[str]:
    if timeframe.operator == "alltime":
        return set()
    if timeframe.operator in RECURRING - {"calendar-month"}:
        if timeframe.end >= HALF_A_YEAR:
            return {timeframe.operator, "leap days"}
        return {timeframe.operator.replace("-last", "-days").replace("-next", "-days")}
    if timeframe.unit:
        return {f"moving {timeframe.unit}s"}
    to_come = any(
        day is not None and midnight(day) >= midnight(at.date()) for day in (timeframe.first, timeframe.last)
    )
    return {"fixed", "moving days"} if to_come else {"fixed"}
