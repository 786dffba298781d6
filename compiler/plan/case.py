"""One flow on both sides, and the ground on which it is decided."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Literal

from compiler.normalise import senders
from compiler.plan.knowledge import INERT, Knowledge


@dataclass(frozen=True, slots=True)
class Case:
    """One flow on both sides.

    ``desired`` is a definition with references bound or symbolic, None where git has the flow no more. ``live`` is
    the flow as it was read (``id, name, archived, status, definition``); its name is another one where the spec says
    ``was:``. ``templates`` gives templates' content by id and placeholder. ``tagged`` says that the live flow carries
    the project's tag, ``never_live`` that nobody ever got anything from it, else ``kept`` why it stays, ``replaced`` that another flow has taken
    its place already. ``retire`` is what the spec says about that (None: nothing, which is rolling where that fits).
    ``awaits`` names segments that must be processed before the flow goes live, ``refused`` gives what the account
    refused to do to this flow, by the mark of the edit (``compiler.plan.refusals``).
    """

    name: str
    desired: Mapping[str, Any] | None
    live: Mapping[str, Any] | None = None
    templates: Mapping[str, Any] = field(default_factory=dict)
    tagged: bool = False
    never_live: bool = False
    kept: str = ""
    replaced: bool = False
    prevent_replace: bool = False
    retire: Literal["rolling", "now"] | None = None
    awaits: tuple[str, ...] = ()
    refused: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Ground:
    """What decides beside the flow itself: the revision, what ``probe`` has shown, the project's tag."""

    revision: str
    tag: str
    known: Knowledge = field(default_factory=Knowledge)


def is_live(case: Case) -> bool:
    """Say whether somebody may be under way in the flow that exists: it is live, or sends what a person approves."""
    return case.live is not None and case.live.get("status") in ("live", "manual")


def is_inert(flow: Mapping[str, Any]) -> bool:
    """Say whether a flow as it was read does nothing at all: it is a draft, and so is each of its steps."""
    steps = [one for action in flow["definition"].get("actions") or () for one in (action, *senders(action))]
    found = [(step.get("data") or {}).get("status") for step in steps]
    return flow.get("status") == "draft" and all(status in (None, *INERT) for status in found)
