"""A filter on one value, read from the API's mapping into a frozen row that compares equal when it means the same."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from compiler.codecs.shapes import NUMBER_OPERATORS, STRING_OPERATORS

Value = str | float | bool | datetime | tuple[str, ...] | None


class UndecidedError(Exception):
    """What the data cannot decide, as a sentence; caught where a condition is planned, never shown as a failure."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason


@dataclass(frozen=True, slots=True)
class Filter:
    """One test: ``kind`` is string, numeric, boolean, date, list or existence; ``until`` ends a range."""

    kind: str
    operator: str
    value: Value = None
    until: Value = None
    unit: str = ""

    @property
    def compares_whole(self) -> bool:
        """Whether this compares a text as a whole, which says nothing about a list."""
        return self.kind == "string" and self.operator not in ("contains", "not-contains")


def _text(value: Any) -> Value:
    if not isinstance(value, str):
        raise UndecidedError(f"the filter compares with {value!r} where a text is needed")
    return value


def _number(value: Any) -> Value:
    if isinstance(value, bool) or not isinstance(value, int | float) or not math.isfinite(value):
        raise UndecidedError(f"the filter compares with {value!r} where a number is needed")
    return float(value)


def _whole(value: Any) -> Value:
    if isinstance(value, bool) or not isinstance(value, int) or value < 0:
        raise UndecidedError(f"the filter compares with {value!r} where a whole number from 0 up is needed")
    return value


def _boolean(value: Any) -> Value:
    if not isinstance(value, bool):
        raise UndecidedError(f"the filter compares with {value!r} where true or false is needed")
    return value


def _texts(value: Any) -> Value:
    if not isinstance(value, list | tuple) or not all(isinstance(item, str) for item in value):
        raise UndecidedError(f"the filter compares with {value!r} where a list of texts is needed")
    return tuple(sorted(set(value)))


def _element(value: Any) -> Value:
    """Return a list's element as the tables hold it: texts as they are, whole numbers in digits."""
    return str(value) if isinstance(value, int) and not isinstance(value, bool) else _text(value)


def _instant(value: Any) -> Value:
    try:
        moment = datetime.fromisoformat(str(value))
    except ValueError:
        raise UndecidedError(f"the filter compares with {value!r} where a date is needed") from None
    return moment.astimezone(UTC).replace(tzinfo=None) if moment.tzinfo else moment


Reader = Callable[[Any], Value]
LENGTH_OPERATORS = tuple(f"length-{operator}" for operator in NUMBER_OPERATORS if operator != "not-equals")

# (kind, operator) -> the names of the operands in the API, each with what it must be
OPERANDS: dict[tuple[str, str], tuple[tuple[str, Reader], ...]] = {
    **{("string", operator): (("value", _text),) for operator in STRING_OPERATORS},
    **{
        ("string", operator): (("value", _texts),)
        for operator in ("in", "not-in", "phone-country-code-in", "phone-country-code-not-in")
    },
    **{("numeric", operator): (("value", _number),) for operator in NUMBER_OPERATORS},
    ("numeric", "between"): (("start", _number), ("end", _number)),
    ("boolean", "equals"): (("value", _boolean),),
    **{("existence", operator): () for operator in ("is-set", "not-set")},
    **{("list", operator): (("value", _element),) for operator in ("contains", "not-contains")},
    **{
        ("list", operator): (("value", _text),)
        for operator in ("contains-substring", "not-contains-substring")
    },
    **{
        ("list", operator): (("value", _texts),)
        for operator in ("contains-all", "contains-any", "not-contains-all", "not-contains-any")
    },
    **{("list", operator): (("value", _whole),) for operator in LENGTH_OPERATORS},
    **{("date", operator): (("date", _instant),) for operator in ("after", "before")},
    ("date", "between-static"): (("start", _instant), ("end", _instant)),
    **{
        ("date", operator): (("quantity", _whole),)
        for operator in ("in-the-last", "in-the-next", "at-least", "anniversary-last", "anniversary-next")
    },
    ("date", "between"): (("start", _whole), ("end", _whole)),
    **{("date", operator): () for operator in ("anniversary", "anniversary-month", "alltime", "flow-start")},
    ("date", "calendar-month"): (("value", _whole),),
}
UNITS = ("hour", "day", "week")
RELATIVE = ("in-the-last", "in-the-next", "at-least", "between", "anniversary-last", "anniversary-next")


def read_filter(plain: Any) -> Filter:
    """Return the filter that ``plain`` spells in the API's shape; raises UndecidedError for an unknown one."""
    if not isinstance(plain, Mapping):
        raise UndecidedError(f"{plain!r} is no filter")
    kind, operator = str(plain.get("type")), str(plain.get("operator"))
    operands = OPERANDS.get((kind, operator))
    if operands is None:
        raise UndecidedError(f'the filter "{operator}" on {kind} values is not known')
    values = [read(plain.get(name)) for name, read in operands]
    unit = str(plain.get("unit", "")) if operator in RELATIVE else ""
    if operator in RELATIVE and kind == "date" and unit not in UNITS:
        raise UndecidedError(f'the unit "{unit}" is none of {", ".join(UNITS)}')
    value, until = (*values, None, None)[:2]
    return Filter(kind, operator, value, until, unit if kind == "date" else "")
