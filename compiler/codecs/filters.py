"""Filters: in YAML the operator is the key, in the API it is an object ``{type, operator, value}``.

:data:`SHAPES` lists every filter of the contract by a name of ours; a kind's file says in ``x-filter`` which
of them stand at a place. ``type: list`` is written only where ``contains`` means a list.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from compiler.codecs import phrases
from compiler.codecs.base import ABSENT, At, Run, same, tidy
from compiler.codecs.references import KINDS, hidden, unhidden

HIDDEN = {  # {flow: NAME}: the name of a thing whose id the filter compares with
    "properties": {kind: {"type": ["string", "object"]} for kind in KINDS},
    "additionalProperties": False,
    "minProperties": 1,
    "maxProperties": 1,
}
TEXT = {"type": ["string", "object", "null"], **HIDDEN}
TEXTS = {"type": "array", "items": {"type": ["string", "object"], **HIDDEN}}
NUMBER = {"type": "number"}
WHOLE = {"type": "integer"}
WORDS = {"type": "string"}
TRUE = {"const": True}
STRING_OPERATORS = (
    "equals not-equals contains not-contains starts-with not-starts-with ends-with not-ends-with regex nregex"
).split()
NUMBER_OPERATORS = "equals not-equals greater-than greater-than-or-equal less-than less-than-or-equal".split()
LENGTHS = "equals greater-than greater-than-or-equal less-than less-than-or-equal".split()
UNITS = ("hours", "days", "weeks")
DAY = re.compile(r"\d{4}-\d{2}-\d{2}")
MIDNIGHT = "T00:00:00+00:00"


@dataclass(frozen=True, slots=True)
class Shape:
    """One filter of the contract: its API type, operators, and the JSON Schema of the author's value."""

    type: str
    operators: tuple[str, ...]
    value: Mapping[str, Any]


def _shape(kind: str, operators: list[str], value: Mapping[str, Any]) -> Shape:
    return Shape(kind, tuple(operators), value)


def _pair(item: Mapping[str, Any]) -> dict[str, Any]:
    return {"type": "array", "items": item, "minItems": 2, "maxItems": 2}


SHAPES: Mapping[str, Shape] = {
    "string": _shape("string", STRING_OPERATORS, TEXT),
    "string-equals": _shape("string", ["equals"], TEXT),
    "string-set": _shape("string", ["in", "not-in"], TEXTS),
    "string-in": _shape("string", ["in"], TEXTS),
    "shopify": _shape("string", ["in"], {"type": "array", "items": {"const": "shopify"}}),
    "constant-contact": _shape("string", ["in"], {"type": "array", "items": {"const": "constant_contact"}}),
    "gender": _shape("string", ["equals", "not-equals"], {"enum": ["likely_female", "likely_male", "uncertain"]}),
    "rank": _shape("string", ["equals", "not-equals"], {"enum": ["high", "low", "medium"]}),
    "phone": _shape("string", ["phone-country-code-in", "phone-country-code-not-in"], TEXTS),
    "numeric": _shape("numeric", NUMBER_OPERATORS, NUMBER),
    "integer": _shape("numeric", NUMBER_OPERATORS, WHOLE),
    "priority": _shape("numeric", ["equals"], WHOLE),
    "farther": _shape("numeric", ["greater-than"], NUMBER),
    "nearer": _shape("numeric", ["less-than"], NUMBER),
    "numeric-range": _shape("numeric", ["between"], _pair(NUMBER)),
    "boolean": _shape("boolean", ["equals"], {"type": "boolean"}),
    "date": _shape("date", ["after", "before"], WORDS),
    "date-range": _shape("date", ["between-static"], _pair(WORDS)),
    "relative": _shape("date", ["at-least", "in-the-last", "in-the-next"], WORDS),
    "in-the-last": _shape("date", ["in-the-last"], WORDS),
    "relative-anniversary": _shape("date", ["anniversary-last", "anniversary-next"], WORDS),
    "relative-range": _shape("date", ["between"], _pair(WORDS)),
    "calendar": _shape("date", ["calendar-month"], WHOLE),
    "anniversary": _shape("date", ["anniversary", "anniversary-month"], TRUE),
    "alltime": _shape("date", ["alltime"], TRUE),
    "flow-start": _shape("date", ["flow-start"], TRUE),
    "list": _shape("list", ["contains", "not-contains"], {"type": ["string", "integer", "object", "null"], **HIDDEN}),
    "list-length": _shape("list", [f"length-{name}" for name in LENGTHS], WHOLE),
    "list-set": _shape("list", ["contains-all", "contains-any", "not-contains-all", "not-contains-any"], TEXTS),
    "list-substring": _shape("list", ["contains-substring", "not-contains-substring"], TEXT),
    "existence": _shape("existence", ["is-set", "not-set"], TRUE),
    "is-set": _shape("existence", ["is-set"], TRUE),
}
OPERATORS = frozenset(operator for shape in SHAPES.values() for operator in shape.operators)
OPPOSITE = {"is-set": "not-set", "not-set": "is-set"}
FLAGS = frozenset({"anniversary", "anniversary-month", "alltime", "flow-start"})
RELATIVE = frozenset({*SHAPES["relative"].operators, *SHAPES["relative-anniversary"].operators})


