"""Reads an account's inventory: every listing once, several at a time, each within its own limits."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator, Mapping
from typing import Any, Final

from compiler.client import Call, Client, calls
from compiler.client.calls import M
from compiler.client.many import each
from compiler.client.outcome import Document
from compiler.diagnostics import Exit, Fatal
from compiler.live.model import Account, LiveFlow, LiveSegment, LiveTemplate, Snapshot, Thing

THREADS: Final = 4

LISTINGS: Final[Mapping[str, tuple[Call, Mapping[str, str]]]] = {
    "metrics": (calls.GET_METRICS, {"fields[metric]": "name,integration"}),
    "lists": (calls.GET_LISTS, {"fields[list]": "name"}),
    "segments": (calls.GET_SEGMENTS, {"include": "tags", "fields[tag]": "name"}),
    "templates": (calls.GET_TEMPLATES, {"fields[template]": "name,editor_type"}),
    "images": (calls.GET_IMAGES, {"fields[image]": "name"}),
    "tags": (calls.GET_TAGS, {"fields[tag]": "name"}),
    "flows": (calls.GET_FLOWS, {"include": "tags", "fields[tag]": "name"}),
}
PARTS: Final = tuple(LISTINGS)
CONTENT: Final = {"fields[template]": "name,editor_type,html,text"}


def read(
    client: Client,
    revision: str,
    *,
    parts: Collection[str] = PARTS,
    content: bool = False,
    names_only: bool = False,
) -> Snapshot:
    """Return the account's inventory at ``revision``, the one that ``client`` speaks.

    ``parts`` says which of :data:`PARTS` to read, ``content`` whether templates come with their HTML and text,
    ``names_only`` that tags on flows and segments, and segments' definitions, are not asked for. Raises Fatal as
    the client does; a key without the scope for images reads none.
    """

    def listed(part: str) -> Document:
        call, params = LISTINGS[part]
        if part == "templates" and content:
            params = CONTENT
        if names_only and part in ("segments", "flows"):
            params = {f"fields[{part[:-1]}]": "name"}
        try:
            return _gather(client.pages(call, params=params))
        except Fatal as fatal:
            if part == "images" and fatal.exit_code is Exit.CREDENTIALS:
                return {"data": [], "included": []}
            raise

    account = _account(client.account())
    wanted = [part for part in PARTS if part in parts]
    found = each(wanted, listed, threads=THREADS, limits=M, now=_no_clock, progress=None)
    rows = {part: tuple(BUILD[part](found[part] or {})) for part in wanted}
    return Snapshot(account, revision, **rows)


def _no_clock() -> float:
    """Stand in for the clock of a progress that nobody is told."""
    return 0.0


def _gather(pages: Iterator[Document]) -> Document:
    out: Document = {"data": [], "included": []}
    for page in pages:
        for key in out:
            out[key] += page.get(key) or []
    return out


def _account(row: Mapping[str, Any]) -> Account:
    about = _attributes(row)
    return Account(row["id"], str(about.get("timezone") or ""), str(about.get("preferred_currency") or ""))


def _attributes(row: Mapping[str, Any]) -> Mapping[str, Any]:
    found = row.get("attributes")
    return found if isinstance(found, Mapping) else {}


def _named(kind: str) -> Callable[[Document], Iterator[Thing]]:
    """Return the reader of a listing of which only names and ids matter."""

    def things(document: Document) -> Iterator[Thing]:
        for row in document["data"]:
            about = _attributes(row)
            integration = about.get("integration")
            name = integration.get("name") if isinstance(integration, Mapping) else ""
            yield Thing(kind, str(about.get("name") or ""), str(name or ""), row["id"])

    return things


def _tags(row: Mapping[str, Any], names: Mapping[str, str]) -> tuple[str, ...]:
    """Return the names of a row's tags, sorted; the API's order means nothing."""
    linked = ((row.get("relationships") or {}).get("tags") or {}).get("data") or []
    return tuple(sorted(names[tag["id"]] for tag in linked if tag["id"] in names))


def _tag_names(document: Document) -> dict[str, str]:
    return {
        row["id"]: str(_attributes(row).get("name"))
        for row in document["included"]
        if row.get("type") == "tag"
    }


def _segments(document: Document) -> Iterator[LiveSegment]:
    names = _tag_names(document)
    for row in document["data"]:
        about = _attributes(row)
        yield LiveSegment(
            id=row["id"],
            name=str(about.get("name") or ""),
            definition=about.get("definition") or {},
            is_active=about.get("is_active", True) is True,
            is_processing=about.get("is_processing") is True,
            is_starred=about.get("is_starred") is True,
            created=str(about.get("created") or ""),
            updated=str(about.get("updated") or ""),
            tags=_tags(row, names),
        )


def _templates(document: Document) -> Iterator[LiveTemplate]:
    for row in document["data"]:
        yield template_of(row)


def template_of(row: Mapping[str, Any]) -> LiveTemplate:
    """Return a template of its JSON:API resource."""
    about = _attributes(row)
    name, editor = str(about.get("name") or ""), str(about.get("editor_type") or "")
    return LiveTemplate(str(row["id"]), name, editor, about.get("html"), about.get("text"))


def _flows(document: Document) -> Iterator[LiveFlow]:
    names = _tag_names(document)
    for row in document["data"]:
        about = _attributes(row)
        yield LiveFlow(
            id=row["id"],
            name=str(about.get("name") or ""),
            status=str(about.get("status") or ""),
            archived=about.get("archived") is True,
            created=str(about.get("created") or ""),
            trigger_type=str(about.get("trigger_type") or ""),
            tags=_tags(row, names),
        )


BUILD: Final[Mapping[str, Callable[[Document], Iterator[Any]]]] = {
    "metrics": _named("metric"),
    "lists": _named("list"),
    "segments": _segments,
    "templates": _templates,
    "images": _named("image"),
    "tags": _named("tag"),
    "flows": _flows,
}
