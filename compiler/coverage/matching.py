"""Which segments of an account are which entries of the catalog.

A segment is an entry when it fits the entry's reach (the same conditions, every threshold in its range), or when
the logic proves them equal in another spelling. Consent is judged apart: a segment that does not ask for it still
is the audience, and the evidence says so. A segment that fits several entries belongs to the nearest.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from compiler.coverage.model import Fitted
from compiler.coverage.reach import Reach, fit_of
from compiler.coverage.shapes import Shape
from compiler.logic import Library, verdicts


@dataclass(frozen=True, slots=True)
class Match:
    """A segment (its id) that is an entry: how it was found, how far apart they are; 0 is no distance at all."""

    segment: str
    key: str
    how: str
    distance: float


def segment_name(identifier: str) -> str:
    """Return a segment's name inside the library of rules."""
    return f"segment {identifier}"


def entry_name(key: str) -> str:
    """Return an entry's name inside the library of rules."""
    return f"entry {key}"


def match_entries(
    fitted: Iterable[Fitted], reaches: Mapping[str, Reach], shapes: Mapping[str, Shape], library: Library
) -> list[Match]:
    """Return the nearest entry of each segment that is one; ``shapes`` are the segments' by id."""
    listed = [entry for entry in fitted if entry.entry.key in reaches]
    found = []
    for segment, shape in shapes.items():
        ways = [_match(segment, shape, entry, reaches[entry.entry.key], library) for entry in listed]
        known = [match for match in ways if match is not None]
        if known:
            found.append(min(known, key=lambda match: match.distance))
    return found


def _match(segment: str, shape: Shape, fitted: Fitted, reach: Reach, library: Library) -> Match | None:
    key = fitted.entry.key
    fit = fit_of(shape, reach)
    if fit is not None and fit.total == 0:
        return Match(segment, key, fit.how, 0.0)
    if (
        not fitted.to_fill
        and next(verdicts(library, [(segment_name(segment), entry_name(key))]))[2] == "equal"
    ):
        return Match(segment, key, "another spelling of the same rule, as the logic proves", 0.0)
    return Match(segment, key, fit.how, fit.total) if fit is not None else None
