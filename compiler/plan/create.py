"""How a new flow comes to life: created with every step a draft, read back, then its statuses."""

from __future__ import annotations

from compiler.diff.flowgraph import ROOT, Flowgraph
from compiler.plan.knowledge import RANK, TIMING, Knowledge, has_status, status_of
from compiler.plan.order import as_status, depth_first
from compiler.plan.stages import CreateFlow, ReadBack, SetActionStatus, SetStatus, Stage


def create_stages(
    name: str, desired: Flowgraph, known: Knowledge
) -> tuple[tuple[Stage, ...], tuple[str, ...]]:
    """Return the stages of a new flow, and why it cannot be done safely where it cannot."""
    raised, reasons = statuses(desired, known)
    stages: tuple[Stage, ...] = (CreateFlow(name), ReadBack(None), *raised)
    return (*stages, ReadBack(None, final=True)) if raised else stages, reasons


def statuses(desired: Flowgraph, known: Knowledge) -> tuple[tuple[Stage, ...], tuple[str, ...]]:
    """Return the calls that give a flow of drafts its statuses, the last step of a path first.

    One call for the flow where all steps agree; never the flow first and then the exceptions down, since those
    would act for a second, unless the flow's status is known not to follow its steps' and nobody can be there yet.
    """
    wanted = {
        name: status
        for name, data in desired.data.items()
        if has_status(desired.steps[name].kind) or status_of(data) is not None
        if (status := status_of(data)) is not None
    }
    rising = [name for name, status in wanted.items() if status != "draft"]
    if not rising:
        return (), ()
    if len(set(wanted.values())) == 1 and "disabled" not in wanted.values():
        return (SetStatus(None, as_status(wanted[rising[0]])),), ()
    place = depth_first(desired)
    if known.flow_status == "separate":
        return _flow_first(desired, wanted, place)
    rising.sort(key=lambda name: -place[name])
    return tuple(SetActionStatus(None, None, name, as_status(wanted[name])) for name in rising), ()


def _flow_first(
    desired: Flowgraph, wanted: dict[str, str], place: dict[str, int]
) -> tuple[tuple[Stage, ...], tuple[str, ...]]:
    """Raise the flow, then lower the exceptions, if a delay stands before each of them."""
    highest = max(wanted.values(), key=RANK.__getitem__)
    exceptions = [name for name, status in wanted.items() if status != highest]
    early = [name for name in exceptions if not _waits(desired, name)]
    if early:
        called = ", ".join(desired.steps[name].name or name for name in early)
        return (), (
            f"{called} stays a draft and would act for a moment, since the flow's status must be set as a whole",
        )
    exceptions.sort(key=place.__getitem__)
    lowered = tuple(SetActionStatus(None, None, name, as_status(wanted[name])) for name in exceptions)
    return (SetStatus(None, as_status(highest)), *lowered), ()


def _waits(desired: Flowgraph, name: str) -> bool:
    """Say whether a delay stands on every path to a step."""
    waiting = [parent for parent, _ in desired.parents[name]]
    while waiting:
        above = waiting.pop()
        if above == ROOT:
            return False
        if desired.steps[above].kind not in TIMING:
            waiting += [parent for parent, _ in desired.parents[above]]
    return True
