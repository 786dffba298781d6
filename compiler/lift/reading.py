"""Reads the actions of a definition: their exits, cycles, what cannot be reached, the common status."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from typing import Any

from compiler import kinds
from compiler.codecs.base import tidy
from compiler.lift.state import Action, Lifting
from compiler.model import LINKS, Exit

STATUSES = ("draft", "manual", "live")


def links_of(api: Mapping[str, Any]) -> list[tuple[str, Any]]:
    """Return (role, target id or None) of each exit of an API action, in the order of its exits."""
    if api.get("type") == "multi-branch-split":
        return _branch_links(api)
    links = api.get("links")
    if not isinstance(links, Mapping):
        kind = kinds.kinds("actions").get(str(api.get("type")))
        return [("true", None), ("false", None)] if kind and kind.exits == "true-false" else [("next", None)]
    if any(LINKS[role] in links for role in ("true", "false")):
        return [(role, links.get(LINKS[role])) for role in ("true", "false")]
    return [("next", links.get("next"))]


def _branch_links(api: Mapping[str, Any]) -> list[tuple[str, Any]]:
    listed = branches_of(api)
    last = len(listed) - 1
    out = []
    for position, branch in enumerate(listed):
        links = branch.get("links")
        role = "else" if position == last and is_simple_else(branch) else str(position)
        out.append((role, links.get("next") if isinstance(links, Mapping) else None))
    return out


def branches_of(api: Mapping[str, Any]) -> list[Mapping[str, Any]]:
    """Return the branches of an API multi-branch split."""
    data = api.get("data")
    listed = data.get("branches") if isinstance(data, Mapping) else None
    return [branch for branch in listed if isinstance(branch, Mapping)] if isinstance(listed, list) else []


def is_simple_else(branch: Mapping[str, Any]) -> bool:
    """Say whether a branch is what ``else`` stands for: nothing but that it is the else branch."""
    return branch.get("is_else") is True and not set(tidy(branch)) - {"branch_id", "is_else", "links"}


def read_actions(lifting: Lifting, definition: Mapping[str, Any]) -> None:
    """Read the actions, their exits and the entry; end what no text can say."""
    actions = definition.get("actions")
    listed = [api for api in actions if isinstance(api, Mapping)] if isinstance(actions, list) else []
    keys: dict[str, int] = {}
    for position, api in enumerate(listed):
        key = str(api.get("temporary_id") or api.get("id") or f"#{position}")
        if key in keys:
            lifting.fail("F482", f'two actions have the id "{key}"', "actions", position)
            continue
        keys[key] = len(lifting.actions)
        name = api.get("type")
        known = isinstance(name, str) and name in kinds.kinds("actions")
        lifting.actions.append(Action(api, key, str(name) if known else None))
    for position, action in enumerate(lifting.actions):
        action.exits = tuple(
            Exit(role, _target_of(lifting, keys, target, position)) for role, target in links_of(action.api)
        )
    entry = definition.get("entry_action_id")
    if entry is not None and str(entry) in keys:
        lifting.entry = keys[str(entry)]
    elif lifting.actions:
        lifting.fail("F483", f"the entry {entry!r} is no action; starting at the first", "entry_action_id")
        lifting.entry = 0
    _break_cycles(lifting)
    _unreachable(lifting)


def _target_of(lifting: Lifting, keys: Mapping[str, int], target: Any, position: int) -> int | None:
    if target is None:
        return None
    if str(target) in keys:
        return keys[str(target)]
    lifting.fail(
        "F484",
        f'action {lifting.actions[position].key} leads to "{target}", which is no action',
        "actions",
        position,
    )
    return None


def _break_cycles(lifting: Lifting) -> None:
    """End every exit that leads back to a step on the way to it."""
    state: dict[int, int] = {}
    if lifting.entry is None:
        return
    stack = [(lifting.entry, 0)]
    state[lifting.entry] = 1
    while stack:
        node, position = stack.pop()
        exits = lifting.actions[node].exits
        if position == len(exits):
            state[node] = 2
            continue
        stack.append((node, position + 1))
        target = exits[position].target
        if target is None:
            continue
        if state.get(target) == 1:
            lifting.fail(
                "F485",
                f"action {lifting.actions[node].key} leads back to {lifting.actions[target].key}",
                "actions",
                node,
            )
            lifting.actions[node].exits = (
                *exits[:position],
                Exit(exits[position].role, None),
                *exits[position + 1 :],
            )
        elif target not in state:
            state[target] = 1
            stack.append((target, 0))


def _unreachable(lifting: Lifting) -> None:
    seen, todo = set(), [lifting.entry]
    while todo:
        node = todo.pop()
        if node is not None and node not in seen:
            seen.add(node)
            todo += [way.target for way in lifting.actions[node].exits]
    for position, action in enumerate(lifting.actions):
        if position not in seen:
            lifting.fail("F486", f"action {action.key} cannot be reached", "actions", position)
            action.exits = (Exit("next", None),)


def common_status(actions: list[Action]) -> str:
    """Return the most frequent status of the steps that carry one; draft before manual before live."""
    found = Counter(status for action in actions for status in _statuses(action.api) if status in STATUSES)
    return max(STATUSES, key=lambda status: (found[status], -STATUSES.index(status)))


def _statuses(api: Any) -> list[Any]:
    data = api.get("data") if isinstance(api, Mapping) else None
    if not isinstance(data, Mapping):
        return []
    experiment = data.get("current_experiment")
    children = [
        data.get("main_action"),
        *(experiment.get("variations") or () if isinstance(experiment, Mapping) else ()),
    ]
    return [data.get("status"), *(status for child in children for status in _statuses(child))]
