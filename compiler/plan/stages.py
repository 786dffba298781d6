"""What a plan does: one small frozen dataclass for each thing that is done.

A stage says what, never how: bodies are derived when it is applied (``compiler.plan.bodies``). ``flow`` is the id
of a live flow, or None for the flow that the unit itself creates. ``step`` is an id of the unit's desired
definition, ``action`` the id of a live action, or None for one that the unit itself makes.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Literal

Status = Literal["draft", "manual", "live", "disabled"]
Path = tuple[str | int, ...]


@dataclass(frozen=True, slots=True)
class Change:
    """One field: its path inside the action or segment, and its value before and after (None: absent)."""

    path: Path
    old: Any
    new: Any


@dataclass(frozen=True, slots=True)
class After:
    """Behind an action that the flow has, on one of its exits: the key of a link, or the place of a branch."""

    action: str
    exit: str | int


@dataclass(frozen=True, slots=True)
class AfterNew:
    """Behind a step that this unit inserted before."""

    step: str
    exit: str | int


@dataclass(frozen=True, slots=True)
class Before:
    """At the start of the flow, before the action that the flow starts with when the plan is made."""

    action: str


@dataclass(frozen=True, slots=True)
class First:
    """The first action of a flow that has none."""


Place = After | AfterNew | Before | First


@dataclass(frozen=True, slots=True)
class CreateTemplate:
    """Store a template under its content-addressed name."""

    name: str
    content: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class RestoreTemplate:
    """Give a template of the library its HTML again; the copies that messages have stay as they are."""

    template: str
    name: str
    content: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class CloneTemplate:
    """Copy a template of the account under a name of its own."""

    name: str
    source: str


@dataclass(frozen=True, slots=True)
class CreateSegment:
    """Create a segment; ``attributes`` hold its definition and settings."""

    name: str
    attributes: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class UpdateSegment:
    """Change a segment; ``triggers`` names the live flows that it triggers."""

    segment: str
    changes: tuple[Change, ...]
    triggers: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class DeleteSegment:
    """Delete a segment; ``triggers`` names the live flows that it triggers."""

    segment: str
    triggers: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class AwaitSegment:
    """Wait until a segment is processed, before a flow that it triggers goes live."""

    name: str


@dataclass(frozen=True, slots=True)
class CreateTag:
    """Create a tag."""

    name: str


@dataclass(frozen=True, slots=True)
class Tag:
    """Put a tag on a flow."""

    flow: str | None
    tag: str


@dataclass(frozen=True, slots=True)
class Untag:
    """Take a tag off a flow."""

    flow: str
    tag: str


@dataclass(frozen=True, slots=True)
class CreateFlow:
    """Create the unit's flow, every step a draft."""

    name: str


@dataclass(frozen=True, slots=True)
class PatchAction:
    """Replace fields of an action; the rest of the body is what a read just before it shows."""

    flow: str
    action: str
    step: str
    kind: str
    changes: tuple[Change, ...]


@dataclass(frozen=True, slots=True)
class InsertAction:
    """Insert a step; it arrives as a draft, or acts at once where its kind has no status."""

    flow: str
    step: str
    kind: str
    place: Place


@dataclass(frozen=True, slots=True)
class DeleteAction:
    """Delete an action; what led to it leads on to what followed it."""

    flow: str
    action: str
    kind: str


@dataclass(frozen=True, slots=True)
class SetActionStatus:
    """Set the status of one step."""

    flow: str | None
    action: str | None
    step: str
    status: Status


@dataclass(frozen=True, slots=True)
class SetStatus:
    """Set the status of a flow, and with it of every action in it."""

    flow: str | None
    status: Status


@dataclass(frozen=True, slots=True)
class ReadBack:
    """Read the flow and compare it with what the stages so far make of it; ``final`` reads twice, a settle apart."""

    flow: str | None
    final: bool = False


@dataclass(frozen=True, slots=True)
class Due:
    """A message of a retiring flow and how many seconds after the switch nobody waits for it any more.

    None: that cannot be known, a person decides.
    """

    action: str
    seconds: int | None


@dataclass(frozen=True, slots=True)
class Retire:
    """Mark a flow as retired at the time of this stage; its messages go to draft as they fall due."""

    flow: str
    schedule: tuple[Due, ...] = ()


@dataclass(frozen=True, slots=True)
class DeleteFlow:
    """Delete a flow."""

    flow: str


Stage = (
    CreateTemplate
    | RestoreTemplate
    | CloneTemplate
    | CreateSegment
    | UpdateSegment
    | DeleteSegment
    | AwaitSegment
    | CreateTag
    | Tag
    | Untag
    | CreateFlow
    | PatchAction
    | InsertAction
    | DeleteAction
    | SetActionStatus
    | SetStatus
    | ReadBack
    | Retire
    | DeleteFlow
)
