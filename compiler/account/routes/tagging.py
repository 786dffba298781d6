"""Which tags stand on which resources: one stored tagging each, named by tag, type and id."""

from __future__ import annotations

from collections.abc import Callable

from compiler.account.api import Call
from compiler.account.view import Row, View

TAGGED = {"flow": "flows", "campaign": "campaigns", "list": "lists", "segment": "segments"}
"""Types of resources that carry tags, with the name of the relationship that a tag has to them."""


def tags_of(kind: str) -> Callable[[Call, Row], list[str]]:
    """Return the function that finds the tags of a resource of ``kind``."""

    def find(call: Call, row: Row) -> list[str]:
        if "tags" not in call.view.memo:
            call.view.memo["tags"] = _all_taggings(call.view)
        found: list[str] = call.view.memo["tags"].get((kind, row.id), [])
        return found

    return find


def _all_taggings(view: View) -> dict[tuple[str, str], list[str]]:
    """Return the ids of tags by the type and id of what they stand on."""
    found: dict[tuple[str, str], list[str]] = {}
    for tagging in view.rows("tagging"):
        found.setdefault((tagging.body["type"], tagging.body["id"]), []).append(tagging.parent)
    return found


def tagged_with(kind: str) -> Callable[[Call, Row], list[str]]:
    """Return the function that finds the resources of ``kind`` on which a tag stands."""

    def find(call: Call, row: Row) -> list[str]:
        taggings = call.view.rows("tagging", parent=row.id)
        return [tagging.body["id"] for tagging in taggings if tagging.body["type"] == kind]

    return find


def tag_resource(view: View, tag: str, kind: str, identifier: str) -> None:
    """Put a tag on a resource."""
    view.put("tagging", f"{tag}/{kind}/{identifier}", {"type": kind, "id": identifier}, parent=tag)


def untag_resource(view: View, tag: str, kind: str, identifier: str) -> None:
    """Take a tag off a resource."""
    view.delete("tagging", f"{tag}/{kind}/{identifier}")


def forget_taggings(view: View, kind: str, identifier: str) -> None:
    """Take every tag off a resource that goes."""
    for tagging in view.rows("tagging"):
        if tagging.body == {"type": kind, "id": identifier}:
            view.delete("tagging", tagging.id)
