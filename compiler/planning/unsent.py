"""Which drafts nobody ever got a message from, by the account's own figures; and why the others stay."""

from __future__ import annotations

import datetime as dt
from collections.abc import Collection, Iterator
from typing import Any, Final

from compiler.client import Client, calls
from compiler.diagnostics import Exit, Fatal
from compiler.live import LiveFlow, Snapshot

MOST_FLOWS: Final = 100  # of one report's filter (contract: flow-values-reports)
LONGEST: Final = dt.timedelta(
    days=362
)  # a report spans a year; a day on both sides is for the account's time zone
DAY: Final = dt.timedelta(days=1)
LATELY: Final = DAY  # figures lag behind what was sent, by hours
TOUCHED: Final = {
    "include": "flow-actions",
    "fields[flow]": "updated",
    "fields[flow-action]": "updated",
}


OLD: Final = "it was made more than a year ago, and figures reach back a year"
UNDATED: Final = "the account does not say when it was made"
NO_METRIC: Final = "the account has no metric to ask for figures by"
SPENT: Final = "today's reports are spent, so nobody can tell whether it ever sent"
SENT: Final = "people got messages from it"
TOUCHED_LATELY: Final = "it was changed within a day, and figures of what it may have sent come hours later"
GONE: Final = "it is gone from the account"


def why_kept(
    client: Client, snapshot: Snapshot, flows: Collection[LiveFlow], now: dt.datetime
) -> dict[str, str]:
    """Return for each flow, by id, why it cannot be deleted; empty where nobody ever got a message from it.

    The report reaches back a year and names a metric, so of an older flow, or in an account without metrics, nothing
    is known; nor is it where the day's reports are spent. A flow that was touched, in itself or in an action, within
    the day before ``now`` may have been live minutes ago, and have no figures yet.
    """
    young = sorted(
        (made, flow.id)
        for flow in flows
        if (made := _moment(flow.created)) is not None and now - made < LONGEST
    )
    why = {flow.id: OLD if _moment(flow.created) else UNDATED for flow in flows}
    if not snapshot.metrics:
        return dict.fromkeys(why, NO_METRIC)
    why |= dict.fromkeys((flow for _, flow in young), SPENT)
    for some in _batches(young):
        try:
            sent = set(_recipients(client, snapshot.metrics[0].id, some, now))
        except Fatal as fatal:
            if fatal.exit_code is not Exit.BUDGET:
                raise
            break
        why |= {flow: SENT if flow in sent else "" for _, flow in some}
    return why | dict(_touched(client, [flow for flow, reason in why.items() if not reason], now))


def _touched(client: Client, flows: Collection[str], now: dt.datetime) -> Iterator[tuple[str, str]]:
    """Yield the flows whose figures may not be all there, with why: somebody has changed them, or a step, lately."""
    for flow, document in client.read_many(calls.GET_FLOW, sorted(flows), params=TOUCHED).items():
        if document is None:
            yield flow, GONE
            continue
        rows = (document["data"], *(document.get("included") or ()))
        touched = [_moment(str((row.get("attributes") or {}).get("updated"))) for row in rows]
        if any(at is None or now - at < LATELY for at in touched):
            yield flow, TOUCHED_LATELY


def _recipients(
    client: Client, metric: str, flows: list[tuple[dt.datetime, str]], now: dt.datetime
) -> Iterator[str]:
    """Yield the flows of which somebody got something; a message that was never sent has no row, or zero in it."""
    ids = ",".join(f'"{flow}"' for _, flow in flows)
    span = {"start": (flows[0][0] - DAY).isoformat(), "end": (now + DAY).isoformat()}
    asked = {
        "statistics": ["recipients"],
        "timeframe": span,
        "conversion_metric_id": metric,
        "filter": f"contains-any(flow_id,[{ids}])",
    }
    body: dict[str, Any] = {"data": {"type": "flow-values-report", "attributes": asked}}
    answer = client.read(calls.QUERY_FLOW_VALUES, body=body)
    for row in answer["data"]["attributes"].get("results") or ():
        if row["statistics"].get("recipients"):
            yield str(row["groupings"]["flow_id"])


def _batches(flows: list[tuple[dt.datetime, str]]) -> Iterator[list[tuple[dt.datetime, str]]]:
    for start in range(0, len(flows), MOST_FLOWS):
        yield flows[start : start + MOST_FLOWS]


def _moment(text: str) -> dt.datetime | None:
    try:
        found = dt.datetime.fromisoformat(text)
    except ValueError:
        return None
    return found if found.tzinfo is not None else found.replace(tzinfo=dt.UTC)
