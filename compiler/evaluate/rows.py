"""One row of a table from one JSON:API resource."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from compiler.evaluate.columns import (
    AFFINITY_CHANNELS,
    INSTANT_FIELDS,
    LOCATION_NUMBERS,
    LOCATION_TEXTS,
    PREDICTED_DATE,
    PREDICTED_NUMBERS,
    SUPPRESSIONS,
    TEXT_FIELDS,
    Named,
    event_column,
    profile_column,
)
from compiler.evaluate.countries import country_code
from compiler.evaluate.typed import amount, boolean, deep, instant, number, text, typed

Resource = Mapping[str, Any]
Row = dict[str, Any]


def profile_row(resource: Resource, named: Named) -> Row:
    """Return the columns of a profile as GET /api/profiles answers it; what was not answered is null."""
    given = deep(resource, "attributes") or {}
    location, properties = deep(given, "location") or {}, deep(given, "properties") or {}
    return {
        "profile_id": resource["id"],
        **{name: text(given.get(name)) for name in TEXT_FIELDS},
        **{name: instant(given.get(name)) for name in INSTANT_FIELDS},
        **{name: text(location.get(name)) for name in LOCATION_TEXTS},
        **{name: _coordinate(location.get(name)) for name in LOCATION_NUMBERS},
        "country_code": country_code(text(location.get("country"))),
        **_consent_row(deep(given, "subscriptions")),
        **_predictive_row(deep(given, "predictive_analytics")),
        **{profile_column(name, code): typed(properties.get(name), code) for name, code in named.profile},
        "properties": json.dumps(properties, ensure_ascii=False, sort_keys=True),
    }


def _coordinate(value: Any) -> float | None:
    """Return a latitude or longitude, which the API answers as a number or as its text (contract: ProfileLocation)."""
    try:
        return number(float(value)) if isinstance(value, str) else number(value)
    except ValueError:
        return None


def _consent_row(subscriptions: Any) -> Row:
    row: Row = {}
    for channel, key in (("email", "email"), ("sms", "sms"), ("push", "mobile_push")):
        marketing = deep(subscriptions, key, "marketing")
        row |= {
            f"{channel}_can": boolean(deep(marketing, f"can_receive_{channel}_marketing")),
            f"{channel}_status": _lower(deep(marketing, "consent")),
            f"{channel}_consent_ts": instant(deep(marketing, "consent_timestamp")),
            f"{channel}_method": _lower(deep(marketing, "method")),
        }
    email = deep(subscriptions, "email", "marketing")
    row["email_double_optin"] = boolean(deep(email, "double_optin"))
    for reason, name in SUPPRESSIONS.items():
        dates = [
            instant(deep(row, "timestamp"))
            for row in deep(email, "suppression") or ()
            if deep(row, "reason") == reason
        ]
        row[f"email_{name}_ts"] = max(filter(None, dates), default=None)
    for kind in ("marketing", "transactional"):
        row[f"whatsapp_{kind}_can"] = boolean(deep(subscriptions, "whatsapp", kind, "can_receive"))
    return row


def _predictive_row(predicted: Any) -> Row:
    ranked = deep(predicted, "ranked_channel_affinity") or []
    return {
        **{name: number(deep(predicted, name)) for name in PREDICTED_NUMBERS},
        PREDICTED_DATE: instant(deep(predicted, PREDICTED_DATE)),
        **{
            f"channel_place_{name}": ranked.index(name) + 1 if name in ranked else None
            for name in AFFINITY_CHANNELS
        },
    }


def event_row(resource: Resource, named: Named) -> Row:
    """Return the columns of an event as GET /api/events answers it; what was not answered is null."""
    given = deep(resource, "attributes") or {}
    properties = deep(given, "event_properties") or {}
    return {
        "metric_id": text(deep(resource, "relationships", "metric", "data", "id")),
        "profile_id": text(deep(resource, "relationships", "profile", "data", "id")),
        "event_id": resource["id"],
        "ts": instant(given.get("datetime")),
        "value": amount(properties.get("$value")),
        **{event_column(name, code): typed(properties.get(name), code) for name, code in named.event},
        "properties": json.dumps(properties, ensure_ascii=False, sort_keys=True),
    }


def _lower(value: Any) -> str | None:
    return value.lower() if isinstance(value, str) else None
