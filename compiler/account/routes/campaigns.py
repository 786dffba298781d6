"""Campaigns over HTTP: audiences inside them up to 2026-07-15, as resources of their own since 2026-10-15."""

from __future__ import annotations

from typing import Any

from compiler.account.api import Answer, Call, Endpoint, Kind, Params, Relation
from compiler.account.documents import many, page
from compiler.account.filters import EQUALS, RANGE
from compiler.account.generic import linkage, read, related
from compiler.account.limits import MEDIUM, SMALL
from compiler.account.routes.tagging import tags_of
from compiler.account.view import Row

AUDIENCES_SINCE = "2026-10-15"
CHANNEL = "messages.channel"


def _children(kind: str) -> Any:
    return lambda call, row: [child.id for child in call.view.rows(kind, parent=row.id)]


def describe_campaign(call: Call, row: Row) -> dict[str, Any]:
    """Return a campaign's attributes in the shape of the call's revision."""
    times = {name: row.body[name] for name in ("created_at", "updated_at")}
    if call.revision >= AUDIENCES_SINCE:
        definition = {"name": row.body["name"], "archived": row.body["archived"], "builder": "wizard"}
        return times | {"definition": definition}
    audience = _audience(call, row)
    names = (
        *("name", "status", "archived", "send_options", "tracking_options", "send_strategy"),
        *("scheduled_at", "send_time"),
    )
    return {
        **{name: row.body[name] for name in names},
        "audiences": {"included": audience["included"], "excluded": audience["excluded"]},
        **times,
    }


def _audience(call: Call, row: Row) -> dict[str, Any]:
    """Return what all audiences of a campaign include and exclude together."""
    audiences = [audience.body for audience in call.view.rows("campaign-audience", parent=row.id)]
    return {
        way: list(dict.fromkeys(group for audience in audiences for group in audience[way]))
        for way in ("included", "excluded")
    }


def describe_audience(call: Call, row: Row) -> dict[str, Any]:
    """Return an audience's attributes."""
    del call
    definition = {name: row.body[name] for name in ("name", "included", "excluded", "priority")}
    return {"created": row.body["created"], "updated": row.body["updated"], "definition": definition}


def describe_message(call: Call, row: Row) -> dict[str, Any]:
    """Return a campaign message's attributes in the shape of the call's revision."""
    body = row.body
    if call.revision >= AUDIENCES_SINCE:
        definition = {"name": body["label"], "status": body["status"]}
        return {"created": body["created_at"], "updated": body["updated_at"], "definition": definition}
    definition = {"channel": body["channel"], "content": body["content"]}
    if body["channel"] == "email":
        definition["label"] = body["label"]
    names = ("send_times", "created_at", "updated_at")
    return {"definition": definition, **{name: body[name] for name in names}}


CAMPAIGN = Kind(
    "campaign",
    "campaigns",
    describe_campaign,
    (
        Relation("campaign-messages", "campaign-message", _children("campaign-message")),
        Relation(
            "campaign-audiences", "campaign-audience", _children("campaign-audience"), since=AUDIENCES_SINCE
        ),
        Relation("tags", "tag", tags_of("campaign")),
    ),
)
AUDIENCE = Kind(
    "campaign-audience",
    "campaign-audiences",
    describe_audience,
    (
        Relation("campaign", "campaign", lambda _, row: [row.parent], many=False),
        Relation(
            "campaign-messages",
            "campaign-message",
            lambda call, row: [child.id for child in call.view.rows("campaign-message", parent=row.parent)],
        ),
    ),
)
MESSAGE = Kind(
    "campaign-message",
    "campaign-messages",
    describe_message,
    (
        Relation("campaign", "campaign", lambda _, row: [row.parent], many=False),
        Relation(
            "template",
            "template",
            lambda _, row: [row.body["template"]] if row.body.get("template") else [],
            many=False,
        ),
        Relation(
            "image", "image", lambda _, row: [row.body["image"]] if row.body.get("image") else [], many=False
        ),
    ),
)
KINDS = (CAMPAIGN, AUDIENCE, MESSAGE)


def _channel_filter(revision: str) -> str:
    return "" if revision >= AUDIENCES_SINCE else CHANNEL


def get_campaigns(call: Call) -> Answer:
    """List campaigns; earlier revisions list those of one channel."""
    rows = []
    for row in call.view.rows("campaign"):
        channels = {child.body["channel"] for child in call.view.rows("campaign-message", parent=row.id)}
        row.body["messages"] = {"channel": min(channels, default="email")}
        rows.append(row)
    found, following = page(call, rows)
    return many(call, CAMPAIGN, found, following)


_READ, _TAGS = ("campaigns:read",), ("campaigns:read", "tags:read")
_FILTERS = {
    "id": ("any",),
    CHANNEL: EQUALS,
    "name": ("contains",),
    "status": ("any", "equals"),
    "archived": EQUALS,
    "created_at": RANGE,
    "scheduled_at": RANGE,
    "updated_at": RANGE,
}
_SHOWN = ("campaign", "campaign-message", "campaign-audience", "tag")
_INCLUDED = ("campaign-messages", "campaign-audiences", "tags")
_CONTENT = ("campaign", "campaign-message", "template", "image")
_CONTENT_INCLUDED = ("campaign", "template", "image")
_ORDER = ("created_at", "id", "name", "scheduled_at", "updated_at")


def _get(path: str, handler: Any, params: Params, since: str = "2023-01-24") -> Endpoint:
    return Endpoint("GET", f"/api/{path}", handler, _READ, MEDIUM, params, since)


def _linked(kind: Kind, name: str, since: str = "2023-01-24") -> tuple[Endpoint, ...]:
    base = f"{kind.path}/<id>"
    return (
        _get(f"{base}/{name}", related(kind, name), Params((kind.relation(name).kind,)), since),
        _get(f"{base}/relationships/{name}", linkage(kind, name), Params(), since),
    )


ENDPOINTS = (
    _get(
        "campaigns",
        get_campaigns,
        Params(_SHOWN, {}, _INCLUDED, _FILTERS, _ORDER, (100, 100), required_filter=_channel_filter),
    ),
    _get("campaigns/<id>", read(CAMPAIGN), Params(_SHOWN, include=_INCLUDED)),
    _get(
        "campaigns/<id>/campaign-messages",
        related(CAMPAIGN, "campaign-messages"),
        Params(_CONTENT, include=_CONTENT_INCLUDED),
    ),
    _get("campaigns/<id>/relationships/campaign-messages", linkage(CAMPAIGN, "campaign-messages"), Params()),
    *_linked(CAMPAIGN, "campaign-audiences", AUDIENCES_SINCE),
    Endpoint("GET", "/api/campaigns/<id>/tags", related(CAMPAIGN, "tags"), _TAGS, SMALL, Params(("tag",))),
    Endpoint("GET", "/api/campaigns/<id>/relationships/tags", linkage(CAMPAIGN, "tags"), _TAGS, SMALL),
    _get("campaign-messages/<id>", read(MESSAGE), Params(_CONTENT, include=_CONTENT_INCLUDED)),
    *_linked(MESSAGE, "campaign"),
    *_linked(MESSAGE, "template"),
    *_linked(MESSAGE, "image"),
    _get(
        "campaign-audiences/<id>",
        read(AUDIENCE),
        Params(
            ("campaign", "campaign-audience", "campaign-message"), include=("campaign", "campaign-messages")
        ),
        AUDIENCES_SINCE,
    ),
    *_linked(AUDIENCE, "campaign", AUDIENCES_SINCE),
    *_linked(AUDIENCE, "campaign-messages", AUDIENCES_SINCE),
)
