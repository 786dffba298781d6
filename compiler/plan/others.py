"""What becomes of segments and templates, and the order in which units depend on each other."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Final

from compiler.codecs.base import same
from compiler.normalise import normalise_segment
from compiler.plan.danger import needs
from compiler.plan.observe import observe_segment
from compiler.plan.order import overlay
from compiler.plan.stages import (
    Change,
    CloneTemplate,
    CreateSegment,
    CreateTag,
    CreateTemplate,
    DeleteSegment,
    RestoreTemplate,
    UpdateSegment,
)
from compiler.plan.units import Unit

ORDER: Final = (
    "tag",
    "template",
    "segment",
    "flow",
)  # a flow names segments and templates, never the reverse
SETTINGS: Final = ("is_starred", "is_active")
NAME: Final = ("name",)
CHANGED: Final = "somebody changed it in the account, so it does not hold what its name says"
FILLING: Final = frozenset({"definition", "is_active"})  # what decides who is in a segment


@dataclass(frozen=True, slots=True)
class SegmentCase:
    """One segment on both sides: attributes as sent and as read (with ``id``), None where a side has none.

    ``live`` has another name where the spec says ``was:``. ``triggers`` names the live flows that it triggers,
    ``named_by`` says what else of the account names it, where it goes; ``tagged`` that it carries the project's tag.
    """

    name: str
    desired: Mapping[str, Any] | None
    live: Mapping[str, Any] | None = None
    triggers: tuple[str, ...] = ()
    named_by: tuple[str, ...] = ()
    tagged: bool = False


def decide_segment(case: SegmentCase) -> Unit:
    """Return what becomes of one segment."""
    if case.live is None:
        assert case.desired is not None, "a segment is in git or in the account"
        made = CreateSegment(case.name, case.desired)
        return Unit("segment", case.name, "create", desired=case.desired, stages=(made,))
    segment = str(case.live["id"])
    seen = observe_segment(case.live, case.triggers)
    unit = Unit("segment", case.name, "unchanged", segment, seen, case.desired)
    if case.desired is None:
        return _deleted(unit, segment, case) if case.tagged else unit
    changes = (*_renamed(case.live, case.name), *_changes(case.live, case.desired))
    if not changes:
        return unit
    triggers = case.triggers if any(change.path[0] in FILLING for change in changes) else ()
    stages = tuple(_updates(segment, changes, triggers))
    was = (
        f'it was "{change.old}"; it keeps its id and its members' for change in changes if change.path == NAME
    )
    fills = (f"it triggers {name}, which is live: who newly matches may enter it" for name in triggers)
    wanted = needs("update", stages, live=bool(triggers))
    return Unit("segment", case.name, "update", segment, seen, case.desired, (*was, *fills), stages, wanted)


def _updates(segment: str, changes: tuple[Change, ...], triggers: tuple[str, ...]) -> Iterator[UpdateSegment]:
    """Yield one call, or two: to deactivate goes with no other change (contract: SegmentPartialUpdateQuery)."""
    alone = tuple(change for change in changes if change.path == ("is_active",) and change.new is False)
    together = tuple(change for change in changes if change not in alone)
    yield from (UpdateSegment(segment, some, triggers) for some in (together, alone) if some)


def _deleted(unit: Unit, segment: str, case: SegmentCase) -> Unit:
    stage = DeleteSegment(segment, case.triggers)
    reasons = (
        "no spec names it any more",
        *(f"it triggers {name}, which is live: nobody enters that any more" for name in case.triggers),
        *(
            f"{name} names it in a condition, and nobody has documented what that means once it is gone"
            for name in case.named_by
        ),
    )
    wanted = needs("delete", (stage,), live=bool(case.triggers))
    return Unit("segment", unit.name, "delete", segment, unit.observed, None, reasons, (stage,), wanted)


def _renamed(live: Mapping[str, Any], name: str) -> tuple[Change, ...]:
    return () if live.get("name") == name else (Change(NAME, live.get("name"), name),)


def _changes(live: Mapping[str, Any], desired: Mapping[str, Any]) -> tuple[Change, ...]:
    """Return what differs; a setting that the spec does not write stays as it is."""
    before, after = normalise_segment(live["definition"]), normalise_segment(desired["definition"])
    settings = [
        Change((key,), live.get(key), desired[key])
        for key in SETTINGS
        if desired.get(key) is not None and not same(live.get(key), desired[key])
    ]
    return (*overlay(before, after, ("definition",)), *settings)


@dataclass(frozen=True, slots=True)
class Kept:
    """A template that the account has under a name that says its content: its id, and whether it still holds that."""

    id: str
    intact: bool


def wanted_templates(
    contents: Mapping[str, Any], clones: Mapping[str, str], existing: Mapping[str, Kept]
) -> tuple[Unit, ...]:
    """Return the templates to create or set back, by content-addressed name, and to clone (name to source id).

    One that exists under its name and holds what that says is done. A copy that was changed blocks: nothing but a
    clone of its source holds the same, and a person may want what it holds now.
    """
    units = [_letter(name, content, existing.get(name)) for name, content in sorted(contents.items())]
    units += [_copy(name, source, existing.get(name)) for name, source in sorted(clones.items())]
    return tuple(unit for unit in units if unit.change != "unchanged")


def _letter(name: str, content: Any, kept: Kept | None) -> Unit:
    """Return what becomes of a file's template; set back, it has no id here, since it relies on nothing seen."""
    if kept is None:
        return Unit("template", name, "create", desired=content, stages=(CreateTemplate(name, content),))
    if kept.intact:
        return Unit("template", name, "unchanged", kept.id)
    reasons = (
        f"{CHANGED}; it gets the file's content again, and messages that have a copy of it keep theirs",
    )
    stage = RestoreTemplate(kept.id, name, content)
    return Unit("template", name, "update", desired=content, reasons=reasons, stages=(stage,))


def _copy(name: str, source: str, kept: Kept | None) -> Unit:
    if kept is None:
        return Unit("template", name, "create", stages=(CloneTemplate(name, source),))
    if kept.intact:
        return Unit("template", name, "unchanged", kept.id)
    reasons = (f"{CHANGED}, a copy of the template {source}; delete {kept.id} in the account, or rename it",)
    return Unit("template", name, "blocked", kept.id, reasons=reasons)


def wanted_tags(names: Iterable[str], existing: Iterable[str]) -> tuple[Unit, ...]:
    """Return the tags to create."""
    missing = sorted(set(names) - set(existing))
    return tuple(Unit("tag", name, "create", stages=(CreateTag(name),)) for name in missing)


def in_order(units: Iterable[Unit]) -> tuple[Unit, ...]:
    """Sort units so that what others need comes first, and goes last; by name among their like."""
    return tuple(sorted(units, key=lambda unit: (_goes(unit), ORDER.index(unit.kind), unit.name)))


def _goes(unit: Unit) -> bool:
    """Say whether a segment is deleted: flows that it triggers are retired before."""
    return unit.kind == "segment" and unit.change == "delete"
