"""Many things are read at once, in order, and one failure ends it."""

from __future__ import annotations

import threading
import time as real_time

import pytest
from test_client_fakes import VirtualTime, client_of, found, problem

from compiler.client import calls
from compiler.client.many import each
from compiler.diagnostics import Exit, Fatal


def last_part(request):
    return request.url.path.rpartition("/")[2]


def test_answers_come_in_the_order_of_the_ids_and_each_id_once(tmp_path):
    asked = []

    def account(request):
        asked.append(last_part(request))
        return problem(404) if last_part(request) == "gone" else found(last_part(request))

    with client_of(account, tmp_path) as client:
        read = client.read_many(calls.GET_TEMPLATE, ["c", "a", "gone", "c", "b"])
    assert list(read) == ["c", "a", "gone", "b"]
    assert read["gone"] is None
    assert read["a"]["data"]["id"] == "a"
    assert sorted(asked) == ["a", "b", "c", "gone"]


def test_calls_are_under_way_together(tmp_path):
    meeting = threading.Barrier(3, timeout=5)

    def account(request):
        meeting.wait()
        return found(last_part(request))

    with client_of(account, tmp_path) as client:
        assert len(client.read_many(calls.GET_FLOW, ["a", "b", "c"])) == 3


def test_progress_tells_how_many_are_done_and_the_seconds_left(tmp_path):
    told = []
    time = VirtualTime()
    with client_of(
        lambda request: found("x"),
        tmp_path,
        time=time,
        threads=1,
        progress=lambda *progress: told.append(progress),
    ) as client:
        client.read_many(calls.GET_FLOW, [f"f{number}" for number in range(70)])
    assert [done for done, _total, _left in told] == list(range(1, 71))
    assert {total for _done, total, _left in told} == {70}
    assert told[0][2] == pytest.approx(63)
    assert told[-1][2] == 0


def test_nothing_to_read_asks_nothing(tmp_path):
    with client_of(lambda request: pytest.fail("asked"), tmp_path) as client:
        assert client.read_many(calls.GET_FLOW, []) == {}


def test_the_first_failure_ends_all(tmp_path):
    asked = []

    def account(request):
        asked.append(request)
        return problem(401)

    with client_of(account, tmp_path) as client, pytest.raises(Fatal, match="accept the key") as fatal:
        client.read_many(calls.GET_FLOW, [f"f{number}" for number in range(100)])
    assert fatal.value.exit_code is Exit.CREDENTIALS
    assert len(asked) <= 3


def test_an_interrupted_run_leaves_no_thread_that_reads_on():
    asked = []

    def find(identifier):
        asked.append(identifier)
        real_time.sleep(0.001)

    def progress(done, total, left):
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        each(
            [f"f{number}" for number in range(500)],
            find,
            threads=2,
            limits=calls.L,
            now=real_time.monotonic,
            progress=progress,
        )
    real_time.sleep(0.05)
    stopped_at = len(asked)
    real_time.sleep(0.05)
    assert len(asked) == stopped_at < 500
