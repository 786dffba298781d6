"""The shape of a rule: its conditions without their numbers, dates and texts, which stand aside as slots.

Two rules of one shape differ in their slots alone, so a threshold can be compared with a range, and the difference
of two near-duplicates named. Rules come in the canonical order of ``logic``.
"""

from __future__ import annotations

import math
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, fields, is_dataclass
from datetime import date
from fractions import Fraction
from typing import Any, Final

from compiler.coverage.fitting import OPEN
from compiler.coverage.model import Definition
from compiler.logic.model import Clause, Filter, Measured, Rule, Status
from compiler.logic.read import read

Slot = float | str
OPENED: Final = re.compile(OPEN.format(r"(\w+)"))
WORD: Final = r"[^'\"]*"


@dataclass(frozen=True, slots=True)
class Shape:
    """A rule's structure as text, and what was taken out of it, in order."""

    structure: str
    slots: tuple[Slot, ...]


def shape_of(definition: Definition, *, consent: bool = True) -> Shape:
    """Return the shape of a definition; ``consent`` False leaves clauses aside that ask for consent alone.

    Raises NotADefinition where the value has no condition groups.
    """
    return _shape(read(definition), consent=consent)


def _shape(rule: Rule, *, consent: bool) -> Shape:
    clauses = [clause for clause in rule.clauses if consent or not bare_consent(clause)]
    parts = sorted(_part(_clause(clause)) for clause in clauses)
    return Shape("\n".join(structure for structure, _ in parts), tuple(slot for _, slots in parts for slot in slots))


def bare_consent(clause: Clause) -> bool:
    """Say whether a clause asks for consent and nothing else, such as when it was given."""
    return all(isinstance(condition, Status) and not condition.filters for condition in clause)


def _clause(clause: Clause) -> list[tuple[str, tuple[Slot, ...]]]:
    return sorted(_part(condition) for condition in clause)


def _part(value: Any) -> tuple[str, tuple[Slot, ...]]:
    """Return a value's structure and slots."""
    if isinstance(value, list):  # parts that are ready
        return "|".join(str(one[0]) for one in value), tuple(slot for one in value for slot in one[1])
    slots: list[Slot] = []
    return _walk(value, slots, inside=False), tuple(slots)


def _walk(value: Any, slots: list[Slot], *, inside: bool) -> str:
    """Write a value's structure; texts are slots inside filters only, where they are what is compared with."""
    if value is None or isinstance(value, bool):
        return str(value)
    if isinstance(value, int | float | Fraction):
        slots.append(float(value))
        return "#"
    if isinstance(value, date):
        slots.append(float(value.toordinal()))
        return "@"
    if isinstance(value, str):
        if not inside:
            return repr(value)
        slots.append(value)
        return "$"
    if is_dataclass(value) and not isinstance(value, type):
        return _walk_row(value, slots)
    if isinstance(value, tuple):
        return f"({','.join(_walk(item, slots, inside=inside) for item in value)})"
    raise TypeError(f"{type(value).__name__} has no shape")


def _walk_row(row: Any, slots: list[Slot]) -> str:
    parts = [
        f"{field.name}={_walk(getattr(row, field.name), slots, inside=isinstance(row, Filter) and field.name == 'value')}"
        for field in fields(row)
    ]
    return f"{type(row).__name__}({','.join(parts)})"


def open_to(structure: str) -> re.Pattern[str]:
    """Return the pattern of structures that equal one in which parameters may be left open."""
    pieces = OPENED.split(structure)
    return re.compile("".join(re.escape(piece) if n % 2 == 0 else WORD for n, piece in enumerate(pieces)), re.DOTALL)


def within(slots: tuple[Slot, ...], middle: Shape, low: Shape, high: Shape) -> float | None:
    """Return how far slots lie from an entry's, or None where one is outside its range or a text differs.

    ``low`` and ``high`` are the entry with all its thresholds at their ends. The distance is the sum of the
    logarithms of the ratios, 0 for the same thresholds. A parameter that is open is the same text everywhere.
    """
    filled: dict[str, Slot] = {}
    distance = 0.0
    for slot, wanted, one, other in zip(slots, middle.slots, low.slots, high.slots, strict=True):
        if isinstance(slot, str) or isinstance(wanted, str):
            opened = OPENED.fullmatch(wanted) if isinstance(wanted, str) else None
            if opened is None and slot != wanted:
                return None
            if opened is not None and filled.setdefault(opened[1], slot) != slot:
                return None
            continue
        assert not isinstance(one, str)
        assert not isinstance(other, str)
        if not min(one, other) <= slot <= max(one, other):
            return None
        distance += abs(math.log((slot + 1) / (wanted + 1)))
    return distance


def differences(one: Shape, two: Shape) -> list[tuple[Slot, Slot]]:
    """Return the slots in which two rules of one structure differ."""
    return [(a, b) for a, b in zip(one.slots, two.slots, strict=True) if a != b]


def measured(definition: Definition) -> Iterator[tuple[Clause, Measured]]:
    """Yield every condition on events with its clause."""
    for clause in read(definition).clauses:
        for condition in clause:
            if isinstance(condition, Measured):
                yield clause, condition


def by_structure(shapes: Mapping[str, Shape]) -> dict[str, list[str]]:
    """Return names by structure, each list in order."""
    found: dict[str, list[str]] = {}
    for name, shape in shapes.items():
        found.setdefault(shape.structure, []).append(name)
    return found
