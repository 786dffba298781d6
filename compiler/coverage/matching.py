"""Which segments of an account are which entries of the catalog.

A segment is an entry when the logic proves them equal, or when it has the entry's shape and every threshold lies
in the entry's range. Consent is left aside at first: a segment that does not ask for it still is the audience, and
the evidence says that it does not ask. A segment that fits several entries belongs to the nearest.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from compiler.coverage.model import Fitted
from compiler.coverage.shapes import Shape, open_to, shape_of, within
from compiler.live import LiveSegment
from compiler.logic import Library, NotADefinition, relation

CONSENT_COSTS = 0.5  # of distance: a segment that asks for consent as the entry does is nearer


@dataclass(frozen=True, slots=True)
class Match:
    """A segment that is an entry: how it was found, what differs; 0 is no distance at all."""

    segment: str
    key: str
    how: str
    distance: float


def segment_name(name: str) -> str:
    """Return a segment's name inside the library of rules."""
    return f"segment {name}"


def entry_name(key: str) -> str:
    """Return an entry's name inside the library of rules."""
    return f"entry {key}"


def match_entries(fitted: Iterable[Fitted], segments: Iterable[LiveSegment], library: Library) -> list[Match]:
    """Return the entry of each segment that is one, in the order of the segments."""
    listed = [entry for entry in fitted if entry.definition is not None]
    full = {entry.entry.key: _reach(entry, consent=True) for entry in listed}
    bare = {entry.entry.key: _reach(entry, consent=False) for entry in listed}
    found = []
    for segment in segments:
        if segment_name(segment.id) not in library.rules:
            continue
        ways = [_match(segment, entry, full, bare, library) for entry in listed]
        known = [match for match in ways if match is not None]
        if known:
            found.append(min(known, key=lambda match: match.distance))
    return found


Reach = tuple[Shape, Shape, Shape]


def _reach(fitted: Fitted, *, consent: bool) -> Reach:
    assert fitted.definition is not None
    assert fitted.low is not None
    assert fitted.high is not None
    ways = [shape_of(way, consent=consent) for way in (fitted.definition, fitted.low, fitted.high)]
    return ways[0], ways[1], ways[2]


def _match(
    segment: LiveSegment, fitted: Fitted, full: Mapping[str, Reach], bare: Mapping[str, Reach], library: Library
) -> Match | None:
    key = fitted.entry.key
    distance = _distance(segment, full[key], consent=True)
    if distance is not None:
        how = "the same rule" if distance == 0 else "the same rule with thresholds of its own"
        return Match(segment.id, key, how, distance)
    if bare[key][0].structure:
        distance = _distance(segment, bare[key], consent=False)
        if distance is not None:
            how = "the same rule, but for consent"
            return Match(segment.id, key, how if distance == 0 else f"{how} and its own thresholds", distance + CONSENT_COSTS)
    if not fitted.to_fill and relation(library, segment_name(segment.id), entry_name(key)).verdict == "equal":
        return Match(segment.id, key, "another spelling of the same rule, as the logic proves", 0.0)
    return None


def _distance(segment: LiveSegment, reach: Reach, *, consent: bool) -> float | None:
    try:
        shape = shape_of(segment.definition, consent=consent)
    except NotADefinition:
        return None
    middle, low, high = reach
    if len(shape.slots) != len(middle.slots) or not open_to(middle.structure).fullmatch(shape.structure):
        return None
    return within(shape.slots, middle, low, high)
