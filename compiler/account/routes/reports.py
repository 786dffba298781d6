"""Reports over HTTP: members of segments, figures of flows' messages."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import datetime, timedelta
from typing import Any

from compiler.account.api import Answer, Call, Endpoint, Kind, Params
from compiler.account.documents import existing, self_link
from compiler.account.errors import invalid
from compiler.account.filters import Clause, matches, parse_filter
from compiler.account.limits import REPORT
from compiler.account.routes.people import count_members
from compiler.account.view import Row

KINDS: tuple[Kind, ...] = ()
POINTER = "/data/attributes"
MOST_SEGMENTS = 100
LONGEST = timedelta(days=366)
DAYS = {
    "this_week": 7,
    "last_week": 7,
    "last_7_days": 7,
    "this_month": 30,
    "last_month": 30,
    "last_30_days": 30,
    "last_90_days": 90,
    "last_3_months": 90,
    "this_year": 365,
    "last_year": 365,
    "last_12_months": 365,
    "last_365_days": 365,
}
SEGMENT_STATISTICS = ("members_added", "members_removed", "net_members_changed", "total_members")
RATES: Mapping[str, tuple[str, str]] = {
    "open_rate": ("opens_unique", "delivered"),
    "click_rate": ("clicks_unique", "delivered"),
    "click_to_open_rate": ("clicks_unique", "opens_unique"),
    "conversion_rate": ("conversion_uniques", "delivered"),
    "delivery_rate": ("delivered", "recipients"),
    "bounce_rate": ("bounced", "recipients"),
    "bounced_or_failed_rate": ("bounced_or_failed", "recipients"),
    "failed_rate": ("failed", "recipients"),
    "spam_complaint_rate": ("spam_complaints", "delivered"),
    "unsubscribe_rate": ("unsubscribes", "delivered"),
    "revenue_per_recipient": ("conversion_value", "recipients"),
    "average_order_value": ("conversion_value", "conversions"),
    "text_message_roi": ("conversion_value", "text_message_spend"),
}
SUMS = (
    *("bounced", "bounced_or_failed", "clicks", "clicks_unique", "conversion_uniques", "conversion_value"),
    *(
        "conversions",
        "delivered",
        "failed",
        "message_segment_count_sum",
        "opens",
        "opens_unique",
        "recipients",
    ),
    *("spam_complaints", "text_message_credit_usage_amount", "text_message_spend"),
    *("unsubscribe_uniques", "unsubscribes"),
)
GROUPINGS = (
    *("flow_id", "flow_message_id", "flow_message_name", "flow_name", "send_channel"),
    *("tag_id", "tag_name", "text_message_format", "variation", "variation_name"),
)
DEFAULT_GROUPING = ("flow_id", "flow_message_id", "send_channel")
CHANNELS = {"push": "push-notification"}


def timeframe(call: Call, asked: Mapping[str, Any]) -> tuple[datetime, datetime]:
    """Return the span of a report; raises ``Refusal`` (400) for one that is none, or longer than a year."""
    given = asked.get("timeframe")
    if isinstance(given, dict) and given.get("key") in DAYS:
        return call.now - timedelta(days=DAYS[given["key"]]), call.now
    try:
        assert isinstance(given, dict)
        start, end = (datetime.fromisoformat(given[name]) for name in ("start", "end"))
        if start < end <= start + LONGEST:
            return start, end
    except (AssertionError, KeyError, TypeError, ValueError):
        pass
    raise invalid("A timeframe of at most a year is required.", f"{POINTER}/timeframe")


def statistics_of(asked: Mapping[str, Any], known: tuple[str, ...]) -> list[str]:
    """Return the statistics that a report is asked for; raises ``Refusal`` (400) for one that is none of ``known``."""
    wanted = asked.get("statistics")
    if not isinstance(wanted, list) or not wanted:
        raise invalid("Statistics are required.", f"{POINTER}/statistics")
    for n, name in enumerate(wanted):
        if name not in known:
            raise invalid(f"'{name}' is not a statistic of this report.", f"{POINTER}/statistics/{n}")
    return wanted


def _report(kind: str, results: list[dict[str, Any]], call: Call) -> Answer:
    data = {"type": kind, "attributes": {"results": results}}
    return 200, {"data": data, "links": {"self": self_link(call)}}


def segments_of(call: Call, asked: Mapping[str, Any]) -> list[Row]:
    """Return the segments that a report's filter names; raises ``Refusal`` (400) for more than a hundred."""
    rows = call.view.rows("segment")
    if asked.get("filter"):
        clauses = parse_filter(str(asked["filter"]), {"segment_id": ("any", "equals")}, "filter")
        rows = [row for row in rows if all(matches(clause, row.id) for clause in clauses)]
    if len(rows) > MOST_SEGMENTS:
        raise invalid(
            f"At most {MOST_SEGMENTS} segments may be asked for; use a filter.", f"{POINTER}/filter"
        )
    return rows


