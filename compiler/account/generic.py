"""Handlers that every kind shares: read one, list all, follow a relationship."""

from __future__ import annotations

from collections.abc import Callable, Iterable

from compiler.account.api import Answer, Call, Kind
from compiler.account.documents import existing, identifiers, many, one, page, resource, self_link
from compiler.account.errors import not_found
from compiler.account.view import Row

Handler = Callable[[Call], Answer]


def read(kind: Kind) -> Handler:
    """Return the handler of ``GET /api/<path>/<id>``."""

    def handler(call: Call) -> Answer:
        return one(call, kind, existing(call, kind.type))

    return handler


def listing(kind: Kind, rows: Callable[[Call], Iterable[Row]] | None = None) -> Handler:
    """Return the handler of ``GET /api/<path>``; ``rows`` says which resources it shows, all by default."""

    def handler(call: Call) -> Answer:
        found, following = page(call, rows(call) if rows else call.view.rows(kind.type))
        return many(call, kind, found, following)

    return handler


def related(kind: Kind, name: str) -> Handler:
    """Return the handler of ``GET /api/<path>/<id>/<name>``: the related resources themselves."""
    relation = kind.relation(name)

    def handler(call: Call) -> Answer:
        other = call.kinds[relation.kind]
        found = [other.row(call, identifier) for identifier in relation.find(call, existing(call, kind.type))]
        rows = [row for row in found if row is not None]
        if relation.many:
            shown, following = page(call, rows)
            return many(call, other, shown, following)
        if not rows:
            raise not_found(relation.kind, "null")
        return 200, {"data": resource(call, other, rows[0]), "links": {"self": self_link(call)}}

    return handler


def linkage(kind: Kind, name: str) -> Handler:
    """Return the handler of ``GET /api/<path>/<id>/relationships/<name>``: the related ids."""
    relation = kind.relation(name)

    def handler(call: Call) -> Answer:
        ids = relation.find(call, existing(call, kind.type))
        if not relation.many:
            data = {"type": relation.kind, "id": ids[0]} if ids else None
            return 200, {"data": data, "links": {"self": self_link(call)}}
        if not (call.query.clauses or call.query.sort or call.query.size):
            return identifiers(call, relation.kind, ids)
        other = call.kinds[relation.kind]
        found = [row for row in (other.row(call, identifier) for identifier in ids) if row is not None]
        shown, following = page(call, found)
        return identifiers(call, relation.kind, [row.id for row in shown], following)

    return handler
