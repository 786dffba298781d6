"""What the findings ask of an account: use of its segments, behaviour, the base that can be mailed."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any, Final

from compiler.coverage.inventory import Campaign, Figures, Inventory
from compiler.coverage.places import groups_of, triggers_of
from compiler.coverage.roles import Resolved, resolve_roles
from compiler.live import LiveSegment

RECENT: Final = 90  # days in which a sent campaign counts as use
WORK: Final = ("sent", "sending", "scheduled")


@dataclass(frozen=True, slots=True)
class Use:
    """Where a segment (or list) is used, as far as the API shows; forms and ad syncs it does not show."""

    included: tuple[Campaign, ...] = ()
    excluded: tuple[Campaign, ...] = ()
    triggers: tuple[str, ...] = ()
    flows: tuple[str, ...] = ()
    segments: tuple[str, ...] = ()

    @property
    def campaigns(self) -> tuple[Campaign, ...]:
        """The campaigns that include or exclude it."""
        return (*self.included, *self.excluded)


@dataclass(frozen=True, slots=True)
class Uses:
    """The use of every group of an account, by id."""

    found: Mapping[str, Use]

    def of(self, identifier: str) -> Use:
        """Return where a group is used."""
        return self.found.get(identifier, Use())

    def last(self, segment: LiveSegment, at: datetime) -> datetime:
        """Return when a segment was last used, changed or made, as far as the API shows; ``at`` where it is in use."""
        use = self.of(segment.id)
        if use.triggers or use.flows or use.segments:
            return at
        moments = [moment(text) for text in (segment.created, segment.updated)]
        moments += [moment(campaign.at) for campaign in use.campaigns if campaign.status in WORK]
        return min(max((one for one in moments if one is not None), default=at), at)


def moment(text: str) -> datetime | None:
    """Return the instant of an API text; None where it is none or has no zone."""
    try:
        found = datetime.fromisoformat(text)
    except ValueError:
        return None
    return found if found.tzinfo else None


def uses_of(inventory: Inventory) -> Uses:
    """Return where every group of an account is used."""
    parts: dict[str, dict[str, dict[Any, None]]] = defaultdict(lambda: defaultdict(dict))
    names = {flow.id: flow.name for flow in inventory.snapshot.flows}
    for campaign in inventory.campaigns:
        for way in ("included", "excluded"):
            for group in getattr(campaign, way):
                parts[group][way][campaign] = None
    for flow, definition in inventory.definitions.items():
        for kind in ("list", "segment"):
            for group in triggers_of(definition, kind):
                parts[group]["triggers"][names.get(flow, flow)] = None
        for group in groups_of(definition):
            parts[group]["flows"][names.get(flow, flow)] = None
    for segment in inventory.snapshot.segments:
        for group in groups_of(segment.definition):
            parts[group]["segments"][segment.name] = None
    return Uses(
        {group: Use(**{way: tuple(found) for way, found in ways.items()}) for group, ways in parts.items()}
    )


@dataclass(frozen=True, slots=True)
class Facts:
    """An account with everything worked out of its inventory that several findings need."""

    inventory: Inventory
    roles: Mapping[str, Resolved]
    uses: Uses
    previous: Inventory | None = None
    dead: frozenset[str] = field(default_factory=frozenset)

    @property
    def at(self) -> datetime:
        """The moment of the inventory."""
        return self.inventory.at

    @property
    def segments(self) -> tuple[LiveSegment, ...]:
        """The account's segments."""
        return self.inventory.snapshot.segments

    @property
    def unread_uses(self) -> tuple[str, ...]:
        """What would show uses and was not read: campaigns, flows, or both."""
        return self.inventory.unread("campaigns", "flows")

    def figures(self, segment: LiveSegment) -> Figures | None:
        """Return a segment's counts, None where no report was read."""
        return self.inventory.figures.get(segment.id)

    def role_id(self, role: str) -> str | None:
        """Return the id of the metric that plays a role."""
        resolved = self.roles.get(role)
        return resolved.metric.id if resolved is not None else None

    def names(self) -> dict[str, str]:
        """Return the name of every metric, list and segment by id."""
        snapshot = self.inventory.snapshot
        named = {one.id: one.name for one in (*snapshot.metrics, *snapshot.lists)}
        return named | {one.id: one.name for one in snapshot.segments}

    def metric_name(self, identifier: str) -> str:
        """Return a metric's name, its id where the account has none of it."""
        found = (metric.name for metric in self.inventory.snapshot.metrics if metric.id == identifier)
        return next(found, identifier)

    def recent(self, metric: str, days: int) -> float | None:
        """Return a metric's events of the last days (to the week), None where its volume was not read."""
        volume = self.inventory.volumes.get(metric)
        if volume is None:
            return None
        return volume.since(self.at - timedelta(days=days))


def facts_of(inventory: Inventory, previous: Inventory | None = None) -> Facts:
    """Return what findings ask of an inventory; ``previous`` is an earlier one of the same account."""
    recent = {
        metric: volume.since(inventory.at - timedelta(days=RECENT))
        for metric, volume in inventory.volumes.items()
    }
    roles = resolve_roles(inventory.snapshot.metrics, inventory.mapped, recent)
    return Facts(inventory, roles, uses_of(inventory), previous, frozenset(_dead(inventory)))


def _dead(inventory: Inventory) -> Iterable[str]:
    """Yield the ids of groups that a segment names and the account does not have."""
    snapshot = inventory.snapshot
    known = {one.id for one in snapshot.lists} | {one.id for one in snapshot.segments}
    for segment in snapshot.segments:
        yield from groups_of(segment.definition) - known
