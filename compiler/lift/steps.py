"""Lifts each action to a step of its kind; what its fields cannot say stands under ``raw``."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from compiler import kinds
from compiler.actions import action_codec, branch_record, lower_action
from compiler.codecs.base import MALFORMED, Mistake, Run, residue, same, tidy
from compiler.codecs.phrases import say
from compiler.layout import CONTINUES, Jump, Placed
from compiler.lift.experiments import test_body
from compiler.lift.reading import branches_of, is_simple_else
from compiler.lift.state import Action, Lifting, sketch, warn_raw

IDS = ("id", "temporary_id")


def steps_of(lifting: Lifting, placed: list[Placed]) -> list[dict[str, Any]]:
    """Return a list of placed steps as the author's list."""
    return [_step_of(lifting, item) for item in placed]


def _way(lifting: Lifting, value: Any) -> Any:
    if isinstance(value, Jump):
        return lifting.handles[value.target]
    return steps_of(lifting, value) if isinstance(value, list) else value


def _step_of(lifting: Lifting, item: Placed) -> dict[str, Any]:
    action = lifting.actions[item.node]
    step: dict[str, Any] = {}
    if item.node in lifting.handles:
        step["id"] = lifting.handles[item.node]
    ways = {role: _way(lifting, value) for role, value in item.branches if value is not CONTINUES}
    spelled = lift_action(lifting, action, ways)
    if "status" in spelled:
        step["status"] = spelled.pop("status")
    raw = spelled.pop("raw", None)
    step.update(spelled)
    if item.next is not CONTINUES:
        step["next"] = _way(lifting, item.next)
    if raw is not None:
        step["raw"] = raw
        where = next((position for position, api in enumerate(lifting.actions) if api is action), 0)
        lifting.warn(
            f"action {action.key} says more than flowc knows ({sketch(raw)}); kept under raw",
            "actions",
            where,
        )
    for value in spelled.values():
        if isinstance(value, Mapping):
            warn_raw(
                lifting,
                {
                    key: part
                    for key, part in value.items()
                    if key not in ("then", "else", "branches", "main", "variations")
                },
                "actions",
                item.node,
            )
    return step


def lift_action(lifting: Lifting, action: Action, ways: Mapping[str, Any]) -> dict[str, Any]:
    """Return ``{status?, KIND: value, raw?}`` of an action, its branches as ``ways`` says."""
    api = _without_server_ids(tidy(action.api))
    if action.kind is None or not kinds.has(lifting.run.revision, kinds.kinds("actions")[action.kind].since):
        return _unknown_action(api, ways)
    kind = kinds.kinds("actions")[action.kind]
    try:
        return _known_action(lifting, action, kind, dict(api), ways)
    except MALFORMED:
        return _unknown_action(api, ways)


def _known_action(
    lifting: Lifting, action: Action, kind: kinds.Kind, api: dict[str, Any], ways: Mapping[str, Any]
) -> dict[str, Any]:
    links = api.pop("links", {})
    odd_links = (
        set(links) - {"next", "next_if_true", "next_if_false"} if isinstance(links, Mapping) else set()
    )
    if odd_links:
        api["links"] = {key: links[key] for key in odd_links}
    if kind.name == "time-delay":
        _refused_delay(lifting, action)
    body, said = _body_of(lifting, kind, api)
    out: dict[str, Any] = {}
    if kind.status:
        _put_status(lifting, api, said, out)
    patch = residue(said, api)
    if kind.exits == "true-false":
        body = body | {key: ways[role] for role, key in (("true", "then"), ("false", "else")) if role in ways}
    elif kind.exits == "branches":
        patch = _spell_branches(lifting, api, body, patch, ways)
    out[kind.name] = None if body == {} and not kind.schema["properties"].keys() - {"data"} else body
    if patch:
        out["raw"] = patch
    return out


def _refused_delay(lifting: Lifting, action: Action) -> None:
    """Say that a create body's delay would be refused (contract README: a time of day only with days)."""
    data = action.api.get("data")
    if (
        not isinstance(data, Mapping)
        or data.get("unit") in (None, "days")
        or action.api.get("temporary_id") is None
    ):
        return
    held = [key for key in ("delay_until_time", "delay_until_weekdays") if data.get(key)]
    if held and not kinds.revision_row(lifting.run.revision).get("weekdays_on_any_delay"):
        where = next((position for position, other in enumerate(lifting.actions) if other is action), 0)
        lifting.warnings.append(
            Mistake(
                "F489",
                f"action {action.key}: {' and '.join(held)} on a delay in {data['unit']}; the API refuses that, only days have them",
                ("actions", where),
            )
        )


def _without_server_ids(api: dict[str, Any]) -> dict[str, Any]:
    """Return a tidy action without its own id and its message's, which the server makes."""
    out = {key: value for key, value in api.items() if key not in IDS}
    data = out.get("data")
    if isinstance(data, Mapping) and isinstance(data.get("message"), Mapping):
        message = {key: value for key, value in data["message"].items() if key != "id"}
        out["data"] = {**data, "message": message}
    return out


