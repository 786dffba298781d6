"""The reference evaluator: whether a profile matches a rule, as of one moment.

Three answers: yes, no, and ``None`` where the profile does not say (a sample, a regular expression that is
none, a country read two ways). It follows the documented meanings (FACTS B2) condition by condition, shares
nothing with the search but the boundaries of timeframes, and has the last word before any claim.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable
from datetime import datetime, timedelta
from functools import lru_cache
from typing import cast

from compiler.logic.model import (
    Condition,
    Filter,
    Filters,
    Funnel,
    Holds,
    Measured,
    Number,
    Numbers,
    Opaque,
    Profile,
    Record,
    Rule,
    Scalar,
    Status,
    Timeframe,
    Value,
    default_standing,
    family,
)
from compiler.logic.moments import EPOCH, includes
from compiler.logic.numeric import contains, exact


def all_of(answers: Iterable[bool | None]) -> bool | None:
    """Return no if any answer is no, else unknown if any is unknown, else yes."""
    unknown = False
    for answer in answers:
        if answer is False:
            return False
        unknown = unknown or answer is None
    return None if unknown else True


def any_of(answers: Iterable[bool | None]) -> bool | None:
    """Return yes if any answer is yes, else unknown if any is unknown, else no."""
    unknown = False
    for answer in answers:
        if answer:
            return True
        unknown = unknown or answer is None
    return None if unknown else False


def evaluate(rule: Rule, profile: Profile, at: datetime) -> bool | None:
    """Say whether a profile matches a rule as of ``at``; ``None`` where the profile does not say."""
    return all_of(any_of(holds(condition, profile, at) for condition in clause) for clause in rule.clauses)


def holds(condition: Condition, profile: Profile, at: datetime) -> bool | None:
    """Say whether one condition holds for a profile as of ``at``."""
    match condition:
        case Holds():
            return _holds(condition, profile, at)
        case Measured():
            return _measured(condition, profile, at)
        case Status():
            standing = profile.standings.get(condition.subject) or default_standing(condition.subject)
            if standing.state not in condition.states:
                return False
            return all_of(passes(test, standing.fields.get(name), at) for name, test in condition.filters)
        case Funnel():
            return _completed(condition, profile, at)
        case Opaque():
            return None


def _holds(condition: Holds, profile: Profile, at: datetime) -> bool | None:
    subject = condition.subject
    if (
        subject not in profile.values
        and (kin := family(subject))
        and any(family(s) == kin for s in profile.values)
    ):
        return None
    return passes(condition.filter, profile.values.get(subject), at)


def _measured(condition: Measured, profile: Profile, at: datetime) -> bool | None:
    inside: list[Record] = []
    for record in profile.records.get(condition.subject, ()):
        counted = counts(record, condition.timeframe, condition.filters, at)
        if counted is None:
            return None
        if counted:
            inside.append(record)
    if condition.measure == "count":
        return contains(condition.numbers, len(inside))
    return contains(condition.numbers, sum(exact(record.value or 0) for record in inside))


def counts(record: Record, timeframe: Timeframe, filters: Filters, at: datetime) -> bool | None:
    """Say whether a timeframe and filters count an event as of ``at``; ``None`` where it does not say."""
    if not EPOCH <= record.time <= at or not includes(timeframe, record.time, at):
        return False
    return all_of(passes(test, property_of(record, name), at) for name, test in filters)


def property_of(record: Record, name: str) -> Value:
    """Return a property of an event; ``$value`` is the value that sums add."""
    return record.value if name == "$value" else record.properties.get(name)


def _completed(funnel: Funnel, profile: Profile, at: datetime) -> bool | None:
    """Try every first step, then always the earliest next one; a step that must not happen is not decided.

    Events of one second are in no order, so that every step is of a later second than the one before.
    """
    if not all(step.exists for step in funnel.steps):
        return None
    times: list[list[datetime]] = []
    for step in funnel.steps:
        records = profile.records.get(step.subject, ())
        counted = [(record.time, counts(record, funnel.timeframe, step.filters, at)) for record in records]
        if any(answer is None for _, answer in counted):
            return None
        times.append(sorted(time.replace(microsecond=0) for time, answer in counted if answer))
    return any(_chained(start, times[1:], funnel.seconds) for start in times[0])


def _chained(start: datetime, later: list[list[datetime]], seconds: int | None) -> bool:
    now = start
    for times in later:
        following = next((time for time in times if time > now), None)
        if following is None:
            return False
        now = following
    return seconds is None or now - start <= timedelta(seconds=seconds)


def kind_of(value: Value) -> str:
    """Name the type of a value as filters name it; an empty string for a value that is not set."""
    if value is None:
        return ""
    if isinstance(value, bool):
        return "boolean"
    if isinstance(value, str):
        return "text"
    if isinstance(value, datetime):
        return "date"
    return "list" if isinstance(value, tuple) else "number"


def passes(test: Filter, value: Value, at: datetime) -> bool | None:
    """Say whether a value passes a filter: it must be set and of the filter's own type, negatives too.

    ``None`` where a date is read as text or text as a date (how it was written is not known here), and where a
    list is compared with a whole text (how is documented nowhere). ``contains`` on texts looks into a list's elements.
    """
    kind = kind_of(value)
    if test.kind == "existence":
        return (kind != "") == (test.operator == "set")
    if {kind, test.kind} == {"text", "date"}:
        return None
    if (kind, test.kind) == ("list", "text") and test.operator != "typed":
        inside = looked_into(test)
        return None if inside is None else _list(inside, cast("tuple[Scalar, ...]", value))
    return kind == test.kind and (test.operator == "typed" or _passes(test, value, at))


def looked_into(test: Filter) -> Filter | None:
    """Return what a test of texts asks of a list's elements; nothing where it compares the whole value."""
    operator = {"contains": "substring", "not-contains": "not-substring"}.get(test.operator)
    return Filter("list", operator, test.value) if test.kind == "text" and operator else None


