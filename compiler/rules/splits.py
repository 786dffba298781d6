"""Rules on splits."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from compiler.model import Step
from compiler.rules.base import ENTRY, Finding, Subject, rule
from compiler.rules.reading import (
    DELAYS,
    FILTERS,
    Condition,
    at,
    counts_since_start,
    is_zero,
    items,
    metric_name,
    part,
)

WITHOUT_EVENT = ("list", "segment")
PROFILE_SPLITS = ("conditional-split", "multi-branch-split")
ABOUT_MESSAGES = re.compile(r"(opened|clicked|received) (email|sms|push|text)")
HOURS = {"minutes": 1 / 60, "hours": 1, "days": 24, "weeks": 168, "months": 720}


@rule("F406", "warning", "FACTS F06; contract: is_else")
def branches_that_clash(subject: Subject) -> Iterator[Finding]:
    """Give a multi-branch split one else branch, and each branch an order of its own."""
    for step in subject.splits:
        if step.kind != "multi-branch-split":
            continue
        listed = items(part(subject.actions[step.index], "data"), "branches")
        branches = [branch for branch in listed if isinstance(branch, Mapping)]
        others = sum(branch.get("is_else") is True for branch in branches)
        if others != 1:
            says = "no else branch" if others == 0 else f"{others} else branches"
            yield Finding(
                at(step, "else"), f"{says}; it has exactly one, so delete else: none and any is_else"
            )
        for key in ("order", "branch_id"):
            yield from _same(step, branches, key)


def _same(step: Step, branches: Sequence[Any], key: str) -> Iterator[Finding]:
    seen: list[Any] = []
    for position, branch in enumerate(branches):
        value = branch.get(key)
        if value is not None and value in seen:
            path = at(step, "branches", position, key)
            yield Finding(path, f"two branches have {key} {value}; delete the line, the position says it")
        seen.append(value)


@rule("F407", "error", "FACTS F07: Klaviyo help 360050334651")
def trigger_split_without_event(subject: Subject) -> Iterator[Finding]:
    """Split on the event only where an event triggers the flow."""
    kind = subject.trigger.get("type")
    if kind not in WITHOUT_EVENT and subject.trigger.get("date_field_type") != "profile-property":
        return
    for step in subject.splits:
        if step.kind == "trigger-split":
            says = f"a flow with a {kind} trigger has no event to split on"
            yield Finding(at(step), f"{says}; use a conditional-split on the profile, or a metric trigger")


@rule("F415", "warning", "FACTS F15: Klaviyo help 360050334651")
def delay_after_the_split_that_decides(subject: Subject) -> Iterator[Finding]:
    """Decide after the delay, right before the message."""
    filtered = [
        condition.api.get("metric_id") for condition in subject.conditions if condition.site == "flow"
    ]
    for condition, step in _deciding(subject):
        delay = _waits_before_message(subject, step, _unsure_exit(condition))
        if delay is not None and condition.api.get("metric_id") not in filtered:
            yield Finding(
                at(delay),
                "a day or more after the split its answer may be stale; put this delay before the split",
            )


def _deciding(subject: Subject) -> Iterator[tuple[Condition, Step]]:
    """Yield the conditions of splits on behaviour since the flow's start, which the triggering event itself is not."""
    for condition in subject.conditions:
        if (
            condition.step is not None
            and condition.site in PROFILE_SPLITS
            and counts_since_start(condition.api)
        ):
            metric = condition.api.get("metric_id")
            if metric != subject.trigger.get("id") and not (
                subject.trigger_metric and metric_name(metric) == subject.trigger_metric
            ):
                yield condition, condition.step


def _unsure_exit(condition: Condition) -> str:
    """Return the exit of those who have not done it yet, and still may; who has done it stays so."""
    if condition.site == "conditional-split":
        return "true" if is_zero(condition.api) else "false"
    return str(condition.keys[1]) if is_zero(condition.api) else "else"


def _waits_before_message(subject: Subject, split: Step, role: str) -> Step | None:
    """Return the first delay after an exit if a day or more of delays leads straight to an unfiltered message."""
    target = next((way.target for way in split.exits if way.role == role), None)
    first, hours = None, 0.0
    while target is not None and subject.flow.steps[target].kind in DELAYS:
        step = subject.flow.steps[target]
        first = first or step
        hours += _hours(part(subject.actions[target], "data"))
        target = step.exits[0].target
    message = subject.sending.get(target) if target is not None else None
    return first if message and hours >= 24 and not message.content.get("additional_filters") else None


def _hours(delay: Any) -> float:
    value = delay.get("value")
    return value * HOURS.get(str(delay.get("unit")), 0) if isinstance(value, int) else 0


@rule("F416", "warning", "FACTS F16: Klaviyo help 360046164352, 360050334651")
def split_before_anything_can_happen(subject: Subject) -> Iterator[Finding]:
    """Ask what happened since the flow's start only after a delay."""
    for condition, step in _deciding(subject):
        before = subject.since_delay[step.index]
        if ENTRY in before:
            yield Finding(
                condition.at(),
                "no time has passed since the flow's start, so nothing can have happened; put a delay before the split",
            )
        elif before and ABOUT_MESSAGES.match(metric_name(condition.api.get("metric_id"))):
            yield Finding(
                condition.at(),
                "nobody can have answered a message sent this moment; put a delay before the split",
            )


@rule("F436", "info", "FACTS F36: one report, two of two splits")
def split_on_value_of_event(subject: Subject) -> Iterator[Finding]:
    """Try out a conditional split that filters events by $value."""
    for condition in subject.conditions:
        if condition.site == "conditional-split" and "$value" in _event_properties(condition):
            says = "splits on $value that the API created took the wrong exit in one report"
            yield Finding(condition.at(), f"{says}; try it with a test profile, or use a trigger-split")


def _event_properties(condition: Condition) -> list[Any]:
    """Return the properties of events that a condition filters by."""
    return [
        each.get("property") for each in items(condition.api, "metric_filters") if isinstance(each, Mapping)
    ]


@rule("F446", "warning", "contract: a split's filter may be null")
def split_that_asks_nothing(subject: Subject) -> Iterator[Finding]:
    """Say in each split who goes which way."""
    for step in subject.splits:
        data = part(subject.actions[step.index], "data")
        if step.kind in FILTERS and not _asks(part(data, FILTERS[step.kind])):
            says = "nothing is asked here, so all take one way; say under if: who takes then"
            yield Finding(at(step, "if"), f"{says}, or delete the split")
        for position, branch in enumerate(items(data, "branches")):
            if isinstance(branch, Mapping) and not (
                branch.get("is_else") or _asks(part(branch, "branch_filter"))
            ):
                says = "nothing is asked here, so nobody can tell who takes this branch; say it under if:"
                yield Finding(at(step, "branches", position), f"{says}, or delete it")


def _asks(filter_: Mapping[str, Any]) -> bool:
    return any(items(group, "conditions") for group in items(filter_, "condition_groups"))
