"""Read what is said of a channel, consent or permission, as states and filters of the fields kept with them.

Raises Unread, KeyError or TypeError for a shape that the contract does not know.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from compiler.logic.model import CONSENT_STATES, PERMISSION_STATES, Clause, Filter, Filters, Status, Subject
from compiler.logic.read_filters import Unread, ordered, read_filter


def read_consent(raw: Mapping[str, Any]) -> list[Clause]:
    """Read a consent: a channel, whether it can receive, a subscription, filters of its fields."""
    consent = raw["consent"]
    can = "can" if consent["can_receive_marketing"] else "cannot"
    plain = (
        consent.get("consent_status") is None and consent["channel"] == "push"
    )  # which has no subscriptions
    status = {"subscription": "any"} if plain else consent["consent_status"]
    subscription = status["subscription"]
    wanted = {f"{can} {subscription}"} if subscription != "any" else set()
    states = sorted(
        state
        for state in CONSENT_STATES[consent["channel"]]
        if state in wanted or (subscription == "any" and state.split()[0] == can)
    )
    if subscription not in SUBSCRIPTIONS:
        raise Unread
    filters = _fields(status.get("filters"))
    return [(Status(Subject("consent", consent["channel"]), tuple(states), filters),)]


SUBSCRIPTIONS = frozenset({"any", "subscribed", "unsubscribed", "never_subscribed"})


def read_permission(raw: Mapping[str, Any]) -> list[Clause]:
    """Read a WhatsApp permission: its one or two states and filters of its fields."""
    permission = raw["permission"]
    reachable = permission["reachable_status"]
    states: tuple[str, ...] = (reachable,)
    if reachable.startswith("implicitly_or_explicitly_"):
        end = reachable.removeprefix("implicitly_or_explicitly_")
        states = (f"explicitly_{end}", f"implicitly_{end}")
    if not set(states) <= set(PERMISSION_STATES):
        raise Unread
    return [(Status(Subject("permission", raw["channel"]), states, _fields(permission.get("filters"))),)]


def _fields(raw: Any) -> Filters:
    """Read the filters of a consent; a method with a detail is two fields."""
    found: set[tuple[str, Filter]] = set()
    for item in raw or ():
        if "method" in item:
            found.add((item["field"], Filter("text", "in", (str(item["method"]),))))
            if item.get("filter"):
                found.add((f"{item['field']} detail", read_filter(item["filter"])))
        else:
            found.add((item["field"], read_filter(item["filter"], past=True)))
    return ordered(found)
