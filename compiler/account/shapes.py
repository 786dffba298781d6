"""The least shape that the account needs of a definition to work on it; the run's own checker knows the rest."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from compiler.account.errors import Problem, invalid_field
from compiler.account.graph import BRANCHES
from compiler.account.messages import CHANNELS, EXPERIMENTS

ROOT = "/data/attributes/definition"


def _objects(node: Any, pointer: str) -> Iterator[Problem]:
    """Yield a problem unless ``node`` is a list of objects."""
    if not isinstance(node, list) or not all(isinstance(item, dict) for item in node):
        yield invalid_field("A list of objects is required.", pointer)


def _object(node: Any, pointer: str, *, optional: bool = True) -> Iterator[Problem]:
    """Yield a problem unless ``node`` is an object, or null where that may be."""
    if not isinstance(node, dict) and not (node is None and optional):
        yield invalid_field("An object is required.", pointer)


def flow_shape(definition: Mapping[str, Any]) -> Iterator[Problem]:
    """Yield where a flow's definition is not built as one."""
    found = list(graph_shape(definition))
    yield from found
    if not found:
        yield from _conditions(definition, f"{ROOT}")
        for n, action in enumerate(definition["actions"]):
            yield from _action_shape(action, f"{ROOT}/actions/{n}")


def graph_shape(definition: Mapping[str, Any]) -> Iterator[Problem]:
    """Yield what keeps a definition from being stored: no triggers, no actions, no kinds or links among them."""
    triggers, actions = definition.get("triggers"), definition.get("actions")
    found = [*_objects(triggers, f"{ROOT}/triggers"), *_objects(actions, f"{ROOT}/actions")]
    yield from found
    if found:
        return
    assert isinstance(triggers, list) and isinstance(actions, list)  # noqa: PT018 - both were checked above
    for n, trigger in enumerate(triggers):
        if not isinstance(trigger.get("type"), str):
            yield invalid_field("A type is required.", f"{ROOT}/triggers/{n}/type")
    if not isinstance(definition.get("entry_action_id"), str | None):
        yield invalid_field("The entry must be an id or null.", f"{ROOT}/entry_action_id")
    for n, action in enumerate(actions):
        yield from _step(action, f"{ROOT}/actions/{n}")


def _step(action: Mapping[str, Any], pointer: str) -> Iterator[Problem]:
    if not isinstance(action.get("type"), str):
        yield invalid_field("A type is required.", f"{pointer}/type")
    yield from _links(action.get("links"), f"{pointer}/links")


def action_shape(action: Mapping[str, Any], pointer: str) -> Iterator[Problem]:
    """Yield where an action is not built as one."""
    found = list(_step(action, pointer))
    yield from found or _action_shape(action, pointer)


def _action_shape(action: Mapping[str, Any], pointer: str) -> Iterator[Problem]:
    """Yield where the data and conditions of an action, whose kind and links are known, are not built as such."""
    kind, data = action["type"], action.get("data")
    needs_data = kind in CHANNELS or kind in EXPERIMENTS or kind in ("time-delay", BRANCHES)
    found = list(_object(data, f"{pointer}/data", optional=not needs_data))
    yield from found or _data_shape(kind, data or {}, f"{pointer}/data")
    yield from _conditions(action, pointer)


def _links(links: Any, pointer: str) -> Iterator[Problem]:
    yield from _object(links, pointer)
    for name, target in links.items() if isinstance(links, dict) else ():
        if not isinstance(target, str | None):
            yield invalid_field("A link is an id or null.", f"{pointer}/{name}")


def _data_shape(kind: str, data: Mapping[str, Any], pointer: str) -> Iterator[Problem]:
    if kind in CHANNELS:
        yield from _message(data.get("message"), f"{pointer}/message")
    elif kind in EXPERIMENTS:
        yield from _experiment(data, pointer)
    elif kind == "time-delay":
        yield from _delay(data, pointer)
    elif kind == BRANCHES:
        branches = data.get("branches")
        yield from _objects(branches, f"{pointer}/branches")
        for n, branch in enumerate(branches if isinstance(branches, list) else []):
            if isinstance(branch, dict):
                yield from _links(branch.get("links"), f"{pointer}/branches/{n}/links")


def _message(message: Any, pointer: str) -> Iterator[Problem]:
    yield from _object(message, pointer)
    if not isinstance(message, dict):
        return
    for name in ("id", "template_id", "name"):
        if not isinstance(message.get(name), str | None):
            yield invalid_field("A text or null is required.", f"{pointer}/{name}")


def _delay(data: Mapping[str, Any], pointer: str) -> Iterator[Problem]:
    value, at, days = (data.get(name) for name in ("value", "delay_until_time", "delay_until_weekdays"))
    if not isinstance(value, int) or isinstance(value, bool):
        yield invalid_field("A number is required.", f"{pointer}/value")
    if not isinstance(at, str | None):
        yield invalid_field("A time of day or null is required.", f"{pointer}/delay_until_time")
    if days is not None and not (isinstance(days, list) and all(isinstance(day, str) for day in days)):
        yield invalid_field("A list of weekdays or null is required.", f"{pointer}/delay_until_weekdays")


def _experiment(data: Mapping[str, Any], pointer: str) -> Iterator[Problem]:
    yield from _child(data.get("main_action"), f"{pointer}/main_action")
    current = data.get("current_experiment")
    yield from _object(current, f"{pointer}/current_experiment")
    if isinstance(current, dict):
        variations, where = current.get("variations"), f"{pointer}/current_experiment"
        yield from _object(current.get("allocations"), f"{where}/allocations")
        if not isinstance(variations, list) or not variations:
            yield invalid_field("Variations are required.", f"{where}/variations")
            return
        for n, child in enumerate(variations):
            yield from _child(child, f"{where}/variations/{n}")


def _child(child: Any, pointer: str) -> Iterator[Problem]:
    if not isinstance(child, dict) or child.get("type") not in CHANNELS:
        yield invalid_field("An action that sends is required.", pointer)
        return
    for name in ("id", "temporary_id"):
        if not isinstance(child.get(name), str | None):
            yield invalid_field("An id or null is required.", f"{pointer}/{name}")
    yield from action_shape(child, pointer)


def _conditions(node: Any, pointer: str) -> Iterator[Problem]:
    """Yield where the lists of conditions and metric filters anywhere in ``node`` are not built as such."""
    if isinstance(node, list):
        for n, item in enumerate(node):
            yield from _conditions(item, f"{pointer}/{n}")
    elif isinstance(node, dict):
        for name, value in node.items():
            if name in ("condition_groups", "conditions"):
                yield from _objects(value, f"{pointer}/{name}")
            elif name == "metric_filters" and value is not None:
                yield from _objects(value, f"{pointer}/{name}")
                for n, entry in enumerate(value if isinstance(value, list) else []):
                    if isinstance(entry, dict):
                        yield from _object(entry.get("filter"), f"{pointer}/{name}/{n}/filter")
            if name != "actions":
                yield from _conditions(value, f"{pointer}/{name}")


def segment_shape(definition: Any) -> Iterator[Problem]:
    """Yield where a segment's definition is not built as one."""
    groups = definition.get("condition_groups") if isinstance(definition, dict) else None
    if not groups:
        yield invalid_field("At least one condition group is required.", f"{ROOT}/condition_groups")
        return
    found = list(_conditions(definition, ROOT))
    yield from found
    for n, group in enumerate(groups if not found else []):
        if not group.get("conditions"):
            yield invalid_field(
                "At least one condition is required.", f"{ROOT}/condition_groups/{n}/conditions"
            )
