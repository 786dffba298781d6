"""The two sides while they are matched: who is whose twin, who is paired, how many twins lie below what.

A *twin* is a step whose content is unique on both sides, or else whose kind and name are. Delays are no twins:
a flow has few different ones, and taking a delay for another place's would hide that it was re-timed.
"""

from __future__ import annotations

from bisect import bisect_left
from collections import Counter
from collections.abc import Callable, Hashable, Iterable, Mapping
from dataclasses import dataclass, field

from compiler.diff.content import words
from compiler.diff.flowgraph import ROOT, Flowgraph, Step

DELAYS = frozenset({"time-delay", "countdown-delay", "target-date"})  # back-in-stock-delay waits for an event
SAMPLE = 64  # so many of the steps below a step decide; keeps the matcher near linear


@dataclass(slots=True)
class Side:
    """One flow, its steps' twins and partners on the other side."""

    graph: Flowgraph
    twin: Mapping[str, str]
    partner: dict[str, str] = field(default_factory=lambda: {ROOT: ROOT})
    moved: set[str] = field(default_factory=set)
    marks: list[int] = field(default_factory=list)
    images: list[int] = field(default_factory=list)
    bags: dict[str, Counter[str]] = field(default_factory=dict)
    counted: dict[tuple[str | None, int], Counter[str]] = field(default_factory=dict)

    def mark(self, other: Flowgraph) -> None:
        """Note where each step with a twin stands, and where its twin does."""
        for place, name in enumerate(self.graph.order):
            if name in self.twin:
                self.marks.append(place)
                self.images.append(other.first[self.twin[name]])

    def sample(self, head: str | None) -> list[int]:
        """Return the places, on the other side, of the first twins at and below a step."""
        if head is None:
            return []
        start = bisect_left(self.marks, self.graph.first[head])
        stop = bisect_left(self.marks, self.graph.last[head], start)
        return self.images[start : min(stop, start + SAMPLE)]

    def hits(self, places: Iterable[int], head: str | None) -> int:
        """Count how many places of this side lie at or below a step."""
        if head is None:
            return 0
        first, last = self.graph.first[head], self.graph.last[head]
        return sum(first <= place < last for place in places)

    def loose(self, head: str | None, most: int = SAMPLE) -> Counter[str]:
        """Return the contents of those of the first steps at and below a step that have no twin."""
        key = (head, most)
        if key not in self.counted:
            self.counted[key] = self.loose_of(self.graph.top(head, most))
        return self.counted[key]

    def loose_of(self, names: Iterable[str]) -> Counter[str]:
        """Return the contents of steps that have no twin, delays included."""
        return Counter(self.graph.steps[name].content for name in names if name not in self.twin)

    def step(self, name: str) -> Step:
        """Return a step by its id."""
        return self.graph.steps[name]

    def free(self, name: str) -> bool:
        """Say whether the step has no partner yet."""
        return name not in self.partner

    def settled(self, name: str) -> bool:
        """Say whether the step has a partner at the same place."""
        return name in self.partner and name not in self.moved

    def bag(self, name: str) -> Counter[str]:
        """Return the words of the step's content, for likeness."""
        if name not in self.bags:
            self.bags[name] = Counter(words(self.graph.data[name]))
        return self.bags[name]


def two_sides(live: Flowgraph, desired: Flowgraph, pins: Mapping[str, str]) -> tuple[Side, Side]:
    """Find the twins of two flows; a pin counts only if both its steps exist and are of one kind."""
    twins = {
        old: new
        for new, old in pins.items()
        if old in live.data and new in desired.data and live.steps[old].kind == desired.steps[new].kind
    }
    taken = set(twins.values())
    for key in (_by_content, _by_name):
        olds = _unique(live, key, twins)
        news = _unique(desired, key, taken)
        found = {olds[value]: news[value] for value in olds if value in news}
        twins.update(found)
        taken.update(found.values())
    left = Side(live, twins)
    right = Side(desired, {new: old for old, new in twins.items()})
    left.mark(desired)
    right.mark(live)
    return left, right


def likeness(old: Counter[str], new: Counter[str]) -> float:
    """Return how much two bags of words have in common, from 0 (nothing) to 1 (all)."""
    size = max(old.total(), new.total())
    return (old & new).total() / size if size else 1.0


def _by_content(step: Step) -> Hashable:
    return step.content


def _by_name(step: Step) -> Hashable:
    return (step.kind, step.name) if step.name else None


def _unique(graph: Flowgraph, key: Callable[[Step], Hashable], known: Iterable[str]) -> dict[Hashable, str]:
    """Map each key that exactly one of the graph's steps has to that step, if it has no twin yet."""
    found: dict[Hashable, list[str]] = {}
    for name in graph.data:
        step = graph.steps[name]
        if step.kind not in DELAYS and (value := key(step)) is not None:
            found.setdefault(value, []).append(name)
    taken = set(known)
    return {value: names[0] for value, names in found.items() if len(names) == 1 and names[0] not in taken}
