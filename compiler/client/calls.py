"""Every API call that flowc makes, as data: method, path, limits, scopes, and whether it may be sent again.

Facts: Klaviyo's API reference, revision 2026-10-15 (limits, page sizes, scopes).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import Enum
from urllib.parse import quote

from compiler.client.limits import Limits

# The API's tiers, calls a second and a minute.
XS = Limits(1, 15)
S = Limits(3, 60)
M = Limits(10, 150)
L = Limits(75, 750)
XL = Limits(350, 3500)
REPORT = Limits(1, 2, 225)
COSTLY = Limits(1, 15, 100)


class Effect(Enum):
    """What sending a call does to the account, which decides whether an unknown outcome may be sent again."""

    READS = "changes nothing"
    REPEATS = "ends in the same state however often and however late it acts"
    ONCE = "sent twice, or acting late, it can make a second thing or undo a later change"


@dataclass(frozen=True, slots=True)
class Slower:
    """A query parameter that lowers a call's limits when its value names ``word``."""

    parameter: str
    word: str
    limits: Limits


@dataclass(frozen=True, slots=True)
class Call:
    """One endpoint; ``page`` is its largest page size, ``personal`` says that it carries people's data."""

    method: str
    path: str
    limits: Limits
    scopes: tuple[str, ...]
    effect: Effect
    page: int | None = None
    slower: tuple[Slower, ...] = ()
    personal: bool = False

    @property
    def endpoint(self) -> str:
        """Method and path template: the name of the call in messages and the key of its counters."""
        return f"{self.method} {self.path}"

    @property
    def writes(self) -> bool:
        """Whether the call changes the account."""
        return self.effect is not Effect.READS

    def url(self, identifier: str) -> str:
        """Return the path with ``identifier`` in its place, quoted.

        Raises ValueError if the path has no such place, or if what is given would make it another path.
        """
        if ("{id}" in self.path) != bool(identifier) or identifier in {".", ".."}:
            raise ValueError(f'{self.endpoint} cannot be called with the id "{identifier}"')
        return self.path.replace("{id}", quote(identifier, safe=""))

    def limits_for(self, params: Mapping[str, str]) -> Limits:
        """Return the limits that hold for a request with these query parameters."""
        for slower in self.slower:
            if slower.word in params.get(slower.parameter, "").split(","):
                return slower.limits
        return self.limits


def _get(path: str, limits: Limits, *scopes: str, page: int | None = None) -> Call:
    return Call("GET", path, limits, scopes, Effect.READS, page=page)


def _people(
    path: str, limits: Limits, *scopes: str, page: int | None = None, slower: tuple[Slower, ...] = ()
) -> Call:
    return Call("GET", path, limits, scopes, Effect.READS, page=page, slower=slower, personal=True)


def _query(path: str, limits: Limits, *scopes: str) -> Call:
    return Call("POST", path, limits, scopes, Effect.READS)


def _create(path: str, limits: Limits, *scopes: str) -> Call:
    return Call("POST", path, limits, scopes, Effect.ONCE)


def _update(path: str, limits: Limits, *scopes: str) -> Call:
    # A late PATCH carries whole values and undoes a newer one, so it is never sent again blindly.
    return Call("PATCH", path, limits, scopes, Effect.ONCE)


def _delete(path: str, limits: Limits, *scopes: str) -> Call:
    return Call("DELETE", path, limits, scopes, Effect.REPEATS)


def _relate(method: str, kind: str) -> Call:
    path = f"/api/tags/{{id}}/relationships/{kind}"
    return Call(method, path, S, (f"{kind}:write", "tags:write"), Effect.REPEATS)


COUNTED = Slower("additional-fields[segment]", "profile_count", XS)
PREDICTIVE = Slower("additional-fields[profile]", "predictive_analytics", M)

GET_ACCOUNTS = _get("/api/accounts", XS, "accounts:read")

