"""Rules on who enters a flow, and how often."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from compiler.codecs import references
from compiler.kinds import field_since, has
from compiler.rules.base import Finding, Subject, rule
from compiler.rules.reading import items

FREQUENT = ("viewed product", "viewed item", "active on site", "added to cart")
ONCE_BY_DEFAULT = ("list", "segment")
EXAMPLES = {"list": "Newsletter", "segment": "VIP", "metric": "Placed Order"}
AGAIN = {"duration": 0, "unit": "alltime"}


@rule("F401", "error", "FACTS F01; contract: triggers")
def triggers_other_than_one(subject: Subject) -> Iterator[Finding]:
    """Start a flow by exactly one trigger."""
    written = [key for key in subject.flow.data.get("trigger") or () if key != "raw"]
    if len(written) > 1:
        says = f"two triggers, {written[0]} and {written[1]}; a flow has one"
        yield Finding(("trigger", written[1]), f"{says}, so make a second flow, or delete one")
    elif len(items(subject.definition, "triggers")) != 1:
        yield Finding((), "nothing starts this flow; write its trigger, such as trigger: {list: Newsletter}")


@rule("F447", "warning", "contract: the id of a trigger may be null")
def trigger_of_nothing(subject: Subject) -> Iterator[Finding]:
    """Say which list, segment or metric triggers the flow."""
    kind = subject.trigger.get("type")
    if kind in EXAMPLES and not subject.trigger.get("id"):
        says = f"no {kind} is named, so nobody enters"
        yield Finding(("trigger", kind), f"{says}; write its name, such as {kind}: {EXAMPLES[kind]}")


@rule("F408", "error", "FACTS F08")
def event_filter_on_another_metric(subject: Subject) -> Iterator[Finding]:
    """Filter the triggering event by its own properties only."""
    trigger = subject.trigger
    if trigger.get("type") != "metric":
        return
    for condition in subject.conditions:
        metric = condition.api.get("metric_id")
        if (
            condition.api.get("type") == "metric-property"
            and metric is not None
            and _differ(metric, trigger.get("id"))
        ):
            yield Finding(
                condition.at(),
                "only properties of the event that triggers the flow can be asked here; delete metric",
            )


def _differ(left: Any, right: Any) -> bool:
    """Say whether two metrics differ for certain; an id and a name may mean the same one."""
    named = [
        references.read("metric", metric) if isinstance(metric, str) else {"id": ""}
        for metric in (left, right)
    ]
    known = [{"name": metric} if isinstance(metric, str) else metric for metric in named]
    return any(known[0][key] != known[1][key] for key in known[0].keys() & known[1].keys())


@rule("F418", "warning", "FACTS F18: Klaviyo help 115002779491")
def frequent_event_without_brake(subject: Subject) -> Iterator[Finding]:
    """Put a brake on a flow that an everyday event triggers."""
    if (
        subject.trigger_metric not in FREQUENT
        or subject.definition.get("reentry_criteria", AGAIN) != AGAIN
        or _not_in_flow(subject)
    ):
        return
    for message in subject.messages:
        if message.content.get("smart_sending_enabled") is False and not message.transactional:
            says = f"{subject.trigger_metric} happens often, and neither reentry nor Smart Sending holds this message back"
            yield Finding(
                message.at("smart_sending_enabled"),
                f"{says}; write reentry: 30 days, or delete smart_sending_enabled: false",
            )


def _not_in_flow(subject: Subject) -> bool:
    return any(condition.api.get("type") == "profile-not-in-flow" for condition in subject.conditions)


@rule("F419", "info", "FACTS F19: Klaviyo help 360003040052")
def two_answers_on_reentry(subject: Subject) -> Iterator[Finding]:
    """Say who may enter again in one place, reentry."""
    if "reentry_criteria" not in subject.definition:
        return
    for condition in subject.conditions:
        if condition.api.get("type") == "profile-not-in-flow":
            yield Finding(
                condition.at(), "reentry already says who may come again; delete profile-not-in-flow"
            )


@rule("F420", "info", "FACTS F20: Klaviyo help 360003040052")
def reentry_left_to_the_account(subject: Subject) -> Iterator[Finding]:
    """Say whether people may enter again."""
    if (
        "reentry_criteria" in subject.definition
        or not has(subject.revision, field_since("reentry_criteria"))
        or not subject.trigger
    ):
        return
    if not _not_in_flow(subject):
        kind = subject.trigger.get("type")
        word = "never" if kind in ONCE_BY_DEFAULT else "always"
        yield Finding(
            ("trigger",),
            f"whether people may enter again is left to the default, {word} for a {kind} trigger; write reentry: {word}",
        )
