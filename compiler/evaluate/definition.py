"""Segment definitions as frozen rows: groups that are ANDed, of conditions that are ORed (FACTS B1)."""

from __future__ import annotations

from dataclasses import dataclass

from compiler.evaluate.filters import Filter

ALLTIME = Filter("date", "alltime")


@dataclass(frozen=True, slots=True)
class PropertyFilter:
    """A filter on one named property of an event."""

    property: str
    filter: Filter


@dataclass(frozen=True, slots=True)
class MetricCondition:
    """How often (``count``) or how much (``sum``) a profile did something in a timeframe."""

    metric_id: str
    measurement: str
    comparison: Filter
    timeframe: Filter
    filters: tuple[PropertyFilter, ...] = ()


@dataclass(frozen=True, slots=True)
class FunnelCondition:
    """Events in this order within ``seconds`` of the first, all of them in the timeframe."""

    steps: tuple[tuple[str, tuple[PropertyFilter, ...]], ...]
    timeframe: Filter
    seconds: int | None


@dataclass(frozen=True, slots=True)
class PropertyCondition:
    """A filter on a profile's own field or custom property."""

    property: str
    filter: Filter


@dataclass(frozen=True, slots=True)
class MembershipCondition:
    """Member of any, or of none, of these lists or segments; joined in the timeframe."""

    is_member: bool
    group_ids: tuple[str, ...]
    timeframe: Filter = ALLTIME


@dataclass(frozen=True, slots=True)
class ConsentFilter:
    """A detail of a consent: a date, the method, double opt-in; ``named`` when it names forms or lists."""

    field: str
    filter: Filter | None = None
    method: str = ""
    named: bool = False


@dataclass(frozen=True, slots=True)
class ConsentCondition:
    """Whether marketing may be sent on a channel, and why."""

    channel: str
    can_receive: bool
    subscription: str = "any"
    filters: tuple[ConsentFilter, ...] = ()


@dataclass(frozen=True, slots=True)
class PermissionCondition:
    """Whether a WhatsApp channel is reachable."""

    channel: str
    status: str
    filtered: bool = False


@dataclass(frozen=True, slots=True)
class PredictiveCondition:
    """A filter on a predicted figure."""

    dimension: str
    filter: Filter
    measurement: str = ""
    channel: str = ""


@dataclass(frozen=True, slots=True)
class RegionCondition:
    """Inside or outside the European Union or the United States."""

    region: str
    inside: bool


@dataclass(frozen=True, slots=True)
class DistanceCondition:
    """Nearer to, or farther from, a postal code's place than so many kilometers."""

    country_code: str
    postal_code: str
    kilometers: float
    nearer: bool


@dataclass(frozen=True, slots=True)
class OpaqueCondition:
    """A condition that no table can decide, or that cannot be read, with the reason."""

    type: str
    reason: str


Condition = (
    MetricCondition
    | FunnelCondition
    | PropertyCondition
    | MembershipCondition
    | ConsentCondition
    | PermissionCondition
    | PredictiveCondition
    | RegionCondition
    | DistanceCondition
    | OpaqueCondition
)


@dataclass(frozen=True, slots=True)
class Definition:
    """Every group must hold, and in each group at least one condition."""

    groups: tuple[tuple[Condition, ...], ...]
