"""A write is done, refused or unknown, and nothing that could happen twice is sent twice."""

from __future__ import annotations

import json

import httpx
import pytest
from test_client_fakes import ACCOUNT, Script, client_of, found, problem

from compiler.client import ApiError, Ok, Refused, Unknown, calls
from compiler.client.calls import Effect
from compiler.diagnostics import Exit, Fatal

UNKNOWN_OUTCOMES = [
    httpx.ReadTimeout("late"),
    httpx.ReadError("reset"),
    httpx.RemoteProtocolError("gone"),
    problem(500),
    problem(503),
    httpx.Response(201, headers={"content-type": "application/json"}, text='{"data": {"id'),
    httpx.Response(201, text=""),
    httpx.Response(200, html="<html><title>Sign in to the hotel</title></html>"),
    httpx.Response(302, headers={"location": "https://elsewhere.example/"}),
]


@pytest.mark.parametrize("outcome", UNKNOWN_OUTCOMES, ids=repr)
@pytest.mark.parametrize("call", [call for call in calls.ALL if call.effect is Effect.ONCE][:4])
def test_a_write_that_must_not_happen_twice_is_sent_once_and_reported_unknown(tmp_path, call, outcome):
    script = Script(POST=[outcome], PATCH=[outcome])
    with client_of(script, tmp_path) as client:
        answer = client.write(call, "x" if "{id}" in call.path else "", body={"data": {}})
    assert isinstance(answer, Unknown)
    assert answer.reason
    assert script.by_method[call.method] == 1


@pytest.mark.parametrize("outcome", UNKNOWN_OUTCOMES[:7], ids=repr)
def test_a_delete_is_repeated_and_being_gone_already_is_being_done(tmp_path, outcome):
    script = Script(DELETE=[outcome, problem(404)])
    with client_of(script, tmp_path) as client:
        assert client.write(calls.DELETE_FLOW, "x") == Ok({})
    assert script.by_method["DELETE"] == 2


def test_a_delete_of_what_never_was_is_refused(tmp_path):
    with client_of(Script(DELETE=[problem(404)]), tmp_path) as client:
        assert client.write(calls.DELETE_FLOW, "x") == Refused(404, (ApiError("c", "t", "no", ""),))


def test_a_refusal_after_an_unknown_outcome_leaves_it_unknown(tmp_path):
    script = Script(DELETE=[httpx.ReadTimeout("late"), problem(409, "busy")])
    with client_of(script, tmp_path) as client:
        assert client.write(calls.DELETE_FLOW, "x") == Unknown("no answer in time; then refused: busy")


def test_a_wrong_key_after_an_unknown_outcome_leaves_it_unknown(tmp_path):
    script = Script(DELETE=[httpx.ReadTimeout("late"), problem(401)])
    with client_of(script, tmp_path) as client:
        answer = client.write(calls.DELETE_FLOW, "x")
    assert isinstance(answer, Unknown)
    assert answer.reason.startswith("no answer in time; then the account does not accept the key")


def test_a_tagging_is_repeated_until_it_is_heard(tmp_path):
    script = Script(POST=[problem(500), httpx.ReadError("reset"), httpx.Response(204)])
    with client_of(script, tmp_path) as client:
        assert client.write(calls.TAG_FLOWS, "x", body={"data": []}) == Ok({})
    assert script.by_method["POST"] == 3


def test_a_write_that_stays_unknown_is_given_up_after_the_attempts(tmp_path):
    script = Script(DELETE=[problem(500)])
    with client_of(script, tmp_path, attempts=3) as client:
        answer = client.write(calls.DELETE_FLOW, "x")
    assert answer == Unknown("the server failed with status 500: no")
    assert script.by_method["DELETE"] == 3


def test_a_refusal_carries_the_place_in_the_body(tmp_path):
    refusal = problem(400, "unknown metric", source={"pointer": "/data/attributes/definition"})
    with client_of(Script(POST=[refusal]), tmp_path) as client:
        answer = client.write(calls.CREATE_FLOW, body={})
    assert answer == Refused(400, (ApiError("c", "t", "unknown metric", "/data/attributes/definition"),))
    assert str(answer) == "unknown metric (at /data/attributes/definition)"


