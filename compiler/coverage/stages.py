"""People stage by stage: how many, what they spend, who is in several stages at once or in none, who moved.

Stages come from the catalog's entries that the data decides; a person in several stands, for movement, in the one
furthest along. Movement compares now with 30 days ago. Events carry their time, so both moments are exact for
entries made of events; consent, properties and predictions have no history, so consent is taken as it is now and
entries that ask for the others are left out of movement.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from itertools import combinations
from typing import TYPE_CHECKING, Any, Final

from compiler.coverage.evidence import REVENUE, Evidence, consent, mailable_name
from compiler.coverage.matching import entry_name
from compiler.coverage.model import EXCLUSIVE, LIFECYCLE, Definition, Fitted
from compiler.coverage.places import conditions_of
from compiler.evaluate import Tables, verdicts
from compiler.evaluate.tables import run

if TYPE_CHECKING:
    import ibis.expr.types as ir

BACK: Final = timedelta(days=30)
REMEMBERED: Final = ("profile-metric", "profile-metric-funnel", "profile-marketing-consent")
NOWHERE, UNKNOWN = "no stage", "not here yet"
MAILABLE: Final = "mailable"


@dataclass(frozen=True, slots=True)
class Stage:
    """The people of a stage who can be mailed: how many, their share of the base and of its revenue in a year."""

    name: str
    people: int
    share: float
    revenue_share: float | None


@dataclass(frozen=True, slots=True)
class Outside:
    """Who can be mailed and is in no stage: how many, their share of the base and of its revenue in a year."""

    profiles: int
    share: float
    revenue_share: float | None


@dataclass(frozen=True, slots=True)
class Pair:
    """Two stages that exclude each other, and how many people are in both."""

    one: str
    two: str
    people: int


@dataclass(frozen=True, slots=True)
class Move:
    """How many people were in one stage then and are in another (or the same) now."""

    before: str
    now: str
    people: int


@dataclass(frozen=True, slots=True)
class Stages:
    """Everything that data says of people and stages; ``moves`` compare ``since`` with now."""

    stages: tuple[Stage, ...]
    outside: Outside
    several: int
    several_share: float
    pairs: tuple[Pair, ...]
    since: date
    moves: tuple[Move, ...]

    @property
    def moved(self) -> tuple[Move, ...]:
        """The moves from one stage to another, the largest first."""
        found = (move for move in self.moves if UNKNOWN != move.before != move.now)
        return tuple(sorted(found, key=lambda move: (-move.people, move.before, move.now)))


def stages_of(evidence: Evidence, fitted: Iterable[Fitted], tables: Tables, at: datetime) -> Stages | None:
    """Return what the data says of people and stages as of ``at`` (UTC-aware); None where nobody can be mailed."""
    if not evidence.base:
        return None
    entries = _by_stage(evidence, fitted)
    found = evidence.evaluation
    mailable = found.holds(mailable_name("email"))
    inside = {stage: found.holds(*map(entry_name, keys)) & mailable for stage, keys in entries.items()}
    known = [entry_name(key) for keys in entries.values() for key in keys]
    outside = found.holds_none("unmailable", *known)
    exclusive = [stage for stage in EXCLUSIVE if stage in inside]
    several = sum((inside[stage].astype(int) for stage in exclusive), start=0 * mailable) > 1
    pairs = (
        Pair(one, two, int(found.weights[inside[one] & inside[two]].sum()))
        for one, two in combinations(exclusive, 2)
    )
    crowd = int(found.weights[several].sum())
    return Stages(
        tuple(Stage(stage, *_figures(evidence, mask, mailable)) for stage, mask in inside.items()),
        Outside(*_figures(evidence, outside, mailable)),
        crowd,
        crowd / evidence.base,
        tuple(sorted((pair for pair in pairs if pair.people), key=lambda pair: -pair.people)),
        (at - BACK).date(),
        tuple(_moves(entries, fitted, tables, at)),
    )


def _by_stage(evidence: Evidence, fitted: Iterable[Fitted]) -> dict[str, list[str]]:
    """Return the entries of each stage of the lifecycle that the data decides, by key."""
    listed = [one for one in fitted if one.definition is not None and not one.to_fill]
    keys = [one.entry for one in listed if evidence.decides(entry_name(one.entry.key))]
    found = {stage: [entry.key for entry in keys if entry.stage == stage] for stage in LIFECYCLE}
    return {stage: own for stage, own in found.items() if own}


def _figures(evidence: Evidence, mask: Any, mailable: Any) -> tuple[int, float, float | None]:
    """Return how many people the rows of an evaluation hold, their share of the base, and of its revenue."""
    found = evidence.evaluation
    people, base = int(found.weights[mask].sum()), int(found.weights[mailable].sum())
    revenue = None
    if evidence.orders:
        amounts = found.amounts[:, found.measures.index(REVENUE)]
        whole = int(amounts[mailable].sum())
        revenue = int(amounts[mask].sum()) / whole if whole else None
    return people, people / base, revenue


def _moves(
    entries: Mapping[str, list[str]], fitted: Iterable[Fitted], tables: Tables, at: datetime
) -> Iterator[Move]:
    """Yield how many of those that can be mailed now stood in which stage then and stand in which now."""
    rules = {one.entry.key: one.definition for one in fitted if one.definition is not None}
    kept = {
        stage: [key for key in keys if _remembered(rules[key])]
        for stage, keys in entries.items()
        if any(_remembered(rules[key]) for key in keys)
    }
    names = [NOWHERE, *kept]
    before, now = (_placed(kept, rules, tables, moment) for moment in (at - BACK, at))
    both = now.inner_join(before.select("profile_id", before="place"), "profile_id")
    both = both.inner_join(_known_then(tables, at - BACK), "profile_id")
    both = both.filter(both[MAILABLE])
    counted = both.group_by(["known", "before", "place"]).aggregate(people=both.count())
    rows = run(counted).to_pylist()
    for row in sorted(rows, key=lambda row: (row["known"], row["before"], row["place"])):
        stood = names[row["before"]] if row["known"] else UNKNOWN
        yield Move(stood, names[row["place"]], row["people"])


def _remembered(definition: Definition) -> bool:
    return all(one.get("type") in REMEMBERED for one in conditions_of(definition))


def _placed(
    stages: Mapping[str, list[str]], rules: Mapping[str, Definition], tables: Tables, at: datetime
) -> ir.Table:
    """Return a row a profile with the place of its stage (0: none) as of a moment, and whether it can be mailed."""
    import ibis  # noqa: PLC0415 - heavy, loaded where data is read

    asked = {key: rules[key] for keys in stages.values() for key in keys} | {MAILABLE: consent("email")}
    found = verdicts(asked, tables, at)
    surely = {key: found.table[column].fill_null(False) for key, column in found.columns.items()}  # noqa: FBT003 - Ibis takes it by position
    place = ibis.literal(0, "int64")
    for number, keys in enumerate(stages.values(), 1):
        for key in keys:
            place = surely[key].ifelse(ibis.literal(number, "int64"), place)
    return found.table.select("profile_id", **{"place": place, MAILABLE: surely[MAILABLE]})


def _known_then(tables: Tables, moment: datetime) -> ir.Table:
    """Return whether each profile was there at a moment; all were where the data does not say when they came."""
    import ibis  # noqa: PLC0415 - heavy, loaded where data is read

    profiles = tables.profiles
    if "created" not in profiles.columns:
        return profiles.select("profile_id", known=ibis.literal(value=True))
    known = (profiles.created <= moment.astimezone(UTC).replace(tzinfo=None)).fill_null(True)  # noqa: FBT003 - Ibis takes it by position
    return profiles.select("profile_id", known=known)
