"""What the server makes of a definition that it was sent (contract: the table of rewritings)."""

from __future__ import annotations

import copy
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from compiler.account.graph import BOOLEAN_SPLITS, BRANCHES, Action, exits, set_exit
from compiler.account.messages import CHANNELS, EXPERIMENTS
from compiler.account.settings import Switches
from compiler.account.view import View

WEEKDAYS = ["monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday"]
WITH_STATUS = ("update-profile", "list-update", "internal-service", *CHANNELS)


@dataclass(slots=True)
class Rewriting:
    """Turns actions as sent into actions as read; clones templates, gives ids, names the unnamed."""

    view: View
    switches: Switches
    stamp: str
    named: dict[str, int]

    def action(self, sent: Mapping[str, Any], identifier: str, before: Action | None = None) -> Action:
        """Return ``sent`` as it will be read under ``identifier``; links stay as they are.

        ``before`` is the action that it replaces: message ids, unchanged templates and children carry over.
        """
        kind = sent["type"]
        made: Action = {"id": identifier, "type": kind}
        data = copy.deepcopy(sent.get("data"))
        known = (before or {}).get("data") or {}
        if isinstance(data, dict):
            made["data"] = self._data(kind, data, known)
            floats(made["data"])
        elif "data" in sent:
            made["data"] = data
        if kind != BRANCHES:
            links = dict(sent.get("links") or {})
            keys = ("next_if_true", "next_if_false") if kind in BOOLEAN_SPLITS else ("next",)
            made["links"] = {key: links.get(key) for key in keys}
        return made

    def _data(self, kind: str, data: dict[str, Any], known: dict[str, Any]) -> dict[str, Any]:
        made = data
        if kind in CHANNELS:
            made = self._sender(kind, data, known)
        elif kind in EXPERIMENTS:
            made = self._experiment(data, known)
        elif kind == "time-delay":
            made = delay(data, self.switches)
        elif kind == "trigger-split":
            made = {**data, "trigger_subtype": data.get("trigger_subtype")}
        elif kind == BRANCHES:
            made = self._branches(data, known)
        elif kind in WITH_STATUS:
            made = {**data, "status": data.get("status", "draft")}
        return made

    def _sender(self, kind: str, data: dict[str, Any], known: dict[str, Any]) -> dict[str, Any]:
        status = data.get("status", "draft")
        if data.get("message") is None:
            return {"message": None, "status": status}
        message = self._message(kind, data["message"], known.get("message") or {})
        return {**data, "message": message, "status": status}

    def _message(self, kind: str, sent: dict[str, Any], known: dict[str, Any]) -> dict[str, Any]:
        channel = CHANNELS[kind]
        rest = {name: value for name, value in sent.items() if name not in ("id", "name")}
        made = {**channel.defaults, **rest}
        if kind == "send-email":
            made["reply_to_email"] = made["reply_to_email"] or made["from_email"]
            made["preview_text"] = made["preview_text"] or ""
        if kind == "send-sms" and self.switches.message_hierarchy == "repeated":
            made["message_hierarchy"] = [{"message_type": "sms", "body": made["body"]}]
        made["name"] = sent.get("name") or known.get("name") or self._name(kind)
        made["id"] = known.get("id") or self.view.new_id("flow-message")
        if made.get("template_id") is not None:
            made["template_id"] = self._template(made["template_id"], known.get("template_id"), made["id"])
        return made

    def _name(self, kind: str) -> str:
        self.named[kind] = self.named.get(kind, 0) + 1
        return f"{CHANNELS[kind].unnamed} #{self.named[kind]}"

    def _template(self, sent: str, known: str | None, message: str) -> str:
        """Clone the template that was sent, unless it is the message's own and the account keeps that."""
        if sent == known and self.switches.same_template == "kept":
            return sent
        source = self.view.get("template", sent)
        assert source is not None, "references are checked before a definition is rewritten"
        clone = self.view.new_id("template")
        made = {**source, "created": self.stamp, "updated": self.stamp}
        self.view.put("template", clone, made, parent=message)
        if known is not None:
            self.view.delete("template", known)
        return clone

    def _experiment(self, data: dict[str, Any], known: dict[str, Any]) -> dict[str, Any]:
        """Children get ids of their own, allocations are keyed by them, the experiment's name is lost."""
        made = {
            "status": data.get("status", "draft"),
            "experiment_status": data.get("experiment_status") or known.get("experiment_status", "draft"),
            "main_action": self._child(data["main_action"], known.get("main_action")),
        }
        sent = data.get("current_experiment")
        made["current_experiment"] = (
            self._current(sent, known.get("current_experiment") or {}) if sent else None
        )
        return made

    def _current(self, sent: dict[str, Any], known: dict[str, Any]) -> dict[str, Any]:
        before = {child["id"]: child for child in known.get("variations", [])}
        children = [self._child(child, before.get(child.get("id"))) for child in sent["variations"]]
        rest = {
            name: value
            for name, value in sent.items()
            if name not in ("id", "name", "variations", "allocations", "started")
        }
        return {
            "id": known.get("id") or self.view.fresh("0123456789ABCDEF", 26),
            "name": None,
            "variations": children,
            "allocations": dict(zip((child["id"] for child in children), _shares(sent), strict=True)),
            "started": known.get("started"),
            **rest,
        }

    def _child(self, sent: dict[str, Any], before: Action | None) -> Action:
        identifier = before["id"] if before else self.view.new_id("flow-action")
        return self.action(sent, identifier, before)

    def _branches(self, data: dict[str, Any], known: dict[str, Any]) -> dict[str, Any]:
        given = {branch["branch_id"] for branch in known.get("branches", [])}
        made = []
        for branch in data.get("branches") or []:
            sent = branch.get("branch_id")
            identifier = sent if sent in given else self.view.fresh("0123456789abcdef", 6)
            rest = {name: value for name, value in branch.items() if name not in ("branch_id", "joined")}
            target = (branch.get("links") or {}).get("next")
            links = None if target is None else {"next": target}
            made.append({"branch_id": identifier, **rest, "links": links})
        return {**data, "branches": made}


