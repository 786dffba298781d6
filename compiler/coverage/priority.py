"""The priority of a row: a documented score, each part of which the tracker explains.

``100 V (0.4 + 0.4 S + 0.2 U) E (1 - 0.3 C)``, rounded to a whole number:

V  the value class, from revenue recovery (1.0) to routing (0.5), as in ``model.VALUES``
S  the square root of the mailable share over 10 %, at most 1; 0 where no data shows it
U  how often the same logic is repeated in flows and campaigns: 0, 0.5 once, 1 twice or more; 0 where it was not read
E  the strength of the evidence: 1 measured on data, 0.7 counts of the account, 0.4 definitions only, 0.3 where
   fewer than 100 can be mailed
C  the effort: 0 as it is, 0.5 where a person fills something in, 1 where something must be tracked first

50 and more: now; 30 to 49: this quarter; below: later.
"""

from __future__ import annotations

import math
from typing import Final

from compiler.coverage.model import VALUES, Priority

NOW, QUARTER = 50, 30
FULL_SHARE: Final = 0.1
FEW: Final = 100


def priority(
    value: str,
    *,
    mailable: int | None,
    base: int | None,
    places: int | None,
    measured: bool,
    counted: bool,
    to_fill: bool,
    blocked: bool,
) -> Priority:
    """Return the score of an audience: who it reaches of the base, where its logic is repeated, what is known.

    ``places`` is None where not all were read and none was seen.
    """
    share = mailable / base if mailable is not None and base else None
    reach = min(1.0, math.sqrt(share / FULL_SHARE)) if share is not None else 0.0
    uses = min(places or 0, 2) / 2
    few = mailable is not None and mailable < FEW
    strength = 0.3 if few else 1.0 if measured else 0.7 if counted else 0.4
    effort = 1.0 if blocked else 0.5 if to_fill else 0.0
    score = (
        None
        if blocked
        else round(100 * VALUES[value] * (0.4 + 0.4 * reach + 0.2 * uses) * strength * (1 - 0.3 * effort))
    )
    parts = [
        f"{value.replace('-', ' ')} {VALUES[value]:g}",
        "share not measured" if share is None else f"{share:.1%} of the base",
        _repeated(places),
        "fewer than 100 can be mailed"
        if few
        else "measured on data"
        if measured
        else "counted by the account"
        if counted
        else "from definitions only",
        *(["something to fill in"] if to_fill else []),
        *(["something to track first"] if blocked else []),
    ]
    return Priority(score, VALUES[value], share, uses, strength, effort, ", ".join(parts))


def _repeated(places: int | None) -> str:
    if places is None:
        return "where it is repeated was not read"
    return f"repeated in {places} places" if places else "repeated nowhere"


def band(score: int | None) -> str:
    """Return when a score is due: now, this quarter, later; blocked without a score."""
    if score is None:
        return "blocked"
    return "now" if score >= NOW else "this quarter" if score >= QUARTER else "later"
