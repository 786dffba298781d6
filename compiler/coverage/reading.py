"""Reads an inventory in few calls: 200 segments are counted in two.

What a key may not read, or a daily limit forbids, is left out and said, and the rest goes on.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from datetime import datetime, timedelta
from itertools import islice
from typing import Any, Final, TypeVar

from compiler.client import Client, calls
from compiler.client.outcome import Document
from compiler.coverage.inventory import Campaign, Figures, Inventory, Volume
from compiler.coverage.places import metrics_of
from compiler.coverage.roles import ROLES, resolve_roles
from compiler.diagnostics import Exit, Fatal
from compiler.live import Snapshot, read

PARTS: Final = ("metrics", "lists", "segments", "tags", "flows")
MOST_SEGMENTS: Final = 100  # of one report (contract: segment-series-reports)
STATISTICS: Final = ("total_members", "members_added", "members_removed")
AUDIENCES_SINCE: Final = "2026-10-15"
CHANNELS: Final = ("email", "sms", "mobile_push")
DEFINITION: Final = {"additional-fields[flow]": "definition", "fields[flow]": "definition"}
YEAR: Final = timedelta(days=364)
T = TypeVar("T")


def read_inventory(client: Client, revision: str, at: datetime, note: Callable[[str], object]) -> Inventory:
    """Return the account's inventory as of ``at`` (UTC-aware); ``note`` is told what is being read."""
    missing: list[str] = []

    def tried(what: str, work: Callable[[], T], otherwise: T) -> T:
        """Return what a reading answers; where the key or a limit forbids it, say so and go on."""
        note(f"reading {what}")
        try:
            return work()
        except Fatal as fatal:
            if fatal.exit_code not in (Exit.CREDENTIALS, Exit.BUDGET):
                raise
            missing.append(f"{what}: {fatal.message}")
            return otherwise

    note("reading the inventory")
    snapshot = read(client, revision, parts=PARTS)
    mapped: dict[str, str] = tried("mapped metrics", lambda: _mapped(client), {})
    flows = [flow.id for flow in snapshot.flows if not flow.archived and not flow.retired]
    definitions: dict[str, Any] = tried(f"{len(flows)} flows", lambda: _definitions(client, flows), {})
    campaigns: tuple[Campaign, ...] = tried("campaigns", lambda: _campaigns(client, revision), ())
    figures: dict[str, Figures] = tried("counts of segments", lambda: _figures(client, snapshot), {})
    wanted = _metrics(snapshot, mapped, definitions)
    volumes: dict[str, Volume] = tried(
        f"volumes of {len(wanted)} metrics", lambda: _volumes(client, wanted, at), {}
    )
    taken = at.isoformat(timespec="seconds")
    return Inventory(taken, snapshot, mapped, definitions, campaigns, figures, volumes, tuple(missing))


def _mapped(client: Client) -> dict[str, str]:
    found = {}
    for page in client.pages(
        calls.GET_MAPPED_METRICS, params={"include": "metric", "fields[metric]": "name"}
    ):
        for row in page.get("data") or []:
            match row:
                case {"id": str(role), "relationships": {"metric": {"data": {"id": str(metric)}}}}:
                    found[role] = metric
    return found


def _definitions(client: Client, flows: list[str]) -> dict[str, Any]:
    found = client.read_many(calls.GET_FLOW, flows, params=DEFINITION)
    out = {}
    for flow, document in found.items():
        match document:
            case {"data": {"attributes": {"definition": dict() as definition}}}:
                out[flow] = definition
    return out


def _campaigns(client: Client, revision: str) -> tuple[Campaign, ...]:
    if revision >= AUDIENCES_SINCE:
        return tuple(_with_audiences(client))
    return tuple(campaign for channel in CHANNELS for campaign in _of_channel(client, channel))


def _with_audiences(client: Client) -> Iterator[Campaign]:
    for page in client.pages(calls.GET_CAMPAIGNS, params={"include": "campaign-audiences,campaign-messages"}):
        parts = {(row["type"], row["id"]): row.get("attributes") or {} for row in page.get("included") or []}
        for row in page.get("data") or []:
            about = row.get("attributes") or {}
            audiences = list(_linked(row, "campaign-audience", parts))
            messages = list(_linked(row, "campaign-message", parts))
            definition = about.get("definition") or {}
            yield Campaign(
                str(row["id"]),
                str(definition.get("name") or ""),
                _sent(str((part.get("definition") or {}).get("status") or "") for part in messages),
                max(
                    (str(part.get("updated") or "") for part in messages),
                    default=str(about.get("updated_at") or ""),
                ),
                _groups(audiences, "included"),
                _groups(audiences, "excluded"),
            )