def _shares(sent: dict[str, Any]) -> list[float]:
    """Return the variations' shares in order: by their ids, else by place, an even one where none is said."""
    said = sent.get("allocations") or {}
    names = [child.get("temporary_id") or child.get("id") for child in sent["variations"]]
    given = [said.get(name) for name in names]
    if None in given and len(said) == len(names):
        given = list(said.values())
    return [1 / len(names) if share is None else share for share in given]


def delay(data: dict[str, Any], switches: Switches) -> dict[str, Any]:
    """Return a time delay's data as the account reads it back: its habit with weekdays, seconds in times."""
    unit = data.get("unit", "days")
    second = data.get("secondary_value")
    made: dict[str, Any] = {
        "unit": unit,
        "value": data["value"],
        "secondary_value": 0 if unit == "hours" and second is None else second,
        "timezone": data.get("timezone", "profile"),
    }
    at = data.get("delay_until_time")
    if at is not None:
        made["delay_until_time"] = at if at.count(":") == 2 else f"{at}:00"
    days = data.get("delay_until_weekdays") or WEEKDAYS
    if set(days) != set(WEEKDAYS) or switches.weekdays == "all":
        made["delay_until_weekdays"] = list(days)
    return made


def floats(node: Any) -> None:
    """Turn the integers of ``metric_filters[].filter.value`` into floats, in place."""
    if isinstance(node, list):
        for item in node:
            floats(item)
    elif isinstance(node, dict):
        for entry in node.get("metric_filters") or []:
            test = entry.get("filter") or {}
            if isinstance(test.get("value"), int) and not isinstance(test["value"], bool):
                test["value"] = float(test["value"])
        for value in node.values():
            floats(value)


def relink(action: Action, find: Callable[[str], str]) -> None:
    """Replace every target of ``action`` by what ``find`` says, in place."""
    for found in exits(action):
        if found.target is not None:
            set_exit(action, found.where, find(found.target))


def frame(definition: Mapping[str, Any]) -> dict[str, Any]:
    """Return a definition without its actions, as the server reads it: triggers, filter, re-entry."""
    triggers = copy.deepcopy(list(definition["triggers"]))
    for trigger in triggers:
        if trigger["type"] == "metric":
            trigger.setdefault("trigger_filter", None)
    made: dict[str, Any] = {
        "triggers": triggers,
        "profile_filter": copy.deepcopy(definition.get("profile_filter")),
        "entry_action_id": definition.get("entry_action_id"),
    }
    if definition.get("reentry_criteria") is not None:
        made["reentry_criteria"] = copy.deepcopy(definition["reentry_criteria"])
    floats(made)
    return made
