"""Conditions of the API in words that complete "the person ...": ``has placed an order at least once``."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from compiler.labels.filters import (
    Names,
    amount,
    listed,
    named,
    number,
    predicate,
    property_name,
    times,
    when,
)

Condition = Mapping[str, Any]

# What people do, for the metrics that Klaviyo and its shops' integrations name the same everywhere.
DEEDS = {
    "Active on Site": "been active on the site",
    "Added to Cart": "added to the cart",
    "Bounced Email": "bounced an email",
    "Cancelled Order": "cancelled an order",
    "Checkout Started": "started a checkout",
    "Clicked Email": "clicked an email",
    "Clicked SMS": "clicked an SMS",
    "Fulfilled Order": "had an order fulfilled",
    "Marked Email as Spam": "marked an email as spam",
    "Opened Email": "opened an email",
    "Opened Push": "opened a push",
    "Ordered Product": "ordered a product",
    "Placed Order": "placed an order",
    "Received Email": "received an email",
    "Received SMS": "received an SMS",
    "Refunded Order": "had an order refunded",
    "Started Checkout": "started a checkout",
    "Submitted Search": "searched the site",
    "Subscribed to Back in Stock": "subscribed to a product back in stock",
    "Viewed Product": "viewed a product",
}
CHANNELS = {"email": "email", "sms": "SMS", "push": "push"}
CONSENT_TIMES = {
    "status_date": "since when",
    "bounce_date": "bounce date",
    "manual_suppression_date": "suppression date",
    "invalid_email_date": "invalid email date",
    "custom_source": "source",
    "is_double_opt_in": "double opt-in",
    "is_rcs_capable": "RCS capable",
}
REGIONS = {"european_union": "the European Union", "united_states": "the United States"}
WINDOWS = {"HOURS": "hour", "DAYS": "day", "WEEKS": "week", "YEARS": "year"}


def deed(metric: Any, names: Names) -> str:
    """Return what someone with an event of a metric has done: ``placed an order``, ``done “Played Quiz”``."""
    name = named(metric, names)
    return DEEDS.get(name, f"done “{name}”")


def statement(groups: Mapping[str, Any] | None, names: Names) -> str:
    """Return what ``{"condition_groups": [...]}`` asks: groups by "and", conditions in a group by "or"."""
    found = [group.get("conditions") or [] for group in (groups or {}).get("condition_groups") or []]
    if not found:
        return "anything holds"
    texts = [listed(condition(each, names) for each in group) for group in found]
    return " and ".join(
        f"({text})" if len(group) > 1 and len(found) > 1 else text
        for text, group in zip(texts, found, strict=True)
    )


def question(groups: Mapping[str, Any] | None, names: Names) -> str:
    """Return the conditions as a question: ``Has placed an order 0 times since starting this flow?``."""
    text = statement(groups, names)
    return f"{text[:1].upper()}{text[1:]}?"


def condition(api: Condition, names: Names) -> str:
    """Return one condition in words; a kind that this version does not know gives its own name."""
    words = KINDS.get(str(api.get("type")))
    return words(api, names) if words else str(api.get("type", "an unknown condition")).replace("-", " ")


def _said(subject: str, api: Condition, names: Names) -> str:
    return f"{subject} {predicate(api['filter'], names)}" if api.get("filter") else f"{subject} is anything"


def _timed(text: str, api: Condition) -> str:
    return f"{text} {when(api['timeframe_filter'])}" if api.get("timeframe_filter") else text


def _where(api: Condition, key: str, names: Names) -> str:
    filters = api.get(key) or []
    texts = [
        _said(property_name(each.get("property") or f"property {each.get('property_id')}"), each, names)
        for each in filters
    ]
    return f" where {' and '.join(texts)}" if texts else ""


def _metric(api: Condition, names: Names) -> str:
    measured = api.get("measurement_filter") or {}
    done = f"has {deed(api.get('metric_id'), names)}{_where(api, 'metric_filters', names)}"
    how = f"for a total of {amount(measured)}" if api.get("measurement") == "sum" else times(measured)
    return _timed(f"{done} {how}", api)


def _funnel(api: Condition, names: Names) -> str:
    steps = [
        f"{'has' if step.get('metric_exists') else 'has not'} {deed(step.get('metric_id'), names)}{_where(step, 'metric_filters', names)}"
        for step in api.get("steps") or []
    ]
    unit, _, count = str(api.get("completion_window_seconds")).partition("_")
    window = f"{count} {WINDOWS.get(unit, unit)}{'' if count == '1' else 's'}"
    return _timed(f"{', then '.join(steps)}, within {window},", api)


def _group(api: Condition, names: Names) -> str:
    groups = listed(named(group, names) for group in api.get("group_ids") or [])
    if not api.get("is_member"):
        return f"is not in {groups}"
    return f"is in {groups}" + (
        f", joined {when(api['timeframe_filter'])}" if api.get("timeframe_filter") else ""
    )


def _consent(api: Condition, names: Names) -> str:
    consent = api.get("consent") or {}
    status = consent.get("consent_status") or {}
    subscription, can = status.get("subscription"), consent.get("can_receive_marketing")
    usual = "subscribed" if can else "any"
    text = f"{'can' if can else 'cannot'} receive {CHANNELS.get(str(consent.get('channel')), consent.get('channel'))} marketing"
    if subscription not in (None, usual, "any"):
        text += (
            f" and {'has never subscribed' if subscription == 'never_subscribed' else f'is {subscription}'}"
        )
    return text + _details(status.get("filters"), names)


def _permission(api: Condition, names: Names) -> str:
    permission = api.get("permission") or {}
    how = str(permission.get("reachable_status")).replace("_", " ")
    channel = str(api.get("channel")).replace("whatsapp_", "WhatsApp ")
    return f"is {how} for {channel}{_details(permission.get('filters'), names)}"


def _details(filters: Any, names: Names) -> str:
    texts = [_detail(each, names) for each in filters or []]
    return f" ({', '.join(texts)})" if texts else ""


def _detail(api: Condition, names: Names) -> str:
    field, method = str(api.get("field")), api.get("method")
    subject = CONSENT_TIMES.get(field, field.replace("_", " "))
    if method is not None:
        subject = f"by {str(method).replace('_', ' ')}"
    return _said(subject, api, names) if api.get("filter") else subject


def _distance(api: Condition, names: Names) -> str:
    del names
    how = amount(api.get("filter") or {})
    return f"lives {how} {api.get('unit')} from {api.get('postal_code')} ({api.get('country_code')})"


def _prediction(api: Condition, names: Names) -> str:
    subject = str(api.get("dimension")).replace("_", " ").replace("clv", "lifetime value")
    if api.get("predicted_channel"):
        subject += f" {api.get('measurement')} of {api['predicted_channel']}"
    return _said(subject, api, names)


def _objects(api: Condition, names: Names) -> str:
    count = api.get("filter") or {}
    how = f"{amount(count)} " if count else ""
    one = count.get("operator") != "between" and count.get("value") == 1
    return f"has {how}object{'' if one else 's'} of type {api.get('object_type_id')}{_where(api, 'filters', names)}"


def _property(key: str, prefix: str = "") -> Callable[[Condition, Names], str]:
    return lambda api, names: _said(f"{prefix}{property_name(api.get(key))}", api, names)


KINDS: Mapping[str, Callable[[Condition, Names], str]] = {
    "action-output": _property("field", "output "),
    "custom-object-property": lambda api, names: _said(
        f"{api.get('custom_object_label')} {property_name(api.get('field'))}", api, names
    ),
    "custom-object-trigger-property": _property("property_id", "triggering object's property "),
    "low-inventory-property": _property("field", "product "),
    "metric-property": _property("field"),
    "price-drop-property": _property("field", "product "),
    "profile-group-membership": _group,
    "profile-has-custom-object": _objects,
    "profile-marketing-consent": _consent,
    "profile-metric": _metric,
    "profile-metric-funnel": _funnel,
    "profile-not-in-flow": lambda api, _: _timed("has not been in this flow", api),
    "profile-not-sent-email": lambda api, _: _timed("was sent no email", api),
    "profile-not-sent-push": lambda api, _: _timed("was sent no push", api),
    "profile-not-sent-sms": lambda api, _: _timed("was sent no SMS", api),
    "profile-permissions": _permission,
    "profile-postal-code-distance": _distance,
    "profile-predictive-analytics": _prediction,
    "profile-property": _property("property"),
    "profile-region": lambda api, _: (
        f"is {'inside' if api.get('in_region') else 'outside'} {REGIONS.get(str(api.get('region')), api.get('region'))}"
    ),
    "profile-sample": lambda api, _: f"is in a random {number(api.get('percentage'))}% of people",
}
