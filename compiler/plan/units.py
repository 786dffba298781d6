"""What a plan is: the units that it changes, each with its stages, and what it relied on when it was made."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Literal

from compiler.plan.stages import Stage

Danger = Literal["allow-replace", "allow-live", "allow-delete", "allow-many"]
UnitChange = Literal["create", "update", "replace", "retire", "delete", "unchanged", "blocked"]


@dataclass(frozen=True, slots=True)
class Unit:
    """One flow, segment or template: what becomes of it, why, by which stages, and which options that needs.

    ``observed`` is the digest of what the plan saw (None: there was nothing), ``desired`` the definition or
    attributes that it should have. ``blocked`` units have reasons and no stages.
    """

    kind: Literal["flow", "segment", "template", "tag"]
    name: str
    change: UnitChange
    id: str | None = None
    observed: str | None = None
    desired: Mapping[str, Any] | None = None
    reasons: tuple[str, ...] = ()
    stages: tuple[Stage, ...] = ()
    needs: tuple[Danger, ...] = ()


@dataclass(frozen=True, slots=True)
class Name:
    """A name that the plan relied on, and its id; None where the plan relied on there being none."""

    kind: str
    name: str
    id: str | None


@dataclass(frozen=True, slots=True)
class Plan:
    """Everything that an apply needs: whose account, which revision, which names, and the units in order.

    ``pages`` is how many calls the account's inventory took, which an apply reads again (0: not known).
    """

    project: str
    account: str
    revision: str
    normaliser: int
    names: tuple[Name, ...] = ()
    units: tuple[Unit, ...] = ()
    pages: int = 0
