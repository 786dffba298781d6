"""Lists over HTTP, with their members."""

from __future__ import annotations

from typing import Any

from compiler.account.api import Answer, Call, Endpoint, Kind, Params
from compiler.account.documents import existing, one
from compiler.account.errors import invalid
from compiler.account.filters import AFTER, ANY
from compiler.account.generic import listing, read
from compiler.account.limits import LARGE, MEDIUM, XS, Limit
from compiler.account.routes.groups import group_endpoints, group_relations
from compiler.account.routes.people import count_members
from compiler.account.routes.tagging import forget_taggings
from compiler.account.view import Row

OPT_INS = ("double_opt_in", "single_opt_in")
MOST_MEMBERS = 1_000
"""Profiles that one call adds or removes."""


def describe_list(call: Call, row: Row) -> dict[str, Any]:
    """Return a list's attributes."""
    del call
    return {name: row.body[name] for name in ("name", "created", "updated", "opt_in_process")}


def _count(call: Call, row: Row) -> dict[str, Any]:
    return {"profile_count": count_members(call, row.id)}


LIST = Kind("list", "lists", describe_list, group_relations("list"), ("profile_count",), _count)
KINDS = (LIST,)


def _opt_in(attributes: dict[str, Any], otherwise: str) -> str:
    process = attributes.get("opt_in_process") or otherwise
    if process not in OPT_INS:
        raise invalid(f"'{process}' is no opt-in process.", "/data/attributes/opt_in_process")
    return str(process)


def post_list(call: Call) -> Answer:
    """Create a list."""
    attributes = call.attributes("list")
    identifier = call.view.new_id("list")
    body = {
        "name": call.text(attributes, "name"),
        "opt_in_process": _opt_in(attributes, "double_opt_in"),
        "created": call.stamp,
        "updated": call.stamp,
    }
    call.view.put("list", identifier, body, parent="")
    return one(call, LIST, existing(call, "list", identifier), 201)


def patch_list(call: Call) -> Answer:
    """Change a list's name or opt-in process."""
    row = existing(call, "list")
    attributes = call.attributes("list", row.id)
    body = row.body | {"opt_in_process": _opt_in(attributes, row.body["opt_in_process"])}
    if "name" in attributes:
        body["name"] = call.text(attributes, "name")
    call.view.put("list", row.id, body | {"updated": call.stamp})
    return one(call, LIST, existing(call, "list"))


def remove_list(call: Call) -> Answer:
    """Delete a list; its members stay as profiles."""
    row = existing(call, "list")
    call.view.connection.execute("DELETE FROM members WHERE held_by = ?", (row.id,))
    forget_taggings(call.view, "list", row.id)
    call.view.delete("list", row.id)
    return 204, None


def _named_profiles(call: Call) -> list[str]:
    data = call.body.get("data") if isinstance(call.body, dict) else None
    if not isinstance(data, list) or not 1 <= len(data) <= MOST_MEMBERS:
        raise invalid(f"Between 1 and {MOST_MEMBERS} profiles are required.", "/data")
    found = []
    for n, entry in enumerate(data):
        identifier = entry.get("id") if isinstance(entry, dict) else None
        if call.kinds["profile"].row(call, str(identifier)) is None:
            raise invalid(f"A profile with id {identifier} does not exist.", f"/data/{n}/id")
        found.append(str(identifier))
    return found


def add_members(call: Call) -> Answer:
    """Put profiles into a list; who is in it already keeps the moment of joining."""
    row = existing(call, "list")
    call.view.connection.executemany(
        "INSERT OR IGNORE INTO members VALUES ('list', ?, ?, ?)",
        [(row.id, profile, call.stamp) for profile in _named_profiles(call)],
    )
    return 204, None


def remove_members(call: Call) -> Answer:
    """Take profiles out of a list."""
    row = existing(call, "list")
    call.view.connection.executemany(
        "DELETE FROM members WHERE held_by = ? AND profile = ?",
        [(row.id, profile) for profile in _named_profiles(call)],
    )
    return 204, None


_SHOWN = ("flow", "list", "tag")
_INCLUDED = ("flow-triggers", "tags")
_READ, _WRITE, _MEMBERS = ("lists:read",), ("lists:write",), ("lists:write", "profiles:write")
_PROFILES = "/api/lists/<id>/relationships/profiles"
ENDPOINTS = (
    Endpoint(
        "GET",
        "/api/lists",
        listing(LIST),
        _READ,
        LARGE,
        Params(
            _SHOWN,
            include=_INCLUDED,
            filters={"name": ANY, "id": ANY, "created": AFTER, "updated": AFTER},
            sort=("created", "id", "name", "updated"),
            page=(10, 10),
        ),
    ),
    Endpoint(
        "GET",
        "/api/lists/<id>",
        read(LIST),
        _READ,
        LARGE,
        Params(_SHOWN, {"list": ("profile_count",)}, _INCLUDED),
        heavier={"profile_count": XS},
    ),
    Endpoint("POST", "/api/lists", post_list, _WRITE, Limit(10, 150, 150), Params(("list",))),
    Endpoint("PATCH", "/api/lists/<id>", patch_list, _WRITE, MEDIUM, Params(("list",))),
    Endpoint("DELETE", "/api/lists/<id>", remove_list, _WRITE, MEDIUM),
    Endpoint("POST", _PROFILES, add_members, _MEMBERS, MEDIUM),
    Endpoint("DELETE", _PROFILES, remove_members, _MEMBERS, MEDIUM),
    *group_endpoints(LIST),
)