def operators(body: Mapping[str, Any]) -> list[str]:
    """Return the operator keys of a mapping, ``filter`` (the API's own object) among them."""
    return [key for key in body if key in OPERATORS or key == "filter"]


def lower(body: Mapping[str, Any], at: At, run: Run) -> Any:
    """Return the API's filter of a mapping's operator key; ABSENT where it has none."""
    found = operators(body)
    if not found:
        if "type" in body:
            return run.mistake("F505", '"type: list" goes with contains or not-contains', (at, "type"))
        return ABSENT
    if len(found) > 1:
        return run.mistake("F505", f"two operators, {found[0]} and {found[1]}; write two conditions", (at, found[1]))
    operator = found[0]
    value = body[operator]
    if operator == "filter":
        return verbatim(value, (at, "filter"), run)
    if "type" in body:
        return _list_filter(operator, body, at, run)
    return LOWER.get(operator, _text_or_number)(operator, value, (at, operator), run)


MEMBERS = {
    **{operator: {"value"} for operator in OPERATORS},
    **dict.fromkeys(SHAPES["date"].operators, {"date"}),
    **dict.fromkeys(RELATIVE, {"unit", "quantity"}),
    **dict.fromkeys((*FLAGS, *SHAPES["existence"].operators), set[str]()),
    "between-static": {"start", "end"},
}


def verbatim(api: Mapping[str, Any], at: At, run: Run) -> Any:
    """Return the API's own object; of an operator that is known its members are checked, others pass."""
    operator = api.get("operator")
    if not isinstance(operator, str) or operator not in MEMBERS or operator == "between":
        return dict(api)
    members = MEMBERS[operator]
    said = {key for key, value in api.items() if value is not None} - {"type", "operator"}
    optional = {"value"}  # null is a value of its own in texts
    if said - members or members - said - optional:
        return run.mistake("F505", f"{operator} has {_named(members)}, not {_named(said)}", at)
    return dict(api)


def _named(members: set[str]) -> str:
    return " and ".join(sorted(members)) or "nothing beside it"


def _list_filter(operator: str, body: Mapping[str, Any], at: At, run: Run) -> Any:
    value = body[operator]
    if body["type"] != "list" or operator not in SHAPES["list"].operators or isinstance(value, int):
        return run.mistake("F505", '"type: list" goes with contains or not-contains and a text', (at, "type"))
    return {"type": "list", "operator": operator, "value": hidden(value)}


def _text_or_number(operator: str, value: Any, at: At, run: Run) -> Any:
    if isinstance(value, bool):
        if operator == "equals":
            return {"type": "boolean", "operator": operator, "value": value}
        return run.mistake("F505", f"{operator} takes no true or false; only equals does", at)
    if isinstance(value, int | float):
        if operator in NUMBER_OPERATORS:
            return {"type": "numeric", "operator": operator, "value": value}
        if operator in SHAPES["list"].operators and isinstance(value, int):
            return {"type": "list", "operator": operator, "value": value}
        return run.mistake("F505", f'{operator} takes a text; quote the number: "{value}"', at)
    if operator in NUMBER_OPERATORS and operator not in STRING_OPERATORS:
        return run.mistake("F505", f"{operator} takes a number, not {value!r}", at)
    return {"type": "string", "operator": operator, "value": hidden(value)}


