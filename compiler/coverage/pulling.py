"""Brings profiles, events and memberships into Parquet through the API, part by part, so that a pull can go on.

What was read stands in ``pull.json`` beside the files: the account, the columns, and for each listing the parts
that are written and where the next begins. A pull that was stopped goes on there; a finished one does nothing,
unless it is to begin anew: then the parts of the old one are removed first.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from dataclasses import asdict, dataclass
from datetime import datetime
from itertools import islice
from pathlib import Path
from typing import Any, Final
from urllib.parse import parse_qsl, urlsplit

from compiler.client import Call, Client, calls
from compiler.client.outcome import Document
from compiler.coverage.pull_state import (
    EVENTS,
    MEMBERS,
    PROFILES,
    State,
    clear,
    read_state,
    renewed,
    save_state,
    stamp,
)
from compiler.diagnostics import Fatal, Problems
from compiler.evaluate import Named, write_events, write_memberships, write_profiles

PAGES: Final = 50  # of one part
# An event says whose it is only beside what it includes; two fields keep that small.
LINKED: Final = {
    "include": "metric,profile",
    "fields[metric]": "name",
    "fields[profile]": "updated",
    "sort": "datetime",
}
Note = Callable[[str], object]


@dataclass(frozen=True, slots=True)
class Wish:
    """What to pull: events of these metrics, members of these lists and segments, properties that rules name."""

    metrics: tuple[str, ...]
    lists: tuple[str, ...]
    segments: tuple[str, ...]
    named: Named
    predictive: bool


@dataclass(frozen=True, slots=True)
class Pulled:
    """How many rows of each table a pull has, how many of them are from this run, and the moment that all show."""

    profiles: int
    events: int
    memberships: int
    fresh: int
    at: datetime


def pull_data(
    client: Client,
    folder: Path,
    wish: Wish,
    at: datetime,
    problems: Problems,
    note: Note,
    *,
    refresh: bool = False,
) -> Pulled:
    """Pull into ``folder``, going on where an earlier pull stopped; ``at`` (UTC-aware) is when a new one begins.

    Events after the beginning are left out, so that all parts show one moment. ``refresh`` removes what an earlier
    pull wrote into the folder, and nothing else, and begins anew. Raises Fatal where the folder holds the data of
    another account, or, unless it is refreshed, with other columns.
    """
    account = client.verify_account()
    state = _open(folder, account, wish, at, refresh=refresh)
    pull = _Pull(client, folder, wish, state, problems, note)
    extra = "subscriptions,predictive_analytics" if wish.predictive else "subscriptions"
    due = list(_listings(pull, extra))
    for name, _, _, params, _ in due:
        state.listings.setdefault(name, {"parts": 0, "rows": 0, "next": params})
    save_state(folder, state)  # before anything is read, so that a folder says what it still lacks
    for name, call, identifier, _, write in due:
        pull.listing(name, call, identifier, write)
    return Pulled(state.rows(PROFILES), state.rows(EVENTS), state.rows(MEMBERS), pull.fresh, state.at)


Write = Callable[[list[Any], int], int]
Listing = tuple[
    str, Call, str, dict[str, str], Write
]  # name, call, id, query of its beginning, what writes a part


def _listings(pull: _Pull, extra: str) -> Iterator[Listing]:
    """Yield everything that a pull reads, in its order."""
    wish = pull.wish
    yield PROFILES, calls.GET_PROFILES, "", {"additional-fields[profile]": extra}, pull.profiles
    for metric in wish.metrics:
        wanted = f'equals(metric_id,"{metric}"),less-than(datetime,{pull.state.started})'
        query = {"filter": wanted, **LINKED}
        yield f"{EVENTS}{metric}", calls.GET_EVENTS, "", query, pull.events(metric)
    for kind, call, groups in (
        ("list", calls.GET_PROFILES_OF_LIST, wish.lists),
        ("segment", calls.GET_PROFILES_OF_SEGMENT, wish.segments),
    ):
        for group in groups:
            yield f"{MEMBERS}{kind} {group}", call, group, {}, pull.members(group)


@dataclass(slots=True)
class _Pull:
    client: Client
    folder: Path
    wish: Wish
    state: State
    problems: Problems
    note: Note
    fresh: int = 0

    def listing(self, name: str, call: Call, identifier: str, write: Write) -> None:
        """Read one listing from where it stopped to its end, a part at a time."""
        about = self.state.listings[name]
        while about["next"] is not None:
            pages = list(islice(self.client.pages(call, identifier, params=about["next"]), PAGES))
            rows = [row for page in pages for row in page.get("data") or []]
            written = write(rows, about["parts"])
            about["parts"] += 1
            about["rows"] += written
            about["next"] = _next(pages[-1])
            self.fresh += written
            save_state(self.folder, self.state)
            self.note(f"{name}: {about['rows']} rows{'' if about['next'] is None else ' so far'}")

    def profiles(self, rows: list[Any], part: int) -> int:
        """Write one part of the profiles."""
        return write_profiles(
            self.folder, rows, self.wish.named, self.problems, part, predictive=self.wish.predictive
        )

    def events(self, metric: str) -> Write:
        """Return what writes one part of a metric's events."""
        return lambda rows, part: write_events(
            self.folder, rows, self.wish.named, self.problems, part, [metric]
        )

    def members(self, group: str) -> Write:
        """Return what writes one part of a group's members."""
        return lambda rows, part: write_memberships(self.folder, group, rows, self.problems, part)


def _next(page: Document) -> dict[str, str] | None:
    link = (page.get("links") or {}).get("next")
    return dict(parse_qsl(urlsplit(str(link)).query, keep_blank_values=True)) if link else None


def _open(folder: Path, account: str, wish: Wish, at: datetime, *, refresh: bool) -> State:
    """Return the state to go on from; what an older pull left, where it is to be removed, is gone."""
    columns = json.dumps(asdict(wish.named) | {"predictive": wish.predictive}, sort_keys=True)
    state = read_state(folder)
    if state is None:
        return State(account, columns, stamp(at))
    if state.account != account:
        raise Fatal(
            f"{folder} holds the data of account {state.account}, not of {account}; name another folder"
        )
    if refresh:
        state = renewed(state, columns, at)
        save_state(folder, state)
    if state.columns != columns:
        raise Fatal(
            f"{folder} was pulled for rules that name other properties; pull anew with --refresh, or name another folder"
        )
    clear(folder, state)
    return state
