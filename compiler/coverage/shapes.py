"""The shape of a rule: its conditions without their numbers, dates and texts, which stand aside as slots.

Two conditions of one structure differ in their slots alone, so a threshold can be compared with a range, and the
difference of two near-duplicates named. Rules come in the canonical order of ``logic``.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, fields, is_dataclass
from datetime import date
from fractions import Fraction
from typing import Any, Final

from compiler.coverage.fitting import OPEN
from compiler.coverage.model import Definition
from compiler.logic.model import Clause, Filter, Status
from compiler.logic.read import read

Slot = float | str
OPENED: Final = re.compile(OPEN.format(r"(\w+)"))
WORD: Final = r"[^'\"]*"


@dataclass(frozen=True, slots=True)
class Part:
    """One condition: its structure as text, and what was taken out of it, in order."""

    structure: str
    slots: tuple[Slot, ...]


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
        return tuple(
            slot for clause in (*self.clauses, *self.consents) for part in clause for slot in part.slots
        )


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
    slots: list[Slot] = []
    return Part(_walk(condition, slots, inside=False), tuple(slots))


def _walk(value: Any, slots: list[Slot], *, inside: bool) -> str:
    """Write a value's structure; texts are slots inside filters only, where they are what is compared with."""
    if isinstance(value, tuple):
        return f"({','.join(_walk(item, slots, inside=inside) for item in value)})"
    if is_dataclass(value) and not isinstance(value, type):
        return _walk_row(value, slots)
    slot = _slot(value, inside=inside)
    if slot is None:
        return repr(value)
    slots.append(slot)
    return "$" if isinstance(slot, str) else "#"


def _slot(value: Any, *, inside: bool) -> Slot | None:
    """Return what stands aside of a value: a number, a date as its day, a text inside a filter; else None."""
    if isinstance(value, date):
        return float(value.toordinal())
    if isinstance(value, int | float | Fraction) and not isinstance(value, bool):
        return float(value)
    return value if isinstance(value, str) and inside else None


def _walk_row(row: Any, slots: list[Slot]) -> str:
    parts = []
    for field in fields(row):
        inside = isinstance(row, Filter) and field.name == "value"
        parts.append(f"{field.name}={_walk(getattr(row, field.name), slots, inside=inside)}")
    return f"{type(row).__name__}({','.join(parts)})"


def open_to(structure: str) -> re.Pattern[str]:
    """Return the pattern of structures that equal one in which parameters may be left open."""
    pieces = OPENED.split(structure)
    pattern = "".join(re.escape(piece) if n % 2 == 0 else WORD for n, piece in enumerate(pieces))
    return re.compile(pattern, re.DOTALL)


def differences(one: Shape, two: Shape) -> list[tuple[Slot, Slot]]:
    """Return the slots in which two rules of one structure differ."""
    return [(a, b) for a, b in zip(one.slots, two.slots, strict=True) if a != b]
