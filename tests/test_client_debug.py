"""The debug file shows what was asked and answered, without keys and without people's data."""

from __future__ import annotations

import json
import stat

import httpx
import pytest
from test_client_fakes import SECRET, Script, client_of, found, problem

from compiler.client import Ok, calls
from compiler.diagnostics import Exit, Fatal


def lines_of(path):
    return [json.loads(line) for line in path.read_text().splitlines()]


def test_requests_and_answers_are_written_as_they_happen(tmp_path):
    debug = tmp_path / "debug.jsonl"
    script = Script(GET=[httpx.ReadTimeout("late"), found("x")])
    with client_of(script, tmp_path, debug=debug) as client:
        client.read(calls.GET_FLOW, "x", params={"include": "tags"})
        ask, nothing, _ask, answer = lines_of(debug)
    assert ask == {
        "ask": "GET /api/flows/{id}",
        "path": "/api/flows/x",
        "params": {"include": "tags"},
        "body": None,
    }
    assert nothing == {"answer": "GET /api/flows/{id}", "nothing": "no answer in time"}
    assert answer["status"] == 200
    assert json.loads(answer["body"])["data"]["id"] == "x"


def test_only_headers_that_help_are_written(tmp_path):
    debug = tmp_path / "debug.jsonl"
    headers = {"set-cookie": "a=b", "ratelimit-remaining": "3"}
    script = Script(GET=[httpx.Response(200, json={"data": {}}, headers=headers)])
    with client_of(script, tmp_path, debug=debug) as client:
        client.read(calls.GET_FLOW, "x")
    assert lines_of(debug)[1]["headers"] == {
        "ratelimit-remaining": "3",
        "content-type": "application/json",
        "content-length": "11",
    }


def test_peoples_data_is_left_out(tmp_path):
    debug = tmp_path / "debug.jsonl"
    person = httpx.Response(200, json={"data": [{"attributes": {"email": "ada@example.org"}}]})
    script = Script(GET=[person, problem(400, "bad filter")])
    with client_of(script, tmp_path, debug=debug) as client:
        client.read(calls.GET_PROFILES, params={"filter": 'equals(email,"ada@example.org")'})
        with pytest.raises(Fatal):
            client.read(calls.GET_PROFILES, params={"filter": "odd"})
    assert "ada@" not in debug.read_text()
    assert "bad filter" in debug.read_text()


def test_the_file_is_its_owners_alone_and_is_appended_to(tmp_path):
    debug = tmp_path / "debug.jsonl"
    for _ in range(2):
        with client_of(Script(GET=[found("x")]), tmp_path, debug=debug) as client:
            client.read(calls.GET_FLOW, "x")
    assert stat.S_IMODE(debug.stat().st_mode) == 0o600
    assert len(lines_of(debug)) == 4


def test_a_key_in_a_body_is_redacted(tmp_path):
    debug = tmp_path / "debug.jsonl"
    with client_of(Script(POST=[found("x")]), tmp_path, debug=debug) as client:
        client.write(calls.CREATE_TEMPLATE, body={"html": SECRET})
    assert SECRET not in debug.read_text()
    assert json.loads(lines_of(debug)[2]["body"]) == {"html": "[key]"}


def test_a_debug_file_that_cannot_be_opened_is_one_clear_message(tmp_path):
    with pytest.raises(Fatal, match=r"the debug file .* cannot be written: No such file") as fatal:
        client_of(Script(), tmp_path, debug=tmp_path / "missing" / "debug.jsonl")
    assert fatal.value.exit_code is Exit.UNEXPECTED


def test_a_full_disk_sends_nothing_more(tmp_path):
    script = Script(GET=[found("x")])
    with (
        client_of(script, tmp_path, debug="/dev/full") as client,
        pytest.raises(Fatal, match="/dev/full cannot be written: No space left"),
    ):
        client.read(calls.GET_FLOW, "x")
    assert script.asked == []


def test_a_disk_that_fills_after_a_write_was_sent_does_not_hide_what_came_of_it(tmp_path):
    script = Script(POST=[found("x")])
    client = client_of(script, tmp_path, debug=tmp_path / "debug.jsonl")
    client.verify_account()
    log = client._delivery.debug
    asking = log.asking

    def asking_then_full(*arguments):
        asking(*arguments)
        log._file.close()
        log._file = open("/dev/full", "a", encoding="utf-8")  # noqa: SIM115, PTH123 - the client closes it

    object.__setattr__(log, "asking", asking_then_full)
    assert isinstance(client.write(calls.CREATE_TEMPLATE, body={}), Ok)
    log.asking = asking
    with pytest.raises(Fatal, match="cannot be written"):
        client.write(calls.CREATE_TEMPLATE, body={})
    assert script.by_method["POST"] == 1
    client.close()
    assert log._failure is not None
