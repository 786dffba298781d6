"""What a name of one of the project's own flows means: the flow that the plan leaves under that name.

A flow that a plan makes or replaces has its id only once it is made, so what names it keeps a placeholder until then.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from typing import Any, Final

from compiler.bind import LISTED, Names, Unbound, bind
from compiler.bind.sites import replaced
from compiler.codecs.references import placeholder
from compiler.live import LiveSegment, Snapshot, Thing
from compiler.pipeline import Compiled
from compiler.plan.units import Unit
from compiler.planning.renaming import as_renamed, old_name
from compiler.planning.wanted import Wanted

MOVED: Final = "F316"
REPLACED: Final = "replaced: what people got from the old one does not count for the new one"
CHANGED: Final = ("update", "replace", "blocked")


class NamesButOwnFlows(Names):
    """The things of an account, whose flows of some names only the plan can tell."""

    def __init__(
        self, things: Iterable[Thing], own: Collection[str], renamed: Mapping[tuple[str, str], str]
    ) -> None:
        """Take the account's things, the names of the project's flows, and what the plan renames."""
        super().__init__(things, listed=LISTED, renamed=renamed)
        self._own = own

    def named(self, kind: str, name: str) -> list[Thing]:
        """Return the things of a kind with this name, nothing for a flow of the project."""
        return [] if kind == "flow" and name in self._own else super().named(kind, name)


def names_of(
    compiled: Sequence[Compiled], snapshot: Snapshot, renamed: Mapping[str, tuple[LiveSegment, ...]]
) -> Names:
    """Return what the account's things are called once the plan's renamings are done, without the project's flows."""
    segments = {
        ("segment", str(old_name(item))): item.name
        for item in compiled
        if item.name in renamed and item.kind == "segment"
    }
    flows = {item.name: old_name(item) for item in compiled if item.kind == "flow"}
    held = {flow.name for flow in snapshot.flows if not flow.retired and not flow.archived}
    moving = {
        ("flow", old): new
        for new, old in flows.items()
        if old is not None and old in held and old not in flows and new not in held
    }
    own = {*flows, *(old for _, old in moving)}
    return NamesButOwnFlows(as_renamed(snapshot.things(), renamed), own, {**segments, **moving})


def with_flows(
    items: Iterable[Wanted], ids: Mapping[str, str], locked: Names | None = None
) -> tuple[list[Wanted], list[tuple[Wanted, Unbound]]]:
    """Return the wants with the ids that the project's flows keep, and which names meant another flow in the lock."""
    names = Names(Thing("flow", name, "", one) for name, one in ids.items())
    out: list[Wanted] = []
    moved: list[tuple[Wanted, Unbound]] = []
    for item in items:
        if not flows_named(item) & ids.keys():
            out.append(item)
            continue
        bound = bind({"data": {"attributes": item.attributes}}, names, locked)
        made = tuple(one for one in item.made if one[0] != "flow" or one[1] not in ids)
        attributes = bound.body["data"]["attributes"]
        used = (*item.used, *(one for one in bound.used if one not in item.used))
        out.append(replace(item, attributes=attributes, used=used, made=made))
        moved += [(item, one) for one in bound.unbound if one.wrong.code == MOVED]
    return out, moved


def flows_named(item: Wanted) -> set[str]:
    """Return the names of the project's flows that a want has no id for yet."""
    return {name for kind, name in item.made if kind == "flow"}


def by_name(definition: Mapping[str, Any], flows: Mapping[str, str]) -> dict[str, Any]:
    """Return a definition with placeholders for the ids of some flows, given with their names."""
    return replaced(
        definition,
        lambda kind, text: placeholder("flow", flows[text]) if kind == "flow" and text in flows else text,
    )


def with_reasons(units: Sequence[Unit], wanted: Iterable[Wanted]) -> Iterator[Unit]:
    """Yield units; what exists and changes says which flows it names that the plan makes or replaces."""
    items: dict[tuple[str, str], set[str]] = {(item.kind, item.name): flows_named(item) for item in wanted}
    replaced_flows = {unit.name for unit in units if unit.kind == "flow" and unit.change == "replace"}
    for unit in units:
        flows = items.get((unit.kind, unit.name), set()) if unit.change in CHANGED else set()
        why = (
            f'it names the flow "{name}", which is {REPLACED if name in replaced_flows else "new"}'
            for name in sorted(flows)
        )
        yield replace(unit, reasons=(*why, *unit.reasons))
