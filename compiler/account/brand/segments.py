"""Sixty segments as a brand collects them over the years: useful ones, old ones, near-duplicates."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from compiler.account.brand.catalog import PRODUCTS
from compiler.account.brand.conditions import (
    Names,
    ago,
    consents,
    did,
    groups,
    has,
    last,
    lives_in,
    member,
    never,
    predicted,
    unreachable,
)

Definitions = Iterator[tuple[str, dict[str, Any]]]


def segments(names: Names) -> Definitions:
    """Yield (name, definition) of every segment; names end in "(old)" where the brand forgot them."""
    yield from _engaged(names)
    yield from _buyers(names)
    yield from _intent(names)
    yield from _lapsing(names)
    yield from _tastes(names)
    yield from _people(names)


def _engaged(names: Names) -> Definitions:
    metric = names.metrics
    for days in (14, 30, 60, 90, 120, 180, 365):
        opened = did(metric["Opened Email"], within=last(days))
        clicked = did(metric["Clicked Email"], within=last(days))
        yield f"Engaged {days} days", groups([opened, clicked], consents("email"))
    opened = did(metric["Opened Email"], within=last(90))
    yield "Openers 90 (old)", groups(opened)
    yield "Clicked in 30 days", groups(did(metric["Clicked Email"], within=last(30)))
    received = did(metric["Received Email"], "greater-than-or-equal", 3)
    yield "Never engaged", groups(received, never(metric["Opened Email"]), never(metric["Clicked Email"]))
    quiet = (never(metric["Opened Email"], last(90)), never(metric["Clicked Email"], last(90)))
    yield "Unengaged 90 days", groups(received, *quiet)
    long = (never(metric["Opened Email"], last(180)), never(metric["Active on Site"], last(180)))
    yield "Sunset candidates", groups(did(metric["Received Email"], "greater-than", 4), *long)


def _buyers(names: Names) -> Definitions:
    order = names.metrics["Placed Order"]
    yield "All customers", groups(did(order))
    yield "First-time buyers", groups(did(order, "equals", 1), did(order, within=last(60)))
    yield "Repeat buyers", groups(did(order, "greater-than-or-equal", 2))
    yield "Three orders and more", groups(did(order, "greater-than", 2))
    yield "VIP", groups(did(order, "greater-than", 300, last(365), "sum"))
    yield "VIP (old)", groups(did(order, "greater-than", 300, last(365), "sum"))
    yield "Big spenders ever", groups(did(order, "greater-than", 500, None, "sum"))
    yield "Bought in 30 days", groups(did(order, within=last(30)))
    yield "Bought in 90 days", groups(did(order, within=last(90)))
    yield "Bought in store", groups(did(names.metrics["Placed Order/Harbour Till"]))
    yield "Store and web", groups(did(order), did(names.metrics["Placed Order/Harbour Till"]))
    yield "High basket", groups(predicted("average_order_value", "greater-than", 60))
    yield "Refunded once", groups(did(names.metrics["Refunded Order"]))
    yield (
        "Subscribers to tea",
        groups(did(names.metrics["Started Subscription"]), never(names.metrics["Cancelled Subscription"])),
    )


def _intent(names: Names) -> Definitions:
    metric = names.metrics
    bought = never(metric["Placed Order"], last(14))
    yield "Left checkout 14 days", groups(did(metric["Checkout Started"], within=last(14)), bought)
    yield "Left cart 14 days", groups(did(metric["Added to Cart"], within=last(14)), bought)
    yield "Looked and left", groups(did(metric["Viewed Product"], within=last(14)), bought)
    often = did(metric["Viewed Product"], "greater-than-or-equal", 3, last(7))
    yield "Hot this week", groups([often, did(metric["Checkout Started"], within=last(7))])
    yield "On site this week", groups(did(metric["Active on Site"], within=last(7)))
    yield "Waiting for stock", groups(did(metric["Subscribed to Back in Stock"], within=last(60)))
    yield "Quiz done, not bought", groups(did(metric["Finished Tea Quiz"]), never(metric["Placed Order"]))


def _lapsing(names: Names) -> Definitions:
    order = names.metrics["Placed Order"]
    yield "Lapsing 60-120 days", groups(did(order, within=ago(60, 120)), never(order, last(60)))
    yield "Lapsed 120-365 days", groups(did(order, within=ago(120, 365)), never(order, last(120)))
    yield "Lapsed over a year", groups(did(order), never(order, last(365)))
    yield "At risk by prediction", groups(predicted("churn_probability", "greater-than", 0.7), did(order))
    yield "One order, long ago", groups(did(order, "equals", 1), never(order, last(180)))
    yield "Cancelled subscription", groups(did(names.metrics["Cancelled Subscription"], within=last(90)))
    yield "Due again", groups(did(order, within=ago(35, 55)), never(order, last(35)))


def _tastes(names: Names) -> Definitions:
    ordered = names.metrics["Ordered Product"]
    for kind in dict.fromkeys(kind for _, kind, _ in PRODUCTS):
        test = {"property": "Category", "filter": {"type": "string", "operator": "equals", "value": kind}}
        yield f"Bought {kind.lower()}", groups(did(ordered, where=[test]))


def _people(names: Names) -> Definitions:
    yield "Email subscribers", groups(consents("email"))
    yield "New subscribers", groups(consents("email", last(14)))
    yield "New and not bought", groups(consents("email", last(30)), never(names.metrics["Placed Order"]))
    yield "SMS subscribers", groups(consents("sms"))
    yield "Email without SMS", groups(consents("email"), unreachable("sms"))
    yield "Not reachable by email", groups(unreachable("email"))
    yield "Tea Club members", groups(member(names.lists["Tea Club"]))
    yield (
        "Newsletter, not Club",
        groups(member(names.lists["Newsletter"]), member(names.lists["Tea Club"], of=False)),
    )
    yield "Staff and press", groups(member(names.lists["Staff"], names.lists["Press and Friends"]))
    yield "Europe", groups(lives_in("european_union"))
    yield "United States", groups(lives_in("united_states"))
    yield "Likes oolong", groups(has("properties['favourite']", "string", "equals", "oolong"))
    yield "Likes green", groups(has("properties['favourite']", "string", "equals", "green"))
    yield "Knows birthday", groups(has("properties['birthday']", "existence", "is-set"))
    yield "Test addresses (old)", groups(has("email", "string", "contains", "+test"))
