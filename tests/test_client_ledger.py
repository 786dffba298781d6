"""Daily limits are counted on disk, before each call, and survive whatever happens to the run."""

from __future__ import annotations

import datetime as dt
import subprocess
import sys
import threading

import httpx
import pytest
from test_client_fakes import ACCOUNT, Script, VirtualTime, client_of, found, problem

from compiler.client import Ok, Unknown, calls
from compiler.client.ledger import Ledger
from compiler.diagnostics import Exit, Fatal

ENDPOINT = calls.CREATE_FLOW.endpoint
DATE = dt.date(2026, 11, 21)


def ledger_at(path, date=DATE):
    return Ledger(path, lambda: date)


def test_the_hundredth_create_of_a_day_is_sent_and_the_next_is_not(tmp_path):
    ledger = ledger_at(tmp_path / "ledger.db")
    ledger.exhaust(ACCOUNT, ENDPOINT, 99)
    script = Script(POST=[httpx.Response(201, json={"data": {"id": "x"}})])
    with client_of(script, tmp_path) as client:
        assert client.left_today(calls.CREATE_FLOW) == 1
        assert isinstance(client.write(calls.CREATE_FLOW, body={}), Ok)
        with pytest.raises(Fatal, match="all 100 calls of this day") as fatal:
            client.write(calls.CREATE_FLOW, body={})
        assert client.left_today(calls.CREATE_FLOW) == 0
    assert fatal.value.exit_code is Exit.BUDGET
    assert script.by_method["POST"] == 1


def test_calls_without_a_daily_limit_have_no_number_left(tmp_path):
    with client_of(Script(), tmp_path) as client:
        assert client.left_today(calls.GET_FLOW) is None


@pytest.mark.parametrize(
    ("answer", "counted"),
    [
        (problem(400), 1),
        (problem(500), 1),
        (httpx.ReadTimeout("late"), 1),
        (httpx.ConnectError("refused"), 0),
        (problem(429, headers={"retry-after": "1"}), 0),
    ],
)
def test_what_the_account_may_have_counted_is_counted_and_nothing_else(tmp_path, answer, counted):
    with client_of(Script(POST=[answer]), tmp_path) as client:
        try:
            client.write(calls.CREATE_FLOW, body={})
        except Fatal:
            assert counted == 0
        assert client.used_today(calls.CREATE_FLOW) == counted


def test_a_count_is_on_disk_before_the_call_is_sent(tmp_path):
    counts = []

    def account(request):
        if request.method == "POST":
            counts.append(ledger_at(tmp_path / "ledger.db").used(ACCOUNT, ENDPOINT))
        return found(ACCOUNT, listed=True)

    with client_of(account, tmp_path) as client:
        client.write(calls.CREATE_FLOW, body={})
    assert counts == [1]


def test_a_day_that_the_account_says_is_used_up_stays_used_up(tmp_path):
    script = Script(POST=[problem(429, headers={"retry-after": "30000"})])
    with client_of(script, tmp_path) as client:
        for _ in range(2):
            with pytest.raises(Fatal, match="of this day") as fatal:
                client.write(calls.CREATE_FLOW, body={})
            assert fatal.value.exit_code is Exit.BUDGET
        assert client.used_today(calls.CREATE_FLOW) == 100
    assert script.by_method["POST"] == 1


def test_a_new_day_a_new_account_and_another_endpoint_start_at_nothing(tmp_path):
    path = tmp_path / "deep" / "ledger.db"
    ledger_at(path).take(ACCOUNT, ENDPOINT, 100)
    assert ledger_at(path).used(ACCOUNT, ENDPOINT) == 1
    assert ledger_at(path).used("other", ENDPOINT) == 0
    assert ledger_at(path).used(ACCOUNT, "POST /api/segments") == 0
    assert ledger_at(path, DATE + dt.timedelta(days=1)).used(ACCOUNT, ENDPOINT) == 0


def test_a_clock_that_is_set_back_over_midnight_gives_no_calls_away(tmp_path):
    path = tmp_path / "ledger.db"
    assert ledger_at(path).take(ACCOUNT, ENDPOINT, 1)
    assert not ledger_at(path, DATE - dt.timedelta(days=1)).take(ACCOUNT, ENDPOINT, 1)


def test_a_wall_clock_that_jumps_changes_no_wait(tmp_path):
    time = VirtualTime()
    with client_of(Script(PATCH=[found("x")]), tmp_path, time=time) as client:
        client.write(calls.UPDATE_SEGMENT, "x", body={})
        time.date = dt.date(2001, 1, 1)
        client.write(calls.UPDATE_SEGMENT, "x", body={})
    assert time.slept == [pytest.approx(1.01)]


def test_old_days_are_forgotten(tmp_path):
    path = tmp_path / "ledger.db"
    ledger_at(path).take(ACCOUNT, ENDPOINT, 100)
    ledger_at(path, DATE + dt.timedelta(days=9)).take(ACCOUNT, ENDPOINT, 100)
    assert ledger_at(path).used(ACCOUNT, ENDPOINT) == 0


def test_threads_that_count_at_once_never_pass_the_limit(tmp_path):
    ledger = ledger_at(tmp_path / "ledger.db")
    taken = []
    threads = [
        threading.Thread(target=lambda: taken.extend(ledger.take(ACCOUNT, ENDPOINT, 10) for _ in range(4)))
        for _ in range(4)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sum(taken) == 10


def test_a_ledger_that_is_no_ledger_is_one_clear_message(tmp_path):
    (tmp_path / "ledger.db").write_text("this is a note to myself, not a database\n" * 50)
    with (
        client_of(Script(POST=[found("x")]), tmp_path) as client,
        pytest.raises(Fatal, match=r"ledger of daily limits, .*ledger\.db, cannot be kept") as fatal,
    ):
        client.write(calls.CREATE_FLOW, body={})
    assert fatal.value.exit_code is Exit.UNEXPECTED


def test_a_full_disk_is_one_clear_message_and_nothing_is_sent(tmp_path):
    program = """
import datetime, pathlib, resource, sys
from compiler.client.ledger import Ledger
from compiler.diagnostics import Fatal
resource.setrlimit(resource.RLIMIT_FSIZE, (600, 600))
try:
    Ledger(pathlib.Path(sys.argv[1]), lambda: datetime.date(2026, 1, 1)).take("a", "b", 1)
except Fatal as fatal:
    print(int(fatal.exit_code), fatal)
"""
    run = subprocess.run(
        [sys.executable, "-c", program, str(tmp_path / "ledger.db")],
        capture_output=True,
        text=True,
        check=True,
    )
    assert run.stdout.startswith("1 the ledger of daily limits")
    assert "cannot be kept" in run.stdout


def test_a_report_read_by_post_is_counted_each_time_it_is_sent(tmp_path):
    script = Script(POST=[problem(503), found("x")])
    with client_of(script, tmp_path) as client:
        client.read(calls.QUERY_SEGMENT_SERIES, body={"data": {}})
        assert client.used_today(calls.QUERY_SEGMENT_SERIES) == 2


def test_an_unknown_create_is_counted_and_not_repeated(tmp_path):
    script = Script(POST=[httpx.ReadTimeout("late")])
    with client_of(script, tmp_path) as client:
        assert client.write(calls.CREATE_FLOW, body={}) == Unknown("no answer in time")
        assert client.used_today(calls.CREATE_FLOW) == 1
    assert script.by_method["POST"] == 1
