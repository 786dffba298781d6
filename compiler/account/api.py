"""The shapes of the HTTP face: kinds of resources, endpoints, one call, and what a call may ask."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from compiler.account.errors import invalid
from compiler.account.filters import Clause
from compiler.account.limits import Limit
from compiler.account.revisions import OLDEST
from compiler.account.settings import Settings, Switches
from compiler.account.view import Row, View

Answer = tuple[int, dict[str, Any] | None]
"""HTTP status and JSON:API document; ``None`` is an answer without a body."""


@dataclass(frozen=True, slots=True)
class Query:
    """What a request's parameters ask for, already checked against the endpoint."""

    fields: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    additional: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    include: tuple[str, ...] = ()
    clauses: tuple[Clause, ...] = ()
    sort: str = ""
    size: int = 0
    cursor: tuple[Any, ...] | None = None
    raw: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True, slots=True)
class Call:
    """One request inside its transaction."""

    view: View
    settings: Settings
    switches: Switches
    kinds: Mapping[str, Kind]
    revision: str
    now: datetime
    path: str
    args: Mapping[str, str]
    query: Query
    body: Any

    @property
    def stamp(self) -> str:
        """The present moment as the API writes it."""
        return self.now.isoformat(timespec="seconds")

    def attributes(self, kind: str, identifier: str | None = None) -> dict[str, Any]:
        """Return ``data.attributes`` of a request for a resource of ``kind``.

        Raises ``Refusal`` (400) where the body is no such document, or names another id than the path.
        """
        data = self.body.get("data") if isinstance(self.body, dict) else None
        if not isinstance(data, dict):
            raise invalid("A document with 'data' is required.", "/data")
        if data.get("type") != kind:
            raise invalid(f"The type must be '{kind}'.", "/data/type")
        if identifier is not None and data.get("id") != identifier:
            raise invalid("The id of the document is not the id of the path.", "/data/id")
        attributes = data.get("attributes", {})
        if not isinstance(attributes, dict):
            raise invalid("Attributes must be an object.", "/data/attributes")
        return attributes

    def text(self, attributes: Mapping[str, Any], name: str) -> str:
        """Return a required text among ``attributes``; raises ``Refusal`` (400) where it is none."""
        value = attributes.get(name)
        if not isinstance(value, str) or not value.strip():
            raise invalid(f"'{name}' is required and must be a text.", f"/data/attributes/{name}")
        return value


@dataclass(frozen=True, slots=True)
class Relation:
    """A relationship of a kind: ``find`` returns the related ids, and one at most unless ``many``."""

    name: str
    kind: str
    find: Callable[[Call, Row], list[str]]
    many: bool = True
    since: str = OLDEST


def _nothing_more(call: Call, row: Row) -> dict[str, Any]:
    del call, row
    return {}


def _from_resources(kind: str) -> Callable[[Call, str], Row | None]:
    def fetch(call: Call, identifier: str) -> Row | None:
        return call.view.row(kind, identifier)

    return fetch


@dataclass(frozen=True, slots=True)
class Kind:
    """A type of resource: its path, how a stored row reads, its relationships, what is shown only on demand."""

    type: str
    path: str
    describe: Callable[[Call, Row], dict[str, Any]]
    relations: tuple[Relation, ...] = ()
    additional: tuple[str, ...] = ()
    describe_more: Callable[[Call, Row], dict[str, Any]] = _nothing_more
    fetch: Callable[[Call, str], Row | None] | None = None

    def row(self, call: Call, identifier: str) -> Row | None:
        """Return the stored resource, or ``None``."""
        return (self.fetch or _from_resources(self.type))(call, identifier)

    def relation(self, name: str) -> Relation:
        """Return the relationship called ``name``."""
        return next(relation for relation in self.relations if relation.name == name)


@dataclass(frozen=True, slots=True)
class Params:
    """The query parameters that an endpoint takes; ``page`` is (default size, largest size)."""

    fields: tuple[str, ...] = ()
    additional: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    include: tuple[str, ...] = ()
    filters: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    sort: tuple[str, ...] = ()
    page: tuple[int, int] | None = None
    fixed_page: int = 0
    required_filter: Callable[[str], str] | None = None


@dataclass(frozen=True, slots=True)
class Endpoint:
    """One route: who may call it, how often, with which parameters, since which revision."""

    method: str
    path: str
    handler: Callable[[Call], Answer]
    scopes: tuple[str, ...]
    limit: Limit
    params: Params = field(default_factory=Params)
    since: str = OLDEST
    heavier: Mapping[str, Limit] = field(default_factory=dict)

    @property
    def name(self) -> str:
        """The endpoint as its limits are counted."""
        return f"{self.method} {self.path}"

    def limit_for(self, query: Query) -> Limit:
        """Return the limit of a call, which some parameters lower."""
        asked = [*query.include, *(name for names in query.additional.values() for name in names)]
        heavier = [self.heavier[name] for name in asked if name in self.heavier]
        return min([self.limit, *heavier], key=lambda limit: limit.steady)
