"""What becomes of the project's segments, and which live flows a change of them may fill."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass, field, replace
from typing import Any, Final

from compiler.bind.places import places
from compiler.bind.sites import replaced
from compiler.client import Client
from compiler.codecs.references import placeholder
from compiler.diagnostics import Diagnostic, Problems
from compiler.live import LiveSegment, Snapshot
from compiler.plan.others import SegmentCase, decide_segment
from compiler.plan.units import Name, Unit
from compiler.planning.observed import live_segment, live_triggers
from compiler.planning.renaming import likely_renamed_segments
from compiler.planning.wanted import Wanted

GROUP: Final = ("group", "segment")


@dataclass(slots=True)
class SegmentPlanning:
    """Plans the segments of one account; ``renamed`` gives by new name those that a spec renames.

    ``staying`` gives, by what it is called, the definition of each live flow that the plan leaves as it is. ``relied``
    tells which names the plan needs to be free, ``naming`` which segments each one that goes names, by id.
    """

    client: Client
    snapshot: Snapshot
    tag: str
    renamed: Mapping[str, tuple[LiveSegment, ...]]
    problems: Problems
    staying: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)
    relied: list[Name] = field(default_factory=list)
    naming: dict[str, set[str]] = field(default_factory=dict)

    def plan(self, every: list[Wanted], *, whole: bool) -> Iterator[Unit]:
        """Yield what becomes of each segment that a spec wants and, with ``whole``, of those that none wants.

        ``every`` are the flows and segments that specs want.
        """
        wanted = [item for item in every if item.kind == "segment"]
        own = {item.name: self._meant(item) for item in wanted}
        for item in wanted:
            found = own[item.name]
            if len(found) > 1:
                self.problems.found.append(ambiguous(item, found[0].name, [one.id for one in found]))
                continue
            if not found or found[0].name != item.name:
                self.relied.append(Name("segment", item.name, None))
            yield self._wanted(item, found[0] if found else None)
        taken = {one.id for found in own.values() for one in found}
        gone = [one for one in self.snapshot.segments if self.tag in one.tags and one.id not in taken]
        if whole:
            created = [item for item in wanted if not own[item.name]]
            self.problems.extend(likely_renamed_segments(created, gone))
            self.naming = {one.id: named_segments(one.definition) for one in gone}
            for one in gone:
                self.problems.extend(self._still_named(one, every))
                yield self._gone(one, taken)

    def _meant(self, item: Wanted) -> tuple[LiveSegment, ...]:
        named = tuple(one for one in self.snapshot.segments if one.name == item.name)
        return named or self.renamed.get(item.name, ())

    def _wanted(self, item: Wanted, found: LiveSegment | None) -> Unit:
        """Return what becomes of a segment that a spec wants; what it triggers is read only where it changes."""
        if found is None:
            attributes = {key: value for key, value in item.attributes.items() if key != "name"}
            return decide_segment(SegmentCase(item.name, attributes))
        case = SegmentCase(item.name, item.attributes, live_segment(found), tagged=self.tag in found.tags)
        unit = decide_segment(case)
        if not unit.stages:
            return unit
        return decide_segment(replace(case, triggers=live_triggers(self.client, found.id)))

    def _still_named(self, found: LiveSegment, every: list[Wanted]) -> Iterator[Diagnostic]:
        """Yield a diagnostic wherever a spec names a segment that no spec makes any more."""
        message = (
            f'no spec makes the segment "{found.name}" any more, so it would be deleted, and this names it: put its'
            f' spec back, or leave it out here, or keep it without a spec: take the tag "{self.tag}" off it in the'
            " account"
        )
        for item in every:
            if found.id not in named_segments(item.definition):
                continue
            texts = [(kind, placeholder(kind, found.name)) for kind in GROUP] + [("segment", found.id)]
            said = [at for kind, text in texts for at in places(item.document.data, kind, text)]
            for at in dict.fromkeys(said or [("name",)]):
                yield item.document.diagnose("F324", message, at)

    def _gone(self, found: LiveSegment, taken: Collection[str]) -> Unit:
        """Return what becomes of a segment of the project that no spec wants any more; ``taken`` are those wanted."""
        flows = [what for what, definition in self.staying.items() if found.id in named_segments(definition)]
        segments = [
            f'the segment "{one.name}"'
            for one in self.snapshot.segments
            if one.id not in taken
            and one.id not in self.naming
            and found.id in named_segments(one.definition)
        ]
        triggers = live_triggers(self.client, found.id)
        named_by = (*sorted(flows), *sorted(segments))
        return decide_segment(
            SegmentCase(found.name, None, live_segment(found), triggers, named_by, tagged=True)
        )


def named_segments(definition: Mapping[str, Any]) -> set[str]:
    """Return the ids of the groups, lists among them, that a flow's or segment's definition names."""
    found: set[str] = set()

    def one(kind: str, text: str) -> str:
        found.update((text,) if kind in GROUP else ())
        return text

    replaced(definition, one)
    return found


def ambiguous(item: Wanted, name: str, ids: list[str]) -> Diagnostic:
    """Return what is said of a name that several flows or segments of the account carry."""
    message = (
        f'{len(ids)} {item.kind}s of the account are called "{name}": {", ".join(sorted(ids))};'
        " archive or rename all but one there"
    )
    return item.document.diagnose("F314", message, ("name",))
