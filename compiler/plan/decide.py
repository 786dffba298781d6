"""What becomes of a flow: created, edited in place, replaced, retired, left alone, or blocked with the reasons.

Small edits win: a flow is replaced only where its name, triggers, filter, re-entry or shape change, where the
revision lacks a call, or where nobody knows yet what a call does to a flow that is live.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import replace
from typing import Any

from compiler.codecs.base import same
from compiler.diff.flowgraph import Flowgraph, read_flow
from compiler.normalise import equal, normalise_pair
from compiler.plan.case import Case, Ground, is_live
from compiler.plan.danger import needs
from compiler.plan.inplace import Edits, find_edits
from compiler.plan.knowledge import INERT, UNSURE, Knowledge, calls
from compiler.plan.order import order
from compiler.plan.refusals import REMEMBERED, edit_mark
from compiler.plan.replacing import awaiting, create, go, observed, take_place
from compiler.plan.stages import (
    DeleteAction,
    InsertAction,
    PatchAction,
    SetActionStatus,
    SetStatus,
    Stage,
    Tag,
)
from compiler.plan.units import Unit

SETTINGS = {
    "triggers": "the trigger changes, which no call can do",
    "profile_filter": "the flow's filter changes, which no call can do",
    "reentry_criteria": "re-entry changes, which no call can do",
}
CALL_OF: Mapping[type[Any], tuple[str, str]] = {
    PatchAction: ("update-action", "change a step"),
    SetActionStatus: ("update-action", "change a step's status"),
    DeleteAction: ("delete-action", "delete a step"),
    InsertAction: ("insert-action", "insert a step"),
}


def decide_flow(case: Case, ground: Ground) -> Unit:
    """Return what becomes of one flow, its stages in order, and what must be allowed."""
    if case.desired is None:
        return go(case, ground)
    unit = Unit("flow", case.name, "create", desired=case.desired)
    if case.live is None:
        return create(case, ground, unit)
    live, desired = normalise_pair(case.live["definition"], case.desired, case.templates)
    old, new = read_flow(live), read_flow(desired)
    unit = replace(unit, id=str(case.live["id"]), observed=observed(case, old, None))
    reasons = [*_renamed(case), *(why for key, why in SETTINGS.items() if not same(live[key], desired[key]))]
    if not reasons and equal(live, desired):
        return replace(unit, change="unchanged")
    edits, shape = find_edits(old, new, separate_status=ground.known.flow_status == "separate")
    reasons += shape
    remembered: list[str] = []
    if edits is not None:
        stages = order(str(unit.id), old, new, edits)
        reasons += _unable(stages, old, edits, ground, live=is_live(case))
        remembered = [] if reasons else [*_remembered(case, stages)]
        if not reasons and not remembered:
            return _update(case, ground, unit, stages, old)
    unit = replace(unit, reasons=(*reasons, *remembered))
    return take_place(case, ground, unit, old, live["triggers"])


def _renamed(case: Case) -> Iterator[str]:
    assert case.live is not None, "only a flow that exists has a name to change"
    name = case.live.get("name")
    if name != case.name:
        yield f'it was "{name}", and no call can change a name'


def _remembered(case: Case, stages: tuple[Stage, ...]) -> Iterator[str]:
    """Yield what the account refused when an earlier apply asked for the very same edit."""
    assert case.desired is not None, "a flow is edited to its spec"
    for stage in stages:
        if not isinstance(stage, REMEMBERED):
            continue
        why = case.refused.get(edit_mark(stage, case.desired))
        if why is not None:
            yield f"the account refused to {CALL_OF[type(stage)][1]} in this way ({why})"


def _update(case: Case, ground: Ground, unit: Unit, stages: tuple[Stage, ...], live: Flowgraph) -> Unit:
    stages = awaiting(case, stages)
    if not case.tagged:
        stages = (Tag(str(unit.id), ground.tag), *stages)
    wanted = needs("update", stages, live=is_live(case))
    seen = observed(case, live, touched(stages, live.data))
    return replace(unit, change="update", observed=seen, stages=stages, needs=wanted)


def touched(stages: Iterable[Stage], actions: Collection[str]) -> set[str]:
    """Return the live actions whose messages' content counts: those that change or go, and those that begin to send.

    ``actions`` are all of the flow's, which a raise of the whole flow lets send.
    """
    found: set[str] = set()
    for stage in stages:
        match stage:
            case PatchAction() | DeleteAction():
                found.add(stage.action)
            case SetActionStatus(action=str(action), status=status) if status not in INERT:
                found.add(action)
            case SetStatus(status=status) if status not in INERT:
                found |= set(actions)
    return found


def _unable(
    stages: tuple[Stage, ...], old: Flowgraph, edits: Edits, ground: Ground, *, live: bool
) -> list[str]:
    """Return why edits in place are not possible, or not safe, here and now."""
    able = calls(ground.revision, ground.known)
    missing = {
        f"revision {ground.revision} cannot {words}": None
        for stage in stages
        for call, words in [CALL_OF.get(type(stage), ("", ""))]
        if call and call not in able
    }
    unsure = {
        f"nobody knows whether a {stage.kind} can be inserted": None
        for stage in stages
        if isinstance(stage, InsertAction) and stage.kind in UNSURE
    }
    return [*missing, *unsure, *_unsafe(old, edits, ground.known, live=live)]


def _unsafe(old: Flowgraph, edits: Edits, known: Knowledge, *, live: bool) -> list[str]:
    reasons = []
    if edits.deleted and known.delete_links == "cut" and not edits.tails:
        reasons.append("deleting a step cuts off what follows it in this account")
    if live and edits.deleted and known.delete_links is None:
        reasons.append(
            "flowc probe has not shown that deleting a step keeps what follows it, and the flow is live"
        )
    if live and edits.joints and known.delete_links is None:
        reasons.append("flowc probe has not shown what edits do where paths join, and the flow is live")
    if live and edits.moved:
        names = list(dict.fromkeys(old.steps[name].name or name for name, _ in edits.moved))
        verb = "stand" if len(names) > 1 else "stands"
        reasons.append(
            f"{' and '.join(names)} {verb} at another place afterwards, and those between the two places would get it twice"
            " or never"
        )
    return reasons
