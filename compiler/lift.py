"""Lifts a definition of the API to a document as an author would write it; the way back of ``lower``.

Nothing is lost: what a kind's fields cannot say stands under ``raw`` beside it, an unknown kind stands as a whole
``raw`` step or condition, and each such place is a warning. What no text can say (unreachable actions, cycles,
links to nothing, more or fewer than one trigger) is an error; the rest is lifted without it.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from compiler import kinds
from compiler.codecs.base import ABSENT, Mistake, Run, merge, residue, same, tidy
from compiler.codecs.conditions import Conditions
from compiler.codecs.phrases import Reentry, say
from compiler.codecs.references import Reference
from compiler.layout import CONTINUES, Jump, Placed, TooDeep, layout
from compiler.lower import SUBJECT_KEYS, action_codec, branch_record, lower_action, lower_trigger, trigger_record
from compiler.model import LINKS, Exit

LEGAL_ID = re.compile(r"[A-Za-z][A-Za-z0-9_-]*")
RESERVED = ("end", "none")
STATUSES = ("draft", "manual", "live")
IDS = ("id", "temporary_id")


@dataclass(slots=True)
class Action:
    """One action as the API holds it, with its exits by position."""

    api: Mapping[str, Any]
    key: str
    kind: str | None
    exits: tuple[Exit, ...] = ()


@dataclass(slots=True)
class Lifting:
    """The state of one lift: the actions, the run, what was found."""

    run: Run
    actions: list[Action] = field(default_factory=list)
    entry: int | None = None
    status: str = "draft"
    handles: dict[int, str] = field(default_factory=dict)
    warnings: list[Mistake] = field(default_factory=list)
    errors: list[Mistake] = field(default_factory=list)

    def warn(self, message: str, *path: Any) -> None:
        """Note something that only ``raw`` can say."""
        self.warnings.append(Mistake("F481", message, path))

    def fail(self, code: str, message: str, *path: Any) -> None:
        """Note something that no text can say."""
        self.errors.append(Mistake(code, message, path))


def lift_flow(definition: Mapping[str, Any], name: str, status: str | None, revision: str) -> tuple[dict[str, Any], Lifting]:
    """Return a flow document of a definition, and what was found on the way; paths are the definition's."""
    lifting = Lifting(Run(revision))
    _read_actions(lifting, definition)
    lifting.status = status or _common_status(lifting.actions)
    document: dict[str, Any] = {"kind": "flow", "name": name, "status": lifting.status}
    _head(lifting, definition, document)
    placed = _layout(lifting)
    _name_handles(lifting, placed)
    document["steps"] = _steps(lifting, placed)
    return document, lifting


def _layout(lifting: Lifting) -> list[Placed]:
    try:
        return layout({index: action.exits for index, action in enumerate(lifting.actions)}, lifting.entry)
    except TooDeep as deep:
        key = lifting.actions[deep.node].key
        lifting.fail("F480", f"action {key} stands below more splits than a text can nest; the steps are left out", "actions", deep.node)
        return []


# ------------------------------------------------------------------ reading the actions


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


def _read_actions(lifting: Lifting, definition: Mapping[str, Any]) -> None:
    listed = [api for api in definition.get("actions") or () if isinstance(api, Mapping)]
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
            Exit(role, _target(lifting, keys, target, position)) for role, target in links_of(action.api)
        )
    entry = definition.get("entry_action_id")
    if entry is not None and str(entry) in keys:
        lifting.entry = keys[str(entry)]
    elif lifting.actions:
        lifting.fail("F483", f"the entry {entry!r} is no action; starting at the first", "entry_action_id")
        lifting.entry = 0
    _break_cycles(lifting)
    _unreachable(lifting)


