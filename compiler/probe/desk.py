"""What every question works with: the account, the run's name, its things, and the answers so far."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, Final

from compiler.client import Call, Client
from compiler.diagnostics import Fatal
from compiler.journal import Journal
from compiler.plan.knowledge import Knowledge, calls
from compiler.planning.observed import whole_flow
from compiler.probe.answers import Answer, Value
from compiler.probe.questions import QUESTIONS
from compiler.probe.scratch import KINDS
from compiler.probe.sending import LACKING, Declined, Done, Sender, Sent, Unclear

Api = dict[str, Any]
CANNOT = {
    "update-action": "change a step",
    "insert-action": "insert a step",
    "delete-action": "delete a step",
}
NOT_YET: Final = "the probe ended before it was asked"
Wrong = Declined | Unclear


@dataclass(slots=True)
class Desk:
    """One probe at work; ``flow`` is the id of its scratch flow, ``steps`` the ids of its actions by their names.

    ``refused`` says why a call on steps is never taken, ``accepted`` that one was.
    """

    client: Client
    sender: Sender
    revision: str
    name: str
    note: Callable[[str], object]
    answers: dict[str, Answer] = field(default_factory=dict)
    flow: str = ""
    steps: Mapping[str, str] = field(default_factory=dict)
    refused: dict[str, str] = field(default_factory=dict)
    accepted: bool = False

    @property
    def journal(self) -> Journal:
        """The run's journal."""
        return self.sender.journal

    def learn(self, name: str, value: Value | None, why: str = "") -> None:
        """Keep the answer to a question."""
        self.answers[name] = Answer(value, why)

    def cannot(self, name: str, wrong: Wrong) -> None:
        """Keep that a question stays open, and why."""
        self.answers[name] = Answer(None, wrong.why)

    def begin(self) -> None:
        """Set every question to what is true before it is asked."""
        for one in QUESTIONS:
            able = not one.needs or self.can(one.needs)
            why = NOT_YET if able else f"revision {self.revision} cannot {CANNOT[one.needs]}"
            self.learn(one.name, None, why)

    def open(self, name: str) -> bool:
        """Say whether a question can be asked and was not asked yet."""
        return self.answers[name].why == NOT_YET

    def can(self, call: str) -> bool:
        """Say whether the revision has a call on flows."""
        return call in calls(self.revision, Knowledge())

    def tried(self, call: str, wrong: Wrong | None) -> None:
        """Keep whether the plainest use of a call was refused: an edit of a plan would be, too."""
        if isinstance(wrong, Declined):
            self.refused[call] = wrong.why
        else:
            self.accepted |= wrong is None

    def make(self, kind: str, label: str, body: Api, *, optional: bool = False) -> Sent:
        """Create a scratch thing under the run's name; ``label`` tells several of a kind apart."""
        try:
            before = tuple(self.named(kind, self.name))
        except Fatal as fatal:
            if optional and fatal.exit_code in LACKING:
                return Declined(fatal.message)
            raise

        def seen() -> str | None:
            return next((one for one in self.named(kind, self.name) if one not in before), None)

        key = f"make/{kind}/{label}/{self.name}"
        document = {"data": {"type": kind, "attributes": body}}
        return self.sender.write(
            key, KINDS[kind][0], body=document, before=before, seen=seen, optional=optional
        )

    def named(self, kind: str, name: str) -> list[str]:
        """Return the ids of the things of a kind that have a name."""
        return [one for one, about in self.listed(KINDS[kind][1], name) if about.get("name") == name]

    def listed(self, call: Call, name: str) -> list[tuple[str, Mapping[str, Any]]]:
        """Return id and attributes of what a listing shows under a name."""
        rows = self.client.pages(call, params={"filter": f'equals(name,"{name}")'})
        return [(str(row["id"]), row.get("attributes") or {}) for page in rows for row in page["data"]]

    def read(self) -> Api | None:
        """Return the scratch flow as it reads now: ``id, name, status, definition``."""
        return whole_flow(self.client, self.flow)

    def edit(
        self, key: str, call: Call, identifier: str, body: Any, visible: Callable[[Api], str | None]
    ) -> tuple[Api, str] | Wrong:
        """Send a write to the scratch flow; return the flow as it reads then, and the id of what was made.

        ``visible`` says whether a read shows the write, and what it made. Reads count once they show it and the
        read lag has passed since: an answer that is missing at first may come later.
        """

        def look() -> tuple[Api, str] | None:
            flow = self.read()
            made = visible(flow) if flow is not None else None
            return None if flow is None or made is None else (flow, made)

        def seen() -> str | None:
            found = look()
            return None if found is None else found[1]

        sent = self.sender.write(key, call, identifier, body=body, seen=seen)
        if not isinstance(sent, Done):
            return sent
        if self.sender.shown(look, sent) is None:
            return Unclear("the account took the call and never showed what it did")
        self.sender.patience.clock.sleep(self.sender.patience.lag)
        return look() or Unclear("the account showed what the call did, and then no more")
