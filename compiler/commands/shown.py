"""How a plan is shown."""
from __future__ import annotations
from compiler.planning import Planned

def shown(planned: Planned, style: str) -> str:
    lines = []
    for unit in planned.plan.units:
        if unit.change != "unchanged":
            lines.append(f"{unit.change} {unit.kind} {unit.name} {unit.reasons} {unit.needs} {[type(s).__name__ for s in unit.stages]}\n")
    return "".join(lines) or "no changes\n"