def _target(lifting: Lifting, keys: Mapping[str, int], target: Any, position: int) -> int | None:
    if target is None:
        return None
    if str(target) in keys:
        return keys[str(target)]
    lifting.fail("F484", f'action {lifting.actions[position].key} leads to "{target}", which is no action', "actions", position)
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
            lifting.fail("F485", f"action {lifting.actions[node].key} leads back to {lifting.actions[target].key}", "actions", node)
            lifting.actions[node].exits = (*exits[:position], Exit(exits[position].role, None), *exits[position + 1 :])
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


def _common_status(actions: list[Action]) -> str:
    """Return the most frequent status of the steps that carry one; draft before manual before live."""
    found = Counter(status for action in actions for status in _statuses(action.api) if status in STATUSES)
    return max(STATUSES, key=lambda status: (found[status], -STATUSES.index(status)))


def _statuses(api: Any) -> list[Any]:
    data = api.get("data") if isinstance(api, Mapping) else None
    if not isinstance(data, Mapping):
        return []
    experiment = data.get("current_experiment")
    children = [data.get("main_action"), *(experiment.get("variations") or () if isinstance(experiment, Mapping) else ())]
    return [data.get("status"), *(status for child in children for status in _statuses(child))]


# ------------------------------------------------------------------ the head


def _head(lifting: Lifting, definition: Mapping[str, Any], document: dict[str, Any]) -> None:
    triggers = definition.get("triggers") or []
    if len(triggers) != 1:
        lifting.fail("F487", f"{len(triggers)} triggers; a flow has exactly one", "triggers")
    if triggers:
        document["trigger"] = lift_trigger(triggers[0], lifting.run)
        if "raw" in document["trigger"]:
            lifting.warn("the trigger says more than its kind; kept under raw", "triggers", 0)
        lifting.run.trigger = tidy(triggers[0]) if isinstance(triggers[0], Mapping) else None
    rest = {
        key: value
        for key, value in tidy(definition).items()
        if key not in ("triggers", "actions", "entry_action_id", "reentry_criteria", "profile_filter")
    }
    reentry = tidy(definition.get("reentry_criteria"))
    if reentry is not None:
        said = Reentry().lift(reentry, lifting.run) if isinstance(reentry, Mapping) else ABSENT
        if said is ABSENT:
            rest["reentry_criteria"] = reentry
        else:
            document["reentry"] = said
    if definition.get("profile_filter") is not None:
        said = Conditions("flow-filter").lift(tidy(definition["profile_filter"]), lifting.run)
        if said is ABSENT:
            rest["profile_filter"] = tidy(definition["profile_filter"])
        else:
            document["profile_filter"] = said
            _warn_raw(lifting, said, "profile_filter")
    if rest:
        document["raw"] = rest
        lifting.warn(f"the definition says more than flowc knows ({', '.join(rest)}); kept under raw")


def _warn_raw(lifting: Lifting, value: Any, *path: Any) -> None:
    """Warn of each condition in a lifted value that only ``raw`` can say."""
    if isinstance(value, Mapping):
        for part in value.values():
            _warn_raw(lifting, part, *path)
    elif isinstance(value, list):
        for item in value:
            if isinstance(item, Mapping) and "raw" in item:
                said = next((key for key in item if key in kinds.kinds("conditions")), None)
                if said is not None or len(item) == 1:
                    lifting.warn(f"{said or 'a condition'} says more than flowc knows ({_sketch(item['raw'])}); kept under raw", *path)
            _warn_raw(lifting, item, *path)


def _sketch(patch: Any) -> str:
    text = ", ".join(f"{key}: {value}" for key, value in patch.items()) if isinstance(patch, Mapping) else str(patch)
    return text if len(text) <= 80 else text[:77] + "..."


