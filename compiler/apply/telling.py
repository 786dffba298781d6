"""What is true now: of a unit that was begun, and of what nobody asked for."""

from __future__ import annotations

from collections.abc import Iterable

from compiler.apply.desk import Desk, key_of
from compiler.diagnostics import Fatal
from compiler.live import read
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
    """Name drafts of a created flow's name that nobody asked for, so that a person deletes them."""
    made = {}
    for unit in units:
        for place, stage in enumerate(unit.stages):
            entry = desk.journal.entries.get(f"{key_of(unit)}#{place}")
            if isinstance(stage, CreateFlow) and entry is not None:
                made[stage.name] = (entry.made, entry.before)
    if not made:
        return ()
    flows = read(desk.client, desk.plan.revision, parts=("flows",)).flows
    return tuple(
        f'the draft {flow.id} is called "{flow.name}" too, and nobody needs it; delete it'
        for flow in flows
        if flow.name in made
        and flow.status == "draft"
        and not flow.retired
        and flow.id != made[flow.name][0]
        and flow.id not in made[flow.name][1]
    )
