"""Calls are counted in fixed windows of a second, a minute and a day, one account over all its keys."""

from __future__ import annotations

import math
from dataclasses import dataclass
from datetime import datetime

from compiler.account.errors import throttled
from compiler.account.store import Store

SECOND, MINUTE, DAY = 1, 60, 86_400


@dataclass(frozen=True, slots=True)
class Limit:
    """How many calls of one endpoint a second, a minute and (where there is one) a day may see."""

    burst: int
    steady: int
    daily: int | None = None

    def windows(self) -> list[tuple[int, int]]:
        """Return (length in seconds, calls allowed), the shortest first."""
        always = [(SECOND, self.burst), (MINUTE, self.steady)]
        return always if self.daily is None else [*always, (DAY, self.daily)]


XS = Limit(1, 15)
SMALL = Limit(3, 60)
MEDIUM = Limit(10, 150)
LARGE = Limit(75, 750)
EXTRA_LARGE = Limit(350, 3500)
REPORT = Limit(1, 2, 225)


def count_call(store: Store, endpoint: str, limit: Limit, now: datetime) -> dict[str, str]:
    """Count one call of ``endpoint`` at ``now``; return the headers that say what is left of the minute.

    Raises ``Refusal`` (429 with ``Retry-After`` in seconds) when a window is full; such a call is not counted.
    """
    moment = now.timestamp()
    with store.counting() as ledger:
        made = {
            period: count
            for period, began, count in ledger.execute(
                "SELECT period, began, made FROM calls WHERE endpoint = ?", (endpoint,)
            )
            if began == int(moment // period)
        }
        full = [period for period, allowed in limit.windows() if made.get(period, 0) >= allowed]
        if not full:
            ledger.executemany(
                "INSERT OR REPLACE INTO calls VALUES (?, ?, ?, ?)",
                [
                    (endpoint, period, int(moment // period), made.get(period, 0) + 1)
                    for period, _ in limit.windows()
                ],
            )
    if full:
        longest = max(full)
        raise throttled(max(1, math.ceil(longest - moment % longest)))
    return {
        "RateLimit-Limit": f"{limit.steady}",
        "RateLimit-Remaining": str(limit.steady - made.get(MINUTE, 0) - 1),
        "RateLimit-Reset": str(math.ceil(MINUTE - moment % MINUTE)),
    }
