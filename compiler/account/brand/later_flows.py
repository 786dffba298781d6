"""The brand's flows for those who went quiet, for stock, and for occasions."""

from __future__ import annotations

from compiler.account.brand.conditions import SINCE_START, Names, did, groups, has, last, never
from compiler.account.brand.steps import (
    Flows,
    branches,
    email,
    flow,
    metric_trigger,
    not_bought,
    note,
    split,
    wait,
)


def lapsed(names: Names) -> Flows:
    """Yield the flows for those who stopped buying or reading."""
    yield (
        "Customer Winback",
        flow(
            metric_trigger(names, "Placed Order"),
            [
                wait("days", 120),
                email(names, "Winback 1", "It has been a while"),
                wait("days", 14),
                email(names, "Winback 2", "Come back for this"),
                wait("days", 21),
                email(names, "Winback 3", "Shall we stop writing?"),
            ],
            not_bought(names),
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
            metric_trigger(names, "Cancelled Subscription"),
            [wait("hours", 12), email(names, "Subscription goodbye", "Sorry to see you go")],
            groups(has("properties['club']", "boolean", "equals", value=True)),
        ),
    )


def stock(names: Names) -> Flows:
    """Yield the flows for things that come back, or cost less."""
    yield (
        "Back in Stock",
        flow(
            metric_trigger(names, "Subscribed to Back in Stock"),
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
            groups(never(names.metrics["Placed Order"], last(30))),
            30,
        ),
    )


def occasions(names: Names) -> Flows:
    """Yield the flows for birthdays, good customers and quizzes."""
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
            groups(has("properties['club']", "boolean", "equals", value=True)),
        ),
    )
    yield (
        "Quiz Results",
        flow(
            metric_trigger(names, "Finished Tea Quiz"),
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
