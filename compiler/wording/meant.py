"""Words of other tools for what this language has under another name."""

from __future__ import annotations

from typing import Final

STEPS: Final = {
    word: kind
    for kind, words in {
        "time-delay": "delay wait sleep pause timer wait-for",
        "target-date": "wait-until until",
        "send-email": "email e-mail mail message send-mail",
        "send-sms": "sms text text-message send-text mms",
        "send-mobile-push": "push notification push-notification send-push",
        "send-whatsapp": "whatsapp",
        "send-webhook": "webhook http request call",
        "send-internal-alert": "alert internal-alert notify",
        "conditional-split": "split if condition branch filter yes-no",
        "multi-branch-split": "switch case branches multi-split",
        "update-profile": "update set profile set-property update-property profile-update",
        "list-update": "list add-to-list remove-from-list update-list",
        "ab-test": "test ab a-b-test split-test",
        "content-experiment": "experiment",
    }.items()
    for word in words.split()
}
TRIGGERS: Final = {
    word: kind
    for kind, words in {
        "metric": "event on-event action activity",
        "list": "list-added added-to-list subscribed subscribe",
        "segment": "audience segment-added",
        "date": "birthday anniversary date-property",
        "price-drop": "price",
        "low-inventory": "inventory stock",
    }.items()
    for word in words.split()
}
# A key at the top that tells what a document is.
DOCUMENTS: Final = {"trigger": "flow", "steps": "flow", "definition": "segment", "entries": "catalog"}


def meant(word: str, words: dict[str, str]) -> str:
    """Return ``; did you mean "x"?`` for a word that has another name here, or an empty string."""
    found = words.get(word.lower().replace("_", "-"))
    return f'; did you mean "{found}"?' if found else ""
