"""What ``flowc probe`` has learned of an account, kept by revision in its lock file."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import fields, replace
from typing import Any, Final, get_args, get_type_hints

from compiler.lock import Lock
from compiler.plan.knowledge import Knowledge

KEY: Final = "probe"
MANY: Final = "refused"


def knowledge(lock: Lock | None, revision: str) -> Knowledge:
    """Return the answers for a revision; nothing is known without a lock, or before ``probe`` ran.

    A word that is no answer to its question, as another version may write one, leaves the question open.
    """
    kept = _kept(lock).get(revision)
    if not isinstance(kept, dict):
        return Knowledge()
    hints = get_type_hints(Knowledge)
    answers: dict[str, Any] = {
        one.name: kept[one.name]
        for one in fields(Knowledge)
        if one.name != MANY and kept.get(one.name) in get_args(get_args(hints[one.name])[0])
    }
    refused = kept.get(MANY)
    if isinstance(refused, list):
        answers[MANY] = frozenset(map(str, refused))
    return Knowledge(**answers)


def remembered(lock: Lock, revision: str, answers: Mapping[str, Any], *, whole: bool) -> Lock:
    """Return the lock with the answers for a revision; those of a run that was not ``whole`` add to earlier ones."""
    kept = _kept(lock)
    earlier = kept.get(revision)
    if not whole and isinstance(earlier, dict):
        open_still = {name: why for name, why in answers.get("unknown", {}).items() if name not in earlier}
        answers = {**earlier, **answers, "unknown": open_still}
    by_revision = {**kept, revision: dict(answers)}
    return replace(lock, rest={**lock.rest, KEY: dict(sorted(by_revision.items()))})


def read_lag(lock: Lock | None) -> float:
    """Return the longest lag of reads behind writes that was seen, in seconds; 0 where nobody looked."""
    seen = [one.get("read_lag") for one in _kept(lock).values() if isinstance(one, dict)]
    return max((float(one) for one in seen if isinstance(one, int | float)), default=0.0)


def _kept(lock: Lock | None) -> dict[str, Any]:
    found = lock.rest.get(KEY) if lock is not None else None
    return found if isinstance(found, dict) else {}
