"""Profiles over HTTP, with subscriptions and predictive analytics on demand."""

from __future__ import annotations

import json
from typing import Any

from compiler.account.api import Answer, Call, Endpoint, Kind, Params, Relation
from compiler.account.documents import existing, many, one
from compiler.account.errors import duplicate, invalid
from compiler.account.filters import ANY, BETWEEN, EQUALS
from compiler.account.generic import linkage, read, related
from compiler.account.limits import LARGE, MEDIUM, SMALL, XS
from compiler.account.routes import people
from compiler.account.routes.groups import PROFILE_MORE, no_members
from compiler.account.view import View

IDENTIFIERS = ("email", "phone_number", "external_id")
WRITTEN = (*people.TEXTS, "location", "properties")
FILTERS = {
    "id": ANY,
    "email": ANY,
    "phone_number": ANY,
    "external_id": ANY,
    "_kx": EQUALS,
    "created": BETWEEN,
    "updated": BETWEEN,
}
COLUMNS = {name: f"p.{name}" for name in FILTERS} | {"_kx": "p.id"}
ORDERS = ("created", "email", "id", "updated")

PROFILE = Kind(
    "profile",
    "profiles",
    people.describe_profile,
    (
        Relation("lists", "list", lambda call, row: people.groups_of(call, "list", row.id)),
        Relation("segments", "segment", lambda call, row: people.groups_of(call, "segment", row.id)),
        Relation("push-tokens", "push-token", no_members),
    ),
    ("subscriptions", "predictive_analytics"),
    people.describe_more,
    people.fetch_profile,
)
KINDS = (PROFILE,)


def get_profiles(call: Call) -> Answer:
    """List profiles, a page at a time."""
    order = call.query.sort.removeprefix("-")
    key = f"coalesce(p.{order}, '')" if order else "p.number"
    conditions, values = people.where(call.query.clauses, COLUMNS)
    found, following = people.select_page(
        call,
        f"SELECT {key}, p.number, {people.COLUMNS} FROM profiles p",  # noqa: S608 - fixed columns
        key,
        "p.number",
        conditions,
        values,
        descending=call.query.sort.startswith("-"),
    )
    return many(call, PROFILE, [people.profile_row(row[2:]) for row in found], following)


def save_profile(view: View, identifier: str, body: dict[str, Any], stamp: str, created: str) -> None:
    """Store a profile whose identifiers stand among its attributes."""
    known = [body.get(name) for name in IDENTIFIERS]
    rest = {name: value for name, value in body.items() if name not in (*IDENTIFIERS, "created", "updated")}
    view.connection.execute(
        "INSERT INTO profiles (id, email, phone_number, external_id, created, updated, body) "
        "VALUES (?, ?, ?, ?, ?, ?, ?) ON CONFLICT (id) DO UPDATE SET email = excluded.email, "
        "phone_number = excluded.phone_number, external_id = excluded.external_id, "
        "updated = excluded.updated, body = excluded.body",
        (identifier, *known, created, stamp, json.dumps(rest, ensure_ascii=False)),
    )


def find_profile(view: View, attributes: dict[str, Any]) -> str | None:
    """Return the id of the profile that one of the given identifiers names."""
    for name in IDENTIFIERS:
        if attributes.get(name):
            found = view.connection.execute(
                f"SELECT id FROM profiles WHERE {name} = ?",  # noqa: S608 - a fixed column
                (attributes[name],),
            ).fetchone()
            if found:
                return str(found[0])
    return None


def new_profile(call: Call, attributes: dict[str, Any]) -> str:
    """Create a profile, and return its id; raises ``Refusal`` (400) without any identifier."""
    if not any(attributes.get(name) for name in IDENTIFIERS):
        raise invalid(f"One of {', '.join(IDENTIFIERS)} is required.", "/data/attributes")
    identifier = "01" + call.view.fresh("0123456789ABCDEFGHJKMNPQRSTVWXYZ", 24)
    body = {name: attributes[name] for name in (*IDENTIFIERS, *WRITTEN) if name in attributes}
    save_profile(call.view, identifier, body, call.stamp, call.stamp)
    return identifier


def post_profile(call: Call) -> Answer:
    """Create a profile; one that is known already answers 409."""
    attributes = call.attributes("profile")
    if find_profile(call.view, attributes) is not None:
        raise duplicate("A profile already exists with one of these identifiers.", "/data/attributes")
    return one(call, PROFILE, existing(call, "profile", new_profile(call, attributes)), 201)


def patch_profile(call: Call) -> Answer:
    """Change the given attributes of a profile; properties are merged."""
    row = existing(call, "profile")
    attributes = call.attributes("profile", row.id)
    body = row.body | {name: attributes[name] for name in (*IDENTIFIERS, *WRITTEN) if name in attributes}
    for name in ("properties", "location"):
        body[name] = (row.body.get(name) or {}) | (attributes.get(name) or {})
    save_profile(call.view, row.id, body, call.stamp, row.body["created"])
    return one(call, PROFILE, existing(call, "profile"))


_READ, _WRITE = ("profiles:read",), ("profiles:write",)
_SHOWN = ("profile", "list", "segment")
_ONE = Params(("profile",), PROFILE_MORE)


def _groups(name: str, kind: str) -> tuple[Endpoint, ...]:
    scopes, base = ("profiles:read", f"{name}:read"), "/api/profiles/<id>"
    return (
        Endpoint("GET", f"{base}/{name}", related(PROFILE, name), scopes, SMALL, Params((kind,))),
        Endpoint("GET", f"{base}/relationships/{name}", linkage(PROFILE, name), scopes, SMALL),
    )


ENDPOINTS = (
    Endpoint(
        "GET",
        "/api/profiles",
        get_profiles,
        _READ,
        LARGE,
        Params(("profile",), PROFILE_MORE, (), FILTERS, ORDERS, (20, 100)),
        heavier={"predictive_analytics": MEDIUM},
    ),
    Endpoint(
        "GET",
        "/api/profiles/<id>",
        read(PROFILE),
        _READ,
        LARGE,
        Params(_SHOWN, PROFILE_MORE, ("lists", "segments")),
        heavier={"lists": XS, "segments": XS},
    ),
    Endpoint("POST", "/api/profiles", post_profile, _WRITE, LARGE, _ONE),
    Endpoint("PATCH", "/api/profiles/<id>", patch_profile, _WRITE, LARGE, _ONE),
    *_groups("lists", "list"),
    *_groups("segments", "segment"),
)
