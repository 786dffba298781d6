"""What a back-population would do, as frozen rows of whole numbers; moments are seconds since 1970."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Entry:
    """How many are added at a step (``trigger`` for the start), and when the first and last of them go on."""

    step: int | None
    name: str
    count: int
    first: int
    last: int


@dataclass(frozen=True, slots=True)
class Outcome:
    """How many come to what at a live or manual action; ``missed`` are added behind it."""

    step: int
    name: str
    channel: str
    counts: Mapping[str, int]


@dataclass(frozen=True, slots=True)
class Day:
    """What one action does on one day of the account's calendar (``2026-11-20``)."""

    day: str
    step: int
    name: str
    channel: str
    outcome: str
    count: int


@dataclass(frozen=True, slots=True)
class QueueDay:
    """Texts of one day: how many, the longest queue, and when the last one is out."""

    day: str
    texts: int
    longest: int
    done: int


@dataclass(frozen=True, slots=True)
class Queue:
    """The queue of texts at a speed (texts a second): the longest, the longest wait in seconds, when it is empty."""

    speed: int
    longest: int
    wait: int
    done: int
    days: tuple[QueueDay, ...]


@dataclass(frozen=True, slots=True)
class LeftOut:
    """How many are not added, and why."""

    reason: str
    count: int
    text: str


@dataclass(frozen=True, slots=True)
class Doubtful:
    """How many profiles hang on a rule that nothing documents, and how it is read here."""

    code: str
    count: int
    text: str
    source: str


@dataclass(frozen=True, slots=True)
class Simulation:
    """Who triggered the flow, who is added where, what they get and when, and what is in doubt.

    ``undecided`` says which conditions the data cannot decide; ``notes`` what else the figures leave out; ``zones``
    is the version of the time-zone rules.
    """

    triggered: int
    added: int
    left_out: tuple[LeftOut, ...]
    entries: tuple[Entry, ...]
    outcomes: tuple[Outcome, ...]
    days: tuple[Day, ...]
    queue: Queue | None
    doubts: tuple[Doubtful, ...]
    undecided: tuple[str, ...]
    notes: tuple[str, ...]
    zones: str

    def total(self, outcome: str) -> int:
        """Return how many times an outcome happens, over all actions."""
        return sum(row.counts.get(outcome, 0) for row in self.outcomes)
