"""Conditions as numbers: which of them can hold together for one subject, remembered.

A *literal* is a condition or its negation. Conditions are numbered as they come; the literals assumed of one
subject are the bits of one whole number (bit 2n: condition n of the subject holds, bit 2n + 1: it does not).
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from itertools import combinations
from typing import cast

from compiler.logic.funnels import lined_up, needs_of
from compiler.logic.matching import holds
from compiler.logic.model import (
    Answer,
    Condition,
    Filter,
    Found,
    Funnel,
    Holds,
    Measured,
    Open,
    Profile,
    Record,
    Standing,
    Status,
    Subject,
    Value,
    family,
    is_past,
    type_of,
)
from compiler.logic.records import solve_records
from compiler.logic.statuses import solve_status
from compiler.logic.values import solve_value


@dataclass(frozen=True, slots=True)
class Literal:
    """A numbered condition or its negation, with its place among the bits of its subject."""

    number: int
    holds: bool
    owner: int
    bit: int
    needs: tuple[Literal, ...] = ()


@dataclass(slots=True)
class Space:
    """All conditions of some rules as of one moment, and what was found out about them."""

    at: datetime
    positive: Collection[str] = ()
    conditions: list[Condition] = field(default_factory=list)
    subjects: list[Subject] = field(default_factory=list)
    families: list[str] = field(default_factory=list)
    by_owner: list[list[int]] = field(default_factory=list)
    _numbers: dict[Condition, int] = field(default_factory=dict)
    _owners: dict[Subject, int] = field(default_factory=dict)
    _literals: dict[tuple[int, bool], Literal] = field(default_factory=dict)
    _answers: list[dict[int, Answer]] = field(default_factory=list)

    def number(self, condition: Condition) -> int:
        """Return the number of a condition, giving it one when it is new."""
        if condition not in self._numbers:
            owner = self.owner(condition.subject)
            self._numbers[condition] = len(self.conditions)
            self.by_owner[owner].append(len(self.conditions))
            self.conditions.append(condition)
        return self._numbers[condition]

    def owner(self, subject: Subject) -> int:
        """Return the number of a subject, giving it one when it is new."""
        if subject not in self._owners:
            self._owners[subject] = len(self.subjects)
            self.subjects.append(subject)
            self.families.append(family(subject))
            self.by_owner.append([])
            self._answers.append({})
        return self._owners[subject]

    def literal(self, number: int, *, holds: bool) -> Literal:
        """Return the literal of a numbered condition; a funnel that holds needs events for its steps."""
        key = (number, holds)
        if key not in self._literals:
            condition = self.conditions[number]
            owner = self._owners[condition.subject]
            needs: tuple[Literal, ...] = ()
            if holds and isinstance(condition, Funnel):
                needs = tuple(self.literal(self.number(need), holds=True) for need in needs_of(condition))
            place = self.by_owner[owner].index(number)
            self._literals[key] = Literal(number, holds, owner, 1 << (2 * place + (not holds)), needs)
        return self._literals[key]

    def solve(self, owner: int, bits: int) -> Answer:
        """Say whether the literals of one subject can be together, with an example where they can."""
        answers = self._answers[owner]
        if bits not in answers:
            answers[bits] = self._solve(owner, bits)
        return answers[bits]

    def _solve(self, owner: int, bits: int) -> Answer:
        places = [place for place in range(len(self.by_owner[owner])) if bits >> (2 * place) & 3]
        if any(bits >> (2 * place) & 3 == 3 for place in places):
            return None
        tests = [
            (self.conditions[self.by_owner[owner][place]], bool(bits >> (2 * place) & 1)) for place in places
        ]
        answer = self._solve_tests(self.subjects[owner], tests)
        if isinstance(answer, Open) and len(places) > 2:
            pairs = combinations([bits & (3 << (2 * place)) for place in places], 2)
            if any(self.solve(owner, one | two) is None for one, two in pairs):
                return None
        return answer

    def _solve_tests(self, subject: Subject, tests: list[tuple[Condition, bool]]) -> Answer:
        match tests[0][0]:
            case Holds():
                wanted = frozenset((cast("Holds", condition).filter, met) for condition, met in tests)
                return solve_value(wanted, self.at, type_of(subject), past=is_past(subject))
            case Status():
                return solve_status(
                    subject, [(cast("Status", condition), met) for condition, met in tests], self.at
                )
            case Measured():
                asked = [(cast("Measured", condition), met) for condition, met in tests]
                return solve_records(asked, self.at, positive=subject.name in self.positive)
            case Funnel():
                return Found(None)  # its needs are literals of their own; evaluation decides the order
        return Open(f"a {subject.name} condition of this form is compared only for being the same")

    def profile(self, state: Mapping[int, int]) -> Profile | Open:
        """Put the examples of all subjects together, or say which one is missing."""
        values: dict[Subject, Value] = {}
        standings: dict[Subject, Standing] = {}
        records: dict[Subject, tuple[Record, ...]] = {}
        kin = [self.families[owner] for owner in state if self.families[owner]]
        if len(kin) > len(set(kin)):
            return Open("a place or a phone is asked for in two ways that depend on each other")
        for owner, bits in state.items():
            answer = self.solve(owner, bits)
            if not isinstance(answer, Found):
                assert answer is not None
                return answer
            subject, what = self.subjects[owner], answer.what
            if isinstance(what, Standing):
                standings[subject] = what
            elif subject.kind in {"metric", "custom-object"}:
                records[subject] = cast("tuple[Record, ...]", what)
            elif subject.kind != "funnel":
                values[subject] = cast("Value", what)
        return self._lined_up(Profile(values, standings, records), state)

    def _lined_up(self, profile: Profile, state: Mapping[int, int]) -> Profile:
        """Put events into the order that funnels ask for, where no other condition on them sees a difference."""

        def allowed(subject: Subject, moved: tuple[Record, ...]) -> bool:
            before, after = (
                Profile(records={subject: profile.records[subject]}),
                Profile(records={subject: moved}),
            )
            own = (self.conditions[number] for number in self.by_owner[self._owners[subject]])
            return all(holds(one, before, self.at) is holds(one, after, self.at) for one in own)

        found = profile
        for owner, bits in state.items():
            funnel = self.conditions[self.by_owner[owner][0]]
            if bits & 1 and isinstance(funnel, Funnel):  # a funnel is the one condition on its subject
                found = lined_up(funnel, found, self.at, allowed)
        return found


def typed(kind: str) -> Filter:
    """Return the filter that any value of a type passes."""
    return Filter(kind, "typed")