def _texts(operator: str, value: Any, at: At, run: Run) -> Any:  # noqa: ARG001 - one signature for all
    kind = "list" if operator in SHAPES["list-set"].operators else "string"
    return {"type": kind, "operator": operator, "value": [hidden(item) for item in value]}


def _list_value(operator: str, value: Any, at: At, run: Run) -> Any:  # noqa: ARG001 - one signature for all
    return {"type": "list", "operator": operator, "value": hidden(value)}


def _existence(operator: str, value: Any, at: At, run: Run) -> Any:
    if value is not True:
        return run.mistake("F505", f'write "{OPPOSITE[operator]}: true" instead of "{operator}: {value}"', at)
    return {"type": "existence", "operator": operator}


def _flag(operator: str, value: Any, at: At, run: Run) -> Any:
    if value is not True:
        return run.mistake("F505", f'write "{operator}: true"', at)
    return {"type": "date", "operator": operator}


def _relative(operator: str, value: Any, at: At, run: Run) -> Any:
    found = phrases.parse(value, UNITS, at, run)
    if found is ABSENT:
        return ABSENT
    return {"type": "date", "operator": operator, "unit": found[1][:-1], "quantity": found[0]}


def _between(operator: str, value: Any, at: At, run: Run) -> Any:
    if all(isinstance(item, int | float) and not isinstance(item, bool) for item in value):
        return {"type": "numeric", "operator": operator, "start": value[0], "end": value[1]}
    ends = [phrases.parse(item, UNITS, (at, index), run) for index, item in enumerate(value)]
    if ABSENT in ends:
        return ABSENT
    if ends[0][1] != ends[1][1]:
        return run.mistake("F502", "both ends of between need one unit", at)
    return {"type": "date", "operator": operator, "start": ends[0][0], "end": ends[1][0], "unit": ends[0][1][:-1]}


def instant(value: Any, at: At, run: Run) -> Any:
    """Return the API's date-time of a day (midnight UTC) or of a whole date-time."""
    text = value + MIDNIGHT if isinstance(value, str) and DAY.fullmatch(value) else value
    try:
        whole = "T" in text and datetime.fromisoformat(text).tzinfo is not None
    except (ValueError, TypeError):
        whole = False
    if not whole:
        return run.mistake("F503", f'{value!r} is no date; write one like "2026-01-31" or "2026-01-31T12:00:00+00:00"', at)
    return text


def _static(operator: str, value: Any, at: At, run: Run) -> Any:
    return {"type": "date", "operator": operator, "date": instant(value, at, run)}


def _static_range(operator: str, value: Any, at: At, run: Run) -> Any:
    start, end = (instant(item, (at, index), run) for index, item in enumerate(value))
    return {"type": "date", "operator": operator, "start": start, "end": end}


def _month(operator: str, value: Any, at: At, run: Run) -> Any:
    if not 1 <= value <= 12:
        return run.mistake("F503", f"{value} is no month; write 1 to 12", at)
    return {"type": "date", "operator": operator, "value": value}


Lower = Callable[[str, Any, At, Run], Any]
LOWER: dict[str, Lower] = {
    **dict.fromkeys((*SHAPES["string-set"].operators, *SHAPES["phone"].operators, *SHAPES["list-set"].operators), _texts),
    **dict.fromkeys((*SHAPES["list-length"].operators, *SHAPES["list-substring"].operators), _list_value),
    **dict.fromkeys(SHAPES["existence"].operators, _existence),
    **dict.fromkeys(FLAGS, _flag),
    **dict.fromkeys(RELATIVE, _relative),
    **dict.fromkeys(SHAPES["date"].operators, _static),
    "between": _between,
    "between-static": _static_range,
    "calendar-month": _month,
}


