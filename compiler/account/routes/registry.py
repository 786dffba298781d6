"""All kinds of resources and all endpoints of the account."""

from __future__ import annotations

from collections.abc import Mapping

from compiler.account.api import Endpoint, Kind
from compiler.account.routes import (
    accounts,
    campaigns,
    events,
    flows,
    images,
    lists,
    metrics,
    profiles,
    reports,
    segment_series,
    segments,
    tags,
    templates,
)

FAMILIES = (
    accounts,
    campaigns,
    events,
    flows,
    images,
    lists,
    metrics,
    profiles,
    reports,
    segment_series,
    segments,
    tags,
    templates,
)
KINDS: Mapping[str, Kind] = {kind.type: kind for family in FAMILIES for kind in family.KINDS}
ENDPOINTS: tuple[Endpoint, ...] = tuple(endpoint for family in FAMILIES for endpoint in family.ENDPOINTS)
