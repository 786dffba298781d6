"""Units in an order in which everything exists before something else names it."""

from __future__ import annotations

from collections.abc import Iterable

from compiler.plan.units import Unit
from compiler.planning.wanted import placeholders


def dependencies_first(units: Iterable[Unit]) -> tuple[Unit, ...]:
    """Return the units with what each one names before it; otherwise their order stays.

    In a circle, in which no order helps, the one that is asked for first comes last.
    """
    ordered = list(units)
    created = {(unit.kind, unit.name): unit for unit in ordered if unit.change == "create"}
    out: dict[int, Unit] = {}
    begun: set[int] = set()

    def visit(unit: Unit) -> None:
        if id(unit) in begun:
            return
        begun.add(id(unit))
        for key in sorted(_named(unit)):
            if key in created:
                visit(created[key])
        out[id(unit)] = unit

    for unit in ordered:
        visit(unit)
    return tuple(out.values())


def _named(unit: Unit) -> set[tuple[str, str]]:
    found = set(placeholders(unit.desired)) if unit.kind in ("flow", "segment") and unit.stages else set()
    return found | {("segment", name) for kind, name in found if kind == "group"}
