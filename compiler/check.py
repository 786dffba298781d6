"""Judges definitions in the API's own shape by the same kind files: what the embedded account refuses.

A definition is lifted to the author's spelling and judged there; what the spelling cannot say (an unknown field, a
kind of another revision) is an error here, since an account refuses it. Places come back as JSON pointers.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from compiler import kinds
from compiler.actions import action_codec
from compiler.codecs.base import Run
from compiler.expand.document import Document
from compiler.lift import Action, Lifting, lift_action, lift_segment, lift_trigger
from compiler.pipeline import lower_document
from compiler.source import Source
from compiler.validate import validate

Problem = tuple[str, str]
NOWHERE = Source("", "", None)


def check(family: str, definition: Mapping[str, Any], revision: str) -> list[Problem]:
    """Return (JSON pointer, message) of everything wrong with a flow's or segment's definition, or one action."""
    if family == "segment":
        return list(dict.fromkeys(_segment(definition, revision)))
    if family == "action":
        return list(dict.fromkeys(_action(definition, "", {}, revision)))
    return list(dict.fromkeys(_flow(definition, revision)))


def _flow(definition: Mapping[str, Any], revision: str) -> Iterator[Problem]:
    triggers = definition.get("triggers")
    trigger = (
        triggers[0] if isinstance(triggers, list) and triggers and isinstance(triggers[0], Mapping) else {}
    )
    head: dict[str, Any] = {"kind": "flow", "name": "checked"}
    if trigger:
        head["trigger"] = lift_trigger(trigger, Run(revision))
        yield from _raw(head["trigger"], "/triggers/0")
    yield from _judged({**head, "steps": []}, revision, "", "", None)
    actions = definition.get("actions")
    for number, action in enumerate(actions if isinstance(actions, list) else ()):
        if isinstance(action, Mapping):
            yield from _action(action, f"/actions/{number}", trigger, revision)
        else:
            yield f"/actions/{number}", "an action is an object"


def _action(
    api: Mapping[str, Any], place: str, trigger: Mapping[str, Any], revision: str
) -> Iterator[Problem]:
    name = api.get("type")
    kind = kinds.kinds("actions").get(name) if isinstance(name, str) else None
    if kind is None:
        yield f"{place}/type", f"{name!r} is no type of action"
        return
    if not kinds.has(revision, kind.since):
        yield f"{place}/type", f"revision {revision} has no {name}; the first that has it is {kind.since}"
        return
    lifting = Lifting(Run(revision, trigger or None))
    step = lift_action(lifting, Action(api, "", kind.name), {})
    yield from _raw(step, place)
    flow: dict[str, Any] = {"kind": "flow", "name": "checked", "steps": [step]}
    if trigger:
        flow["trigger"] = lift_trigger(trigger, Run(revision))
    yield from _judged(flow, revision, place, kind.name, kind)


def _segment(definition: Mapping[str, Any], revision: str) -> Iterator[Problem]:
    document, lifting = lift_segment(definition, "checked", revision)
    yield from ((_pointer(mistake.path), mistake.message) for mistake in lifting.errors)
    yield from _raw(document["definition"], "/condition_groups")
    yield from _judged(document, revision, "/condition_groups", "", None)


def _raw(value: Any, place: str) -> Iterator[Problem]:
    """Yield what only ``raw`` could say: the fields that the kinds do not have."""
    if isinstance(value, Mapping):
        if "raw" in value:
            yield from _unknown(value["raw"], place)
        for key, item in value.items():
            if key != "raw":
                yield from _raw(item, place)
    elif isinstance(value, list):
        for item in value:
            yield from _raw(item, place)


def _unknown(patch: Any, place: str) -> Iterator[Problem]:
    if not isinstance(patch, Mapping) or not patch:
        yield place, "unexpected value"
        return
    for key, value in patch.items():
        inner = f"{place}/{key}"
        if isinstance(value, Mapping) and value:
            yield from _unknown(value, inner)
        else:
            yield inner, f"{'missing' if value is None else 'unknown field or value'}: {key}"


def _judged(
    document: dict[str, Any], revision: str, place: str, name: str, kind: kinds.Kind | None
) -> Iterator[Problem]:
    """Yield what validation and lowering say of a document, at the pointer of the field that they speak of."""
    wrapped = Document(NOWHERE, document)
    findings = validate(wrapped)
    for _, message, path, _ in findings:
        yield _place(path, place, name, kind), message
    if not findings:
        _, mistakes, _ = lower_document(wrapped, Path(), revision)
        for mistake in mistakes:
            yield _place(mistake.path, place, name, kind), mistake.message


def _place(path: tuple[Any, ...], place: str, name: str, kind: kinds.Kind | None) -> str:
    """Return the JSON pointer of a path in the checking document, as exact as the field that it names."""
    if kind is None or name not in path:
        return "/triggers/0" if path[:1] == ("trigger",) else place
    inside = path[path.index(name) + 1 :]
    fields = {field.name: field.place for field in action_codec(name, kinds.default_revision()).record.fields}
    if inside and inside[0] in fields:
        return place + _pointer((*kind.within, *fields[inside[0]]))
    return place + _pointer(kind.within)


def _pointer(path: tuple[Any, ...]) -> str:
    return "".join(f"/{part}" for part in path)
