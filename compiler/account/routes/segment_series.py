"""Reports of segments over time: members at the end of each interval, and who came in it (contract: segment-series)."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from itertools import pairwise
from typing import Any, Final
from zoneinfo import ZoneInfo

from compiler.account.aggregates import edges_of
from compiler.account.api import Answer, Call, Endpoint, Kind, Params
from compiler.account.documents import self_link
from compiler.account.errors import invalid
from compiler.account.limits import REPORT
from compiler.account.routes.reports import POINTER, SEGMENT_STATISTICS, segments_of, statistics_of, timeframe

KINDS: tuple[Kind, ...] = ()
INTERVALS: Final = {"hourly": "hour", "daily": "day", "weekly": "week", "monthly": "month"}
LONGEST: Final = {
    "hourly": timedelta(days=7),
    "daily": timedelta(days=60),
    "weekly": timedelta(days=366),
    "monthly": timedelta(weeks=52),
}


def segment_series(call: Call) -> Answer:
    """Answer with the members of up to a hundred segments interval by interval, in UTC.

    The account keeps who is a member and since when, not who left, so nobody was ever removed.
    """
    asked = call.attributes("segment-series-report")
    wanted = statistics_of(asked, SEGMENT_STATISTICS)
    start, end = (_aware(moment) for moment in timeframe(call, asked))
    interval = asked.get("interval")
    if interval not in INTERVALS:
        raise invalid(f"The interval must be one of {', '.join(INTERVALS)}.", f"{POINTER}/interval")
    if end - start > LONGEST[interval]:
        raise invalid(f"The timeframe is too long for the interval {interval}.", f"{POINTER}/timeframe")
    edges = edges_of(start, end, INTERVALS[interval], ZoneInfo("UTC"))
    last = end + timedelta(microseconds=1)  # who joins this very moment counts, as in the other report
    results = [
        {"groupings": {"segment_id": row.id}, "statistics": _counted(call, row.id, [*edges, last], wanted)}
        for row in segments_of(call, asked)
    ]
    series = {"results": results, "date_times": [edge.isoformat(timespec="seconds") for edge in edges]}
    data = {"type": "segment-series-report", "attributes": series}
    return 200, {"data": data, "links": {"self": self_link(call)}}


def _aware(moment: datetime) -> datetime:
    return moment if moment.tzinfo else moment.replace(tzinfo=UTC)


def _counted(call: Call, segment: str, edges: list[datetime], wanted: list[str]) -> dict[str, list[Any]]:
    """Return each statistic of a segment with a number for every interval between two edges."""
    joined = [
        row[0]
        for row in call.view.connection.execute(
            "SELECT unixepoch(joined) FROM members WHERE held_by = ?", (segment,)
        )
    ]
    added = [
        sum(first.timestamp() <= moment < last.timestamp() for moment in joined)
        for first, last in pairwise(edges)
    ]
    figures = {
        "members_added": added,
        "members_removed": [0] * len(added),
        "net_members_changed": added,
        "total_members": [sum(moment < edge.timestamp() for moment in joined) for edge in edges[1:]],
    }
    return {name: figures[name] for name in wanted}


ENDPOINTS = (
    Endpoint(
        "POST",
        "/api/segment-series-reports",
        segment_series,
        ("segments:read",),
        REPORT,
        Params(("segment-series-report",)),
    ),
)
