"""The canonical form as plain data, its digest, and its words: two spellings of one rule share them all."""

from __future__ import annotations

import hashlib
import json
import math
from collections.abc import Mapping
from typing import Any

from compiler.logic.model import (
    Condition,
    Filter,
    Filters,
    Funnel,
    Holds,
    Measured,
    Numbers,
    Opaque,
    Range,
    Rule,
    Status,
    Subject,
    Timeframe,
)
from compiler.logic.read import read


def canonical(definition: Mapping[str, Any]) -> dict[str, Any]:
    """Return the canonical form of a definition as plain data: every clause a list of sentences.

    Raises NotADefinition when the value has no condition groups.
    """
    return canonical_rule(read(definition))


def canonical_rule(rule: Rule) -> dict[str, Any]:
    """Return the canonical form of a rule: ``{"all": [{"any": ["..."]}, ...]}``, in order."""
    return {
        "all": sorted(
            ({"any": sorted(say(condition) for condition in clause)} for clause in rule.clauses), key=str
        )
    }


def digest(definition: Mapping[str, Any]) -> str:
    """Return the SHA-256 of the canonical form, in hexadecimal digits.

    Raises NotADefinition when the value has no condition groups.
    """
    text = json.dumps(canonical(definition), sort_keys=True, ensure_ascii=True)
    return hashlib.sha256(text.encode()).hexdigest()


def say(condition: Condition) -> str:
    """Write a condition as one sentence that no other condition has."""
    match condition:
        case Holds(subject=subject, filter=test):
            return f"{name_of(subject)} {say_filter(test)}"
        case Measured():
            return (
                f"{condition.measure} of {name_of(condition.subject)} in {say_numbers(condition.numbers)}"
                f" {say_timeframe(condition.timeframe)}{_where(condition.filters)}"
            )
        case Status():
            return (
                f"{name_of(condition.subject)} is {' or '.join(condition.states)}{_where(condition.filters)}"
            )
        case Funnel():
            steps = " then ".join(
                f"{'' if step.exists else 'no '}{name_of(step.subject)}{_where(step.filters)}"
                for step in condition.steps
            )
            within = "" if condition.seconds is None else f" within {condition.seconds} s"
            return f"{steps}{within} {say_timeframe(condition.timeframe)}"
        case Opaque(subject=subject):
            return f"{subject.name} {subject.part}"


def name_of(subject: Subject) -> str:
    """Name a subject, texts in quotes: ``metric "AbC123"``."""
    parts = [json.dumps(part, ensure_ascii=False) for part in (subject.name, subject.part) if part]
    return " ".join([subject.kind, *parts])


def _where(filters: Filters) -> str:
    tests = sorted(f"{json.dumps(name, ensure_ascii=False)} {say_filter(test)}" for name, test in filters)
    return f" where {' and '.join(tests)}" if tests else ""


def say_filter(test: Filter) -> str:
    """Write a filter: ``text contains "gmail"``, ``number in [1, 5)``, ``date in-the-last 14 days``."""
    if test.kind == "existence":
        return "is set" if test.operator == "set" else "is not set"
    if isinstance(test.value, Timeframe):
        return f"date {say_timeframe(test.value)}"
    if test.kind == "number" or test.operator == "length":
        return f"{test.kind} {test.operator} {say_numbers(test.value)}"  # type: ignore[arg-type]
    return f"{test.kind} {test.operator} {json.dumps(test.value, ensure_ascii=False)}"


def say_timeframe(timeframe: Timeframe) -> str:
    """Write a timeframe: ``alltime``, ``between 3 and 5 days``, ``before 2026-01-01``."""
    days = [day.isoformat() for day in (timeframe.first, timeframe.last) if day is not None]
    unit = f" {timeframe.unit}s" if timeframe.unit else ""
    counts: list[str] = []
    if timeframe.operator == "between":
        counts = [f"{timeframe.start} and {timeframe.end}"]
    elif timeframe.unit or timeframe.operator == "calendar-month":
        counts = [str(max(timeframe.start, timeframe.end))]
    return " ".join([timeframe.operator, *counts]) + unit + (f" {' and '.join(days)}" if days else "")


def say_numbers(numbers: Numbers) -> str:
    """Write a set of numbers as intervals: ``[1, inf)``, ``(-inf, 5) or (5, inf)``, ``none``."""
    return " or ".join(_range(part) for part in numbers) or "none"


def _range(part: Range) -> str:
    low, high = (-math.inf if part.low is None else part.low, math.inf if part.high is None else part.high)
    opening = "(" if part.low_open or part.low is None else "["
    closing = ")" if part.high_open or part.high is None else "]"
    return f"{opening}{low}, {high}{closing}"
