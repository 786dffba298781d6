"""Tags and tag groups over HTTP, and what they stand on."""

from __future__ import annotations

import uuid
from collections.abc import Callable
from typing import Any

from compiler.account.api import Answer, Call, Endpoint, Kind, Params, Relation
from compiler.account.documents import existing, one
from compiler.account.errors import duplicate, invalid
from compiler.account.filters import EQUALS, TEXT
from compiler.account.generic import linkage, listing, read, related
from compiler.account.limits import SMALL
from compiler.account.routes.tagging import TAGGED, tag_resource, tagged_with, untag_resource
from compiler.account.view import Row, View

MOST_TAGS = 500
MOST_GROUPS = 50
DEFAULT_GROUP = "Default Tag Group"


def describe_tag(call: Call, row: Row) -> dict[str, Any]:
    """Return a tag's attributes."""
    del call
    return {"name": row.body["name"]}


def describe_group(call: Call, row: Row) -> dict[str, Any]:
    """Return a tag group's attributes."""
    del call
    return {name: row.body[name] for name in ("name", "exclusive", "default")}


TAG = Kind(
    "tag",
    "tags",
    describe_tag,
    (
        Relation("tag-group", "tag-group", lambda _, row: [row.body["group"]], many=False),
        *(Relation(path, kind, tagged_with(kind)) for kind, path in TAGGED.items()),
    ),
)
GROUP = Kind(
    "tag-group",
    "tag-groups",
    describe_group,
    (
        Relation(
            "tags",
            "tag",
            lambda call, row: [tag.id for tag in call.view.rows("tag") if tag.body["group"] == row.id],
        ),
    ),
)
KINDS = (TAG, GROUP)


def new_uuid(view: View) -> str:
    """Return a fresh id as tags, tag groups and profiles have them."""
    return str(uuid.UUID(hex=view.fresh("0123456789abcdef", 32), version=4))


def default_group(view: View) -> str:
    """Return the id of the account's default tag group, which is made when first needed."""
    for row in view.rows("tag-group"):
        if row.body["default"]:
            return row.id
    identifier = new_uuid(view)
    view.put("tag-group", identifier, {"name": DEFAULT_GROUP, "exclusive": False, "default": True}, parent="")
    return identifier


def _name(call: Call, kind: str, most: int, attributes: dict[str, Any], own: str = "") -> str:
    name = call.text(attributes, "name")
    others = [row for row in call.view.rows(kind) if row.id != own]
    if call.switches.equal_tag_names == "refused" and name in {row.body["name"] for row in others}:
        raise duplicate(f"A {kind} named '{name}' exists already.", "/data/attributes/name")
    if len(others) >= most:
        raise invalid(f"An account holds at most {most} of type '{kind}'.", "/data")
    return name


def forget_tag(view: View, tag: str) -> None:
    """Remove a tag from the account, and from everything that carries it."""
    for tagging in view.rows("tagging", parent=tag):
        view.delete("tagging", tagging.id)
    view.delete("tag", tag)


def post_tag(call: Call) -> Answer:
    """Create a tag, in the default group unless another is named."""
    name = _name(call, "tag", MOST_TAGS, call.attributes("tag"))
    named = (call.body["data"].get("relationships") or {}).get("tag-group") or {}
    group = (named.get("data") or {}).get("id")
    if group is not None and call.view.get("tag-group", str(group)) is None:
        raise invalid(f"A tag-group with id {group} does not exist.", "/data/relationships/tag-group/data/id")
    identifier = new_uuid(call.view)
    call.view.put("tag", identifier, {"name": name, "group": group or default_group(call.view)}, parent="")
    return one(call, TAG, existing(call, "tag", identifier), 201)


def patch_tag(call: Call) -> Answer:
    """Rename a tag."""
    row = existing(call, "tag")
    name = _name(call, "tag", MOST_TAGS + 1, call.attributes("tag", row.id), row.id)
    call.view.put("tag", row.id, row.body | {"name": name})
    return 204, None


def remove_tag(call: Call) -> Answer:
    """Delete a tag, wherever it stands."""
    forget_tag(call.view, existing(call, "tag").id)
    return 204, None


def post_group(call: Call) -> Answer:
    """Create a tag group."""
    attributes = call.attributes("tag-group")
    name = _name(call, "tag-group", MOST_GROUPS, attributes)
    identifier = new_uuid(call.view)
    body = {"name": name, "exclusive": bool(attributes.get("exclusive")), "default": False}
    call.view.put("tag-group", identifier, body, parent="")
    return one(call, GROUP, existing(call, "tag-group", identifier), 201)


def patch_group(call: Call) -> Answer:
    """Rename a tag group."""
    row = existing(call, "tag-group")
    name = _name(call, "tag-group", MOST_GROUPS + 1, call.attributes("tag-group", row.id), row.id)
    call.view.put("tag-group", row.id, row.body | {"name": name})
    return 204, None


