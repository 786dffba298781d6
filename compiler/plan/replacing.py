"""How a flow comes, how another takes its place, and how it goes: nothing is destroyed that somebody may wait for."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import replace
from typing import Any, Final

from compiler.diff.flowgraph import Flowgraph, read_flow
from compiler.normalise import normalise
from compiler.plan.case import Case, Ground, is_inert, is_live
from compiler.plan.create import create_stages
from compiler.plan.danger import needs
from compiler.plan.knowledge import INERT, calls
from compiler.plan.observe import observe_flow
from compiler.plan.retire import fits_rolling, is_all_transactional, switch_off
from compiler.plan.stages import (
    AwaitSegment,
    ReadBack,
    SetActionStatus,
    SetStatus,
    Stage,
    Tag,
    Untag,
)
from compiler.plan.units import Unit

NEVER_LIVE: Final = "the old one is a draft from which nobody ever got a message, so it is deleted then"
PREVENTED: Final = "prevent_replace: true forbids replacing the flow"
ASK: Final = (
    "it is live and decides a day ahead who gets what, so it cannot stop message by message; write retire: now (those"
    " under way lose the rest, and entries of the day of the switch are lost or doubled) or retire: rolling (those who"
    " enter get both flows until a person sets the old one to draft)"
)
TAKEN: Final = "another flow has taken its place already"


def create(case: Case, ground: Ground, unit: Unit) -> Unit:
    """Return the unit of a flow that the account does not have."""
    assert case.desired is not None, "a flow is created from its spec"
    refused = _refused(case, ground, taken=False)
    if refused:
        return replace(unit, change="blocked", reasons=tuple(refused))
    made, reasons = create_stages(case.name, read_flow(normalise(case.desired, case.templates)), ground.known)
    if reasons:
        return replace(unit, change="blocked", reasons=reasons)
    stages = awaiting(case, (made[0], Tag(None, ground.tag), *made[1:]))
    return replace(unit, stages=stages, needs=needs("create", stages, live=False))


def awaiting(case: Case, stages: tuple[Stage, ...]) -> tuple[Stage, ...]:
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


def scraps(case: Case) -> bool:
    """Say whether the old flow goes for good when its successor is verified: a draft of ours that never sent."""
    return case.never_live and case.tagged and case.live is not None and is_inert(case.live)


def take_place(
    case: Case,
    ground: Ground,
    unit: Unit,
    old: Flowgraph,
    triggers: list[Mapping[str, Any]],
) -> Unit:
    """Create, read back, switch, retire: nothing of the old flow is destroyed while somebody may be under way."""
    assert case.desired is not None, "a flow is replaced by its spec"
    assert case.live is not None, "only a flow that exists is replaced"
    why = list(unit.reasons)
    forbidden = PREVENTED if case.prevent_replace else ASK if _must_ask(case, triggers) else ""
    if forbidden:
        return replace(unit, change="blocked", reasons=(*why, forbidden))
    refused = _refused(case, ground, taken=case.live.get("name") == case.name)
    made, reasons = create_stages(case.name, read_flow(normalise(case.desired, case.templates)), ground.known)
    if refused or reasons:
        return replace(unit, change="blocked", reasons=(*why, *refused, *reasons))
    new, verify = made[:2]
    rise = tuple(stage for stage in made[2:] if not isinstance(stage, ReadBack))
    flow, scrap = str(unit.id), scraps(case)
    stop, rest = switch_off(flow, old, triggers, live=is_live(case), now=case.retire == "now", scrap=scrap)
    switch = (*rise, *stop) if is_all_transactional(old) else (*stop, *rise)
    stages = awaiting(case, (new, Tag(None, ground.tag), verify, *switch))
    stages = (*stages, *rest, *_let_go(case, ground, scrap=scrap), ReadBack(None, final=True))
    if scrap or case.kept:
        why.append(
            NEVER_LIVE if scrap else f"the old one is a draft that is retired, not deleted: {case.kept}"
        )
    wanted = needs("replace", stages, live=is_live(case), never_live=scrap)
    return replace(unit, change="replace", reasons=tuple(why), stages=stages, needs=wanted)


def _must_ask(case: Case, triggers: list[Mapping[str, Any]]) -> bool:
    """Say whether nobody but a person can tell how the old flow should end."""
    return case.retire is None and is_live(case) and not fits_rolling(triggers)


def _let_go(case: Case, ground: Ground, *, scrap: bool) -> tuple[Stage, ...]:
    """Take the project's tag off a flow that stays without it; what is deleted keeps it to the end.

    It is marked as retired before, lest a run that dies in between leaves a flow of nobody.
    """
    assert case.live is not None, "only a flow that exists has tags"
    return (Untag(str(case.live["id"]), ground.tag),) if case.tagged and not scrap else ()


def go(case: Case, ground: Ground) -> Unit:
    """Retire a flow that git has no more, if it is the project's own, or whose place another has taken.

    Neither is deleted: of a draft that an interrupted replace has left nobody can tell whether it was live before.
    """
    assert case.live is not None, "a flow is in git or in the account"
    unit = Unit("flow", case.name, "unchanged", id=str(case.live["id"]))
    if not case.tagged and not case.replaced:
        return unit
    live = normalise(case.live["definition"], case.templates)
    graph = read_flow(live)
    first, rest = switch_off(
        str(unit.id), graph, live["triggers"], live=is_live(case), now=case.retire == "now", scrap=False
    )
    stages = (*first, *rest, *_let_go(case, ground, scrap=False))
    return replace(
        unit,
        change="retire",
        observed=observed(case, graph, None),
        reasons=(TAKEN if case.replaced else "no spec names it any more",),
        stages=stages,
        needs=needs("retire", stages, live=is_live(case)),
    )


def observed(case: Case, live: Flowgraph, touched: Collection[str] | None) -> str:
    """Return the digest of what was seen; ``touched`` are the actions whose templates count, None means all."""
    assert case.live is not None, "only what exists is observed"
    return observe_flow(case.live, case.templates, live.data.keys() if touched is None else touched)
