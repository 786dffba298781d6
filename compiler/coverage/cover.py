"""The verb of coverage: an inventory, catalogs and specs become findings, a tracker and a summary."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime

from compiler.bind import Names
from compiler.coverage.account import facts_of
from compiler.coverage.base import Base
from compiler.coverage.catalog import read_catalog
from compiler.coverage.evidence import CHANNELS, behaviour_of, gather, mailable_name
from compiler.coverage.findings import findings_of
from compiler.coverage.fitting import Behaviour, Surroundings, fit
from compiler.coverage.inventory import Inventory
from compiler.coverage.model import Finding, Fitted, Row, Spec
from compiler.coverage.notes import contradictions, notes_of
from compiler.coverage.stages import Stages, stages_of
from compiler.coverage.summary import Item, Quarter, calendar, summary
from compiler.coverage.tracker import History, tracker
from compiler.coverage.view import view_of
from compiler.diagnostics import Problems
from compiler.evaluate import Tables
from compiler.source import Source


@dataclass(frozen=True, slots=True)
class Wanted:
    """What coverage is asked with: catalogs in their order, specs of git, what git says of them, data, a past inventory.

    ``tables_at`` is the moment (UTC-aware) that the data shows; None takes it to be the inventory's.
    """

    catalogs: tuple[Source, ...]
    specs: tuple[Spec, ...] = ()
    history: Mapping[str, History] = field(default_factory=dict)
    tables: Tables | None = None
    previous: Inventory | None = None
    tables_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class Report:
    """What coverage says: the account and when, findings, the tracker, the summary, the calendar, notes.

    ``channels`` is how many profiles each channel reaches (those that the data decides), ``stages`` who is in which stage, in several, in none, and
    who moved: known from data only.
    """

    account: str
    taken: str
    findings: tuple[Finding, ...]
    rows: tuple[Row, ...]
    summary: Mapping[str, tuple[Item, ...]]
    calendar: tuple[Quarter, ...]
    notes: tuple[str, ...]
    fitted: tuple[Fitted, ...]
    base: Base | None
    channels: Mapping[str, int]
    stages: Stages | None
    behaviour: Behaviour

    @property
    def entries(self) -> list[Row]:
        """The rows of catalog entries that an account could have: all but blocked ones."""
        return [row for row in self.rows if row.kind == "entry" and row.status != "blocked"]

    @property
    def covered(self) -> float:
        """The share of these that are covered, managed or not, 0 to 1."""
        entries = [row for row in self.entries if row.status != "to fill in"]
        return sum(row.status.startswith("covered") for row in entries) / len(entries) if entries else 0.0


def cover(inventory: Inventory, revision: str, wanted: Wanted, problems: Problems) -> Report:
    """Return the coverage of an account; what is wrong with catalogs and inputs goes to ``problems``.

    Changes nothing. Raises Fatal where evaluated data cannot be read.
    """
    facts = facts_of(inventory, wanted.previous)
    as_of = wanted.tables_at or inventory.at
    behaviour = behaviour_of(facts, wanted.tables, as_of)
    around = Surroundings(behaviour, facts.roles, Names(inventory.snapshot.things()), revision)
    entries = read_catalog(wanted.catalogs, problems)
    fitted = fit(entries, around, problems)
    fitted = contradictions(fitted, inventory.at, problems)
    evidence = gather(facts, fitted, wanted.tables, as_of) if wanted.tables is not None else None
    view = view_of(facts, fitted, wanted.specs, evidence)
    findings = findings_of(view)
    rows = tracker(view, findings, wanted.history)
    known = {} if evidence is None else {name: evidence.members(mailable_name(name)) for name in CHANNELS}
    channels = {name: count for name, count in known.items() if count is not None}
    return Report(
        inventory.snapshot.account.id,
        inventory.taken,
        findings,
        rows,
        summary(rows),
        calendar(rows, inventory.at.date()),
        notes_of(view, wanted.specs, problems),
        fitted,
        view.base,
        channels,
        None
        if evidence is None or wanted.tables is None
        else stages_of(evidence, fitted, wanted.tables, as_of),
        behaviour,
    )
