"""Which rules a profile matches and fails, as bits: one look a subject, not one a rule.

A group that speaks of one subject is evaluated once for each example of that subject, together with the rules
that it would fail; groups on several subjects are evaluated on each profile.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from compiler.logic.model import Funnel
from compiler.logic.truth import Bits, Truth


@dataclass(slots=True)
class Groups:
    """The condition groups of all rules, numbered, each once; a group is met by any condition in it."""

    truths: Truth
    all: list[frozenset[int]] = field(default_factory=list)
    _numbers: dict[frozenset[int], int] = field(default_factory=dict)
    _masks: list[int] = field(default_factory=list)
    _rules: list[int] = field(default_factory=list)
    _wide: list[int] = field(default_factory=list)
    _narrow: dict[int, list[int]] = field(default_factory=dict)
    _pieces: dict[tuple[int, int], Bits] = field(default_factory=dict)

    def add(self, rule: int, conditions: Iterable[int]) -> int:
        """Return the number of a group of numbered conditions and remember that a numbered rule has it."""
        self._pieces.clear()
        group = frozenset(conditions)
        if group not in self._numbers:
            self._numbers[group] = len(self.all)
            self._place(len(self.all), group)
            self.all.append(group)
            self._masks.append(sum(1 << condition for condition in group))
            self._rules.append(0)
        number = self._numbers[group]
        self._rules[number] |= 1 << rule
        return number

    def _place(self, number: int, group: frozenset[int]) -> None:
        space = self.truths.space
        conditions = [space.conditions[condition] for condition in group]
        owners = {space.owner(condition.subject) for condition in conditions}
        dependent = any(space.families[owner] for owner in owners)
        if len(owners) > 1 or dependent or any(isinstance(condition, Funnel) for condition in conditions):
            self._wide.append(number)
        else:
            self._narrow.setdefault(owners.pop(), []).append(number)

    def outcome(self, state: Mapping[int, int], truth: Bits) -> Bits:
        """Return the rules that the profile of a state fails, and those that it is not known to match."""
        failed, unmet = self._of(self._wide, truth)
        for owner in self._narrow:
            no, open_or_no = self._piece(owner, state.get(owner, 0))
            failed, unmet = failed | no, unmet | open_or_no
        return failed, unmet

    def _piece(self, owner: int, bits: int) -> Bits:
        key = (owner, bits)
        if key not in self._pieces:
            truth = self.truths.piece(owner, bits) if bits else self.truths.nobody
            self._pieces[key] = self._of(self._narrow[owner], truth)
        return self._pieces[key]

    def _of(self, numbers: Iterable[int], truth: Bits) -> Bits:
        met, failed = truth
        no = unmet = 0
        for number in numbers:
            mask = self._masks[number]
            if not met & mask:
                unmet |= self._rules[number]
                if failed & mask == mask:
                    no |= self._rules[number]
        return no, unmet
