"""How long an apply waits for what it cannot know."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Final, TypeVar

from compiler.client import Clock

FIRST: Final = 1.0
LONGEST: Final = 8.0
T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Patience:
    """Seconds: ``timeout`` until a call has an answer, ``settle`` until a late one and lagging reads are over.

    ``lag`` is how long a read may lag behind a write that was answered. ``clock`` lets seconds pass, ``now`` is the
    time of day, aware.
    """

    now: Callable[[], dt.datetime]
    clock: Clock = field(default_factory=Clock)
    timeout: float = 60.0
    settle: float = 30.0
    lag: float = 5.0
    processing: float = 900.0

    def left(self, sent: dt.datetime) -> float:
        """Return the seconds until a call sent at a time can no longer act or be missing from a read."""
        passed = (self.now() - sent).total_seconds()
        return max(0.0, self.timeout + self.settle - max(0.0, passed))

    def until(self, look: Callable[[], T | None], seconds: float) -> T | None:
        """Return what ``look`` finds, asked again and again for so many seconds, the last time at their end."""
        for _ in self.moments(seconds):
            found = look()
            if found is not None:
                return found
        return None

    def moments(self, seconds: float) -> Iterator[None]:
        """Yield at once, after 1, 2, 4 and then every 8 seconds, and at the end of so many seconds."""
        yield
        passed, pause = 0.0, FIRST
        while passed < seconds:
            step = min(pause, seconds - passed)
            self.clock.sleep(step)
            passed, pause = passed + step, min(pause * 2, LONGEST)
            yield
