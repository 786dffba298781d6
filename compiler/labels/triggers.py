"""Triggers of the API in words: ``When someone joins list Newsletter``."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from compiler.labels.conditions import deed
from compiler.labels.filters import Names, clock, listed, named, number, property_name, span


def _date(trigger: Mapping[str, Any], names: Names) -> str:
    del names
    subject = property_name(trigger.get("date_profile_property") or trigger.get("custom_object_label"))
    value, unit = (
        trigger.get("timedelta_value_before_date", 0),
        trigger.get("timedelta_unit_before_date", "days"),
    )
    text = (
        f"On {subject}"
        if value == 0
        else f"{span(abs(value), unit)} {'before' if value > 0 else 'after'} {subject}"
    )
    again = trigger.get("recurrence_frequency")
    hour = clock(trigger, "trigger_time", "trigger_days")
    return ", ".join(part for part in (text, again if again != "never" else "", hour) if part)


def _price_drop(trigger: Mapping[str, Any], names: Names) -> str:
    del names
    unit = (
        "%"
        if trigger.get("price_drop_amount_unit") == "percent"
        else f" {trigger.get('currency_type') or ''}".rstrip()
    )
    how = f"{number(trigger.get('price_drop_amount_value'))}{unit}"
    return f"When a product that they {_audience(trigger)} costs {how} less"


def _low_inventory(trigger: Mapping[str, Any], names: Names) -> str:
    del names
    thing = "variant" if trigger.get("product_level") == "variant" else "product"
    return f"When a {thing} that they {_audience(trigger)} has {trigger.get('inventory_count')} left"


def _audience(trigger: Mapping[str, Any]) -> str:
    said = {
        "viewed": "viewed",
        "checkout-started": "started to check out",
        "added-to-cart": "added to the cart",
    }
    deeds = listed(said.get(each, str(each)) for each in trigger.get("audience") or ("viewed",))
    days = trigger.get("timeframe_days")
    return f"{deeds} in the last {span(days, 'days')}" if days else deeds


TRIGGERS: Mapping[str, Callable[[Mapping[str, Any], Names], str]] = {
    "date": _date,
    "list": lambda trigger, names: f"When someone joins list {named(trigger.get('id'), names)}",
    "low-inventory": _low_inventory,
    "metric": lambda trigger, names: f"When someone has {deed(trigger.get('id'), names)}",
    "price-drop": _price_drop,
    "segment": lambda trigger, names: f"When someone enters segment {named(trigger.get('id'), names)}",
}
