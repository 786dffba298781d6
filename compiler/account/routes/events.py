"""Events over HTTP: list, read, and take up new ones."""

from __future__ import annotations

import json
import uuid
from datetime import UTC, datetime
from typing import Any

from compiler.account.api import Answer, Call, Endpoint, Kind, Params, Relation
from compiler.account.documents import many
from compiler.account.errors import invalid
from compiler.account.filters import EQUALS, RANGE, Clause, moment_of
from compiler.account.generic import linkage, read, related
from compiler.account.limits import EXTRA_LARGE, MEDIUM
from compiler.account.routes.groups import PROFILE_MORE, no_members
from compiler.account.routes.people import OPERATORS, iso, select_page
from compiler.account.routes.profiles import find_profile, new_profile
from compiler.account.view import Row

COLUMNS = "number, id, metric, profile, at, value, properties"
API_INTEGRATION = {"object": "integration", "id": "0eMvjm", "name": "API", "category": "API"}
FILTERS = {"metric_id": EQUALS, "profile_id": EQUALS, "datetime": RANGE, "timestamp": RANGE}


def event_row(found: tuple[Any, ...]) -> Row:
    """Return an event from its columns."""
    number, identifier, metric, profile, at, value, properties = found
    body = {"metric": metric, "profile": profile, "at": at, "value": value}
    return Row(identifier, metric, body | {"properties": json.loads(properties)}, number)


def fetch_event(call: Call, identifier: str) -> Row | None:
    """Return one event, or ``None``."""
    found = call.view.connection.execute(
        f"SELECT {COLUMNS} FROM events WHERE id = ?",  # noqa: S608 - fixed columns
        (identifier,),
    ).fetchone()
    return event_row(found) if found else None


def describe_event(call: Call, row: Row) -> dict[str, Any]:
    """Return an event's attributes; its value stands among the properties, as ``$value``."""
    del call
    properties = dict(row.body["properties"])
    if row.body["value"] is not None:
        properties["$value"] = row.body["value"]
    return {
        "timestamp": row.body["at"],
        "event_properties": properties,
        "datetime": iso(row.body["at"]),
        "uuid": str(uuid.uuid5(uuid.NAMESPACE_URL, row.id)),
    }


EVENT = Kind(
    "event",
    "events",
    describe_event,
    (
        Relation("profile", "profile", lambda _, row: [row.body["profile"]], many=False),
        Relation("metric", "metric", lambda _, row: [row.body["metric"]], many=False),
        Relation("attributions", "attribution", no_members),
    ),
    fetch=fetch_event,
)
KINDS = (EVENT,)


def _condition(clause: Clause) -> tuple[str, Any]:
    if clause.field in ("metric_id", "profile_id"):
        return f"{clause.field.removesuffix('_id')} = ?", clause.value
    if clause.field == "timestamp" and str(clause.value).isdigit():
        return f"at {OPERATORS[clause.operator]} ?", int(clause.value)
    return f"at {OPERATORS[clause.operator]} ?", moment_of(clause).timestamp()


def get_events(call: Call) -> Answer:
    """List events, the latest first unless sorted otherwise."""
    tests = [_condition(clause) for clause in call.query.clauses]
    found, following = select_page(
        call,
        f"SELECT at, number, {COLUMNS} FROM events",  # noqa: S608 - fixed columns
        "at",
        "number",
        [test for test, _ in tests],
        [value for _, value in tests],
        descending=not call.query.sort or call.query.sort.startswith("-"),
    )
    return many(call, EVENT, [event_row(row[2:]) for row in found], following)


def post_event(call: Call) -> Answer:
    """Take up an event; its metric and its profile are made where they are new."""
    attributes = call.attributes("event")
    properties = attributes.get("properties")
    if not isinstance(properties, dict):
        raise invalid("Properties are required.", "/data/attributes/properties")
    metric = _metric(call, _attributes_of(attributes, "metric"))
    person = _attributes_of(attributes, "profile")
    profile = find_profile(call.view, person) or new_profile(call, person)
    time = attributes.get("time")
    at = _moment(time) if time else call.now
    call.view.connection.execute(
        "INSERT OR IGNORE INTO events (id, metric, profile, at, value, properties) VALUES (?, ?, ?, ?, ?, ?)",
        (
            str(attributes.get("unique_id") or call.view.fresh("0123456789abcdef", 11)),
            metric,
            profile,
            int(at.timestamp()),
            attributes.get("value"),
            json.dumps(properties, ensure_ascii=False),
        ),
    )
    return 202, None


def _moment(text: Any) -> datetime:
    try:
        found = datetime.fromisoformat(str(text))
    except ValueError:
        raise invalid(f"'{text}' is not a time.", "/data/attributes/time") from None
    return found if found.tzinfo else found.replace(tzinfo=UTC)


def _attributes_of(attributes: dict[str, Any], name: str) -> dict[str, Any]:
    data = attributes.get(name)
    found = ((data or {}).get("data") or {}).get("attributes") if isinstance(data, dict) else None
    if not isinstance(found, dict):
        raise invalid(f"A {name} is required.", f"/data/attributes/{name}")
    return found


def _metric(call: Call, attributes: dict[str, Any]) -> str:
    name = attributes.get("name")
    if not isinstance(name, str) or not name:
        raise invalid("A metric's name is required.", "/data/attributes/metric/data/attributes/name")
    for row in call.view.rows("metric"):
        if row.body["name"] == name and row.body["integration"]["category"] == "API":
            return row.id
    identifier = call.view.new_id("metric")
    body = {"name": name, "created": call.stamp, "updated": call.stamp, "integration": API_INTEGRATION}
    call.view.put("metric", identifier, body, parent="")
    return identifier


_READ = ("events:read",)
_SHOWN = ("event", "metric", "profile", "attribution")
_INCLUDED = ("attributions", "metric", "profile")


def _single(name: str, params: Params) -> tuple[Endpoint, ...]:
    scopes, base = ("events:read", f"{name}s:read"), "/api/events/<id>"
    return (
        Endpoint("GET", f"{base}/{name}", related(EVENT, name), scopes, EXTRA_LARGE, params),
        Endpoint("GET", f"{base}/relationships/{name}", linkage(EVENT, name), scopes, EXTRA_LARGE),
    )


ENDPOINTS = (
    Endpoint(
        "GET",
        "/api/events",
        get_events,
        _READ,
        EXTRA_LARGE,
        Params(_SHOWN, {}, _INCLUDED, FILTERS, ("datetime", "timestamp"), (200, 1000)),
    ),
    Endpoint("GET", "/api/events/<id>", read(EVENT), _READ, MEDIUM, Params(_SHOWN, {}, _INCLUDED)),
    Endpoint("POST", "/api/events", post_event, ("events:write",), EXTRA_LARGE),
    *_single("metric", Params(("metric",))),
    *_single("profile", Params(("profile",), PROFILE_MORE)),
)
