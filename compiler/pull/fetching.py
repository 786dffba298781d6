"""Reads what a pull writes: the inventory, every wanted flow's definition, the templates of their messages."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Final

from compiler.client import Client, calls
from compiler.diagnostics import Exit, Fatal, nearest
from compiler.live import LiveFlow, LiveSegment, LiveTemplate, Snapshot, read
from compiler.live.reading import template_of

DEFINITION: Final = {"additional-fields[flow]": "definition", "fields[flow]": "definition"}
CONTENT: Final = {"fields[template]": "name,editor_type,html,text"}


@dataclass(frozen=True, slots=True)
class Message:
    """A message of a flow that has a template of its own."""

    id: str
    name: str
    template: str


@dataclass(frozen=True, slots=True)
class PulledFlow:
    """One flow: what the listing says, and its definition as the API holds it."""

    about: LiveFlow
    definition: Mapping[str, Any]

    @property
    def messages(self) -> list[Message]:
        """The messages whose content is a template, in the order of the definition."""
        return list(messages_of(self.definition))


@dataclass(frozen=True, slots=True)
class Fetched:
    """What was read: things in the order of their creation, templates by message; ``skipped`` says what was not."""

    snapshot: Snapshot
    flows: tuple[PulledFlow, ...]
    segments: tuple[LiveSegment, ...]
    templates: Mapping[str, LiveTemplate]
    skipped: tuple[str, ...]


def fetch(client: Client, revision: str, wanted: Collection[str], note: Callable[[str], object]) -> Fetched:
    """Read the account; ``wanted`` names flows and segments (all where it is empty), ``note`` is told each phase.

    Names, statuses and tags of 50 flows come with one call, and segments whole, ten a call. A flow's trigger,
    filter and entry are shown by no listing, so each flow is read by itself, several at once within the limits.
    Raises Fatal (WRONG_SPECS) for a name that nothing has.
    """
    note("reading the inventory")
    snapshot = read(client, revision)
    flows = sorted(snapshot.flows, key=lambda flow: (flow.created, flow.id))
    kept = [flow for flow in flows if not flow.archived and not flow.retired]
    segments = sorted(snapshot.segments, key=lambda segment: (segment.created, segment.id))
    if wanted:
        _all_known(wanted, [*(flow.name for flow in kept), *(segment.name for segment in segments)])
        kept = [flow for flow in kept if flow.name in wanted]
        segments = [segment for segment in segments if segment.name in wanted]
    note(f"reading {len(kept)} flows")
    pulled = tuple(_definitions(client, kept))
    messages = [message.id for flow in pulled for message in flow.messages]
    note(f"reading the templates of {len(messages)} messages")
    templates = dict(_templates(client, messages))
    return Fetched(snapshot, pulled, tuple(segments), templates, tuple(_skipped(snapshot, wanted)))


def _all_known(wanted: Collection[str], known: Collection[str]) -> None:
    for name in wanted:
        if name not in known:
            raise Fatal(
                f'the account has no flow or segment "{name}"{nearest(name, sorted(known))}', Exit.WRONG_SPECS
            )


def _skipped(snapshot: Snapshot, wanted: Collection[str]) -> Iterator[str]:
    if wanted:
        return
    archived = sum(flow.archived and not flow.retired for flow in snapshot.flows)
    retired = sum(flow.retired for flow in snapshot.flows)
    if archived:
        yield f"{archived} archived flows were left out"
    if retired:
        yield f"{retired} retired flows were left out"


def _definitions(client: Client, flows: list[LiveFlow]) -> Iterator[PulledFlow]:
    found = client.read_many(calls.GET_FLOW, [flow.id for flow in flows], params=DEFINITION)
    for flow in flows:
        document = found[flow.id]
        if document is not None:  # else it was deleted since the listing
            yield PulledFlow(flow, document["data"]["attributes"]["definition"])


def _templates(client: Client, messages: list[str]) -> Iterator[tuple[str, LiveTemplate]]:
    found = client.read_many(calls.GET_TEMPLATE_OF_MESSAGE, messages, params=CONTENT)
    for message, document in found.items():
        if document is not None and document.get("data"):
            yield message, template_of(document["data"])


def messages_of(value: Any) -> Iterator[Message]:
    """Yield the messages of a definition that have an id and a template; a text message's content is its body."""
    if isinstance(value, list):
        for item in value:
            yield from messages_of(item)
    elif isinstance(value, Mapping):
        data = value.get("data")
        message = data.get("message") if isinstance(data, Mapping) else None
        if isinstance(message, Mapping) and value.get("type") != "send-sms":
            template, identifier = message.get("template_id"), message.get("id")
            if isinstance(template, str) and isinstance(identifier, str):
                yield Message(identifier, str(message.get("name") or ""), template)
        for item in value.values():
            yield from messages_of(item)
