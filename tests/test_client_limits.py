"""The client stays within an endpoint's limits, uses them fully, and obeys a 429."""

from __future__ import annotations

import datetime as dt
import threading

import httpx
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from test_client_fakes import Script, StrictAccount, VirtualTime, client_of, found, problem

from compiler.client import Clock, calls, hurried
from compiler.client.limits import Lane, Lanes, Limits
from compiler.client.many import seconds_left
from compiler.diagnostics import Exit, Fatal


def test_five_hundred_reads_use_95_percent_of_the_steady_rate_without_one_429(tmp_path):
    time = VirtualTime()
    account = StrictAccount(calls.S, lambda: time.seconds)
    started = time.seconds
    with client_of(account, tmp_path, time=time, threads=1) as client:
        read = client.read_many(calls.GET_FLOW, [f"f{number}" for number in range(500)])
    assert len(read) == 500
    assert account.refused == 0
    assert calls.S.seconds_for(500) / (time.seconds - started) >= 0.95


def test_many_threads_on_a_hurried_clock_are_never_refused(tmp_path):
    clock = hurried(200)
    account = StrictAccount(calls.S, clock.now)
    with client_of(account, tmp_path, clock=clock) as client:
        read = client.read_many(calls.GET_FLOW, [f"f{number}" for number in range(130)])
    assert list(read) == [f"f{number}" for number in range(130)]
    assert account.refused == 0


@given(
    burst=st.integers(1, 5),
    steady=st.integers(5, 12),
    latencies=st.lists(st.floats(0, 90), min_size=1, max_size=40),
)
@settings(max_examples=50, deadline=None)
def test_no_latency_makes_the_server_count_more_than_the_limit(burst, steady, latencies):
    time = VirtualTime()
    account = StrictAccount(Limits(burst, steady), lambda: time.seconds)
    lane = Lane(Limits(burst, steady), time.clock())
    for number, latency in enumerate(latencies):
        with lane.turn():
            if number % 2:  # counted on arrival, or only just before the answer
                account(httpx.Request("GET", "https://a/api/x"))
            time.sleep(latency)
            if not number % 2:
                account(httpx.Request("GET", "https://a/api/x"))
    assert account.refused == 0


def test_a_place_is_taken_while_its_call_is_under_way():
    time = VirtualTime()
    lane = Lane(Limits(1, 5), time.clock())
    entered = threading.Event()

    def second():
        with lane.turn():
            entered.set()

    thread = threading.Thread(target=second)
    with lane.turn():
        thread.start()
        assert not entered.wait(0.05)
    thread.join(5)
    assert entered.is_set()


def test_endpoints_do_not_wait_for_each_other():
    time = VirtualTime()
    lanes = Lanes(time.clock())
    for endpoint in ("GET /a", "GET /b"):
        with lanes.of(endpoint, Limits(1, 1)).turn():
            pass
    assert time.slept == []


def test_costly_fields_have_the_lower_limits_of_their_own(tmp_path):
    time = VirtualTime()
    with client_of(Script(GET=[found("x")]), tmp_path, time=time) as client:
        client.read(calls.GET_SEGMENT, "x")
        client.read(calls.GET_SEGMENT, "x")
        assert time.slept == []
        for _ in range(2):
            client.read(calls.GET_SEGMENT, "x", params={"additional-fields[segment]": "profile_count"})
    assert time.slept == [pytest.approx(1.01)]


def test_a_429_is_obeyed_for_as_long_as_it_says(tmp_path):
    time = VirtualTime()
    script = Script(GET=[problem(429, headers={"retry-after": "17"}), found("x")])
    with client_of(script, tmp_path, time=time) as client:
        assert client.read(calls.GET_FLOW, "x")["data"]["id"] == "x"
    assert sum(time.slept) == pytest.approx(17.5)


@pytest.mark.parametrize("given_header", [{}, {"retry-after": "soon"}, {"retry-after": "-5"}])
def test_a_429_that_names_no_time_is_waited_for_all_the_same(tmp_path, given_header):
    time = VirtualTime()
    script = Script(GET=[problem(429, headers=given_header), found("x")])
    with client_of(script, tmp_path, time=time) as client:
        client.read(calls.GET_FLOW, "x")
    assert 0.4 < sum(time.slept) < 2


def test_a_429_holds_the_other_calls_of_its_endpoint_too():
    time = VirtualTime()
    lane = Lane(Limits(5, 50), time.clock())
    lane.hold(30)
    lane.hold(10)
    with lane.turn():
        assert time.seconds == 1030


def test_an_account_that_says_429_for_ever_ends_with_the_budget_code(tmp_path):
    script = Script(GET=[problem(429, headers={"retry-after": "1"})])
    with client_of(script, tmp_path) as client, pytest.raises(Fatal, match="over its limit") as fatal:
        client.read(calls.GET_FLOW, "x")
    assert fatal.value.exit_code is Exit.BUDGET
    assert script.by_method["GET"] == 5


def test_a_429_that_asks_for_more_patience_than_there_is_ends_at_once(tmp_path):
    time = VirtualTime()
    script = Script(GET=[problem(429, headers={"retry-after": "4000"})])
    with client_of(script, tmp_path, time=time) as client, pytest.raises(Fatal, match=r"400[01] s") as fatal:
        client.read(calls.GET_FLOW, "x")
    assert fatal.value.exit_code is Exit.BUDGET
    assert time.slept == []


@pytest.mark.parametrize(
    ("number", "seconds"), [(0, 0), (1, 0), (3, 0), (4, 1), (60, 19), (61, 60), (500, 486)]
)
def test_the_time_that_calls_need_follows_from_the_limits(number, seconds):
    assert calls.S.seconds_for(number) == seconds


def test_the_time_left_is_the_slower_of_limits_and_speed():
    assert seconds_left(60, 500, 20.0, calls.S) == 466
    assert seconds_left(10, 20, 100.0, calls.S) == 100
    assert seconds_left(20, 20, 100.0, calls.S) == 0


def test_the_usual_clock_dates_the_ledger_in_utc():
    before = dt.datetime.now(dt.UTC).date()
    assert before <= Clock().today() <= dt.datetime.now(dt.UTC).date()
