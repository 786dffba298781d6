"""Metric roles: what an account calls its orders, checkouts and opens.

The account's mapped metrics decide first. Without one, a metric's name does, Klaviyo's own integration before
others for what Klaviyo measures; among several of one name the one with most events lately, and the evidence
says so.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Final

from compiler.live import Thing

OWN: Final = "Klaviyo"


@dataclass(frozen=True, slots=True)
class Role:
    """How a role is found: the mapped metric of the API, else names; ``own`` metrics are Klaviyo's."""

    mapped: str
    names: tuple[str, ...]
    own: bool = False


ROLES: Final[Mapping[str, Role]] = {
    "placed_order": Role("revenue", ("Placed Order", "Order Placed", "Order Completed", "Purchase")),
    "ordered_product": Role("ordered_product", ("Ordered Product", "Purchased Product")),
    "started_checkout": Role("started_checkout", ("Checkout Started", "Started Checkout")),
    "viewed_product": Role("viewed_product", ("Viewed Product", "Viewed Item")),
    "added_to_cart": Role("added_to_cart", ("Added to Cart", "Add to Cart")),
    "refunded": Role("refunded_sales", ("Refunded Order", "Refund Issued")),
    "cancelled": Role("cancelled_sales", ("Cancelled Order", "Canceled Order")),
    "received_email": Role("", ("Received Email",), own=True),
    "opened_email": Role("", ("Opened Email",), own=True),
    "clicked_email": Role("", ("Clicked Email",), own=True),
    "bounced_email": Role("", ("Bounced Email",), own=True),
    "active_on_site": Role("", ("Active on Site",), own=True),
}


@dataclass(frozen=True, slots=True)
class Resolved:
    """The metric that plays a role, and how it was found."""

    role: str
    metric: Thing
    how: str


def resolve_roles(
    metrics: Iterable[Thing], mapped: Mapping[str, str], recent: Mapping[str, float]
) -> dict[str, Resolved]:
    """Return the metric of each role that the account has; ``recent`` is how many events a metric had lately."""
    known = {metric.id: metric for metric in metrics}
    found = {}
    for name, role in ROLES.items():
        resolved = _resolve(name, role, known, mapped, recent)
        if resolved is not None:
            found[name] = resolved
    return found


def _resolve(
    name: str, role: Role, known: Mapping[str, Thing], mapped: Mapping[str, str], recent: Mapping[str, float]
) -> Resolved | None:
    metric = known.get(mapped.get(role.mapped, ""))
    if metric is not None:
        return Resolved(name, metric, f"the account maps {role.mapped} to it")
    for spelling in role.names:
        same = [metric for metric in known.values() if metric.name.casefold() == spelling.casefold()]
        if role.own:
            same = [metric for metric in same if metric.integration == OWN] or same
        if len(same) == 1:
            return Resolved(name, same[0], "by its name")
        if same:
            best = min(same, key=lambda metric: (-recent.get(metric.id, 0.0), metric.id))
            others = f"{len(same)} metrics are called {spelling}"
            return Resolved(name, best, f"{others}; {best.integration or best.id} has most events lately")
    return None
