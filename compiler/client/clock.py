"""The passage of time as the client sees it, passed in so that tests and the embedded account can hurry it."""

from __future__ import annotations

import datetime as dt
import random
import time
from collections.abc import Callable
from dataclasses import dataclass


def utc_today() -> dt.date:
    """Return the date in UTC, by which the account counts its daily limits."""
    return dt.datetime.now(dt.UTC).date()


@dataclass(frozen=True, slots=True)
class Clock:
    """Seconds that never run backwards, a way to let them pass, and the UTC date.

    ``now`` and ``sleep`` must agree on what a second is. Limits and waits use ``now``, so a wall clock that is
    set back or forward touches only the date of the ledger. ``jitter`` returns a fraction, 0 to 1, that spreads
    waits, so that clients that failed together do not come back together.
    """

    now: Callable[[], float] = time.monotonic
    sleep: Callable[[float], None] = time.sleep
    today: Callable[[], dt.date] = utc_today
    jitter: Callable[[], float] = random.random


def hurried(rate: float) -> Clock:
    """Return a clock whose seconds pass ``rate`` times as fast as real ones, for an account that does the same."""
    return Clock(
        now=lambda: time.monotonic() * rate,
        sleep=lambda seconds: time.sleep(seconds / rate),
    )
