"""Rules on how the steps hang together."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator

from compiler.rules.base import Finding, Subject, rule
from compiler.rules.reading import at


@rule("F404", "warning", "FACTS F04")
def step_that_nothing_leads_to(subject: Subject) -> Iterator[Finding]:
    """Let something lead to every step."""
    if len(subject.actions) == len(subject.flow.steps):
        return
    led_to = {way.target for step in subject.flow.steps for way in step.exits}
    for step in subject.flow.steps:
        if step.index not in subject.actions and step.index not in led_to:
            yield Finding(
                at(step),
                f"no step leads to this {step.kind}, so it is not sent; let a branch above go on, or delete it",
            )


@rule("F444", "warning", "LANGUAGE joins; contract: whether create accepts joins is unknown")
def branches_that_join(subject: Subject) -> Iterator[Finding]:
    """End all branches but one instead of joining them."""
    seen: set[int] = set()
    joined: Counter[int] = Counter()
    for step in subject.steps:
        for way in step.exits:
            if way.target in seen:
                joined[way.target] += 1
            elif way.target is not None:
                seen.add(way.target)
    for index, more in joined.items():
        step = subject.flow.steps[index]
        says = f"{more + 1} exits lead to this {step.kind}, and the API may refuse to create a join"
        yield Finding(at(step), f"{says}; write end in all branches but one, or joins: duplicate in the flow")


@rule("F448", "warning", "contract: actions may be empty, and the entry null")
def flow_without_steps(subject: Subject) -> Iterator[Finding]:
    """Let a flow do something."""
    if not subject.flow.steps:
        yield Finding(
            ("steps",), "a flow without steps does nothing; write its first one, such as send-email:"
        )
