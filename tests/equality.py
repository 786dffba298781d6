"""When two definitions mean the same: the contract's rewriting table, and names of temporary ids, do not count.

Written apart from ``compiler.codecs.base.tidy``, so that the one can prove the other wrong.
"""

from __future__ import annotations

import json
from collections import deque
from collections.abc import Mapping
from typing import Any

WEEK = {"monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday"}
TIMES = ("delay_until_time", "target_time", "trigger_time")
LINKS = ("next", "next_if_true", "next_if_false")


def canonical(definition: Mapping[str, Any]) -> str:
    """Return one text for all definitions that mean the same."""
    out = dict(definition)
    if "actions" in out:
        out = _numbered(out)
    return json.dumps(_plain(out), sort_keys=True, indent=1)


def _plain(value: Any) -> Any:
    """Return data without what the server adds, drops or spells in its own way."""
    if isinstance(value, Mapping):
        out = {key: _plain(item) for key, item in value.items() if item is not None}
        if isinstance(out.get("delay_until_weekdays"), list) and set(out["delay_until_weekdays"]) == WEEK:
            del out["delay_until_weekdays"]
        for key in TIMES:
            if isinstance(out.get(key), str) and len(out[key]) == 5:
                out[key] += ":00"
        if out.get("unit") == "hours" and out.get("secondary_value") == 0:
            del out["secondary_value"]
        return out
    if isinstance(value, list):
        return [_plain(item) for item in value]
    return int(value) if isinstance(value, float) and value.is_integer() else value


def _numbered(definition: dict[str, Any]) -> dict[str, Any]:
    """Return a flow whose actions stand breadth-first and are numbered in that order."""
    actions = {
        str(action.get("temporary_id") or action.get("id")): action for action in definition["actions"]
    }
    order: dict[str, int] = {}
    entry = definition.get("entry_action_id")
    queue = deque([str(entry)] if entry is not None else [])
    order |= dict.fromkeys(queue, 0)
    while queue:
        for target in _targets(actions[queue.popleft()]):
            if target is not None and target not in order:
                order[target] = len(order)
                queue.append(target)
    renamed = [_action(actions[key], order) for key in order]
    return {**definition, "actions": renamed, "entry_action_id": 0 if order else None}


def _targets(action: Mapping[str, Any]) -> list[str | None]:
    if action["type"] == "multi-branch-split":
        return [(branch.get("links") or {}).get("next") for branch in action["data"]["branches"]]
    links = action.get("links") or {}
    return [links[name] for name in LINKS if name in links]


def _linked(holder: Mapping[str, Any], order: Mapping[str, int]) -> dict[str, Any]:
    """Return something with links, its targets numbered; links that lead nowhere are none."""
    links = {
        name: order.get(target, target)
        for name, target in (holder.get("links") or {}).items()
        if target is not None
    }
    rest = {key: value for key, value in holder.items() if key not in ("id", "temporary_id", "links")}
    return {**rest, "links": links} if links else rest


def _action(action: Mapping[str, Any], order: Mapping[str, int]) -> dict[str, Any]:
    out = _linked(action, order)
    data = out.get("data")
    if not isinstance(data, Mapping):
        return out
    data = dict(data)
    if isinstance(data.get("message"), Mapping):
        data["message"] = {key: value for key, value in data["message"].items() if key != "id"}
    if isinstance(data.get("branches"), list):
        data["branches"] = [_linked(branch, order) for branch in data["branches"]]
    if isinstance(data.get("main_action"), Mapping):
        data["main_action"] = _action(data["main_action"], {})
    if isinstance(data.get("current_experiment"), Mapping):
        data["current_experiment"] = _experiment(data["current_experiment"])
    return {**out, "data": data}


def _experiment(experiment: Mapping[str, Any]) -> dict[str, Any]:
    out = {key: value for key, value in experiment.items() if key not in ("id", "started")}
    children = out.get("variations")
    if isinstance(children, list):
        numbers = {
            str(child.get("temporary_id") or child.get("id")): position
            for position, child in enumerate(children)
        }
        shares = out.get("allocations")
        if isinstance(shares, Mapping) and set(shares) <= set(numbers):
            out["allocations"] = {f"child {numbers[key]}": share for key, share in shares.items()}
        out["variations"] = [_action(child, {}) for child in children]
    return out
