"""What a folder of data says of itself: ``pull.json``, which says whose data it is, of when, and what still lacks."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import asdict, dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Final
from urllib.parse import quote

from compiler.diagnostics import Fatal

STATE: Final = "pull.json"
PROFILES, EVENTS, MEMBERS = "profiles", "events of ", "members of "  # how the names of listings begin
PART: Final = re.compile(r"part-(\d+)\.(parquet|writing)")  # a part, or one that a stopped run was writing


@dataclass(slots=True)
class State:
    """What is written already: of each listing its parts, its rows, and the query of the next part (None: done).

    ``clearing`` are the listings of an older pull whose parts are being removed, with how many each may have.
    """

    account: str
    columns: str
    started: str
    listings: dict[str, dict[str, Any]] = field(default_factory=dict)
    clearing: dict[str, int] = field(default_factory=dict)

    @property
    def at(self) -> datetime:
        """The moment that the data shows, UTC-aware."""
        return datetime.fromisoformat(self.started)

    @property
    def unfinished(self) -> list[str]:
        """The listings that were not read to their end, or whose older parts are not removed yet."""
        return [*self.clearing, *(name for name, about in self.listings.items() if about["next"] is not None)]

    def rows(self, start: str) -> int:
        """Return the rows of all listings whose name starts so."""
        return sum(about["rows"] for name, about in self.listings.items() if name.startswith(start))


def read_state(folder: Path) -> State | None:
    """Return what ``pull.json`` of a folder says; None where there is none, Fatal where it is broken."""
    path = folder / STATE
    if not path.is_file():
        return None
    try:
        data = json.loads(path.read_text(encoding="utf-8"))
        state = State(
            data["account"],
            data["columns"],
            data["started"],
            dict(_listings(data["listings"])),
            {name: int(parts) for name, parts in data.get("clearing", {}).items()},
        )
        texts = (state.account, state.columns)
        if all(isinstance(text, str) for text in texts) and state.at.tzinfo is not None:
            return state
    except (ValueError, KeyError, TypeError, AttributeError):
        pass
    raise Fatal(f"{path} is no state of a pull; empty {folder} and pull again")


def _listings(listings: Mapping[str, Any]) -> Iterator[tuple[str, dict[str, Any]]]:
    for name, about in listings.items():
        yield name, {"parts": int(about["parts"]), "rows": int(about["rows"]), "next": about["next"]}


def save_state(folder: Path, state: State) -> None:
    """Write ``pull.json`` in one step: a run that dies leaves what was there."""
    aside = folder / f"{STATE}.writing"
    folder.mkdir(parents=True, exist_ok=True)
    aside.write_text(json.dumps(asdict(state), ensure_ascii=False, indent=1) + "\n", encoding="utf-8")
    aside.replace(folder / STATE)


def renewed(state: State, columns: str, at: datetime) -> State:
    """Return the state of a pull that begins anew where ``state`` was, whose parts are to be cleared first."""
    # A run that died may have written one part more than its state says.
    old = {name: about["parts"] + 1 for name, about in state.listings.items()}
    return State(state.account, columns, stamp(at), {}, {**state.clearing, **old})


def stamp(at: datetime) -> str:
    """Return a moment as ``pull.json`` holds it, to the second."""
    return at.isoformat(timespec="seconds")


def readable(at: datetime) -> str:
    """Return a moment for people, in UTC and to the minute."""
    return f"{at.astimezone(UTC):%Y-%m-%d %H:%M} UTC"


def clear(folder: Path, state: State) -> None:
    """Remove the parts that ``state`` is clearing, and the folders that this leaves empty; any other file stays.

    The state on disk must name them already, so that a run that dies here goes on clearing the next time.
    """
    for name, parts in state.clearing.items():
        place = _place(folder, name)
        for path in sorted(place.glob("part-*")):
            found = PART.fullmatch(path.name)
            if found and int(found[1]) < parts:
                path.unlink()
        # An empty folder would say that a metric or group was read and has nothing.
        if place.is_dir() and not any(place.iterdir()):
            place.rmdir()
    state.clearing = {}


def _place(folder: Path, name: str) -> Path:
    """Return the folder of a listing's parts, as the writer names it."""
    if name == PROFILES:
        return folder / "profiles"
    if name.startswith(EVENTS):
        return folder / "events" / f"metric={quote(name.removeprefix(EVENTS), safe='')}"
    return folder / "memberships" / f"group={quote(name.rpartition(' ')[2], safe='')}"
