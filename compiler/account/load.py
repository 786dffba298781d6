"""Loads real definitions, as some account answered them or as they are sent, and invents what they refer to."""

from __future__ import annotations

import copy
import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

from compiler.account.checking import Checker
from compiler.account.edits import write_flow
from compiler.account.errors import Problem
from compiler.account.flows import save_action, save_flow
from compiler.account.graph import exits, set_exit
from compiler.account.inventing import invented, references
from compiler.account.membership import fill_segment
from compiler.account.messages import EXPERIMENTS, highest_status, messages, senders, status_of
from compiler.account.revisions import LATEST
from compiler.account.settings import Switches
from compiler.account.shapes import graph_shape, segment_shape
from compiler.account.store import Store
from compiler.account.view import View
from compiler.diagnostics import Fatal


@dataclass(frozen=True, slots=True)
class Found:
    """One definition of a file: "flow" or "segment", its name, its id and attributes where it was a response."""

    family: str
    name: str
    definition: dict[str, Any]
    id: str | None
    attributes: Mapping[str, Any]


def load_definitions(store: Store, directory: Path, *, now: datetime) -> dict[str, int]:
    """Load every ``*.json`` of ``directory``; return how many flows and segments were taken up.

    A response is stored exactly as it was shown, ids included (a second flow of the same id gets new ones); a
    create body or a bare definition goes through the server's rewriting. Metrics, lists, segments, templates
    and images that they name are invented where the account lacks them. Raises ``Fatal`` for a file that holds
    no definition, or one that cannot be stored.
    """
    counts = {"flow": 0, "segment": 0}
    found = [read_definition(path) for path in sorted(directory.glob("*.json"))]
    if not found:
        raise Fatal(f"{directory} holds no .json files")
    with store.writing(now.timestamp()) as view:
        loader = Loader(view, store.switches_of(view), now)
        loader.invent(
            [item.definition for item in found], {item.id for item in found if item.family == "segment"}
        )
        for item in found:
            loader.take(item)
            counts[item.family] += 1
    return counts


def read_definition(path: Path) -> Found:
    """Return the definition in a file: a response, a create body or a bare definition; raises ``Fatal``."""
    try:
        document = json.loads(path.read_text(encoding="utf-8"))
    except ValueError as problem:
        raise Fatal(f"{path}: not JSON: {problem}") from None
    data = document.get("data", document) if isinstance(document, dict) else {}
    attributes = data.get("attributes", data) if isinstance(data, dict) else {}
    definition = attributes.get("definition", attributes) if isinstance(attributes, dict) else {}
    if not isinstance(definition, dict) or not {"actions", "condition_groups"} & set(definition):
        raise Fatal(f"{path}: neither a flow nor a segment definition")
    family = "flow" if "actions" in definition else "segment"
    if family == "flow":
        _refuse(path, graph_shape(definition))
    name = str(attributes.get("name") or path.stem) if definition is not attributes else path.stem
    return Found(family, name, definition, data.get("id"), attributes if data.get("id") else {})


