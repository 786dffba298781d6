"""Twenty live flows of the brand: this module has those around visits and orders."""

from __future__ import annotations

from compiler.account.brand.conditions import SINCE_START, Names, did, groups, last, may_text, never
from compiler.account.brand.later_flows import lapsed, occasions, stock
from compiler.account.brand.steps import (
    Flows,
    email,
    flow,
    metric_trigger,
    not_bought,
    note,
    sms,
    split,
    trigger_split,
    wait,
)


def flows(names: Names) -> Flows:
    """Yield (name, definition as created) of every flow."""
    yield from _welcome(names)
    yield from _abandoned(names)
    yield from _after_purchase(names)
    yield from lapsed(names)
    yield from stock(names)
    yield from occasions(names)


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
            groups(may_text()),
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
            metric_trigger(names, "Checkout Started"),
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
            not_bought(names),
            7,
        ),
    )
    yield (
        "Abandoned Cart",
        flow(
            metric_trigger(names, "Added to Cart"),
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
            metric_trigger(names, "Viewed Product"),
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
            metric_trigger(names, "Active on Site"),
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
            metric_trigger(names, "Placed Order"),
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
            metric_trigger(names, "Delivered Shipment"),
            [wait("days", 14, "09:30"), email(names, "Review request", "How was it?")],
            groups(never(names.metrics["Left Review"], last(30))),
            60,
        ),
    )
    yield (
        "Replenishment",
        flow(
            metric_trigger(names, "Ordered Product"),
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
            metric_trigger(names, "Fulfilled Order"),
            [wait("days", 21), email(names, "Cross-sell ware", "A pot for that")],
            groups(did(order, "less-than", 4)),
            90,
        ),
    )
    yield (
        "Till Thank-you",
        flow(
            metric_trigger(names, "Placed Order/Harbour Till"),
            [wait("minutes", 30), email(names, "Thanks again", "Good to see you in the shop")],
            None,
            30,
        ),
    )
