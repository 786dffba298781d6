"""What conditions ask of events and memberships, gathered so that one aggregate a metric answers all of it.

Each distinct question (metric, window, property filters, count or sum) is an *atom*, and one group-by a metric
computes all atoms of that metric: 300 definitions cost about the same scans as one. Events after the moment of
evaluation do not count. No events: count 0 and sum 0. A null value adds nothing to a sum.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Any

from compiler.evaluate.columns import CODES, code_of, event_column
from compiler.evaluate.definition import FunnelCondition, MembershipCondition, MetricCondition, PropertyFilter
from compiler.evaluate.filters import UndecidedError
from compiler.evaluate.tables import Tables
from compiler.evaluate.values import all_of, date_holds, one_of, text_holds_anywhere, value_holds
from compiler.evaluate.windows import Window, window_of

if TYPE_CHECKING:
    import ibis.expr.types as ir


@dataclass(frozen=True, slots=True)
class EventAtom:
    """The count of a metric's events, or the sum of their values, in a window under filters.

    The measurement ``unsure`` counts the events of which the filters cannot say whether they pass.
    """

    metric_id: str
    measurement: str
    window: Window
    filters: tuple[PropertyFilter, ...] = ()


@dataclass(frozen=True, slots=True)
class MemberAtom:
    """In how many of these groups a profile is, having joined in a window."""

    group_ids: tuple[str, ...]
    window: Window


@dataclass(frozen=True, slots=True)
class FunnelAtom:
    """Whether a profile took steps in order within ``seconds`` of the first, all of them in a window."""

    steps: tuple[tuple[str, tuple[PropertyFilter, ...]], ...]
    window: Window
    seconds: int | None


Atom = EventAtom | MemberAtom | FunnelAtom


@dataclass(frozen=True, slots=True, eq=False)
class Sources:
    """The tables, the moment of evaluation (naive UTC), and each profile's flow start where a flow is simulated.

    ``starts`` has the columns ``profile_id`` and ``started`` (naive UTC).
    """

    tables: Tables
    at: datetime
    starts: ir.Table | None = None


def event_atom(condition: MetricCondition, sources: Sources) -> EventAtom:
    """Return what a metric condition asks; raises UndecidedError where the data cannot say."""
    window = window_of(condition.timeframe, sources.at)
    if window.since_flow_start and sources.starts is None:
        raise UndecidedError("only a flow knows when a profile entered it")
    _require(condition.metric_id, sources.tables.metrics, "events of metric")
    event_test(condition.filters, sources)
    return EventAtom(condition.metric_id, condition.measurement, window, condition.filters)


def unsure_atoms(condition: MetricCondition | FunnelCondition, sources: Sources) -> tuple[EventAtom, ...]:
    """Return what counts the events that a condition may or may not mean; none where its filters always decide."""
    if isinstance(condition, MetricCondition):
        asked = [(condition.metric_id, condition.filters)]
    else:
        asked = list(condition.steps)
    window = window_of(condition.timeframe, sources.at)
    return tuple(
        EventAtom(metric_id, "unsure", window, filters)
        for metric_id, filters in asked
        if sometimes_unsure(filters, sources)
    )


def sometimes_unsure(filters: tuple[PropertyFilter, ...], sources: Sources) -> bool:
    """Return whether a filter compares whole texts with a property that some events have as a list."""
    columns = sources.tables.events.columns
    return any(row.filter.compares_whole and event_column(row.property, "l") in columns for row in filters)


def member_atom(condition: MembershipCondition, sources: Sources) -> MemberAtom:
    """Return what a membership condition asks; raises UndecidedError for groups that were not read."""
    for group_id in condition.group_ids:
        _require(group_id, sources.tables.groups, "members of list or segment")
    return MemberAtom(condition.group_ids, window_of(condition.timeframe, sources.at))


def funnel_atom(condition: FunnelCondition, sources: Sources) -> FunnelAtom:
    """Return what a funnel condition asks; raises UndecidedError where the data cannot say."""
    for metric_id, filters in condition.steps:
        _require(metric_id, sources.tables.metrics, "events of metric")
        event_test(filters, sources)
    return FunnelAtom(condition.steps, window_of(condition.timeframe, sources.at), condition.seconds)


def _require(identifier: str, known: frozenset[str] | None, what: str) -> None:
    if known is not None and identifier not in known:
        raise UndecidedError(f'{what} "{identifier}" are not in the data')


def event_test(filters: tuple[PropertyFilter, ...], sources: Sources, rows: ir.Table | None = None) -> Any:
    """Return whether an event passes all filters, null where that is not known.

    Raises UndecidedError for a column that was not extracted.
    """
    table = sources.tables.events if rows is None else rows
    tests = []
    for row in filters:
        code = code_of(row.filter)
        column = event_column(row.property, code)
        if column not in table.columns:
            raise UndecidedError(f'events lack the column {column} ("{row.property}" as {CODES[code]})')
        window = window_of(row.filter, sources.at) if code == "t" else None
        elements = event_column(row.property, "l")
        if row.filter.kind == "string" and elements in table.columns:
            tests.append(text_holds_anywhere(row.filter, table[column], table[elements]))
        else:
            tests.append(value_holds(row.filter, table[column], window))
    return all_of(tests)


def aggregates(names: Mapping[Atom, str], sources: Sources) -> list[ir.Table]:
    """Return the tables (``profile_id`` and one column an atom) that answer all atoms: one a metric."""
    by_metric: dict[str, dict[EventAtom, str]] = {}
    for atom, name in names.items():
        if isinstance(atom, EventAtom):
            by_metric.setdefault(atom.metric_id, {})[atom] = name
    found = [_metric_table(metric_id, atoms, sources) for metric_id, atoms in sorted(by_metric.items())]
    members = {atom: name for atom, name in names.items() if isinstance(atom, MemberAtom)}
    if members:
        found.append(_member_table(members, sources))
    funnels = [(atom, name) for atom, name in names.items() if isinstance(atom, FunnelAtom)]
    return found + [_funnel_table(atom, name, sources) for atom, name in funnels]


def _metric_table(metric_id: str, atoms: Mapping[EventAtom, str], sources: Sources) -> ir.Table:
    events = sources.tables.events
    rows = events.filter(events.metric_id == metric_id, events.ts <= sources.at)
    starts = [atom.window.start for atom in atoms if atom.window.start is not None]
    if len(starts) == len(atoms):  # no atom looks further back
        rows = rows.filter(rows.ts >= min(starts))
    if any(atom.window.since_flow_start for atom in atoms):
        rows = rows.left_join(sources.starts, "profile_id").drop("profile_id_right")
    columns = {name: _measured(atom, rows, sources) for atom, name in atoms.items()}
    return rows.group_by("profile_id").aggregate(**columns)


def _measured(atom: EventAtom, rows: ir.Table, sources: Sources) -> Any:
    """Return the aggregate of one atom; the end of windows that reach ``at`` is already in the rows' filter."""
    window = atom.window
    tests = []
    if window.since_flow_start:
        tests.append(rows.ts > rows.started)
    elif window != Window():
        past = window.end is not None and window.end > sources.at
        tests.append(
            date_holds(Window(window.start, None, window.days, window.month) if past else window, rows.ts)
        )
    if atom.filters:
        passed = event_test(atom.filters, sources, rows)
        tests.append(passed.isnull() if atom.measurement == "unsure" else passed)
    where = all_of(tests) if tests else None
    return money(rows.value).sum(where=where) if atom.measurement == "sum" else rows.count(where=where)


