"""What a lint rule is given, what it answers, and how it says what it is.

A rule is a generator over a :class:`Subject`; it yields a :class:`Finding` for each place that it objects to. Its
decorator gives its code, severity and source; its page in ``compiler/pages`` a bad and a good case.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import TYPE_CHECKING, Any, Final

from compiler.diagnostics import Severity
from compiler.model import Flow, Step
from compiler.rules.reading import (
    DELAYS,
    NOTHING,
    SPLITS,
    Condition,
    Message,
    file_of,
    items,
    metric_name,
    part,
    read_conditions,
    read_messages,
)

if TYPE_CHECKING:
    import networkx as nx

ENTRY: Final = -1


@dataclass(frozen=True, eq=False)  # no slots: what the rules share is worked out once, in cached properties
class Subject:
    """One flow as rules see it.

    ``actions`` holds each step's lowered action by the step's position, ``definition`` the whole lowered definition
    (API spelling: ``triggers``, ``profile_filter``, ``reentry_criteria``), ``graph`` the steps and exits with
    ``compiler.graph.END`` as the sink; ``revision`` is what it is compiled for; ``file`` reads a file of the project
    by its name, empty where there is none. A step leads only to steps with a higher position, so a walk in the order
    of ``steps`` meets every step after all that lead to it.
    """

    revision: str
    flow: Flow
    graph: nx.DiGraph[int]
    definition: Mapping[str, Any]
    actions: Mapping[int, Mapping[str, Any]]
    file: Callable[[str], str] = field(default=lambda _: "")

    @cached_property
    def trigger(self) -> Mapping[str, Any]:
        """The lowered trigger; empty where the flow has none."""
        first = next(iter(items(self.definition, "triggers")), NOTHING)
        return first if isinstance(first, Mapping) else NOTHING

    @cached_property
    def trigger_metric(self) -> str:
        """The name of the metric that triggers the flow, in small letters; empty where none does or only its id is known."""
        return metric_name(self.trigger.get("id")) if self.trigger.get("type") == "metric" else ""

    @cached_property
    def steps(self) -> tuple[Step, ...]:
        """The steps that are reached, each after all that lead to it."""
        return tuple(step for step in self.flow.steps if step.index in self.actions)

    @cached_property
    def delays(self) -> tuple[Step, ...]:
        """The steps that wait."""
        return tuple(step for step in self.steps if step.kind in DELAYS)

    @cached_property
    def splits(self) -> tuple[Step, ...]:
        """The steps with several exits."""
        return tuple(step for step in self.steps if step.kind in SPLITS)

    @cached_property
    def messages(self) -> tuple[Message, ...]:
        """Every message, a test's variations too."""
        return tuple(read_messages(self.steps, self.actions))

    @cached_property
    def sending(self) -> Mapping[int, Message]:
        """The message of each step that sends one; of a test its main message."""
        return {message.step.index: message for message in reversed(self.messages)}

    @cached_property
    def conditions(self) -> tuple[Condition, ...]:
        """Every condition, of the trigger, the flow's filter, messages and splits."""
        return tuple(read_conditions(self.flow, self.definition, self.messages, self.splits, self.actions))

    @cached_property
    def since_delay(self) -> Mapping[int, frozenset[int]]:
        """For each step the messages (by step) that may have gone out since the last delay; ENTRY where none was yet."""
        before: dict[int, frozenset[int]] = {step.index: frozenset() for step in self.steps}
        if before:
            before[0] = frozenset((ENTRY,))
        for step in self.steps:
            state = before[step.index]
            if step.kind in DELAYS:
                continue
            if step.index in self.sending:
                state |= {step.index}
            for way in step.exits:
                if way.target is not None and state:
                    before[way.target] |= state
        return before

    @cached_property
    def after_message(self) -> frozenset[int]:
        """The steps that a profile may reach after it was sent a message."""
        found: set[int] = set()
        for step in self.steps:
            if step.index in found or step.index in self.sending:
                found.update(way.target for way in step.exits if way.target is not None)
        return frozenset(found)

    def leads_to(self, wanted: Collection[int]) -> Collection[int]:
        """Return the steps (by position) that lead to one of those ``wanted``."""
        found: set[int] = set()
        for step in reversed(self.steps):
            for way in step.exits:
                if way.target in found or way.target in wanted:
                    found.add(step.index)
                    break
        return found

    def status_of(self, step: Step) -> Any:
        """Return the status that a step is sent with; None where it has none."""
        return part(self.actions[step.index], "data").get("status")

    def template_text(self, content: Mapping[str, Any]) -> str:
        """Return the text of a message's template where that is a file; what the account's library holds is not at hand."""
        template = content.get("template_id")
        name = file_of(template) if isinstance(template, str) and '"file"' in template else None
        return "" if name is None else self.file(name)


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
