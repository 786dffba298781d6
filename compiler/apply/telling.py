"""What is true now: of a unit that was begun, and of what nobody asked for."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from pathlib import Path

from compiler.apply.desk import Desk, key_of
from compiler.apply.mending import SKEW, moment
from compiler.client import calls
from compiler.diagnostics import Fatal
from compiler.journal import Entry, Journal, lines
from compiler.live import LiveFlow, read
from compiler.plan.stages import CreateFlow
from compiler.plan.units import Unit
from compiler.planning.observed import whole_flow


def now_is(desk: Desk, unit: Unit) -> str:
    """Say how far a unit came, by the journal, and how its flows read now."""
    key = key_of(unit)
    entries = {step: entry for step, entry in desk.journal.entries.items() if step.startswith(f"{key}#")}
    done = [step for step, entry in entries.items() if entry.verdict == "ok"]
    unsure = [step for step, entry in entries.items() if entry.verdict == "unknown"]
    sentence = f'{unit.kind} "{unit.name}": {len(done)} calls of its {unit.change} are done'
    if unsure:
        sentence += f", and nobody can tell of {len(unsure)} more"
    return "; ".join((sentence, *_flows_now(desk, unit)))


def _flows_now(desk: Desk, unit: Unit) -> list[str]:
    key = key_of(unit)
    ids = {flow for (owner, flow) in desk.journal.flows if owner == key}
    for place, stage in enumerate(unit.stages):
        entry = desk.journal.entries.get(f"{key}#{place}")
        if isinstance(stage, CreateFlow) and entry is not None and entry.made:
            ids.add(entry.made)
    out = []
    for flow in sorted(ids):
        try:
            found = whole_flow(desk.client, flow)
        except Fatal as fatal:
            out.append(f"the flow {flow} cannot be read ({fatal.message})")
            continue
        if found is None:
            out.append(f"the flow {flow} is gone")
        else:
            steps = len(found["definition"].get("actions") or ())
            out.append(f"the flow {flow} is {found['status']} and has {steps} steps")
    return out


def surplus(desk: Desk, units: Iterable[Unit]) -> tuple[str, ...]:
    """Name drafts that nobody asked for, so that a person deletes them.

    They have the name of a flow that was created, or are what an earlier plan's run made and never went on with.
    """
    left = tuple(_left_behind(desk))
    made = {}
    for unit in units:
        for place, stage in enumerate(unit.stages):
            entry = desk.journal.entries.get(f"{key_of(unit)}#{place}")
            if isinstance(stage, CreateFlow) and entry is not None:
                made[stage.name] = (entry.made, entry.before)
    if not made:
        return left
    flows = read(desk.client, desk.plan.revision, parts=("flows",)).flows
    return (
        tuple(
            f'the draft {flow.id} is called "{flow.name}" too, and nobody needs it; delete it'
            for flow in flows
            if flow.name in made
            and flow.status == "draft"
            and not flow.retired
            and flow.id != made[flow.name][0]
            and flow.id not in made[flow.name][1]
        )
        + left
    )


def _left_behind(desk: Desk) -> Iterator[str]:
    """Yield a sentence for each draft of another plan that was given up; one with the project's tag is planned for."""
    wanted = {unit.id for unit in desk.plan.units} | {entry.made for entry in desk.journal.entries.values()}
    drafts = [
        flow
        for flow in desk.snapshot.flows
        if flow.status == "draft"
        and not flow.retired
        and not flow.archived
        and desk.tag not in flow.tags
        and flow.id not in wanted
    ]
    others = sorted(set(desk.journal.path.parent.glob("*.jsonl")) - {desk.journal.path}) if drafts else []
    creates = [one for path in others for one in _unfinished_creates(path)]
    for flow in drafts:
        found = [entry for name, entry in creates if name == flow.name and _may_have_made(entry, flow)]
        if any(entry.verdict == "ok" for entry in found):
            yield f'the draft {flow.id}, called "{flow.name}", is of an apply that was interrupted, and nobody needs it; delete it'
        elif found:
            yield (
                f'the draft {flow.id}, called "{flow.name}", came when an apply was interrupted that makes one of that'
                " name; delete it if nobody else made it"
            )


def _unfinished_creates(path: Path) -> Iterator[tuple[str, Entry]]:
    """Yield the name and the journal's entry of each flow that a plan makes and that is not as desired yet."""
    steps = {str(line["step"]) for line in lines(path) if line.get("call") == calls.CREATE_FLOW.endpoint}
    if not steps:
        return
    journal = Journal(path)
    for step, entry in journal.entries.items():
        unit = step.rpartition("#")[0]
        if step in steps and unit not in journal.done and entry.verdict != "refused":
            yield unit.removeprefix("flow/").rpartition("/")[0], entry


def _may_have_made(entry: Entry, flow: LiveFlow) -> bool:
    """Say whether a create made a flow, for all that its entry tells."""
    if entry.verdict == "ok":
        return flow.id == entry.made
    return flow.id not in entry.before and moment(flow.created) >= entry.first - SKEW
