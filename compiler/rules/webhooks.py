"""Rules on webhooks."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator

from compiler.rules.base import Finding, Subject, rule
from compiler.rules.reading import at, part

TAG = re.compile(r"\{\{.*?\}\}", re.DOTALL)


@rule("F443", "error", "FACTS F43: Klaviyo developer documentation on webhooks")
def webhook_that_cannot_be_delivered(subject: Subject) -> Iterator[Finding]:
    """Post JSON to an https address."""
    for step in subject.steps:
        if step.kind != "send-webhook":
            continue
        message = part(part(subject.actions[step.index], "data"), "message")
        url, body = message.get("url"), message.get("body")
        if isinstance(url, str) and not url.startswith(("https://", "{")):
            yield Finding(at(step, "url"), "a webhook goes to an https address only; write https://...")
        if isinstance(body, str) and body.strip() and not _is_json(body):
            yield Finding(
                at(step, "body"), 'a webhook\'s body is JSON; write one such as {"email": "{{ email }}"}'
            )


def _is_json(body: str) -> bool:
    """Say whether a body is JSON once its tags are filled in; with ``{% %}`` in it only the vendor can tell."""
    if "{%" in body:
        return True
    try:
        json.loads(TAG.sub("0", body))
    except ValueError:
        return False
    return True
