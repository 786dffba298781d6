"""The search over clauses: an assignment of literals that all hold together, or the proof that there is none."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field

from compiler.logic.model import Found, Open, Profile
from compiler.logic.space import Literal, Space

MOST_LEAVES = 64
MOST_STEPS = 20_000
Goal = Sequence[Sequence[Literal]]


@dataclass(slots=True)
class Search:
    """One search: the state of each subject, what it ran into, and the steps that are left."""

    space: Space
    accept: Callable[[Mapping[int, int], Profile], bool]
    state: dict[int, int] = field(default_factory=dict)
    clashes: set[int] = field(default_factory=set)
    reason: str = ""
    leaves: int = MOST_LEAVES
    steps: int = MOST_STEPS

    def run(self, goal: Goal) -> Found | Open | None:
        """Find a profile that meets one literal of every clause and is accepted by evaluation.

        ``None`` is a proof that there is no such profile; Open says why there is no answer.
        """
        found = self._meet(sorted(goal, key=len), 0)
        if found is not None:
            return Found(found)
        return Open(self.reason) if self.reason else None

    def _meet(self, goal: Goal, place: int) -> Profile | None:
        while place < len(goal) and any(self._is_met(literal) for literal in goal[place]):
            place += 1
        if place == len(goal):
            return self._leaf()
        for literal in goal[place]:
            if self.steps <= 0 or self.leaves <= 0:
                self.reason = self.reason or "the search was given up: too many alternatives"
                return None
            self.steps -= 1
            undo = self._assume(literal)
            if undo is not None:
                found = self._meet(goal, place + 1)
                self._take_back(undo)
                if found is not None:
                    return found
        return None

    def _is_met(self, literal: Literal) -> bool:
        return bool(self.state.get(literal.owner, 0) & literal.bit)

    def _assume(self, literal: Literal) -> list[tuple[int, int]] | None:
        """Add a literal and what it needs; return what to take back, or nothing when it cannot be."""
        undo: list[tuple[int, int]] = []
        for one in (literal, *literal.needs):
            before = self.state.get(one.owner, 0)
            bits = before | one.bit
            if bits == before:
                continue
            if self.space.solve(one.owner, bits) is None:
                self.clashes.add(one.owner)
                self._take_back(undo)
                return None
            undo.append((one.owner, before))
            self.state[one.owner] = bits
        return undo

    def _take_back(self, undo: list[tuple[int, int]]) -> None:
        for owner, before in reversed(undo):
            if before:
                self.state[owner] = before
            else:
                del self.state[owner]

    def _leaf(self) -> Profile | None:
        """Build the profile of a full assignment and let evaluation decide."""
        self.leaves -= 1
        profile = self.space.profile(self.state)
        if isinstance(profile, Open):
            self.reason = self.reason or profile.reason
            return None
        if self.accept(self.state, profile):
            return profile
        self.reason = self.reason or "the example found does not stand up to evaluation"
        return None
