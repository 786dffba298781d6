"""Which revisions the account serves (contract: revisions; each is served for two years after its release)."""

from __future__ import annotations

import re
from datetime import date, datetime

from compiler.account.errors import Problem, Refusal

BETA = "2024-10-15.pre"
OLDEST = "2023-01-24"
REVISIONS = (
    BETA,
    "2025-01-15",
    "2025-04-15",
    "2025-07-15",
    "2025-10-15",
    "2026-01-15",
    "2026-04-15",
    "2026-07-15",
    "2026-10-15",
)
LATEST = REVISIONS[-1]
SERVED_YEARS = 2
_FORM = re.compile(r"\d{4}-\d{2}-\d{2}(\.pre)?")


def served_revision(header: str | None, now: datetime) -> str:
    """Return the revision that answers a request's ``revision`` header.

    A date between two revisions means the earlier one. Raises ``Refusal``: 400 without a usable header, 410
    for a revision whose two years are over at ``now``.
    """
    if header is None or not _FORM.fullmatch(header):
        raise Refusal(_bad_revision("A revision header of the form YYYY-MM-DD is required."))
    known = header in REVISIONS
    if not known and header.endswith(".pre"):
        raise Refusal(_bad_revision(f"{header} is no revision of this API."))
    served = header if known else max((r for r in REVISIONS if r <= header), default=OLDEST)
    if served == BETA and not known:
        served = OLDEST
    released = date.fromisoformat(served[:10])
    if (now.year, now.month, now.day) >= (released.year + SERVED_YEARS, released.month, released.day):
        detail = f"The revision {header} is past the {SERVED_YEARS} years for which it is served."
        raise Refusal(Problem(410, "gone", "Gone.", detail, {}))
    return served


def _bad_revision(detail: str) -> Problem:
    return Problem(400, "invalid", "Invalid input.", detail, {"pointer": "/headers/revision"})
