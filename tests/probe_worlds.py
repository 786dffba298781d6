"""An account to probe, with somebody's own things in it, and a probe as the command runs it."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import httpx
from apply_worlds import REVISION, Faults, Killed, Late, World, put_metric

from compiler.account.app import create_app
from compiler.account.settings import Settings as Face
from compiler.account.store import EMBEDDED_KEY
from compiler.apply import Holder, locked
from compiler.check import check
from compiler.client import Client, Key, Settings, connect
from compiler.diagnostics import Fatal
from compiler.journal import last_unsettled
from compiler.probe import Report, Run, probe

KINDS = ("flow", "tag", "template", "segment")
Answer = Callable[[httpx.Request], httpx.Response | None]


class Odd(httpx.BaseTransport):
    """Answers some requests itself, as an account that nobody has seen yet would."""

    def __init__(self, inner: httpx.BaseTransport, answer: Answer) -> None:
        self.inner, self.answer = inner, answer

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        return self.answer(request) or self.inner.handle_request(request)


def new_world(folder: Path, **switches: Any) -> World:
    """An account with a flow, a tag, a template and a segment that are none of the probe's business."""
    folder.mkdir(parents=True, exist_ok=True)
    world = World(folder, {}, **switches)
    put_metric(world.store, "Ordered")
    with world.store.writing() as view:
        stamp = world.now.isoformat()
        for kind in ("tag", "template"):
            view.put(kind, view.new_id(kind), {"name": "Ours", "html": "", "created": stamp}, parent="")
    return world


def client_of(
    world: World, *, revision: str = REVISION, key: str = EMBEDDED_KEY, odd: Answer | None = None,
    way: str = "none", at: int = -1,
) -> tuple[Client, Faults]:  # fmt: skip
    app = create_app(
        world.store, settings=Face(lambda: world.now, check_definition=check, origin="http://127.0.0.1")
    )
    inner: httpx.BaseTransport = httpx.WSGITransport(app)
    faults = Late(Odd(inner, odd) if odd else inner, way, at)
    faults.store = world.store
    client = connect(
        Settings(revision, url="http://127.0.0.1", threads=1),
        Key(key),
        ledger=world.folder / "calls.db",
        transport=faults,
        clock=world.clock(),
    )
    return client, faults


def run_probe(world: World, notes: list[str] | None = None, **how: Any) -> tuple[Report | None, Faults]:
    """Probe as the command does: settle, lock, ask. A killed run leaves what it left."""
    world.runs += 1
    client, faults = client_of(world, **how)
    journals = world.folder / ".flowc" / "journal"
    note = (notes if notes is not None else []).append
    run = Run(client, how.get("revision", REVISION), journals, world.patience, note)
    try:
        with client:
            sent = last_unsettled(journals, client.verify_account())
            if sent is not None:
                world.pass_seconds(world.patience.left(sent))
            with locked(
                client, world.folder / "lock", Holder("host", f"n{world.runs}"), world.patience, 60.0, len
            ):
                return probe(run), faults
    except (Killed, Fatal):
        return None, faults


def things(world: World) -> dict[str, list[tuple[str, str]]]:
    """Name and id of everything that a probe could make or delete, the locks apart."""
    with world.store.reading() as view:
        return {
            kind: sorted(
                (row.body["name"], row.id)
                for row in view.rows(kind, parent="")
                if not row.body["name"].startswith("flowc apply")
            )
            for kind in KINDS
        }
