"""What planning is given and what it returns."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from compiler.bind import Names
from compiler.diagnostics import Diagnostic
from compiler.plan.knowledge import Knowledge
from compiler.plan.refusals import Refusal
from compiler.plan.units import Plan
from compiler.planning.missing import Missing
from compiler.project import Project


@dataclass(frozen=True, slots=True)
class Sides:
    """Both sides of a flow that differs, for those who show it: definitions as read and as desired."""

    live: Mapping[str, Any]
    desired: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Planned:
    """A plan, both sides of the flows that change by id, the templates' content, names by id, and remarks.

    ``missing`` is what the specs name and no apply can make; with any of it the plan is none to apply.
    ``diagnostics`` are the warnings about what the specs mean in this account.
    """

    plan: Plan
    sides: Mapping[str, Sides] = field(default_factory=dict)
    templates: Mapping[str, Any] = field(default_factory=dict)
    names: Mapping[str, str] = field(default_factory=dict)
    remarks: tuple[str, ...] = ()
    missing: tuple[Missing, ...] = ()
    diagnostics: tuple[Diagnostic, ...] = ()


@dataclass(frozen=True, slots=True)
class Scope:
    """What is planned: the project and its specs, against which revision, with what is known of the account.

    ``locked`` are the names of the lock file; ``whole`` says that the specs are all that the project has, so that
    what is tagged and has no spec is gone from git. ``quick`` reads actions only, fifty flows a call. ``now`` decides
    what of a retired flow has fallen due, and up to when a draft was never sent (None: neither is asked).
    ``refusals`` are what earlier applies were refused.
    """

    project: Project
    revision: str
    known: Knowledge = field(default_factory=Knowledge)
    locked: Names | None = None
    whole: bool = True
    quick: bool = False
    now: dt.datetime | None = None
    refusals: tuple[Refusal, ...] = ()


def project_tag(project: str) -> str:
    """Return the tag that flows and segments of a project carry."""
    return f"flowc:{project}"
