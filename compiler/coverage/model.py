"""What coverage speaks about: entries of the catalog, findings, rows of the tracker; all frozen."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from typing import Any, Final, Literal

from compiler.diagnostics import Span
from compiler.positions import locate
from compiler.source import Source

STAGES: Final = (
    "acquire", "engage", "consider", "convert", "grow", "retain", "loyalty", "winback", "sunset",
    "channel", "personalize", "moment", "hygiene",
)  # fmt: skip
LIFECYCLE: Final = STAGES[:9]  # the stages that a customer passes; the others cut across them
# Stages of which a customer is in one at a time; engagement, consideration and loyalty lie across them.
EXCLUSIVE: Final = ("acquire", "convert", "grow", "retain", "winback", "sunset")
VALUES: Final[Mapping[str, float]] = {
    "revenue-recovery": 1.0,
    "retention": 0.9,
    "high-intent": 0.85,
    "consent-safe-growth": 0.75,
    "loyalty": 0.75,
    "deliverability": 0.6,
    "personalization": 0.55,
    "routing": 0.5,
}

Definition = Mapping[str, Any]
Confidence = Literal["high", "medium", "low"]
Status = Literal["covered", "covered, unmanaged", "inactive", "missing", "to fill in", "blocked"]
Action = Literal["create", "review", "merge into", "refresh", "retire", "leave"]
Level = Literal["urgent", "warning", "note"]


@dataclass(frozen=True, slots=True)
class Param:
    """A threshold of an entry: its default (None: a person fills it in), its range, what it adapts to."""

    name: str
    type: str
    default: Any = None
    minimum: float | None = None
    maximum: float | None = None
    adapts_to: str = ""
    times: float = 1.0
    plus: float = 0.0


@dataclass(frozen=True, slots=True)
class Entry:
    """One audience of a catalog; ``definition`` is in the language's spelling, with expressions and roles."""

    key: str
    stage: str
    title: str
    rule: str
    value: str
    uses: tuple[str, ...]
    cadence: str
    needs: tuple[str, ...]
    source: str
    basis: str
    definition: tuple[Any, ...]
    params: tuple[Param, ...] = ()
    origin: tuple[Source, tuple[Any, ...]] | None = None

    @property
    def span(self) -> Span:
        """Where a catalog says it."""
        return self.place()

    def place(self, path: tuple[Any, ...] = (), *, at_key: bool = False) -> Span:
        """Return where its own catalog says a part of it; the entry itself where that says it no more."""
        if self.origin is None:
            return Span("a catalog")
        source, above = self.origin
        return locate(source, (*above, *path), key=at_key)


@dataclass(frozen=True, slots=True)
class Fitted:
    """An entry fitted to an account: its thresholds, its rule in words, its definition with ids, what it lacks."""

    entry: Entry
    values: Mapping[str, Any]
    adapted: tuple[str, ...]
    rule: str
    definition: Definition | None
    low: Definition | None
    high: Definition | None
    to_fill: tuple[str, ...] = ()
    blocked: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Spec:
    """A segment as it is kept in git: what covers an entry, who answers for it, when it was looked at."""

    name: str
    file: str
    lifecycle: str = ""
    owner: str = ""
    uses: tuple[str, ...] = ()
    review: str = ""
    reviewed: str = ""
    definition: Definition = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Finding:
    """What a rule found: its code and name, whom it concerns, the evidence, and how sure it is.

    ``segments`` are names (with the id where several bear one), the one to act on first. ``entry`` is the catalog entry concerned, if any.
    """

    code: str
    name: str
    level: Level
    segments: tuple[str, ...]
    evidence: str
    source: str
    confidence: Confidence
    entry: str = ""
    action: Action = "review"
    target: str = ""


@dataclass(frozen=True, slots=True)
class Priority:
    """A score from 0 to 100 with its parts, each of which the tracker explains; None: cannot be scored."""

    score: int | None
    value: float
    share: float | None
    uses: float
    strength: float
    effort: float
    why: str


@dataclass(frozen=True, slots=True)
class Row:
    """One line of the tracker; its fields are the tracker's columns.

    ``trend`` is members a week, ``weeks`` the members at the end of each of the last weeks.
    """

    kind: Literal["entry", "segment", "logic"]
    entry: str
    stage: str
    recommended: str
    rule: str
    status: str
    evidence: str
    uses: tuple[str, ...]
    priority: Priority | None
    owner: str
    review_status: str
    cadence: str
    next_review: date | None
    existing: tuple[str, ...]
    action: Action
    target: str = ""
    findings: tuple[str, ...] = ()
    members: int | None = None
    mailable: int | None = None
    trend: float | None = None
    weeks: tuple[int, ...] = ()
    revenue: float | None = None
