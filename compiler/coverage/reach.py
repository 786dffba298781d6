"""How far a rule may lie from an entry of the catalog and still be that audience."""

from __future__ import annotations

import math
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from compiler.coverage.model import Fitted
from compiler.coverage.shapes import OPENED, Part, Shape, Slot, open_to, shape_of

CONSENT: Final = 0.5  # of distance, where a rule does not ask for consent as the entry does
FEWER: Final = 0.3  # of distance, for each alternative that a rule lacks
HALF: Final = 0.5  # of the alternatives that a rule must have


@dataclass(frozen=True, slots=True)
class Alternative:
    """One condition of an entry: its pattern, its slots, and the slots with every threshold at its ends."""

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
    """Return the reach of an entry that has a definition."""
    middle, low, high = (
        shape_of(way) for way in (fitted.definition, fitted.low, fitted.high) if way is not None
    )
    clauses = tuple(
        tuple(
            Alternative(open_to(part.structure), part.slots, least.slots, most.slots)
            for part, least, most in zip(*same, strict=True)
        )
        for same in zip(middle.clauses, low.clauses, high.clauses, strict=True)
    )
    return Reach(clauses, middle.consents)


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
        elif min(low, high) <= slot <= max(low, high):
            distance += abs(math.log((slot + 1) / (middle + 1)))
        else:
            return None
    return distance


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
