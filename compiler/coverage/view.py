"""Everything that the findings look at: the account, the catalog fitted to it, what is in git, the logic of all rules."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import combinations
from typing import Any, Final

from compiler.coverage.account import Facts
from compiler.coverage.base import Base, base_of
from compiler.coverage.evidence import Evidence
from compiler.coverage.matching import Match, entry_name, match_entries, segment_name
from compiler.coverage.model import Fitted, Spec
from compiler.coverage.reach import Reach, reach_of
from compiler.coverage.shapes import Shape, shape_of
from compiler.live import LiveSegment
from compiler.logic import Library, NotADefinition, verdicts
from compiler.logic.library import Proof

BUYERS: Final = "everybody who ordered"


@dataclass(frozen=True, slots=True)
class View:
    """What findings are made from; ``evidence`` is None where no profiles and events are at hand.

    ``shapes``, ``segments``, ``labels`` (names, with the id where several segments bear one) and ``managed`` (the
    spec in git that keeps it) are by the segment's id, ``reaches`` by the entry's key. ``pairs`` holds what each two
    segments are to each other, by ids in their order.
    """

    facts: Facts
    fitted: tuple[Fitted, ...]
    specs: Mapping[str, Spec]
    library: Library
    matches: tuple[Match, ...]
    shapes: Mapping[str, Shape]
    reaches: Mapping[str, Reach]
    segments: Mapping[str, LiveSegment]
    labels: Mapping[str, str]
    managed: Mapping[str, Spec]
    pairs: Mapping[tuple[str, str], str]
    unread: tuple[str, ...]
    evidence: Evidence | None
    base: Base | None

    def name(self, identifier: str) -> str:
        """Return a segment's name, with its id where another segment bears the same."""
        return self.labels[identifier]

    def weight(self, segment: LiveSegment) -> tuple[bool, bool, int, str, str]:
        """Return what makes a segment the one to keep, smallest first: active, in git, used most, oldest."""
        use = self.facts.uses.of(segment.id)
        uses = len(use.campaigns) + len(use.triggers) + len(use.flows) + len(use.segments)
        return (not segment.is_active, segment.id not in self.managed, -uses, segment.created, segment.id)

    def impossible(self, segment: LiveSegment) -> bool:
        """Say whether nobody can match a segment's rule, as the logic proves."""
        name = segment_name(segment.id)
        return name in self.library.rules and isinstance(self.library.someone(name), Proof)

    def readable(self) -> Iterator[LiveSegment]:
        """Yield the segments whose definitions the logic can read."""
        return (segment for segment in self.facts.segments if segment.id in self.shapes)


def view_of(
    facts: Facts, fitted: Iterable[Fitted], specs: Iterable[Spec], evidence: Evidence | None = None
) -> View:
    """Return the view of an account: all rules in one library, and which segments are which entries."""
    library = Library(facts.at)
    shapes: dict[str, Shape] = {}
    unread = []
    for segment in facts.segments:
        try:
            library.add(segment_name(segment.id), segment.definition)
            shapes[segment.id] = shape_of(segment.definition)
        except NotADefinition as error:
            unread.append(f'The definition of "{segment.name}" cannot be read: {error}')
    listed = tuple(fitted)
    _add_entries(library, listed, facts)
    named = {spec.name: spec for spec in specs}
    reaches = {one.entry.key: reach_of(one) for one in listed if one.definition is not None}
    return View(
        facts=facts,
        fitted=listed,
        specs=named,
        library=library,
        matches=tuple(match_entries(listed, reaches, shapes, library)),
        shapes=shapes,
        reaches=reaches,
        segments={segment.id: segment for segment in facts.segments},
        labels=_labels(facts.segments),
        managed=_managed(facts.segments, named),
        pairs=_pairs(library, shapes),
        unread=tuple(unread),
        evidence=evidence,
        base=base_of(facts, evidence, shapes),
    )


def _labels(segments: Sequence[LiveSegment]) -> dict[str, str]:
    counts = Counter(segment.name for segment in segments)
    return {one.id: one.name if counts[one.name] == 1 else f"{one.name} ({one.id})" for one in segments}


def _managed(segments: Iterable[LiveSegment], specs: Mapping[str, Spec]) -> dict[str, Spec]:
    """Return the specs by the ids of the segments that they keep: of several of one name an active one, the oldest."""
    kept: dict[str, LiveSegment] = {}
    for segment in sorted(segments, key=lambda one: (not one.is_active, one.created, one.id)):
        kept.setdefault(segment.name, segment)
    return {kept[name].id: spec for name, spec in specs.items() if name in kept}


def _add_entries(library: Library, fitted: Iterable[Fitted], facts: Facts) -> None:
    for one in fitted:
        if one.definition is not None:
            library.add(entry_name(one.entry.key), one.definition)
    order = facts.role_id("placed_order")
    if order is not None:
        library.add(BUYERS, ordered(order))


def ordered(metric: str) -> dict[str, Any]:
    """Return the rule of everybody with an event of a metric."""
    condition = {
        "type": "profile-metric",
        "metric_id": metric,
        "measurement": "count",
        "measurement_filter": {"type": "numeric", "operator": "greater-than", "value": 0},
        "timeframe_filter": {"type": "date", "operator": "alltime"},
        "metric_filters": None,
    }
    return {"condition_groups": [{"conditions": [condition]}]}


def _pairs(library: Library, shapes: Mapping[str, Shape]) -> dict[tuple[str, str], str]:
    """Return what every two segments are to each other, one verdict for both directions."""
    listed = list(combinations(shapes, 2))
    asked = ((segment_name(one), segment_name(two)) for one, two in listed)
    return {pair: verdict for pair, (_, _, verdict) in zip(listed, verdicts(library, asked), strict=True)}
