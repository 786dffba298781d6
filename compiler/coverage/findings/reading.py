"""Rules that are hard to read, or that read opens as interest."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, Final

from compiler.coverage.findings.base import Found, rule
from compiler.coverage.places import conditions_of
from compiler.coverage.view import View

HARD, READABLE = 100, 20  # conditions: the account's limit (Klaviyo help 115005062847), and flowc's own
ENGAGED: Final = (
    "clicked_email",
    "active_on_site",
    "viewed_product",
    "added_to_cart",
    "started_checkout",
    "placed_order",
)
ENGAGED_NAMES: Final = ("Clicked Email", "Clicked SMS", "Active on Site", "Form Submitted")


@rule("F725", "over-long", "warning", "FACTS B6: Klaviyo help 115005062847")
def over_long(view: View) -> Iterator[Found]:
    """Find rules of more conditions than a person reads, or than the account takes."""
    for segment in view.facts.segments:
        count = sum(1 for _ in conditions_of(segment.definition))
        if count > HARD:
            yield Found((segment.id,), f"{count} conditions; the account takes {HARD}", level="urgent")
        elif count > READABLE:
            hint = "a list, a property or an `in` filter says it shorter"
            yield Found((segment.id,), f"{count} conditions, where {READABLE} can be read; {hint}")


@rule("F726", "open-only engagement", "warning", "FACTS B6: Klaviyo help on Apple's mail privacy")
def open_only(view: View) -> Iterator[Found]:
    """Find rules that take opens for interest, though mail programs open mail by themselves."""
    opened = view.facts.role_id("opened_email")
    stronger = {view.facts.role_id(role) for role in ENGAGED}
    stronger |= {
        metric.id for metric in view.facts.inventory.snapshot.metrics if metric.name in ENGAGED_NAMES
    }
    for segment in view.facts.segments:
        conditions = [one for one in conditions_of(segment.definition) if one.get("type") == "profile-metric"]
        did = {one.get("metric_id") for one in conditions if _happened(one)}
        opens = [one for one in conditions if one.get("metric_id") == opened and _happened(one)]
        if opened is not None and opens and not did & stronger and not all(map(_by_people, opens)):
            says = "it counts opens and nothing stronger; ask for clicks or visits too, or leave machine opens out"
            yield Found((segment.id,), says, action="refresh")


def _happened(condition: Mapping[str, Any]) -> bool:
    """Say whether a condition asks that something happened at least once."""
    test = condition.get("measurement_filter") or {}
    operator, value = test.get("operator"), test.get("value")
    least = {"greater-than": 0, "greater-than-or-equal": 1, "equals": 1}.get(str(operator))
    return least is not None and isinstance(value, int | float) and value >= least


def _by_people(condition: Mapping[str, Any]) -> bool:
    """Say whether machine opens are left out."""
    return any(
        str(one.get("property", "")).replace(" ", "_").lower() in ("machine_open", "$machine_open")
        and (one.get("filter") or {}).get("value") is False
        for one in condition.get("metric_filters") or ()
    )