def money(column: Any) -> Any:
    """Return an amount as an exact decimal: sums of floating numbers differ between runs and engines."""
    return column if column.type().is_decimal() else column.cast("decimal(18, 4)")


def _member_table(atoms: Mapping[MemberAtom, str], sources: Sources) -> ir.Table:
    rows = sources.tables.memberships
    rows = rows.filter(rows.group_id.isin(sorted({group for atom in atoms for group in atom.group_ids})))
    columns = {}
    for atom, name in atoms.items():
        test = rows.group_id.isin(atom.group_ids)
        columns[name] = rows.count(
            where=test if atom.window == Window() else test & date_holds(atom.window, rows.joined_at)
        )
    return rows.group_by("profile_id").aggregate(**columns)


def _funnel_table(atom: FunnelAtom, name: str, sources: Sources) -> ir.Table:
    """Return whether each profile took the steps, by a running maximum a step.

    ``start_k`` is, for an event that is step k, the latest first step from which steps 1..k were taken in order: the
    latest one leaves the most time. Events in the same second are in no order; cut to it first, because DuckDB
    rounds and Spark does not.
    """
    import ibis  # noqa: PLC0415 - heavy, loaded where data is read

    events = sources.tables.events
    metrics = sorted({metric_id for metric_id, _ in atom.steps})
    rows = events.filter(
        events.metric_id.isin(metrics), events.ts <= sources.at, date_holds(atom.window, events.ts)
    )
    steps = {
        f"step_{place}": (rows.metric_id == metric_id) & event_test(filters, sources, rows)
        for place, (metric_id, filters) in enumerate(atom.steps)
    }
    rows = rows.select("profile_id", second=rows.ts.truncate("s").epoch_seconds().cast("int64"), **steps)
    rows = rows.mutate(start=rows.step_0.ifelse(rows.second, ibis.null("int64")))
    for place in range(1, len(atom.steps)):
        earlier = ibis.range_window(preceding=(None, 1), group_by=rows.profile_id, order_by=rows.second)
        rows = rows.mutate(
            start=rows[f"step_{place}"].ifelse(rows.start.max().over(earlier), ibis.null("int64"))
        )
    taken = rows.start.notnull()
    if atom.seconds is not None:
        taken &= rows.second - rows.start <= atom.seconds
    return rows.group_by("profile_id").aggregate(**{name: rows.count(where=one_of([taken]))})
