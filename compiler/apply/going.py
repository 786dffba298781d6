"""What a plan takes away: as long as it is the project's own, nothing else names it, and nobody got anything from it."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator
from typing import Any

from compiler.apply.desk import Desk
from compiler.apply.performing import Stopped
from compiler.client import calls
from compiler.diagnostics import Exit
from compiler.live import LiveFlow, LiveSegment
from compiler.plan.stages import DeleteFlow, DeleteSegment, Retire, Untag
from compiler.plan.units import Unit
from compiler.planning.retired import retired_at
from compiler.planning.segments import named_segments
from compiler.planning.unsent import GONE, TOUCHED, why_kept


def may_not_go(desk: Desk, units: Iterable[Unit], fresh: Collection[Unit]) -> list[str]:
    """Return a sentence for each thing that the plan takes away and that by now may not go.

    ``units`` are those that are left, ``fresh`` those of them that nothing was sent for.
    """
    return [*_not_ours(desk, fresh), *_named_by_now(desk, fresh), *_sent_by_now(desk, units)]


def _not_ours(desk: Desk, fresh: Iterable[Unit]) -> Iterator[str]:
    """Yield what somebody has taken over by taking the project's tag off it."""
    things: dict[tuple[str, str], LiveFlow | LiveSegment] = {
        **{("flow", flow.id): flow for flow in desk.snapshot.flows},
        **{("segment", segment.id): segment for segment in desk.snapshot.segments},
    }
    for unit in fresh:
        thing = things.get((unit.kind, str(unit.id)))
        if thing is not None and not _may_take(desk, unit, thing):
            yield f'{unit.kind} "{unit.name}" ({unit.id}) carries the tag "{desk.tag}" no more, so it is not this project\'s'


def _may_take(desk: Desk, unit: Unit, thing: LiveFlow | LiveSegment) -> bool:
    """Say whether a thing carries the tag by which the plan took it for the project's own.

    A flow whose place another has taken goes without it. What only falls due has the tag that it was retired with.
    """
    if any(isinstance(stage, DeleteFlow | DeleteSegment) for stage in unit.stages):
        return desk.tag in thing.tags
    if unit.change != "retire":
        return True
    if isinstance(thing, LiveFlow) and not any(isinstance(stage, Retire) for stage in unit.stages):
        return retired_at(thing, desk.tag) is not None
    lets_go = any(isinstance(stage, Untag) and stage.tag == desk.tag for stage in unit.stages)
    return desk.tag in thing.tags or not lets_go


def _named_by_now(desk: Desk, fresh: Iterable[Unit]) -> Iterator[str]:
    """Yield the segments that go and that another names, besides those that the plan's reasons tell.

    One that the plan itself changes or deletes is done before.
    """
    own = {unit.id for unit in desk.plan.units if unit.kind == "segment" and unit.stages}
    others = [one for one in desk.snapshot.segments if one.id not in own]
    there = {one.id for one in desk.snapshot.segments}
    for unit in fresh:
        if unit.kind != "segment" or unit.change != "delete" or unit.id not in there:
            continue
        for one in others:
            told = any(reason.startswith(f'the segment "{one.name}" names it ') for reason in unit.reasons)
            if unit.id in named_segments(one.definition) and not told:
                yield f'the segment "{one.name}" ({one.id}) names the segment "{unit.name}" by now'


# Drafts that nobody ever got a message from


def _sent_by_now(desk: Desk, units: Iterable[Unit]) -> Iterator[str]:
    """Yield the drafts that are to be deleted and of which nobody can say any more that they never sent.

    The others are noted as they are: one that nobody touches until then needs no second report.
    """
    names = {
        stage.flow: unit.name for unit in units for stage in unit.stages if isinstance(stage, DeleteFlow)
    }
    flows = [flow for flow in desk.snapshot.flows if flow.id in names]
    if not flows:
        return
    for flow in flows:
        desk.untouched[flow.id] = _touches(desk, flow.id)
    for one, why in why_kept(desk.client, desk.snapshot, flows, desk.patience.now()).items():
        if why not in ("", GONE):
            yield f'the draft "{names[one]}" ({one}) may not be deleted any more: {why}'


def require_untouched(desk: Desk, name: str, flow: str) -> None:
    """Raise Stopped (STALE) where somebody has touched a draft since the account was asked what it ever sent."""
    touches = _touches(desk, flow)
    if touches is not None and touches != desk.untouched.get(flow):
        raise Stopped(
            f'the draft "{name}" ({flow}) was changed, so nobody can tell whether it ever sent; plan again',
            Exit.STALE,
        )


def _touches(desk: Desk, flow: str) -> Any:
    """Return when a flow and each of its steps were changed last, None where the account has it no more."""
    document = desk.client.find(calls.GET_FLOW, flow, params=TOUCHED)
    if document is None:
        return None
    rows = (document["data"], *(document.get("included") or ()))
    return sorted((row["type"], row["id"], str((row.get("attributes") or {}).get("updated"))) for row in rows)
