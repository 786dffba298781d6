"""Rules on flows of a known purpose, recognised by the names of their trigger and of themselves.

Ids without names say nothing about a purpose; then these rules are silent.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from compiler.rules.base import Finding, Subject, rule
from compiler.rules.reading import is_zero, metric_name, name_of

CHECKOUT = ("checkout started", "started checkout")
CART = ("added to cart", "add to cart")
BROWSE = ("viewed product", "viewed item")
ORDERED = ("placed order", "order", "purchase")
WINBACK = re.compile(r"win.?back", re.IGNORECASE)
SUNSET = re.compile(r"\bsunset", re.IGNORECASE)
UNENGAGED = re.compile(
    r"unengaged|not engaged|inactive|lapsed|dormant|never (opened|clicked)|sunset", re.IGNORECASE
)
MOST_EMAILS = 3


@rule("F417", "warning", "FACTS F17: Klaviyo help 12278373016603, 115002775192, 360017518492")
def goal_reached_and_still_written_to(subject: Subject) -> Iterator[Finding]:
    """Stop writing to people who did what the flow asks for."""
    purpose = _purpose(subject)
    if purpose is None or not subject.messages:
        return
    ruled_out = [
        metric_name(c.api.get("metric_id"))
        for c in subject.conditions
        if c.api.get("type") == "profile-metric" and is_zero(c.api)
    ]
    if "" in ruled_out:
        return
    what, wanted = purpose
    for metric, words in wanted:
        if not any(word in name for name in ruled_out for word in words):
            line = f"profile-metric: {{metric: {metric}, count: 0, timeframe: flow-start}}"
            yield Finding(
                ("trigger",),
                f"{what} flow still writes to people after {metric}; add {line} to profile_filter",
            )


def _purpose(subject: Subject) -> tuple[str, tuple[tuple[str, tuple[str, ...]], ...]] | None:
    """Return what a flow is for, and the metrics that end it with words in their names."""
    metric, bought = subject.trigger_metric, ("Placed Order", ORDERED)
    if metric in CHECKOUT or metric in CART:
        return "this abandonment", (bought,)
    if metric in BROWSE:
        return "this browse abandonment", (("Checkout Started", ("checkout",)), bought)
    if _is_sunset(subject):
        return "this sunset", (("Clicked Email", ("click", "open")),)
    if WINBACK.search(subject.flow.name) and (
        any(word in metric for word in ORDERED) or subject.trigger.get("type") == "segment"
    ):
        return "this winback", (bought,)
    return None


def _is_sunset(subject: Subject) -> bool:
    return bool(SUNSET.search(subject.flow.name))


def _most_emails(subject: Subject) -> int:
    """Return how many emails the longest way through the flow sends."""
    most: dict[int | None, int] = {}
    best = 0
    for step in subject.steps:
        count = most.get(step.index, 0)
        message = subject.sending.get(step.index)
        count += message is not None and message.channel == "email"
        best = max(best, count)
        for way in step.exits:
            most[way.target] = max(most.get(way.target, 0), count)
    return best


@rule("F430", "warning", "FACTS F30: Klaviyo help 360003040052")
def segment_that_the_flow_itself_empties(subject: Subject) -> Iterator[Finding]:
    """Trigger by a segment that the flow itself does not empty."""
    trigger = subject.trigger
    if trigger.get("type") != "segment" or not subject.delays:
        return
    name = name_of("segment", str(trigger.get("id"))) or ""
    if UNENGAGED.search(name) and subject.messages:
        says = f'whoever leaves "{name}" on the way gets no further message, and present members do not enter'
        yield Finding(
            ("trigger",),
            f"{says}; trigger by a metric or a date, or allow this with the reason why it is meant",
        )


@rule("F437", "info", "FACTS F37: Klaviyo help 360017518492")
def sunset_without_its_end(subject: Subject) -> Iterator[Finding]:
    """End a sunset flow after three emails with a property of the profile."""
    if not _is_sunset(subject) or not subject.messages:
        return
    count = _most_emails(subject)
    if count > MOST_EMAILS:
        yield Finding(("steps",), f"{count} emails to people who read none; {MOST_EMAILS} are enough")
    if not any(step.kind == "update-profile" for step in subject.steps):
        yield Finding(
            ("steps",),
            "no step suppresses a profile; end with update-profile, and leave its property out of campaigns by a segment",
        )


@rule("F438", "info", "FACTS F38: Klaviyo help 115002775192")
def winback_that_does_not_let_go(subject: Subject) -> Iterator[Finding]:
    """Send three winback emails at most."""
    if WINBACK.search(subject.flow.name) and (count := _most_emails(subject)) > MOST_EMAILS:
        yield Finding(("steps",), f"{count} emails to people who stopped buying; {MOST_EMAILS} are enough")
