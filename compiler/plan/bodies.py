"""What is sent: the bodies of creates, inserts and patches, derived when a plan is applied.

A patch body is built from a read made just before it, since it carries the whole definition: only the planned
fields are replaced, links stay as they are read.
"""

from __future__ import annotations

import copy
from collections.abc import Iterator, Mapping
from typing import Any

from compiler.codecs.base import ABSENT
from compiler.normalise import repeats_body, senders
from compiler.normalise.shape import BRANCHES, TESTS
from compiler.plan.stages import Before, Change, Path, Place

Api = dict[str, Any]
ONLY_FOR_DAYS = ("delay_until_time", "delay_until_weekdays")


def create_definition(desired: Mapping[str, Any]) -> Api:
    """Return a definition to create a flow with: as desired, but every step a draft, so that nothing acts yet.

    How a test stands is the server's to say (contract: "experiment_status" is not allowed on create).
    """
    made = copy.deepcopy(dict(desired))
    for action in made.get("actions") or ():
        if action.get("type") in TESTS:
            action["data"].pop("experiment_status", None)
        for step in _statuses(action):
            step["data"]["status"] = "draft"
    return made


def insert_definition(step: Mapping[str, Any], place: Place) -> Api:
    """Return the definition of a step to insert: a draft, without links unless it is placed by what follows it."""
    made = copy.deepcopy(dict(step))
    made.pop("id", None)
    made["temporary_id"] = str(step.get("temporary_id") or step.get("id"))
    if made["type"] == BRANCHES:
        for branch in made["data"]["branches"]:
            branch["links"] = None
    else:
        made["links"] = {"next": place.action if isinstance(place, Before) else None}
    for sender in _statuses(made):
        sender["data"]["status"] = "draft"
    return made


def patch_definition(
    fresh: Mapping[str, Any], desired: Mapping[str, Any], changes: tuple[Change, ...]
) -> Api:
    """Return the whole definition of an action as just read, with the planned fields of the desired one."""
    made = sendable(fresh)  # before, too: a form that repeats the old body would not repeat the new one
    for change in changes:
        path = (*change.path[:-1], "template_id") if change.path[-1] == "template" else change.path
        said = _look(desired, path)
        implied = None if path != change.path else change.new
        put(made, path, implied if said is None or said is ABSENT else said, keep=said is None)
    return sendable(made)


def sendable(fresh: Mapping[str, Any]) -> Api:
    """Return an action as read without what the server refuses or would keep from the old body."""
    made = copy.deepcopy(dict(fresh))
    data = made.get("data")
    if made.get("type") == "time-delay" and isinstance(data, dict) and data.get("unit", "days") != "days":
        for key in ONLY_FOR_DAYS:
            data.pop(key, None)
    for sender in senders(made):
        if repeats_body(sender["data"].get("message") or {}):
            sender["data"]["message"].pop("message_hierarchy")
    return made


def status_definition(fresh: Mapping[str, Any], status: str) -> Api:
    """Return an action as just read with another status; a test's children keep theirs."""
    made = sendable(fresh)
    made["data"]["status"] = status
    return made


def _statuses(action: Api) -> Iterator[Api]:
    """Yield the action and a test's children, where they say a status."""
    data = action.get("data")
    if isinstance(data, dict) and "status" in data:
        yield action
    if action.get("type") in TESTS:
        yield from (one for one in senders(action) if "status" in (one.get("data") or {}))  # type: ignore[misc]


def _look(action: Mapping[str, Any], path: Path) -> Any:
    """Return what stands at a path; ABSENT where there is nothing, which null is not."""
    value: Any = action
    for key in path:
        if isinstance(value, Mapping) and key in value:
            value = value[str(key)]
        elif isinstance(value, list) and isinstance(key, int) and key < len(value):
            value = value[key]
        else:
            return ABSENT
    return copy.deepcopy(value)


def put(action: Api, path: Path, value: Any, *, keep: bool) -> None:
    """Store a value in an action; None removes the field, unless ``keep`` says that the null was written."""
    inner: Any = action
    for key in path[:-1]:
        if isinstance(inner, dict) and inner.get(str(key)) is None:
            inner[str(key)] = {}
        inner = inner[key]
    if value is None and not keep:
        inner.pop(path[-1], None)
    else:
        inner[path[-1]] = value
