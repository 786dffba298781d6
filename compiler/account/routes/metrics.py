"""Metrics over HTTP, with their integrations, the flows they trigger, mapped metrics and aggregates."""

from __future__ import annotations

from typing import Any

from compiler.account.aggregates import aggregate
from compiler.account.api import Answer, Call, Endpoint, Kind, Params, Relation
from compiler.account.documents import existing, one, self_link
from compiler.account.errors import invalid
from compiler.account.filters import EQUALS
from compiler.account.generic import linkage, listing, read, related
from compiler.account.limits import MEDIUM, SMALL, Limit
from compiler.account.routes.groups import triggered_by
from compiler.account.view import Row

PAGE = 200
MAPPED = (
    "added_to_cart",
    "cancelled_sales",
    "ordered_product",
    "refunded_sales",
    "revenue",
    "started_checkout",
    "viewed_product",
)


def describe_metric(call: Call, row: Row) -> dict[str, Any]:
    """Return a metric's attributes."""
    del call
    return {name: row.body[name] for name in ("name", "created", "updated", "integration")}


def describe_mapped(call: Call, row: Row) -> dict[str, Any]:
    """Return a mapped metric's attributes."""
    del call
    return {"updated": row.body["updated"]}


def _mapped_to(name: str) -> Any:
    return lambda _, row: [row.body[name]] if row.body.get(name) else []


METRIC = Kind(
    "metric", "metrics", describe_metric, (Relation("flow-triggers", "flow", triggered_by("metric")),)
)
MAPPING = Kind(
    "mapped-metric",
    "mapped-metrics",
    describe_mapped,
    (
        Relation("metric", "metric", _mapped_to("metric"), many=False),
        Relation("custom-metric", "custom-metric", _mapped_to("custom-metric"), many=False),
    ),
)
CUSTOM = Kind(
    "custom-metric",
    "custom-metrics",
    lambda _, row: {name: row.body[name] for name in ("name", "created", "updated", "definition")},
    (
        Relation(
            "metrics",
            "metric",
            lambda _, row: [group["metric_id"] for group in row.body["definition"]["metric_groups"]],
        ),
    ),
)
KINDS = (METRIC, MAPPING, CUSTOM)


def patch_mapping(call: Call) -> Answer:
    """Map a standard metric to another metric."""
    row = existing(call, "mapped-metric")
    call.attributes("mapped-metric", row.id)
    named = (call.body["data"].get("relationships") or {}).items()
    mapped = {name: (value.get("data") or {}).get("id") for name, value in named}
    chosen = {name: mapped[name] for name in ("metric", "custom-metric") if mapped.get(name)}
    if len(chosen) != 1:
        raise invalid("Exactly one metric or custom metric is required.", "/data/relationships")
    for name, identifier in chosen.items():
        existing(call, name, str(identifier))
    call.view.put("mapped-metric", row.id, chosen | {"updated": call.stamp})
    return one(call, MAPPING, existing(call, "mapped-metric"))


def post_aggregate(call: Call) -> Answer:
    """Answer a query of one metric's counts, sums or uniques by interval."""
    attributes = call.attributes("metric-aggregate")
    metric = existing(call, "metric", call.text(attributes, "metric_id"))
    dates, rows = aggregate(call.view, metric.id, attributes)
    data = {
        "type": "metric-aggregate",
        "id": metric.id,
        "attributes": {"dates": dates, "data": rows},
        "links": {"self": self_link(call)},
    }
    return 200, {"data": data, "links": {"self": self_link(call)}}


_READ, _WRITE = ("metrics:read",), ("metrics:write",)
_SHOWN = ("flow", "metric")
_MAPPED = Params(("custom-metric", "mapped-metric", "metric"), include=("custom-metric", "metric"))
_CUSTOM = Params(("custom-metric", "metric"), include=("metrics",))
_FILTERS = {"integration.name": EQUALS, "integration.category": EQUALS}
_FLOWS = ("flows:read", "metrics:read")


def _get(path: str, handler: Any, limit: Limit, params: Params, scopes: tuple[str, ...] = _READ) -> Endpoint:
    return Endpoint("GET", f"/api/{path}", handler, scopes, limit, params)


def _single(kind: Kind, name: str) -> tuple[Endpoint, ...]:
    base = f"{kind.path}/<id>"
    shown = Params((kind.relation(name).kind,))
    return (
        _get(f"{base}/{name}", related(kind, name), SMALL, shown),
        _get(f"{base}/relationships/{name}", linkage(kind, name), SMALL, Params()),
    )


ENDPOINTS = (
    _get(
        "metrics",
        listing(METRIC),
        MEDIUM,
        Params(_SHOWN, include=("flow-triggers",), filters=_FILTERS, fixed_page=PAGE),
    ),
    _get("metrics/<id>", read(METRIC), MEDIUM, Params(_SHOWN, include=("flow-triggers",))),
    _get("metrics/<id>/flow-triggers", related(METRIC, "flow-triggers"), MEDIUM, Params(("flow",)), _FLOWS),
    _get(
        "metrics/<id>/relationships/flow-triggers", linkage(METRIC, "flow-triggers"), MEDIUM, Params(), _FLOWS
    ),
    _get("mapped-metrics", listing(MAPPING), SMALL, _MAPPED),
    _get("mapped-metrics/<id>", read(MAPPING), SMALL, _MAPPED),
    Endpoint(
        "PATCH",
        "/api/mapped-metrics/<id>",
        patch_mapping,
        _WRITE,
        Limit(1, 15, 30),
        Params(("mapped-metric",)),
    ),
    *_single(MAPPING, "metric"),
    *_single(MAPPING, "custom-metric"),
    _get("custom-metrics", listing(CUSTOM), SMALL, _CUSTOM),
    _get("custom-metrics/<id>", read(CUSTOM), SMALL, _CUSTOM),
    *_single(CUSTOM, "metrics"),
    Endpoint("POST", "/api/metric-aggregates", post_aggregate, _READ, SMALL, Params(("metric-aggregate",))),
)
