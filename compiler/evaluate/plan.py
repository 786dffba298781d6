"""What evaluating definitions takes: every condition once, and one aggregate a metric for all of them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from compiler.evaluate.conditions import Rows, atoms_of, may_be_unknown, truth
from compiler.evaluate.definition import (
    ALLTIME,
    Condition,
    Definition,
)
from compiler.evaluate.filters import UndecidedError, read_filter
from compiler.evaluate.metrics import Atom, EventAtom, Sources, aggregates
from compiler.evaluate.reading import read_definition
from compiler.evaluate.tables import Tables, asking
from compiler.evaluate.values import one_of
from compiler.evaluate.windows import window_of

if TYPE_CHECKING:
    import ibis.expr.types as ir

Group = tuple[Condition, ...]


@dataclass(frozen=True, slots=True)
class Undecidable:
    """A condition that the data cannot decide: where it stands (counted from 0) and why."""

    definition: str
    group: int
    condition: int
    reason: str


@dataclass(frozen=True, slots=True)
class Measure:
    """A metric's ``count`` or ``sum`` a profile in a timeframe (an API filter), added up by membership."""

    metric_id: str
    measurement: str = "sum"
    timeframe: Mapping[str, Any] | None = None


@dataclass(frozen=True, slots=True, eq=False)
class Plan:
    """One row a profile with every atom joined, the truth of each condition, and what could not be decided."""

    definitions: Mapping[str, Definition]
    rows: Rows
    truths: Mapping[Condition, Any]
    reasons: Mapping[Condition, str]
    measures: Mapping[str, EventAtom]
    undecidable: tuple[Undecidable, ...]

    def group(self, group: Group) -> Any:
        """Return whether any condition of a group holds, null where that is unknown."""
        return one_of(self.truths[condition] for condition in group)

    def may_be_unknown(self, group: Group) -> bool:
        """Return whether the group can be null for some profile."""
        return any(
            condition in self.reasons or may_be_unknown(condition, self.rows.sources) for condition in group
        )


@asking()
def plan(
    definitions: Mapping[str, Mapping[str, Any]],
    tables: Tables,
    at: datetime,
    measures: Mapping[str, Measure] | None = None,
    starts: ir.Table | None = None,
) -> Plan:
    """Return the plan of ``definitions`` (API shape) as of ``at``; raises ValueError for an ``at`` without a zone."""
    if at.tzinfo is None:
        raise ValueError("the moment of evaluation needs a time zone")
    sources = Sources(tables, at.astimezone(UTC).replace(tzinfo=None), starts)
    read = {name: read_definition(plain) for name, plain in definitions.items()}
    conditions = dict.fromkeys(
        row for definition in read.values() for group in definition.groups for row in group
    )
    reasons: dict[Condition, str] = {}
    counted, missing = _measure_atoms(measures or {}, sources)
    rows = _rows([*_atoms(conditions, sources, reasons), *counted.values()], sources)
    truths = {condition: _truth(condition, rows, reasons) for condition in conditions}
    return Plan(read, rows, truths, reasons, counted, (*_undecidable(read, reasons), *missing))


def _atoms(
    conditions: Iterable[Condition], sources: Sources, reasons: dict[Condition, str]
) -> Iterable[Atom]:
    """Yield what the conditions ask of events and memberships; note why one cannot be answered."""
    for condition in conditions:
        try:
            atoms = atoms_of(condition, sources)
        except UndecidedError as undecided:
            reasons[condition] = undecided.reason
        else:
            yield from atoms


def _truth(condition: Condition, rows: Rows, reasons: dict[Condition, str]) -> Any:
    import ibis  # noqa: PLC0415 - heavy, loaded where data is read

    try:
        if condition not in reasons:
            return truth(condition, rows)
    except UndecidedError as undecided:
        reasons[condition] = undecided.reason
    return ibis.null("boolean")


def _measure_atoms(
    measures: Mapping[str, Measure], sources: Sources
) -> tuple[dict[str, EventAtom], tuple[Undecidable, ...]]:
    """Return the atom of each measure, and those whose metric was not read."""
    atoms: dict[str, EventAtom] = {}
    missing = []
    for name, measure in measures.items():
        timeframe = read_filter(measure.timeframe) if measure.timeframe else ALLTIME
        if sources.tables.metrics is None or measure.metric_id in sources.tables.metrics:
            atoms[name] = EventAtom(measure.metric_id, measure.measurement, window_of(timeframe, sources.at))
        else:
            missing.append(
                Undecidable(name, 0, 0, f'events of metric "{measure.metric_id}" are not in the data')
            )
    return atoms, tuple(missing)


def _rows(atoms: Iterable[Atom], sources: Sources) -> Rows:
    """Return one row a profile with its own columns and one column an atom."""
    names = {atom: f"a{place}" for place, atom in enumerate(dict.fromkeys(atoms))}
    joined = sources.tables.profiles
    for place, found in enumerate(aggregates(names, sources)):
        key = f"key_{place}"
        # By names: a column of the profiles would belong to no table of the chain where they are a filtered one.
        joined = joined.left_join(found.rename({key: "profile_id"}), [("profile_id", key)])
    return Rows(joined, names, sources)


def _undecidable(read: Mapping[str, Definition], reasons: Mapping[Condition, str]) -> list[Undecidable]:
    return [
        Undecidable(name, group_place, place, reasons[condition])
        for name, definition in read.items()
        for group_place, group in enumerate(definition.groups)
        for place, condition in enumerate(group)
        if condition in reasons
    ]
