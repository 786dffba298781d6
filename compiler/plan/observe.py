"""What a plan saw, as one digest a unit: equal as long as nothing that matters to the plan has changed.

Ids of actions count, since calls are addressed to them; what servers touch by themselves does not (``updated``,
ids of clones, messages and branches, shares of a test, the order of actions, nulls and defaults).
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from typing import Any

from compiler.normalise import digest, is_running, normalise, normalise_segment, senders, ways

Api = Mapping[str, Any]


def observe_flow(flow: Api, templates: Mapping[str, Any] | None = None, touched: Collection[str] = ()) -> str:
    """Return the digest of a flow as it was read: ``id, name, archived, status, definition``.

    ``touched`` are the ids of the actions that the plan changes: only their templates' content counts.
    """
    definition = flow["definition"]
    made = normalise(definition, templates)
    running = {action.get("id"): is_running(action) for action in definition.get("actions") or ()}
    actions = {
        action["id"]: [
            action["type"],
            running[action["id"]],
            _data(action, keep_templates=action["id"] in touched),
            [[key, target] for key, target in ways(action) if target is not None],
        ]
        for action in made["actions"]
    }
    own = [flow.get("id"), flow.get("name"), bool(flow.get("archived")), flow.get("status")]
    return digest([own, {**made, "actions": actions}])


def _data(action: Api, *, keep_templates: bool) -> Any:
    """Return an action's data without a test's shares, the exits, and templates that do not matter."""
    for sender in senders(action):
        if not keep_templates:
            sender["data"]["message"].pop("template", None)
    data = dict(action["data"])
    if data.get("current_experiment"):
        data["current_experiment"] = {
            k: v for k, v in data["current_experiment"].items() if k != "allocations"
        }
    if data.get("branches"):
        data["branches"] = [{k: v for k, v in branch.items() if k != "links"} for branch in data["branches"]]
    return data


def observe_segment(segment: Api, triggers: Iterable[str] = ()) -> str:
    """Return the digest of a segment: definition, whether it is active, and the live flows that it triggers."""
    settings = [
        segment.get("id"),
        segment.get("name"),
        segment.get("is_active", True),
        bool(segment.get("is_starred")),
    ]
    return digest([settings, normalise_segment(segment["definition"]), sorted(triggers)])