@pytest.mark.parametrize(
    ("document", "words"),
    [
        ({"errors": [{"title": "Bad", "source": {"parameter": "filter"}}]}, "Bad (at filter)"),
        ({"errors": ["odd", {"source": "odd"}]}, "no reason given"),
        ({"errors": "odd"}, "status 422 without a reason"),
        ([1], "status 422 without a reason"),
    ],
)
def test_errors_of_any_shape_are_read(tmp_path, document, words):
    with client_of(Script(POST=[httpx.Response(422, json=document)]), tmp_path) as client:
        assert str(client.write(calls.CREATE_TEMPLATE, body={})) == words


def test_a_429_is_a_refusal_so_even_a_create_is_sent_again(tmp_path):
    script = Script(POST=[problem(429, headers={"retry-after": "3"}), found("x")])
    with client_of(script, tmp_path) as client:
        assert isinstance(client.write(calls.CREATE_FLOW, body={}), Ok)
    assert script.by_method["POST"] == 2


def test_a_create_that_was_never_sent_is_sent_again(tmp_path):
    script = Script(POST=[httpx.ConnectError("refused"), httpx.ConnectTimeout("slow"), found("x")])
    with client_of(script, tmp_path) as client:
        assert isinstance(client.write(calls.CREATE_FLOW, body={}), Ok)


def test_a_write_that_cannot_be_sent_ends_the_run(tmp_path):
    with (
        client_of(Script(POST=[httpx.ConnectError("refused")]), tmp_path) as client,
        pytest.raises(Fatal, match=r"was not sent: no connection to account\.example") as fatal,
    ):
        client.write(calls.CREATE_FLOW, body={})
    assert fatal.value.exit_code is Exit.UNEXPECTED


def test_the_account_is_read_once_before_the_first_write(tmp_path):
    script = Script(POST=[found("x")])
    with client_of(script, tmp_path, account_id=ACCOUNT) as client:
        client.write(calls.CREATE_TAG, body={})
        client.write(calls.CREATE_TAG, body={})
        assert client.verify_account() == client.account()["id"] == ACCOUNT
    assert [request.url.path for request in script.asked] == ["/api/accounts", "/api/tags", "/api/tags"]


def test_a_key_of_another_account_writes_nothing(tmp_path):
    script = Script(POST=[found("x")])
    with (
        client_of(script, tmp_path, account_id="Other1") as client,
        pytest.raises(Fatal, match="belongs to account AbC123, but the project expects Other1") as fatal,
    ):
        client.write(calls.CREATE_TAG, body={})
    assert fatal.value.exit_code is Exit.CREDENTIALS
    assert script.by_method["POST"] == 0


@pytest.mark.parametrize("document", [{"data": []}, {"data": [{}]}, {"data": {"id": "x"}}, {}])
def test_an_account_that_does_not_say_who_it_is_is_not_written_to(tmp_path, document):
    script = Script(ACCOUNTS=[httpx.Response(200, json=document)], POST=[found("x")])
    with client_of(script, tmp_path) as client, pytest.raises(Fatal, match="does not say its id") as fatal:
        client.write(calls.CREATE_TAG, body={})
    assert fatal.value.exit_code is Exit.CREDENTIALS
    assert script.by_method["POST"] == 0


def test_a_write_sends_its_body_and_the_headers_of_the_api(tmp_path):
    script = Script(PATCH=[found("x")])
    body = {"data": {"type": "flow", "id": "x", "attributes": {"status": "draft", "name": "Grüße"}}}
    with client_of(script, tmp_path) as client:
        client.write(calls.UPDATE_FLOW, "x", body=body)
    sent = script.asked[-1]
    assert json.loads(sent.content) == body
    assert sent.headers["revision"] == "2026-10-15"
    assert sent.headers["content-type"] == "application/vnd.api+json"
    assert sent.headers["authorization"].startswith("Klaviyo-API-Key pk_")


def test_reads_and_writes_cannot_be_taken_for_each_other(tmp_path):
    with client_of(Script(), tmp_path) as client:
        with pytest.raises(ValueError, match="is a write"):
            client.read(calls.CREATE_FLOW)
        with pytest.raises(ValueError, match="is a read"):
            client.write(calls.GET_FLOW, "x")


@pytest.mark.parametrize(
    ("call", "identifier"),
    [(calls.DELETE_FLOW, ""), (calls.DELETE_FLOW, ".."), (calls.GET_FLOWS, "x")],
)
def test_an_id_that_would_make_it_another_call_is_refused_here(call, identifier):
    with pytest.raises(ValueError, match="cannot be called with the id"):
        call.url(identifier)


def test_an_id_cannot_leave_its_place_in_the_path():
    assert calls.GET_FLOW.url("a/../b?c") == "/api/flows/a%2F..%2Fb%3Fc"
