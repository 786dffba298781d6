"""A served account, a proxy in front of it that lets calls fail, and ``flowc`` as a process that can be killed."""

from __future__ import annotations

import http.client
import json
import os
import signal
import socket
import sqlite3
import struct
import subprocess
import sys
import threading
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from functools import cache
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

from apply_driver import SETTLE, TIMEOUT
from apply_worlds import AFTER, BEFORE, World, put_metric, write_specs
from scratch import scratch

from compiler.account.settings import Switches
from compiler.account.store import Store
from compiler.diagnostics import Exit

SECRET = "pk_0123456789abcdefSECRET"
HERE = Path(__file__).parent
ALLOW = ("--yes", "--allow-replace", "--allow-live", "--allow-delete")
LATE = TIMEOUT + SETTLE / 4
SETTINGS = """\
kind: project
name: tea
default_account: shop
accounts:
  shop: {{key_env: SHOP_KEY, url: "{url}"}}
  file: {{embedded: sandbox.db}}
defaults:
  send-email: {{from_email: tea@example.com, from_label: Tea}}
"""


@cache
def earlier() -> Path:
    """The account's file with the project's earlier state, as an apply an hour ago has left it."""
    folder = scratch()
    world = World(folder, BEFORE)
    world.now = datetime.now(UTC) - timedelta(hours=1)
    for name in ("Ordered", "Seen"):
        put_metric(world.store, name)
    world.store.add_key(SECRET)
    result, _ = world.apply()
    assert result is not None
    assert result.exit_code is Exit.DONE, result
    world.store.connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    world.close()
    return folder / "sandbox.db"


class Proxy:
    """Hands calls on to the account, and lets the write of a number fail; ``victim`` is who a kill is for."""

    def __init__(self, port: int) -> None:
        self.port = port
        self.victim: int | None = None
        self.server = ThreadingHTTPServer(("127.0.0.1", 0), self._handler())
        self.server.daemon_threads = True
        self.url = f"http://127.0.0.1:{self.server.server_address[1]}"
        self.guard = threading.Lock()
        self.at_work: list[threading.Thread] = []
        self.arm()
        threading.Thread(target=self.server.serve_forever, args=(0.05,), daemon=True).start()

    def arm(self, way: str = "none", at: int = -1) -> None:
        """Let the write of a number fail in one way, counting from now."""
        self.way, self.at, self.writes = way, at, 0

    def forget(self) -> None:
        """Begin the account's log anew."""
        self.log: list[tuple[str, str, bytes, int]] = []

    def created(self) -> list[str]:
        """What the account was made to create, by kind and name, once for each time."""
        out = []
        for method, path, body, status in self.log:
            if method == "POST" and path in ("/api/flows", "/api/segments", "/api/templates", "/api/tags"):
                name = json.loads(body)["data"]["attributes"]["name"]
                out += [f"{path} {name}"] if status < 300 else []
        return out

    def hand_on(self, method: str, path: str, headers: dict[str, str], body: bytes) -> tuple[int, Any, bytes]:
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=10)
        try:
            connection.request(method, path, body or None, headers)
            answer = connection.getresponse()
            content = answer.read()
        finally:
            connection.close()
        with self.guard:
            self.log.append((method, path.partition("?")[0], body, answer.status))
        return answer.status, answer.getheaders(), content

    def fault_of(self, method: str) -> str:
        with self.guard:
            if method == "GET":
                return "none"
            number, self.writes = self.writes, self.writes + 1
        return self.way if number == self.at else "none"

    def settle(self) -> None:
        """Wait until late calls have acted."""
        for thread in self.at_work:
            thread.join()
        self.at_work.clear()

    def close(self) -> None:
        self.server.shutdown()
        self.server.server_close()

    def _handler(self) -> type[BaseHTTPRequestHandler]:
        proxy = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"
            disable_nagle_algorithm = True

            def handle(self) -> None:
                with suppress(ConnectionError):  # who was killed or gave up hears nothing more
                    super().handle()

            def take(self) -> None:
                length = int(self.headers.get("content-length") or 0)
                body = self.rfile.read(length)
                kept = ("authorization", "revision", "content-type", "accept")
                headers = {name: self.headers[name] for name in kept if name in self.headers}
                way = proxy.fault_of(self.command)
                FAULTS[way](self, proxy, Asked(self.command, self.path, headers, body))

            do_GET = do_POST = do_PATCH = do_DELETE = take  # noqa: N815 - http.server names them

            def log_message(self, *_: Any) -> None:
                """Say nothing."""

        return Handler


