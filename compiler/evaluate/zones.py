"""Time zones as small tables of offsets from the pinned tzdata package, so that every engine computes the same.

Engines carry time-zone rules of different ages and choose differently at a wall time that occurs twice. A delay is
therefore computed with whole numbers alone: ``wall = instant + offset`` with the offset that holds at the instant,
and back with the one that holds at the wall time. The way back moves a wall time that is skipped forward by the
length of the gap, and takes the first of two.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import cache
from importlib.metadata import version
from importlib.resources import files
from zoneinfo import ZoneInfo

DAY = 86_400


@dataclass(frozen=True, slots=True)
class ZoneOffsets:
    """A zone's seconds east of UTC from the horizon's start, and each change: (epoch second, seconds from then on)."""

    zone: str
    first: int
    changes: tuple[tuple[int, int], ...]

    @property
    def wall_changes(self) -> tuple[tuple[int, int], ...]:
        """The same changes on the zone's own clock: (wall second, seconds from then on)."""
        before = (self.first, *(offset for _, offset in self.changes))
        return tuple(
            (instant + max(old, new), new) for (instant, new), old in zip(self.changes, before, strict=False)
        )


def tzdata_version() -> str:
    """Return the version of the rules' package, such as ``2026.1``, to be recorded beside what was computed with them."""
    return version("tzdata")


def zone_offsets(names: Iterable[str], start: datetime, end: datetime) -> tuple[ZoneOffsets, ...]:
    """Return the offsets of each known zone between two instants, by name; unknown names are left out.

    A zone that changes twice within one day counts the day's outcome only.
    """
    first, last = int(start.timestamp()), int(end.timestamp())
    return tuple(_offsets(name, first, last) for name in sorted(set(names) & _known()))


def _offsets(name: str, first: int, last: int) -> ZoneOffsets:
    with (files("tzdata") / "zoneinfo").joinpath(*name.split("/")).open("rb") as file:
        zone = ZoneInfo.from_file(file, key=name)
    changes = []
    for day in range(first, last, DAY):
        until = min(day + DAY, last)
        if _offset(zone, day) != _offset(zone, until):
            changes.append((_change(zone, day, until), _offset(zone, until)))
    return ZoneOffsets(name, _offset(zone, first), tuple(changes))


def _offset(zone: ZoneInfo, second: int) -> int:
    offset = datetime.fromtimestamp(second, UTC).astimezone(zone).utcoffset()
    assert offset is not None
    return offset // timedelta(seconds=1)


def _change(zone: ZoneInfo, before: int, after: int) -> int:
    """Return the first second with the offset of ``after``, by halving."""
    new = _offset(zone, after)
    while after - before > 1:
        middle = (before + after) // 2
        before, after = (before, middle) if _offset(zone, middle) == new else (middle, after)
    return after


@cache
def _known() -> frozenset[str]:
    return frozenset((files("tzdata") / "zones").read_text(encoding="utf-8").split())
