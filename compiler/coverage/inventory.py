"""What coverage knows of an account at one moment: frozen, saved to a file and loaded from it."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from datetime import datetime, timedelta
from typing import Any, Final

from compiler.diagnostics import Fatal
from compiler.live import Snapshot, load, save

FORMAT: Final = 1
TREND: Final = 4  # weeks that a trend is taken from


@dataclass(frozen=True, slots=True)
class Campaign:
    """One campaign with whom it includes and excludes (ids); ``at`` is when it goes, or was changed last."""

    id: str
    name: str
    status: str
    at: str
    included: tuple[str, ...]
    excluded: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Figures:
    """Members of a segment now, and how many were added and removed in the last 90 days.

    ``weeks`` are these days week by week: when each begins, and the members at its end.
    """

    total: int
    added: int
    removed: int
    weeks: tuple[tuple[str, int], ...] = ()

    def trend(self, at: datetime) -> float | None:
        """Return by how many members a week the segment grew in the last four weeks before ``at``.

        None where the series does not reach back that far.
        """
        if len(self.weeks) <= TREND:
            return None
        since = datetime.fromisoformat(self.weeks[-TREND][0])  # when the week before them ended
        before = self.weeks[-TREND - 1][1]
        return (self.total - before) / ((at - since) / timedelta(weeks=1))


@dataclass(frozen=True, slots=True)
class Volume:
    """A metric's last year by week: when each week begins, its events, its people, the sum of its values."""

    starts: tuple[str, ...]
    counts: tuple[float, ...]
    people: tuple[float, ...]
    amounts: tuple[float, ...]

    def since(self, moment: datetime) -> float:
        """Return the events of the weeks that reach past a moment."""
        return sum(
            count
            for start, count in zip(self.starts, self.counts, strict=True)
            if (moment - datetime.fromisoformat(start)).days < 7  # a week that reaches past the moment counts
        )


@dataclass(frozen=True, slots=True)
class Inventory:
    """An account as coverage sees it; what could not be read is empty, and ``missing`` says so in sentences."""

    taken: str
    snapshot: Snapshot
    mapped: Mapping[str, str] = field(default_factory=dict)
    definitions: Mapping[str, Any] = field(default_factory=dict)
    campaigns: tuple[Campaign, ...] = ()
    figures: Mapping[str, Figures] = field(default_factory=dict)
    volumes: Mapping[str, Volume] = field(default_factory=dict)
    missing: tuple[str, ...] = ()

    @property
    def at(self) -> datetime:
        """When it was taken, UTC-aware."""
        return datetime.fromisoformat(self.taken)

    def unread(self, *parts: str) -> tuple[str, ...]:
        """Return which of some parts (``campaigns``, ``flows``) were not read; ``missing`` begins with a part."""
        heads = {re.sub(r"^\d+ ", "", one.partition(":")[0]) for one in self.missing}
        return tuple(part for part in parts if part in heads)


def save_inventory(inventory: Inventory) -> str:
    """Return the inventory as one JSON document with ``format_version``."""
    rest = {key: value for key, value in asdict(inventory).items() if key != "snapshot"}
    data = {
        "format_version": FORMAT,
        "kind": "inventory",
        **rest,
        "snapshot": json.loads(save(inventory.snapshot)),
    }
    return json.dumps(data, ensure_ascii=False, indent=1) + "\n"


def load_inventory(text: str) -> Inventory:
    """Return the inventory that :func:`save_inventory` wrote; Fatal where the text is none."""
    try:
        data = json.loads(text)
        if data.get("kind") != "inventory" or data["format_version"] != FORMAT:
            raise Fatal(
                f"no inventory that this flowc reads: kind {data.get('kind')}, version {data.get('format_version')}"
            )
        if datetime.fromisoformat(data["taken"]).tzinfo is None:
            raise Fatal(
                f"no inventory of an account: it was taken at {data['taken']}, which has no time zone"
            )
        return Inventory(
            taken=data["taken"],
            snapshot=load(json.dumps(data["snapshot"])),
            mapped=data["mapped"],
            definitions=data["definitions"],
            campaigns=tuple(Campaign(**_tuples(row)) for row in data["campaigns"]),
            figures={key: Figures(**_tuples(row)) for key, row in data["figures"].items()},
            volumes={key: Volume(**_tuples(row)) for key, row in data["volumes"].items()},
            missing=tuple(data["missing"]),
        )
    except (ValueError, KeyError, TypeError, AttributeError) as error:
        raise Fatal(f"no inventory of an account: {error}") from error


def _tuples(row: Mapping[str, Any]) -> dict[str, Any]:
    return {key: _tuple(value) for key, value in row.items()}


def _tuple(value: Any) -> Any:
    return tuple(_tuple(item) for item in value) if isinstance(value, list) else value
