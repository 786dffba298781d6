"""Replaces names by ids in a request body, and ids by names in a definition."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from compiler.bind.names import Names, Wrong
from compiler.bind.sites import replaced
from compiler.codecs.references import PLACEHOLDER, read
from compiler.live import Thing


@dataclass(frozen=True, slots=True)
class Unbound:
    """A reference that has no id, or not the one it had: what stands in the body, and what is wrong."""

    kind: str
    text: str
    wrong: Wrong


@dataclass(frozen=True, slots=True)
class Bound:
    """A body with ids for names, the names used with their ids, and what could not be bound (left as it was)."""

    body: Mapping[str, Any]
    used: tuple[Thing, ...]
    unbound: tuple[Unbound, ...]


def bind(body: Mapping[str, Any], names: Names, locked: Names | None = None) -> Bound:
    """Return a create body of a flow or segment with the account's ids.

    ``locked`` are the names of the lock file: one whose id has changed since is reported, and bound to the new id.
    """
    used: dict[Thing, None] = {}
    wrongs: dict[Unbound, None] = {}

    def one(kind: str, text: str) -> str:
        match = PLACEHOLDER.fullmatch(text)
        if match is None:
            wrong = names.foreign(kind, text)
            if wrong:
                wrongs[Unbound(kind, text, wrong)] = None
            return text
        said = read(match[1], text)
        found = names.find(match[1], said)
        if isinstance(found, str):
            return found
        if isinstance(found, Wrong):
            wrongs[Unbound(match[1], text, found)] = None
            return text
        used[found] = None
        moved = _moved(match[1], said, found, locked)
        if moved:
            wrongs[Unbound(match[1], text, moved)] = None
        return found.id

    attributes = body["data"]["attributes"]
    definition = replaced(attributes["definition"], one)
    bound = {**body, "data": {**body["data"], "attributes": {**attributes, "definition": definition}}}
    return Bound(bound, tuple(used), tuple(wrongs))


def _moved(kind: str, said: Any, found: Thing, locked: Names | None) -> Wrong | None:
    """Say that a name means something else than when the lock was written."""
    before = locked.find(kind, said) if locked is not None else None
    if not isinstance(before, Thing) or before.id == found.id:
        return None
    message = f'"{found.name}" was the {before.kind} {before.id} when the lock was written and is {found.id} now; flowc lock accepts that'
    return Wrong("F316", message, "warning")


def unbind(definition: Mapping[str, Any], names: Names) -> dict[str, Any]:
    """Return a definition of the API with placeholders for the ids that have a name of their own."""
    return replaced(definition, lambda kind, text: names.reference(kind, text) or text)
