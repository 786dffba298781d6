"""Simulates a back-population over data: walks the population and adds up what happens."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from compiler.backpopulate import doubt
from compiler.backpopulate.actions import DAY
from compiler.backpopulate.clocks import Clock, fixed
from compiler.backpopulate.moves import OUTCOMES, SENT
from compiler.backpopulate.places import place_names
from compiler.backpopulate.population import NOBODY, TRIGGER, WORD, populate
from compiler.backpopulate.queueing import text_queue
from compiler.backpopulate.result import Day, Doubtful, Entry, LeftOut, Outcome, Simulation
from compiler.backpopulate.settings import Settings, check_settings
from compiler.backpopulate.shape import Shape, Step
from compiler.backpopulate.tables import bit, day_name, kept_table
from compiler.backpopulate.walk import walk
from compiler.evaluate import Tables, tzdata_version
from compiler.evaluate.tables import run

if TYPE_CHECKING:
    import ibis.expr.types as ir

REASONS = {
    "future": "their event or joining is later than the click",
    "undated": "the data does not say when they joined",
    "trigger-filter": "none of their events passes the trigger's filter",
    "unknown-profile": "the data holds no profile for them",
    "filter": "the flow's filter removes them; filters only subtract (Help Center 115002779231)",
    "beyond": "they are beyond the flow's timeline: every delay on their path has ended",
    "nothing-left": "no live or manual action is left on their path",
}
ADDED, BEYOND, NOTHING = "added", "beyond", "nothing-left"


@dataclass(slots=True, eq=False)
class Tally:
    """Adds up the tables of a walk: sends by day as they pass, and who ends where at the end."""

    clock: Clock
    words: int
    sends: list[tuple[Step, dict[str, Any]]] = field(default_factory=list)
    texts: list[Any] = field(default_factory=list)
    endings: list[dict[str, Any]] = field(default_factory=list)

    def arrived(self, step: Step, table: ir.Table) -> None:
        """Count outcomes by day of the account's calendar; keep the seconds of texts."""
        seen = table.filter(table.entry != NOBODY, (table.marks & doubt.GHOST) == 0)
        wall = self.clock.wall(seen.t)
        seen = seen.mutate(day=wall - wall % DAY)
        rows = run(seen.group_by("outcome", "day").aggregate(count=seen.count())).to_pylist()
        self.sends += [(step, row) for row in rows]
        if step.message is not None and step.message.channel == "sms":
            sent = seen.filter(seen.outcome == SENT)
            self.texts.append(kept_table(sent.group_by("t").aggregate(texts=sent.count())))

    def left(self, table: ir.Table) -> None:
        """Count who ends by entry, doubts and what was missed."""
        if "late" in table.columns:
            moved = table.entry != table.late_entry
            table = table.mutate(marks=table.marks | bit(moved, doubt.QUIET.decides))
        keys = ["entry", "acted", "marks", *(f"missed_{word}" for word in range(self.words))]
        counted = table.group_by(keys).aggregate(
            count=table.count(), first=table.due.min(), last=table.due.max()
        )
        self.endings += run(counted).to_pylist()


def simulate(shape: Shape, tables: Tables, settings: Settings) -> Simulation:
    """Return what a click at ``settings.at`` would do with the flow.

    Raises Fatal for an unknown zone, a mode that the trigger does not offer, and data without the trigger.
    """
    check_settings(settings, shape.trigger)
    population = populate(shape, tables, settings)
    tally = Tally(fixed(population.clocks.account), 1 + len(shape.actives) // WORD)
    walk(shape, population, settings, tally)
    fates = Counter({ADDED: 0})
    for row in tally.endings:
        if not row["marks"] & doubt.GHOST:
            fates[fate(row)] += row["count"]
    queue = (
        text_queue(tally.texts, settings.sms_speed, tally.clock)
        if tally.texts and settings.sms_speed
        else None
    )
    for table in tally.texts:
        table.release()
    return Simulation(
        triggered=population.left_out["triggered"],
        added=fates[ADDED],
        left_out=_left_out(population.left_out, fates),
        entries=_entries(shape, tally.endings),
        outcomes=_outcomes(shape, tally),
        days=_days(tally.sends),
        queue=queue,
        doubts=_doubts(tally.endings),
        undecided=population.undecided,
        notes=population.notes,
        zones=tzdata_version(),
    )


def fate(row: Mapping[str, Any]) -> str:
    """Return what became of a profile that came to the end: added, beyond the timeline, or nothing left for it."""
    if row["entry"] == NOBODY:
        return BEYOND
    return ADDED if row["acted"] else NOTHING


def _left_out(before: Mapping[str, int], fates: Mapping[str, int]) -> tuple[LeftOut, ...]:
    counts = {reason: before.get(reason, 0) + fates.get(reason, 0) for reason in REASONS}
    return tuple(LeftOut(reason, count, REASONS[reason]) for reason, count in counts.items() if count)


def _added(endings: list[dict[str, Any]]) -> list[dict[str, Any]]:
    return [row for row in endings if fate(row) == ADDED and not row["marks"] & doubt.GHOST]


def _entries(shape: Shape, endings: list[dict[str, Any]]) -> tuple[Entry, ...]:
    names = {TRIGGER: "Trigger", **place_names(shape)}
    groups: dict[int, list[dict[str, Any]]] = {}
    for row in _added(endings):
        groups.setdefault(row["entry"], []).append(row)
    return tuple(
        Entry(
            step=None if entry == TRIGGER else entry,
            name=names[entry],
            count=sum(row["count"] for row in rows),
            first=min(row["first"] for row in rows),
            last=max(row["last"] for row in rows),
        )
        for entry, rows in sorted(groups.items())
    )


def _outcomes(shape: Shape, tally: Tally) -> tuple[Outcome, ...]:
    found: dict[int, Counter[str]] = {step.index: Counter() for step in shape.actives}
    for step, row in tally.sends:
        found[step.index][OUTCOMES[row["outcome"]]] += row["count"]
    for row in _added(tally.endings):
        for place, step in enumerate(shape.actives):
            word, at = divmod(place, WORD)
            if row[f"missed_{word}"] >> at & 1:
                found[step.index]["missed"] += row["count"]
    return tuple(
        Outcome(
            step.index,
            step.name,
            channel_of(step),
            {name: found[step.index][name] for name in OUTCOMES if found[step.index][name]},
        )
        for step in shape.actives
    )


def channel_of(step: Step) -> str:
    """Return a message's channel, or the kind of other work."""
    return step.message.channel if step.message is not None else step.kind


def _days(sends: list[tuple[Step, dict[str, Any]]]) -> tuple[Day, ...]:
    rows = (
        Day(
            day_name(int(row["day"])),
            step.index,
            step.name,
            channel_of(step),
            OUTCOMES[row["outcome"]],
            row["count"],
        )
        for step, row in sends
    )
    return tuple(sorted(rows, key=lambda row: (row.day, row.step, OUTCOMES.index(row.outcome))))


def _doubts(endings: list[dict[str, Any]]) -> tuple[Doubtful, ...]:
    counts: Counter[str] = Counter()
    for row in endings:
        marks, added = row["marks"], fate(row) == ADDED
        # A ghost is nobody here; only that the other reading might add it counts.
        rules = (doubt.FLOW_START,) if marks & doubt.GHOST else doubt.DOUBTS
        for rule in rules:
            if marks & rule.decides or (added and marks & rule.bit):
                counts[rule.code] += row["count"]
    return tuple(
        Doubtful(rule.code, counts[rule.code], rule.text, rule.source)
        for rule in doubt.DOUBTS
        if counts[rule.code]
    )
