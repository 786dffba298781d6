"""One write of a probe: journalled before and after, sent once, looked for where nobody knows what came of it."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any, Final, TypeVar

from compiler.apply import Patience
from compiler.client import Call, Client, Ok, Refused
from compiler.diagnostics import Exit, Fatal
from compiler.journal import Journal

T = TypeVar("T")
FIRST, LONGEST, GROWTH = 0.25, 8.0, 1.25  # pauses between looks, seconds: fine enough to time what reads lag
LACKING: Final = (Exit.CREDENTIALS, Exit.BUDGET)


@dataclass(frozen=True, slots=True)
class Done:
    """The account did it; ``made`` is the id of what it made, ``at`` the moment of its answer, if it gave one."""

    made: str = ""
    at: float | None = None


@dataclass(frozen=True, slots=True)
class Declined:
    """The account refused it, or the key or the day does not allow it: nothing changed."""

    why: str
    status: int = 0


@dataclass(frozen=True, slots=True)
class Unclear:
    """Nobody can tell whether it happened, or what it did."""

    why: str


Sent = Done | Declined | Unclear


@dataclass(slots=True)
class Sender:
    """Sends the writes of one run, and times how reads lag and how late calls act, in seconds.

    ``lag`` and ``late`` are the largest that were seen; ``lag`` is None until a write was read back.
    """

    client: Client
    journal: Journal
    patience: Patience
    lag: float | None = None
    late: float = 0.0

    def write(
        self,
        key: str,
        call: Call,
        identifier: str = "",
        *,
        body: Any = None,
        before: tuple[str, ...] = (),
        seen: Callable[[], str | None],
        optional: bool = False,
    ) -> Sent:
        """Send a call once and return what came of it; ``seen`` returns what it made, None while that does not show.

        ``before`` are the ids that existed. An ``optional`` call may lack a scope, or what is left of the day; any
        other raises Fatal then.
        """
        clock, began = self.patience.clock, self.patience.clock.now()
        self.journal.intent(key, call.endpoint, self.patience.now(), before)
        try:
            outcome = self.client.write(call, identifier, body=body)
        except Fatal as fatal:
            self.journal.outcome(key, "refused")
            if optional and fatal.exit_code in LACKING:
                return Declined(fatal.message)
            raise
        if isinstance(outcome, Ok):
            made = _id_of(outcome.document)
            self.journal.outcome(key, "ok", made)
            return Done(made, clock.now())
        if isinstance(outcome, Refused):
            gone = outcome.status == 404 and call.method == "DELETE"
            self.journal.outcome(key, "ok" if gone else "refused")
            return Done() if gone else Declined(f"the account says: {outcome}", outcome.status)
        left = self.patience.left(self.journal.entries[key].sent)
        for at in self.looks(left):
            found = seen()
            if found is not None:
                self.late = max(self.late, at - began)
                self.journal.outcome(key, "ok", found)
                return Done(found)
        return Unclear(f"nobody can tell whether it acted ({outcome.reason})")

    def shown(self, look: Callable[[], T | None], done: Done) -> T | None:
        """Return what ``look`` finds once it shows what a write did; None where it never does."""
        for number, at in enumerate(self.looks(self.patience.settle + self.patience.lag)):
            found = look()
            if found is not None:
                if done.at is not None:  # seen at the first look, it did not lag at all
                    self.lag = max(self.lag or 0.0, at - done.at if number else 0.0)
                return found
        return None

    def looks(self, seconds: float) -> Iterator[float]:
        """Yield the moments at which to look: at once, then in growing pauses, the last after so many seconds."""
        clock, pause = self.patience.clock, FIRST
        began = clock.now()
        while True:
            at = clock.now()
            yield at
            rest = seconds - (at - began)
            if rest <= 0:
                return
            clock.sleep(min(pause, rest))
            pause = min(pause * GROWTH, LONGEST)


def _id_of(document: dict[str, Any]) -> str:
    data = document.get("data")
    return str(data.get("id") or "") if isinstance(data, dict) else ""
