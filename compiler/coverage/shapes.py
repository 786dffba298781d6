"""The shape of a rule: its conditions without their numbers, dates and texts, which stand aside as slots.

Two conditions of one structure differ in their slots alone, so a threshold can be compared with a range, and the
difference of two near-duplicates named. Rules come in the canonical order of ``logic``.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, fields, is_dataclass
from datetime import date
from fractions import Fraction
from typing import Any, Final

from compiler.coverage.fitting import OPEN
from compiler.coverage.model import Definition
from compiler.logic.model import Clause, Filter, Funnel, Range, Status, Timeframe
from compiler.logic.read import read

Slot = float | str
Taken = list[
    tuple[Slot, bool]
]  # what was taken out of a condition, and whether it is a threshold or a duration
OPENED: Final = re.compile(OPEN.format(r"(\w+)"))
WORD: Final = r"[^'\"]*"


@dataclass(frozen=True, slots=True)
class Part:
    """One condition: its structure as text, and what was taken out of it, in order.

    ``ordered`` says of each slot whether it is a threshold or a duration, of which a little more is nearly the same;
    the number of an equality, a month, a fixed date and a text are not.
    """

    structure: str
    slots: tuple[Slot, ...]
    ordered: tuple[bool, ...]


@dataclass(frozen=True, slots=True)
class Shape:
    """A rule: its clauses, each with its alternatives; and the clauses that ask for bare consent, left out."""

    clauses: tuple[tuple[Part, ...], ...]
    consents: tuple[tuple[Part, ...], ...]

    @property
    def structure(self) -> str:
        """The structure of the whole rule."""
        listed = [
            " or ".join(part.structure for part in clause) for clause in (*self.clauses, *self.consents)
        ]
        return " and ".join(listed)

    @property
    def slots(self) -> tuple[Slot, ...]:
        """Everything that was taken out of the rule."""
        return tuple(slot for part in self._parts() for slot in part.slots)

    @property
    def ordered(self) -> tuple[bool, ...]:
        """Whether each slot is a threshold or a duration."""
        return tuple(ordered for part in self._parts() for ordered in part.ordered)

    def _parts(self) -> Iterator[Part]:
        return (part for clause in (*self.clauses, *self.consents) for part in clause)


def shape_of(definition: Definition) -> Shape:
    """Return the shape of a definition; raises NotADefinition where the value has no condition groups."""
    kept: list[tuple[Part, ...]] = []
    consents: list[tuple[Part, ...]] = []
    for clause in read(definition).clauses:
        parts = sorted((_part(condition) for condition in clause), key=lambda part: part.structure)
        (consents if bare_consent(clause) else kept).append(tuple(parts))
    return Shape(tuple(sorted(kept, key=_structures)), tuple(sorted(consents, key=_structures)))


def _structures(clause: tuple[Part, ...]) -> list[str]:
    return [part.structure for part in clause]


def bare_consent(clause: Clause) -> bool:
    """Say whether a clause asks for consent and nothing else, such as when it was given."""
    return all(isinstance(condition, Status) and not condition.filters for condition in clause)


def _part(condition: Any) -> Part:
    taken: Taken = []
    structure = _walk(condition, taken, inside=False)
    return Part(structure, tuple(slot for slot, _ in taken), tuple(ordered for _, ordered in taken))


def _walk(value: Any, taken: Taken, *, inside: bool, ordered: bool = False) -> str:
    """Write a value's structure; texts are slots inside filters only, where they are what is compared with."""
    if isinstance(value, tuple):
        threshold = len(value) == 1 and isinstance(value[0], Range) and value[0].low != value[0].high
        walked = (_walk(item, taken, inside=inside, ordered=ordered or threshold) for item in value)
        return f"({','.join(walked)})"
    if is_dataclass(value) and not isinstance(value, type):
        return _walk_row(value, taken)
    slot = _slot(value, inside=inside)
    if slot is None:
        return repr(value)
    taken.append((slot, ordered))
    return "$" if isinstance(slot, str) else "#"


def _slot(value: Any, *, inside: bool) -> Slot | None:
    """Return what stands aside of a value: a number, a date as its day, a text inside a filter; else None."""
    if isinstance(value, date):
        return float(value.toordinal())
    if isinstance(value, int | float | Fraction) and not isinstance(value, bool):
        return float(value)
    return value if isinstance(value, str) and inside else None


def _walk_row(row: Any, taken: Taken) -> str:
    parts = []
    for field in fields(row):
        inside = isinstance(row, Filter) and field.name == "value"
        walked = _walk(getattr(row, field.name), taken, inside=inside, ordered=_duration(row, field.name))
        parts.append(f"{field.name}={walked}")
    return f"{type(row).__name__}({','.join(parts)})"


def _duration(row: Any, name: str) -> bool:
    """Say whether a field of a row is how long something lasts, or how long ago it was."""
    if isinstance(row, Timeframe):
        return name in ("start", "end") and bool(row.unit) and row.start != row.end
    return isinstance(row, Funnel) and name == "seconds"


def open_to(structure: str) -> re.Pattern[str]:
    """Return the pattern of structures that equal one in which parameters may be left open."""
    pieces = OPENED.split(structure)
    pattern = "".join(re.escape(piece) if n % 2 == 0 else WORD for n, piece in enumerate(pieces))
    return re.compile(pattern, re.DOTALL)


def threshold_apart(one: Shape, two: Shape) -> tuple[float, float] | None:
    """Return the threshold or duration that alone sets two rules apart, in either; None where something else does."""
    if one.structure != two.structure:
        return None
    apart = {
        (a, b, first and second)
        for a, b, first, second in zip(one.slots, two.slots, one.ordered, two.ordered, strict=True)
        if a != b
    }
    if len(apart) != 1:
        return None
    a, b, ordered = apart.pop()
    return (float(a), float(b)) if ordered else None
