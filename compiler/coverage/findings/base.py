"""What a rule of coverage is: a function that yields findings, with its code, name, level and source."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass

from compiler.coverage.model import Action, Confidence, Finding, Level
from compiler.coverage.view import View

Check = Callable[[View], Iterator["Found"]]


@dataclass(frozen=True, slots=True)
class Found:
    """One thing that a rule found, before the rule puts its code, name and source to it.

    ``segments`` are ids, and so is ``target``.
    """

    segments: tuple[str, ...]
    evidence: str
    confidence: Confidence = "high"
    entry: str = ""
    action: Action = "review"
    target: str = ""
    level: Level | None = None


@dataclass(frozen=True, slots=True)
class Rule:
    """A rule: its code, the name that the tracker shows, how bad what it finds is, where its criteria are from."""

    code: str
    name: str
    level: Level
    source: str
    check: Check

    def findings(self, view: View) -> Iterator[Finding]:
        """Yield what the rule finds, segments by their names."""
        for found in self.check(view):
            yield Finding(
                self.code,
                self.name,
                found.level or self.level,
                tuple(map(view.name, found.segments)),
                found.evidence,
                self.source,
                found.confidence,
                found.entry,
                found.action,
                view.labels.get(found.target, found.target),
            )


RULES: list[Rule] = []


def rule(code: str, name: str, level: Level, source: str) -> Callable[[Check], Check]:
    """Register a function as the rule with this code."""

    def register(check: Check) -> Check:
        RULES.append(Rule(code, name, level, source, check))
        return check

    return register
