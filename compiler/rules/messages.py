"""Rules on single messages."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator, Mapping
from typing import Any

from compiler.rules.base import ENTRY, Finding, Subject, rule
from compiler.rules.reading import Message, at, items, part

PROMOTION = re.compile(
    r"coupon|discount|\bpromo|\d ?% off|\bsale\b|free shipping|special offer", re.IGNORECASE
)
COUPON = re.compile(r"\{%-?\s*coupon_code\b")
TEXTS = ("subject_line", "preview_text", "title", "body")
NEEDED = {"subject_line": "subject_line", "from_email": "from_email", "template": "template_id"}
ADDRESSES = ("from_email", "reply_to_email", "cc_email", "bcc_email")
NO_ADDRESS = '"{}" is no address; write one such as team@acme.example'
WELCOMES = ("list",)


@rule("F413", "warning", "FACTS F13: Klaviyo help 360017706091")
def messages_at_the_same_moment(subject: Subject) -> Iterator[Finding]:
    """Put a delay between two messages of one channel."""
    for index, message in subject.sending.items():
        for other in sorted(subject.since_delay[index] - {ENTRY, index}):
            if _both_sent(subject, subject.sending[other], message):
                yield Finding(
                    message.at(),
                    f"a second {message.channel} message in the same moment; put a time-delay before it, or filter both",
                )
                break


def _both_sent(subject: Subject, first: Message, second: Message) -> bool:
    """Say whether one person gets both: filters may part them, and a draft in a running flow is skipped."""
    filtered = any(message.content.get("additional_filters") for message in (first, second))
    skipped = subject.flow.status != "draft" and not (first.sends and second.sends)
    return first.channel == second.channel and not filtered and not skipped


@rule("F423", "warning", "FACTS F23: Klaviyo help 115002779311")
def marketing_without_smart_sending(subject: Subject) -> Iterator[Finding]:
    """Keep Smart Sending on for marketing messages."""
    welcome = subject.trigger.get("type") in WELCOMES or "subscribed" in subject.trigger_metric
    for message in subject.messages:
        if message.content.get("smart_sending_enabled") is not False or message.transactional:
            continue
        if not (welcome and message.step.index not in subject.after_message):
            path = message.at("smart_sending_enabled")
            yield Finding(
                path,
                "a marketing message without Smart Sending may be one too many; delete smart_sending_enabled: false",
            )


@rule("F424", "warning", "FACTS F24: Klaviyo help 360003165732")
def transactional_that_is_marketing(subject: Subject) -> Iterator[Finding]:
    """Mark only what the person's own act asks for as transactional."""
    for message in subject.messages:
        if message.transactional:
            for reason in _against(subject, message):
                yield Finding(message.at("transactional"), reason)


def _against(subject: Subject, message: Message) -> Iterator[str]:
    kind = subject.trigger.get("type")
    if kind is not None and kind != "metric":
        yield f"a {kind} trigger is no purchase or request of the person's, so this is marketing; delete transactional: true"
    text = " ".join(str(message.content.get(key) or "") for key in TEXTS)
    if PROMOTION.search(text) or COUPON.search(text):
        yield "it promotes something, so it is marketing; delete transactional: true"
    if message.content.get("smart_sending_enabled") is True:
        yield "Smart Sending may hold back what the person needs; write smart_sending_enabled: false beside transactional: true"


@rule("F425", "error", "FACTS F25: skip reasons, Klaviyo help 1260805003210")
def email_that_cannot_be_sent(subject: Subject) -> Iterator[Finding]:
    """Give each email that goes out a subject, a sender and a template."""
    for message in subject.messages:
        if message.channel == "email" and message.sends:
            missing = [name for name, field in NEEDED.items() if not _said(message.content.get(field))]
            if missing:
                yield Finding(
                    message.at(),
                    f"a {message.status} email needs {' and '.join(missing)}; add it, or write status: draft",
                )


def _said(value: Any) -> bool:
    return bool(value.strip() if isinstance(value, str) else value)


@rule("F449", "warning", "FACTS F25: skip reasons, Klaviyo help 1260805003210")
def address_that_is_none(subject: Subject) -> Iterator[Finding]:
    """Write addresses where mail comes from or goes to."""
    for message in subject.messages:
        if message.channel == "email":
            for key in ADDRESSES:
                if _is_no_address(message.content.get(key)):
                    yield Finding(message.at(key), NO_ADDRESS.format(message.content[key]))
    for step in subject.steps:
        if step.kind == "send-internal-alert":
            alert = part(part(subject.actions[step.index], "data"), "message")
            said: dict[tuple[Any, ...], Any] = {("from_email",): alert.get("from_email")}
            said |= {("to_emails", position): one for position, one in enumerate(items(alert, "to_emails"))}
            for keys, one in said.items():
                if _is_no_address(one):
                    yield Finding(at(step, *keys), NO_ADDRESS.format(one))


def _is_no_address(said: Any) -> bool:
    """Say whether a text is no address, and holds no tag that may become one."""
    return isinstance(said, str) and "@" not in said and "{{" not in said and "{%" not in said and said != ""


@rule("F432", "warning", "FACTS F32: Klaviyo help 115005247808")
def tracking_that_contradicts_itself(subject: Subject) -> Iterator[Finding]:
    """Say tracking parameters once, and alike in the whole flow."""
    usual = any(message.content.get("add_tracking_params") is True for message in subject.messages)
    for message in subject.messages:
        content = message.content
        off = content.get("add_tracking_params") is False
        if content.get("custom_tracking_params"):
            yield from _own_parameters(message, off=off)
        elif off and usual:
            says = "other messages of this flow have tracking parameters, this one has not"
            yield Finding(message.at(), f"{says}; write add_tracking_params: true")
        if content.get("add_tracking_params") is True and "utm_" in str(content.get("body", "")):
            says = "a link holds utm_ parameters and add_tracking_params adds them again"
            yield Finding(message.at("body"), f"{says}; delete one of them")


def _own_parameters(message: Message, *, off: bool) -> Iterator[Finding]:
    path = message.at("custom_tracking_params")
    listed = items(message.content, "custom_tracking_params")
    names = Counter(str(each.get("param")) for each in listed if isinstance(each, Mapping))
    for name, count in names.items():
        if count > 1:
            yield Finding(path, f"the parameter {name} stands {count} times; keep one")
    if off:
        yield Finding(path, "without add_tracking_params: true these have no effect; add it or delete them")


@rule("F433", "warning", "FACTS F33: Klaviyo community 3618, seed 000")
def coupon_code_that_comes_again(subject: Subject) -> Iterator[Finding]:
    """Let nobody enter a flow with unique coupons twice."""
    reentry = subject.definition.get("reentry_criteria")
    usual = subject.trigger.get("type") in ("list", "segment")
    if (reentry is None and usual) or reentry == {"duration": 1, "unit": "alltime"}:
        return
    for message in subject.messages:
        texts = {key: message.content.get(key) for key in TEXTS}
        texts |= {"template": subject.template_text(message.content)}
        for key, text in texts.items():
            if isinstance(text, str) and "coupon_code" in text and COUPON.search(text):
                says = "who enters again gets the same code unless it expires, and past profiles cannot be added to this flow"
                yield Finding(message.at(key), f"{says}; write reentry: never, or use a static code")
