"""Filters of the API in words: ``is more than 5``, ``was in the last 30 days``; and the names of things."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping
from typing import Any

from compiler.codecs.references import PLACEHOLDER, read

Names = Mapping[str, str]
Filter = Mapping[str, Any]

TEXTS = {
    "equals": "is",
    "not-equals": "is not",
    "contains": "contains",
    "not-contains": "does not contain",
    "starts-with": "starts with",
    "not-starts-with": "does not start with",
    "ends-with": "ends with",
    "not-ends-with": "does not end with",
    "regex": "matches the pattern",
    "nregex": "does not match the pattern",
    "in": "is",
    "not-in": "is none of",
    "phone-country-code-in": "has the country code",
    "phone-country-code-not-in": "has none of the country codes",
}
LISTS = {
    "contains": "contains",
    "not-contains": "does not contain",
    "contains-all": "contains all of",
    "contains-any": "contains any of",
    "not-contains-all": "does not contain all of",
    "not-contains-any": "contains none of",
    "contains-substring": "has an entry with",
    "not-contains-substring": "has no entry with",
}
EVERY = frozenset({"contains-all", "not-contains-all"})
AMOUNTS = {
    "equals": "",
    "not-equals": "not ",
    "greater-than": "more than ",
    "greater-than-or-equal": "at least ",
    "less-than": "less than ",
    "less-than-or-equal": "at most ",
}
ANNIVERSARIES = {
    "anniversary": "today",
    "anniversary-month": "this month",
    "anniversary-last": "in the last",
    "anniversary-next": "in the next",
}
MONTHS = [
    "January",
    "February",
    "March",
    "April",
    "May",
    "June",
    "July",
    "August",
    "September",
    "October",
    "November",
    "December",
]
PROPERTY = re.compile(r"(?:properties|location)\['(.*)'\]", re.DOTALL)


def named(value: Any, names: Names) -> str:
    """Return the name of a reference: a placeholder's own, else what ``names`` says of the id, else the id."""
    text = str(value)
    match = PLACEHOLDER.fullmatch(text)
    if match is None:
        return names.get(text, text)
    found = read(match[1], text)
    return next(iter(found.values())) if isinstance(found, Mapping) else str(found)


def property_name(key: Any) -> str:
    """Return what people call a property: ``properties['Tier']`` is Tier, ``$value`` is value."""
    match = PROPERTY.fullmatch(str(key))
    return match[1] if match else str(key).removeprefix("$").replace("_", " ")


def listed(texts: Iterable[str], word: str = "or") -> str:
    """Return ``a``, ``a or b``, ``a, b or c``."""
    *before, last = list(texts) or ["nothing"]
    return f"{', '.join(before)} {word} {last}" if before else last


def number(value: Any) -> str:
    """Return a number as people write it: ``30.0`` is 30."""
    return str(int(value)) if isinstance(value, float) and value.is_integer() else str(value)


def amount(api: Filter) -> str:
    """Return a numeric filter as an amount: ``more than 5``, ``between 10 and 20``."""
    if api.get("operator") == "between":
        return f"between {number(api.get('start'))} and {number(api.get('end'))}"
    return AMOUNTS.get(str(api.get("operator")), f"{api.get('operator')} ") + number(api.get("value"))


def times(api: Filter) -> str:
    """Return a numeric filter as a count of events: ``0 times``, ``at least once``."""
    operator, value = api.get("operator"), api.get("value")
    if (operator, value) in (("greater-than", 0), ("greater-than-or-equal", 1)):
        return "at least once"
    if (operator, value) == ("equals", 1):
        return "once"
    return f"{amount(api)} {'time' if operator != 'between' and value == 1 else 'times'}"


