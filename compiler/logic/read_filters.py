"""Read the contract's filters and timeframes into frozen ones; equal tests come out equal however spelled.

Raises :class:`Unread` for a filter that the contract does not know, so that its condition becomes opaque.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, date, datetime
from typing import Any

from compiler.logic.model import Filter, Filters, Number, Numbers, Range, Timeframe
from compiler.logic.numeric import admitted, exact, intersection, whole


class Unread(Exception):  # noqa: N818 - it says what happened to a condition, nobody reports it
    """A condition is written in a way that the contract does not know."""


def read_filter(raw: Any, *, past: bool = False) -> Filter:
    """Read one filter of a property or field; ``past`` says that its dates cannot lie after now."""
    if not isinstance(raw, Mapping):
        raise Unread
    match raw.get("type"):
        case "string":
            return _text(raw)
        case "numeric":
            return Filter("number", "within", read_numbers(raw))
        case "boolean" if isinstance(raw.get("value"), bool) and raw.get("operator", "equals") == "equals":
            return Filter("boolean", "equals", bool(raw["value"]))
        case "list":
            return _list(raw)
        case "existence" if raw.get("operator") in {"is-set", "not-set"}:
            return Filter("existence", "set" if raw["operator"] == "is-set" else "unset")
        case "date":
            return Filter("date", "within", read_timeframe(raw, past=past))
    raise Unread


def _text(raw: Mapping[str, Any]) -> Filter:
    operator, value = raw.get("operator"), raw.get("value")
    if operator in {"equals", "not-equals"} and isinstance(value, str):
        return Filter("text", "in" if operator == "equals" else "not-in", (value,))
    if operator in {"in", "not-in"}:
        return Filter("text", str(operator), tuple(sorted(set(_texts(value)))))
    plain = {"regex": "regex", "nregex": "not-regex"}
    for name in ("contains", "starts-with", "ends-with"):
        plain |= {name: name, f"not-{name}": f"not-{name}"}
    if operator in plain and isinstance(value, str):
        return Filter("text", plain[operator], value)
    raise Unread


def _texts(value: Any) -> list[str]:
    if not isinstance(value, list) or not all(isinstance(item, str) for item in value):
        raise Unread
    return value


def _list(raw: Mapping[str, Any]) -> Filter:
    operator, value = str(raw.get("operator")), raw.get("value")
    if operator.startswith("length-"):
        numbers = (
            admitted(operator.removeprefix("length-"), _number(value)) if operator[7:] in OPERATORS else None
        )
        if numbers is None:
            raise Unread
        return Filter("list", "length", whole(numbers))
    negative = operator.startswith("not-")
    elements: tuple[str, ...]
    match operator.removeprefix("not-"):
        case "contains" if isinstance(value, (str, int)):
            name, elements = "any", (str(value),)
        case "contains-any" | "contains-all" as which:
            name, elements = which.removeprefix("contains-"), tuple(sorted(set(_texts(value))))
        case "contains-substring" if isinstance(value, str):
            return Filter("list", "not-substring" if negative else "substring", value)
        case _:
            raise Unread
    if len(elements) == 1:
        name = "any"
    return Filter("list", f"not-{name}" if negative else name, elements)


OPERATORS = frozenset(
    {"equals", "not-equals", "greater-than", "greater-than-or-equal", "less-than", "less-than-or-equal"}
)


def _number(value: Any) -> Number:
    if isinstance(value, bool) or not isinstance(value, (int, float)):
        raise Unread
    try:
        return exact(value)
    except ValueError as error:  # NaN and infinities have no decimal
        raise Unread from error


def read_numbers(raw: Any) -> Numbers:
    """Read a numeric filter as the set of numbers that pass it."""
    if not isinstance(raw, Mapping) or raw.get("type", "numeric") != "numeric":
        raise Unread
    if raw.get("operator") == "between":
        start, end = _number(raw.get("start")), _number(raw.get("end"))
        return intersection((Range(start),), (Range(None, end),))
    if raw.get("operator") not in OPERATORS:
        raise Unread
    return admitted(raw["operator"], _number(raw.get("value")))


def read_timeframe(raw: Any, *, past: bool = False) -> Timeframe:
    """Read a date filter; where dates are past, ``between 0..N`` is the same as ``in-the-last N``.

    A ``between`` whose ends stand the wrong way round holds nothing, as in evaluation.
    ``flow-start`` is unread: when a flow started is not known here.
    """
    if not isinstance(raw, Mapping):
        raise Unread
    operator = raw.get("operator")
    match operator:
        case "alltime" | "anniversary" | "anniversary-month":
            return Timeframe(operator)
        case "calendar-month":
            return Timeframe("calendar-month", "", _quantity(raw.get("value")))
        case "after" | "before" | "between-static":
            return _static(raw, operator)
        case "between" | "in-the-last" | "in-the-next" | "at-least" | "anniversary-last" | "anniversary-next":
            return _counted(raw, operator, past=past)
    raise Unread


def _static(raw: Mapping[str, Any], operator: str) -> Timeframe:
    if operator == "between-static":
        return Timeframe(operator, first=_day(raw.get("start")), last=_day(raw.get("end")))
    day = _day(raw.get("date"))
    return Timeframe("after", first=day) if operator == "after" else Timeframe("before", last=day)


def _counted(raw: Mapping[str, Any], operator: str, *, past: bool) -> Timeframe:
    if operator == "between":
        ends = (_quantity(raw.get("start")), _quantity(raw.get("end")))
        (start, unit), (end, _) = (_units(raw, count) for count in ends)
        return Timeframe("in-the-last" if past and start == 0 else "between", unit, start, end)
    count, unit = _units(raw, _quantity(raw.get("quantity")))
    if operator.startswith("anniversary") and unit == "hour":
        raise Unread
    return (
        Timeframe(operator, unit, count, 0) if operator == "at-least" else Timeframe(operator, unit, 0, count)
    )


def _quantity(value: Any) -> int:
    number = _number(value)
    if not isinstance(number, int) or number < 0:
        raise Unread
    return number


def _units(raw: Mapping[str, Any], count: int) -> tuple[int, str]:
    match raw.get("unit"):
        case "day" | "hour" as unit:
            return count, unit
        case "week":
            return count * 7, "day"
    raise Unread


def _day(value: Any) -> date:
    if isinstance(value, datetime):
        moment = value
    elif isinstance(value, date):
        return value
    else:
        try:
            moment = datetime.fromisoformat(str(value))
        except ValueError as error:
            raise Unread from error
    return (moment if moment.tzinfo is None else moment.astimezone(UTC)).date()


def ordered(filters: set[tuple[str, Filter]]) -> Filters:
    """Put named filters into their one order."""
    return tuple(sorted(filters, key=lambda item: (item[0], repr(item[1]))))
