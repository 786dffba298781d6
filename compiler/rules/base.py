"""What a lint rule is given, what it answers, and how it says what it is.

A rule is a generator over a :class:`Subject`; it yields a :class:`Finding` for each place that it objects to. Its
decorator gives its code, severity and source; its page in ``compiler/pages`` a bad and a good case.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

import networkx as nx

from compiler.codecs.base import unwind
from compiler.diagnostics import Severity
from compiler.model import Flow, Step


@dataclass(frozen=True, slots=True)
class Subject:
    """One flow as rules see it.

    ``actions`` holds each step's lowered action by the step's position, ``definition`` the whole lowered definition
    (API spelling: ``triggers``, ``profile_filter``, ``reentry_criteria``), ``graph`` the steps and exits with
    ``compiler.graph.END`` as the sink; ``revision`` is what it is compiled for.
    """

    revision: str
    flow: Flow
    graph: nx.DiGraph[int]
    definition: Mapping[str, Any]
    actions: Mapping[int, Mapping[str, Any]]

    @property
    def trigger(self) -> Mapping[str, Any]:
        """The lowered trigger; empty where the flow has none."""
        triggers = self.definition.get("triggers") or [{}]
        trigger: Mapping[str, Any] = triggers[0]
        return trigger


@dataclass(frozen=True, slots=True)
class Finding:
    """One objection: a path of the document, and a sentence that says what is wrong and what would be right."""

    path: tuple[Any, ...]
    message: str


Check = Callable[[Subject], Iterator[Finding]]


@dataclass(frozen=True, slots=True)
class Rule:
    """A lint rule: its code, how much it matters, where it comes from, and its check."""

    code: str
    severity: Severity
    source: str
    check: Check

    @property
    def name(self) -> str:
        """The sentence that it forbids, in short."""
        return self.check.__name__

    @property
    def title(self) -> str:
        """The first line of its check's docstring."""
        return (self.check.__doc__ or "").strip().splitlines()[0]


RULES: dict[str, Rule] = {}


def rule(code: str, severity: Severity, source: str) -> Callable[[Check], Check]:
    """Register a check as the rule with ``code``; ``source`` names the fact that it stands on."""

    def register(check: Check) -> Check:
        assert code not in RULES, code
        RULES[code] = Rule(code, severity, source, check)
        return check

    return register


def at(step: Step, *keys: Any) -> tuple[Any, ...]:
    """Return the path of a step in its document, or of something inside its kind's value."""
    return (*unwind(step.at), step.kind, *keys)
