"""Filters: in YAML the operator is the key, in the API it is an object ``{type, operator, value}``.

:data:`SHAPES` lists every filter of the contract by a name of ours; a kind's file says in ``x-filter`` which
of them stand at a place. ``type: list`` is written only where ``contains`` means a list.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Mapping
from datetime import datetime
from typing import Any

from compiler.codecs import phrases
from compiler.codecs.base import ABSENT, At, Run, same, tidy
from compiler.codecs.references import hidden, unhidden
from compiler.codecs.shapes import (
    FLAGS,
    MEMBERS,
    NUMBER_OPERATORS,
    OPERATORS,
    OPPOSITE,
    RELATIVE,
    SHAPES,
    STRING_OPERATORS,
    UNITS,
)

DAY = re.compile(r"\d{4}-\d{2}-\d{2}")
MIDNIGHT = "T00:00:00+00:00"


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
        return run.mistake(
            "F505", f"two operators, {found[0]} and {found[1]}; write two conditions", (at, found[1])
        )
    operator = found[0]
    value = body[operator]
    if operator == "filter":
        return verbatim(value, (at, "filter"), run)
    if "type" in body:
        return _list_filter(operator, body, at, run)
    return LOWER.get(operator, _text_or_number)(operator, value, (at, operator), run)


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


def _named(members: Collection[str]) -> str:
    return " and ".join(sorted(members)) or "nothing beside it"


def _list_filter(operator: str, body: Mapping[str, Any], at: At, run: Run) -> Any:
    value = body[operator]
    if body["type"] != "list" or operator not in SHAPES["list"].operators or isinstance(value, int):
        return run.mistake("F505", '"type: list" goes with contains or not-contains and a text', (at, "type"))
    return {"type": "list", "operator": operator, "value": hidden(value)}


def _boolean(operator: str, value: bool, at: At, run: Run) -> Any:
    if operator == "equals":
        return {"type": "boolean", "operator": operator, "value": value}
    return run.mistake("F505", f"{operator} takes no true or false; only equals does", at)


def _text_or_number(operator: str, value: Any, at: At, run: Run) -> Any:
    if isinstance(value, bool):
        return _boolean(operator, value, at, run)
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
    return {
        "type": "date",
        "operator": operator,
        "start": ends[0][0],
        "end": ends[1][0],
        "unit": ends[0][1][:-1],
    }


def instant(value: Any, at: At, run: Run) -> Any:
    """Return the API's date-time of a day (midnight UTC) or of a whole date-time."""
    text = value + MIDNIGHT if isinstance(value, str) and DAY.fullmatch(value) else value
    try:
        whole = "T" in text and datetime.fromisoformat(text).tzinfo is not None
    except (ValueError, TypeError):
        whole = False
    if not whole:
        return run.mistake(
            "F503", f'{value!r} is no date; write one like "2026-01-31" or "2026-01-31T12:00:00+00:00"', at
        )
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
    **dict.fromkeys(
        (*SHAPES["string-set"].operators, *SHAPES["phone"].operators, *SHAPES["list-set"].operators), _texts
    ),
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
    if operator in ("between", "between-static"):
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
