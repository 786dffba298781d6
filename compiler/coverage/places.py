"""Where an account keeps audience rules: in segments, in flows' filters and splits, in campaigns' audiences."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from typing import Any

from compiler.kinds import kinds


@dataclass(frozen=True, slots=True)
class Place:
    """A condition list inside a flow: the flow's id, where in it, the API's condition groups."""

    flow: str
    where: str
    groups: tuple[Any, ...]


def places_of(flow: str, definition: Any, where: str = "") -> Iterator[Place]:
    """Yield every condition list in a flow's definition: profile filter, splits, branches, message filters."""
    if isinstance(definition, Mapping):
        groups = definition.get("condition_groups")
        if isinstance(groups, list):
            yield Place(flow, where, tuple(groups))
            return
        kind = str(definition.get("type") or "")
        for key, value in definition.items():
            yield from places_of(flow, value, _named(where, kind, key))
    elif isinstance(definition, list):
        for item in definition:
            yield from places_of(flow, item, where)


def _named(where: str, kind: str, key: str) -> str:
    if key in ("profile_filter", "trigger_filter", "additional_filters", "branch_filter"):
        return f"{kind or where} {key}".strip()
    return kind or where


def behavioural(groups: tuple[Any, ...]) -> tuple[Any, ...]:
    """Return the groups that a saved segment could hold: none that asks for what only a flow knows."""
    return tuple(group for group in groups if not any(map(_flow_only, _conditions(group))))


def _flow_only(condition: Mapping[str, Any]) -> bool:
    timeframe = condition.get("timeframe_filter")
    since_start = isinstance(timeframe, Mapping) and timeframe.get("operator") == "flow-start"
    return since_start or condition.get("type") in flow_only()


@cache
def flow_only() -> frozenset[str]:
    """Return the types of conditions that may stand in flows and in no segment."""
    return frozenset(kind.name for kind in kinds("conditions").values() if "segment" not in kind.sites)


def is_consent(group: Any) -> bool:
    """Say whether a group asks for nothing but consent."""
    found = list(_conditions(group))
    return bool(found) and all(condition.get("type") == "profile-marketing-consent" for condition in found)


def _conditions(group: Any) -> Iterator[Mapping[str, Any]]:
    rows = group.get("conditions") if isinstance(group, Mapping) else None
    return (row for row in rows or () if isinstance(row, Mapping))


def conditions_of(definition: Any) -> Iterator[Mapping[str, Any]]:
    """Yield every condition of a definition in the API's shape."""
    for group in (definition or {}).get("condition_groups") or ():
        yield from _conditions(group)


def metrics_of(definition: Any) -> set[str]:
    """Return the ids of the metrics that a segment's or flow's definition names."""
    return {value for value in _fields(definition, "metric_id") if isinstance(value, str)}


def groups_of(definition: Any) -> set[str]:
    """Return the ids of the lists and segments whose membership a definition asks for."""
    found = (item for value in _fields(definition, "group_ids") if isinstance(value, list) for item in value)
    return {item for item in found if isinstance(item, str)}


def _fields(value: Any, wanted: str) -> Iterator[Any]:
    if isinstance(value, Mapping):
        for key, item in value.items():
            if key == wanted:
                yield item
            yield from _fields(item, wanted)
    elif isinstance(value, list | tuple):
        for item in value:
            yield from _fields(item, wanted)


def timeframes_of(definition: Any) -> Iterator[Mapping[str, Any]]:
    """Yield every date filter of a definition: timeframes of metrics, dates of properties and consents."""
    for filters in ("timeframe_filter", "filter"):
        for found in _fields(definition, filters):
            if isinstance(found, Mapping) and found.get("type") == "date":
                yield found


def triggers_of(definition: Any, kind: str) -> set[str]:
    """Return the ids of the lists or segments that trigger a flow."""
    rows = definition.get("triggers") if isinstance(definition, Mapping) else None
    return {
        row["id"]
        for row in rows or ()
        if isinstance(row, Mapping) and row.get("type") == kind and isinstance(row.get("id"), str)
    }
