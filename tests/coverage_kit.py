"""What the tests of coverage share: the seeded brand's inventory, accounts made of a few segments, reports of them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from random import Random
from typing import Any

from compiler.account.app import create_app
from compiler.account.seed import Brand
from compiler.account.settings import Settings as Face
from compiler.account.settings import Switches
from compiler.account.store import EMBEDDED_KEY, Store
from compiler.client import Client, Key, Settings, connect, hurried
from compiler.coverage import Inventory, Report, Spec, Wanted, cover, read_inventory, shipped
from compiler.coverage.inventory import Campaign, Figures, Volume
from compiler.diagnostics import Problems
from compiler.live import Account, LiveFlow, LiveSegment, Snapshot, Thing
from compiler.source import Source

NOW = datetime(2026, 11, 20, 15, 30, tzinfo=UTC)
LATEST = "2026-10-15"
PEOPLE, DEEDS = 2_000, 30_000
METRICS = (
    ("Placed Order", "Shopify"), ("Ordered Product", "Shopify"), ("Checkout Started", "Shopify"), ("Added to Cart", "Shopify"),
    ("Refunded Order", "Shopify"), ("Viewed Product", "Klaviyo"), ("Active on Site", "Klaviyo"), ("Received Email", "Klaviyo"),
    ("Opened Email", "Klaviyo"), ("Clicked Email", "Klaviyo"), ("Bounced Email", "Klaviyo"),
)  # fmt: skip


def brand(path: Path, people: int = PEOPLE, deeds: int = DEEDS) -> Store:
    """A store with the brand; 2,000 people are few enough for a second and too few for predictions."""
    store = Store(path)
    with store.writing(NOW.timestamp()) as view:
        Brand(view, store.switches_of(view), Random(1), NOW).fill("seed-1", people, deeds)
    store.change_switches(Switches(**{**store.switches().to_json(), "limits": "off"}))
    return store


def client_of(store: Store, revision: str = LATEST, *, key: str = EMBEDDED_KEY, at: datetime = NOW) -> Client:
    app = create_app(store, settings=Face(clock=lambda: at, origin="http://127.0.0.1"))
    ledger = store.path.with_suffix(".ledger")
    return connect(
        Settings(revision, url="http://127.0.0.1"), Key(key), ledger=ledger, app=app, clock=hurried(10_000)
    )


def inventory_of(store: Store, revision: str = LATEST, at: datetime = NOW) -> Inventory:
    with client_of(store, revision, at=at) as client:
        return read_inventory(client, revision, at, len)


def earlier(inventory: Inventory, hours: float = 3) -> Inventory:
    return replace(inventory, taken=(inventory.at - timedelta(hours=hours)).isoformat())


def report_of(
    inventory: Inventory, *, problems: Problems | None = None, catalogs: Iterable[Source] = (), **wanted: Any
) -> Report:
    problems = problems if problems is not None else Problems()
    return cover(inventory, LATEST, Wanted((shipped(problems), *catalogs), **wanted), problems)


def found(report: Report, code: str) -> set[str]:
    """The names of the segments (or keys of the entries) that a rule found."""
    return {finding.entry or finding.segments[0] for finding in report.findings if finding.code == code}


def evidence_of(report: Report, code: str, name: str) -> str:
    return next(f.evidence for f in report.findings if f.code == code and name in (f.entry, *f.segments[:1]))


def metric(name: str) -> str:
    """The id of a metric in accounts that :func:`account` makes."""
    return name.replace(" ", "")[:12]


def days(number: int, operator: str = "in-the-last") -> dict[str, Any]:
    return {"type": "date", "operator": operator, "unit": "day", "quantity": number}


def did(
    name: str, operator: str = "greater-than", value: float = 0, when: Any = None, measure: str = "count"
) -> dict[str, Any]:
    return {
        "type": "profile-metric",
        "metric_id": metric(name),
        "measurement": measure,
        "measurement_filter": {"type": "numeric", "operator": operator, "value": value},
        "timeframe_filter": when or {"type": "date", "operator": "alltime"},
        "metric_filters": None,
    }


def mail(subscription: str = "subscribed") -> dict[str, Any]:
    status = {"subscription": subscription, "filters": None}
    return {
        "type": "profile-marketing-consent",
        "consent": {"channel": "email", "can_receive_marketing": True, "consent_status": status},
    }


def rule(*groups: dict[str, Any] | list[dict[str, Any]]) -> dict[str, Any]:
    rows = [group if isinstance(group, list) else [group] for group in groups]
    return {"condition_groups": [{"conditions": conditions} for conditions in rows]}


def segment(name: str, definition: Mapping[str, Any], **more: Any) -> LiveSegment:
    about = {
        "is_active": True,
        "is_processing": False,
        "is_starred": False,
        "created": "2025-01-01T00:00:00+00:00",
        "updated": "2025-06-01T00:00:00+00:00",
        "tags": (),
    }
    return LiveSegment(id=name.replace(" ", "")[:16], name=name, definition=definition, **{**about, **more})


def volume(
    people: float = 1000, weeks: int = 52, *, since: int = 0, until: int = 52, value: float = 50
) -> Volume:
    """A year by week: people with one event each in the weeks from ``since`` to ``until``."""
    starts = tuple((NOW - timedelta(days=7 * (weeks - week))).isoformat() for week in range(weeks))
    counts = tuple(people if since <= week < until else 0.0 for week in range(weeks))
    return Volume(starts, counts, counts, tuple(count * value for count in counts))


def account(
    *segments: LiveSegment,
    flows: Mapping[str, Any] | None = None,
    campaigns: Iterable[Campaign] = (),
    figures: Mapping[str, Figures] | None = None,
    volumes: Mapping[str, Volume] | None = None,
    metrics: Iterable[tuple[str, str]] = METRICS,
    **more: Any,
) -> Inventory:
    """An inventory of a few segments; flows are definitions by name."""
    things = tuple(Thing("metric", name, integration, metric(name)) for name, integration in metrics)
    listed = tuple(
        LiveFlow(name, name, "live", archived=False, created="", trigger_type="", tags=())
        for name in flows or {}
    )
    snapshot = Snapshot(
        Account("AbC123", "UTC", "EUR"), LATEST, metrics=things, segments=segments, flows=listed, **more
    )
    known = {metric(name): volume() for name, _ in METRICS} if volumes is None else dict(volumes)
    return Inventory(
        NOW.isoformat(), snapshot, {}, dict(flows or {}), tuple(campaigns), dict(figures or {}), known
    )


def spec(name: str, key: str = "", **more: Any) -> Spec:
    return Spec(name, f"flows/segments/{name.lower().replace(' ', '-')}.yaml", key, **more)
