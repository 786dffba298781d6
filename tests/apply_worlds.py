"""A small project whose apply takes every kind of write, an account it goes to, and the ways in which calls fail."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from functools import cache
from pathlib import Path
from typing import Any

import httpx
from scratch import scratch

from compiler.account.app import create_app
from compiler.account.settings import Settings as Face
from compiler.account.settings import Switches
from compiler.account.store import EMBEDDED_KEY, Store
from compiler.apply import Holder, Lock, Patience, Result, Run, apply_plan, locked
from compiler.check import check
from compiler.client import Client, Clock, Key, Settings, connect
from compiler.diagnostics import Exit, Fatal, Problems
from compiler.journal import last_unsettled
from compiler.pipeline import compile_project
from compiler.plan.knowledge import Knowledge
from compiler.plan.units import Plan
from compiler.planning import Planned, Scope, plan_project
from compiler.project import Project, open_project

REVISION = "2026-10-15"
NOW = datetime(2026, 11, 20, 12, tzinfo=UTC)
ALL = ("allow-replace", "allow-live", "allow-delete")
SETTINGS = """\
kind: project
name: tea
default_account: sandbox
accounts:
  sandbox: {embedded: sandbox.db}
defaults:
  send-email: {from_email: tea@example.com, from_label: Tea}
