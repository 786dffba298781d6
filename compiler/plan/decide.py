"""What becomes of a flow: created, edited in place, replaced, retired, left alone, or blocked with the reasons.

Small edits win: a flow is replaced only where its triggers, filter, re-entry or shape change, where the revision
lacks a call, or where nobody knows yet what a call does to a flow that is live.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import replace
from typing import Any

from compiler.codecs.base import same
from compiler.diff.flowgraph import Flowgraph, read_flow
from compiler.normalise import equal, normalise, normalise_pair
from compiler.plan.case import Case, Ground, is_live
from compiler.plan.create import create_stages
from compiler.plan.danger import needs
from compiler.plan.inplace import Edits, find_edits
from compiler.plan.knowledge import INERT, UNSURE, Knowledge, calls
from compiler.plan.observe import observe_flow
from compiler.plan.order import order
from compiler.plan.retire import is_all_transactional, switch_off
from compiler.plan.stages import (
    AwaitSegment,
    DeleteAction,
    InsertAction,
    PatchAction,
    ReadBack,
    SetActionStatus,
    SetStatus,
    Stage,
    Tag,
    Untag,
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
        return _gone(case, ground)
    unit = Unit("flow", case.name, "create", desired=case.desired)
    if case.live is None:
        return _create(case, ground, unit)
    live, desired = normalise_pair(case.live["definition"], case.desired, case.templates)
    old, new = read_flow(live), read_flow(desired)
    unit = replace(unit, id=str(case.live["id"]), observed=_observed(case, old))
    if equal(live, desired):
        return replace(unit, change="unchanged")
    reasons = [why for key, why in SETTINGS.items() if not same(live[key], desired[key])]
    edits, shape = find_edits(old, new, separate_status=ground.known.flow_status == "separate")
    reasons += shape
    if edits is not None:
        stages = order(str(unit.id), old, new, edits)
        reasons += _unable(stages, old, edits, ground, live=is_live(case))
        if not reasons:
            return _update(case, ground, unit, stages, old)
    return _replace(case, ground, replace(unit, reasons=tuple(reasons)), old, live["triggers"])


def _scraps(case: Case) -> bool:
    """Say whether the old flow goes for good when its successor is verified: a draft of ours, never entered."""
    return case.never_live and case.tagged and not is_live(case)


def _observed(case: Case, live: Flowgraph, stages: Iterable[Stage] | None = None) -> str:
    """Return the digest of what was seen; without stages everything counts, templates too."""
    touched = {stage.action for stage in stages or () if isinstance(stage, PatchAction | DeleteAction)}
    assert case.live is not None, "only what exists is observed"
    return observe_flow(case.live, case.templates, live.data.keys() if stages is None else touched)


def _update(case: Case, ground: Ground, unit: Unit, stages: tuple[Stage, ...], live: Flowgraph) -> Unit:
    stages = _awaiting(case, stages)
    if not case.tagged:
        stages = (Tag(str(unit.id), ground.tag), *stages)
    observed = _observed(case, live, stages)
    wanted = needs("update", stages, live=is_live(case))
    return replace(unit, change="update", observed=observed, stages=stages, needs=wanted)


def _awaiting(case: Case, stages: tuple[Stage, ...]) -> tuple[Stage, ...]:
    """Put the waits for segments before the first stage that lets the flow act."""
    rising = (
        at
        for at, stage in enumerate(stages)
        if isinstance(stage, SetStatus | SetActionStatus) and stage.status not in INERT
    )
    first = next(rising, None)
    if first is None:
        return stages
    return (*stages[:first], *(AwaitSegment(name) for name in case.awaits), *stages[first:])


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
        names = ", ".join(old.steps[name].name or name for name, _ in edits.moved)
        reasons.append(f"{names} moves, and those between the two places would get it twice or never")
    return reasons


def _create(case: Case, ground: Ground, unit: Unit) -> Unit:
    assert case.desired is not None, "a flow is created from its spec"
    refused = _refused(case, ground, taken=False)
    if refused:
        return replace(unit, change="blocked", reasons=tuple(refused))
    made, reasons = create_stages(case.name, read_flow(normalise(case.desired, case.templates)), ground.known)
    if reasons:
        return replace(unit, change="blocked", reasons=reasons)
    stages = _awaiting(case, (made[0], Tag(None, ground.tag), *made[1:]))
    return replace(unit, stages=stages)


def _refused(case: Case, ground: Ground, *, taken: bool) -> list[str]:
    """Return why the flow cannot be created in this account."""
    assert case.desired is not None, "a flow is created from its spec"
    graph = read_flow(normalise(case.desired))
    reasons = []
    if "create-flow" not in calls(ground.revision, ground.known):
        reasons.append(f"revision {ground.revision} cannot create a flow")
    if ground.known.joins_at_create == "refused" and any(graph.is_join(name) for name in graph.data):
        reasons.append("the account refuses to create flows in which paths join")
    if taken and ground.known.equal_flow_names == "refused":
        reasons.append(
            "the account refuses a second flow of the same name; give the new one another name and say was:"
        )
    return reasons


def _replace(
    case: Case, ground: Ground, unit: Unit, old: Flowgraph, triggers: list[Mapping[str, Any]]
) -> Unit:
    """Create, read back, switch, retire: nothing of the old flow is destroyed while somebody may be under way."""
    assert case.desired is not None, "a flow is replaced by its spec"
    why = list(unit.reasons)
    if case.prevent_replace:
        return replace(
            unit, change="blocked", reasons=(*why, "prevent_replace: true forbids replacing the flow")
        )
    refused = _refused(case, ground, taken=True)
    new = read_flow(normalise(case.desired, case.templates))
    made, reasons = create_stages(case.name, new, ground.known)
    if refused or reasons:
        return replace(unit, change="blocked", reasons=(*why, *refused, *reasons))
    create, verify = made[:2]
    rise = tuple(stage for stage in made[2:] if not isinstance(stage, ReadBack))
    flow = str(unit.id)
    stop, rest = switch_off(
        flow, old, triggers, live=is_live(case), now=case.retire == "now", scrap=_scraps(case)
    )
    switch = (*rise, *stop) if is_all_transactional(old) else (*stop, *rise)
    stages = _awaiting(case, (create, Tag(None, ground.tag), verify, *switch))
    if case.tagged:
        stages = (*stages, Untag(flow, ground.tag))
    stages = (*stages, *rest, ReadBack(None, final=True))
    wanted = needs("replace", stages, live=is_live(case), never_live=case.never_live)
    return replace(unit, change="replace", stages=stages, needs=wanted)


def _gone(case: Case, ground: Ground) -> Unit:
    """Retire a flow that git has no more, if it is the project's own."""
    assert case.live is not None, "a flow is in git or in the account"
    unit = Unit("flow", case.name, "unchanged", id=str(case.live["id"]))
    if not case.tagged:
        return unit
    live = normalise(case.live["definition"], case.templates)
    graph = read_flow(live)
    first, rest = switch_off(
        str(unit.id), graph, live["triggers"], live=is_live(case), now=case.retire == "now", scrap=False
    )
    stages = (*first, Untag(str(unit.id), ground.tag), *rest)
    return replace(
        unit,
        change="retire",
        observed=_observed(case, graph),
        reasons=("no spec names it any more",),
        stages=stages,
        needs=needs("retire", stages, live=is_live(case)),
    )
