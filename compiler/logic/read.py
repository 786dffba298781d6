"""Read a definition in the API's shape into a rule: one reader a condition type, all in one table.

A condition that no reader knows, or that only the account can decide, becomes opaque: it equals itself and
nothing more is claimed. Only a definition without the shape of one is refused.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Mapping
from fractions import Fraction
from typing import Any

from compiler.codecs.shapes import COMPLETION_SECONDS
from compiler.logic.merge import merged
from compiler.logic.model import (
    Clause,
    Condition,
    Filter,
    Filters,
    Funnel,
    Holds,
    Measured,
    Opaque,
    Rule,
    Step,
    Subject,
    Timeframe,
    is_past,
)
from compiler.logic.numeric import admitted, whole
from compiler.logic.read_channels import read_consent, read_permission
from compiler.logic.read_filters import Unread, ordered, read_filter, read_numbers, read_timeframe

Raw = Mapping[str, Any]


class NotADefinition(ValueError):  # noqa: N818 - named by what it says
    """The value has no condition groups with conditions in them."""


def read(definition: Raw) -> Rule:
    """Read ``{"condition_groups": [{"conditions": [...]}]}`` into its canonical rule.

    Raises NotADefinition when the value does not have that shape.
    """
    groups = definition.get("condition_groups") if isinstance(definition, Mapping) else None
    if not isinstance(groups, list):
        raise NotADefinition("a definition needs a list condition_groups")
    clauses: list[Clause] = []
    for group in groups:
        conditions = group.get("conditions") if isinstance(group, Mapping) else None
        if not isinstance(conditions, list) or not conditions:
            raise NotADefinition("a condition group needs a list of conditions that is not empty")
        clauses += _clauses(conditions)
    return merged(clauses)


def _clauses(conditions: list[Any]) -> list[Clause]:
    """Read one group; a condition that is a conjunction (member of none of several) gives several clauses."""
    out: list[Clause] = [()]
    for raw in conditions:
        alternatives = _condition(raw)
        out = [(*clause, *alternative) for clause in out for alternative in alternatives]
    return out


def _condition(raw: Any) -> list[Clause]:
    """Read one condition as a small conjunction of disjunctions; nearly always one condition alone."""
    try:
        reader = READERS[raw["type"]]
        return reader(raw)
    except (Unread, KeyError, TypeError, AttributeError):
        return [(_opaque(raw),)]


def _opaque(raw: Any) -> Opaque:
    kind = str(raw.get("type", "unknown")) if isinstance(raw, Mapping) else "unknown"
    return Opaque(Subject("opaque", kind, json.dumps(_pruned(raw), sort_keys=True, default=str)))


def _pruned(raw: Any) -> Any:
    """Drop nulls, which mean the same as absence."""
    if isinstance(raw, Mapping):
        return {str(key): _pruned(value) for key, value in raw.items() if value is not None}
    return [_pruned(value) for value in raw] if isinstance(raw, list) else raw


def _alone(condition: Condition) -> list[Clause]:
    return [(condition,)]


def _value(subject: Subject, raw: Any) -> list[Clause]:
    return _alone(Holds(subject, read_filter(raw, past=is_past(subject))))


def _property(raw: Raw) -> list[Clause]:
    name = property_name(raw["property"])
    test = raw["filter"]
    if str(test.get("operator", "")).startswith("phone-country-code-"):
        operator = str(test["operator"]).removeprefix("phone-country-code-")
        return _value(Subject("phone-country", name), {**test, "operator": operator})
    return _value(Subject("property", name), test)


def property_name(raw: str) -> str:
    """Return one spelling of a property path: ``properties["x"]`` and ``properties['x']`` are one."""
    found = re.fullmatch(r"""(\w+)\[(["'])(.*)\2\]""", raw, re.DOTALL)
    return f"{found[1]}['{found[3]}']" if found else raw


def _metric(raw: Raw) -> list[Clause]:
    numbers = read_numbers(raw["measurement_filter"])
    if raw["measurement"] not in {"count", "sum"}:
        raise Unread
    timeframe = raw.get("timeframe_filter")
    return _alone(
        Measured(
            Subject("metric", str(raw["metric_id"])),
            raw["measurement"],
            whole(numbers) if raw["measurement"] == "count" else numbers,
            read_timeframe(timeframe, past=True) if timeframe else Timeframe("alltime"),
            _filters(raw.get("metric_filters")),
        )
    )


def _filters(raw: Any, name: str = "property") -> Filters:
    found = {(str(item[name]), read_filter(item["filter"])) for item in raw or ()}
    return ordered(found)


def _objects(raw: Raw) -> list[Clause]:
    subject = Subject("custom-object", str(raw["object_type_id"]), str(raw["object_type_relationship_id"]))
    numbers = whole(read_numbers(raw["filter"]))
    return _alone(
        Measured(subject, "count", numbers, Timeframe("alltime"), _filters(raw.get("filters"), "property_id"))
    )


def _funnel(raw: Raw) -> list[Clause]:
    steps = tuple(
        Step(
            Subject("metric", str(step["metric_id"])),
            bool(step["metric_exists"]),
            _filters(step.get("metric_filters")),
        )
        for step in raw["steps"]
    )
    if not steps:
        raise Unread
    window = raw.get("completion_window_seconds")
    seconds = None if window is None else COMPLETION_SECONDS[window]
    timeframe = read_timeframe(raw["timeframe_filter"], past=True)
    return _alone(Funnel(Subject("funnel", repr((steps, timeframe, seconds))), steps, timeframe, seconds))


def _membership(raw: Raw) -> list[Clause]:
    """Read membership: in any of several groups is a disjunction, in none of them a conjunction."""
    subjects = sorted({Subject("member", str(group)) for group in raw["group_ids"]})
    if not subjects:
        raise Unread
    if raw["is_member"] is False:
        return [(Holds(subject, Filter("existence", "unset")),) for subject in subjects]
    test = Filter("existence", "set")
    if raw.get("timeframe_filter"):
        timeframe = read_timeframe(raw["timeframe_filter"], past=True)
        test = test if timeframe.operator == "alltime" else Filter("date", "within", timeframe)
    return [tuple(Holds(subject, test) for subject in subjects)]


def _predictive(raw: Raw) -> list[Clause]:
    if raw["dimension"] != "channel_affinity":
        return _value(Subject("predictive", raw["dimension"]), raw["filter"])
    kind = "affinity-priority" if raw["measurement"] == "priority" else "affinity-rank"
    return _value(Subject(kind, raw["predicted_channel"]), raw["filter"])


def _region(raw: Raw) -> list[Clause]:
    operator = "in" if raw["in_region"] else "not-in"
    return _alone(Holds(Subject("region", ""), Filter("text", operator, (str(raw["region"]),))))


KILOMETERS = {"kilometers": (1, 1), "miles": (1_609_344, 1_000_000)}


def _distance(raw: Raw) -> list[Clause]:
    """Read a distance in kilometers, of which a profile with an unknown place has none."""
    subject = Subject("distance", str(raw["country_code"]), str(raw["postal_code"]))
    value = raw["filter"]["value"]
    if isinstance(value, bool) or value < 0:
        raise Unread
    bound = Fraction(str(value)) * Fraction(*KILOMETERS[raw["unit"]])
    if raw["filter"]["operator"] not in {"less-than", "greater-than"}:
        raise Unread
    return _alone(Holds(subject, Filter("number", "within", admitted(raw["filter"]["operator"], bound))))


def _field(kind: str, owner: str, name: str = "field") -> Callable[[Raw], list[Clause]]:
    """Return the reader of a flow condition that tests one field of what started the flow or went before."""

    def reader(raw: Raw) -> list[Clause]:
        return _value(Subject(kind, str(raw.get(owner)), str(raw[name])), raw["filter"])

    return reader


def _unread(_: Raw) -> list[Clause]:
    raise Unread


READERS: Mapping[str, Callable[[Raw], list[Clause]]] = {
    "profile-property": _property,
    "profile-metric": _metric,
    "profile-metric-funnel": _funnel,
    "profile-group-membership": _membership,
    "profile-marketing-consent": read_consent,
    "profile-permissions": read_permission,
    "profile-predictive-analytics": _predictive,
    "profile-region": _region,
    "profile-postal-code-distance": _distance,
    "profile-has-custom-object": _objects,
    "metric-property": _field("trigger-event", "metric_id"),
    "action-output": _field("action-output", "output_config_id"),
    "custom-object-property": _field("custom-object-property", "custom_object_label"),
    "custom-object-trigger-property": _field("trigger-object", "type", "property_id"),
    "low-inventory-property": _field("low-inventory", "metric_id"),
    "price-drop-property": _field("price-drop", "metric_id"),
    "profile-sample": _unread,
    "profile-not-in-flow": _unread,
    "profile-not-sent-email": _unread,
    "profile-not-sent-sms": _unread,
    "profile-not-sent-push": _unread,
}
