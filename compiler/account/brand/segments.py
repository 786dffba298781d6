"""Sixty segments as a brand collects them over the years: useful ones, old ones, near-duplicates, broken ones."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

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
from compiler.account.brand.people import FIRST, LAST

FOREVER = 10 * 365 * 86_400.0  # seconds that a stuck segment processes


@dataclass(frozen=True, slots=True)
class Kept:
    """A segment as the account keeps it.

    ``touched`` is how many days ago somebody changed it (None: long ago). ``busy`` ones never finish processing,
    ``still`` ones have members who joined long ago and nobody since.
    """

    name: str
    definition: dict[str, Any]
    active: bool = True
    starred: bool = False
    touched: int | None = None
    busy: bool = False
    still: bool = False

    def body(self, now: datetime, made: float, touched: float) -> dict[str, Any]:
        """Return what is stored of it; ``made`` and ``touched`` are days ago."""
        created, updated = (
            (now - timedelta(days=days)).isoformat(timespec="seconds") for days in (made, touched)
        )
        body = {
            "definition": self.definition,
            "is_active": self.active,
            "is_starred": self.starred,
            "created": created,
            "updated": updated,
        }
        return body | ({"ready_at": now.timestamp() + FOREVER} if self.busy else {})


Segments = Iterator[Kept]


def segments(names: Names, now: datetime) -> Segments:
    """Yield every segment; names end in "(old)" where the brand forgot them."""
    yield from _engaged(names)
    yield from _buyers(names)
    yield from _intent(names)
    yield from _lapsing(names)
    yield from _people(names)
    yield from _dated(names, now)
    yield from _broken(names)


def _engaged(names: Names) -> Segments:
    metric = names.metrics
    for days in (14, 30, 60, 90, 120, 180, 365):
        yield Kept(f"Engaged {days} days", _reads(names, days))
    yield Kept("Engaged last month", _reads(names, 31))
    opened = did(metric["Opened Email"], within=last(90))
    yield Kept("Openers 90 (old)", groups(opened), active=False)
    yield Kept("Opened in 30 days", groups(did(metric["Opened Email"], within=last(30))))
    yield Kept("Clicked in 30 days", groups(did(metric["Clicked Email"], within=last(30))))
    received = did(metric["Received Email"], "greater-than-or-equal", 3)
    unread = (never(metric["Opened Email"]), never(metric["Clicked Email"]))
    yield Kept("Never engaged", groups(received, *unread))
    quiet = (never(metric["Opened Email"], last(90)), never(metric["Clicked Email"], last(90)))
    yield Kept("Unengaged 90 days", groups(received, *quiet))
    long = (never(metric["Opened Email"], last(180)), never(metric["Active on Site"], last(180)))
    yield Kept("Sunset candidates", groups(did(metric["Received Email"], "greater-than", 4), *long))


def _reads(names: Names, days: int) -> dict[str, Any]:
    opened = did(names.metrics["Opened Email"], within=last(days))
    clicked = did(names.metrics["Clicked Email"], within=last(days))
    return groups([opened, clicked], consents("email"))


def _buyers(names: Names) -> Segments:
    order, till = names.metrics["Placed Order"], names.metrics["Placed Order/Harbour Till"]
    yield Kept("All customers", groups(did(order)))
    yield Kept("First-time buyers", groups(did(order, "equals", 1), did(order, within=last(60))))
    yield Kept("Repeat buyers", groups(did(order, "greater-than-or-equal", 2)))
    yield Kept("Bought twice", groups(did(order, "greater-than", 1)))
    yield Kept("Three orders and more", groups(did(order, "greater-than", 2)))
    spent = groups(did(order, "greater-than", 100, last(365), "sum"))
    yield Kept("VIP", spent, starred=True)
    yield Kept("VIP (old)", spent, active=False)
    yield Kept("Bought in 30 days", groups(did(order, within=last(30))))
    yield Kept("Bought in 90 days", groups(did(order, within=last(90))))
    yield Kept("Bought this quarter", groups(did(order, within=last(92))))
    yield Kept("Bought in store", groups(did(till, within=last(365))), still=True)
    yield Kept("Store and web", groups(did(order), did(till)), busy=True)
    yield Kept("High basket", groups(predicted("average_order_value", "greater-than", 40)))
    yield Kept("Refunded once", groups(did(names.metrics["Refunded Order"])))
    ended = never(names.metrics["Cancelled Subscription"])
    yield Kept("Subscribers to tea", groups(did(names.metrics["Started Subscription"]), ended), busy=True)


def _intent(names: Names) -> Segments:
    metric = names.metrics
    bought = never(metric["Placed Order"], last(14))
    yield Kept("Left checkout 14 days", groups(did(metric["Checkout Started"], within=last(14)), bought))
    yield Kept("Left cart 14 days", groups(did(metric["Added to Cart"], within=last(14)), bought))
    yield Kept("Looked and left", groups(did(metric["Viewed Product"], within=last(14)), bought))
    often = did(metric["Viewed Product"], "greater-than-or-equal", 2, last(14))
    hot = groups([often, did(metric["Checkout Started"], within=last(14))])
    yield Kept("Hot this fortnight", hot, starred=True, touched=352)
    yield Kept("Waiting for stock", groups(did(metric["Subscribed to Back in Stock"], within=last(60))))
    quiz = groups(did(metric["Finished Tea Quiz"]), never(metric["Placed Order"]))
    yield Kept("Quiz done, not bought", quiz, touched=35)


def _lapsing(names: Names) -> Segments:
    order = names.metrics["Placed Order"]
    yield Kept("Lapsing 60-120 days", groups(did(order, within=ago(60, 120)), never(order, last(60))))
    yield Kept("Lapsed 120-365 days", groups(did(order, within=ago(120, 365)), never(order, last(120))))
    yield Kept("Lapsed over a year", groups(did(order), never(order, last(365))))
    yield Kept(
        "At risk by prediction", groups(predicted("churn_probability", "greater-than", 0.7), did(order))
    )
    yield Kept("One order, long ago", groups(did(order, "equals", 1), never(order, last(180))))
    cancelled = did(names.metrics["Cancelled Subscription"], within=last(365))
    yield Kept("Cancelled subscription", groups(cancelled), still=True)


def _people(names: Names) -> Segments:
    yield Kept("Email subscribers", groups(consents("email")))
    yield Kept("New subscribers", groups(consents("email", last(14))))
    new = groups(consents("email", last(30)), never(names.metrics["Placed Order"]))
    yield Kept("New and not bought", new, touched=40)
    yield Kept("SMS subscribers", groups(consents("sms")))
    yield Kept("Email without SMS", groups(consents("email"), unreachable("sms")))
    yield Kept("Tea Club members", groups(member(names.lists["Tea Club"])))
    yield Kept("Staff and press", groups(member(names.lists["Staff"], names.lists["Press and Friends"])))
    yield Kept("Europe", groups(lives_in("european_union")))
    yield Kept("United States", groups(lives_in("united_states")))


def _dated(names: Names, now: datetime) -> Segments:
    """Yield what time has left behind: a holiday two years past, a name, a metric that fell silent."""
    year = now.year - 2
    window = {
        "type": "date",
        "operator": "between-static",
        "start": f"{year}-01-01T00:00:00Z",
        "end": f"{year}-12-02T00:00:00Z",
    }
    order = names.metrics["Placed Order"]
    yield Kept(f"Holiday shoppers {year}", groups(did(order, within=window)))
    yield Kept(f"Reviewers {year - 1}", groups(did(names.metrics["Left Review"])))
    redeemed = did(names.metrics["Redeemed Points"], within=last(180))
    yield Kept("Points redeemed lately", groups(redeemed))


def _broken(names: Names) -> Segments:
    """Yield rules that cannot work: a wrong case, contradictions, everybody, too many conditions."""
    order = names.metrics["Placed Order"]
    yield Kept("Test addresses (old)", groups(has("email", "string", "contains", "+test")), active=False)
    yield Kept("Test addresses", groups(has("email", "string", "contains", "@test.example")))
    yield Kept("Back after a break", groups(did(order, within=last(30)), never(order, last(60))))
    yield Kept("Once and again", groups(did(order, "equals", 1), did(order, "greater-than-or-equal", 2)))
    teas = [has("properties['favourite']", "string", "not-equals", tea) for tea in ("green", "oolong")]
    yield Kept("Neither green nor oolong", groups(teas))
    for letter, people in (("A", FIRST[:8]), ("B", FIRST[8:16])):
        mails = [f"{first}.{family}.".lower() for first in people for family in LAST[:3]]
        yield Kept(
            f"Tasting panel {letter}", groups([has("email", "string", "contains", mail) for mail in mails])
        )
