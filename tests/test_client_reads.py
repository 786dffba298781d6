"""A read returns a document, or ends the run with one clear message and its exit code."""

from __future__ import annotations

import httpx
import pytest
from test_client_fakes import SECRET, URL, Script, VirtualTime, client_of, found, problem

from compiler.client import Key, Settings, calls, connect
from compiler.diagnostics import Exit, Fatal


def fatal_of(client, call=calls.GET_FLOW, identifier="x"):
    with client, pytest.raises(Fatal) as fatal:
        client.read(call, identifier)
    return fatal.value


@pytest.mark.parametrize(
    ("answer", "words", "code"),
    [
        (problem(401, "bad key"), "does not accept the key: bad key", Exit.CREDENTIALS),
        (
            problem(403, "scope"),
            "may not GET /api/flows/{id}, it needs the scope flows:read",
            Exit.CREDENTIALS,
        ),
        (httpx.Response(403, html="<title>Access denied</title>"), '"Access denied"', Exit.CREDENTIALS),
        (problem(400, "bad filter"), r"was refused (status 400): bad filter", Exit.UNEXPECTED),
        (problem(404), "the account has nothing at /api/flows/x", Exit.UNEXPECTED),
        (
            httpx.Response(301, headers={"location": "https://a:b@other.example/login?token=1"}),
            "a redirect (status 301) to https://other.example/login, which is not followed",
            Exit.UNEXPECTED,
        ),
        (httpx.Response(307), "a redirect (status 307) to nowhere", Exit.UNEXPECTED),
        (httpx.Response(302, headers={"location": "http://[x"}), "cannot be read", Exit.UNEXPECTED),
        (
            httpx.Response(200, html="<html><head><title>\n Welcome to\n our Wi-Fi </title>"),
            'something that is not JSON: "Welcome to our Wi-Fi"; is account.example the right address?',
            Exit.UNEXPECTED,
        ),
        (
            httpx.Response(200, html="<p>one two three four five six seven eight nine</p>"),
            '"one two three four five six seven eight";',
            Exit.UNEXPECTED,
        ),
        (httpx.Response(404, html="<title>Nothing here</title>"), '"Nothing here"', Exit.UNEXPECTED),
        (httpx.Response(200, json=[1]), "no JSON:API document", Exit.UNEXPECTED),
        (httpx.Response(404, json={"message": "?"}), "status 404 without a reason", Exit.UNEXPECTED),
    ],
    ids=lambda value: str(value)[:40],
)
def test_an_answer_that_is_none_ends_the_run_at_once(tmp_path, answer, words, code):
    script = Script(GET=[answer])
    fatal = fatal_of(client_of(script, tmp_path))
    assert words in fatal.message
    assert fatal.exit_code is code
    assert script.by_method["GET"] == 1


TRANSIENT = [
    httpx.ReadTimeout("late"),
    httpx.ReadError("reset"),
    httpx.RemoteProtocolError("gone"),
    httpx.DecodingError("gzip"),
    problem(500),
    problem(502),
    httpx.Response(200, headers={"content-type": "application/vnd.api+json"}, text='{"data": {"id'),
    httpx.Response(200, text=""),
    httpx.ConnectError("refused"),
    httpx.PoolTimeout("full"),
]


@pytest.mark.parametrize("failure", TRANSIENT, ids=repr)
def test_a_read_is_repeated_until_it_is_answered(tmp_path, failure):
    script = Script(GET=[failure, failure, found("x")])
    with client_of(script, tmp_path) as client:
        assert client.read(calls.GET_FLOW, "x")["data"]["id"] == "x"
    assert script.by_method["GET"] == 3