def lift_trigger(api: Any, run: Run) -> dict[str, Any]:
    """Return the author's trigger of an API trigger; what its kind cannot say stands under ``raw``."""
    kind = _trigger_kind(api)
    if kind is None or not kinds.has(run.revision, kind.since):
        return {"raw": api}
    meant = tidy(api)
    body: Any = trigger_record(kind.file, run.revision).lift(meant, Run(run.revision, meant))
    if kind.inline is not None:
        body = body.get(kind.inline)
    elif kind.subject is not None:
        subject = Reference(kind.subject).lift(meant["id"], run) if meant.get("id") is not None else {}
        named = {"name": subject} if isinstance(subject, str) else subject if isinstance(subject, dict) else {}
        rest = {key: value for key, value in body.items() if key not in SUBJECT_KEYS}
        body = {key: named[key] for key in SUBJECT_KEYS if key in named} | rest
        if body.keys() == {"name"}:
            body = body["name"]
        elif not body:
            body = None
    said = tidy(lower_trigger({kind.name: body}, None, Run(run.revision)))
    patch = residue(said, meant)
    if patch and not same(merge(said, patch), meant):
        return {"raw": api}
    return {kind.name: body, "raw": patch} if patch else {kind.name: body}


def _trigger_kind(api: Any) -> kinds.Kind | None:
    for kind in kinds.kinds("triggers").values():
        if isinstance(api, Mapping) and api.get("type") == kind.name and all(api.get(key) == value for key, value in kind.variant.items()):
            return kind
    return None


# ------------------------------------------------------------------ handles


def _name_handles(lifting: Lifting, placed: list[Placed]) -> None:
    """Give a handle to each legal temporary id and to each step that an exit jumps to."""
    taken = set()
    for index, action in enumerate(lifting.actions):
        given = action.api.get("temporary_id")
        if isinstance(given, str) and LEGAL_ID.fullmatch(given) and given not in RESERVED and given not in taken:
            lifting.handles[index] = given
            taken.add(given)
    for target in _jumps(placed):
        if target not in lifting.handles:
            lifting.handles[target] = _free(_slug(lifting.actions[target]), taken)
            taken.add(lifting.handles[target])


def _jumps(placed: list[Placed]) -> list[int]:
    out: list[int] = []
    for item in placed:
        ways = [item.next, *(value for _, value in item.branches)]
        for way in ways:
            if isinstance(way, Jump):
                out.append(way.target)
            elif isinstance(way, list):
                out += _jumps(way)
    return sorted(out)


def _slug(action: Action) -> str:
    data = action.api.get("data")
    data = data if isinstance(data, Mapping) else {}
    message = data.get("message")
    for name in (message.get("name") if isinstance(message, Mapping) else None, data.get("name"), action.kind, "step"):
        slug = re.sub(r"[^a-z0-9]+", "-", str(name).lower()).strip("-") if name else ""
        if LEGAL_ID.fullmatch(slug) and slug not in RESERVED:
            return slug
    return "step"


def _free(slug: str, taken: set[str]) -> str:
    name, number = slug, 2
    while name in taken:
        name, number = f"{slug}-{number}", number + 1
    return name


# ------------------------------------------------------------------ the steps


def _steps(lifting: Lifting, placed: list[Placed]) -> list[dict[str, Any]]:
    return [_step(lifting, item) for item in placed]


def _way(lifting: Lifting, value: Any) -> Any:
    if isinstance(value, Jump):
        return lifting.handles[value.target]
    return _steps(lifting, value) if isinstance(value, list) else value


def _step(lifting: Lifting, item: Placed) -> dict[str, Any]:
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
        lifting.warn(f"action {action.key} says more than flowc knows ({_sketch(raw)}); kept under raw", "actions", where)
    for value in spelled.values():
        if isinstance(value, Mapping):
            _warn_raw(lifting, {key: part for key, part in value.items() if key not in ("then", "else", "branches", "main", "variations")}, "actions", item.node)
    return step


