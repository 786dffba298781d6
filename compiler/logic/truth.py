"""Evaluation as bits: which of all conditions a profile meets and fails, put together from its subjects.

A condition sees one subject alone, so what one subject's example meets is evaluated once and remembered.
Funnels see several and kin depend on each other: these are evaluated on the whole profile.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from compiler.logic.matching import holds
from compiler.logic.model import Funnel, Open, Profile
from compiler.logic.space import Space

Bits = tuple[int, int]  # conditions that are met, conditions that are failed


@dataclass(slots=True)
class Truth:
    """The conditions of a space, evaluated on profiles that its states stand for."""

    space: Space
    nobody: Bits = (0, 0)
    _pieces: dict[tuple[int, int, int], Bits] = field(default_factory=dict)
    _known: int = 0
    _masks: dict[int, int] = field(default_factory=dict)
    _wide: list[int] = field(default_factory=list)

    def of(self, state: Mapping[int, int], profile: Profile) -> Bits:
        """Evaluate every condition on the profile of a state: bit n of the first number says that n is met."""
        self.catch_up()
        met, failed = self.nobody
        kin = {self.space.families[owner] for owner in state} - {""}
        whole = list(self._wide)
        for owner, bits in state.items():
            mask = self._masks.get(owner, 0)
            yes, no = self.piece(owner, bits)
            met, failed = met & ~mask | yes, failed & ~mask | no
        if kin:
            owners = (owner for owner, name in enumerate(self.space.families) if name in kin)
            whole += [number for owner in owners for number in self.space.by_owner[owner]]
        for number in whole:
            answer = holds(self.space.conditions[number], profile, self.space.at)
            bit = 1 << number
            met, failed = met & ~bit | bit * (answer is True), failed & ~bit | bit * (answer is False)
        return met, failed

    def catch_up(self) -> None:
        """Take in conditions that are new since the last evaluation."""
        conditions = self.space.conditions
        if self._known == len(conditions):
            return
        self.nobody = self._evaluate(range(len(conditions)), Profile())
        self._masks = {
            owner: sum(1 << n for n in numbers) for owner, numbers in enumerate(self.space.by_owner)
        }
        self._wide = [number for number, condition in enumerate(conditions) if isinstance(condition, Funnel)]
        self._known = len(conditions)

    def piece(self, owner: int, bits: int) -> Bits:
        """Evaluate the conditions of one subject on the example of some of its literals."""
        numbers = self.space.by_owner[owner]
        key = (owner, bits, len(numbers))
        if key not in self._pieces:
            alone = self.space.profile({owner: bits})
            assert not isinstance(alone, Open)
            self._pieces[key] = self._evaluate(numbers, alone)
        return self._pieces[key]

    def _evaluate(self, numbers: list[int] | range, profile: Profile) -> Bits:
        met = failed = 0
        for number in numbers:
            answer = holds(self.space.conditions[number], profile, self.space.at)
            met |= (answer is True) << number
            failed |= (answer is False) << number
        return met, failed
