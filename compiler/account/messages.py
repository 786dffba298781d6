"""The messages inside actions: their channels, their fields with the values that the server fills in."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from compiler.account.graph import Action


@dataclass(frozen=True, slots=True)
class Channel:
    """How the messages of one kind of action read: the name of unnamed ones, the fields in their order."""

    name: str
    unnamed: str
    defaults: Mapping[str, Any]


CHANNELS: Mapping[str, Channel] = {
    "send-email": Channel(
        "email",
        "Email",
        {
            "from_email": None,
            "from_label": None,
            "reply_to_email": None,
            "cc_email": None,
            "bcc_email": None,
            "subject_line": "",
            "preview_text": "",
            "template_id": None,
            "smart_sending_enabled": True,
            "transactional": False,
            "add_tracking_params": False,
            "custom_tracking_params": None,
            "additional_filters": None,
        },
    ),
    "send-sms": Channel(
        "sms",
        "Text message",
        {
            "body": "",
            "image_id": None,
            "dynamic_image": None,
            "shorten_links": True,
            "include_contact_card": False,
            "add_org_prefix": True,
            "add_info_link": True,
            "add_opt_out_language": False,
            "smart_sending_enabled": True,
            "sms_quiet_hours_enabled": True,
            "transactional": False,
            "add_tracking_params": False,
            "custom_tracking_params": None,
            "template_id": None,
            "additional_filters": None,
        },
    ),
    "send-mobile-push": Channel(
        "push",
        "Push notification",
        {"title": None, "body": "", "sound": False, "badge": False, "on_open": "home"}
        | {"smart_sending_enabled": True, "additional_filters": None},
    ),
    "send-whatsapp": Channel(
        "whatsapp",
        "WhatsApp message",
        {"vendor_id": None, "smart_sending_enabled": True, "transactional": False}
        | {"add_tracking_params": False, "additional_filters": None},
    ),
    "send-internal-alert": Channel(
        "email",
        "Internal alert",
        {"from_email": None, "from_label": None, "to_emails": [], "subject_line": "", "template_id": None},
    ),
    "send-webhook": Channel("webhook", "Webhook", {"url": None, "headers": None, "body": None}),
}
"""By kind of action (contract: FlowEmail, FlowSms, FlowPushNotification, FlowWhatsApp, ..., their defaults)."""

EXPERIMENTS = ("ab-test", "content-experiment")
STATUSES = ("draft", "manual", "live", "disabled")


def senders(action: Action) -> Iterator[Action]:
    """Yield the actions that send: ``action`` itself, or an experiment's main action and its variations."""
    if action["type"] in CHANNELS:
        yield action
    elif action["type"] in EXPERIMENTS:
        data = action.get("data") or {}
        experiment = data.get("current_experiment") or {}
        yield from (child for child in [data.get("main_action"), *experiment.get("variations", [])] if child)


def messages(action: Action) -> Iterator[tuple[str, dict[str, Any]]]:
    """Yield (kind of the sending action, message) for every message of ``action``."""
    for sender in senders(action):
        message = (sender.get("data") or {}).get("message")
        if message is not None:
            yield sender["type"], message


def set_status(action: Action, status: str, stamp: str) -> None:
    """Set the status of an action where its kind has one; an experiment starts at ``stamp`` when it goes live."""
    data = action.get("data") or {}
    if action["type"] in EXPERIMENTS:
        data["status"] = status
        experiment = data.get("current_experiment")
        if experiment is not None and data.get("experiment_status") != "completed":
            data["experiment_status"] = "live" if status == "live" else "draft"
            if status == "live":
                experiment["started"] = experiment.get("started") or stamp
        for sender in senders(action):
            set_status(sender, status, stamp)
    elif "status" in data:
        data["status"] = status


def status_of(action: Mapping[str, Any]) -> str | None:
    """Return an action's status, or ``None`` where its kind has none."""
    return (action.get("data") or {}).get("status")


def highest_status(statuses: list[str]) -> str:
    """Return the status of a flow whose actions have ``statuses``: live over manual over draft."""
    return max(
        (status for status in statuses if status != "disabled"),
        key=("draft", "manual", "live").index,
        default="draft",
    )
