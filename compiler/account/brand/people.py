"""The brand's people and what they did: profiles and events, drawn from a seeded generator."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from itertools import pairwise
from random import Random
from typing import Any

from compiler.account.brand.catalog import PRODUCTS
from compiler.account.routes.people import never_subscribed

FIRST = (
    *("Ada", "Ben", "Cleo", "Dara", "Eli", "Fay", "Gus", "Hana", "Ivo", "June", "Kit", "Lena", "Milo"),
    *("Nora", "Otis", "Pia", "Quin", "Rosa", "Sam", "Tess", "Uma", "Vik", "Wren", "Xena", "Yara", "Zev"),
)
LAST = (
    *("Abbot", "Birch", "Cole", "Drake", "Ellis", "Frost", "Grant", "Hale", "Irwin", "Joyce", "Keane"),
    *("Lowe", "Marsh", "North", "Oakes", "Park", "Quill", "Reed", "Stone", "Thorne", "Usher", "Vale", "West"),
)
PLACES = (
    ("United States", "New York", "10001", "America/New_York", 40),
    ("United States", "California", "94103", "America/Los_Angeles", 25),
    ("United States", "Texas", "73301", "America/Chicago", 12),
    ("Germany", "Berlin", "10115", "Europe/Berlin", 8),
    ("France", "Paris", "75001", "Europe/Paris", 5),
    ("United Kingdom", "London", "EC1A", "Europe/London", 7),
    ("Japan", "Tokyo", "100-0001", "Asia/Tokyo", 3),
)
FAVOURITES = ("green", "oolong", "black", "herbal")
ALPHABET = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
SPAN_DAYS = 760


@dataclass(frozen=True, slots=True)
class Crowd:
    """One sort of customer: its share, how busy it is, when it was last seen (days ago), what it does."""

    share: int
    busyness: int
    seen: tuple[int, int]
    consent: float
    does: Mapping[str, int]


READS = {"Received Email": 40, "Opened Email": 22, "Clicked Email": 6, "Active on Site": 8}
SHOPS = {
    "Viewed Product": 8,
    "Added to Cart": 4,
    "Checkout Started": 3,
    "Placed Order": 3,
    "Ordered Product": 4,
}
AFTER = {"Fulfilled Order": 2, "Confirmed Shipment": 1, "Delivered Shipment": 2, "Left Review": 1}
STORE = {"Placed Order/Harbour Till": 2, "Visited Store": 2, "Earned Points": 2}
RARE = {
    "Cancelled Order": 1,
    "Refunded Order": 1,
    "Subscribed to Back in Stock": 1,
    "Started Subscription": 1,
    "Cancelled Subscription": 1,
    "Finished Tea Quiz": 1,
    "Received SMS": 2,
    "Clicked SMS": 1,
}
CROWDS = (
    Crowd(6, 60, (0, 10), 0.97, READS | SHOPS | AFTER | STORE | RARE | {"Placed Order": 9}),
    Crowd(16, 25, (0, 45), 0.9, READS | SHOPS | AFTER | STORE | RARE),
    Crowd(20, 14, (0, 60), 0.8, READS | {"Viewed Product": 6, "Added to Cart": 2, "Checkout Started": 1}),
    Crowd(14, 16, (60, 150), 0.8, READS | SHOPS | AFTER),
    Crowd(18, 12, (150, 500), 0.7, READS | SHOPS),
    Crowd(16, 9, (0, 30), 0.85, {"Received Email": 20, "Bounced Email": 1}),
    Crowd(10, 2, (0, 20), 0.6, {"Active on Site": 5, "Viewed Product": 3, "Form Submitted": 1}),
)
VALUED = (
    "Placed Order",
    "Placed Order/Harbour Till",
    "Checkout Started",
    "Refunded Order",
    "Cancelled Order",
)
PRODUCT_EVENTS = ("Ordered Product", "Viewed Product", "Added to Cart", "Subscribed to Back in Stock")


@dataclass(frozen=True, slots=True)
class Person:
    """A profile before it is stored, with the crowd that decides what it does."""

    id: str
    crowd: Crowd
    created: datetime
    seen: datetime
    body: dict[str, Any]
    email: str
    phone_number: str | None


def draw_people(random: Random, count: int, now: datetime) -> list[Person]:
    """Return ``count`` people, each with ids and addresses of their own."""
    crowds = random.choices(CROWDS, [crowd.share for crowd in CROWDS], k=count)
    return [_person(random, number, crowd, now) for number, crowd in enumerate(crowds)]


def _person(random: Random, number: int, crowd: Crowd, now: datetime) -> Person:
    seen = now - timedelta(days=random.uniform(*crowd.seen))
    created = max(now - timedelta(days=SPAN_DAYS), seen - timedelta(days=random.uniform(1, 500)))
    first, last = random.choice(FIRST), random.choice(LAST)
    country, region, postcode, zone, _ = random.choices(PLACES, [place[4] for place in PLACES])[0]
    emails = random.random() < crowd.consent
    texts = random.random() < crowd.consent / 3
    properties: dict[str, Any] = {"favourite": random.choice(FAVOURITES)}
    if random.random() < 0.3:
        properties["birthday"] = (
            f"{random.randint(1955, 2004)}-{random.randint(1, 12):02}-{random.randint(1, 28):02}"
        )
    body = {
        "first_name": first,
        "last_name": last,
        "location": {"country": country, "region": region, "zip": postcode, "timezone": zone},
        "properties": properties,
        "subscriptions": subscriptions(
            created, emails=emails, texts=texts, bounced=not emails and number % 3 == 0
        ),
    }
    return Person(
        "01" + "".join(random.choices(ALPHABET, k=24)),
        crowd,
        created,
        seen,
        body,
        f"{first}.{last}.{number}@example.com".lower(),
        f"+1555{number:07}" if texts else None,
    )


def subscriptions(since: datetime, *, emails: bool, texts: bool, bounced: bool) -> dict[str, Any]:
    """Return the subscriptions of a profile that consented (or not) at ``since``."""
    stamp = since.astimezone(UTC).isoformat(timespec="seconds")
    made = never_subscribed()
    marketing = made["email"]["marketing"]
    if emails:
        marketing |= {
            "consent": "SUBSCRIBED",
            "consent_timestamp": stamp,
            "last_updated": stamp,
            "method": "FORM",
        }
        marketing["double_optin"] = True
    elif bounced:
        marketing["can_receive_email_marketing"] = False
        marketing["suppression"] = [{"reason": "HARD_BOUNCE", "timestamp": stamp}]
    if texts:
        made["sms"]["marketing"] |= {
            "can_receive_sms_marketing": True,
            "consent": "SUBSCRIBED",
            "consent_timestamp": stamp,
            "last_updated": stamp,
        }
    return made


@dataclass(frozen=True, slots=True)
class Deed:
    """One event before it is stored; ``what`` names the metric, ``at`` is in epoch seconds."""

    what: str
    who: str
    at: int
    value: float | None
    properties: str


def draw_deeds(random: Random, people: list[Person], count: int) -> Iterator[Deed]:
    """Yield ``count`` events of ``people``, the busy ones oftener, between their first and last day."""
    doers = random.choices(people, [person.crowd.busyness for person in people], k=count)
    choices = {id(crowd): (list(crowd.does), list(crowd.does.values())) for crowd in CROWDS}
    items = [
        json.dumps({"ProductName": name, "Category": kind, "Price": price}) for name, kind, price in PRODUCTS
    ]
    for person in doers:
        names, weights = choices[id(person.crowd)]
        what = random.choices(names, weights)[0]
        at = random.uniform(person.created.timestamp(), person.seen.timestamp())
        value = round(random.lognormvariate(3.6, 0.5), 2) if what in VALUED else None
        properties = random.choice(items) if what in PRODUCT_EVENTS else "{}"
        yield Deed(what, person.id, int(at), value, properties)


def predictions(orders: list[tuple[int, float]], now: datetime) -> dict[str, Any]:
    """Return predictive analytics that fit a profile's orders, as (epoch second, value); the last key is a time.

    The figures follow simple rules: they are believable, not a forecast.
    """
    total = sum(value for _, value in orders)
    moments = sorted(at for at, _ in orders)
    gaps = [(later - sooner) / 86_400 for sooner, later in pairwise(moments)]
    pace = sum(gaps) / len(gaps) if gaps else 180.0
    silence = (now.timestamp() - moments[-1]) / 86_400
    churn = round(min(0.98, 0.1 + silence / (4 * max(pace, 20.0))), 3)
    ahead = round(365 / max(pace, 30.0) * (1 - churn), 2)
    average = total / len(orders)
    due = datetime.fromtimestamp(moments[-1], UTC) + timedelta(days=pace)
    return {
        "historic_clv": round(total, 2),
        "predicted_clv": round(ahead * average, 2),
        "total_clv": round(total + ahead * average, 2),
        "historic_number_of_orders": len(orders),
        "predicted_number_of_orders": ahead,
        "average_days_between_orders": round(pace, 1),
        "average_order_value": round(average, 2),
        "churn_probability": churn,
        "expected_date_of_next_order": due.isoformat(timespec="seconds"),
    }