def lift(api: Any, run: Run) -> dict[str, Any]:
    """Return the operator key (and ``type: list``) of an API filter, or ``filter:`` where it says more."""
    found = _spell(api) if isinstance(api, Mapping) else None
    if found is not None:
        trial = Run(run.revision)
        if same(tidy(lower(found, None, trial)), tidy(api)) and not trial.mistakes:
            return found
    return {"filter": api}


def _spell(api: Mapping[str, Any]) -> dict[str, Any] | None:
    operator, kind = api.get("operator"), api.get("type")
    if not isinstance(operator, str) or operator not in OPERATORS:
        return None
    if operator in FLAGS or kind == "existence":
        return {operator: True}
    if operator in RELATIVE or (operator == "between" and kind == "date"):
        return _spell_relative(operator, api)
    if operator == "between" or operator == "between-static":
        ends = [_short(api.get("start")), _short(api.get("end"))]
        return {operator: ends}
    if "date" in api:
        return {operator: _short(api["date"])}
    value = api.get("value")
    value = [unhidden(item) for item in value] if isinstance(value, list) else unhidden(value)
    out = {operator: _short(value) if kind == "numeric" else value}
    if kind == "list" and operator in SHAPES["list"].operators and not isinstance(value, int):
        out["type"] = "list"
    return out


def _spell_relative(operator: str, api: Mapping[str, Any]) -> dict[str, Any] | None:
    unit = api.get("unit")
    if not isinstance(unit, str):
        return None
    if operator != "between":
        amount = api.get("quantity")
        return {operator: phrases.say(amount, unit)} if type(amount) is int else None
    start, end = api.get("start"), api.get("end")
    if type(start) is not int or type(end) is not int:
        return None
    return {operator: [phrases.say(start, unit), phrases.say(end, unit)]}


def _short(value: Any) -> Any:
    """Spell midnight UTC as the day alone, and a whole float as an integer."""
    if isinstance(value, str) and value.endswith(MIDNIGHT) and DAY.fullmatch(value[: -len(MIDNIGHT)]):
        return value[: -len(MIDNIGHT)]
    return int(value) if isinstance(value, float) and value.is_integer() else value


class Timeframe:
    """When: ``alltime``, ``flow-start``, or one date operator; the API's own object where that says more."""

    def lower(self, value: Any, at: At, run: Run) -> Any:
        """A word or mapping, to the API's date filter."""
        if isinstance(value, str):
            if value in ("alltime", "flow-start"):
                return {"type": "date", "operator": value}
            return run.mistake("F503", f'{value!r} is no timeframe; write alltime, flow-start or one like {{in-the-last: 30 days}}', at)
        if "operator" in value:
            return verbatim(value, at, run)
        found = lower(value, at, run)
        if found is ABSENT and not operators(value):
            return run.mistake("F503", "a timeframe needs one operator, such as in-the-last: 30 days", at)
        return found

    def lift(self, value: Any, run: Run) -> Any:
        """The API's date filter, to a word or mapping."""
        if not isinstance(value, Mapping):
            return ABSENT
        found = lift(value, run)
        if "filter" in found:
            return dict(value) if "operator" in value else ABSENT
        ((operator, said),) = found.items()
        return operator if operator in ("alltime", "flow-start") else {operator: said}


class Measure:
    """``count: 0``, ``sum: {greater-than: 5}``; the API's own object where that says more."""

    def lower(self, value: Any, at: At, run: Run) -> Any:
        """A number or mapping, to the API's numeric filter."""
        if isinstance(value, int | float):
            return {"type": "numeric", "operator": "equals", "value": value}
        if "operator" in value:
            return verbatim(value, at, run)
        if len(value) != 1 or None in value.values():
            return run.mistake("F505", "needs a number, or one operator such as {greater-than: 0}", at)
        return lower(value, at, run)

    def lift(self, value: Any, run: Run) -> Any:
        """The API's numeric filter, to a number or mapping."""
        if not isinstance(value, Mapping):
            return ABSENT
        found = lift(value, run)
        if "filter" in found or value.get("type") != "numeric" or len(found) != 1:
            return dict(value) if "operator" in value else ABSENT
        return found["equals"] if found.keys() == {"equals"} else found
