"""Decides on all flows of a plan at once: what becomes of one decides what those that name it hold."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

from compiler.live import LiveFlow
from compiler.plan.case import Case, Ground, is_inert
from compiler.plan.decide import decide_flow
from compiler.plan.stages import CreateFlow, Stage, Tag
from compiler.plan.units import Unit
from compiler.planning.quick import as_desired
from compiler.planning.references import flows_named, with_flows
from compiler.planning.wanted import Wanted


@dataclass(frozen=True, slots=True)
class Subject:
    """One flow to decide on: its case, the flow that it has in the account, and the document that wants it.

    ``unlike`` says that an interrupted replace has made the flow, from another spec than the document's.
    """

    case: Case
    flow: LiveFlow | None = None
    item: Wanted | None = None
    unlike: bool = False


@dataclass(frozen=True, slots=True)
class Settled:
    """Subjects with ids for what they name, what becomes of each, and the ids that the project's flows keep, by name."""

    subjects: tuple[Subject, ...]
    units: tuple[Unit, ...]
    kept: Mapping[str, str]


def settle(subjects: Sequence[Subject], ground: Ground, *, quick: bool) -> Settled:
    """Return what becomes of every flow; a name of one that is made or replaced is left to the new one.

    Whatever names such a flow is decided on again, and what names that, until no more flows are replaced.
    """
    kept = {
        one.item.name: one.flow.id
        for one in subjects
        if one.item is not None and one.flow is not None and one.flow.name == one.item.name
    }
    found = list(subjects)
    units: dict[int, Unit] = {}
    waiting = list(range(len(found)))
    while waiting:
        again = _bound([subjects[at] for at in waiting], kept, quick=quick)
        for at, subject in zip(waiting, again, strict=True):
            found[at], units[at] = subject, decide_flow(subject.case, ground)
        remade = {units[at].name for at in waiting if units[at].change == "replace"} & kept.keys()
        for name in remade:
            del kept[name]
        waiting = [at for at, one in enumerate(subjects) if one.item and flows_named(one.item) & remade]
    return Settled(tuple(found), tuple(units[at] for at in range(len(found))), kept)


def _bound(subjects: Sequence[Subject], kept: Mapping[str, str], *, quick: bool) -> Iterator[Subject]:
    """Yield subjects with the ids that flows keep."""
    items, _ = with_flows([one.item for one in subjects if one.item is not None], kept)
    left = iter(items)
    for subject in subjects:
        if subject.item is None:
            yield subject
            continue
        item, live = next(left), subject.case.live
        if quick and live is not None:
            live = as_desired(dict(live), item.definition)
        yield replace(subject, item=item, case=replace(subject.case, desired=item.definition, live=live))


def stays_behind(subject: Subject, unit: Unit) -> bool:
    """Say whether a draft of ours that has a successor would be left with a retired namesake's tag."""
    live = subject.case.live
    return unit.change == "replace" and subject.case.tagged and live is not None and is_inert(live)


def with_tags(unit: Unit, subject: Subject) -> Unit:
    """Put the document's tags on the flow; a tag that only the account has stays there."""
    if subject.item is None:
        return unit
    flow = subject.flow
    has = set(flow.tags) if flow is not None and unit.change in ("update", "unchanged") else set()
    missing = [tag for tag in subject.item.tags if tag not in has]
    if not missing or unit.change == "blocked":
        return unit
    target = unit.id if unit.change in ("update", "unchanged") else None
    stages: tuple[Stage, ...] = tuple(Tag(target, tag) for tag in missing)
    if unit.change == "unchanged":
        return replace(unit, change="update", stages=stages)
    made = 1 if isinstance(unit.stages[0], CreateFlow) else 0
    return replace(unit, stages=(*unit.stages[:made], *stages, *unit.stages[made:]))
