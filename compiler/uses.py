"""Answers who is triggered by a metric, list or segment: in the account, and in git."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any, Final

from compiler.bind import Names
from compiler.cache import Built
from compiler.client import Call, Client, calls
from compiler.codecs.references import PLACEHOLDER, read
from compiler.diagnostics import Exit, Fatal, nearest
from compiler.live import Snapshot, Thing

TRIGGERED: Final[Mapping[str, Call]] = {
    "metric": calls.GET_FLOWS_TRIGGERED_BY_METRIC,
    "list": calls.GET_FLOWS_TRIGGERED_BY_LIST,
    "segment": calls.GET_FLOWS_TRIGGERED_BY_SEGMENT,
}


@dataclass(frozen=True, slots=True)
class Use:
    """A flow that the account says is triggered by a thing."""

    thing: Thing
    id: str
    name: str
    status: str


def asked_for(snapshot: Snapshot, kind: str, name: str) -> list[Thing]:
    """Return the things that a name (or an id) means: all of one name, each of which triggers flows of its own.

    Raises Fatal (WRONG_SPECS) with the nearest name where there is none.
    """
    things = [thing for thing in snapshot.things() if thing.kind == kind]
    found = [thing for thing in things if thing.name == name] or [
        thing for thing in things if thing.id == name
    ]
    if not found:
        hint = nearest(name, sorted({thing.name for thing in things}))
        raise Fatal(f'the account has no {kind} "{name}"{hint}', Exit.WRONG_SPECS)
    return found


def live_uses(client: Client, things: Iterable[Thing]) -> list[Use]:
    """Return the flows that the account lists under each thing's ``flow-triggers``, by name."""
    out = []
    for thing in things:
        for page in client.pages(TRIGGERED[thing.kind], thing.id):
            for row in page.get("data") or []:
                about = row.get("attributes") or {}
                out.append(
                    Use(thing, str(row["id"]), str(about.get("name") or ""), str(about.get("status") or ""))
                )
    return sorted(out, key=lambda use: (use.thing, use.name, use.id))


def git_uses(built: Iterable[Built], things: Iterable[Thing], names: Names) -> list[Built]:
    """Return the compiled flows whose trigger means one of the things, in the order of their files."""
    wanted = {(thing.kind, thing.id) for thing in things}
    return [item for item in built if item.kind == "flow" and _trigger(json.loads(item.text), names) & wanted]


def _trigger(body: Mapping[str, Any], names: Names) -> set[tuple[str, str]]:
    """Return (kind, id) of what triggers a flow; several where its name means several things."""
    out: set[tuple[str, str]] = set()
    for trigger in body["data"]["attributes"]["definition"].get("triggers") or []:
        kind, identifier = trigger.get("type"), trigger.get("id")
        if kind not in TRIGGERED or not isinstance(identifier, str):
            continue
        match = PLACEHOLDER.fullmatch(identifier)
        said = read(kind, identifier)
        if match is None:
            out.add((kind, identifier))
        elif isinstance(found := names.find(kind, said), Thing):
            out.add((kind, found.id))
        elif isinstance(said, str):
            out.update((kind, thing.id) for thing in names.named(kind, said))
    return out
