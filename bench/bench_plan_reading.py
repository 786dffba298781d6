"""What a plan of 500 unchanged flows asks of the account: calls, refusals, and how much of the permitted rate.

An embedded account behind its limits, on a clock that runs a few dozen times as fast on both sides. ``quick`` reads
the inventory and every action through the listing, 50 flows a call; ``full`` reads the inventory and each flow.
"""

from __future__ import annotations

import hashlib
import json
import re
import tempfile
import time
from collections import Counter
from collections.abc import Callable, Iterable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from figures import Figure, report
from flow_files import write_project

from compiler.account.app import create_app
from compiler.account.load import load_definitions
from compiler.account.settings import Settings as Face
from compiler.account.store import EMBEDDED_KEY, Store
from compiler.client import Client, Key, Settings, calls, connect, hurried
from compiler.diagnostics import Problems
from compiler.live import read
from compiler.pipeline import compile_project
from compiler.project import open_project

FLOWS, STEPS, A_CALL = 500, 12, 50
RATE = 40.0
REVISION = "2026-10-15"
ADDRESS = "http://127.0.0.1"
START = datetime(2026, 11, 20, 12, tzinfo=UTC)
PLACEHOLDER = re.compile(r'"@(\w+):((?:[^"\\]|\\.)*)"')
DEFINITION = {"additional-fields[flow]": "definition"}
ACTIONS = {"include": "flow-actions", "fields[flow-action]": "definition"}
Environ = dict[str, Any]


class Counting:
    """A WSGI application that counts the answers of another one by status."""

    def __init__(self, app: Callable[..., Iterable[bytes]]) -> None:
        self.app = app
        self.statuses: Counter[int] = Counter()

    def __call__(self, environ: Environ, start: Callable[..., Any]) -> Iterable[bytes]:
        def counted(status: str, *rest: Any) -> Any:
            self.statuses[int(status[:3])] += 1
            return start(status, *rest)

        return self.app(environ, counted)

    @property
    def calls(self) -> int:
        return self.statuses.total()


def fill(store: Store, folder: Path) -> None:
    """Load generated flows, with invented ids for what they name."""
    write_project(folder / "project", FLOWS, STEPS)
    made = compile_project(open_project(folder / "project", Problems()), lint=False).compiled
    bodies = folder / "bodies"
    bodies.mkdir()
    for number, item in enumerate(made):
        text = PLACEHOLDER.sub(lambda found: f'"{invented(found[0])}"', json.dumps(item.body))
        (bodies / f"{number:04}.json").write_text(text, encoding="utf-8")
    load_definitions(store, bodies, now=START)


def invented(reference: str) -> str:
    return "Z" + hashlib.sha256(reference.encode()).hexdigest()[:5]


def open_client(store: Store, folder: Path) -> tuple[Client, Counting]:
    """Return a client of the account whose seconds pass as fast as the account's."""
    began = time.monotonic()

    def now() -> datetime:
        return START + timedelta(seconds=(time.monotonic() - began) * RATE)

    app = Counting(create_app(store, settings=Face(clock=now, origin=ADDRESS)))
    client = connect(
        Settings(REVISION, url=ADDRESS),
        Key(EMBEDDED_KEY),
        ledger=folder / "ledger.db",
        app=app,
        clock=hurried(RATE),
    )
    return client, app


def measure(client: Client, app: Counting) -> list[Figure]:
    """Read the account quickly, then fully, through one client."""
    snapshot = read(client, REVISION)
    inventory = app.calls
    listed = [row for page in client.pages(calls.GET_FLOWS, params=ACTIONS) for row in page["data"]]
    quick = app.calls
    assert len(listed) == len(snapshot.flows) == FLOWS
    read(client, REVISION)
    began = time.monotonic()
    found = client.read_many(calls.GET_FLOW, [flow.id for flow in snapshot.flows], params=DEFINITION)
    seconds = (time.monotonic() - began) * RATE
    full = app.calls - quick
    assert all(found.values())
    permitted = calls.GET_FLOW.limits.seconds_for(FLOWS)
    return [
        Figure("plan_reading_inventory", inventory, "calls"),
        Figure("plan_reading_quick", quick, "calls", FLOWS // A_CALL + inventory),
        Figure("plan_reading_full", full, "calls", FLOWS + inventory),
        Figure("plan_reading_refused_429", app.statuses[429], "calls", 0),
        Figure("plan_reading_full_time", seconds / 60, "minutes of the account's"),
        Figure("plan_reading_rate_used", permitted / seconds, "share", least=0.95),
    ]


def main() -> None:
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        store = Store(folder / "account.db")
        try:
            fill(store, folder)
            client, app = open_client(store, folder)
            with client:
                figures = measure(client, app)
        finally:
            store.close()
    report("plan_reading", figures)


if __name__ == "__main__":
    main()
