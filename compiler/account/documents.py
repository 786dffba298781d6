"""JSON:API documents: resources with links and relationships, sparse fieldsets, includes, pages."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any
from urllib.parse import urlencode

from compiler.account.api import Answer, Call, Kind, Relation
from compiler.account.errors import bad_parameter, not_found
from compiler.account.filters import matches
from compiler.account.parameters import write_cursor
from compiler.account.view import Row


def resource(call: Call, kind: Kind, row: Row, *, top: bool = True) -> dict[str, Any]:
    """Return one resource object; linkage data stands only where the call includes it (or asks for it)."""
    base = f"{call.settings.origin}/api/{kind.path}/{row.id}"
    attributes = kind.describe(call, row)
    if call.query.additional.get(kind.type):
        more = kind.describe_more(call, row)
        attributes |= {name: more[name] for name in call.query.additional[kind.type]}
    wanted = call.query.fields.get(kind.type)
    if wanted is not None:
        attributes = _sparse(attributes, wanted, kind)
    made: dict[str, Any] = {"type": kind.type, "id": row.id, "attributes": attributes}
    relations = [relation for relation in kind.relations if relation.since <= call.revision]
    if relations:
        made["relationships"] = {
            relation.name: _relationship(call, base, relation, row, top=top) for relation in relations
        }
    made["links"] = {"self": f"{base}/"}
    return made


def _relationship(call: Call, base: str, relation: Relation, row: Row, *, top: bool) -> dict[str, Any]:
    links = {"self": f"{base}/relationships/{relation.name}/", "related": f"{base}/{relation.name}/"}
    if not top or relation.name not in call.query.include:
        return {"links": links}
    found = [{"type": relation.kind, "id": identifier} for identifier in relation.find(call, row)]
    if relation.many:
        return {"data": found, "links": links}
    return {"data": found[0], "links": links} if found else {"links": links}


def _sparse(attributes: dict[str, Any], wanted: Iterable[str], kind: Kind) -> dict[str, Any]:
    known = {*attributes, *kind.additional, "id", "type"}
    kept: dict[str, Any] = {}
    for path in wanted:
        first = path.partition(".")[0]
        if first not in known:
            raise bad_parameter(f"'{path}' is not a field of '{kind.type}'.", f"fields[{kind.type}]")
        if first in attributes:
            _keep(attributes, kept, path.split("."))
    return kept


def _keep(source: Any, kept: dict[str, Any], path: list[str]) -> None:
    """Copy what stands at ``path`` of ``source`` into ``kept``; a path that ends nowhere keeps nothing."""
    if not isinstance(source, dict) or path[0] not in source:
        return
    value = source[path[0]]
    if len(path) == 1 or not isinstance(value, dict):
        kept[path[0]] = value
    else:
        inner = kept.setdefault(path[0], {})
        if inner is not value:
            _keep(value, inner, path[1:])


def included(call: Call, kind: Kind, rows: Iterable[Row]) -> list[dict[str, Any]]:
    """Return the resources that the call includes, each once, in the order of the rows."""
    made: dict[tuple[str, str], dict[str, Any]] = {}
    for row in rows:
        for name in call.query.include:
            relation = kind.relation(name)
            if relation.since > call.revision:
                continue
            for identifier in relation.find(call, row):
                other = call.kinds[relation.kind]
                found = None if (other.type, identifier) in made else other.row(call, identifier)
                if found is not None:
                    made[other.type, identifier] = resource(call, other, found, top=False)
    return list(made.values())


def one(call: Call, kind: Kind, row: Row, status: int = 200) -> Answer:
    """Answer with one resource, and what the call includes of it."""
    document: dict[str, Any] = {"data": resource(call, kind, row)}
    if call.query.include:
        document["included"] = included(call, kind, [row])
    return status, document | {"links": {"self": self_link(call)}}


def many(call: Call, kind: Kind, rows: Sequence[Row], following: str | None = None) -> Answer:
    """Answer with the resources of one page; ``following`` is the cursor of the next one."""
    document: dict[str, Any] = {"data": [resource(call, kind, row) for row in rows]}
    if call.query.include:
        document["included"] = included(call, kind, rows)
    return 200, document | {"links": page_links(call, following)}


def identifiers(call: Call, kind: str, ids: Iterable[str], following: str | None = None) -> Answer:
    """Answer with the ids of one page of a relationship."""
    data = [{"type": kind, "id": identifier} for identifier in ids]
    return 200, {"data": data, "links": page_links(call, following)}


def page(call: Call, rows: Iterable[Row]) -> tuple[list[Row], str | None]:
    """Filter, sort and cut ``rows`` as the call asks; return the page and the cursor of the next one."""
    kept = [
        row
        for row in rows
        if all(matches(clause, field_of(row, clause.field)) for clause in call.query.clauses)
    ]
    field, descending = call.query.sort.removeprefix("-"), call.query.sort.startswith("-")

    def key(row: Row) -> tuple[str, int]:
        return (_sortable(field_of(row, field)) if field else "", row.number)

    kept.sort(key=key, reverse=descending)
    cursor = call.query.cursor
    if cursor is not None:
        kept = [row for row in kept if (key(row) < cursor if descending else key(row) > cursor)]
    size = call.query.size
    if not size or len(kept) <= size:
        return kept, None
    return kept[:size], write_cursor(*key(kept[size - 1]))


def field_of(row: Row, field: str) -> Any:
    """Return the value of a possibly dotted ``field`` of a stored row, or ``None``."""
    if field == "id":
        return row.id
    value: Any = row.body
    for part in field.split("."):
        value = value.get(part) if isinstance(value, dict) else None
    return value


def _sortable(value: Any) -> str:
    return "" if value is None else str(value)


def self_link(call: Call) -> str:
    """Return the link of the call itself."""
    return _link(call, call.query.raw)


def page_links(call: Call, following: str | None) -> dict[str, str]:
    """Return the links of a collection: itself and, where there is one, the next page."""
    links = {"self": self_link(call)}
    if following is not None:
        kept = tuple((name, value) for name, value in call.query.raw if name != "page[cursor]")
        links["next"] = _link(call, (*kept, ("page[cursor]", following)))
    return links


def _link(call: Call, pairs: Iterable[tuple[str, str]]) -> str:
    query = urlencode(list(pairs))
    return f"{call.settings.origin}{call.path}" + (f"?{query}" if query else "")


def existing(call: Call, kind: str, identifier: str | None = None) -> Row:
    """Return the resource that the path (or ``identifier``) names; raises ``Refusal`` (404) without it."""
    wanted = call.args["id"] if identifier is None else identifier
    row = call.kinds[kind].row(call, wanted)
    if row is None:
        raise not_found(kind, wanted)
    return row
