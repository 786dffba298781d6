"""Units in an order in which everything exists before something else names it."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping

from compiler.plan.units import Unit
from compiler.planning.wanted import placeholders

Key = tuple[str, str]
"""Kind and name of a unit."""


def dependencies_first(
    units: Iterable[Unit], naming: Mapping[str, Collection[str]] | None = None
) -> tuple[Unit, ...]:
    """Return the units with what each one names before it; otherwise their order stays.

    ``naming`` gives, by id, the ids that a segment names: one that is deleted goes after those that name it. In a
    circle, in which no order helps (``circles`` says so), the one that is asked for first comes last.
    """
    ordered = list(units)
    going = {str(unit.id): unit for unit in ordered if unit.kind == "segment" and unit.change == "delete"}
    created = made_anew(ordered)
    out: dict[int, Unit] = {}
    begun: set[int] = set()

    def visit(unit: Unit) -> None:
        if id(unit) in begun:
            return
        begun.add(id(unit))
        for key in sorted(named(unit)):
            if key in created:
                visit(created[key])
        if str(unit.id) in going:
            for one, names in sorted((naming or {}).items()):
                if str(unit.id) in names and one in going:
                    visit(going[one])
        out[id(unit)] = unit

    for unit in ordered:
        visit(unit)
    return tuple(out.values())


def made_anew(units: Iterable[Unit]) -> dict[Key, Unit]:
    """Return the units whose thing gets its id when they are done: those that create one, and those that replace it."""
    return {(unit.kind, unit.name): unit for unit in units if unit.change in ("create", "replace")}


def named(unit: Unit) -> set[Key]:
    """Return what a unit's bodies name that has no id yet."""
    found = set(placeholders(unit.desired)) if unit.kind in ("flow", "segment") and unit.stages else set()
    return found | {("segment", name) for kind, name in found if kind == "group"}
