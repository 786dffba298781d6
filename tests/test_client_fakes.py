"""A clock that jumps, an account that counts strictly, and a client between them: fakes of the client's tests."""

from __future__ import annotations

import datetime as dt
import json
import threading
from collections import defaultdict
from dataclasses import dataclass, field
from pathlib import Path

import httpx

from compiler.client import Client, Clock, Key, Settings, calls, connect
from compiler.client.limits import Limits

SECRET = "pk_live_0123456789abcdefSECRET"
ACCOUNT = "AbC123"
URL = "https://account.example"


@dataclass
class VirtualTime:
    """Seconds pass only when somebody sleeps."""

    seconds: float = 1000.0
    date: dt.date = dt.date(2026, 11, 21)
    slept: list[float] = field(default_factory=list)

    def sleep(self, seconds):
        self.slept.append(seconds)
        self.seconds += seconds

    def clock(self, jitter=0.5):
        return Clock(
            now=lambda: self.seconds, sleep=self.sleep, today=lambda: self.date, jitter=lambda: jitter
        )


@dataclass
class StrictAccount:
    """Answers every call, and 429 as soon as any second or minute, fixed or sliding, holds too many."""

    limits: Limits
    now: object
    taken: list[float] = field(default_factory=list)
    refused: int = 0
    lock: threading.Lock = field(default_factory=threading.Lock)

    def __call__(self, request):
        with self.lock:
            now = self.now()
            for limit, window in ((self.limits.burst, 1.0), (self.limits.steady, 60.0)):
                sliding = sum(now - window < then for then in self.taken)
                fixed = sum(now // window == then // window for then in self.taken)
                if max(sliding, fixed) >= limit:
                    self.refused += 1
                    return httpx.Response(429, headers={"retry-after": "1"}, json={"errors": []})
            self.taken.append(now)
        return found(request.url.path.rpartition("/")[2])


class Script:
    """Answers in order, by endpoint; the last answer is repeated; remembers what was asked."""

    def __init__(self, **answers):
        self.answers = {name: list(given) for name, given in answers.items()}
        self.asked = []
        self.by_method = defaultdict(int)

    def __call__(self, request):
        self.asked.append(request)
        if request.url.path == "/api/accounts" and "ACCOUNTS" not in self.answers:
            return found(ACCOUNT, listed=True)
        name = "ACCOUNTS" if request.url.path == "/api/accounts" else request.method
        self.by_method[name] += 1
        answers = self.answers[name]
        answer = answers.pop(0) if len(answers) > 1 else answers[0]
        if isinstance(answer, Exception):
            raise answer
        return httpx.Response(answer.status_code, headers=answer.headers, content=answer.content)


def found(identifier, listed=False):
    resource = {"type": "thing", "id": identifier, "attributes": {}}
    return httpx.Response(200, json={"data": [resource] if listed else resource})


def problem(status, detail="no", headers=None, **more):
    error = {"id": "1", "status": status, "code": "c", "title": "t", "detail": detail, **more}
    return httpx.Response(status, json={"errors": [error]}, headers=headers or {})


def client_of(
    handler, folder: Path, *, time=None, progress=None, debug=None, clock=None, **settings
) -> Client:
    settings = {"revision": "2026-10-15", "url": URL, **settings}
    return connect(
        Settings(**settings),
        Key(SECRET),
        ledger=folder / "ledger.db",
        transport=httpx.MockTransport(handler),
        clock=clock or (time or VirtualTime()).clock(),
        progress=progress,
        debug=debug,
    )


def test_the_strict_account_refuses_the_call_that_is_one_too_many():
    time = VirtualTime()
    account = StrictAccount(calls.S, lambda: time.seconds)
    answers = [account(httpx.Request("GET", f"{URL}/api/flows/a")).status_code for _ in range(4)]
    assert answers == [200, 200, 200, 429]
    time.sleep(1.0)
    assert account(httpx.Request("GET", f"{URL}/api/flows/a")).status_code == 200


def test_the_script_repeats_its_last_answer():
    script = Script(GET=[problem(500), found("x")])
    asked = [script(httpx.Request("GET", f"{URL}/api/flows/x")) for _ in range(3)]
    assert [answer.status_code for answer in asked] == [500, 200, 200]
    assert json.loads(asked[2].content)["data"]["id"] == "x"
