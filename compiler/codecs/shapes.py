"""Every filter of the contract: its type, its operators, and the values that an author writes."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from compiler.codecs.references import KINDS

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
STRING_OPERATORS: Final = (
    "equals",
    "not-equals",
    "contains",
    "not-contains",
    "starts-with",
    "not-starts-with",
    "ends-with",
    "not-ends-with",
    "regex",
    "nregex",
)
NUMBER_OPERATORS: Final = (
    "equals",
    "not-equals",
    "greater-than",
    "greater-than-or-equal",
    "less-than",
    "less-than-or-equal",
)
LENGTHS = ["equals", "greater-than", "greater-than-or-equal", "less-than", "less-than-or-equal"]
UNITS = ("hours", "days", "weeks")
COMPLETION_SECONDS: Final = {  # how long the steps of a funnel may take
    "HOURS_1": 3_600,
    "DAYS_1": 86_400,
    "DAYS_3": 3 * 86_400,
    "DAYS_5": 5 * 86_400,
    "WEEKS_1": 7 * 86_400,
    "DAYS_30": 30 * 86_400,
    "DAYS_90": 90 * 86_400,
    "DAYS_180": 180 * 86_400,
    "YEARS_1": 365 * 86_400,
}


@dataclass(frozen=True, slots=True)
class Shape:
    """One filter of the contract: its API type, operators, and the JSON Schema of the author's value."""

    type: str
    operators: tuple[str, ...]
    value: Mapping[str, Any]


def _shape(kind: str, operators: Sequence[str], value: Mapping[str, Any]) -> Shape:
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
    "gender": _shape(
        "string", ["equals", "not-equals"], {"enum": ["likely_female", "likely_male", "uncertain"]}
    ),
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
    "list": _shape(
        "list", ["contains", "not-contains"], {"type": ["string", "integer", "object", "null"], **HIDDEN}
    ),
    "list-length": _shape("list", [f"length-{name}" for name in LENGTHS], WHOLE),
    "list-set": _shape(
        "list", ["contains-all", "contains-any", "not-contains-all", "not-contains-any"], TEXTS
    ),
    "list-substring": _shape("list", ["contains-substring", "not-contains-substring"], TEXT),
    "existence": _shape("existence", ["is-set", "not-set"], TRUE),
    "is-set": _shape("existence", ["is-set"], TRUE),
}
OPERATORS = frozenset(operator for shape in SHAPES.values() for operator in shape.operators)
OPPOSITE = {"is-set": "not-set", "not-set": "is-set"}
FLAGS = frozenset({"anniversary", "anniversary-month", "alltime", "flow-start"})
RELATIVE = frozenset({*SHAPES["relative"].operators, *SHAPES["relative-anniversary"].operators})
MEMBERS: Mapping[str, frozenset[str]] = {
    **dict.fromkeys(OPERATORS, frozenset({"value"})),
    **dict.fromkeys(SHAPES["date"].operators, frozenset({"date"})),
    **dict.fromkeys(RELATIVE, frozenset({"unit", "quantity"})),
    **dict.fromkeys((*FLAGS, *SHAPES["existence"].operators), frozenset[str]()),
    "between-static": frozenset({"start", "end"}),
}
