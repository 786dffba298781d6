"""One flow on both sides, and the ground on which it is decided."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Literal

from compiler.plan.knowledge import Knowledge


@dataclass(frozen=True, slots=True)
class Case:
    """One flow on both sides.

    ``desired`` is a definition with references bound or symbolic, None where git has the flow no more. ``live`` is
    the flow as it was read (``id, name, archived, status, definition``). ``templates`` gives templates' content by
    id and placeholder. ``tagged`` says that the live flow carries the project's tag, ``never_live`` that nobody ever
    entered it, ``awaits`` names segments that must be processed before the flow goes live.
    """

    name: str
    desired: Mapping[str, Any] | None
    live: Mapping[str, Any] | None = None
    templates: Mapping[str, Any] = field(default_factory=dict)
    tagged: bool = False
    never_live: bool = False
    prevent_replace: bool = False
    retire: Literal["rolling", "now"] = "rolling"
    awaits: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Ground:
    """What decides beside the flow itself: the revision, what ``probe`` has shown, the project's tag."""

    revision: str
    tag: str
    known: Knowledge = field(default_factory=Knowledge)


def is_live(case: Case) -> bool:
    """Say whether somebody may be under way in the flow that exists: it is live, or sends what a person approves."""
    return case.live is not None and case.live.get("status") in ("live", "manual")
