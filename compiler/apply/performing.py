"""One write: journalled before and after; an unknown outcome is waited out, looked for, and then tried again."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Final

from compiler.apply.waiting import Patience
from compiler.client import Call, Client, Ok, Refused, Unknown
from compiler.diagnostics import Exit, Fatal
from compiler.journal import Journal

TRIES: Final = 3
Before = tuple[str, ...]


class Stopped(Exception):  # noqa: N818 - a verdict about the run, told by this room with what is true
    """An apply that cannot go on: why, and by which exit code it ends if nothing was done yet."""

    def __init__(self, message: str, exit_code: Exit = Exit.UNEXPECTED) -> None:
        super().__init__(message)
        self.message, self.exit_code = message, exit_code


class Denied(Stopped):
    """The account itself said no to a write: the same asked again brings the same answer."""


@dataclass(frozen=True, slots=True)
class Request:
    """One call as it is sent; ``before`` are the ids that exist already, where it makes something."""

    call: Call
    identifier: str = ""
    body: Any = None
    before: Before = ()


@dataclass(frozen=True, slots=True)
class Step:
    """A write: its key in the journal, how to prepare it, and how to see that it acted.

    ``prepare`` is asked before each sending, since bodies are built from a read just before. ``seen`` is given the
    ids that existed before and returns the id of what was made (empty where that has none), None while the account
    does not show it.
    """

    key: str
    what: str
    prepare: Callable[[], Request]
    seen: Callable[[Before], str | None]


@dataclass(slots=True)
class Performer:
    """Sends steps; ``acted`` says whether any of them changed the account in this run or an earlier one.

    ``keep`` is called before each sending and makes sure that the account's lock is still held.
    """

    client: Client
    journal: Journal
    patience: Patience
    keep: Callable[[], object]
    acted: bool = False

    def has_done(self, key: str) -> str | None:
        """Return the id that the journal has for a step that is done, None for one that is not."""
        entry = self.journal.entries.get(key)
        if entry is None or entry.verdict != "ok":
            return None
        self.acted = True
        return entry.made

    def perform(self, step: Step) -> str:
        """Return the id of what a step made, once it is sure that it acted, once.

        Raises Stopped where the account refuses it, or where nobody can tell after several tries.
        """
        done = self.has_done(step.key)
        if done is not None:
            return done
        earlier = self.journal.entries.get(step.key)
        if earlier is not None and earlier.verdict == "unknown":
            found = self._look(step, earlier.sent, earlier.before)
            if found is not None:
                return found
        reason = ""
        for _ in range(TRIES):
            outcome = self._send(step)
            if isinstance(outcome, str):
                return outcome
            reason = outcome.reason
            entry = self.journal.entries[step.key]
            found = self._look(step, entry.sent, entry.before)
            if found is not None:
                return found
        raise Stopped(f"{step.what}: nobody can tell whether it happened, after {TRIES} tries ({reason})")

    def _send(self, step: Step) -> str | Unknown:
        self.keep()
        request = step.prepare()
        call = request.call
        self.journal.intent(step.key, call.endpoint, self.patience.now(), request.before)
        try:
            outcome = self.client.write(call, request.identifier, body=request.body)
        except Fatal as fatal:
            self.journal.outcome(step.key, "refused")
            raise Stopped(f"{step.what}: {fatal.message}", fatal.exit_code) from fatal
        if isinstance(outcome, Unknown):
            self.journal.outcome(step.key, "unknown")
            return outcome
        if isinstance(outcome, Refused) and not (outcome.status == 404 and call.method == "DELETE"):
            self.journal.outcome(step.key, "refused")
            raise Denied(f"{step.what} was refused (status {outcome.status}): {outcome}")
        return self._settle(step, _id_of(outcome.document) if isinstance(outcome, Ok) else "")

    def _look(self, step: Step, sent: dt.datetime, before: Before) -> str | None:
        """Look for what a call of unknown outcome did until it can no longer act unseen."""
        found = self.patience.until(lambda: step.seen(before), self.patience.left(sent))
        return None if found is None else self._settle(step, found)

    def _settle(self, step: Step, made: str) -> str:
        self.journal.outcome(step.key, "ok", made)
        self.acted = True
        return made


def _id_of(document: dict[str, Any]) -> str:
    data = document.get("data")
    return str(data.get("id") or "") if isinstance(data, dict) else ""
