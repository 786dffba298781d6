"""The table with which a simulation starts: one row a profile at the trigger, with all that its steps will ask."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from compiler.backpopulate import doubt
from compiler.backpopulate.actions import DAY
from compiler.backpopulate.answers import (
    ADDRESSES,
    CONSENTS,
    FILTER,
    Answers,
    answer,
)
from compiler.backpopulate.clocks import Clocks, make_clocks, zone_columns, zones_in
from compiler.backpopulate.lengths import longest, longest_hold
from compiler.backpopulate.received import channels, number_of, texts_by_number, with_received
from compiler.backpopulate.settings import Settings
from compiler.backpopulate.shape import Shape
from compiler.backpopulate.starts import Reach, Starts, find_starts, profiles_of, test_column
from compiler.backpopulate.tables import bit, boolean, figures, kept_table, known, small, whole
from compiler.evaluate import Tables
from compiler.evaluate.tables import asking

if TYPE_CHECKING:
    import ibis.expr.types as ir

NOBODY, TRIGGER = -2, -1  # entries that are no step: not entered yet, and the trigger itself
WORD = 60  # messages in one whole number of 64 bits, clear of its sign
SHARES = "shares_number"  # the column that says whether others who triggered have the same phone number
SLACK = 2 * DAY  # added to the span of zone rules, for the doubts at its ends
QUIET_ZONES = (
    "Quiet hours are kept in each profile's own zone; Klaviyo goes by the area code of a number in the United States "
    "and Canada, and by the country's eastern zone elsewhere."
)


@dataclass(frozen=True, slots=True, eq=False)
class Population:
    """``table``: profile_id, t, entry, due, acted, marks, missed words, and the answers. ``left_out`` counts by reason."""

    table: ir.Table
    clocks: Clocks
    left_out: dict[str, int]
    undecided: tuple[str, ...]
    notes: tuple[str, ...]


@asking()
def populate(shape: Shape, tables: Tables, settings: Settings) -> Population:
    """Return the start of a simulation; raises Fatal where the data lacks the trigger."""
    starts = find_starts(shape, tables, settings, Reach(longest(shape), _walked(shape, settings)))
    found = answer(shape, tables, settings, starts)
    profiles = profiles_of(starts, tables)
    uses_zone = _uses_zone(shape, settings)
    names = zones_in(profiles.timezone) if uses_zone and "timezone" in profiles.columns else []
    named = [step.delay.zone for step in shape.part("delay") if step.delay is not None]
    quiet = [settings.quiet_hours.zone] if settings.quiet_hours else []
    reach = longest(shape, longest_hold(settings.quiet_hours)) + SLACK
    span = (settings.now - reach, settings.now + reach)
    clocks = make_clocks([*named, *quiet], names, settings.account_zone, span)
    columns = _profile_columns(shape, profiles)
    if uses_zone:
        columns |= zone_columns(clocks, names, profiles.timezone if "timezone" in profiles.columns else None)
    table = _joined(starts, found, profiles.select("profile_id", **columns))
    table, notes = with_received(shape, tables, settings, table)
    table = _begun(shape, settings, table, found, uses_zone=uses_zone)
    kept, out = _filtered(table)
    left_out = {**starts.left_out, **out}
    left_out["unknown-profile"] = figures(starts.table, rows=starts.table.count())["rows"] - left_out.pop(
        "population"
    )
    starts.table.release()
    notes = (*starts.notes, *notes, *_of_zones(shape, settings), *_unknown_zones(shape, clocks))
    return Population(kept, clocks, left_out, (*starts.undecided, *found.undecided), notes)


def _walked(shape: Shape, settings: Settings) -> int:
    """Return how far back to walk: a day more for the boundary, and what may be held; no end for waits."""
    if any(step.index in shape.useful for step in shape.part("wait")):
        return settings.now
    hold = longest_hold(settings.quiet_hours) if holds_before(shape, settings) else 0
    return min(settings.now, longest(shape, hold) + DAY)


def _uses_zone(shape: Shape, settings: Settings) -> bool:
    delays = [step.delay for step in shape.part("delay") if step.delay is not None]
    texts = any(step.message is not None and step.message.quiet_hours for step in shape.actives)
    held = texts and settings.quiet_hours is not None and settings.quiet_hours.zone == "profile"
    return held or any(delay.needs_clock and delay.zone == "profile" for delay in delays)


def _of_zones(shape: Shape, settings: Settings) -> tuple[str, ...]:
    """Return how the zone of quiet hours is taken otherwise than the vendor does (FACTS A9)."""
    texts = any(step.message is not None and step.message.quiet_hours for step in shape.actives)
    if not texts or settings.quiet_hours is None or settings.quiet_hours.zone != "profile":
        return ()
    return (QUIET_ZONES,)


def _unknown_zones(shape: Shape, clocks: Clocks) -> tuple[str, ...]:
    """Return which delays name a zone that is not known, of those whose end a zone decides."""
    named = [
        (step.name, step.delay.zone) for step in shape.steps if step.delay and clocks.guessed(step.delay)
    ]
    return tuple(
        f'"{name}" names the time zone "{zone}", which is not known; the account\'s is used.'
        for name, zone in dict.fromkeys(named)
    )


def _profile_columns(shape: Shape, profiles: ir.Table) -> dict[str, Any]:
    """Return address and consent of each channel that the flow uses, as far as the data has them."""
    columns: dict[str, Any] = {}
    for channel in channels(shape):
        address, consent = ADDRESSES.get(channel, ""), CONSENTS[channel]
        known = address in profiles.columns
        columns[f"address_{channel}"] = profiles[address].notnull() if known else boolean(value=True)
        columns[f"can_{channel}"] = profiles[consent] if consent in profiles.columns else boolean(value=None)
    number = number_of(profiles)
    if texts_by_number(shape) and number is not None:
        owners = profiles.count().over(group_by=number)
        columns[SHARES] = number.notnull() & (owners > 1)
    for step in shape.part("split"):
        for place, way in enumerate(step.ways):
            if way.test is not None and way.test.source == "sample":
                # A share by the digest of the id: the same on every engine, and its own for each split.
                digest = (profiles.profile_id + f" {step.index}").hexdigest("md5").substr(0, 4)
                columns[test_column(step.index, place)] = (
                    digest < f"{way.test.share * 0x10000 // 100:04x}"
                    if way.test.share < 100
                    else boolean(value=True)
                )
            elif way.test is not None and way.test.source == "unknown":
                columns[test_column(step.index, place)] = boolean(value=None)
    return columns


def _joined(starts: Starts, found: Answers, profiles: ir.Table) -> ir.Table:
    table = starts.table.inner_join(profiles, "profile_id")
    if len(found.table.columns) == 1:
        return table
    table = table.inner_join(found.table, "profile_id")
    return table.drop(*[name for name in table.columns if name.endswith("_right")])


def _begun(shape: Shape, settings: Settings, table: ir.Table, found: Answers, *, uses_zone: bool) -> ir.Table:
    """Add the columns that the walk changes, and the doubts that are known from the start."""
    passes = table[FILTER] if FILTER in table.columns else boolean(value=True)
    marks = whole(0)
    if not settles_several(shape):
        marks = marks | bit(table.inside > 1, _several(shape, found))
    if uses_zone:
        marks = marks | bit(~table.zone_known, doubt.ZONE.bit)
    if FILTER in table.columns:
        marks = marks | bit(passes.isnull(), doubt.FILTER.bit)
    for name, again in found.again.items():
        differs = known(table[name], otherwise=True) != known(table[again], otherwise=True)
        marks = marks | bit(differs, doubt.FLOW_START.bit)
    if FILTER in found.again:
        other = known(table[found.again[FILTER]], otherwise=True)
        marks = marks | bit(~known(passes, otherwise=True) & other, doubt.GHOST)
    entry = TRIGGER if settings.mode == "beginning" else NOBODY
    words = {f"missed_{word}": whole(0) for word in range(1 + len(shape.actives) // WORD)}
    others = [column for name, column in found.again.items() if not name.startswith("test_")]  # splits ask on
    drop = [name for name in ("started", "inside", "zone_known", *others) if name in table.columns]
    return table.mutate(
        marks=marks.cast("int64"),
        kept=known(passes, otherwise=True),
        entry=small(entry),
        due=table.t,
        acted=boolean(value=False),
        **words,
        **({"late": table.t, "late_entry": small(entry)} if holds_before(shape, settings) else {}),
    ).drop(*drop)


def _several(shape: Shape, found: Answers) -> int:
    """Return the bits of several events: where they may part at a split, another one might add who is not added."""
    parts = any(name != FILTER for name in found.again) or any(
        way.test is not None and way.test.source == "event"
        for step in shape.part("split")
        for way in step.ways
    )
    return doubt.SEVERAL.decides if parts else doubt.SEVERAL.bit


def holds_before(shape: Shape, settings: Settings) -> bool:
    """Say whether quiet hours before the click could have held somebody back."""
    texts = any(step.message is not None and step.message.quiet_hours for step in shape.actives)
    return texts and settings.quiet_hours is not None and settings.mode != "beginning"


def _filtered(table: ir.Table) -> tuple[ir.Table, dict[str, int]]:
    """Return those whom the flow's filter keeps, with the ghosts of the other reading, and how many it removes."""
    everybody = kept_table(table)
    counts = figures(everybody, population=everybody.count(), filter=everybody.count(where=~everybody.kept))
    ghost = (everybody.marks & doubt.GHOST) != 0
    kept = everybody.filter(everybody.kept | ghost).drop(
        "kept", *([FILTER] if FILTER in everybody.columns else [])
    )
    found = kept_table(kept)
    everybody.release()
    return found, counts


def settles_several(shape: Shape) -> bool:
    """Say whether the flow's filter asks for no further trigger event since the start: then only the latest can pass."""
    groups = (shape.profile_filter or {}).get("condition_groups") or ()
    for group in groups:
        rows = list(group.get("conditions") or [])
        if len(rows) == 1 and _none_since(rows[0], shape.trigger_id):
            return True
    return shape.trigger != "metric"


def _none_since(condition: Mapping[str, Any], metric: str) -> bool:
    test = condition.get("measurement_filter") or {}
    return (
        condition.get("type") == "profile-metric"
        and condition.get("metric_id") == metric
        and condition.get("measurement") == "count"
        and f"{test.get('operator')} {test.get('value')}"
        in ("equals 0", "equals 0.0", "less-than 1", "less-than 1.0")
        and (condition.get("timeframe_filter") or {}).get("operator") == "flow-start"
        and not condition.get("metric_filters")
    )
