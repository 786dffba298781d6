"""The account's file: durable, safe for many at once, ids determined by what was asked."""

from __future__ import annotations

import os
import signal
import sqlite3
import subprocess
import sys
import threading
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import httpx
import pytest
from account_kit import NOW, mail, open_account, problem, wait

from compiler.account.serve import serve
from compiler.account.settings import Settings, Switches
from compiler.account.store import EMBEDDED_KEY, Store
from compiler.diagnostics import Fatal

HEADERS = {"Authorization": f"Klaviyo-API-Key {EMBEDDED_KEY}", "revision": "2026-10-15"}
SERVE = """
import sys
from datetime import UTC, datetime
from pathlib import Path
from compiler.account.serve import serve
from compiler.account.settings import Settings
serve(Path(sys.argv[1]), 0, settings=Settings(clock=lambda: datetime.now(UTC)), ready=lambda url: print(url, flush=True))
"""


def start(path):
    process = subprocess.Popen([sys.executable, "-c", SERVE, str(path)], stdout=subprocess.PIPE, text=True)
    assert process.stdout is not None
    return process, process.stdout.readline().strip()


def test_killing_the_server_loses_nothing_that_was_answered(tmp_path):
    path = tmp_path / "account.db"
    store = Store(path)
    store.change_switches(Switches(limits="off"))
    store.close()
    process, url = start(path)
    answered: list[str] = []
    client = httpx.Client(base_url=url, headers=HEADERS)

    def write():
        for n in range(10_000):
            body = {"data": {"type": "template", "attributes": {"name": f"T{n}", "editor_type": "CODE"}}}
            try:
                answer = client.post("/api/templates", json=body)
            except httpx.HTTPError:
                return
            if answer.status_code == 201:
                answered.append(answer.json()["data"]["id"])

    thread = threading.Thread(target=write)
    thread.start()
    while len(answered) < 40:
        assert process.poll() is None
    os.kill(process.pid, signal.SIGKILL)
    process.wait(10)
    thread.join(10)
    process.stdout.close()
    client.close()
    account = open_account(path)
    with account.store.reading() as view:
        kept = {row.id for row in view.rows("template")}
    assert set(answered) <= kept
    assert len(kept) <= len(answered) + 1
    account.store.close()


def test_two_servers_and_a_reader_share_one_file(tmp_path):
    path = tmp_path / "account.db"
    first = open_account(path)
    second = open_account(path)
    flow = first.flow(wait("a", "b"), mail("b"))
    assert second.shape(flow) == ["wait 1", "b"]

    def add(n):
        account = (first, second)[n % 2]
        assert account.get("templates").status_code == 200
        return account.template()

    with ThreadPoolExecutor(6) as pool:
        made = list(pool.map(add, range(40)))
    assert len(set(made)) == 40
    with second.store.reading() as view:
        assert {row.id for row in view.rows("template")} == set(made)
    first.store.close()
    second.store.close()


def test_limits_hold_over_all_threads_together(tmp_path):
    account = open_account(tmp_path / "account.db", limits="enforced")
    with ThreadPoolExecutor(6) as pool:
        statuses = list(pool.map(lambda _: account.get("flows").status_code, range(12)))
    assert sorted(statuses) == [200] * 3 + [429] * 9
    account.store.close()


def test_the_same_requests_give_the_same_ids_and_another_account_other_ones(tmp_path):
    ids = []
    for folder, name in (("one", "a"), ("two", "a"), ("three", "b")):
        account = open_account(tmp_path / folder / f"{name}.db")
        ids.append([account.data("accounts")[0]["id"], account.template(), account.flow(wait("x"))])
        account.store.close()
    assert ids[0] == ids[1]
    assert not set(ids[0]) & set(ids[2])


def test_a_write_that_fails_half_way_leaves_nothing(tmp_path):
    store = Store(tmp_path / "account.db")

    def fail():
        with store.writing() as view:
            view.put("list", "half", {"name": "half"}, parent="")
            raise RuntimeError

    with pytest.raises(RuntimeError):
        fail()
    with store.reading() as view:
        assert view.get("list", "half") is None
    store.close()


