"""Marketing consent as a boolean that is null where the consent, or the detail asked for, is unknown (FACTS B1)."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from typing import Any

from compiler.evaluate.columns import CONSENT_CHANNELS
from compiler.evaluate.definition import ConsentCondition, ConsentFilter
from compiler.evaluate.filters import UndecidedError
from compiler.evaluate.values import all_of, or_false, value_holds
from compiler.evaluate.windows import window_of

Column = Callable[[str, str], Any]

# Methods that a condition can name (contract: the method filters of consent). Profiles may answer others, such as
# SMS keywords' TEXT; how those map to a condition's is not documented.
METHODS = (
    "api",
    "back_in_stock",
    "bulk_remove",
    "carrier_deactivation",
    "checkout",
    "data_warehouse_import",
    "failed_age_gate",
    "form",
    "inbound_message",
    "integration",
    "mailbox_provider",
    "manual_add",
    "manual_import",
    "manual_remove",
    "message_blocked",
    "one_click_unsubscribe",
    "preference_page",
    "profile_modification",
    "provided_landline",
    "provided_no_age",
    "sftp",
    "spam_complaint",
)
SUPPRESSION_DATES = {
    "bounce_date": "email_hard_bounce_ts",
    "manual_suppression_date": "email_user_suppressed_ts",
    "invalid_email_date": "email_invalid_ts",
}


def consent_truth(condition: ConsentCondition, column: Column, at: datetime) -> Any:
    """Return whether a profile has this consent; null where unknown; raises UndecidedError where nobody's is known."""
    import ibis  # noqa: PLC0415 - heavy, loaded where data is read

    channel = condition.channel
    if channel not in CONSENT_CHANNELS:
        raise UndecidedError(f'the channel "{channel}" is not known')
    can = column(f"{channel}_can", f"whether {channel} can be received")
    tests = [can if condition.can_receive else ~can]
    if condition.subscription != "any":
        tests.append(column(f"{channel}_status", f"the {channel} subscription") == condition.subscription)
    details = all_of([*tests, *(_detail(row, channel, column, at) for row in condition.filters)])
    # without this an unset date would turn an unknown consent into a no
    return can.isnull().ifelse(ibis.null("boolean"), details) if condition.filters else details


def _detail(row: ConsentFilter, channel: str, column: Column, at: datetime) -> Any:
    if row.field == "method":
        return _method(row, column(f"{channel}_method", f"how {channel} was subscribed"))
    assert row.filter is not None
    if row.field == "is_double_opt_in":
        return value_holds(row.filter, column("email_double_optin", "double opt-in"), None)
    name = f"{channel}_consent_ts" if row.field == "status_date" else SUPPRESSION_DATES.get(row.field)
    if name is None:
        raise UndecidedError(f'the API does not answer the consent detail "{row.field}"')
    window = window_of(row.filter, at) if row.filter.kind == "date" else None
    return value_holds(row.filter, column(name, row.field), window)


def _method(row: ConsentFilter, method: Any) -> Any:
    """Null for a method outside the vocabulary, and where the condition names the form, list or integration."""
    import ibis  # noqa: PLC0415 - heavy, loaded where data is read

    unknown = ibis.null("boolean")
    same = or_false(method == row.method)
    if row.named:
        return same.ifelse(unknown, method.notin(METHODS).ifelse(unknown, same))
    return method.notin(METHODS).ifelse(unknown, same)
