"""What a probe takes of the account, said before it starts."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from typing import Final

CREATES: Final = 3  # a flow, its namesake, and once more where paths may not join
WRITES: Final = 14  # tags, tagging, segment, template, flows, and the deleting of all of them
WRITES_OF: Final = {"update-action": 5, "insert-action": 3, "delete-action": 6}
READS: Final = (
    3  # calls that read, to one that writes: until it shows, once more later, and before the next one
)


@dataclass(frozen=True, slots=True)
class Costs:
    """Calls in all, and the creates of flows and of segments that count for the day, each at most in a quiet account."""

    calls: int
    flow_creates: int = CREATES
    segment_creates: int = 1


def costs(able: Collection[str]) -> Costs:
    """Return what a probe takes where a revision has these calls on steps."""
    writes = WRITES + sum(number for call, number in WRITES_OF.items() if call in able)
    return Costs(writes * (1 + READS))