def test_switches_stay_in_the_file(tmp_path):
    path = tmp_path / "account.db"
    store = Store(path)
    store.change_switches(Switches(delete_links="cut", read_lag=2.5))
    store.close()
    again = Store(path)
    assert again.switches() == Switches(delete_links="cut", read_lag=2.5)
    assert set(Switches.names()) == set(again.switches().to_json())
    again.close()


def test_serving_says_its_address_and_needs_a_free_port(tmp_path):
    process, url = start(tmp_path / "account.db")
    try:
        assert url.startswith("http://127.0.0.1:")
        shown = httpx.get(f"{url}/api/accounts", headers=HEADERS).json()
        assert shown["links"]["self"] == f"{url}/api/accounts"
        port = int(url.rsplit(":", 1)[1])
        with pytest.raises(OSError):
            serve(Path(tmp_path / "other.db"), port, settings=Settings(clock=lambda: NOW), ready=pytest.fail)
    finally:
        process.send_signal(signal.SIGINT)
        process.wait(10)
        process.stdout.close()


def test_an_interrupted_server_closes_its_file(tmp_path):
    def interrupt(url):
        raise KeyboardInterrupt(url)

    with pytest.raises(KeyboardInterrupt):
        serve(tmp_path / "account.db", 0, settings=Settings(clock=lambda: NOW), ready=interrupt)
    assert not (tmp_path / "account.db-wal").exists()


def test_a_file_that_is_no_account_is_left_alone(tmp_path):
    garbage = tmp_path / "garbage.db"
    garbage.write_text("This is a letter, and no database at all. " * 50)
    with pytest.raises(Fatal, match="cannot be opened as an account"):
        Store(garbage)
    assert garbage.read_text().startswith("This is a letter")
    foreign = tmp_path / "foreign.db"
    with sqlite3.connect(foreign) as connection:
        connection.execute("CREATE TABLE theirs (a)")
    connection.close()
    with pytest.raises(Fatal, match="another program"):
        Store(foreign)
    with pytest.raises(Fatal, match="cannot be opened"):
        Store(garbage / "inside" / "account.db")


def test_a_full_disk_is_told_as_a_failure_and_the_next_write_goes_on(tmp_path):
    account = open_account(tmp_path / "account.db")
    account.template()
    connection = account.store.connection
    pages = connection.execute("PRAGMA page_count").fetchone()[0]
    connection.execute(f"PRAGMA max_page_count = {pages}")
    answer = account.send(
        "POST", "templates", "template", {"name": "T", "editor_type": "CODE", "html": "x" * 1_000_000}
    )
    assert answer.status_code == 500
    assert "account.db cannot be kept: database or disk is full" in problem(answer)[1]
    connection.execute("PRAGMA max_page_count = 1000000")
    account.template("y" * 1_000_000)
    assert len(account.data("templates")) == 2
    account.store.close()


def test_many_programs_may_make_one_account_at_once(tmp_path):
    code = "import sys; from pathlib import Path; from compiler.account.store import Store; Store(Path(sys.argv[1])).close()"
    started = [subprocess.Popen([sys.executable, "-c", code, str(tmp_path / "a.db")]) for _ in range(6)]
    assert [process.wait(30) for process in started] == [0] * 6


@pytest.mark.parametrize("lock", ["IMMEDIATE", "EXCLUSIVE"])
def test_an_account_that_another_program_is_making_is_waited_for(tmp_path, lock):
    path = tmp_path / "account.db"
    other = sqlite3.connect(path, isolation_level=None, check_same_thread=False)
    other.execute(f"BEGIN {lock}")
    threading.Timer(0.2, other.execute, ["COMMIT"]).start()
    store = Store(path)
    assert store.scopes_of(EMBEDDED_KEY) == {"*"}
    store.close()
    other.close()


def test_a_file_that_stays_another_program_s_is_told(tmp_path, monkeypatch):
    monkeypatch.setattr("compiler.account.store.BUSY_SECONDS", 0.01)
    path = tmp_path / "account.db"
    with sqlite3.connect(path, isolation_level=None) as other:
        other.execute("BEGIN EXCLUSIVE")
        with pytest.raises(Fatal, match=r"account\.db cannot be opened as an account: .*database is locked"):
            Store(path)
    other.close()
