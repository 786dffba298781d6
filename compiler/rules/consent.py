"""Rules on consent to text messages."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Any

from compiler.kinds import api_name
from compiler.model import Step
from compiler.rules.base import Finding, Subject, rule
from compiler.rules.reading import items, part

CONSENT_METRIC = re.compile(
    r"(subscribed|consented|opted in).*\b(sms|text)|\b(sms|text)\b.*(subscribed|consented|opted in)"
)


@rule("F421", "error", "FACTS F21: Klaviyo help 360040039971, a number is no consent")
def sms_without_consent_gate(subject: Subject) -> Iterator[Finding]:
    """Send marketing texts only to people who agreed to them."""
    texts = [
        message for message in subject.messages if message.channel == "sms" and not message.transactional
    ]
    if (
        not texts
        or _asks_consent(part(subject.definition, "profile_filter"))
        or CONSENT_METRIC.search(subject.trigger_metric)
    ):
        return
    gated = _gated(subject)
    for message in texts:
        if message.step.index not in gated and not _asks_consent(part(message.content, "additional_filters")):
            condition = "profile-marketing-consent: {channel: sms, can_receive_marketing: true, subscription: subscribed}"
            yield Finding(
                message.at(),
                f"people without consent to SMS reach this; add {condition} to profile_filter, additional_filters or a split above",
            )


def _gated(subject: Subject) -> frozenset[int]:
    """Return the steps that are reached only past a split that asks for consent."""
    open_: set[int | None] = {0}
    for step in subject.steps:
        if step.index in open_:
            closed = _consenting_exits(subject, step)
            open_.update(way.target for way in step.exits if way.role not in closed)
    return frozenset(step.index for step in subject.steps if step.index not in open_)


def _consenting_exits(subject: Subject, step: Step) -> set[str]:
    """Return the exits of a split by which only those leave who agreed."""
    data = part(subject.actions[step.index], "data")
    if step.kind == "conditional-split":
        asked = part(data, "profile_filter")
        return {role for role, asks in (("true", _asks_consent), ("false", _asks_refusal)) if asks(asked)}
    if step.kind == "multi-branch-split":
        return {
            str(n)
            for n, branch in enumerate(items(data, "branches"))
            if _asks_consent(part(branch, "branch_filter"))
        }
    return set()


def _asks_consent(filter_: Mapping[str, Any]) -> bool:
    """Say whether a filter lets only those pass who agreed to text messages."""
    return any(
        held and all(_consent(api) and api["consent"].get("can_receive_marketing") is True for api in held)
        for held in (items(group, "conditions") for group in items(filter_, "condition_groups"))
    )


def _asks_refusal(filter_: Mapping[str, Any]) -> bool:
    """Say whether a filter is nothing but the question whether somebody may not be texted."""
    groups = [items(group, "conditions") for group in items(filter_, "condition_groups")]
    return len(groups) == 1 and any(
        _consent(api) and api["consent"].get("can_receive_marketing") is False for api in groups[0]
    )


def _consent(api: Any) -> bool:
    return (
        isinstance(api, Mapping)
        and api.get("type") == "profile-marketing-consent"
        and part(api, "consent").get("channel") == "sms"
    )


@rule("F422", "warning", "FACTS F22: Klaviyo help 4408737146651")
def sms_without_quiet_hours(subject: Subject) -> Iterator[Finding]:
    """Keep quiet hours on for marketing texts."""
    field = api_name(subject.revision, "send-sms", "sms_quiet_hours_enabled", "sms_quiet_hours_enabled")
    for message in subject.messages:
        if message.channel == "sms" and not message.transactional and message.content.get(field) is False:
            path = message.at("sms_quiet_hours_enabled")
            yield Finding(path, "a marketing text may arrive at night; delete sms_quiet_hours_enabled: false")
