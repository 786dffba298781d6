"""Many rules at once: every fact about pairs of them, each from a proof or from an evaluated profile.

Each profile that a search finds is evaluated against all rules, so that most later questions are answered by
profiles that are already there; the rest go to the search over clauses.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from compiler.logic.groups import Groups
from compiler.logic.model import Found, Holds, Open, Profile, Rule, Subject
from compiler.logic.read import read
from compiler.logic.search import Search
from compiler.logic.space import Literal, Space, typed
from compiler.logic.truth import Bits, Truth
from compiler.logic.values import NEGATIVES
from compiler.logic.witnesses import Witnesses


@dataclass(frozen=True, slots=True)
class Proof:
    """There is no such profile; on these subjects the conditions clash."""

    subjects: tuple[Subject, ...]


Fact = Profile | Proof | Open
Goal = list[list[Literal]]


@dataclass(slots=True)
class Library:
    """Rules by name as of one moment; ``positive`` names the metrics whose values are never negative.

    Add all rules before the first question: what was found about earlier ones is forgotten by ``add``.
    """

    at: datetime
    positive: Collection[str] = ()
    rules: dict[str, Rule] = field(default_factory=dict)
    _space: Space = field(init=False)
    _truth: Truth = field(init=False)
    _groups: Groups = field(init=False)
    _witnesses: Witnesses = field(default_factory=Witnesses)
    _numbers: dict[str, int] = field(default_factory=dict)
    _members: list[tuple[int, ...]] = field(default_factory=list)
    _goals: list[Goal] = field(default_factory=list)
    _outsiders: dict[tuple[int, int], Fact] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self._space = Space(self.at, frozenset(self.positive))
        self._truth = Truth(self._space)
        self._groups = Groups(self._truth)

    def add(self, name: str, definition: Mapping[str, Any]) -> None:
        """Read a definition and keep it under a new name.

        Raises NotADefinition when it has not that shape, KeyError when the name is taken.
        """
        if name in self._numbers:
            raise KeyError(name)
        rule = read(definition)
        number = self._numbers[name] = len(self._members)
        groups = [
            self._groups.add(number, [self._space.number(condition) for condition in clause])
            for clause in rule.clauses
        ]
        self.rules[name] = rule
        self._members.append(tuple(groups))
        self._goals.append([self._literals(group, holds=True) for group in groups])
        self._witnesses = Witnesses()

    def someone(self, name: str) -> Fact:
        """Return a profile that matches the rule, or the proof that none does."""
        number = self._numbers[name]
        return self._witnesses.both.get((number, number)) or self._searched(self._goals[number])

    def in_both(self, one: str, two: str) -> Fact:
        """Return a profile that matches both rules, or the proof that none does."""
        first, second = self._numbers[one], self._numbers[two]
        known = self._witnesses.both.get((first, second))
        return known or self._searched([*self._goals[first], *self._goals[second]])

    def in_first_only(self, one: str, two: str) -> Fact:
        """Return a profile that matches the first rule and not the second, or the proof that none does."""
        first, second = self._numbers[one], self._numbers[two]
        known = self._witnesses.first.get((first, second))
        return known or _together(self._outside(first, group) for group in self._members[second])

    def _outside(self, rule: int, group: int) -> Fact:
        """Return a profile that matches a rule and fails a group; remembered, as many rules share groups."""
        if group in self._members[rule]:
            return Proof(
                tuple({self._space.conditions[number].subject for number in self._groups.all[group]})
            )
        key = (rule, group)
        if key not in self._outsiders:
            self._outsiders[key] = self._searched([*self._failing(group), *self._goals[rule]])
        return self._outsiders[key]

    def outsider(self, name: str, *, typed_only: bool = False) -> Fact:
        """Return a profile that does not match the rule, or the proof that everybody does.

        With ``typed_only`` the properties that negative filters name are set and of the filters' type.
        """
        return _together(
            self._searched([*self._failing(group), *(self._typed(group) if typed_only else [])])
            for group in self._members[self._numbers[name]]
        )

    def _typed(self, group: int) -> Goal:
        conditions = [self._space.conditions[number] for number in sorted(self._groups.all[group])]
        tests = [
            Holds(condition.subject, typed(condition.filter.kind))
            for condition in conditions
            if isinstance(condition, Holds) and condition.filter.operator in NEGATIVES
        ]
        return [[self._space.literal(self._space.number(test), holds=True)] for test in tests]

    def _failing(self, group: int) -> Goal:
        return [[literal] for literal in self._literals(group, holds=False)]

    def _literals(self, group: int, *, holds: bool) -> list[Literal]:
        return [self._space.literal(number, holds=holds) for number in sorted(self._groups.all[group])]

    def _searched(self, goal: Goal) -> Fact:
        """Search for a profile that meets the goal; what one that is found shows of all rules is kept."""

        def accept(state: Mapping[int, int], profile: Profile) -> bool:
            truth = self._truth.of(state, profile)
            accepted = _meets(truth, goal)
            if accepted:
                failed, unmet = self._groups.outcome(state, truth)
                everything = (1 << len(self._members)) - 1
                self._witnesses.keep(profile, everything & ~unmet, failed)
            return accepted

        search = Search(self._space, accept)
        match search.run(goal):
            case Found(what=Profile() as profile):
                return profile
            case Open() as unsure:
                return unsure
        return Proof(tuple(sorted(self._space.subjects[owner] for owner in search.clashes)))


def _meets(truth: Bits, goal: Goal) -> bool:
    met, failed = truth
    return all(any((met if one.holds else failed) >> one.number & 1 for one in clause) for clause in goal)


def _together(facts: Iterable[Fact]) -> Fact:
    """Return the first profile among facts; without one, the first that is open; else one proof of all."""
    unsure: Open | None = None
    subjects: set[Subject] = set()
    for fact in facts:
        if isinstance(fact, Profile):
            return fact
        if isinstance(fact, Proof):
            subjects.update(fact.subjects)
        else:
            unsure = unsure or fact
    return unsure or Proof(tuple(sorted(subjects)))