class Loader:
    """Puts definitions into one account."""

    def __init__(self, view: View, switches: Switches, now: datetime) -> None:
        self.view = view
        self.switches = switches
        self.now = now
        self.stamp = now.isoformat(timespec="seconds")

    def invent(self, definitions: list[dict[str, Any]], segments: set[str | None]) -> None:
        """Make what the definitions name and the account lacks; a group is a segment only where that is known."""
        triggered = {
            str(trigger["id"])
            for definition in definitions
            for trigger in definition.get("triggers", [])
            if trigger.get("type") == "segment" and trigger.get("id") is not None
        }
        for definition in definitions:
            for kind, identifier in references(definition):
                is_segment = kind == "list" and identifier in (triggered | segments)
                self._make("segment" if is_segment else kind, identifier)

    def _make(self, kind: str, identifier: str) -> None:
        groups = ("list", "segment")
        known = groups if kind in groups else (kind,)
        if not any(self.view.get(other, identifier) is not None for other in known):
            self.view.put(kind, identifier, invented(kind, identifier, self.stamp), parent="")

    def take(self, item: Found) -> None:
        """Store one definition."""
        if item.family == "segment":
            self._segment(item)
        elif _is_read(item.definition):
            self._flow_as_shown(item)
        else:
            _refuse(item.name, Checker(self.view, self.switches, LATEST).flow(item.definition))
            write_flow(self.view, self.switches, self.stamp, self._free_name(item.name), item.definition)

    def _segment(self, item: Found) -> None:
        if item.id is None:
            _refuse(item.name, segment_shape(item.definition))
        identifier = item.id or self.view.new_id("segment")
        body = {
            "name": item.name,
            "definition": item.definition,
            "created": item.attributes.get("created") or self.stamp,
            "updated": item.attributes.get("updated") or self.stamp,
            "is_active": item.attributes.get("is_active", True),
            "is_starred": item.attributes.get("is_starred", False),
        }
        self.view.put("segment", identifier, body, parent="")
        fill_segment(self.view, identifier, item.definition, self.now)

    def _flow_as_shown(self, item: Found) -> None:
        definition = {"profile_filter": None, "entry_action_id": None, **copy.deepcopy(item.definition)}
        actions = definition.pop("actions")
        identifier = item.id or self.view.new_id("flow")
        if any(self.view.get("flow-action", action["id"]) for action in actions) or self.view.get(
            "flow", identifier
        ):
            identifier = self.view.new_id("flow")
            self._new_ids(definition, actions)
        statuses = [status for action in actions if (status := status_of(action))]
        body = {
            "status": item.attributes.get("status") or highest_status(statuses),
            "archived": bool(item.attributes.get("archived")),
            "created": item.attributes.get("created") or self.stamp,
            "updated": item.attributes.get("updated") or self.stamp,
        }
        save_flow(self.view, identifier, self._free_name(item.name), definition, body)
        for action in actions:
            self._own_templates(action)
            save_action(self.view, identifier, action, self.stamp)

    def _free_name(self, name: str) -> str:
        taken = {row.body["name"] for row in self.view.rows("flow")}
        free, number = name, 1
        while free in taken:
            number += 1
            free = f"{name} ({number})"
        return free

    def _new_ids(self, definition: dict[str, Any], actions: list[dict[str, Any]]) -> None:
        """Give a second copy of a flow ids of its own, for actions, messages and templates."""
        ids = {action["id"]: self.view.new_id("flow-action") for action in actions}
        definition["entry_action_id"] = ids.get(definition.get("entry_action_id"))
        for action in actions:
            action["id"] = ids[action["id"]]
            for way in exits(action):
                if way.target is not None:
                    set_exit(action, way.where, ids.get(way.target))
            if action["type"] in EXPERIMENTS:
                _new_children(self.view, action)
            for _, message in messages(action):
                message["id"] = self.view.new_id("flow-message")
                if message.get("template_id") is not None:
                    clone = self.view.new_id("template")
                    source = self.view.get("template", message["template_id"])
                    self.view.put("template", clone, source or {}, parent=message["id"])
                    message["template_id"] = clone

    def _own_templates(self, action: dict[str, Any]) -> None:
        """Let the templates of a read definition belong to their messages, as clones do."""
        for _, message in messages(action):
            template = message.get("template_id")
            body = self.view.get("template", template) if template is not None else None
            if template is not None and body is not None and message.get("id"):
                self.view.put("template", template, body, parent=message["id"])


def _refuse(where: Path | str, problems: Iterable[Problem]) -> None:
    """Raise ``Fatal`` with the first problem, if there is one."""
    for problem in problems:
        raise Fatal(f"{where}: {problem.source['pointer']}: {problem.detail}")


def _new_children(view: View, action: dict[str, Any]) -> None:
    ids = {}
    for child in senders(action):
        ids[child["id"]] = child["id"] = view.new_id("flow-action")
    experiment = action["data"].get("current_experiment") or {}
    if experiment.get("allocations"):
        experiment["allocations"] = {
            ids.get(old, old): share for old, share in experiment["allocations"].items()
        }


def _is_read(definition: Mapping[str, Any]) -> bool:
    actions = definition["actions"]
    return bool(actions) and all(action.get("id") is not None for action in actions)
