"""One side of two chains that are compared."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field

from compiler.diff.sides import SAMPLE, Side


@dataclass(slots=True)
class Path:
    """One side of two chains that are compared: the steps so far, the split behind, the regions passed by."""

    side: Side
    steps: list[str]
    split: str | None
    passed: list[str] = field(default_factory=list)

    def extend(self, head: str | None) -> None:
        """Go on at a step: up to the next split, through the joins of splits that were passed."""
        self.split = None
        while head is not None:
            chain = self.side.graph.chain(head)
            free = next((at for at, name in enumerate(chain.steps) if not self.side.free(name)), None)
            self.steps += chain.steps[:free]
            if free is not None:
                return
            self.split = chain.split if chain.split and self.side.free(chain.split) else None
            head = chain.join if chain.join in self.passed else None
            if head is not None:
                self.passed.remove(head)

    def go_inside(self, head: str | None) -> None:
        """Leave the split behind as one without a counterpart, and go on at a step below it, or nowhere."""
        self.passed += self.side.graph.regions.get(self.split or "", ())
        if head in self.passed:
            self.passed.remove(head)
        self.extend(head)

    def places(self, other: Path) -> list[int]:
        """Return where, on the other side, the twins of the last steps stand."""
        twins = (self.side.twin.get(name) for name in self.steps[-SAMPLE:])
        return [other.side.graph.first[twin] for twin in twins if twin is not None]

    def loose(self, other: Path) -> Counter[str]:
        """Return the contents of the last steps without twins that find none like them in the other path."""
        return self.side.loose_of(self.steps[-SAMPLE:]) - other.side.loose_of(other.steps[-SAMPLE:])