def lift_action(lifting: Lifting, action: Action, ways: Mapping[str, Any]) -> dict[str, Any]:
    """Return ``{status?, KIND: value, raw?}`` of an action, its branches as ``ways`` says."""
    api = _without_server_ids(tidy(action.api))
    if action.kind is None or not kinds.has(lifting.run.revision, kinds.kinds("actions")[action.kind].since):
        return _unknown_action(api, ways)
    kind = kinds.kinds("actions")[action.kind]
    links = api.pop("links", {})
    odd_links = set(links) - {"next", "next_if_true", "next_if_false"} if isinstance(links, Mapping) else set()
    if odd_links:
        api["links"] = {key: links[key] for key in odd_links}
    if kind.name == "time-delay":
        _refused_delay(lifting, action)
    body, said = _body(lifting, kind, api)
    out: dict[str, Any] = {}
    if kind.status:
        _status(lifting, api, said, out)
    patch = residue(said, api)
    if kind.exits == "true-false":
        body = body | {key: ways[role] for role, key in (("true", "then"), ("false", "else")) if role in ways}
    elif kind.exits == "branches":
        patch = _branches(lifting, api, body, patch, ways)
    out[kind.name] = None if body == {} and not kind.schema["properties"].keys() - {"data"} else body
    if patch:
        out["raw"] = patch
    return out


def _refused_delay(lifting: Lifting, action: Action) -> None:
    """Say that a create body's delay would be refused (contract README: a time of day only with days)."""
    data = action.api.get("data")
    if not isinstance(data, Mapping) or data.get("unit") in (None, "days") or action.api.get("temporary_id") is None:
        return
    held = [key for key in ("delay_until_time", "delay_until_weekdays") if data.get(key)]
    if held and not kinds.revision_row(lifting.run.revision).get("weekdays_on_any_delay"):
        where = next((position for position, other in enumerate(lifting.actions) if other is action), 0)
        lifting.warnings.append(Mistake("F489", f"action {action.key}: {' and '.join(held)} on a delay in {data['unit']}; the API refuses that, only days have them", ("actions", where)))


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


def _body(lifting: Lifting, kind: kinds.Kind, api: dict[str, Any]) -> tuple[Any, dict[str, Any]]:
    """Return the author's value of an action, and what it says when it is lowered again (tidy, without status)."""
    run = lifting.run
    codec = action_codec(kind.name, run.revision)
    inner: Any = api
    for key in kind.within:
        inner = inner.get(key) if isinstance(inner, Mapping) else None
    body: Any = codec.record.lift(inner if isinstance(inner, Mapping) else {}, run)
    if kind.test:
        return _test_body(lifting, api, body, kind)
    if kind.inline is not None:
        body = body.get(kind.inline, [])
    elif kind.phrase is not None:
        body = _spoken(kind, body, run)
    return body, tidy(lower_action(kind.name, body, None, Run(run.revision, run.trigger)))


def _spoken(kind: kinds.Kind, body: dict[str, Any], run: Run) -> Any:
    """Return a delay in words where they expand to the same mapping."""
    assert kind.phrase is not None
    value, unit = body.get("value"), body.get("unit")
    if type(value) is not int or unit not in kind.phrase["units"]:
        return body
    text = say(value, unit)
    minutes = body.get("secondary_value")
    if type(minutes) is int:
        text += " " + say(minutes, "minutes")
    trial = Run(run.revision)
    expanded = action_codec(kind.name, run.revision).spoken(text, None, trial)
    return text if not trial.mistakes and same(expanded, body) else body


def _status(lifting: Lifting, api: Mapping[str, Any], said: dict[str, Any], out: dict[str, Any]) -> None:
    data = api.get("data")
    status = data.get("status") if isinstance(data, Mapping) else None
    if status != lifting.status:
        out["status"] = status
    if status is not None:
        said.setdefault("data", {})["status"] = status


def _branches(lifting: Lifting, api: Mapping[str, Any], body: dict[str, Any], patch: dict[str, Any], ways: Mapping[str, Any]) -> dict[str, Any]:
    """Spell the branches of a multi-branch split; return the action's patch without them."""
    listed = branches_of(api)
    simple = bool(listed) and is_simple_else(listed[-1])
    plain = listed[:-1] if simple else listed
    body["branches"] = [
        _branch(lifting, branch, position) | ({"then": ways[str(position)]} if str(position) in ways else {})
        for position, branch in enumerate(plain)
    ]
    if not simple:
        body["else"] = "none"
    elif "else" in ways:
        body["else"] = ways["else"]
    data = {key: value for key, value in (patch.get("data") or {}).items() if key != "branches"}
    rest = {key: value for key, value in patch.items() if key != "data"}
    return {**rest, "data": data} if data else rest