def _passes(test: Filter, value: Value, at: datetime) -> bool | None:
    """Test a value that has the filter's type."""
    match value:
        case bool():
            return value is test.value
        case str():
            return _text(test, value)
        case datetime():
            return includes(cast("Timeframe", test.value), value, at)
        case tuple():
            return _list(test, value)
    return contains(cast("Numbers", test.value), cast("Number", value))


def _text(test: Filter, value: str) -> bool | None:
    if isinstance(test.value, tuple):
        return (value in test.value) == (test.operator == "in")
    word = str(test.value)
    operator = test.operator.removeprefix("not-")
    if operator == "regex":
        pattern = compiled(word)
        found = None if pattern is None else pattern.search(value) is not None
    else:
        found = {
            "contains": word in value,
            "starts-with": value.startswith(word),
            "ends-with": value.endswith(word),
        }[operator]
    return found if found is None or operator == test.operator else not found


@lru_cache(maxsize=1024)
def compiled(pattern: str) -> re.Pattern[str] | None:
    """Compile a regular expression, or return nothing where Python cannot read it."""
    try:
        return re.compile(pattern)
    except (re.error, OverflowError, RecursionError):
        return None


def _list(test: Filter, value: tuple[Scalar, ...]) -> bool:
    """Test a list, whose elements are compared as the texts that they are written with."""
    if test.operator == "length":
        return contains(test.value, len(value))  # type: ignore[arg-type]
    operator = test.operator.removeprefix("not-")
    elements = [
        element if isinstance(element, str) else json.dumps(element, default=str) for element in value
    ]
    if operator == "substring":
        found = any(str(test.value) in element for element in elements)
    else:
        assert isinstance(test.value, tuple)
        inside = [wanted in elements for wanted in test.value]
        found = any(inside) if operator == "any" else all(inside)
    return found == (operator == test.operator)
