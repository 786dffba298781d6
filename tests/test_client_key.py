"""Keys are found where the project says, and shown nowhere."""

from __future__ import annotations

import logging
import traceback
from dataclasses import dataclass

import httpx
import pytest
from test_client_fakes import SECRET, Script, client_of, found, problem

from compiler.client import Key, calls, find_key
from compiler.diagnostics import Exit, Fatal


@dataclass(frozen=True)
class Account:
    name: str = "production"
    key_env: str | None = "KLAVIYO_API_KEY"


def test_the_environment_is_asked_first_and_spaces_are_no_part_of_a_key():
    key = find_key(Account(), {"KLAVIYO_API_KEY": f" {SECRET}\n"}, lambda service, user: "other")
    assert key.reveal() == SECRET


@pytest.mark.parametrize("environ", [{}, {"KLAVIYO_API_KEY": " "}])
def test_the_keyring_is_asked_where_the_environment_has_none(environ):
    asked = []

    def keyring_get(service, user):
        asked.append((service, user))
        return SECRET

    assert find_key(Account(), environ, keyring_get).reveal() == SECRET
    assert asked == [("flowc", "production")]


@pytest.mark.parametrize("keyring_get", [None, lambda service, user: None])
@pytest.mark.parametrize(
    ("key_env", "words"),
    [
        ("KLAVIYO_API_KEY", "set the environment variable KLAVIYO_API_KEY"),
        (None, "give the account a `key_env`"),
    ],
)
def test_a_missing_key_says_what_to_set(keyring_get, key_env, words):
    with pytest.raises(Fatal, match=words) as fatal:
        find_key(Account(key_env=key_env), {"OTHER": SECRET}, keyring_get)
    assert fatal.value.exit_code is Exit.CREDENTIALS
    assert "keyring set flowc production" in fatal.value.message


@pytest.mark.parametrize("value", ["pk_a\nb", "pk_é", "pk_a b", "pk_\x00"])
def test_what_cannot_be_a_key_is_refused_without_showing_it(value):
    with pytest.raises(Fatal, match="holds characters that no API key has") as fatal:
        find_key(Account(), {"KLAVIYO_API_KEY": value})
    assert value not in fatal.value.message
    with pytest.raises(Fatal, match=r"the keyring .* holds characters"):
        find_key(Account(), {}, lambda service, user: value)


def test_a_keyring_that_fails_is_one_clear_message():
    def keyring_get(service, user):
        raise RuntimeError(f"locked {SECRET}")

    with pytest.raises(Fatal, match=r"could not be read \(RuntimeError\)") as fatal:
        find_key(Account(), {}, keyring_get)
    assert SECRET not in "".join(traceback.format_exception(fatal.value))


def test_a_key_never_shows_itself():
    key = Key(SECRET)
    assert SECRET not in f"{key} {key!r} {[key]} {(key,)!s}"


@pytest.mark.parametrize(
    ("text", "clean"),
    [
        (f"Authorization: Klaviyo-API-Key {SECRET}", "Authorization: Klaviyo-API-Key [key]"),
        ("another, pk_abcdef123456, of a colleague", "another, [key], of a colleague"),
        ("'pk_abcdef'", "'[key]'"),
        ("apk_files and pk_1 stay", "apk_files and pk_1 stay"),
    ],
)
def test_redaction_removes_this_key_and_what_looks_like_one(text, clean):
    assert Key(SECRET).redact(text) == clean


def test_a_key_of_any_form_is_redacted():
    assert Key("sandbox-1").redact('{"key": "sandbox-1"}') == '{"key": "[key]"}'


ECHOES = [
    problem(401, f"no such key {SECRET}"),
    problem(403, f"no scope for {SECRET}"),
    problem(400, f"bad {SECRET}", source={"pointer": f"/{SECRET}"}),
    problem(500, SECRET),
    problem(429, SECRET, headers={"retry-after": "9999"}),
    httpx.Response(200, html=f"<title>{SECRET}</title>"),
    httpx.Response(404, text=SECRET),
    httpx.Response(302, headers={"location": f"https://x.example/{SECRET}"}),
    httpx.ReadError(f"sent {SECRET}"),
    httpx.ConnectError(f"to {SECRET}"),
]


@pytest.mark.parametrize("answer", ECHOES, ids=repr)
def test_an_answer_that_echoes_the_key_puts_it_nowhere(tmp_path, answer, caplog, capsys):
    caplog.set_level(logging.DEBUG)
    debug = tmp_path / "debug.jsonl"
    shown = []
    script = Script(GET=[answer], POST=[answer])
    with client_of(script, tmp_path, debug=debug) as client:
        for attempt in (
            lambda: client.read(calls.GET_FLOW, "x"),
            lambda: client.write(calls.CREATE_FLOW, body={"note": SECRET}),
        ):
            try:
                shown.append(repr(attempt()))
            except Fatal as fatal:
                shown.append("".join(traceback.format_exception(fatal)).replace(f"SECRET = {SECRET}", ""))
        shown.append(repr(vars(client)))
    captured = capsys.readouterr()
    shown += [captured.out, captured.err, caplog.text]
    shown += [path.read_bytes().decode(errors="replace") for path in tmp_path.rglob("*") if path.is_file()]
    assert len(shown) > 6
    assert not [text for text in shown if SECRET in text]


def test_documents_stay_as_they_are_even_where_they_look_like_keys(tmp_path):
    with client_of(Script(GET=[found("pk_live_something")]), tmp_path) as client:
        assert client.read(calls.GET_FLOW, "x")["data"]["id"] == "pk_live_something"