def segment_values(call: Call) -> Answer:
    """Answer with the members of up to a hundred segments, and how they changed in the timeframe."""
    asked = call.attributes("segment-values-report")
    wanted = statistics_of(asked, SEGMENT_STATISTICS)
    start, end = timeframe(call, asked)
    results = []
    for row in segments_of(call, asked):
        added = call.view.connection.execute(
            "SELECT count(*) FROM members WHERE held_by = ? AND unixepoch(joined) BETWEEN ? AND ?",
            (row.id, start.timestamp(), end.timestamp()),
        ).fetchone()[0]
        figures = {
            "members_added": added,
            "members_removed": 0,
            "net_members_changed": added,
            "total_members": count_members(call, row.id),
        }
        results.append(
            {"groupings": {"segment_id": row.id}, "statistics": {name: figures[name] for name in wanted}}
        )
    return _report("segment-values-report", results, call)


def flow_values(call: Call) -> Answer:
    """Answer with the figures of every message of every flow, by the asked grouping."""
    asked = call.attributes("flow-values-report")
    wanted = statistics_of(asked, (*SUMS, *RATES))
    timeframe(call, asked)
    existing(call, "metric", call.text(asked, "conversion_metric_id"))
    grouping = asked.get("group_by") or DEFAULT_GROUPING
    if not {"flow_id", "flow_message_id"} <= set(grouping) <= set(GROUPINGS):
        raise invalid("flow_id and flow_message_id are required groupings.", f"{POINTER}/group_by")
    test = _filter(asked)
    results = []
    for flow in call.view.rows("flow"):
        for action in call.view.rows("flow-action", parent=flow.id):
            for message in call.view.rows("flow-message", parent=action.id):
                channel = message.body["channel"]
                known = {
                    "flow_id": flow.id,
                    "flow_name": flow.body["name"],
                    "flow_message_id": message.id,
                    "flow_message_name": message.body["name"],
                    "send_channel": CHANNELS.get(channel, channel),
                }
                if test(known):
                    figures = _figures(message.body.get("figures") or {})
                    results.append(
                        {
                            "groupings": {name: known.get(name, "") for name in grouping},
                            "statistics": {name: figures[name] for name in wanted},
                        }
                    )
    return _report("flow-values-report", results, call)


def _filter(asked: Mapping[str, Any]) -> Callable[[Mapping[str, Any]], bool]:
    if not asked.get("filter"):
        return lambda _: True
    allowed = dict.fromkeys(GROUPINGS[:5], ("equals", "contains-any"))
    clauses = [
        Clause("any" if clause.operator == "contains-any" else clause.operator, clause.field, clause.value)
        for clause in parse_filter(str(asked["filter"]), allowed, "filter")
    ]
    return lambda known: all(matches(clause, known[clause.field]) for clause in clauses)


def _figures(counted: Mapping[str, float]) -> dict[str, float]:
    """Return every statistic of a message from what was counted of it; rates lie between 0 and 1."""
    figures = {name: float(counted.get(name, 0)) for name in SUMS}
    rates = {
        name: figures[part] / figures[whole] if figures[whole] else 0.0
        for name, (part, whole) in RATES.items()
    }
    return figures | rates


ENDPOINTS = (
    Endpoint(
        "POST",
        "/api/segment-values-reports",
        segment_values,
        ("segments:read",),
        REPORT,
        Params(("segment-values-report",)),
    ),
    Endpoint(
        "POST",
        "/api/flow-values-reports",
        flow_values,
        ("flows:read",),
        REPORT,
        Params(("flow-values-report",)),
    ),
)
