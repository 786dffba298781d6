"""Counts, sums and uniques of one metric by interval (contract: metric-aggregates)."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from compiler.account.errors import invalid
from compiler.account.filters import moment_of, parse_filter
from compiler.account.view import View

MEASURES = {"count": "count(*)", "sum_value": "coalesce(sum(value), 0)", "unique": "count(DISTINCT profile)"}
LONGEST = timedelta(days=366)
OPERATORS = {"datetime": ("greater-or-equal", "less-than")}
POINTER = "/data/attributes"


def aggregate(view: View, metric: str, asked: Mapping[str, Any]) -> tuple[list[str], list[dict[str, Any]]]:
    """Return (the intervals' beginnings, rows of dimensions and measurements) for a query's attributes.

    The query's range must span at most a year; raises ``Refusal`` (400) for what cannot be read. Events of
    the account carry no attribution, so every grouping has the one group of the unattributed.
    """
    measures = asked.get("measurements")
    if not isinstance(measures, list) or not measures or not set(measures) <= set(MEASURES):
        raise invalid(f"Measurements must be some of {', '.join(MEASURES)}.", f"{POINTER}/measurements")
    start, end = time_range(asked.get("filter"))
    zone = _zone(asked.get("timezone") or "UTC")
    edges = edges_of(start, end, str(asked.get("interval") or "day"), zone)
    columns = ", ".join(MEASURES[name] for name in measures)
    found = [
        view.connection.execute(
            f"SELECT {columns} FROM events WHERE metric = ? AND at >= ? AND at < ?",  # noqa: S608 - fixed
            (metric, edge.timestamp(), following.timestamp()),
        ).fetchone()
        for edge, following in zip(edges, [*edges[1:], end], strict=True)
    ]
    values = {name: [float(row[n]) for row in found] for n, name in enumerate(measures)}
    return [edge.isoformat() for edge in edges], [
        {"dimensions": [""] * len(asked.get("by") or []), "measurements": values}
    ]


def time_range(filters: Any) -> tuple[datetime, datetime]:
    """Return the range that a list of filters on ``datetime`` names; raises ``Refusal`` (400) without one."""
    pointer = f"{POINTER}/filter"
    if not isinstance(filters, list) or not all(isinstance(text, str) for text in filters):
        raise invalid("A list of filters is required.", pointer)
    clauses = [
        clause for text in filters if "datetime" in text for clause in parse_filter(text, OPERATORS, "filter")
    ]
    found = {clause.operator: moment_of(clause) for clause in clauses}
    if set(found) != {"greater-or-equal", "less-than"}:
        raise invalid("A range of datetime, greater-or-equal and less-than, is required.", pointer)
    start, end = found["greater-or-equal"], found["less-than"]
    if not start < end <= start + LONGEST:
        raise invalid("The range must be in order, and a year long at most.", pointer)
    return start, end


def _zone(name: str) -> ZoneInfo:
    try:
        return ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError):
        raise invalid(f"'{name}' is not a time zone.", f"{POINTER}/timezone") from None


def edges_of(start: datetime, end: datetime, interval: str, zone: ZoneInfo) -> list[datetime]:
    """Return the beginnings of the intervals from ``start`` to ``end``, in the query's zone."""
    if interval not in ("hour", "day", "week", "month"):
        raise invalid(f"'{interval}' is not an interval.", f"{POINTER}/interval")
    edge = start.astimezone(zone)
    edges = []
    while edge < end:
        edges.append(edge)
        edge = _next(edge, interval)
    return edges


def _next(edge: datetime, interval: str) -> datetime:
    if interval == "hour":
        return (edge.astimezone(UTC) + timedelta(hours=1)).astimezone(edge.tzinfo)
    if interval == "month":
        first = edge.replace(day=1)
        return (first + timedelta(days=32)).replace(day=1, hour=0, minute=0, second=0)
    days = 1 if interval == "day" else 7 - edge.weekday()
    return (edge + timedelta(days=days)).replace(hour=0, minute=0, second=0)
