"""Puts a project's own flows into an account, each with one change as somebody makes it by hand in the editor."""

from __future__ import annotations

import copy
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Final

from compiler.account.brand.steps import note
from compiler.account.checking import Checker
from compiler.account.edits import write_flow
from compiler.account.flows import actions_of, forget_action
from compiler.account.graph import breadth_first, exits, retarget, set_exit
from compiler.account.messages import messages, set_status
from compiler.account.revisions import LATEST
from compiler.account.routes.tagging import forget_taggings, tag_resource
from compiler.account.routes.tags import default_group, new_uuid
from compiler.account.settings import Switches
from compiler.account.store import Store
from compiler.account.view import View

Definition = dict[str, Any]
SPARE: Final = (
    "Site Abandonment",
    "Cross-sell Ware",
    "Back in Stock",
    "Review Request",
    "Replenishment",
    "Welcome by Text",
)
"""The brand's own flows that make room, in this order: nothing else of the brand stands on them."""


@dataclass(frozen=True, slots=True)
class Ours:
    """A flow of a project, as a create body holds it with the account's ids.

    ``letters`` are the name and HTML of templates that the account lacks, by what stands in their id's place.
    """

    name: str
    definition: Mapping[str, Any]
    tags: tuple[str, ...] = ()
    letters: Mapping[str, tuple[str, str]] = field(default_factory=dict)


def drift(store: Store, ours: Sequence[Ours], now: datetime) -> list[tuple[str, str]]:
    """Make six of ``ours`` (fewer where fewer fit) live flows with a change each, in place of the brand's own.

    One that the brand has by that name takes its place. Returns each flow's name and what was done to it. The choice depends on the names alone: each change takes the
    first flow that it fits and that the account accepts.
    """
    with store.writing(now.timestamp()) as view:
        switches = store.switches_of(view)
        left = [flow for _, flow in sorted({flow.name: flow for flow in ours}.items())]
        done = []
        for spare, (said, change) in zip(SPARE, CHANGES.items(), strict=True):
            for flow in left:
                definition = changed(change, flow)
                if definition is not None and _accepted(view, switches, definition):
                    if not remove(view, flow.name):
                        remove(view, spare)
                    _store(view, switches, now, flow, definition)
                    done.append((flow.name, said))
                    left.remove(flow)
                    break
        return done


def changed(change: Callable[[Definition], bool], flow: Ours) -> Definition | None:
    """Return a flow's definition, live and with the change made; None where the change finds no place in it."""
    definition = copy.deepcopy(dict(flow.definition))
    for action in definition["actions"]:
        set_status(action, "live", "")
    return definition if change(definition) else None


def _accepted(view: View, switches: Switches, definition: Definition) -> bool:
    """Say whether the account takes a definition; its letters' templates are made later."""
    plain = copy.deepcopy(definition)
    for action in plain["actions"]:
        for _, message in messages(action):
            message.pop("template_id", None)
    return not list(Checker(view, switches, LATEST).flow(plain))


def remove(view: View, name: str) -> bool:
    """Remove the flow of a name with what belongs to it; say whether there was one."""
    found = [row.id for row in view.rows("flow") if row.body["name"] == name]
    for flow in found:
        for action in actions_of(view, flow):
            forget_action(view, action)
        forget_taggings(view, "flow", flow)
        view.delete("flow", flow)
    return bool(found)


def _store(view: View, switches: Switches, now: datetime, flow: Ours, definition: Definition) -> None:
    sources = {said: _letter(view, name, html) for said, (name, html) in flow.letters.items()}
    for action in definition["actions"]:
        for _, message in messages(action):
            if message.get("template_id") in sources:
                message["template_id"] = sources[message["template_id"]]
    identifier = write_flow(view, switches, now.isoformat(timespec="seconds"), flow.name, definition)
    for source in sources.values():
        view.delete("template", source)  # the messages have their clones
    for tag in flow.tags:
        tag_resource(view, _tag(view, tag), "flow", identifier)


def _letter(view: View, name: str, html: str) -> str:
    identifier = view.new_id("template")
    body = {"name": name, "editor_type": "CODE", "html": html, "text": None, "amp": None}
    view.put("template", identifier, body, parent="")
    return identifier


def _tag(view: View, name: str) -> str:
    """Return the id of the tag of a name, which is made where there is none."""
    for row in view.rows("tag"):
        if row.body["name"] == name:
            return row.id
    identifier = new_uuid(view)
    view.put("tag", identifier, {"name": name, "group": default_group(view)}, parent="")
    return identifier


# What people do in the editor; each says whether it found a place.


def _in_order(definition: Definition) -> Iterator[Definition]:
    actions = {action["temporary_id"]: action for action in definition["actions"]}
    return (actions[name] for name in breadth_first(actions, definition["entry_action_id"]))


def refilter(definition: Definition) -> bool:
    """Double the first number above zero that a split asks about: an amount, a count, or days."""
    for action in _in_order(definition):
        data = action.get("data") or {}
        for node in _nodes([data.get("profile_filter"), data.get("trigger_filter")]):
            for key in ("quantity", "value"):
                if isinstance(node.get(key), int | float) and node[key] > 0:
                    node[key] *= 2
                    return True
    return False


def _nodes(value: Any) -> Iterator[Definition]:
    """Yield every object inside a value, the outer ones first."""
    if isinstance(value, dict):
        yield value
        value = list(value.values())
    if isinstance(value, list):
        for item in value:
            yield from _nodes(item)


def shorten(definition: Definition) -> bool:
    """Remove the last step if it sends something and is not the only one that does."""
    sending = [action for action in _in_order(definition) if list(messages(action))]
    ends = [action for action in sending if [found.target for found in exits(action)] == [None]]
    if len(sending) < 2 or not ends:
        return False
    definition["actions"].remove(ends[-1])
    for action in definition["actions"]:
        retarget(action, {ends[-1]["temporary_id"]: None})
    return True


def lengthen(definition: Definition) -> bool:
    """Add a step that marks the profile after the last message of a path."""
    ends = [
        action
        for action in _in_order(definition)
        if list(messages(action)) and [found.target for found in exits(action)] == [None]
    ]
    if not ends:
        return False
    step = {"temporary_id": "by-hand", **note("reached_the_end", value=True), "links": {"next": None}}
    definition["actions"].append(step)
    set_exit(ends[-1], "next", "by-hand")
    return True


def retime(definition: Definition) -> bool:
    """Let the first delay last one longer."""
    for action in _in_order(definition):
        if action["type"] == "time-delay":
            action["data"]["value"] += 1
            return True
    return False


def retext(definition: Definition) -> bool:
    """Give the first email another subject."""
    for action in _in_order(definition):
        if action["type"] == "send-email":
            message = action["data"]["message"]
            message["subject_line"] = f"Just for you: {message['subject_line']}"
            return True
    return False


def withdraw(definition: Definition) -> bool:
    """Set the last message to draft, and leave the others live."""
    sending = [action for action in _in_order(definition) if list(messages(action))]
    if len(sending) < 2:
        return False
    set_status(sending[-1], "draft", "")
    return True


CHANGES: Final[Mapping[str, Callable[[Definition], bool]]] = {
    "a split asks about twice as much": refilter,
    "its last message is gone": shorten,
    "it ends with one more step": lengthen,
    "its first delay is longer": retime,
    "its first email has another subject": retext,
    "its last message is a draft": withdraw,
}
