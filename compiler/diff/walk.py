"""Walk two flows region by region and pair their steps.

Chains are aligned from the entry on. Where both sides come to a split, three readings compete: the two splits
correspond (branches straight or crossed), the desired one is new and the live flow goes on inside one of its
branches (a wrap), or the live one is gone (an unwrap). The reading that keeps more twins together wins.
"""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass, field

from compiler.diff.align import align
from compiler.diff.branches import ExitPairs, follow, kept_by, pick_mapping
from compiler.diff.flowgraph import ROOT
from compiler.diff.path import Path
from compiler.diff.sides import DELAYS, Side


@dataclass(slots=True)
class Walk:
    """The walk's state: what waits to be compared, and what was found besides the pairs on the sides."""

    live: Side
    desired: Side
    waiting: deque[tuple[str | None, str | None]] = field(default_factory=deque)
    exits: dict[str, ExitPairs] = field(default_factory=dict)
    swapped: set[str] = field(default_factory=set)
    open_live: list[str] = field(default_factory=list)
    open_desired: list[str] = field(default_factory=list)

    def pair(self, old: str, new: str) -> None:
        """Make two steps partners."""
        self.live.partner[old] = new
        self.desired.partner[new] = old

    def pair_moved(self, old: str, new: str) -> None:
        """Make two steps partners that stand at different places."""
        self.pair(old, new)
        self.live.moved.add(old)
        self.desired.moved.add(new)

    def run(self) -> None:
        """Compare all that waits, then the joins whose splits did not correspond."""
        while True:
            while self.waiting:
                self._chains(*self.waiting.popleft())
            if not self._open_regions():
                return

    def enter(self, old: str, new: str) -> None:
        """Let what lies below two corresponding splits be compared."""
        mapping, swapped = pick_mapping(self.live, self.desired, old, new)
        if self.live.partner.get(old) == new:
            self.exits[old] = mapping
            if swapped:
                self.swapped.add(old)
        before, after = self.live.step(old).exits, self.desired.step(new).exits
        for left, right in mapping:
            self.waiting.append((self.live.graph.head(before[left]), self.desired.graph.head(after[right])))
        self._regions([*self.live.graph.regions.get(old, ())], [*self.desired.graph.regions.get(new, ())])

    def _regions(self, old: list[str], new: list[str]) -> None:
        """Pair the joins below two splits; what finds no partner stays open."""
        if not self._shared_regions(old, new) and len(old) == len(new) == 1:
            self.waiting.append((old.pop(), new.pop()))
        self.open_live += old
        self.open_desired += new

    def _shared_regions(self, old: list[str], new: list[str]) -> bool:
        """Let regions that share most twins be compared, and take them off the lists; say if there were any."""
        found = False
        for head in [*old]:
            places = self.live.sample(head)
            best = max(new, key=lambda name: self.desired.hits(places, name), default=None)
            if best is not None and self.desired.hits(places, best):
                old.remove(head)
                new.remove(best)
                self.waiting.append((head, best))
                found = True
        return found

    def _open_regions(self) -> bool:
        self.open_live = [head for head in self.open_live if self.live.free(head)]
        self.open_desired = [head for head in self.open_desired if self.desired.free(head)]
        return self._shared_regions(self.open_live, self.open_desired)

    def _chains(self, old_head: str | None, new_head: str | None) -> None:
        """Compare what starts at two steps, up to the splits that correspond or to the end."""
        old, new = Path(self.live, [], None), Path(self.desired, [], None)
        old.extend(old_head)
        new.extend(new_head)
        while (down := self._passes(old, new)) is not None:
            down.go_inside(follow(down, new if down is old else old))
        self._pair_chains(old.steps, new.steps)
        self.open_live += old.passed
        self.open_desired += new.passed
        if old.split and new.split:
            if self.live.step(old.split).kind == self.desired.step(new.split).kind:
                self.pair(old.split, new.split)
            self.enter(old.split, new.split)

    def _pair_chains(self, old: list[str], new: list[str]) -> None:
        for left, right in align(self.live, self.desired, old, new):
            self.pair(left, right)
        rest: dict[str, list[str]] = {}
        for name in reversed([name for name in new if self.desired.free(name)]):
            rest.setdefault(self.desired.step(name).content, []).append(name)
        for name in old:
            step = self.live.step(name)
            if self.live.free(name) and step.kind not in DELAYS and rest.get(step.content):
                self.pair_moved(name, rest[step.content].pop())

    def _passes(self, old: Path, new: Path) -> Path | None:
        """Say whose split has no counterpart here, so that its side goes on inside one of its branches."""
        if old.split is None or new.split is None:
            return self._lonely(old, new) or self._lonely(new, old)
        old_twin, new_twin = self.live.twin.get(old.split), self.desired.twin.get(new.split)
        if old_twin == new.split:
            return None
        if old_twin and self.desired.graph.below(old_twin, new.split):
            return new
        if new_twin and self.live.graph.below(new_twin, old.split):
            return old
        if old_twin or new_twin:
            return old if old_twin else new
        return self._weigh(old, new)

    def _lonely(self, path: Path, other: Path) -> Path | None:
        """Say whether a side goes on inside its split because there the other side's chain goes on."""
        if path.split is None:
            return None
        return None if follow(path, other) is None else path

    def _weigh(self, old: Path, new: Path) -> Path | None:
        keep, inside_new = kept_by(old, new)
        keep_back, inside_old = kept_by(new, old)
        gain_new, gain_old = inside_new - keep, inside_old - keep_back
        if max(gain_new, gain_old) <= 0:
            return None
        return new if gain_new >= gain_old else old


def walk(live: Side, desired: Side) -> Walk:
    """Pair the steps of two flows as far as their shapes correspond."""
    state = Walk(live, desired)
    state.enter(ROOT, ROOT)
    state.run()
    return state
