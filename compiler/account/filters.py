"""The filter language of list calls: ``equals(name,"Welcome"),greater-than(created,2026-01-01T00:00:00Z)``."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from compiler.account.errors import bad_parameter

EQUALS = ("equals",)
ANY = ("any", "equals")
TEXT = ("contains", "ends-with", "equals", "starts-with")
AFTER = ("greater-than",)
BETWEEN = ("greater-than", "less-than")
RANGE = ("greater-or-equal", "greater-than", "less-or-equal", "less-than")
TIME = ("equals", *RANGE)

_CALL = re.compile(r"\s*(?P<operator>[a-z-]+)\(\s*(?P<field>[\w.$]+)\s*,", re.ASCII)
_LIST = re.compile(r"""\s*(?P<value>\[(?:"(?:[^"\\]|\\.)*"|'(?:[^'\\]|\\.)*'|[^\]"'])*\])\s*\)""")
_QUOTED = re.compile(r"""\s*(?P<value>"(?:[^"\\]|\\.)*"|'(?:[^'\\]|\\.)*')\s*\)""")
_PLAIN = re.compile(r"\s*(?P<value>[^(),\s\"'][^(),]*?)\s*\)")
_ITEM = re.compile(r"""\s*("(?:[^"\\]|\\.)*"|'(?:[^'\\]|\\.)*'|[^,\s\]]+)\s*(?:,|$)""")


@dataclass(frozen=True, slots=True)
class Clause:
    """One condition of a filter: ``value`` is a string, number, truth value, or a list of them for ``any``."""

    operator: str
    field: str
    value: Any


def parse_filter(
    text: str, allowed: Mapping[str, tuple[str, ...]], parameter: str = "filter"
) -> list[Clause]:
    """Return the clauses of ``text``, all of which must hold; ``allowed`` maps fields to their operators.

    Raises ``Refusal`` (400 on ``parameter``) for what cannot be read, or is not allowed on this call.
    """
    inner = text.strip()
    if inner.startswith("and(") and inner.endswith(")"):
        inner = inner[4:-1]
    clauses: list[Clause] = []
    place = 0
    while place < len(inner):
        clause, place = _clause(inner, place, parameter)
        operators = allowed.get(clause.field)
        if operators is None:
            raise bad_parameter(f"'{clause.field}' is not a field that this call can filter by.", parameter)
        if clause.operator not in operators:
            raise bad_parameter(f"'{clause.field}' cannot be filtered with '{clause.operator}'.", parameter)
        clauses.append(clause)
    if not clauses:
        raise bad_parameter("The filter is empty.", parameter)
    return clauses


def _clause(text: str, place: int, parameter: str) -> tuple[Clause, int]:
    call = _CALL.match(text, place)
    rest = call.end() if call else place
    for form in (_LIST, _QUOTED, _PLAIN) if call else ():
        value = form.match(text, rest)
        if call and value:
            end = value.end()
            following = text[end:].lstrip()
            if following and not following.startswith(","):
                break
            skip = len(text) - len(following) + (1 if following else 0)
            return Clause(call["operator"], call["field"], _value(value["value"])), skip
    raise bad_parameter(f"The filter cannot be read at '{text[place : place + 40]}'.", parameter)


def _value(text: str) -> Any:
    if text.startswith("["):
        return [_scalar(item) for item in _ITEM.findall(text[1:-1])]
    return _scalar(text)


def _scalar(text: str) -> Any:
    if text[0] == '"':
        return json.loads(text)
    if text[0] == "'":
        return text[1:-1].replace("\\'", "'")
    named = {"true": True, "false": False, "null": None}
    return named.get(text, text)


def matches(clause: Clause, value: Any) -> bool:
    """Return whether a field's ``value`` satisfies ``clause``; times compare as moments, not as text."""
    return _TESTS[clause.operator](value, clause.value)


def _equal(value: Any, wanted: Any) -> bool:
    if isinstance(value, bool) or isinstance(wanted, bool):
        return str(value).lower() == str(wanted).lower()
    left, right = _moment(value), _moment(wanted)
    return left == right if left and right else str(value) == str(wanted)


def _ordered(test: Callable[[Any, Any], bool]) -> Callable[[Any, Any], bool]:
    def compare(value: Any, wanted: Any) -> bool:
        left, right = _moment(value), _moment(wanted)
        return bool(left and right and test(left, right))

    return compare


def _moment(value: Any) -> datetime | None:
    try:
        read = datetime.fromisoformat(str(value))
    except ValueError:
        return None
    return read if read.tzinfo else read.replace(tzinfo=UTC)


def moment_of(clause: Clause, parameter: str = "filter") -> datetime:
    """Return the moment that a clause names (UTC where it has no zone); raises ``Refusal`` if it is none."""
    moment = _moment(clause.value)
    if moment is None:
        raise bad_parameter(f"'{clause.value}' is not a time.", parameter)
    return moment


_TESTS: Mapping[str, Callable[[Any, Any], bool]] = {
    "equals": _equal,
    "any": lambda value, wanted: any(_equal(value, item) for item in _many(wanted)),
    "contains": lambda value, wanted: str(wanted).lower() in str(value).lower(),
    "starts-with": lambda value, wanted: str(value).lower().startswith(str(wanted).lower()),
    "ends-with": lambda value, wanted: str(value).lower().endswith(str(wanted).lower()),
    "greater-than": _ordered(lambda left, right: bool(left > right)),
    "greater-or-equal": _ordered(lambda left, right: bool(left >= right)),
    "less-than": _ordered(lambda left, right: bool(left < right)),
    "less-or-equal": _ordered(lambda left, right: bool(left <= right)),
}


def _many(value: Any) -> list[Any]:
    return value if isinstance(value, list) else [value]
