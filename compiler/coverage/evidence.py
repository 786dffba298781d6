"""Evidence from behaviour: entries and segments evaluated over profiles, events and memberships."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final

from compiler.coverage.account import RECENT, Facts, moment
from compiler.coverage.fitting import Behaviour
from compiler.coverage.matching import entry_name, segment_name
from compiler.coverage.model import Fitted
from compiler.evaluate import Evaluation, Measure, Tables, evaluate_many

CHANNELS: Final = ("email", "sms", "push")
REVENUE: Final = "revenue"
APART: Final = timedelta(days=1)  # how far the data may lie from another moment without a word
UNSURE: Final = 0.05  # of those who are or may be members; with more of them open a count says nothing
YEAR: Final = {"type": "date", "operator": "in-the-last", "unit": "day", "quantity": 365}


@dataclass(frozen=True, slots=True, eq=False)
class Evidence:
    """Figures of one evaluation: profiles, what can be mailed, members of entries and segments, revenue of a year.

    ``at`` is the moment (UTC-aware) as of which rules were evaluated.
    """

    at: datetime
    evaluation: Evaluation
    undecided: Mapping[str, str]
    orders: bool

    @property
    def base(self) -> int | None:
        """The profiles that can be mailed, None where the data does not decide it."""
        return self.members(mailable_name("email"))

    def unsure(self, name: str) -> int:
        """Return how many profiles the data leaves open for a rule."""
        return self.evaluation.undecided(name)

    def decides(self, name: str) -> bool:
        """Say whether the data decides a rule: no condition is open, and few profiles are, by its members.

        A count beside which many are open would be taken for small, or for none, and would only be unknown.
        """
        if name in self.undecided:
            return False
        unsure = self.unsure(name)
        return unsure <= UNSURE * (unsure + self.evaluation.count(name))

    def members(self, name: str) -> int | None:
        """Return the members of a rule for sure, None where the data does not decide it."""
        return self.evaluation.count(name) if self.decides(name) else None

    def mailable(self, name: str, channel: str = "email") -> int | None:
        """Return the members of a rule that a channel reaches, None where the data does not decide either."""
        reached = mailable_name(channel)
        return (
            self.evaluation.overlap(name, reached) if self.decides(name) and self.decides(reached) else None
        )

    def revenue(self, name: str) -> float | None:
        """Return what the members of a rule spent in the last year."""
        return self.evaluation.amount(REVENUE, name) if self.orders and self.decides(name) else None

    def jaccard(self, one: str, two: str) -> float | None:
        """Return the share of two rules' members that are members of both."""
        if not (self.decides(one) and self.decides(two)):
            return None
        both = self.evaluation.overlap(one, two)
        either = self.evaluation.count(one) + self.evaluation.count(two) - both
        return both / either if either else None


def crowd(count: int) -> str:
    """Return a number of people in words."""
    return "1 person" if count == 1 else f"{count:,} people"


def mailable_name(channel: str) -> str:
    """Return the name of the rule of who can be reached."""
    return f"mailable {channel}"


def consent(channel: str, *, can: bool = True) -> dict[str, Any]:
    """Return the rule of who can (or cannot) get marketing on a channel, for whatever reason."""
    asked: dict[str, Any] = {"channel": channel, "can_receive_marketing": can}
    if channel != "push":
        asked["consent_status"] = {"subscription": "any", "filters": None}
    return {"condition_groups": [{"conditions": [{"type": "profile-marketing-consent", "consent": asked}]}]}


def gather(facts: Facts, fitted: Iterable[Fitted], tables: Tables, at: datetime) -> Evidence:
    """Return the evidence for all entries and segments as of ``at``, the data's moment, in one evaluation."""
    rules: dict[str, Any] = {mailable_name(channel): consent(channel) for channel in CHANNELS}
    rules["unmailable"] = consent("email", can=False)
    rules |= {
        entry_name(one.entry.key): one.definition
        for one in fitted
        if one.definition is not None and not one.to_fill
    }
    rules |= {
        segment_name(one.id): one.definition
        for one in facts.segments
        if one.definition.get("condition_groups")
    }
    order = facts.role_id("placed_order")
    measures = {} if order is None else {REVENUE: Measure(order, "sum", YEAR)}
    found = evaluate_many(rules, tables, at, measures)
    undecided = {one.definition: one.reason for one in found.undecidable}
    return Evidence(at, found, undecided, REVENUE in found.measures and REVENUE not in undecided)


def behaviour_of(facts: Facts, tables: Tables | None, at: datetime) -> Behaviour:
    """Return what thresholds adapt to: the average order from a year's volume, the buying cycle from events.

    The cycle is the mean, over customers with two orders or more, of the days between their orders
    (FACTS B5: Klaviyo help 115002775192); without events it is not known.
    """
    order = facts.role_id("placed_order")
    if order is None:
        return Behaviour(at, engaged_window=engaged_window(facts))
    volume = facts.inventory.volumes.get(order)
    orders = sum(volume.counts) if volume else 0
    average = sum(volume.amounts) / orders if volume and orders else None
    cycle = None if tables is None else _cycle(tables, order)
    return Behaviour(at, cycle, average, engaged_window(facts))


def engaged_window(facts: Facts) -> float | None:
    """Return the days of engagement that fit how often campaigns were sent in 90 days; None where none were.

    30 days where they go out every other day or oftener, 60 up to every ten days, else 90 (FACTS B5).
    """
    since = facts.at - timedelta(days=RECENT)
    moments = (moment(one.at) for one in facts.inventory.campaigns if one.status == "sent")
    sent = sum(1 for one in moments if one is not None and since <= one <= facts.at)
    if not sent:
        return None
    gap = RECENT / sent
    return 30.0 if gap <= 2 else 60.0 if gap <= 10 else 90.0


def _cycle(tables: Tables, order: str) -> float | None:
    from compiler.evaluate.tables import run  # noqa: PLC0415 - loads the engine

    events = tables.events.filter(tables.events.metric_id == order)
    people = events.group_by("profile_id").aggregate(
        orders=events.count(), first=events.ts.min(), last=events.ts.max()
    )
    again = people.filter(people.orders > 1)
    seconds = again["last"].epoch_seconds() - again["first"].epoch_seconds()
    rows = run(again.select(seconds=seconds, gaps=again.orders - 1)).to_pylist()
    paces = [row["seconds"] / row["gaps"] / 86_400 for row in rows]
    return sum(paces) / len(paces) if paces else None