"""
MAIL = "  - send-email: {{name: {0}, subject_line: About {0}, template: {{file: emails/{1}.html}}}}\n"


def flow(name: str, metric: str, status: str, *steps: str) -> str:
    lines = [MAIL.format(*step.split()) if " " in step else f"  - time-delay: {step}days\n" for step in steps]
    text = f"kind: flow\nname: {name}\nstatus: {status}\ntrigger: {{metric: {metric}}}\nsteps:\n"
    return (text + "".join(lines)).replace("days\n", " days\n")


def segment(name: str, count: int) -> str:
    return (
        f"kind: segment\nname: {name}\ndefinition:\n"
        f"  - profile-metric: {{metric: Ordered, count: {{greater-than-or-equal: {count}}}, timeframe: alltime}}\n"
    )


BEFORE = {
    "edited": flow("Edited", "Ordered", "draft", "One a", "1", "Two a", "Three a"),
    "grown": flow("Grown", "Ordered", "live", "First a", "2", "Second a"),
    "moved": flow("Moved", "Ordered", "live", "Hello a"),
    "gone": flow("Gone", "Ordered", "draft", "Bye a"),
    "buyers": segment("Buyers", 1),
    "leaving": segment("Leaving", 9),
}
AFTER = {
    "edited": flow("Edited", "Ordered", "draft", "One b", "2", "Three a", "Four a"),
    "grown": flow("Grown", "Ordered", "live", "First a", "2", "Second a", "Last b"),
    "moved": flow("Moved", "Seen", "live", "Hello a"),
    "new": flow("New", "Ordered", "draft", "A a", "1", "B b")
    .replace("trigger: {metric: Ordered}", "trigger: {segment: Fresh}")
    .replace("status: draft", "status: live\ntags: [fresh]"),
    "buyers": segment("Buyers", 2),
    "fresh": segment("Fresh", 3),
}


def write_specs(folder: Path, specs: dict[str, str]) -> Project:
    (folder / "flowc.yaml").write_text(SETTINGS)
    shutil.rmtree(folder / "flows", ignore_errors=True)
    (folder / "flows" / "emails").mkdir(parents=True)
    for stem, text in specs.items():
        (folder / "flows" / f"{stem}.yaml").write_text(text)
    for letter in "ab":
        (folder / "flows" / "emails" / f"{letter}.html").write_text(f"<p>Letter {letter}</p>\n")
    problems = Problems()
    project = open_project(folder, problems)
    assert not list(problems)
    return project


READING = "killed reading"


class Killed(BaseException):
    """Stands for a run that is gone: nothing in it may go on."""


@dataclass
class Faults(httpx.BaseTransport):
    """Lets the write of a number fail in one way, or ends at the read of a number, and counts both."""

    inner: httpx.BaseTransport
    way: str = "none"
    at: int = -1
    writes: int = 0
    reads: int = 0
    log: list[str] = field(default_factory=list)

    dead: bool = False

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        if request.method == "GET":
            number, self.reads = self.reads, self.reads + 1
            self.dead = self.dead or (self.way, self.at) == (READING, number)
            if self.dead:
                raise Fatal("the run is gone")  # which ends the threads that read, too
            return self.inner.handle_request(request)
        if self.dead:
            raise Killed
        number, self.writes = self.writes, self.writes + 1
        self.log.append(f"{request.method} {request.url.path}")
        if number != self.at or self.way == READING:
            return self.inner.handle_request(request)
        return WAYS[self.way](self, request)


def _timeout(*, after: bool) -> Callable[[Faults, httpx.Request], httpx.Response]:
    def fail(faults: Faults, request: httpx.Request) -> httpx.Response:
        if after:
            faults.inner.handle_request(request).read()
        raise httpx.ReadTimeout("no answer", request=request)

    return fail


def _reset(faults: Faults, request: httpx.Request) -> httpx.Response:
    faults.inner.handle_request(request).read()
    raise httpx.ReadError("connection reset", request=request)


def _status(code: int) -> Callable[[Faults, httpx.Request], httpx.Response]:
    def fail(faults: Faults, request: httpx.Request) -> httpx.Response:
        headers = {"Retry-After": "2"} if code == 429 else {}
        return httpx.Response(
            code, json={"errors": [{"detail": "trouble"}]}, headers=headers, request=request
        )

    return fail


def _kill(*, after: bool) -> Callable[[Faults, httpx.Request], httpx.Response]:
    def fail(faults: Faults, request: httpx.Request) -> httpx.Response:
        if after:
            faults.inner.handle_request(request).read()
        faults.dead = True
        raise Killed

    return fail


LATE = 20.0


def _late(faults: Faults, request: httpx.Request) -> httpx.Response:
    assert isinstance(faults, Late)
    store = faults.store
    switches = store.switches()
    store.change_switches(Switches(**{**switches.to_json(), "write_lateness": LATE}))
    try:
        return faults.inner.handle_request(request)
    finally:
        store.change_switches(switches)


class Late(Faults):
    store: Store


WAYS: dict[str, Callable[[Any, httpx.Request], httpx.Response]] = {
    "timeout before": _timeout(after=False),
    "timeout after": _timeout(after=True),
    "late": _late,
    "reset": _reset,
    "429": _status(429),
    "500": _status(500),
    "killed before": _kill(after=False),
    "killed after": _kill(after=True),
}


class World:
    """A project and an account in one folder, with one clock for the account, the client and the apply."""

    def __init__(self, folder: Path, specs: dict[str, str] | None = None, **switches: Any) -> None:
        self.folder = folder
        self.now = NOW
        self.project = write_specs(folder, specs if specs is not None else AFTER)
        self.store = Store(folder / "sandbox.db")
        self.store.change_switches(
            Switches(**{**self.store.switches().to_json(), "limits": "off", **switches})
        )
        self.patience = Patience(lambda: self.now, self.clock(), timeout=60.0, settle=30.0, lag=5.0)
        self.runs = 0

    def clock(self) -> Clock:
        return Clock(
            now=self.seconds,
            sleep=self.pass_seconds,
            today=self.today,
            jitter=lambda: 0.5,
        )

    def seconds(self) -> float:
        return (self.now - NOW).total_seconds()

    def today(self) -> date:
        return self.now.date()

    def pass_seconds(self, seconds: float) -> None:
        self.now += timedelta(seconds=seconds)

    def client(self, way: str = "none", at: int = -1) -> tuple[Client, Faults]:
        app = create_app(
            self.store, settings=Face(lambda: self.now, check_definition=check, origin="http://127.0.0.1")
        )
        faults = Late(httpx.WSGITransport(app), way, at)
        faults.store = self.store
        client = connect(
            Settings(REVISION, url="http://127.0.0.1", threads=1),
            Key(EMBEDDED_KEY),
            ledger=self.folder / "calls.db",
            transport=faults,
            clock=self.clock(),
        )
        return client, faults

    def plan(self, client: Client, known: Knowledge | None = None, *, whole: bool = True) -> Planned:
        problems = Problems()
        result = compile_project(self.project, revision=REVISION, account={"name": "sandbox"}, lint=False)
        assert not result.problems.errors, result.diagnostics
        scope = Scope(self.project, REVISION, known or Knowledge(), whole=whole)
        planned = plan_project(result.compiled, client, scope, problems, len)
        assert not problems.errors, list(problems)
        return planned

    def run(self, client: Client, lock: Lock | None = None) -> Run:
        return Run(client, "tea", REVISION, self.folder / ".flowc" / "journal", self.patience, len, lock)

    def apply(self, way: str = "none", at: int = -1, plan: Any = None) -> tuple[Result | None, Faults]:
        """Apply as the command does: settle, plan, lock, write. A killed run leaves what it left."""
        self.runs += 1
        client, faults = self.client(way, at)
        journals = self.folder / ".flowc" / "journal"
        try:
            with client:
                sent = last_unsettled(journals, client.verify_account())
                if sent is not None:
                    self.pass_seconds(self.patience.left(sent))
                plan = plan or self.plan(client).plan
                with locked(
                    client, self.folder / "lock", Holder("host", f"n{self.runs}"), self.patience, 60.0, len
                ) as lock:
                    return apply_plan(plan, self.run(client, lock)), faults
        except (Killed, Fatal):
            return None, faults

    def close(self) -> None:
        self.store.close()


@cache
def before_file() -> Path:
    """An account in which the project's earlier state was applied; copy it."""
    folder = scratch()
    world = World(folder, BEFORE)
    for name in ("Ordered", "Seen"):
        put_metric(world.store, name)
    result, _ = world.apply()
    assert result is not None
    assert result.exit_code is Exit.DONE, result
    world.store.connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    world.close()
    return folder / "sandbox.db"