def predicate(api: Filter, names: Names) -> str:
    """Return what a filter says of its subject: ``is “Gold”``, ``is set``, ``is in the last 30 days``."""
    operator, kind = str(api.get("operator")), api.get("type")
    if kind == "existence":
        return "is set" if operator == "is-set" else "is not set"
    if kind == "boolean":
        return f"is {'true' if api.get('value') else 'false'}"
    if kind == "numeric":
        return f"is {amount(api)}"
    if kind == "date":
        return f"has its anniversary {_anniversary(api)}" if operator in ANNIVERSARIES else f"is {when(api)}"
    if kind == "list" and operator.startswith("length-"):
        count = {"operator": operator.removeprefix("length-"), "value": api.get("value")}
        return f"has {amount(count)} {'entry' if api.get('value') == 1 else 'entries'}"
    words = (LISTS if kind == "list" else TEXTS).get(operator, operator.replace("-", " "))
    return f"{words} {_values(api.get('value'), names, 'and' if operator in EVERY else 'or')}"


def _values(value: Any, names: Names, word: str) -> str:
    if isinstance(value, list):
        return listed((_values(item, names, word) for item in value), word)
    if value is None:
        return "empty"
    return f"“{named(value, names)}”" if isinstance(value, str) else number(value)


def when(api: Filter) -> str:
    """Return a date filter as a time: ``in the last 30 days``, ``since starting this flow``, ``before 2026-01-31``."""
    operator = str(api.get("operator"))
    if operator in ANNIVERSARIES:
        return f"with its anniversary {_anniversary(api)}"
    words = TIMES.get(operator)
    return words(api) if words else operator.replace("-", " ")


def _anniversary(api: Filter) -> str:
    operator = str(api.get("operator"))
    words = ANNIVERSARIES[operator]
    return f"{words} {_length(api)}" if operator in ("anniversary-last", "anniversary-next") else words


def _length(api: Filter) -> str:
    return span(api.get("quantity"), api.get("unit"))


def _month(value: Any) -> str:
    return MONTHS[value - 1] if isinstance(value, int) and 1 <= value <= len(MONTHS) else f"month {value}"


def span(value: Any, unit: Any) -> str:
    """Return a length of time: ``1 day``, ``2 days`` for a unit in either number."""
    word = str(unit).removesuffix("s")
    return f"{number(value)} {word if value == 1 else word + 's'}"


def moment(value: Any) -> str:
    """Return a date-time as people write it: midnight UTC is the day alone."""
    text = str(value)
    day, _, rest = text.partition("T")
    return day if rest in ("00:00:00+00:00", "00:00:00Z", "00:00:00.000Z") else text.replace("T", " ", 1)


TIMES: Mapping[str, Callable[[Filter], str]] = {
    "alltime": lambda _: "over all time",
    "flow-start": lambda _: "since starting this flow",
    "in-the-last": lambda api: f"in the last {_length(api)}",
    "in-the-next": lambda api: f"in the next {_length(api)}",
    "at-least": lambda api: f"at least {_length(api)} ago",
    "between": lambda api: (
        f"between {number(api.get('start'))} and {span(api.get('end'), api.get('unit'))} ago"
    ),
    "between-static": lambda api: f"between {moment(api.get('start'))} and {moment(api.get('end'))}",
    "after": lambda api: f"after {moment(api.get('date'))}",
    "before": lambda api: f"before {moment(api.get('date'))}",
    "calendar-month": lambda api: f"in {_month(api.get('value'))}",
}


def clock(api: Mapping[str, Any], time_key: str, days_key: str) -> str:
    """Return ``at 10:00 on Tuesday or Thursday``; empty where nothing is said; all seven weekdays say nothing."""
    days = [str(day).capitalize() for day in api.get(days_key) or ()]
    text = f"at {str(api[time_key])[:5]}" if api.get(time_key) else ""
    if days and len(set(days)) < 7:
        text += f"{' ' if text else ''}on {listed(days)}"
    zone = api.get("timezone")
    return f"{text}, {zone} time" if text and zone not in (None, "profile") else text
