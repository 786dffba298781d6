"""The refusals that the API documents for definitions: references, ids, links, delays."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from compiler.account.errors import Problem, Refusal, invalid_field
from compiler.account.graph import breadth_first, exits, on_a_cycle, targets
from compiler.account.messages import EXPERIMENTS, STATUSES, messages
from compiler.account.revisions import BETA
from compiler.account.settings import Switches
from compiler.account.shapes import ROOT, action_shape, flow_shape, segment_shape
from compiler.account.view import View

WRONG_DELAY = "Not allowed to set delay_until_time or delay_until_weekdays unless unit is 'days'"
REFERENCES = {
    "metric_id": ("metric", "custom-metric"),
    "conversion_metric_id": ("metric", "custom-metric"),
    "list_id": ("list",),
    "template_id": ("template",),
    "image_id": ("image",),
    "group_ids": ("list", "segment"),
}
"""Fields of definitions that hold ids, and the types of resources that these may name."""
TRIGGERS = {"metric": ("metric", "custom-metric"), "list": ("list",), "segment": ("segment",)}


@dataclass(frozen=True, slots=True)
class Checker:
    """Checks definitions against one account; every method yields problems with pointers into the body."""

    view: View
    switches: Switches
    revision: str

    def flow(self, definition: Mapping[str, Any]) -> Iterator[Problem]:
        """Yield what is wrong with a definition that a flow is to be created from."""
        misshapen = list(flow_shape(definition))
        if misshapen:
            yield from misshapen
            return
        triggers, actions = definition["triggers"], definition["actions"]
        if len(triggers) != 1:
            yield invalid_field("Exactly one trigger is supported.", f"{ROOT}/triggers")
        for n, trigger in enumerate(triggers):
            kinds = TRIGGERS.get(trigger.get("type"), ())
            if kinds and trigger.get("id") is not None:
                yield from self._known(trigger["id"], kinds, f"{ROOT}/triggers/{n}/id")
            yield from self._references(trigger, f"{ROOT}/triggers/{n}")
        yield from self._references(definition.get("profile_filter"), f"{ROOT}/profile_filter")
        for n, action in enumerate(actions):
            yield from self._new_action(action, f"{ROOT}/actions/{n}")
        yield from self._graph(definition, actions)

    def _new_action(self, action: Mapping[str, Any], pointer: str) -> Iterator[Problem]:
        if action.get("id") is not None:
            yield invalid_field("'id' is not allowed on create, use 'temporary_id'.", f"{pointer}/id")
        if not isinstance(action.get("temporary_id"), str):
            yield invalid_field("'temporary_id' is required.", f"{pointer}/temporary_id")
        data = action.get("data") or {}
        if action["type"] in EXPERIMENTS:
            if "experiment_status" in data:
                yield invalid_field(
                    "'experiment_status' is not allowed on create.", f"{pointer}/data/experiment_status"
                )
            if (data.get("current_experiment") or {}).get("id") is not None:
                yield invalid_field("'id' is not allowed on create.", f"{pointer}/data/current_experiment/id")
        for _, message in messages(dict(action)):
            if message.get("id") is not None and self.revision != BETA:
                yield invalid_field("'id' is not allowed on create.", f"{pointer}/data/message/id")
        yield from self.content(action, pointer)

    def content(self, action: Mapping[str, Any], pointer: str) -> Iterator[Problem]:
        """Yield what is wrong with an action's fields, links apart."""
        misshapen = list(action_shape(action, pointer))
        if misshapen:
            yield from misshapen
            return
        data = action.get("data") or {}
        until = data.get("delay_until_time") is not None or data.get("delay_until_weekdays") is not None
        if until and action["type"] == "time-delay" and data.get("unit", "days") != "days":
            yield invalid_field(WRONG_DELAY, f"{pointer}/data")
        if data.get("status") is not None and data["status"] not in STATUSES:
            yield invalid_field(f"'{data['status']}' is not a status.", f"{pointer}/data/status")
        for _, message in messages(dict(action)):
            for name in ("cc_email", "bcc_email"):
                if message.get(name) == "":
                    yield invalid_field(
                        f"'{name}' must be an address or null.", f"{pointer}/data/message/{name}"
                    )
        yield from self._references(data, f"{pointer}/data")

    def _graph(self, definition: Mapping[str, Any], actions: list[dict[str, Any]]) -> Iterator[Problem]:
        found: dict[str, dict[str, Any]] = {}
        for n, action in enumerate(actions):
            name = str(action.get("temporary_id"))
            if name in found:
                yield invalid_field(f"'{name}' is used twice.", f"{ROOT}/actions/{n}/temporary_id")
            found[name] = action
        entry = definition.get("entry_action_id")
        if (entry is not None or found) and entry not in found:
            yield invalid_field("The entry names no action.", f"{ROOT}/entry_action_id")
        reached = set(breadth_first(found, entry))
        ways = Counter(target for action in actions for target in targets(action))
        for n, action in enumerate(actions):
            for way in exits(action):
                if way.target is not None and way.target not in found:
                    yield invalid_field(
                        f"'{way.target}' names no action.", f"{ROOT}/actions/{n}{way.pointer}"
                    )
            name = str(action.get("temporary_id"))
            if entry in found and name not in reached:
                yield invalid_field("The action cannot be reached.", f"{ROOT}/actions/{n}")
            if self.switches.joins_at_create == "refused" and ways[name] > 1:
                yield invalid_field("An action may have one way to it only.", f"{ROOT}/actions/{n}")
        turning = on_a_cycle(found)
        if turning is not None:
            place = next(n for n, action in enumerate(actions) if action is found[turning])
            yield invalid_field("The action leads back to itself.", f"{ROOT}/actions/{place}/links")

    def segment(self, definition: Any) -> Iterator[Problem]:
        """Yield what is wrong with a segment's definition."""
        misshapen = list(segment_shape(definition))
        yield from misshapen or self._references(definition, ROOT)

    def _references(self, node: Any, pointer: str) -> Iterator[Problem]:
        if isinstance(node, list):
            for n, item in enumerate(node):
                yield from self._references(item, f"{pointer}/{n}")
        elif isinstance(node, dict):
            for name, value in node.items():
                if name in REFERENCES and value is not None:
                    many = value if isinstance(value, list) else [value]
                    for identifier in many:
                        yield from self._known(identifier, REFERENCES[name], f"{pointer}/{name}")
                else:
                    yield from self._references(value, f"{pointer}/{name}")

    def _known(self, identifier: Any, kinds: tuple[str, ...], pointer: str) -> Iterator[Problem]:
        if not any(self.view.get(kind, str(identifier)) is not None for kind in kinds):
            yield invalid_field(f"A {' or '.join(kinds)} with id {identifier} does not exist.", pointer)


def refuse(problems: list[Problem]) -> None:
    """Raise the ``Refusal`` of ``problems``, if there are any."""
    if problems:
        raise Refusal(*problems)