def remove_group(call: Call) -> Answer:
    """Delete a tag group with its tags; the default one stays."""
    row = existing(call, "tag-group")
    if row.body["default"]:
        raise invalid("The default tag group cannot be deleted.", "/data")
    for tag in GROUP.relation("tags").find(call, row):
        forget_tag(call.view, tag)
    call.view.delete("tag-group", row.id)
    return 204, None


def _named(call: Call, kind: str) -> list[str]:
    """Return the ids that a relationship's body names, all of which exist."""
    data = call.body.get("data") if isinstance(call.body, dict) else None
    if not isinstance(data, list) or not data:
        raise invalid("A list of resources is required.", "/data")
    for n, entry in enumerate(data):
        if not isinstance(entry, dict) or entry.get("type") != kind:
            raise invalid(f"The type must be '{kind}'.", f"/data/{n}/type")
        if call.kinds[kind].row(call, str(entry.get("id"))) is None:
            raise invalid(f"A {kind} with id {entry.get('id')} does not exist.", f"/data/{n}/id")
    return [str(entry["id"]) for entry in data]


def _tagging(kind: str, act: Callable[[View, str, str, str], None]) -> Callable[[Call], Answer]:
    def handler(call: Call) -> Answer:
        tag = existing(call, "tag")
        for identifier in _named(call, kind):
            if act is tag_resource:
                _leave_exclusive_group(call, tag, kind, identifier)
            act(call.view, tag.id, kind, identifier)
        return 204, None

    return handler


def _leave_exclusive_group(call: Call, tag: Row, kind: str, identifier: str) -> None:
    """Refuse (400) where the tag's exclusive group has put another of its tags on the resource."""
    group = call.view.get("tag-group", tag.body["group"])
    if group is None or not group["exclusive"]:
        return
    for row in call.view.rows("tag"):
        taken = row.id != tag.id and row.body["group"] == tag.body["group"]
        if taken and call.view.get("tagging", f"{row.id}/{kind}/{identifier}") is not None:
            raise invalid("The resource carries another tag of this exclusive group.", "/data")


_READ, _WRITE = ("tags:read",), ("tags:read", "tags:write")


def _tagging_endpoints(kind: str, path: str) -> tuple[Endpoint, ...]:
    route = f"/api/tags/<id>/relationships/{path}"
    reading, writing = (f"{path}:read", "tags:read"), (f"{path}:write", "tags:write")
    return (
        Endpoint("GET", route, linkage(TAG, path), reading, SMALL),
        Endpoint("POST", route, _tagging(kind, tag_resource), writing, SMALL),
        Endpoint("DELETE", route, _tagging(kind, untag_resource), writing, SMALL),
    )


_TAGS = Params(
    ("tag-group", "tag"), include=("tag-group",), filters={"name": TEXT}, sort=("id", "name"), page=(50, 50)
)
_GROUPS = Params(
    ("tag-group",),
    filters={"name": TEXT, "exclusive": EQUALS, "default": EQUALS},
    sort=("id", "name"),
    page=(25, 25),
)
_ONE = Params(("tag-group", "tag"), include=("tag-group",))
ENDPOINTS = (
    Endpoint("GET", "/api/tags", listing(TAG), _READ, SMALL, _TAGS),
    Endpoint("GET", "/api/tags/<id>", read(TAG), _READ, SMALL, _ONE),
    Endpoint("POST", "/api/tags", post_tag, _WRITE, SMALL, Params(("tag",))),
    Endpoint("PATCH", "/api/tags/<id>", patch_tag, _WRITE, SMALL),
    Endpoint("DELETE", "/api/tags/<id>", remove_tag, _WRITE, SMALL),
    Endpoint(
        "GET", "/api/tags/<id>/tag-group", related(TAG, "tag-group"), _READ, SMALL, Params(("tag-group",))
    ),
    Endpoint("GET", "/api/tags/<id>/relationships/tag-group", linkage(TAG, "tag-group"), _READ, SMALL),
    Endpoint("GET", "/api/tag-groups", listing(GROUP), _READ, SMALL, _GROUPS),
    Endpoint("GET", "/api/tag-groups/<id>", read(GROUP), _READ, SMALL, Params(("tag-group",))),
    Endpoint("PATCH", "/api/tag-groups/<id>", patch_group, _WRITE, SMALL),
    Endpoint("DELETE", "/api/tag-groups/<id>", remove_group, _WRITE, SMALL),
    Endpoint("POST", "/api/tag-groups", post_group, _WRITE, SMALL, Params(("tag-group",))),
    Endpoint("GET", "/api/tag-groups/<id>/tags", related(GROUP, "tags"), _READ, SMALL, Params(("tag",))),
    Endpoint("GET", "/api/tag-groups/<id>/relationships/tags", linkage(GROUP, "tags"), _READ, SMALL),
    *(endpoint for kind, path in TAGGED.items() for endpoint in _tagging_endpoints(kind, path)),
)
