"""An account's inventory as frozen data: what has a name, and what the plan, the lock and coverage ask of it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

RETIRED: Final = "flowc-retired"  # a flow with a tag that begins so was replaced by another of its name


@dataclass(frozen=True, slots=True, order=True)
class Thing:
    """Something that specs name: its kind (metric, list, segment, ...), name, id; metrics have an integration."""

    kind: str
    name: str
    integration: str
    id: str


@dataclass(frozen=True, slots=True)
class Account:
    """The account itself; ``timezone`` is an IANA name, ``currency`` an ISO code; empty where it does not say."""

    id: str
    timezone: str
    currency: str


@dataclass(frozen=True, slots=True)
class LiveSegment:
    """One segment with its definition as the API holds it; moments are the API's texts."""

    id: str
    name: str
    definition: Mapping[str, Any]
    is_active: bool
    is_processing: bool
    is_starred: bool
    created: str
    updated: str
    tags: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class LiveTemplate:
    """One template; ``html`` and ``text`` are None where they were not asked for."""

    id: str
    name: str
    editor_type: str
    html: str | None = None
    text: str | None = None


@dataclass(frozen=True, slots=True)
class LiveFlow:
    """One flow as a listing shows it, without its definition."""

    id: str
    name: str
    status: str
    archived: bool
    created: str
    trigger_type: str
    tags: tuple[str, ...]

    @property
    def retired(self) -> bool:
        """Whether a replace took this flow out of service; its name means another flow."""
        return any(tag.startswith(RETIRED) for tag in self.tags)


@dataclass(frozen=True, slots=True)
class Snapshot:
    """An account at one moment, as one revision of the API shows it; what was not read is empty."""

    account: Account
    revision: str
    metrics: tuple[Thing, ...] = ()
    lists: tuple[Thing, ...] = ()
    segments: tuple[LiveSegment, ...] = ()
    templates: tuple[LiveTemplate, ...] = ()
    images: tuple[Thing, ...] = ()
    tags: tuple[Thing, ...] = ()
    flows: tuple[LiveFlow, ...] = ()

    def things(self) -> tuple[Thing, ...]:
        """Return everything that a spec can name, sorted by kind and name.

        A retired flow has no name, and an archived one only where no other flow has it.
        """
        found = [*self.metrics, *self.lists, *self.images, *self.tags]
        found += [Thing("segment", segment.name, "", segment.id) for segment in self.segments]
        found += [Thing("template", template.name, "", template.id) for template in self.templates]
        in_use = {flow.name for flow in self.flows if not flow.retired and not flow.archived}
        named = [
            flow for flow in self.flows if not flow.retired and not (flow.archived and flow.name in in_use)
        ]
        found += [Thing("flow", flow.name, "", flow.id) for flow in named]
        return tuple(sorted(found))
