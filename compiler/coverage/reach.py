"""How far a rule may lie from an entry of the catalog and still be that audience."""

from __future__ import annotations

import math
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from compiler.coverage.model import Definition, Fitted
from compiler.coverage.places import conditions_of
from compiler.coverage.shapes import OPENED, Part, Shape, Slot, open_to, shape_of

CONSENT: Final = 0.5  # of distance, where a rule does not ask for consent as the entry does
FEWER: Final = 0.3  # of distance, for each alternative that a rule lacks
HALF: Final = 0.5  # of the alternatives that a rule must have

Range = tuple[tuple[Slot, ...], tuple[Slot, ...]]  # the least and the most of each slot


@dataclass(frozen=True, slots=True)
class Alternative:
    """One condition of an entry: its pattern, its slots, and the least and the most of each slot."""

    pattern: re.Pattern[str]
    slots: tuple[Slot, ...]
    low: tuple[Slot, ...]
    high: tuple[Slot, ...]


@dataclass(frozen=True, slots=True)
class Reach:
    """An entry with its ranges: clauses of alternatives, and the clauses that ask for bare consent."""

    clauses: tuple[tuple[Alternative, ...], ...]
    consents: tuple[tuple[Part, ...], ...]


@dataclass(frozen=True, slots=True)
class Fit:
    """How a rule fits: the distance of its thresholds, whether it lacks alternatives, whether consent differs."""

    distance: float
    fewer: int
    consent: bool

    @property
    def how(self) -> str:
        """The fit in words."""
        parts = ["the same rule"]
        parts += [] if self.consent else ["without asking for consent as the entry does"]
        parts += [f"with {self.fewer} alternative{'s' if self.fewer > 1 else ''} fewer"] if self.fewer else []
        parts += ["with thresholds of its own"] if self.distance else []
        return ", ".join(parts)

    @property
    def total(self) -> float:
        """The whole distance; 0 for the same rule."""
        return self.distance + self.fewer * FEWER + (0 if self.consent else CONSENT)


def reach_of(fitted: Fitted) -> Reach:
    """Return the reach of an entry that has a definition.

    A condition that reading merges with another has no range: its thresholds must be the entry's own.
    """
    middle = shape_of(fitted.definition or {})
    ranges = _ranges([way for way in (fitted.definition, fitted.low, fitted.high) if way is not None])
    clauses = tuple(tuple(_alternative(part, ranges) for part in clause) for clause in middle.clauses)
    return Reach(clauses, middle.consents)


def _alternative(part: Part, ranges: Mapping[Part, Range]) -> Alternative:
    low, high = ranges.get(part, (part.slots, part.slots))
    return Alternative(open_to(part.structure), part.slots, low, high)


def _ranges(ways: Sequence[Definition]) -> dict[Part, Range]:
    """Return the range of each condition, from the definition with its thresholds at the middle and at their ends.

    Conditions are compared one by one, before reading brings a rule into order: at their ends, thresholds of two
    conditions may coincide or change places, and the rule is then another one. Two that are the same in the
    middle share the wider range.
    """
    ranges: dict[Part, Range] = {}
    rows = [list(map(_parts, conditions_of(way))) for way in ways]
    if len({len(row) for row in rows}) > 1:
        return ranges
    for same in zip(*rows, strict=True):
        if len({tuple((part.structure, len(part.slots)) for part in parts) for parts in same}) > 1:
            continue
        for middle, *ends in zip(*same, strict=True):
            known = ranges.get(middle, (middle.slots, middle.slots))
            ranges[middle] = _range(middle.slots, [*known, *(end.slots for end in ends)])
    return ranges


def _parts(condition: Definition) -> list[Part]:
    """Return the parts of one condition alone; mostly one."""
    shape = shape_of({"condition_groups": [{"conditions": [condition]}]})
    return [part for clause in (*shape.clauses, *shape.consents) for part in clause]


def _range(middle: tuple[Slot, ...], ends: Sequence[tuple[Slot, ...]]) -> Range:
    """Return the least and the most of each slot; a text is what it is."""
    columns = [
        [slot for slot in column if not isinstance(slot, str)] for column in zip(middle, *ends, strict=True)
    ]
    pairs = [
        (one, one) if isinstance(one, str) else (min(column), max(column))
        for one, column in zip(middle, columns, strict=True)
    ]
    return tuple(low for low, _ in pairs), tuple(high for _, high in pairs)


def fit_of(shape: Shape, reach: Reach) -> Fit | None:
    """Return how a rule fits an entry, None where it is another audience.

    Each clause must be one of the entry's, with every threshold in its range and half of the alternatives or
    more. A rule that is nothing but consent must ask for the same consent.
    """
    same_consent = shape.consents == reach.consents
    if len(shape.clauses) != len(reach.clauses) or (not reach.clauses and not same_consent):
        return None
    found = _clauses(shape.clauses, reach.clauses, {})
    return None if found is None else Fit(found[0], found[1], same_consent)


def _clauses(
    clauses: Sequence[tuple[Part, ...]], wanted: Sequence[tuple[Alternative, ...]], filled: Mapping[str, Slot]
) -> tuple[float, int] | None:
    """Match the entry's clauses one by one; open parameters mean the same text throughout."""
    if not wanted:
        return 0.0, 0
    for number, clause in enumerate(clauses):
        now = dict(filled)
        found = _alternatives(clause, wanted[0], now)
        if found is None:
            continue
        rest = _clauses([*clauses[:number], *clauses[number + 1 :]], wanted[1:], now)
        if rest is not None:
            return found + rest[0], len(wanted[0]) - len(clause) + rest[1]
    return None


def _alternatives(
    clause: tuple[Part, ...], wanted: tuple[Alternative, ...], filled: dict[str, Slot]
) -> float | None:
    if len(clause) > len(wanted) or len(clause) < HALF * len(wanted):
        return None
    left, distance = list(wanted), 0.0
    for part in clause:
        for alternative in left:
            apart = _apart(part, alternative, filled)
            if apart is not None:
                distance += apart
                left.remove(alternative)
                break
        else:
            return None
    return distance


def _apart(part: Part, wanted: Alternative, filled: dict[str, Slot]) -> float | None:
    """Return the sum of the logarithms of the thresholds' ratios, None where one is outside its range."""
    if len(part.slots) != len(wanted.slots) or not wanted.pattern.fullmatch(part.structure):
        return None
    distance = 0.0
    for slot, middle, low, high in zip(part.slots, wanted.slots, wanted.low, wanted.high, strict=True):
        if isinstance(slot, str) or isinstance(middle, str) or isinstance(low, str) or isinstance(high, str):
            opened = OPENED.fullmatch(middle) if isinstance(middle, str) else None
            if (opened is None and slot != middle) or (opened and filled.setdefault(opened[1], slot) != slot):
                return None
        elif low <= slot <= high:
            distance += abs(_logarithm(slot) - _logarithm(middle))
        else:
            return None
    return distance


def _logarithm(number: float) -> float:
    """Return the logarithm of one more than a number, mirrored below 0 so that every threshold has one."""
    return math.copysign(math.log1p(abs(number)), number)


def shared(shape: Shape, reach: Reach) -> float:
    """Return the share of the clauses of either that both have, thresholds aside."""
    left = list(reach.clauses)
    both = 0
    for clause in shape.clauses:
        for wanted in left:
            if any(
                alternative.pattern.fullmatch(part.structure) for part in clause for alternative in wanted
            ):
                both += 1
                left.remove(wanted)
                break
    either = len(shape.clauses) + len(reach.clauses) - both
    return both / either if either else 0.0
