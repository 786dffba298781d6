"""Sends one call until its outcome is known or may not be asked for again: limits, waits, retries, counting."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Protocol

from compiler.client.answer import Answer, Astray, Busy, Denied, NoAnswer, NotSent, Request, Verdict, judge
from compiler.client.calls import Call, Effect
from compiler.client.clock import Clock
from compiler.client.debug import DebugLog
from compiler.client.key import Key
from compiler.client.ledger import Ledger
from compiler.client.limits import Lanes
from compiler.client.outcome import Ok, Refused, Unknown
from compiler.client.settings import Settings
from compiler.diagnostics import Exit, Fatal

FIRST_PAUSE = 0.5
LONGEST_PAUSE = 30.0


class Sender(Protocol):
    """What delivery needs of the wire."""

    def send(self, request: Request) -> Answer | NoAnswer | NotSent:
        """Send one request and return what came back."""

    def close(self) -> None:
        """Close the connections."""


@dataclass(frozen=True, slots=True)
class Delivery:
    """Everything that a call passes on its way; safe for threads.

    A Fatal that leaves here means that the account has not acted on the call. That holds for writes too, so
    whoever journals a write may take a Fatal for "nothing was done".
    """

    settings: Settings
    key: Key
    wire: Sender
    ledger: Ledger
    lanes: Lanes
    clock: Clock
    debug: DebugLog | None

    def deliver(self, call: Call, request: Request, account: str) -> Ok | Refused | Unknown | Astray:
        """Return what came of a call, sent again while that is unknown and the call bears it.

        ``account`` is the id that daily limits are counted under. Raises Fatal: CREDENTIALS for a key that is
        wrong or lacks a scope, BUDGET for a limit that is used up, UNEXPECTED where no connection can be made.
        """
        doubt = ""
        attempt = 0
        while True:
            attempt += 1
            try:
                verdict = self._heard(call, request, account)
            except Fatal as fatal:
                if doubt and call.writes:
                    return Unknown(f"{doubt}; then {fatal.message}")
                raise
            if not isinstance(verdict, Unknown):
                return _settled(call, verdict, doubt)
            if call.effect is Effect.ONCE or attempt >= self.settings.attempts:
                return verdict
            doubt = verdict.reason
            self._pause(attempt)

    def _heard(self, call: Call, request: Request, account: str) -> Ok | Refused | Unknown | Astray:
        """Send a call until the account has had it and was not too busy for it."""
        attempt = 0
        while True:
            attempt += 1
            verdict = self._once(call, request, account)
            match verdict:
                case Denied():
                    raise self._denied(call, verdict)
                case Busy(seconds):
                    self._obey(call, request, account, seconds, attempt)
                case NotSent(reason):
                    if attempt >= self.settings.attempts:
                        host = self.settings.origin[1]
                        raise Fatal(f"{call.endpoint} was not sent: no connection to {host} ({reason})")
                    self._pause(attempt)
                case _:
                    return verdict

    def _once(self, call: Call, request: Request, account: str) -> Verdict:
        limits = call.limits_for(request.params)
        with self.lanes.of(call.endpoint, limits).turn():
            if self.debug is not None:
                self.debug.asking(call, request, self.key)
            if limits.daily and not self.ledger.take(account, call.endpoint, limits.daily):
                raise self._day_used_up(call, limits.daily)
            answer = self.wire.send(request)
        if self.debug is not None:
            self.debug.answered(call, answer, self.key)
        verdict = judge(self._readable(answer))
        if limits.daily and isinstance(verdict, Busy | NotSent):
            self.ledger.give_back(account, call.endpoint)
        return verdict

    def _readable(self, answer: Answer | NoAnswer | NotSent) -> Answer | NoAnswer | NotSent:
        """Return the answer without keys wherever its words may reach a person; documents stay as they are."""
        redact = self.key.redact
        if not isinstance(answer, Answer):
            return replace(answer, reason=redact(answer.reason))
        if answer.status < 300 and answer.text.startswith(("{", "[")):
            return answer
        headers: Mapping[str, str] = {name: redact(value) for name, value in answer.headers.items()}
        return replace(answer, text=redact(answer.text), headers=headers)

    def _obey(self, call: Call, request: Request, account: str, seconds: float | None, attempt: int) -> None:
        """Hold the endpoint's calls as long as a 429 says, or raise Fatal (BUDGET) if that is too long."""
        limits = call.limits_for(request.params)
        wait = self._backoff(attempt) if seconds is None else seconds + self.clock.jitter()
        if wait <= self.settings.patience and attempt < self.settings.attempts:
            self.lanes.of(call.endpoint, limits).hold(wait)
            return
        if limits.daily and wait > self.settings.patience:
            self.ledger.exhaust(account, call.endpoint, limits.daily)
            raise self._day_used_up(call, limits.daily, f"; the account says to come back in {wait:.0f} s")
        raise Fatal(
            f"{call.endpoint} is over its limit ({limits.burst} a second, {limits.steady} a minute), and the"
            f" account says to come back in {wait:.0f} s: something else may be using the same account",
            Exit.BUDGET,
        )

    def _day_used_up(self, call: Call, daily: int, more: str = "") -> Fatal:
        return Fatal(
            f"{call.endpoint}: all {daily} calls of this day (UTC) are used{more}; nothing was done",
            Exit.BUDGET,
        )

    def _denied(self, call: Call, denied: Denied) -> Fatal:
        if denied.status == 401:
            text = f"the account does not accept the key: {denied.reason}"
        else:
            scopes = " and ".join(call.scopes)
            text = f"the key may not {call.endpoint}, it needs the scope {scopes}: {denied.reason}"
        return Fatal(text, Exit.CREDENTIALS)

    def _pause(self, attempt: int) -> None:
        self.clock.sleep(self._backoff(attempt))

    def _backoff(self, attempt: int) -> float:
        longest = min(LONGEST_PAUSE, FIRST_PAUSE * 2.0**attempt)
        return longest * (0.5 + self.clock.jitter() / 2)


def _settled(call: Call, verdict: Ok | Refused | Astray, doubt: str) -> Ok | Refused | Unknown | Astray:
    """Return what a verdict settles if an earlier sending may have acted: of a write, only success is sure."""
    match verdict:
        case Refused(404, errors) if doubt and errors and call.method == "DELETE":
            return Ok({})
        case Refused() if doubt and call.writes:
            return Unknown(f"{doubt}; then refused: {verdict}")
        case _:
            return verdict