@dataclass(frozen=True)
class Asked:
    method: str
    path: str
    headers: dict[str, str]
    body: bytes


def answer(handler: Any, status: int, headers: Any, content: bytes) -> None:
    handler.send_response_only(status)
    for name, value in headers:
        if name.lower() not in ("connection", "content-length", "server", "date", "via"):
            handler.send_header(name, value)
    handler.send_header("content-length", str(len(content)))
    handler.end_headers()
    handler.wfile.write(content)


def hand(proxy: Proxy, asked: Asked) -> tuple[int, Any, bytes]:
    return proxy.hand_on(asked.method, asked.path, asked.headers, asked.body)


def nothing(handler: Any, proxy: Proxy, asked: Asked) -> None:
    answer(handler, *hand(proxy, asked))


def silence(handler: Any) -> None:
    """Answer nothing until the other side has given up."""
    handler.connection.settimeout(TIMEOUT * 3)
    with suppress(OSError):
        handler.connection.recv(1)
    handler.close_connection = True


def timeout_before(handler: Any, proxy: Proxy, asked: Asked) -> None:
    silence(handler)


def timeout_after(handler: Any, proxy: Proxy, asked: Asked) -> None:
    hand(proxy, asked)
    silence(handler)


def late(handler: Any, proxy: Proxy, asked: Asked) -> None:
    timer = threading.Timer(LATE, hand, (proxy, asked))
    proxy.at_work.append(timer)
    timer.start()
    silence(handler)


def reset(handler: Any, proxy: Proxy, asked: Asked) -> None:
    """Reset the connection; every second write has acted then."""
    if proxy.at % 2:
        hand(proxy, asked)
    handler.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    handler.connection.close()
    handler.close_connection = True


def busy(handler: Any, proxy: Proxy, asked: Asked) -> None:
    answer(handler, 429, [("retry-after", "2")], b'{"errors": [{"detail": "too fast"}]}')


def broken(handler: Any, proxy: Proxy, asked: Asked) -> None:
    """Answer 500; every second write has acted then."""
    if proxy.at % 2:
        hand(proxy, asked)
    answer(handler, 500, [], b'{"errors": [{"detail": "trouble"}]}')


def kill_before(handler: Any, proxy: Proxy, asked: Asked) -> None:
    assert proxy.victim is not None
    os.kill(proxy.victim, signal.SIGKILL)
    handler.close_connection = True


def kill_after(handler: Any, proxy: Proxy, asked: Asked) -> None:
    hand(proxy, asked)
    kill_before(handler, proxy, asked)


FAULTS = {
    "none": nothing,
    "timeout before": timeout_before,
    "timeout after": timeout_after,
    "late": late,
    "reset": reset,
    "429": busy,
    "500": broken,
    "killed before": kill_before,
    "killed after": kill_after,
}
WAYS = tuple(way for way in FAULTS if way != "none")


class Driver:
    """A process that has loaded flowc and forks one for each command; ``run`` waits for its end."""

    def __init__(self) -> None:
        self.process = subprocess.Popen(
            [sys.executable, str(HERE / "apply_driver.py")],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )

    def start(self, cwd: Path, *argv: str, **env: str) -> int:
        """Start a command and return its process's id."""
        assert self.process.stdin is not None
        assert self.process.stdout is not None
        self.out, self.err = (cwd / f"{self.process.pid}.{said}" for said in ("out", "err"))
        job = {
            "argv": argv,
            "cwd": str(cwd),
            "env": {"SHOP_KEY": SECRET, **env},
            "out": str(self.out),
            "err": str(self.err),
        }
        self.process.stdin.write(json.dumps(job) + "\n")
        self.process.stdin.flush()
        return int(self.process.stdout.readline())

    def wait(self) -> int:
        """Return the exit code of the command that was started; of one that was killed -9."""
        assert self.process.stdout is not None
        return int(self.process.stdout.readline())

    def close(self) -> None:
        assert self.process.stdin is not None
        assert self.process.stdout is not None
        self.process.stdin.close()
        self.process.wait(10)
        self.process.stdout.close()


