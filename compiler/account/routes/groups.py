"""What lists and segments share over HTTP: members, the flows they trigger, tags."""

from __future__ import annotations

from collections.abc import Callable

from compiler.account.api import Answer, Call, Endpoint, Kind, Params, Relation
from compiler.account.documents import existing, identifiers, many
from compiler.account.filters import ANY, EQUALS, RANGE
from compiler.account.generic import linkage, related
from compiler.account.limits import LARGE, MEDIUM, SMALL
from compiler.account.routes.people import members_page
from compiler.account.routes.tagging import tags_of
from compiler.account.view import Row

MEMBERS = {"email": ANY, "phone_number": ANY, "push_token": ANY, "_kx": EQUALS, "joined_group_at": RANGE}
PROFILE_MORE = {"profile": ("subscriptions", "predictive_analytics")}


def triggered_by(kind: str) -> Callable[[Call, Row], list[str]]:
    """Return the function that finds the flows which a metric, list or segment triggers."""

    def find(call: Call, row: Row) -> list[str]:
        if "triggered" not in call.view.memo:
            call.view.memo["triggered"] = _all_triggers(call)
        found: list[str] = call.view.memo["triggered"].get((kind, row.id), [])
        return found

    return find


def _all_triggers(call: Call) -> dict[tuple[str, str], list[str]]:
    """Return the ids of flows by the type and id of what triggers them."""
    found: dict[tuple[str, str], list[str]] = {}
    for flow in call.view.rows("flow"):
        for trigger in flow.body["frame"]["triggers"]:
            found.setdefault((str(trigger.get("type")), str(trigger.get("id"))), []).append(flow.id)
    return found


def no_members(call: Call, row: Row) -> list[str]:
    """Return nothing: members are never linked in full, they are read page by page."""
    del call, row
    return []


def group_relations(kind: str) -> tuple[Relation, ...]:
    """Return the relationships of a list or segment."""
    return (
        Relation("profiles", "profile", no_members),
        Relation("tags", "tag", tags_of(kind)),
        Relation("flow-triggers", "flow", triggered_by(kind)),
    )


def members(kind: Kind) -> Callable[[Call], Answer]:
    """Return the handler of ``GET /api/<path>/<id>/profiles``."""

    def handler(call: Call) -> Answer:
        found, following = members_page(call, existing(call, kind.type).id)
        return many(call, call.kinds["profile"], found, following)

    return handler


def member_ids(kind: Kind) -> Callable[[Call], Answer]:
    """Return the handler of ``GET /api/<path>/<id>/relationships/profiles``."""

    def handler(call: Call) -> Answer:
        found, following = members_page(call, existing(call, kind.type).id)
        return identifiers(call, "profile", [row.id for row in found], following)

    return handler


def group_endpoints(kind: Kind) -> tuple[Endpoint, ...]:
    """Return the endpoints that a list and a segment have alike."""
    base, read = f"/api/{kind.path}/<id>", f"{kind.path}:read"
    people, flows, tags = ("profiles:read", read), ("flows:read", read), (read, "tags:read")
    filters = MEMBERS if kind.type == "list" else {"profile_id": ANY, **MEMBERS}
    order, page = ("joined_group_at",), (20, 100)
    return (
        Endpoint(
            "GET",
            f"{base}/profiles",
            members(kind),
            people,
            LARGE,
            Params(("profile",), PROFILE_MORE, (), filters, order, page),
            heavier={"predictive_analytics": MEDIUM},
        ),
        Endpoint(
            "GET",
            f"{base}/relationships/profiles",
            member_ids(kind),
            people,
            LARGE,
            Params(filters=filters, sort=order, page=page),
        ),
        Endpoint("GET", f"{base}/tags", related(kind, "tags"), tags, SMALL, Params(("tag",))),
        Endpoint("GET", f"{base}/relationships/tags", linkage(kind, "tags"), tags, SMALL),
        Endpoint(
            "GET", f"{base}/flow-triggers", related(kind, "flow-triggers"), flows, SMALL, Params(("flow",))
        ),
        Endpoint("GET", f"{base}/relationships/flow-triggers", linkage(kind, "flow-triggers"), flows, SMALL),
    )
