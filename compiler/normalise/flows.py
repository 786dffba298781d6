"""Whole definitions, one by one and as a pair."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping
from typing import Any, Final

from compiler.normalise.actions import CONTRACT_DEFAULTS, Templates, normalise_action, plain
from compiler.normalise.shape import Plain, breadth_first, digest, is_running, senders

TEMPLATE_PARTS: Final = ("editor_type", "html", "text", "definition", "amp")


def normalise(definition: Mapping[str, Any], templates: Templates | None = None) -> Plain:
    """Return a flow's definition in the common vocabulary; ids stay, actions stand breadth-first.

    ``templates`` gives, by the id or placeholder that stands in ``template_id``, what identifies a template's
    content (its parts, or a digest); one that is not in it is known by its id alone.
    """
    triggers = [_trigger(one) for one in definition.get("triggers") or ()]
    trigger = triggers[0] if triggers else None
    actions = [normalise_action(one, trigger, templates or {}) for one in definition.get("actions") or ()]
    entry = definition.get("entry_action_id") or None
    return {
        "triggers": triggers,
        "profile_filter": plain(definition.get("profile_filter")) or None,
        "reentry_criteria": plain(definition.get("reentry_criteria")) or None,
        "entry_action_id": entry,
        "actions": breadth_first(actions, entry),
    }


def normalise_pair(
    live: Mapping[str, Any], desired: Mapping[str, Any], templates: Templates | None = None
) -> tuple[Plain, Plain]:
    """Return both definitions in the common vocabulary, without what only the pair can tell to be nothing.

    A message that the desired side does not name keeps whatever name the server gave it, and shares of a test
    are not compared in a flow in which a test runs, since they drift.
    """
    left, right = normalise(live, templates), normalise(desired, templates)
    _forget_given_names(left, right)
    forget_shares(live, left, right)
    return left, right


def forget_shares(live: Mapping[str, Any], *made: Plain) -> None:
    """Drop the shares of tests from normalised definitions where a test runs in the flow as read: they drift."""
    if any(is_running(action) for action in live.get("actions") or ()):
        for action in (action for definition in made for action in definition["actions"]):
            (action["data"].get("current_experiment") or {}).pop("allocations", None)


def normalise_segment(definition: Mapping[str, Any]) -> Plain:
    """Return a segment's definition in the common vocabulary."""
    made: Plain = plain(definition)
    return made


def template_content(attributes: Mapping[str, Any]) -> Plain:
    """Return the parts of a template that people see, whichever of them it has."""
    return {part: attributes[part] for part in TEMPLATE_PARTS if attributes.get(part)}


def _trigger(trigger: Mapping[str, Any]) -> Plain:
    return {**CONTRACT_DEFAULTS.get(trigger.get("type", ""), {}), **plain(trigger)}


def _forget_given_names(live: Plain, desired: Plain) -> None:
    """Drop names on the live side, of kinds of messages of which the desired side does not name every one."""
    said: Counter[tuple[str, str]] = Counter()
    contents: set[tuple[str, str, str]] = set()
    nameless: set[str] = set()
    for kind, message in _messages(desired):
        if "name" in message:
            said[kind, message["name"]] += 1
            contents.add((kind, message["name"], _nameless(message)))
        else:
            nameless.add(kind)
    found = [(kind, message) for kind, message in _messages(live) if kind in nameless and "name" in message]
    surplus = Counter((kind, message["name"]) for kind, message in found) - said
    found.sort(key=lambda one: (one[0], one[1]["name"], _nameless(one[1])) in contents)
    for kind, message in found:
        name = message["name"]
        if surplus[kind, name] > 0:
            surplus[kind, name] -= 1
            del message["name"]


def _messages(definition: Plain) -> Iterator[tuple[str, Plain]]:
    for action in definition["actions"]:
        for sender in senders(action):
            yield sender["type"], sender["data"]["message"]


def _nameless(message: Mapping[str, Any]) -> str:
    return digest({key: value for key, value in message.items() if key != "name"})
