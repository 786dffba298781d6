"""The words of the logic: subjects, filters, conditions, rules and profiles, all frozen.

A rule is a conjunction of clauses; a clause is a disjunction of conditions. Every condition speaks about
one subject (a property, a metric, a channel, a list ...), except a funnel, which speaks about several metrics.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from fractions import Fraction
from typing import NamedTuple

Number = int | float | Fraction
Scalar = bool | int | float | Fraction | str
Value = Scalar | datetime | tuple[Scalar, ...] | None


class Subject(NamedTuple):
    """What a condition speaks about: ``Subject("property", "email")``, ``Subject("metric", "AbC123")``."""

    kind: str
    name: str
    part: str = ""


class Range(NamedTuple):
    """Numbers between two ends; an end of ``None`` is infinite, an open end is not part of it."""

    low: Number | None = None
    high: Number | None = None
    low_open: bool = False
    high_open: bool = False


Numbers = tuple[Range, ...]


@dataclass(frozen=True, slots=True)
class Timeframe:
    """When: an operator of the contract with its bounds; weeks are already 7 days.

    ``start`` and ``end`` count units back from now (or the calendar month); ``first`` and ``last`` are UTC days.
    """

    operator: str
    unit: str = ""
    start: int = 0
    end: int = 0
    first: date | None = None
    last: date | None = None


@dataclass(frozen=True, slots=True)
class Filter:
    """A test of one value; ``kind`` is the type that a value must have to pass it."""

    kind: str
    operator: str
    value: Timeframe | Numbers | tuple[Scalar, ...] | str | bool | None = None


Filters = tuple[tuple[str, Filter], ...]


@dataclass(frozen=True, slots=True)
class Holds:
    """The value of a subject passes a filter."""

    subject: Subject
    filter: Filter


@dataclass(frozen=True, slots=True)
class Measured:
    """The count or the sum of a subject's records, inside a timeframe and passing filters, is among numbers."""

    subject: Subject
    measure: str
    numbers: Numbers
    timeframe: Timeframe
    filters: Filters


@dataclass(frozen=True, slots=True)
class Status:
    """A channel is in one of some states, and the fields of that state pass filters."""

    subject: Subject
    states: tuple[str, ...]
    filters: Filters


@dataclass(frozen=True, slots=True)
class Step:
    """One step of a funnel: a metric with filters, which happened or did not."""

    subject: Subject
    exists: bool
    filters: Filters


@dataclass(frozen=True, slots=True)
class Funnel:
    """Steps that happened one after the other inside a timeframe, all within ``seconds`` of the first."""

    subject: Subject
    steps: tuple[Step, ...]
    timeframe: Timeframe
    seconds: int | None


@dataclass(frozen=True, slots=True)
class Opaque:
    """A condition that only the account can decide; it is equal to itself and nothing else is known."""

    subject: Subject


Condition = Holds | Measured | Status | Funnel | Opaque
Clause = tuple[Condition, ...]


@dataclass(frozen=True, slots=True)
class Rule:
    """A definition in canonical order: every clause must hold, and a clause holds by any condition in it."""

    clauses: tuple[Clause, ...]


@dataclass(frozen=True, slots=True)
class Record:
    """One event or custom object: when, its value (null counts as 0), its properties."""

    time: datetime
    value: Number | None = None
    properties: Mapping[str, Value] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Standing:
    """The state of a channel (``"can subscribed"``) and the fields that the account keeps of it."""

    state: str
    fields: Mapping[str, Value] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Profile:
    """A person as far as conditions can see; what is absent is not set, never happened, never subscribed."""

    values: Mapping[Subject, Value] = field(default_factory=dict)
    standings: Mapping[Subject, Standing] = field(default_factory=dict)
    records: Mapping[Subject, tuple[Record, ...]] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Found:
    """A solver's answer: it can be, and so."""

    what: object


@dataclass(frozen=True, slots=True)
class Open:
    """A solver's answer: it could be neither shown nor excluded, and why."""

    reason: str


Answer = Found | Open | None  # None: proven impossible

PAST_PROPERTIES = frozenset({"created", "updated", "last_event_date"})
PAST_KINDS = frozenset({"member"})


def is_past(subject: Subject) -> bool:
    """Say whether a subject's dates cannot lie after now: joining a list, the creation of a profile."""
    return subject.kind in PAST_KINDS or (subject.kind == "property" and subject.name in PAST_PROPERTIES)


def type_of(subject: Subject) -> str:
    """Name the one type that a subject's value can have, or an empty string where a profile may hold any."""
    if is_past(subject):
        return "date"
    if subject.kind == "predictive":
        return {"expected_date_of_next_purchase": "date", "predicted_gender": "text"}.get(
            subject.name, "number"
        )
    return FIXED_TYPES.get(subject.kind, "")


FIXED_TYPES = {
    "region": "text",
    "phone-country": "text",
    "distance": "number",
    "affinity-priority": "number",
    "affinity-rank": "text",
}


def family(subject: Subject) -> str:
    """Name the family of subjects that depend on each other, or an empty string where a subject stands alone.

    A region follows from the country, a distance from the postal code, a phone's country from the phone, and
    no two channels have the same priority.
    """
    if subject.kind in {"region", "distance"} or (
        subject.kind == "property" and (subject.name.startswith("location[") or subject.name in LOCATION)
    ):
        return "location"
    if subject.kind == "affinity-priority":
        return "affinity"
    if subject.kind == "phone-country" or subject == Subject("property", "phone_number"):
        return f"phone {subject.name}"
    return ""


LOCATION = frozenset({"country", "region", "city", "zip", "$country", "$region", "$city", "$zip"})
CONSENT_STATES: Mapping[str, tuple[str, ...]] = {
    "email": (
        "can subscribed",
        "can never_subscribed",
        "cannot subscribed",
        "cannot unsubscribed",
        "cannot never_subscribed",
    ),
    "sms": ("can subscribed", "cannot unsubscribed", "cannot never_subscribed"),
    "push": ("can any", "cannot any"),
}
PERMISSION_STATES = (
    "explicitly_reachable",
    "implicitly_reachable",
    "explicitly_unreachable",
    "implicitly_unreachable",
)


def states_of(subject: Subject) -> tuple[str, ...]:
    """List the states that a channel can be in; a permission can also be unknown (an empty string)."""
    return CONSENT_STATES[subject.name] if subject.kind == "consent" else ("", *PERMISSION_STATES)


def default_standing(subject: Subject) -> Standing:
    """Return the standing of a profile of which nothing is recorded."""
    if subject.kind == "permission":
        return Standing("")
    return Standing("cannot any" if subject.name == "push" else "cannot never_subscribed")
