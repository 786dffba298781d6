"""What a comparison of two flows says."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Literal

from compiler.diff.flowgraph import Flowgraph

Aspect = Literal["renamed", "re-texted", "re-timed", "re-filtered", "status", "settings"]


@dataclass(frozen=True, slots=True)
class Pair:
    """The id of a live step and the id of the desired step that it corresponds to."""

    live: str
    desired: str


@dataclass(frozen=True, slots=True)
class Match:
    """Which step became which.

    ``pairs``, ``changed``, ``moved`` and ``swapped`` are in the desired flow's order, as ``inserted`` is;
    ``deleted`` is in the live flow's. ``swapped`` are splits whose branches changed places. ``exits`` gives,
    by live id, which exit of the live step corresponds to which exit of the desired one, as places.
    """

    pairs: tuple[Pair, ...]
    inserted: tuple[str, ...]
    deleted: tuple[str, ...]
    changed: tuple[Pair, ...]
    moved: tuple[Pair, ...]
    swapped: tuple[Pair, ...]
    exits: Mapping[str, tuple[tuple[int, int], ...]]


@dataclass(frozen=True, slots=True)
class FieldChange:
    """One field: its path, the value before and after (None: absent), and a unified diff of long text."""

    path: str
    old: Any
    new: Any
    text: str = ""


@dataclass(frozen=True, slots=True)
class StepChange:
    """What changed in a step that both sides have."""

    pair: Pair
    kind: str
    aspects: frozenset[Aspect]
    fields: tuple[FieldChange, ...]


@dataclass(frozen=True, slots=True)
class Relink:
    """An exit that leads elsewhere, though nothing that was inserted, deleted or moved explains it.

    ``pair`` is empty on both sides for the flow's entry; a target is a live or a desired id, None the end.
    """

    pair: Pair
    label: str
    old: str | None
    new: str | None


@dataclass(frozen=True, slots=True)
class FlowDiff:
    """The differences of two flows; ``settings`` are those of name, status, triggers, filter and re-entry."""

    live: Flowgraph
    desired: Flowgraph
    match: Match
    changes: tuple[StepChange, ...]
    relinked: tuple[Relink, ...]
    settings: tuple[FieldChange, ...]

    @property
    def edits(self) -> int:
        """Count the edits that a person would say were made; a step changed in three fields counts once."""
        match = self.match
        steps = (match.inserted, match.deleted, match.changed, match.moved, match.swapped)
        return sum(map(len, steps)) + len(self.relinked) + len(self.settings)

    @property
    def empty(self) -> bool:
        """Say whether the two flows are the same."""
        return not self.edits

    def touches(self, setting: str) -> bool:
        """Say whether one of name, status, triggers, profile_filter and reentry_criteria changed."""
        return any(change.path.split(".")[0].split("[")[0] == setting for change in self.settings)
