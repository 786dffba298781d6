"""Twenty-five campaigns of the brand: what was sent, what is planned, what lies in the drawer."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

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
            f"New: {tea}", "email", SENT, 60 * n - 250, ("Engaged 90 days",), ("Sunset candidates",)
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