@dataclass
class Stage:
    """One served account with its proxy, one driver, and a folder for the project of each case."""

    folder: Path
    proxy: Proxy
    driver: Driver
    said: list[str] = field(default_factory=list)

    def begin(self, name: str, **switches: Any) -> Path:
        """Bring the account back to the earlier state; return the folder of a fresh copy of the project."""
        source, target = sqlite3.connect(earlier()), sqlite3.connect(self.folder / "sandbox.db", timeout=30)
        source.backup(target)
        source.close()
        target.close()
        store = Store(self.folder / "sandbox.db")
        held = store.switches().to_json()
        store.change_switches(Switches(**{**held, "limits": "off", "segment_processing": 0.2, **switches}))
        store.close()
        self.proxy.forget()
        self.proxy.arm()
        return project_at(self.folder / name, self.proxy.url)

    def flowc(self, project: Path, *argv: str, way: str = "none", at: int = -1) -> int:
        """Run a command to its end, with one write failing, and return its exit code."""
        self.proxy.arm(way, at)
        self.proxy.victim = self.driver.start(project, *argv)
        code = self.driver.wait()
        self.said.append(self.driver.out.read_text() + self.driver.err.read_text())
        return code

    def rows(self) -> tuple[dict[str, list[str]], dict[str, set[str]]]:
        """Names by kind, and tags by the id of what carries them."""
        with sqlite3.connect(self.folder / "sandbox.db") as database:
            found = database.execute("SELECT type, id, parent, body FROM resources").fetchall()
        database.close()
        names: dict[str, list[str]] = {}
        tags = {one: json.loads(body)["name"] for kind, one, _, body in found if kind == "tag"}
        carried: dict[str, set[str]] = {}
        for kind, _, parent, body in found:
            if kind in ("flow", "segment", "template", "tag") and not parent:
                names.setdefault(kind, []).append(json.loads(body)["name"])
            if kind == "tagging":
                carried.setdefault(json.loads(body)["id"], set()).add(tags[parent])
        return {kind: sorted(one) for kind, one in names.items()}, carried


def project_at(folder: Path, url: str) -> Path:
    """A copy of the project whose account is at an address."""
    folder.mkdir(parents=True)
    write_specs(folder, AFTER)
    (folder / "flowc.yaml").write_text(SETTINGS.format(url=url))
    return folder


def writes_to(ledger: Path) -> bool:
    """Whether somebody holds the ledger's own lock, for the moment that an entry takes."""
    database = sqlite3.connect(ledger, timeout=0, isolation_level=None)
    try:
        database.execute("BEGIN IMMEDIATE")
    except sqlite3.OperationalError:
        return True
    finally:
        database.close()
    return False


@contextmanager
def stopped(process: int, project: Path) -> Iterator[None]:
    """Hold a process up while the block runs, between two entries in its project's ledger."""
    os.kill(process, signal.SIGSTOP)
    try:
        while writes_to(project / ".flowc" / "ledger.db"):
            os.kill(process, signal.SIGCONT)
            time.sleep(0.001)
            os.kill(process, signal.SIGSTOP)
        yield
    finally:
        os.kill(process, signal.SIGCONT)


@contextmanager
def serving(folder: Path) -> Iterator[int]:
    """Serve the account in a folder by ``flowc account serve``; yields its port."""
    (folder / "flowc.yaml").write_text(SETTINGS.format(url="http://127.0.0.1:1"))
    (folder / "flows").mkdir()
    command = [sys.executable, "-m", "compiler", "account", "serve", "--account", "file"]
    with subprocess.Popen(
        command, cwd=folder, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True
    ) as server:
        assert server.stdout is not None
        try:
            yield int(server.stdout.readline().rpartition(":")[2])
        finally:
            server.terminate()
            server.wait(10)


@contextmanager
def staged(folder: Path) -> Iterator[Stage]:
    """A served account in the earlier state, a proxy in front of it, and a driver."""
    (folder / "sandbox.db").write_bytes(earlier().read_bytes())
    with serving(folder) as port:
        proxy, driver = Proxy(port), Driver()
        try:
            yield Stage(folder, proxy, driver)
        finally:
            driver.close()
            proxy.close()


def twice(made: list[str]) -> list[str]:
    return sorted(name for name, times in Counter(made).items() if times > 1)


def holds_key(folder: Path) -> list[Path]:
    """The files of a folder, outputs and journals, that hold the key."""
    return [path for path in folder.rglob("*") if path.is_file() and SECRET.encode() in path.read_bytes()]


def until(true: Any, seconds: float = 10.0) -> None:
    """Wait until something is true."""
    end = time.monotonic() + seconds
    while not true():
        assert time.monotonic() < end, "it never came true"
        time.sleep(0.01)
