"""Flows and segments that name each other in a circle, so that none can be made before another."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Final

from compiler.bind.places import Path, places
from compiler.codecs.references import placeholder
from compiler.diagnostics import Diagnostic
from compiler.expand.document import Document
from compiler.plan.case import Ground
from compiler.plan.knowledge import calls
from compiler.plan.units import Unit
from compiler.planning.ordering import Key, made_anew, named
from compiler.planning.wanted import Wanted, placeholders

LATER: Final = 'write another condition in place of the name "{1}" in "{0}", apply, and put the name in then'
LATER_ITSELF: Final = "write another condition in its place, apply, and put the name in then"
NEVER: Final = "no call puts the name in once the flow is made, so leave one of these names out"
NOT_ITSELF: Final = (
    "no call puts the name in once the flow is made, so it can never name itself there; leave the name"
    " out, and say who may enter again by reentry, or by profile-not-in-flow in the filter"
)


def circles(units: Iterable[Unit], wanted: Iterable[Wanted], ground: Ground) -> Iterator[Diagnostic]:
    """Yield a diagnostic for each circle of flows and segments that are made and name each other, or themselves.

    Each needs an id that only comes to be when another of them is made, so no order makes them; a flow that is
    replaced counts, since its place takes another with an id of its own.
    """
    documents: dict[Key, Document] = {(item.kind, item.name): item.document for item in wanted}
    created = made_anew(units)
    links = {key: sorted(named(unit) & created.keys()) for key, unit in created.items()}
    told: set[Key] = set()
    for start in sorted(links):
        around = _around(start, links)
        if around and not told & set(around):
            told |= set(around)
            ring = list(zip(around, (*around[1:], around[0]), strict=True))
            later = next((link for link in ring if _can_follow(created[link[0]], link[1], ground)), None)
            holder, other = later or ring[0]
            advice = _advice(holder[1], other[1], later=later is not None)
            said = _places(documents[holder], other)
            message = f"{_story([created[key] for key in around])}: {advice}"
            yield documents[holder].diagnose("F323", message, next(said, ("name",)))


def _advice(holder: str, other: str, *, later: bool) -> str:
    """Say which name to leave out, and whether it can be put in once everything is made."""
    if holder == other:
        return LATER_ITSELF if later else NOT_ITSELF
    return LATER.format(holder, other) if later else NEVER


def _story(around: list[Unit]) -> str:
    """Say who names whom, and why none of them has an id before the others."""
    first, others = around[0], (*around[1:], around[0])
    chain = ", which names ".join(f'the {one.kind} "{one.name}"' for one in others)
    replaced = [one for one in around if one.change == "replace"]
    why = "; ".join(f'"{one.name}" is made anew ({one.reasons[0]})' for one in replaced)
    if len(around) == 1:
        return f'"{first.name}" names itself, and {why or "it is new"}, so nobody knows its id yet'
    if not replaced:
        return f'"{first.name}" names {chain}, and the account has none of them, so none can be made first'
    return f'"{first.name}" names {chain}, and {why}, so none has its id before the others'


def _can_follow(unit: Unit, other: Key, ground: Ground) -> bool:
    """Say whether a name can be put in where everything is made: in a segment, or in a step that a call can change."""
    assert unit.desired is not None, "what names something has a body"
    if unit.kind == "segment":
        return True
    settings = {key: value for key, value in unit.desired.items() if key != "actions"}
    kinds = ("group", "segment") if other[0] == "segment" else (other[0],)
    fixed = {(kind, name) for kind, name in placeholders(settings) if kind in kinds}
    able = "update-action" in calls(ground.revision, ground.known)
    return able and not any((kind, other[1]) in fixed for kind in kinds)


def _places(document: Document, other: Key) -> Iterator[Path]:
    """Yield where a document says a name."""
    kinds = ("group", "segment") if other[0] == "segment" else (other[0],)
    return (at for kind in kinds for at in places(document.data, kind, placeholder(kind, other[1])))


def _around(start: Key, links: Mapping[Key, list[Key]]) -> tuple[Key, ...]:
    """Return the shortest way from a unit back to it, without its end; nothing where there is none."""
    ways: dict[Key, tuple[Key, ...]] = {start: (start,)}
    waiting = [start]
    for key in waiting:
        for target in links[key]:
            if target == start:
                return ways[key]
            if target not in ways:
                ways[target] = (*ways[key], target)
                waiting.append(target)
    return ()
