"""The shape of a definition: exits, order, ids, and one digest for everything that is equal."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator, Mapping
from typing import Any, Final

TESTS: Final = ("ab-test", "content-experiment")
TRUE_FALSE: Final = ("next_if_true", "next_if_false")
BRANCHES: Final = "multi-branch-split"

Plain = dict[str, Any]


def digest(value: Any) -> str:
    """Return a SHA-256 of JSON-like data; it does not depend on the order of keys, ``true`` is not ``1``."""
    text = json.dumps(value, sort_keys=True, separators=(",", ":"), ensure_ascii=False)
    return hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()


def ways(action: Mapping[str, Any]) -> list[tuple[str | int, str | None]]:
    """Return an action's exits in the API's order, as (key of the link or place of the branch, target)."""
    data = action.get("data") or {}
    if action.get("type") == BRANCHES:
        return [
            (place, (branch.get("links") or {}).get("next") or None)
            for place, branch in enumerate(data.get("branches") or ())
        ]
    links = action.get("links") or {}
    usual = TRUE_FALSE if TRUE_FALSE[0] in links or str(action.get("type")).endswith("-split") else ("next",)
    return [(key, links.get(key) or None) for key in (*usual, *sorted(set(links) - set(usual)))]


def breadth_first(actions: list[Plain], entry: str | None) -> list[Plain]:
    """Return actions level by level from the entry, true branch first; those it does not reach come last."""
    known = {action["id"]: action for action in actions}
    order: dict[str, None] = {}
    level = [entry] if entry in known else []
    while level:
        following: list[str | None] = []
        for name in level:
            if name is not None and name in known and name not in order:
                order[name] = None
                following.extend(target for _, target in ways(known[name]))
        level = following
    return [known[name] for name in (*order, *sorted(set(known) - set(order)))]


def senders(action: Mapping[str, Any]) -> Iterator[Mapping[str, Any]]:
    """Yield the action if it has a message, or a test's main message and variations."""
    data = action.get("data") or {}
    if action.get("type") in TESTS:
        experiment = data.get("current_experiment") or {}
        yield from (one for one in (data.get("main_action"), *(experiment.get("variations") or ())) if one)
    elif isinstance(data.get("message"), Mapping):
        yield action


def is_running(action: Mapping[str, Any]) -> bool:
    """Say whether an action is a test that is running."""
    return action.get("type") in TESTS and (action.get("data") or {}).get("experiment_status") == "live"


def renamed(definition: Mapping[str, Any]) -> Plain:
    """Return a normalised definition with its ids replaced by their places, breadth-first from 1."""
    names = {action["id"]: str(place) for place, action in enumerate(definition["actions"], 1)}
    entry = names.get(definition["entry_action_id"] or "")
    actions = [_relinked(action, names) for action in definition["actions"]]
    return {**definition, "entry_action_id": entry, "actions": actions}


def _relinked(action: Mapping[str, Any], names: Mapping[str, str]) -> Plain:
    out = {**action, "id": names[action["id"]]}
    if "links" in action:
        out["links"] = {key: names.get(target or "", target) for key, target in action["links"].items()}
    if action["type"] == BRANCHES:
        branches = [
            {**branch, "links": {"next": names.get(branch["links"]["next"] or "", branch["links"]["next"])}}
            for branch in action["data"]["branches"]
        ]
        out["data"] = {**action["data"], "branches": branches}
    return out


def equal(live: Mapping[str, Any], desired: Mapping[str, Any]) -> bool:
    """Say whether two normalised definitions are the same but for their ids."""
    return digest(renamed(live)) == digest(renamed(desired))
