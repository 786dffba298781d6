"""What a plan and an apply read of the account: flows whole, the content of templates, what a segment triggers."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Any, Final

from compiler.client import Client, calls
from compiler.diff.flowgraph import read_flow
from compiler.live import LiveSegment
from compiler.normalise import normalise, senders, template_content
from compiler.plan.decide import touched
from compiler.plan.knowledge import INERT
from compiler.plan.observe import observe_flow
from compiler.plan.units import Unit

Api = dict[str, Any]
WHOLE: Final = {"additional-fields[flow]": "definition", "fields[flow]": "name,status,archived,definition"}
A_PAGE: Final = calls.GET_TEMPLATES.page or 10
MESSAGES: Final = {
    "include": "flow-actions",
    "fields[flow]": "name",
    "fields[flow-action]": "definition",
}
MARK: Final = (
    "\ufeff"  # of the order of bytes: it says nothing in a text, and a template's file is read without it
)
CONTENT: Final = {"fields[template]": "name,editor_type,html,text,amp"}


def live_flow(document: Mapping[str, Any]) -> Api:
    """Return a flow as the planner sees it: ``id, name, archived, status, definition``."""
    row = document["data"]
    about = row["attributes"]
    return {
        "id": row["id"],
        "name": about.get("name"),
        "archived": about.get("archived") is True,
        "status": about.get("status"),
        "definition": about["definition"],
    }


def whole_flows(client: Client, ids: Iterable[str]) -> dict[str, Api]:
    """Return flows with their definitions, by id; what the account no longer has is left out."""
    found = client.read_many(calls.GET_FLOW, ids, params=WHOLE)
    return {name: live_flow(document) for name, document in found.items() if document is not None}


def whole_flow(client: Client, identifier: str) -> Api | None:
    """Return one flow with its definition, None where the account has it no more."""
    document = client.find(calls.GET_FLOW, identifier, params=WHOLE)
    return None if document is None else live_flow(document)


def live_segment(segment: LiveSegment) -> Api:
    """Return a segment as the planner sees it."""
    return {
        "id": segment.id,
        "name": segment.name,
        "definition": segment.definition,
        "is_active": segment.is_active,
        "is_starred": segment.is_starred,
    }


def live_triggers(client: Client, segment: str) -> tuple[str, ...]:
    """Return the names of the live flows that a segment triggers, sorted."""
    found = client.find(calls.GET_FLOWS_TRIGGERED_BY_SEGMENT, segment)
    rows = (found or {}).get("data") or []
    return tuple(
        sorted(str(row["attributes"]["name"]) for row in rows if row["attributes"].get("status") == "live")
    )


def template_sources(definition: Mapping[str, Any] | None) -> set[str]:
    """Return what stands in the places of templates' ids in a definition."""
    return {source for _, source in _messages(definition)}


def _messages(definition: Mapping[str, Any] | None) -> Iterator[tuple[str | None, str]]:
    """Yield a message's id, None before the server gives it one, and its template, for each that has one."""
    for action in (definition or {}).get("actions") or ():
        yield from _of_action(action)


def _of_action(action: Mapping[str, Any]) -> Iterator[tuple[str | None, str]]:
    for sender in senders(action):
        message = (sender.get("data") or {}).get("message") or {}
        if isinstance(message.get("template_id"), str):
            yield message.get("id"), message["template_id"]


def _sending(definition: Mapping[str, Any] | None) -> set[str]:
    """Return the templates of the messages of a definition that are no drafts."""
    return {
        source
        for action in (definition or {}).get("actions") or ()
        if (action.get("data") or {}).get("status", "draft") not in INERT
        for _, source in _of_action(action)
    }


def identity(attributes: Mapping[str, Any]) -> Api:
    """Return what of a template is compared: its HTML, which files hold, else whatever parts it has."""
    html = attributes.get("html")
    parts = dict(template_content(attributes))
    if html or parts.keys() <= {"editor_type"}:
        return {"html": (html or "").removeprefix(MARK)}
    return parts


