"""Twenty live flows of the brand."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from compiler.account.brand.conditions import SINCE_START, Names, did, groups, has, last, never
from compiler.account.brand.steps import (
    branches,
    email,
    flow,
    note,
    sms,
    split,
    trigger_split,
    wait,
)

Flows = Iterator[tuple[str, dict[str, Any]]]


def flows(names: Names) -> Flows:
    """Yield (name, definition as created) of every flow."""
    yield from _welcome(names)
    yield from _abandoned(names)
    yield from _after_purchase(names)
    yield from _lapsed(names)
    yield from _stock(names)
    yield from _occasions(names)


def _metric(names: Names, name: str) -> dict[str, Any]:
    return {"type": "metric", "id": names.metrics[name], "trigger_filter": None}


def _not_bought(names: Names) -> dict[str, Any]:
    return groups(never(names.metrics["Placed Order"], SINCE_START))


def _welcome(names: Names) -> Flows:
    bought = groups(did(names.metrics["Placed Order"], within=SINCE_START))
    yield (
        "Welcome Series",
        flow(
            {"type": "list", "id": names.lists["Newsletter"]},
            [
                email(names, "Welcome 1", "Put the kettle on"),
                wait("days", 2, "10:00"),
                email(names, "Welcome 2", "Where it grows", "Three gardens, two harbours"),
                wait("days", 3, "10:00"),
                split(
                    bought,
                    [email(names, "Brewing guide", "Brew it right")],
                    [email(names, "Welcome 3", "A first cup on us"), note("welcomed", value=True)],
                ),
            ],
        ),
    )
    yield (
        "Welcome by Text",
        flow(
            {"type": "list", "id": names.lists["SMS Subscribers"]},
            [
                sms("Hello", "Fern & Tide: thanks for joining. Show this text in store for a free cup."),
                wait("days", 4),
                sms("Reminder", "Fern & Tide: your free cup is still waiting."),
            ],
        ),
    )
    yield (
        "Tea Club Welcome",
        flow(
            {"type": "list", "id": names.lists["Tea Club"]},
            [email(names, "VIP welcome", "The back room"), note("club", value=True)],
        ),
    )


def _abandoned(names: Names) -> Flows:
    large = groups(
        {
            "type": "metric-property",
            "metric_id": names.metrics["Checkout Started"],
            "field": "$value",
            "filter": {"type": "numeric", "operator": "greater-than", "value": 80},
        }
    )
    yield (
        "Abandoned Checkout",
        flow(
            _metric(names, "Checkout Started"),
            [
                wait("hours", 2),
                email(names, "Checkout 1", "Your tea is waiting"),
                wait("days", 1),
                trigger_split(
                    names.metrics["Checkout Started"],
                    large,
                    [email(names, "Checkout 2", "May we help with your order?")],
                    [email(names, "Checkout 2", "Still thinking it over?")],
                ),
            ],
            _not_bought(names),
            7,
        ),
    )
    yield (
        "Abandoned Cart",
        flow(
            _metric(names, "Added to Cart"),
            [
                wait("hours", 4),
                email(names, "Cart 1", "In your basket"),
                wait("days", 1, "18:00"),
                email(names, "Cart 2", "Last call for your basket"),
            ],
            groups(
                never(names.metrics["Placed Order"], SINCE_START),
                never(names.metrics["Checkout Started"], SINCE_START),
            ),
            7,
        ),
    )
    yield (
        "Browse Abandonment",
        flow(
            _metric(names, "Viewed Product"),
            [
                wait("hours", 6),
                email(names, "Browse 1", "You have good taste"),
                wait("days", 2),
                email(names, "Browse 2", "More like it"),
            ],
            groups(
                never(names.metrics["Placed Order"], SINCE_START),
                never(names.metrics["Added to Cart"], SINCE_START),
            ),
            14,
        ),
    )
    yield (
        "Site Abandonment",
        flow(
            _metric(names, "Active on Site"),
            [wait("hours", 20), email(names, "Site 1", "Nice to see you")],
            groups(
                never(names.metrics["Viewed Product"], SINCE_START),
                never(names.metrics["Placed Order"], last(30)),
            ),
            30,
        ),
    )


def _after_purchase(names: Names) -> Flows:
    order = names.metrics["Placed Order"]
    yield (
        "Post Purchase",
        flow(
            _metric(names, "Placed Order"),
            [
                wait("hours", 1),
                split(
                    groups(did(order, "greater-than", 1)),
                    [email(names, "Thanks again", "Welcome back")],
                    [
                        email(names, "Thanks, first order", "Thank you, truly"),
                        wait("days", 5, "09:00"),
                        email(names, "Brewing guide", "Brew it right"),
                    ],
                ),
            ],
        ),
    )
    yield (
        "Review Request",
        flow(
            _metric(names, "Delivered Shipment"),
            [wait("days", 14, "09:30"), email(names, "Review request", "How was it?")],
            groups(never(names.metrics["Left Review"], last(30))),
            60,
        ),
    )
    yield (
        "Replenishment",
        flow(
            _metric(names, "Ordered Product"),
            [
                wait("days", 40),
                email(names, "Replenish 1", "Running low?"),
                wait("days", 10),
                email(names, "Replenish 2", "The last spoonful"),
            ],
            groups(never(names.metrics["Ordered Product"], SINCE_START)),
            30,
        ),
    )
    yield (
        "Cross-sell Ware",
        flow(
            _metric(names, "Fulfilled Order"),
            [wait("days", 21), email(names, "Cross-sell ware", "A pot for that")],
            groups(did(order, "less-than", 4)),
            90,
        ),
    )
    yield (
        "Till Thank-you",
        flow(
            _metric(names, "Placed Order/Harbour Till"),
            [wait("minutes", 30), email(names, "Thanks again", "Good to see you in the shop")],
            None,
            30,
        ),
    )


def _lapsed(names: Names) -> Flows:
    yield (
        "Customer Winback",
        flow(
            _metric(names, "Placed Order"),
            [
                wait("days", 120),
                email(names, "Winback 1", "It has been a while"),
                wait("days", 14),
                email(names, "Winback 2", "Come back for this"),
                wait("days", 21),
                email(names, "Winback 3", "Shall we stop writing?"),
            ],
            _not_bought(names),
        ),
    )
    yield (
        "Sunset",
        flow(
            {"type": "segment", "id": names.segments["Sunset candidates"]},
            [
                email(names, "Sunset 1", "Still interested?"),
                wait("days", 7),
                split(
                    groups(did(names.metrics["Clicked Email"], within=SINCE_START)),
                    [note("kept", value=True)],
                    [note("sunset", value=True)],
                ),
            ],
        ),
    )
    yield (
        "Subscription Goodbye",
        flow(
            _metric(names, "Cancelled Subscription"),
            [wait("hours", 12), email(names, "Subscription goodbye", "Sorry to see you go")],
        ),
    )


def _stock(names: Names) -> Flows:
    yield (
        "Back in Stock",
        flow(
            _metric(names, "Subscribed to Back in Stock"),
            [
                {"type": "back-in-stock-delay"},
                email(names, "Back in stock", "It is back", smart_sending_enabled=False),
            ],
        ),
    )
    yield (
        "Price Drop",
        flow(
            {
                "type": "price-drop",
                "trigger_filter": None,
                "price_drop_amount_value": 10,
                "price_drop_amount_unit": "percent",
                "audience": ["viewed"],
                "timeframe_days": 30,
                "currency_type": "usd",
            },
            [email(names, "Price drop", "Now a little less")],
            None,
            30,
        ),
    )


def _occasions(names: Names) -> Flows:
    yield (
        "VIP Welcome",
        flow(
            {"type": "segment", "id": names.segments["VIP"]},
            [wait("days", 1, "11:00"), email(names, "VIP welcome", "You are one of the few")],
        ),
    )
    yield (
        "Birthday",
        flow(
            {
                "type": "date",
                "date_field_type": "profile-property",
                "date_profile_property": "properties['birthday']",
                "timedelta_unit_before_date": "days",
                "timedelta_value_before_date": 7,
                "recurrence_frequency": "annually",
                "timezone": "profile",
                "trigger_time": "09:00:00",
                "trigger_days": None,
            },
            [email(names, "Birthday", "Happy birthday")],
        ),
    )
    yield (
        "Quiz Results",
        flow(
            _metric(names, "Finished Tea Quiz"),
            [
                email(names, "Quiz result", "Your kind of tea"),
                wait("days", 2),
                branches(
                    "Favourite",
                    (
                        "Green",
                        groups(has("properties['favourite']", "string", "equals", "green")),
                        [email(names, "Browse 2", "Green, in three ways")],
                    ),
                    (
                        "Oolong",
                        groups(has("properties['favourite']", "string", "equals", "oolong")),
                        [email(names, "Browse 2", "The quiet oolongs")],
                    ),
                    rest=[],
                ),
            ],
        ),
    )
