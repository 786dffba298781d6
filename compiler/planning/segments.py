"""What becomes of the project's segments, and which live flows a change of them may fill."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace

from compiler.client import Client
from compiler.diagnostics import Diagnostic, Problems
from compiler.live import LiveSegment, Snapshot
from compiler.plan.others import SegmentCase, decide_segment
from compiler.plan.units import Name, Unit
from compiler.planning.observed import live_segment, live_triggers
from compiler.planning.renaming import likely_renamed_segments
from compiler.planning.wanted import Wanted


@dataclass(slots=True)
class SegmentPlanning:
    """Plans the segments of one account; ``renamed`` gives by new name those that a spec renames.

    ``relied`` tells which names the plan needs to be free.
    """

    client: Client
    snapshot: Snapshot
    tag: str
    renamed: Mapping[str, tuple[LiveSegment, ...]]
    problems: Problems
    relied: list[Name] = field(default_factory=list)

    def plan(self, wanted: list[Wanted], *, whole: bool) -> Iterator[Unit]:
        """Yield what becomes of each segment that a spec wants and, with ``whole``, of those that none wants."""
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
            yield from map(self._gone, gone)

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

    def _gone(self, found: LiveSegment) -> Unit:
        """Return what becomes of a segment of the project that no spec wants any more."""
        triggers = live_triggers(self.client, found.id)
        return decide_segment(SegmentCase(found.name, None, live_segment(found), triggers, tagged=True))


def ambiguous(item: Wanted, name: str, ids: list[str]) -> Diagnostic:
    """Return what is said of a name that several flows or segments of the account carry."""
    message = (
        f'{len(ids)} {item.kind}s of the account are called "{name}": {", ".join(sorted(ids))};'
        " archive or rename all but one there"
    )
    return item.document.diagnose("F314", message, ("name",))
