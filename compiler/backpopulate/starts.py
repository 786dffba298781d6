"""Who triggered the flow and when: one row a profile that is not surely beyond the flow's timeline."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Any

from compiler.backpopulate.settings import Settings
from compiler.backpopulate.shape import Shape
from compiler.backpopulate.tables import boolean, figures, kept_table, moment, naive, second, whole
from compiler.diagnostics import Fatal
from compiler.evaluate import Tables
from compiler.evaluate.definition import PropertyFilter
from compiler.evaluate.filters import UndecidedError, read_filter
from compiler.evaluate.metrics import Sources, event_test
from compiler.evaluate.values import all_of, one_of

if TYPE_CHECKING:
    import ibis.expr.types as ir


HOW_TO_READ = "flowc data pull --flow reads it, and --account or flowc lock give ids for names"


@dataclass(frozen=True, slots=True, eq=False)
class Starts:
    """A row a profile, how many are out already by reason, why the trigger's conditions are undecided, and notes.

    ``table`` has ``profile_id``, ``started`` (naive UTC), ``t`` (its second), ``inside`` (events inside the timeline)
    and a column for each exit of a trigger split.
    """

    table: ir.Table
    left_out: Mapping[str, int]
    undecided: tuple[str, ...] = ()
    notes: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Reach:
    """How far back the flow reaches, in seconds: its longest path, and what is walked to see the doubts at its end."""

    horizon: int
    walked: int


def find_starts(shape: Shape, tables: Tables, settings: Settings, reach: Reach) -> Starts:
    """Return who triggered the flow; raises Fatal where the trigger's events or members are not in the data."""
    if shape.trigger == "metric":
        return _events(shape, tables, settings, reach)
    return _members(shape, tables, settings, reach)


def _events(shape: Shape, tables: Tables, settings: Settings, reach: Reach) -> Starts:
    _known(shape.trigger_id, tables.metrics, "events of the metric")
    at = naive(settings.at)
    rows = tables.events.filter(tables.events.metric_id == shape.trigger_id)
    counts, undecided = _decided(shape.trigger_filter, tables, at, rows, otherwise=True)
    since = moment(settings.now - reach.walked)
    counts = counts & (rows.ts <= at)
    people = rows.group_by("profile_id").aggregate(
        started=rows.ts.max(where=counts),
        inside=rows.count(where=counts & (rows.ts >= moment(settings.now - reach.horizon))),
        past=rows.count(where=rows.ts <= at),
        rows=rows.count(),
        dated=rows.ts.count(),
    )
    kept = kept_table(people)
    left_out = _counted(kept, since)
    notes = _aside(left_out, "of the trigger's events")
    found = kept.filter(_named(kept), kept.started >= since).select(
        "profile_id", "started", "inside", t=second(kept.started)
    )
    tests = _event_tests(shape, tables, at, rows)
    reasons = [undecided, *(reason for _, reason in tests.values())]
    if tests:
        found = _with_tests(
            found, rows.filter(counts, rows.ts >= since), {name: test for name, (test, _) in tests.items()}
        )
    table = kept_table(found)
    kept.release()
    return Starts(table, left_out, tuple(reason for reason in dict.fromkeys(reasons) if reason), notes)


def _named(people: ir.Table) -> Any:
    """Say whether a row is a profile's: a missing id is no profile, and neither is one without letters."""
    return people.profile_id.nullif("").notnull()


def _counted(people: ir.Table, since: datetime) -> dict[str, int]:
    """Return how many triggered, why some of them are out before any step is looked at, and how many rows are broken.

    Who has nothing but events without a time triggered nothing that anybody could place.
    """
    placed = _named(people) & (people.dated > 0)
    never = placed & people.started.isnull()
    return figures(
        people,
        triggered=people.count(where=placed),
        future=people.count(where=never & (people.past == 0)),
        trigger_filter=people.count(where=never & (people.past > 0)),
        beyond=people.count(where=placed & (people.started < since)),
        nameless=people.rows.sum(where=~_named(people)),
        timeless=(people.rows - people.dated).sum(where=_named(people)),
    )


def _aside(counts: dict[str, int], what: str) -> tuple[str, ...]:
    """Take rows that nobody can place out of the counts of profiles, and say how many there are."""
    reasons = {"nameless": "a profile id", "timeless": "a time"}
    found = {reason: counts.pop(name, 0) for name, reason in reasons.items()}
    return tuple(
        f"Left out for want of {reason}: {count:,} {what}." for reason, count in found.items() if count
    )


