"""Wall clocks as whole-number expressions, from the pinned zone rules, so that every engine computes the same.

A profile's zone becomes a few columns: its offset at the horizon's start and each change. They are chosen by CASE on
the zone's name, because a small table of offsets in memory cannot be kept on Spark.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from compiler.backpopulate.actions import Delay
from compiler.backpopulate.tables import boolean, known, whole
from compiler.evaluate import ZoneOffsets, zone_offsets
from compiler.evaluate.tables import run

if TYPE_CHECKING:
    import ibis.expr.types as ir

NEVER = 1 << 60  # seconds; a change that is beyond every moment
FIRST = "zone_first"


@dataclass(frozen=True, slots=True, eq=False)
class Clock:
    """A zone's offset at the horizon's start and its changes (instant, wall second, new offset): numbers or columns."""

    first: Any
    changes: tuple[tuple[Any, Any, Any], ...]

    def wall(self, instant: Any) -> Any:
        """Return the wall second at an instant."""
        offset = self.first
        for change, _, new in self.changes:
            offset = (instant >= change).ifelse(new, offset)
        return instant + offset

    def instant(self, wall: Any) -> Any:
        """Return the instant of a wall second: forward by the gap where it is skipped, the first where it is twice."""
        offset = self.first
        for _, change, new in self.changes:
            offset = (wall >= change).ifelse(new, offset)
        return wall - offset


@dataclass(frozen=True, slots=True, eq=False)
class Clocks:
    """The clocks of a simulation between two instants: of fixed zones, of the account, of each profile."""

    zones: Mapping[str, ZoneOffsets]
    account: ZoneOffsets
    most: int

    def of(self, zone: str, table: ir.Table) -> Clock:
        """Return the clock of a delay's zone; ``table`` has a profile's columns. An unknown zone is the account's."""
        if zone != "profile":
            return fixed(self.zones.get(zone, self.account))
        names = [column_names(place) for place in range(self.most)]
        return Clock(table[FIRST], tuple((table[i], table[w], table[o]) for i, w, o in names))

    def guessed(self, delay: Delay) -> bool:
        """Say whether a delay's end hangs on a zone that it names and nobody knows."""
        return delay.needs_clock and delay.zone != "profile" and delay.zone not in self.zones


def column_names(place: int) -> tuple[str, str, str]:
    """Return the columns of a profile's change: its instant, its wall second, the new offset."""
    return f"zone_instant_{place}", f"zone_wall_{place}", f"zone_offset_{place}"


def changes(zone: ZoneOffsets) -> tuple[tuple[int, int, int], ...]:
    """Return a zone's changes as (instant, wall second, new offset)."""
    return tuple(
        (instant, wall, new)
        for (instant, new), (wall, _) in zip(zone.changes, zone.wall_changes, strict=True)
    )


def fixed(zone: ZoneOffsets) -> Clock:
    """Return the clock of one zone for all."""
    return Clock(zone.first, changes(zone))


def make_clocks(named: Iterable[str], profiles: Iterable[str], account: str, span: tuple[int, int]) -> Clocks:
    """Return the clocks between two instants for the zones that delays name and those that profiles have."""
    start, end = (datetime.fromtimestamp(second, UTC) for second in span)
    found = {row.zone: row for row in zone_offsets({*named, *profiles, account}, start, end)}
    most = max((len(row.changes) for row in found.values()), default=0)
    return Clocks(found, found[account], most)


def zones_in(column: ir.Column) -> list[str]:
    """Return the distinct zone names in a column of profiles."""
    rows = run(column.name("zone").as_table().distinct())
    return sorted(row for row in rows["zone"].to_pylist() if row is not None)


def zone_columns(clocks: Clocks, names: Iterable[str], column: Any) -> dict[str, Any]:
    """Return a profile's zone columns, and ``zone_known``; ``column`` holds zone names or is None."""
    zones = [clocks.zones[name] for name in names if name in clocks.zones]
    fields: dict[str, list[int]] = {FIRST: [row.first for row in (*zones, clocks.account)]}
    for place in range(clocks.most):
        for part, name in enumerate(column_names(place)):
            fields[name] = [_field(row, place, part) for row in (*zones, clocks.account)]
    if column is None:
        has_zone = boolean(value=False)
    else:
        has_zone = known(column.isin([row.zone for row in zones]), otherwise=False)
    found = {"zone_known": has_zone}
    for name, values in fields.items():
        found[name] = _chosen([row.zone for row in zones], values[:-1], values[-1], column)
    return found


def _field(zone: ZoneOffsets, place: int, part: int) -> int:
    found = changes(zone)
    return found[place][part] if place < len(found) else (NEVER, NEVER, 0)[part]


def _chosen(names: list[str], values: list[int], other: int, column: Any) -> Any:
    """Return the value that belongs to a zone's name, ``other`` for every other name."""
    import ibis  # noqa: PLC0415 - heavy, loaded where data is read

    by_value: dict[int, list[str]] = {}
    for name, value in zip(names, values, strict=True):
        by_value.setdefault(value, []).append(name)
    by_value.pop(other, None)
    rows = [(column.isin(zones), whole(value)) for value, zones in sorted(by_value.items())]
    rest = whole(other)
    return ibis.cases(*rows, else_=rest) if rows else rest