def _linked(row: Mapping[str, Any], kind: str, parts: Mapping[Any, Any]) -> Iterator[Mapping[str, Any]]:
    linked = ((row.get("relationships") or {}).get(f"{kind}s") or {}).get("data") or []
    return (parts[kind, one["id"]] for one in linked if (kind, one["id"]) in parts)


def _sent(statuses: Iterator[str]) -> str:
    known = {status.lower() for status in statuses}
    return next((word for word in ("sent", "sending", "scheduled") if word in known), "draft")


def _groups(audiences: list[Mapping[str, Any]], way: str) -> tuple[str, ...]:
    found = (str(group) for part in audiences for group in (part.get("definition") or {}).get(way) or ())
    return tuple(dict.fromkeys(found))


def _of_channel(client: Client, channel: str) -> Iterator[Campaign]:
    for page in client.pages(calls.GET_CAMPAIGNS, params={"filter": f"equals(messages.channel,'{channel}')"}):
        for row in page.get("data") or []:
            about = row.get("attributes") or {}
            audiences = about.get("audiences") or {}
            yield Campaign(
                str(row["id"]),
                str(about.get("name") or ""),
                _sent(iter([str(about.get("status") or "")])),
                str(about.get("send_time") or about.get("scheduled_at") or about.get("updated_at") or ""),
                tuple(audiences.get("included") or ()),
                tuple(audiences.get("excluded") or ()),
            )


def _figures(client: Client, snapshot: Snapshot) -> dict[str, Figures]:
    """Return each segment's members now and over 90 days, from one series report a hundred segments."""
    found: dict[str, Figures] = {}
    waiting = iter([segment.id for segment in snapshot.segments])
    while some := list(islice(waiting, MOST_SEGMENTS)):
        ids = ",".join(f'"{identifier}"' for identifier in some)
        asked = {
            "statistics": list(STATISTICS),
            "timeframe": {"key": "last_90_days"},
            "interval": "weekly",
            "filter": f"any(segment_id,[{ids}])",
        }
        body = {"data": {"type": "segment-series-report", "attributes": asked}}
        answer = client.read(calls.QUERY_SEGMENT_SERIES, body=body)
        found.update(_counted(answer))
    return found


def _counted(answer: Document) -> Iterator[tuple[str, Figures]]:
    about = answer["data"]["attributes"]
    starts = [str(moment) for moment in about.get("date_times") or ()]
    for row in about.get("results") or []:
        series = ([int(number or 0) for number in row["statistics"].get(name) or ()] for name in STATISTICS)
        totals, added, removed = series
        if totals:
            weeks = tuple(zip(starts, totals, strict=True))
            yield str(row["groupings"]["segment_id"]), Figures(totals[-1], sum(added), sum(removed), weeks)


def _metrics(snapshot: Snapshot, mapped: Mapping[str, str], definitions: Mapping[str, Any]) -> list[str]:
    """Return the metrics whose volume matters: those that segments, flows or roles name and the account has."""
    named = {metric for segment in snapshot.segments for metric in metrics_of(segment.definition)}
    named |= {metric for definition in definitions.values() for metric in metrics_of(definition)}
    spellings = {name.casefold() for role in ROLES.values() for name in role.names}
    named |= {metric.id for metric in snapshot.metrics if metric.name.casefold() in spellings}
    named |= {resolved.metric.id for resolved in resolve_roles(snapshot.metrics, mapped, {}).values()}
    return sorted(named & {metric.id for metric in snapshot.metrics})


def _volumes(client: Client, metrics: list[str], at: datetime) -> dict[str, Volume]:
    """Return a year of each metric by week, one call a metric; one that the API cannot add up is left out."""
    found = {}
    span = [f"greater-or-equal(datetime,{_stamp(at - YEAR)})", f"less-than(datetime,{_stamp(at)})"]
    for metric in metrics:
        asked = {"metric_id": metric, "measurements": ["count", "unique", "sum_value"], "interval": "week"}
        body = {
            "data": {"type": "metric-aggregate", "attributes": {**asked, "filter": span, "timezone": "UTC"}}
        }
        answer = client.read(calls.QUERY_METRIC_AGGREGATES, body=body)
        about = answer["data"]["attributes"]
        rows = [row["measurements"] for row in about.get("data") or []]
        starts = tuple(about.get("dates") or ())
        found[metric] = Volume(starts, *(_added(rows, name, len(starts)) for name in asked["measurements"]))
    return found


def _added(rows: list[Mapping[str, Any]], name: str, length: int) -> tuple[float, ...]:
    lists = [row.get(name) or [0] * length for row in rows]
    return tuple(sum(values) for values in zip(*lists, strict=True)) if lists else (0.0,) * length


def _stamp(moment: datetime) -> str:
    return moment.isoformat(timespec="seconds")