def _branch(lifting: Lifting, branch: Mapping[str, Any], position: int) -> dict[str, Any]:
    """Return one branch without its steps; what it cannot say stands under ``raw``."""
    run = lifting.run
    inner = branch_record(run.revision)
    said = inner.lift(branch, run)
    if branch.get("order") == position:
        said.pop("order", None)
    elif branch.get("order") is None:
        said["order"] = None
    meant = {key: value for key, value in tidy(branch).items() if key not in ("branch_id", "links", "order")}
    back = {key: value for key, value in tidy(inner.lower(said, None, Run(run.revision, run.trigger))).items() if key != "order"}
    patch = residue(back, meant)
    if patch:
        said["raw"] = patch
        lifting.warn(f"a branch says more than flowc knows ({_sketch(patch)}); kept under raw", "actions")
    return said


# ------------------------------------------------------------------ tests and their children


def _test_body(lifting: Lifting, api: dict[str, Any], body: dict[str, Any], kind: kinds.Kind) -> tuple[Any, dict[str, Any]]:
    run = lifting.run
    data = dict(api.get("data") or {})
    experiment = dict(data.get("current_experiment") or {})
    for key in ("id", "started"):
        experiment.pop(key, None)
    children = experiment.get("variations")
    shares = experiment.get("allocations")
    body = dict(body)
    body["main"] = _child(lifting, data.get("main_action") or {})
    if isinstance(children, list):
        ids = [str(child.get("temporary_id") or child.get("id")) for child in children]
        named = isinstance(shares, Mapping) and bool(shares) and set(shares) <= set(ids) and len(set(ids)) == len(ids)
        body["variations"] = [
            ({"allocation": shares[key]} if named and key in shares else {}) | _child(lifting, child)
            for key, child in zip(ids, children, strict=True)
        ]
        if shares is not None and not named:
            body["allocations"] = shares
    order = [*kind.schema["properties"]]
    body = {key: body[key] for key in order if key in body}
    lowered = tidy(lower_action(kind.name, body, None, Run(run.revision, run.trigger)))
    said = lowered.setdefault("data", {})
    said["main_action"] = data.get("main_action")
    if "current_experiment" in data:
        data["current_experiment"] = experiment
        inside = said.setdefault("current_experiment", {})
        if isinstance(children, list):
            inside["variations"] = children
        if "allocations" in experiment:
            inside["allocations"] = shares
    api["data"] = data
    return body, {key: value for key, value in tidy(lowered).items()}


def _child(lifting: Lifting, api: Mapping[str, Any]) -> dict[str, Any]:
    kind = api.get("type")
    known = isinstance(kind, str) and kind in kinds.kinds("actions")
    return lift_action(lifting, Action(api, "", str(kind) if known else None), {})


def lift_segment(definition: Mapping[str, Any], name: str, revision: str) -> tuple[dict[str, Any], Lifting]:
    """Return a segment document of a definition, and what was found on the way."""
    lifting = Lifting(Run(revision))
    meant = tidy(definition)
    rest = {key: value for key, value in meant.items() if key != "condition_groups"}
    said = Conditions("segment").lift({"condition_groups": meant.get("condition_groups")}, lifting.run)
    if said is ABSENT:
        said, rest = [], meant
    _warn_raw(lifting, said, "condition_groups")
    document = {"kind": "segment", "name": name, "definition": said}
    if rest:
        document["raw"] = rest
        lifting.warn(f"the definition says more than flowc knows ({', '.join(rest)}); kept under raw")
    return document, lifting