def _event_tests(shape: Shape, tables: Tables, at: datetime, rows: ir.Table) -> dict[str, tuple[Any, str]]:
    """Return the column name, expression and reason of each exit that is decided on the trigger's event."""
    found = {}
    for step in shape.part("split"):
        for place, way in enumerate(step.ways):
            if way.test is not None and way.test.source == "event":
                found[test_column(step.index, place)] = _decided(
                    way.test.definition, tables, at, rows, otherwise=None
                )
    return found


def test_column(step: int, place: int) -> str:
    """Return the column that says whether a profile would take a split's exit."""
    return f"test_{step}_{place}"


def _decided(
    definition: Mapping[str, Any] | None,
    tables: Tables,
    at: datetime,
    rows: ir.Table,
    *,
    otherwise: bool | None,
) -> tuple[Any, str]:
    """Return whether events pass conditions on the trigger's event, or ``otherwise`` and the reason why nobody knows."""
    sources = Sources(tables, at)
    try:
        return all_of(
            one_of(_event_condition(row, sources, rows) for row in group.get("conditions") or ())
            for group in (definition or {}).get("condition_groups") or ()
        ), ""
    except UndecidedError as undecided:
        return boolean(value=otherwise), undecided.reason


def _event_condition(plain: Mapping[str, Any], sources: Sources, rows: ir.Table) -> Any:
    if plain.get("type") != "metric-property":
        raise UndecidedError(f'a condition of type "{plain.get("type")}" on the trigger is not known')
    return event_test((PropertyFilter(str(plain["field"]), read_filter(plain["filter"])),), sources, rows)


def _with_tests(people: ir.Table, rows: ir.Table, tests: Mapping[str, Any]) -> ir.Table:
    """Join the answers of each profile's latest event; of two at one moment, that with the greater id."""
    import ibis  # noqa: PLC0415 - heavy, loaded where data is read

    order = [ibis.desc("ts")] + ([ibis.desc("event_id")] if "event_id" in rows.columns else [])
    ranked = rows.mutate(**tests)
    ranked = ranked.mutate(rank=ibis.row_number().over(group_by="profile_id", order_by=order))
    latest = ranked.filter(ranked["rank"] == 0).select("profile_id", *tests)
    return people.left_join(latest, "profile_id").drop("profile_id_right")


def _members(shape: Shape, tables: Tables, settings: Settings, reach: Reach) -> Starts:
    import ibis  # noqa: PLC0415 - heavy, loaded where data is read

    _known(shape.trigger_id, tables.groups, f"members of the {shape.trigger}")
    at = naive(settings.at)
    rows = tables.memberships.filter(tables.memberships.group_id == shape.trigger_id)
    if settings.mode == "beginning":
        rows = rows.mutate(
            started=(rows.joined_at.isnull() | (rows.joined_at <= at)).ifelse(
                ibis.literal(at), ibis.null("timestamp")
            )
        )
        since = at
    else:
        rows = rows.mutate(started=(rows.joined_at <= at).ifelse(rows.joined_at, ibis.null("timestamp")))
        since = moment(settings.now - reach.walked)
    people = rows.group_by("profile_id").aggregate(
        started=rows.started.max(), joined=rows.joined_at.max(), rows=rows.count()
    )
    people = kept_table(people)
    named = _named(people)
    never = named & people.started.isnull()
    left_out = figures(
        people,
        triggered=people.count(where=named),
        undated=people.count(where=never & people.joined.isnull()),
        future=people.count(where=never & people.joined.notnull()),
        beyond=people.count(where=named & (people.started < since)),
        nameless=people.rows.sum(where=~named),
    )
    notes = _aside(left_out, f"of the {shape.trigger}'s members")
    start = whole(settings.now) if settings.mode == "beginning" else second(people.started)
    found = people.filter(named, people.started >= since)
    found = found.select("profile_id", "started", inside=whole(1), t=start)
    tests = {name: boolean(value=None) for name in _event_tests(shape, tables, at, rows)}
    table = kept_table(found.mutate(**tests))
    people.release()
    return Starts(table, left_out, notes=notes)


def profiles_of(starts: Starts, tables: Tables) -> ir.Table:
    """Return the profiles that triggered the flow; by name, as a join's own columns belong to none of its tables."""
    profiles = tables.profiles
    return profiles.semi_join(starts.table, "profile_id").select(*profiles.columns)


def _known(identifier: str, known: frozenset[str] | None, what: str) -> None:
    if known is not None and identifier not in known:
        held = ", ".join(sorted(known)) or "none"
        how = f"{HOW_TO_READ}; it holds: {held}"
        raise Fatal(f'the data holds no {what} "{identifier}" that triggers the flow; {how}')
