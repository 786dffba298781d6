"""Reads definitions from the API's mappings; what cannot be read or decided becomes an opaque condition with its reason."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from compiler.codecs.shapes import COMPLETION_SECONDS
from compiler.evaluate.definition import (
    ALLTIME,
    Condition,
    ConsentCondition,
    ConsentFilter,
    Definition,
    DistanceCondition,
    FunnelCondition,
    MembershipCondition,
    MetricCondition,
    OpaqueCondition,
    PermissionCondition,
    PredictiveCondition,
    PropertyCondition,
    PropertyFilter,
    RegionCondition,
)
from compiler.evaluate.filters import UndecidedError, read_filter

# Conditions on what neither profiles, events nor memberships show.
UNDECIDABLE = {
    "profile-has-custom-object": "custom objects are not in the data",
    "profile-sample": "which profiles fall into a random sample is drawn by the vendor",
    "profile-not-in-flow": "which profiles are in a flow is not in the data",
    "profile-not-sent-email": "messages sent are known only in part, from received events",
    "profile-not-sent-sms": "messages sent are known only in part, from received events",
    "profile-not-sent-push": "messages sent are known only in part, from received events",
    "action-output": "what an earlier action answered is not in the data",
    **dict.fromkeys(
        (
            "metric-property",
            "custom-object-property",
            "custom-object-trigger-property",
            "low-inventory-property",
            "price-drop-property",
        ),
        "it speaks about what started a flow, which a profile alone does not show",
    ),
}


def _filters(plain: Any) -> tuple[PropertyFilter, ...]:
    return tuple(PropertyFilter(str(row["property"]), read_filter(row["filter"])) for row in plain or ())


def _metric(plain: Mapping[str, Any]) -> Condition:
    if plain["measurement"] not in ("count", "sum"):
        raise UndecidedError(f'the measurement "{plain["measurement"]}" is not known')
    return MetricCondition(
        str(plain["metric_id"]),
        plain["measurement"],
        read_filter(plain["measurement_filter"]),
        read_filter(plain["timeframe_filter"]) if plain.get("timeframe_filter") else ALLTIME,
        _filters(plain.get("metric_filters")),
    )


def _funnel(plain: Mapping[str, Any]) -> Condition:
    if not all(step.get("metric_exists", True) for step in plain["steps"]):
        raise UndecidedError("when a missing funnel step counts as missing is not documented")
    window = plain.get("completion_window_seconds")
    return FunnelCondition(
        tuple((str(step["metric_id"]), _filters(step.get("metric_filters"))) for step in plain["steps"]),
        read_filter(plain["timeframe_filter"]),
        COMPLETION_SECONDS[window] if window else None,
    )


def _membership(plain: Mapping[str, Any]) -> Condition:
    timeframe = plain.get("timeframe_filter")
    return MembershipCondition(
        bool(plain["is_member"]),
        tuple(sorted(map(str, plain["group_ids"]))),
        read_filter(timeframe) if timeframe else ALLTIME,
    )


def _consent_filter(plain: Mapping[str, Any]) -> ConsentFilter:
    # is_double_optin is the spelling of older documents (FACTS B1)
    field = {"is_double_optin": "is_double_opt_in"}.get(plain["field"], str(plain["field"]))
    if field == "method":
        return ConsentFilter(field, method=str(plain["method"]), named=plain.get("filter") is not None)
    return ConsentFilter(field, read_filter(plain["filter"]))


def _consent(plain: Mapping[str, Any]) -> Condition:
    consent = plain["consent"]
    status = consent.get("consent_status") or {}
    return ConsentCondition(
        str(consent["channel"]),
        bool(consent["can_receive_marketing"]),
        str(status.get("subscription", "any")),
        tuple(_consent_filter(row) for row in status.get("filters") or ()),
    )


def _permission(plain: Mapping[str, Any]) -> Condition:
    permission = plain["permission"]
    return PermissionCondition(
        str(plain["channel"]), str(permission["reachable_status"]), bool(permission.get("filters"))
    )


def _predictive(plain: Mapping[str, Any]) -> Condition:
    return PredictiveCondition(
        str(plain["dimension"]),
        read_filter(plain["filter"]),
        str(plain.get("measurement", "")),
        str(plain.get("predicted_channel", "")),
    )


KILOMETERS = {"kilometers": 1.0, "miles": 1.609344}


def _distance(plain: Mapping[str, Any]) -> Condition:
    test = read_filter(plain["filter"])
    if test.operator not in ("less-than", "greater-than"):
        raise UndecidedError(f'a distance cannot be compared by "{test.operator}"')
    assert isinstance(test.value, float)
    return DistanceCondition(
        str(plain["country_code"]),
        str(plain["postal_code"]),
        test.value * KILOMETERS[plain["unit"]],
        test.operator == "less-than",
    )


READERS: dict[str, Callable[[Mapping[str, Any]], Condition]] = {
    "profile-metric": _metric,
    "profile-metric-funnel": _funnel,
    "profile-property": lambda plain: PropertyCondition(str(plain["property"]), read_filter(plain["filter"])),
    "profile-group-membership": _membership,
    "profile-marketing-consent": _consent,
    "profile-permissions": _permission,
    "profile-predictive-analytics": _predictive,
    "profile-postal-code-distance": _distance,
    "profile-region": lambda plain: RegionCondition(str(plain["region"]), bool(plain["in_region"])),
}


def read_condition(plain: Any) -> Condition:
    """Return the condition that ``plain`` spells in the API's shape; one that cannot be read says why."""
    kind = str(plain.get("type")) if isinstance(plain, Mapping) else "condition"
    if kind in UNDECIDABLE:
        return OpaqueCondition(kind, UNDECIDABLE[kind])
    if kind not in READERS:
        return OpaqueCondition(kind, f'a condition of type "{kind}" is not known')
    try:
        return READERS[kind](plain)
    except UndecidedError as undecided:
        return OpaqueCondition(kind, undecided.reason)
    except (KeyError, TypeError, AttributeError, ValueError) as error:
        return OpaqueCondition(kind, f"the condition cannot be read: {type(error).__name__} {error}")


def read_definition(plain: Mapping[str, Any]) -> Definition:
    """Return the rows of ``{"condition_groups": [{"conditions": [...]}]}``; unreadable parts become opaque conditions."""
    groups = plain.get("condition_groups") if isinstance(plain, Mapping) else None
    if not isinstance(groups, list | tuple):
        return Definition(((OpaqueCondition("definition", "it has no condition_groups"),),))
    return Definition(tuple(_group(group) for group in groups))


def _group(plain: Any) -> tuple[Condition, ...]:
    conditions = plain.get("conditions") if isinstance(plain, Mapping) else None
    if not isinstance(conditions, list | tuple) or not conditions:
        return (OpaqueCondition("group", "the group has no conditions"),)
    return tuple(read_condition(condition) for condition in conditions)
