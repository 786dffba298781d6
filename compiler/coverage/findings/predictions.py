"""Predictive conditions in an account that has not the data for predictions."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta

from compiler.coverage.findings.base import Found, rule
from compiler.coverage.matching import segment_name
from compiler.coverage.places import conditions_of
from compiler.coverage.view import BUYERS, View
from compiler.logic.library import Proof

PEOPLE, HISTORY, LATELY = (
    500,
    180,
    30,
)  # customers, days of orders, days with an order (FACTS B2; another page: 90)


@dataclass(frozen=True, slots=True)
class Orders:
    """What is known of an account's buyers: at least and at most how many in a year, days of history, lately any."""

    least: int
    most: int | None
    history: int
    lately: bool


def orders_of(view: View) -> Orders | None:
    """Return what volumes and segments show of the account's buyers; None without a metric of orders."""
    order = view.facts.role_id("placed_order")
    volume = view.facts.inventory.volumes.get(order or "")
    if order is None or volume is None:
        return None
    first = next((start for start, count in zip(volume.starts, volume.counts, strict=True) if count), None)
    history = (view.facts.at - datetime.fromisoformat(first)).days if first else 0
    lately = volume.since(view.facts.at - timedelta(days=LATELY)) > 0
    beyond = bool(volume.counts and volume.counts[0])  # orders reach back beyond the year that was read
    least, most = _bounds(view)
    known = [] if beyond else [int(sum(volume.people))]
    return Orders(
        max([int(max(volume.people, default=0)), *least]), min([*known, *most], default=None), history, lately
    )


def _bounds(view: View) -> tuple[list[int], list[int]]:
    """Return the members of segments that hold buyers only, and of those that hold all buyers, as the logic proves."""
    least, most = [], []
    for segment in view.readable():
        figures, name = view.facts.figures(segment), segment_name(segment.id)
        if figures is not None and isinstance(view.library.in_first_only(name, BUYERS), Proof):
            least.append(figures.total)
        if figures is not None and isinstance(view.library.in_first_only(BUYERS, name), Proof):
            most.append(figures.total)
    return least, most


@rule("F727", "predictive without data", "warning", "FACTS B2: Klaviyo help 360020919731")
def predictive_without_data(view: View) -> Iterator[Found]:
    """Find predictions that the account has not the orders for."""
    segments = [
        segment for segment in view.facts.segments if any(map(_predictive, conditions_of(segment.definition)))
    ]
    lacking = lacking_for_predictions(view) if segments else ""
    if lacking:
        for segment in segments:
            yield Found((segment.id,), lacking, "medium")


def _predictive(condition: object) -> bool:
    return isinstance(condition, dict) and condition.get("type") == "profile-predictive-analytics"


def lacking_for_predictions(view: View) -> str:
    """Say what an account lacks for predictions; empty where nothing shows that it lacks anything."""
    orders = orders_of(view)
    if orders is None:
        return (
            "no metric of orders was found, and predictions need orders"
            if not view.facts.role_id("placed_order")
            else ""
        )
    reasons = []
    if orders.most is not None and orders.most < PEOPLE:
        reasons.append(f"at most {orders.most} people ordered, and predictions need {PEOPLE}")
    if orders.history < HISTORY:
        reasons.append(f"orders reach back {orders.history} days, and predictions need {HISTORY}")
    if not orders.lately:
        reasons.append(f"no order in {LATELY} days (another page of Klaviyo's says 90)")
    return "; ".join(reasons)
