"""Deletes what probes made, and nothing else: by the journal of a run, or by what a thing itself says.

A run that was killed leaves its journal on its machine and its tag in the account. What has such a name, and
neither stands in a journal nor holds what a probe writes, is somebody's own and is left alone.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Final

from compiler.client import calls
from compiler.diagnostics import Exit, Fatal
from compiler.journal import Entry, Journal
from compiler.planning.observed import CONTENT, whole_flow, whole_flows
from compiler.probe.answers import Left
from compiler.probe.desk import Desk
from compiler.probe.scratch import KINDS, NAME, is_own
from compiler.probe.sending import Done, Sender

GLOB: Final = "probe-*.jsonl"
ACTIVE: Final = "live"


def clean(desk: Desk, journal: Journal) -> tuple[list[str], list[Left]]:
    """Delete what a journal's run made; return what was deleted and what is left. The journal goes with the last."""
    sender = Sender(desk.client, journal, desk.sender.patience)
    gone: list[str] = []
    left: list[Left] = []
    for kind, identifier, name in _made(desk, journal):
        why = drop(desk, sender, kind, identifier)
        if why:
            left.append(Left(kind, identifier, name, why))
        else:
            gone.append(f'the {kind} {identifier} ("{name}")')
    if not left:
        journal.path.unlink(missing_ok=True)
    return gone, left


def _made(desk: Desk, journal: Journal) -> list[tuple[str, str, str]]:
    """Return kind, id and name of what a run made, flows first; of unknown outcomes what has come into being since."""
    found: dict[tuple[str, str], str] = {}
    for key, entry in journal.entries.items():
        if not key.startswith("make/") or entry.verdict == "refused":
            continue
        kind, _, name = key.removeprefix("make/").split("/", 2)
        for identifier in _ids(desk, kind, name, entry):
            dropped = journal.entries.get(f"drop/{kind}/{identifier}")
            if identifier and (dropped is None or dropped.verdict != "ok"):
                found[kind, identifier] = name
    order = [*KINDS]
    return sorted(
        ((kind, one, name) for (kind, one), name in found.items()), key=lambda row: order.index(row[0])
    )


def _ids(desk: Desk, kind: str, name: str, entry: Entry) -> list[str]:
    if entry.verdict == "ok":
        return [entry.made]
    patience = desk.sender.patience
    left = patience.left(entry.sent)
    if left > 0:
        desk.note(f"waiting {left:.0f} s for a {kind} that may still be made")
        patience.clock.sleep(left)
    return [one for one in desk.named(kind, name) if one not in entry.before]


def drop(desk: Desk, sender: Sender, kind: str, identifier: str) -> str:
    """Delete one thing; return why it is still there, nothing where it is gone."""
    if kind == "flow":
        flow = whole_flow(desk.client, identifier)
        if flow is not None and flow["status"] == ACTIVE:
            return "somebody has made it live, so it was not deleted"

    def seen() -> str | None:
        return None if any(True for _ in _there(desk, kind, identifier)) else ""

    try:
        sent = sender.write(f"drop/{kind}/{identifier}", KINDS[kind][2], identifier, seen=seen)
    except Fatal as fatal:
        return fatal.message
    return "" if isinstance(sent, Done) else sent.why


def _there(desk: Desk, kind: str, identifier: str) -> Iterator[str]:
    """Yield the id if the account still lists it."""
    for page in desk.client.pages(KINDS[kind][1]):
        yield from (identifier for row in page["data"] if str(row["id"]) == identifier)


def leftovers(folder: Path) -> list[Journal]:
    """Return the journals of runs on this machine that did not end."""
    return [Journal(path) for path in sorted(folder.glob(GLOB))]


def sweep(desk: Desk) -> tuple[list[str], list[Left], list[str]]:
    """Delete what runs on other machines left: by a run's tag, the things of its name that hold what a probe writes.

    Returns what was deleted, what is left, and a sentence for whatever only looks like it. What is deleted is
    journalled by the present run.
    """
    gone: list[str] = []
    left: list[Left] = []
    alike: list[str] = []
    for name, tags in _tags(desk).items():
        own, others = _flows(desk, name, tags)
        own += _beside(desk, name)
        alike += [
            f'the flow {one} is called or tagged "{name}", and no probe made it: left alone' for one in others
        ]
        if not own and not others:
            alike.append(f'the tag "{name}" looks like a probe\'s and stands on nothing: left alone')
        for kind, identifier in [*own, *(("tag", tag) for tag in tags if own and not others)]:
            why = drop(desk, desk.sender, kind, identifier)
            if why:
                left.append(Left(kind, identifier, name, why))
            else:
                gone.append(f'the {kind} {identifier} ("{name}")')
    return gone, left, alike


def _tags(desk: Desk) -> dict[str, list[str]]:
    """Return the ids of the tags that are named as probes name them, by name; none for a key that may not read tags."""
    try:
        rows = [row for page in desk.client.pages(calls.GET_TAGS) for row in page["data"]]
    except Fatal as fatal:
        if fatal.exit_code is not Exit.CREDENTIALS:
            raise
        return {}
    found: dict[str, list[str]] = {}
    for row in rows:
        name = str((row.get("attributes") or {}).get("name") or "")
        if NAME.fullmatch(name):
            found.setdefault(name, []).append(str(row["id"]))
    return found


def _flows(desk: Desk, name: str, tags: list[str]) -> tuple[list[tuple[str, str]], list[str]]:
    """Return the flows of a run's name or tag that a probe made, and those that it did not."""
    ids = dict.fromkeys(desk.named("flow", name))
    for tag in tags:
        rows = desk.client.read(calls.GET_TAGGED_FLOW_IDS, tag).get("data") or ()
        ids |= dict.fromkeys(str(row["id"]) for row in rows)
    own: list[tuple[str, str]] = []
    others: list[str] = []
    for flow in whole_flows(desk.client, ids).values():
        if is_own("flow", name, flow):
            own.append(("flow", flow["id"]))
        else:
            others.append(flow["id"])
    return own, others


def _beside(desk: Desk, name: str) -> list[tuple[str, str]]:
    """Return the segment and the template of a run, known by what they hold."""
    segments = [one for one, about in desk.listed(calls.GET_SEGMENTS, name) if is_own("segment", name, about)]
    templates = []
    for identifier in desk.named("template", name):
        found = desk.client.find(calls.GET_TEMPLATE, identifier, params=CONTENT)
        if found is not None and is_own("template", name, found["data"]["attributes"]):
            templates.append(identifier)
    return [*(("segment", one) for one in segments), *(("template", one) for one in templates)]