class Contents:
    """The content of templates by id and placeholder, read when first asked for."""

    def __init__(self, client: Client, known: Mapping[str, Any] | None = None) -> None:
        self.client = client
        self.known: dict[str, Any] = dict(known or {})
        self.copies: dict[str, str] | None = None

    def of_library(self, ids: Iterable[str]) -> None:
        """Read templates by their ids: those of the library, and the copies that messages have of their own.

        No library shows a copy: all flows are looked through for the first such id, fifty a call. What the account
        does not have stays unknown.
        """
        missing = [one for one in sorted(set(ids)) if one not in self.known and not one.startswith("@")]
        if len(missing) > A_PAGE:
            shown = self._listed(missing)
            missing = [one for one in missing if one not in shown]
        copied = set()
        for name, document in self.client.read_many(calls.GET_TEMPLATE, missing, params=CONTENT).items():
            if document is None:
                copied.add(name)
            else:
                self.known[name] = identity(document["data"]["attributes"])
        if copied:
            self._of_messages({message: one for one, message in self._copies().items() if one in copied})

    def _copies(self) -> dict[str, str]:
        """Return the message that has each template, over all flows."""
        if self.copies is None:
            pages = self.client.pages(calls.GET_FLOWS, params=MESSAGES)
            rows = [row for page in pages for row in page.get("included") or ()]
            actions = [row["attributes"]["definition"] for row in rows]
            self.copies = {source: message for message, source in sent_messages({"actions": actions})}
        return self.copies

    def of_flow(self, live: Mapping[str, Any], *, fresh: bool = False) -> None:
        """Read the templates of a live definition's messages: those not known yet, or all of them."""
        self._of_messages({m: s for m, s in sent_messages(live) if fresh or s not in self.known})

    def compare(self, live: Mapping[str, Any] | None, desired: Mapping[str, Any] | None) -> None:
        """Read what telling two definitions apart needs.

        That is nothing where the desired one names no other template and lets no message send that is a draft.
        """
        self.compare_all([(live, desired)])

    def compare_all(self, pairs: Iterable[tuple[Mapping[str, Any] | None, Mapping[str, Any] | None]]) -> None:
        """Read what telling apart many pairs of definitions, live and desired, needs."""
        messages: dict[str, str] = {}
        library: set[str] = set()
        for live, desired in pairs:
            there, wanted = template_sources(live), template_sources(desired)
            raised = _sending(desired) - _sending(live)
            if live is not None and (raised or not wanted <= there):
                messages |= dict(sent_messages(live))
            library |= wanted - there
        self._of_messages(messages)
        self.of_library(library)

    def _of_messages(self, wanted: Mapping[str, str]) -> None:
        """Read the templates of messages, given by message id: by the listing if it shows them, else one by one."""
        left = dict(wanted)
        if len(left) > A_PAGE:
            shown = self._listed(sorted(set(left.values())))
            left = {message: source for message, source in left.items() if source not in shown}
        found = self.client.read_many(calls.GET_TEMPLATE_OF_MESSAGE, sorted(left), params=CONTENT)
        for message, document in found.items():
            if document is not None and document.get("data"):
                self.known[left[message]] = identity(document["data"]["attributes"])

    def _listed(self, sources: list[str]) -> set[str]:
        """Read templates through the listing, ten a call, and return those that it shows.

        Nobody has documented whether it shows the copies that messages have: the first call tells.
        """
        shown: set[str] = set()
        for start in range(0, len(sources), A_PAGE):
            ids = ",".join(f'"{source}"' for source in sources[start : start + A_PAGE])
            answer = self.client.read(calls.GET_TEMPLATES, params={**CONTENT, "filter": f"any(id,[{ids}])"})
            for row in answer["data"]:
                self.known[row["id"]] = identity(row["attributes"])
                shown.add(row["id"])
            if not shown:
                break
        return shown


def sent_messages(definition: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    """Yield message id and template of each message that the server knows."""
    for message, source in _messages(definition):
        if message is not None:
            yield message, source


def digest_of(unit: Unit, live: Mapping[str, Any], templates: Mapping[str, Any]) -> str:
    """Return the digest of a flow as the planner takes it for this unit."""
    actions = read_flow(normalise(live["definition"], templates)).data
    counted = touched(unit.stages, actions) if unit.change == "update" else actions
    return observe_flow(live, templates, counted)
