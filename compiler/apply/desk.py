"""What every unit of an apply works with: the client, the journal, and what the account's names mean by now."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from compiler.apply.performing import Performer
from compiler.apply.waiting import Patience
from compiler.bind.sites import replaced
from compiler.client import Client, calls
from compiler.codecs.references import PLACEHOLDER, read
from compiler.journal import Entry, Journal
from compiler.live import Snapshot
from compiler.plan.units import Plan, Unit
from compiler.planning.observed import Contents

GROUP = ("list", "segment")


@dataclass(slots=True)
class Desk:
    """One apply at work; ``ids`` holds the id of each name, kept up as things are made.

    ``untouched`` says of each draft that is to be deleted how it was when the account was asked what it ever sent.
    """

    client: Client
    journal: Journal
    patience: Patience
    plan: Plan
    snapshot: Snapshot
    performer: Performer
    contents: Contents
    tag: str
    started: dt.datetime
    note: Callable[[str], object]
    ids: dict[tuple[str, str], str] = field(default_factory=dict)
    untouched: dict[str, Any] = field(default_factory=dict)

    def __post_init__(self) -> None:
        """Learn the account's names; where a name is carried twice the oldest thing keeps it."""
        for thing in self.snapshot.things():
            self.ids.setdefault((thing.kind, thing.name), thing.id)

    def bound(self, definition: Mapping[str, Any]) -> dict[str, Any]:
        """Return a definition with ids for the placeholders that have one by now."""

        def one(kind: str, text: str) -> str:
            said = read(kind, text) if PLACEHOLDER.fullmatch(text) else None
            if not isinstance(said, str):
                return text
            kinds = GROUP if kind == "group" else (kind,)
            return next((self.ids[each, said] for each in kinds if (each, said) in self.ids), text)

        return replaced(definition, one)

    def names_of(self, call: calls.Call, kind: str, name: str) -> list[tuple[str, Mapping[str, Any]]]:
        """Return id and attributes of the things of a listing that have a name, oldest first."""
        params = {} if kind != "template" else {"fields[template]": "name,editor_type,html,text,created"}
        rows = [
            (str(row["id"]), row.get("attributes") or {})
            for page in self.client.pages(call, params=params)
            for row in page["data"]
        ]
        found = [(identifier, about) for identifier, about in rows if about.get("name") == name]
        return sorted(found, key=lambda one: (str(one[1].get("created") or ""), one[0]))

    def sent_for(self, unit: Unit) -> list[Entry]:
        """Return what the journal has of a unit's own calls."""
        key = f"{key_of(unit)}#"
        return [entry for step, entry in self.journal.entries.items() if step.startswith(key)]

    def archived(self) -> set[str]:
        """Return the ids of the archived flows."""
        return {flow.id for flow in self.snapshot.flows if flow.archived}


def key_of(unit: Unit) -> str:
    """Return the unit's key in the journal."""
    return f"{unit.kind}/{unit.name}/{unit.id or ''}"
