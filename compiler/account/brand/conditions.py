"""Short ways to write the conditions of segments and flows, with ids looked up by name."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

Condition = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Names:
    """The ids of an account by name; metrics also by (name, integration)."""

    metrics: Mapping[str, str]
    lists: Mapping[str, str]
    segments: Mapping[str, str]
    templates: Mapping[str, str]


def groups(*conditions: Condition | list[Condition]) -> dict[str, Any]:
    """Return a condition list: all arguments must hold, of a list any."""
    return {
        "condition_groups": [
            {"conditions": condition if isinstance(condition, list) else [condition]}
            for condition in conditions
        ]
    }


def last(days: int) -> Condition:
    """Return the timeframe of the last days."""
    return {"type": "date", "operator": "in-the-last", "unit": "day", "quantity": days}


def ago(start: int, end: int) -> Condition:
    """Return the timeframe between two numbers of days ago."""
    return {"type": "date", "operator": "between", "start": start, "end": end, "unit": "day"}


EVER: Condition = {"type": "date", "operator": "alltime"}
SINCE_START: Condition = {"type": "date", "operator": "flow-start"}


def did(
    metric: str,
    operator: str = "greater-than",
    value: float = 0,
    within: Condition | None = None,
    measurement: str = "count",
    where: list[dict[str, Any]] | None = None,
) -> Condition:
    """Return a condition on how often (or for how much) a profile did something; ``metric`` is an id."""
    return {
        "type": "profile-metric",
        "metric_id": metric,
        "measurement": measurement,
        "measurement_filter": {"type": "numeric", "operator": operator, "value": value},
        "timeframe_filter": within or EVER,
        "metric_filters": where,
    }


def never(metric: str, within: Condition | None = None) -> Condition:
    """Return the condition that a profile did not do something."""
    return did(metric, "equals", 0, within)


def may_text() -> Condition:
    """Return the condition that a profile agreed to text messages."""
    status = {"subscription": "subscribed", "filters": None}
    consent = {"channel": "sms", "can_receive_marketing": True, "consent_status": status}
    return {"type": "profile-marketing-consent", "consent": consent}


def member(*ids: str, of: bool = True) -> Condition:
    """Return a condition on membership of any of some groups, or of none."""
    made: Condition = {"type": "profile-group-membership", "is_member": of, "group_ids": list(ids)}
    return made | ({"timeframe_filter": None} if of else {})


def has(name: str, kind: str, operator: str, value: Any = None) -> Condition:
    """Return a condition on a profile's property."""
    test = {"type": kind, "operator": operator}
    if value is not None:
        test["value"] = value
    return {"type": "profile-property", "property": name, "filter": test}


def predicted(dimension: str, operator: str, value: float) -> Condition:
    """Return a condition on a predicted figure."""
    test = {"type": "numeric", "operator": operator, "value": value}
    return {"type": "profile-predictive-analytics", "dimension": dimension, "filter": test}


def consents(channel: str, within: Condition | None = None) -> Condition:
    """Return the condition that a profile is subscribed to a channel's marketing, since a time where given."""
    since = None if within is None else [{"field": "status_date", "filter": within}]
    status = {"subscription": "subscribed", "filters": since}
    return {
        "type": "profile-marketing-consent",
        "consent": {"channel": channel, "can_receive_marketing": True, "consent_status": status},
    }


def unreachable(channel: str) -> Condition:
    """Return the condition that a channel must not be used for marketing."""
    return {
        "type": "profile-marketing-consent",
        "consent": {
            "channel": channel,
            "can_receive_marketing": False,
            "consent_status": {"subscription": "any"},
        },
    }


def lives_in(region: str) -> Condition:
    """Return the condition that a profile lives in a region."""
    return {"type": "profile-region", "in_region": True, "region": region}
