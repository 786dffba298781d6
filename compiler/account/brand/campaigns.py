"""Twenty-five campaigns of the brand: what was sent, what is planned, what lies in the drawer."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from compiler.account.brand.catalog import ORGANISATION, SENDER
from compiler.account.brand.conditions import Names
from compiler.account.view import View

SENT, PLANNED, DRAFT = "Sent", "Scheduled", "Draft"


@dataclass(frozen=True, slots=True)
class Campaign:
    """A campaign: who is included and excluded (names of groups), when it goes (days from now), how."""

    name: str
    channel: str
    status: str
    days: int
    included: tuple[str, ...]
    excluded: tuple[str, ...]


def campaigns() -> Iterator[Campaign]:
    """Yield the campaigns, the oldest first."""
    months = (
        "January",
        "February",
        "March",
        "April",
        "May",
        "June",
        "July",
        "August",
        "September",
        "October",
    )
    for n, month in enumerate(months):
        yield Campaign(
            f"{month} letter",
            "email",
            SENT,
            30 * n - 330,
            ("Newsletter",),
            ("Unengaged 90 days", "Staff and press"),
        )
    for n, tea in enumerate(("Smoked Fern", "Moonlit Oolong", "Cold Brew Pouches", "Winter Spice")):
        yield Campaign(
            f"New: {tea}",
            "email",
            SENT,
            60 * n - 250,
            ("Engaged 90 days",),
            ("Sunset candidates", "Staff and press"),
        )
    yield Campaign(
        "Spring sale", "email", SENT, -200, ("Engaged 180 days", "All customers"), ("Refunded once",)
    )
    yield Campaign("Spring sale, last day", "sms", SENT, -197, ("SMS Subscribers",), ("Bought in 30 days",))
    yield Campaign("Tasting in Boston", "email", SENT, -120, ("Tasting Events", "United States"), ())
    yield Campaign("VIP harvest preview", "email", SENT, -90, ("VIP",), ("Staff and press",))
    yield Campaign("We miss you", "email", SENT, -60, ("Lapsed 120-365 days",), ("Sunset candidates",))
    yield Campaign("Flash restock", "sms", SENT, -20, ("SMS Subscribers", "Waiting for stock"), ())
    yield Campaign("November letter", "email", PLANNED, 3, ("Newsletter",), ("Unengaged 90 days",))
    yield Campaign("Gift guide", "email", PLANNED, 9, ("Engaged 120 days", "Gift Guide Requests"), ())
    yield Campaign("Gift guide by text", "sms", PLANNED, 10, ("SMS Subscribers",), ("Bought in 30 days",))
    yield Campaign("Europe shipping dates", "email", DRAFT, 20, ("Europe",), ())
    yield Campaign("Untitled campaign", "email", DRAFT, 40, ("Newsletter",), ())


def write_campaign(view: View, names: Names, campaign: Campaign, now: datetime) -> None:
    """Store a campaign with its audience and its message; ``now`` is aware, UTC."""
    made, changed, goes = (
        (now + timedelta(days=days)).isoformat(timespec="seconds")
        for days in (min(campaign.days, 0) - 10, min(campaign.days, -5), campaign.days)
    )
    dates = {"created": made, "updated": changed, "created_at": made, "updated_at": changed}
    identifier = view.new_id("campaign")
    view.put("campaign", identifier, _settings(campaign, goes) | dates, parent="")
    ids = {**names.segments, **names.lists}
    audience = {
        "name": campaign.name,
        "included": [ids[name] for name in campaign.included],
        "excluded": [ids[name] for name in campaign.excluded],
        "priority": 1,
    }
    view.put("campaign-audience", view.new_id("campaign-audience"), audience | dates, parent=identifier)
    message = {
        "channel": campaign.channel,
        "label": campaign.name,
        "status": campaign.status.lower(),
        "content": _content(campaign),
        "template": names.templates["Newsletter base"] if campaign.channel == "email" else None,
        "send_times": [{"datetime": goes, "is_local": False}],
    }
    view.put("campaign-message", view.new_id("campaign-message"), message | dates, parent=identifier)


def _settings(campaign: Campaign, goes: str) -> dict[str, Any]:
    planned = campaign.status != DRAFT
    return {
        "name": campaign.name,
        "status": campaign.status,
        "archived": False,
        "send_options": {"use_smart_sending": True},
        "tracking_options": {"add_tracking_params": True, "custom_tracking_params": []},
        "send_strategy": {"method": "static", "datetime": goes, "options": {"is_local": False}},
        "scheduled_at": goes if planned else None,
        "send_time": goes if planned else None,
    }


def _content(campaign: Campaign) -> dict[str, Any]:
    if campaign.channel == "sms":
        return {"body": f"{ORGANISATION}: {campaign.name}. Reply STOP to opt out."}
    return {
        "subject": campaign.name,
        "preview_text": "From the harbour",
        "from_email": SENDER[1],
        "from_label": SENDER[0],
        "reply_to_email": SENDER[1],
        "cc_email": None,
        "bcc_email": None,
    }
