"""Units in an order in which everything exists before something else names it."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping

from compiler.bind.places import places
from compiler.codecs.references import placeholder
from compiler.diagnostics import Diagnostic
from compiler.expand.document import Document
from compiler.plan.units import Unit
from compiler.planning.wanted import Wanted, placeholders

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
        if str(unit.id) in going:
            for one, names in sorted((naming or {}).items()):
                if str(unit.id) in names and one in going:
                    visit(going[one])
        out[id(unit)] = unit

    for unit in ordered:
        visit(unit)
    return tuple(out.values())


def circles(units: Iterable[Unit], wanted: Iterable[Wanted]) -> Iterator[Diagnostic]:
    """Yield a diagnostic for each circle of new flows and segments that name each other, or of one that names itself.

    Each needs an id that only comes to be when another of them is made, so no order makes them.
    """
    documents: dict[Key, Document] = {(item.kind, item.name): item.document for item in wanted}
    created: dict[Key, Unit] = {(unit.kind, unit.name): unit for unit in units if unit.change == "create"}
    links = {key: sorted(_named(unit) & created.keys()) for key, unit in created.items()}
    told: set[Key] = set()
    for start in sorted(links):
        around = _around(start, links)
        if around and not told & set(around):
            told |= set(around)
            following = around[1] if len(around) > 1 else start
            chain = ", which names ".join(f'the {kind} "{name}"' for kind, name in (*around[1:], start))
            message = (
                f'"{start[1]}" names {chain}, and the account has none of them, so none can be made first: leave one'
                " of these names out, apply, and put it in then"
            )
            document = documents[start]
            kinds = ("group", "segment") if following[0] == "segment" else (following[0],)
            said = (
                at for kind in kinds for at in places(document.data, kind, placeholder(kind, following[1]))
            )
            yield document.diagnose("F323", message, next(said, ("name",)))


def _around(start: Key, links: Mapping[Key, list[Key]]) -> tuple[Key, ...]:
    """Return the shortest way from a unit back to it, without its end; nothing where there is none."""
    ways: dict[Key, tuple[Key, ...]] = {start: (start,)}
    waiting = [start]
    for key in waiting:
        for named in links[key]:
            if named == start:
                return ways[key]
            if named not in ways:
                ways[named] = (*ways[key], named)
                waiting.append(named)
    return ()


def _named(unit: Unit) -> set[Key]:
    found = set(placeholders(unit.desired)) if unit.kind in ("flow", "segment") and unit.stages else set()
    return found | {("segment", name) for kind, name in found if kind == "group"}