def put_metric(store: Store, name: str) -> None:
    with store.writing() as view:
        integration = {"object": "integration", "id": "shop01", "name": "Shop", "category": "eCommerce"}
        stamp = NOW.isoformat()
        body = {"name": name, "created": stamp, "updated": stamp, "integration": integration}
        view.put("metric", view.new_id("metric"), body, parent="")


def world_at(folder: Path, **switches: Any) -> World:
    """A world whose account holds the earlier state and whose specs say the later one, an hour on."""
    folder.mkdir(parents=True, exist_ok=True)
    shutil.copy(before_file(), folder / "sandbox.db")
    world = World(folder, AFTER, **switches)
    world.pass_seconds(3600)
    return world


def plan_of(world: World, known: Knowledge | None = None) -> Plan:
    client, _ = world.client()
    with client:
        return world.plan(client, known).plan


def duplicates(world: World) -> list[str]:
    """What exists twice under one name: templates, segments, tags, and flows that are not retired."""
    found = []
    with world.store.reading() as view:
        retired = {
            tagging.body["id"]
            for tag in view.rows("tag")
            if tag.body["name"].startswith("flowc-retired")
            for tagging in view.rows("tagging", parent=tag.id)
        }
        for kind in ("template", "segment", "tag", "flow"):
            names = [row.body["name"] for row in view.rows(kind, parent="") if row.id not in retired]
            found += [f"{kind} {name}" for name in sorted(names) if names.count(name) > 1]
    return found


def untagged(world: World) -> list[str]:
    """The flows and segments of the specs that the project does not know for its own."""
    with world.store.reading() as view:
        tags = {row.id: row.body["name"] for row in view.rows("tag")}
        carried: dict[str, set[str]] = {}
        for tag, name in tags.items():
            for tagging in view.rows("tagging", parent=tag):
                carried.setdefault(tagging.body["id"], set()).add(name)
        found = [
            (row.body["name"], carried.get(row.id, set()))
            for kind in ("flow", "segment")
            for row in view.rows(kind, parent="")
        ]
    retired = "flowc-retired"
    return [
        name for name, on in found if "flowc:tea" not in on and not any(tag.startswith(retired) for tag in on)
    ]