GET_FLOWS = _get("/api/flows", S, "flows:read", page=50)
GET_FLOW = _get("/api/flows/{id}", S, "flows:read")
CREATE_FLOW = _create("/api/flows", COSTLY, "flows:write")
UPDATE_FLOW = _update("/api/flows/{id}", S, "flows:write")
DELETE_FLOW = _delete("/api/flows/{id}", S, "flows:write")
GET_FLOW_TAG_IDS = _get("/api/flows/{id}/relationships/tags", S, "flows:read", "tags:read")

INSERT_ACTION = _create("/api/flow-actions", S, "flows:write")
UPDATE_ACTION = _update("/api/flow-actions/{id}", S, "flows:write")
DELETE_ACTION = _delete("/api/flow-actions/{id}", S, "flows:write")
GET_TEMPLATE_OF_MESSAGE = _get("/api/flow-messages/{id}/template", S, "templates:read")

GET_SEGMENTS = _get("/api/segments", L, "segments:read", page=10)
GET_SEGMENT = Call("GET", "/api/segments/{id}", L, ("segments:read",), Effect.READS, slower=(COUNTED,))
CREATE_SEGMENT = _create("/api/segments", COSTLY, "segments:write")
UPDATE_SEGMENT = _update("/api/segments/{id}", COSTLY, "segments:write")
DELETE_SEGMENT = _delete("/api/segments/{id}", S, "segments:write")
GET_PROFILES_OF_SEGMENT = _people(
    "/api/segments/{id}/profiles", L, "segments:read", "profiles:read", page=100
)
GET_FLOWS_TRIGGERED_BY_SEGMENT = _get("/api/segments/{id}/flow-triggers", S, "segments:read", "flows:read")

GET_LISTS = _get("/api/lists", L, "lists:read", page=10)
GET_PROFILES_OF_LIST = _people(
    "/api/lists/{id}/profiles", L, "lists:read", "profiles:read", page=100, slower=(PREDICTIVE,)
)
GET_FLOWS_TRIGGERED_BY_LIST = _get("/api/lists/{id}/flow-triggers", S, "lists:read", "flows:read")

GET_METRICS = _get("/api/metrics", M, "metrics:read")
GET_FLOWS_TRIGGERED_BY_METRIC = _get("/api/metrics/{id}/flow-triggers", M, "metrics:read", "flows:read")
GET_MAPPED_METRICS = _get("/api/mapped-metrics", S, "metrics:read")
QUERY_METRIC_AGGREGATES = _query("/api/metric-aggregates", S, "metrics:read")

GET_TEMPLATES = _get("/api/templates", L, "templates:read", page=10)
GET_TEMPLATE = _get("/api/templates/{id}", L, "templates:read")
CREATE_TEMPLATE = _create("/api/templates", L, "templates:write")
UPDATE_TEMPLATE = _update("/api/templates/{id}", L, "templates:write")
DELETE_TEMPLATE = _delete("/api/templates/{id}", L, "templates:write")
CLONE_TEMPLATE = _create("/api/template-clone", L, "templates:write")

GET_IMAGES = _get("/api/images", M, "images:read", page=100)

GET_TAGS = _get("/api/tags", S, "tags:read", page=50)
CREATE_TAG = _create("/api/tags", S, "tags:read", "tags:write")
DELETE_TAG = _delete("/api/tags/{id}", S, "tags:read", "tags:write")
GET_TAGGED_FLOW_IDS = _get("/api/tags/{id}/relationships/flows", S, "tags:read", "flows:read")
TAG_FLOWS = _relate("POST", "flows")
UNTAG_FLOWS = _relate("DELETE", "flows")
TAG_SEGMENTS = _relate("POST", "segments")

GET_CAMPAIGNS = _get("/api/campaigns", M, "campaigns:read", page=100)

GET_PROFILES = _people("/api/profiles", L, "profiles:read", page=100, slower=(PREDICTIVE,))
GET_EVENTS = _people("/api/events", XL, "events:read", page=1000)

QUERY_SEGMENT_SERIES = _query("/api/segment-series-reports", REPORT, "segments:read")
QUERY_FLOW_VALUES = _query("/api/flow-values-reports", REPORT, "flows:read")

ALL: tuple[Call, ...] = tuple(value for value in list(globals().values()) if isinstance(value, Call))
