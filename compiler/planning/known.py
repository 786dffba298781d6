"""What ``flowc probe`` has learned of an account, kept by revision in its lock file."""

from __future__ import annotations

from dataclasses import fields
from typing import Final

from compiler.lock import Lock
from compiler.plan.knowledge import Knowledge

KEY: Final = "probe"


def knowledge(lock: Lock | None, revision: str) -> Knowledge:
    """Return the answers for a revision; nothing is known without a lock, or before ``probe`` ran."""
    kept = (lock.rest.get(KEY) or {}).get(revision) if lock is not None else None
    if not isinstance(kept, dict):
        return Knowledge()
    answers = {one.name: kept[one.name] for one in fields(Knowledge) if one.name in kept}
    if "refused" in answers:
        answers["refused"] = frozenset(answers["refused"])
    return Knowledge(**answers)