def _unknown_action(api: dict[str, Any], ways: Mapping[str, Any]) -> dict[str, Any]:
    links = api.get("links")
    if isinstance(links, Mapping) and not set(links) - {"next", "next_if_true", "next_if_false"}:
        del api["links"]
    out = {key: ways[role] for role, key in (("true", "then"), ("false", "else")) if role in ways}
    return {"raw": api, **out}


def _body_of(lifting: Lifting, kind: kinds.Kind, api: dict[str, Any]) -> tuple[Any, dict[str, Any]]:
    """Return the author's value of an action, and what it says when it is lowered again (tidy, without status)."""
    run = lifting.run
    codec = action_codec(kind.name, run.revision)
    inner: Any = api
    for key in kind.within:
        inner = inner.get(key) if isinstance(inner, Mapping) else None
    body: Any = codec.record.lift(inner if isinstance(inner, Mapping) else {}, run)
    if kind.test:
        return test_body(lifting, api, body, kind, _child_of)
    if kind.inline is not None:
        body = body.get(kind.inline, [])
    elif kind.phrase is not None:
        body = _in_words(kind, body, run)
    return body, tidy(lower_action(kind.name, body, None, Run(run.revision, run.trigger)))


def _in_words(kind: kinds.Kind, body: dict[str, Any], run: Run) -> Any:
    """Return a delay in words where they expand to the same mapping."""
    assert kind.phrase is not None
    value, unit = body.get("value"), body.get("unit")
    if type(value) is not int or not isinstance(unit, str) or unit not in kind.phrase["units"]:
        return body
    text = say(value, unit)
    minutes = body.get("secondary_value")
    if type(minutes) is int:
        text += " " + say(minutes, "minutes")
    trial = Run(run.revision)
    expanded = action_codec(kind.name, run.revision).spoken(text, None, trial)
    return text if not trial.mistakes and same(expanded, body) else body


def _put_status(lifting: Lifting, api: Mapping[str, Any], said: dict[str, Any], out: dict[str, Any]) -> None:
    data = api.get("data")
    status = data.get("status") if isinstance(data, Mapping) else None
    if status != lifting.status:
        out["status"] = status
    if status is not None:
        said.setdefault("data", {})["status"] = status


def _spell_branches(
    lifting: Lifting,
    api: Mapping[str, Any],
    body: dict[str, Any],
    patch: dict[str, Any],
    ways: Mapping[str, Any],
) -> dict[str, Any]:
    """Spell the branches of a multi-branch split; return the action's patch without them."""
    listed = branches_of(api)
    simple = bool(listed) and is_simple_else(listed[-1])
    plain = listed[:-1] if simple else listed
    body["branches"] = [
        _branch_of(lifting, branch, position)
        | ({"then": ways[str(position)]} if str(position) in ways else {})
        for position, branch in enumerate(plain)
    ]
    if not simple:
        body["else"] = "none"
    elif "else" in ways:
        body["else"] = ways["else"]
    data = {key: value for key, value in (patch.get("data") or {}).items() if key != "branches"}
    rest = {key: value for key, value in patch.items() if key != "data"}
    return {**rest, "data": data} if data else rest


def _branch_of(lifting: Lifting, branch: Mapping[str, Any], position: int) -> dict[str, Any]:
    """Return one branch without its steps; what it cannot say stands under ``raw``."""
    try:
        return _known_branch(lifting, branch, position)
    except MALFORMED:
        return {"raw": {key: value for key, value in tidy(branch).items() if key != "links"}}


def _known_branch(lifting: Lifting, branch: Mapping[str, Any], position: int) -> dict[str, Any]:
    run = lifting.run
    inner = branch_record(run.revision)
    said = inner.lift(branch, run)
    if branch.get("order") == position:
        said.pop("order", None)
    elif branch.get("order") is None:
        said["order"] = None
    meant = {key: value for key, value in tidy(branch).items() if key not in ("branch_id", "links", "order")}
    back = {
        key: value
        for key, value in tidy(inner.lower(said, None, Run(run.revision, run.trigger))).items()
        if key != "order"
    }
    patch = residue(back, meant)
    if patch:
        said["raw"] = patch
        lifting.warn(f"a branch says more than flowc knows ({sketch(patch)}); kept under raw", "actions")
    return said


def _child_of(lifting: Lifting, api: Mapping[str, Any]) -> dict[str, Any]:
    kind = api.get("type")
    known = isinstance(kind, str) and kind in kinds.kinds("actions")
    out = lift_action(lifting, Action(api, "", str(kind) if known else None), {})
    if "raw" in out:
        lifting.warn(
            f"a message of a test says more than flowc knows ({sketch(out['raw'])}); kept under raw",
            "actions",
        )
    return out