@pytest.mark.parametrize(
    ("failure", "words"),
    [
        (httpx.ReadTimeout("late"), "got no usable answer in 5 attempts: no answer in time"),
        (httpx.RemoteProtocolError("x"), "the connection ended before the answer did"),
        (httpx.ReadError(""), "ReadError"),
        (problem(500), "the server failed with status 500"),
        (httpx.ConnectError("name unknown"), "no connection to account.example (ConnectError: name unknown)"),
    ],
    ids=repr,
)
def test_a_read_that_is_never_answered_ends_the_run(tmp_path, failure, words):
    script = Script(GET=[failure])
    fatal = fatal_of(client_of(script, tmp_path))
    assert words in fatal.message
    assert fatal.exit_code is Exit.UNEXPECTED
    assert script.by_method["GET"] == 5


def test_a_key_that_is_refused_at_the_second_attempt_is_still_a_wrong_key(tmp_path):
    fatal = fatal_of(client_of(Script(GET=[problem(500), problem(401)]), tmp_path))
    assert fatal.exit_code is Exit.CREDENTIALS


def test_the_waits_between_attempts_grow_and_are_spread(tmp_path):
    waits = []
    for jitter in (0.0, 1.0):
        time = VirtualTime()
        script = Script(GET=[problem(500)])
        with client_of(script, tmp_path, clock=time.clock(jitter)) as client, pytest.raises(Fatal):
            client.read(calls.GET_TEMPLATE, "x")
        waits.append(time.slept)
    assert waits == [[0.5, 1, 2, 4], [1, 2, 4, 8]]


def test_find_says_none_only_where_the_api_itself_says_404(tmp_path):
    with client_of(Script(GET=[problem(404)]), tmp_path) as client:
        assert client.find(calls.GET_FLOW, "x") is None
    with (
        client_of(Script(GET=[httpx.Response(404, text="lost")]), tmp_path) as client,
        pytest.raises(Fatal, match="not JSON"),
    ):
        client.find(calls.GET_FLOW, "x")


@pytest.mark.parametrize(
    ("url", "words"),
    [
        ("http://account.example", "use https for account.example"),
        ("ftp://account.example", "no http or https address"),
        ("account.example", "no http or https address"),
        ("https://user:pass@account.example", "must not hold a user"),
        ("https://[half", "no http or https address"),
        ("https://account.example:port", "no http or https address"),
        ("https://account\x01.example", "cannot be used"),
    ],
)
def test_a_key_is_sent_to_no_address_that_could_leak_it(tmp_path, url, words):
    with pytest.raises(Fatal, match=words) as fatal:
        connect(Settings("2026-10-15", url=url), Key(SECRET), ledger=tmp_path / "ledger.db")
    assert fatal.value.exit_code is Exit.CREDENTIALS
    assert "pass" not in fatal.value.message.replace("password", "")


@pytest.mark.parametrize(
    "url", ["http://127.0.0.1:8080", "http://localhost", "http://[::1]:1", "https://x.example"]
)
def test_loopback_needs_no_https(tmp_path, url):
    with connect(Settings("2026-10-15", url=url), Key(SECRET), ledger=tmp_path / "ledger.db") as client:
        assert client._settings.loopback == (not url.startswith("https"))


def test_a_wsgi_application_is_an_account(tmp_path):
    def app(environ, start_response):
        start_response("200 OK", [("content-type", "application/vnd.api+json")])
        return [b'{"data": {"id": "%s"}}' % environ["PATH_INFO"].rpartition("/")[2].encode()]

    settings = Settings("2026-10-15", url="http://localhost")
    with connect(settings, Key(SECRET), ledger=tmp_path / "ledger.db", app=app) as client:
        assert client.read(calls.GET_FLOW, "abc") == {"data": {"id": "abc"}}


def test_a_base_path_is_kept(tmp_path):
    script = Script(GET=[found("x")])
    with client_of(script, tmp_path, url=f"{URL}/proxy/") as client:
        client.read(calls.GET_FLOW, "x", params={"additional-fields[flow]": "definition"})
    assert script.asked[0].url.path == "/proxy/api/flows/x"
    assert dict(script.asked[0].url.params) == {"additional-fields[flow]": "definition"}
