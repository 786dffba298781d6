"""The documented columns of the three tables, and the typed columns that conditions ask for.

=============  ====================================================================================
profiles       ``profile_id`` and any of PROFILE_COLUMNS; ``p_<slug>__<code>`` for custom properties
events         ``metric_id, profile_id, event_id, ts, value``; ``e_<slug>__<code>`` for properties
memberships    ``group_id, profile_id, joined_at`` (lists and segments)
=============  ====================================================================================

A code says the type that the JSON value had: ``s`` text, ``n`` number, ``b`` true or false, ``t`` a text that is an
ISO 8601 date or instant, ``l`` list (its elements as texts), ``x`` whether it is set at all. A number that was
written as text is text. A filter on texts reads ``l`` beside ``s``: a property that nobody has as a list needs no
``l`` column. Instants are naive UTC timestamps in microseconds; numbers are never NaN; money is
``decimal(18,4)``. A null ``email_can`` means that the consent is unknown. Engines agree on these types, and not on
JSON, casts of text, NaN or time zones, so none of those appears in an expression.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterable
from dataclasses import dataclass

from compiler.evaluate.definition import (
    Definition,
    FunnelCondition,
    MetricCondition,
    PropertyCondition,
    PropertyFilter,
)
from compiler.evaluate.filters import Filter

CODES = {
    "s": "text",
    "n": "number",
    "b": "true or false",
    "t": "instant",
    "l": "list",
    "x": "whether it is set",
}
CODE_OF_KIND = {"string": "s", "numeric": "n", "boolean": "b", "date": "t", "list": "l", "existence": "x"}

TEXT_FIELDS = (
    "email",
    "phone_number",
    "external_id",
    "first_name",
    "last_name",
    "organization",
    "locale",
    "title",
    "image",
)
INSTANT_FIELDS = ("created", "updated", "last_event_date")
LOCATION_TEXTS = ("address1", "address2", "city", "country", "region", "zip", "timezone")
LOCATION_NUMBERS = ("latitude", "longitude")
PREDICTED_NUMBERS = (
    "historic_clv",
    "predicted_clv",
    "total_clv",
    "historic_number_of_orders",
    "predicted_number_of_orders",
    "average_days_between_orders",
    "average_order_value",
    "churn_probability",
)
PREDICTED_DATE = "expected_date_of_next_order"
AFFINITY_CHANNELS = ("email", "push", "sms", "whatsapp")
SUPPRESSIONS = {
    "HARD_BOUNCE": "hard_bounce",
    "USER_SUPPRESSED": "user_suppressed",
    "INVALID_EMAIL": "invalid",
}
CONSENT_CHANNELS = ("email", "sms", "push")
PERMISSION_CHANNELS = ("whatsapp_marketing", "whatsapp_transactional")

# column -> type code; "i" is a small whole number (the place of a channel, 1 first)
PROFILE_COLUMNS: dict[str, str] = {
    **dict.fromkeys(TEXT_FIELDS, "s"),
    **dict.fromkeys(INSTANT_FIELDS, "t"),
    **dict.fromkeys(LOCATION_TEXTS, "s"),
    **dict.fromkeys(LOCATION_NUMBERS, "n"),
    "country_code": "s",  # two letters, ISO 3166; null where the country's name is not recognised
    **{
        f"{channel}_{field}": code
        for channel in CONSENT_CHANNELS
        for field, code in (("can", "b"), ("status", "s"), ("consent_ts", "t"), ("method", "s"))
    },
    "email_double_optin": "b",
    **{f"email_{name}_ts": "t" for name in SUPPRESSIONS.values()},
    **{f"{channel}_can": "b" for channel in PERMISSION_CHANNELS},
}
PREDICTIVE_COLUMNS: dict[str, str] = {
    **dict.fromkeys(PREDICTED_NUMBERS, "n"),
    PREDICTED_DATE: "t",
    **{f"channel_place_{channel}": "i" for channel in AFFINITY_CHANNELS},
}

# what a condition calls a profile's own field -> its column
FIELDS = {name: name for name in (*TEXT_FIELDS, *INSTANT_FIELDS)} | {
    f"location['{name}']": name for name in (*LOCATION_TEXTS, *LOCATION_NUMBERS)
}
CUSTOM = re.compile(r"""properties\[(['"])(.*)\1\]\Z""", re.DOTALL)


@dataclass(frozen=True, slots=True)
class Named:
    """The custom properties that conditions name, each with the code that they need: sorted ``(name, code)`` pairs."""

    profile: tuple[tuple[str, str], ...] = ()
    event: tuple[tuple[str, str], ...] = ()


def slug(name: str) -> str:
    """Return a column-safe spelling of a property's name; two names never share one.

    Only lower-case letters, digits and single underscores stay as they are; any other name is told apart by six hex digits of its SHA-256,
    because engines disagree on the case of column names.
    """
    plain = re.sub(r"[^a-z0-9]+", "_", name.lower()).strip("_")
    return plain if plain == name else f"{plain}_{hashlib.sha256(name.encode()).hexdigest()[:6]}"


def profile_column(name: str, code: str) -> str:
    """Return the column of a custom profile property of one type."""
    return f"p_{slug(name)}__{code}"


def event_column(name: str, code: str) -> str:
    """Return the column of an event property of one type; ``$value`` is the event's own value."""
    return "value" if (name, code) == ("$value", "n") else f"e_{slug(name)}__{code}"


def custom_property(name: str) -> str | None:
    """Return the property inside ``properties['...']``, or None for any other spelling."""
    match = CUSTOM.match(name)
    return match[2] if match else None


def named_properties(definitions: Iterable[Definition]) -> Named:
    """Return the typed property columns that evaluating ``definitions`` reads."""
    profile: set[tuple[str, str]] = set()
    event: set[tuple[str, str]] = set()
    for condition in (row for definition in definitions for group in definition.groups for row in group):
        if isinstance(condition, PropertyCondition):
            custom = custom_property(condition.property)
            profile |= (
                {(custom, code) for code in codes_of(condition.filter)} if custom is not None else set()
            )
        elif isinstance(condition, MetricCondition):
            event |= _event_columns(condition.filters)
        elif isinstance(condition, FunnelCondition):
            event |= {pair for _, filters in condition.steps for pair in _event_columns(filters)}
    return Named(tuple(sorted(profile)), tuple(sorted(event)))


def code_of(row: Filter) -> str:
    """Return the type of value that a filter can hold for."""
    return CODE_OF_KIND[row.kind]


def codes_of(row: Filter) -> tuple[str, ...]:
    """Return the types of columns that a filter reads: one on texts looks into lists too."""
    return ("s", "l") if row.kind == "string" else (code_of(row),)


def _event_columns(filters: tuple[PropertyFilter, ...]) -> set[tuple[str, str]]:
    pairs = {(row.property, code) for row in filters for code in codes_of(row.filter)}
    return pairs - {("$value", "n")}
