"""Walks a population through a flow, set by set: one table a step, in topological order, materialised.

A table is dropped when all tables made from it exist; unmaterialised, the same expressions grow until an engine
gives up (a dozen splits that join again take minutes and gigabytes). Nothing here loops over profiles.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from functools import reduce
from typing import TYPE_CHECKING, Any, Protocol

from compiler.backpopulate.moves import Moves
from compiler.backpopulate.population import Population
from compiler.backpopulate.settings import Settings
from compiler.backpopulate.shape import END, Shape, Step
from compiler.backpopulate.tables import kept_table

if TYPE_CHECKING:
    import ibis.expr.types as ir


class Watcher(Protocol):
    """Sees the tables of a walk while they exist."""

    def arrived(self, step: Step, table: ir.Table) -> None:
        """See who came to a live or manual action, with ``outcome``."""

    def left(self, table: ir.Table) -> None:
        """See who came to the end of the flow, or to a wait that no delay tells."""


@dataclass(slots=True, eq=False)
class Kept:
    """A materialised table and how many steps still need it."""

    table: Any
    uses: int = 0

    def used(self) -> None:
        """Drop it when nobody needs it any more."""
        self.uses -= 1
        if self.uses == 0:
            self.table.release()


@dataclass(frozen=True, slots=True, eq=False)
class Arrival:
    """Rows that come to a step, and the table that they are read from."""

    rows: ir.Table
    source: Kept


@dataclass(slots=True, eq=False)
class Walk:
    """One walk: who waits before which step."""

    shape: Shape
    moves: Moves
    watcher: Watcher
    waiting: dict[int, list[Arrival]] = field(default_factory=dict)

    def go(self, table: ir.Table) -> None:
        """Walk the population through all steps."""
        self._send(table, Kept(table), [(0, 0)])
        for step in self.shape.steps:
            arrivals = self.waiting.pop(step.index, [])
            if not arrivals:
                continue
            if self.moves.passes_by(step):
                self.waiting.setdefault(step.ways[0].target, []).extend(arrivals)
            else:
                self._step(step, arrivals)

    def _step(self, step: Step, arrivals: list[Arrival]) -> None:
        rows = _union(arrival.rows for arrival in arrivals)
        ready = self.moves.before(step, rows)
        if ready is not None:
            ready = kept_table(ready)
        kept = Kept(kept_table(self.moves.step(step, rows if ready is None else ready)))
        if ready is not None:
            ready.release()
        for arrival in arrivals:
            arrival.source.used()
        if step.active:
            self.watcher.arrived(step, kept.table)
        ways = [] if step.part == "wait" else [(way.target, place) for place, way in enumerate(step.ways)]
        self._send(kept.table, kept, ways or [(END, 0)], split=step.part == "split")

    def _send(self, table: ir.Table, kept: Kept, ways: list[tuple[int, int]], *, split: bool = False) -> None:
        """Hand the rows on; those with nothing live before them leave at once."""
        ending: list[Arrival] = []
        kept.uses = len(ways)
        for target, place in ways:
            rows = table.filter(table.way == place).drop("way") if split else table
            rows = rows.drop("outcome") if "outcome" in rows.columns else rows
            if target in self.shape.useful:
                self.waiting.setdefault(target, []).append(Arrival(rows, kept))
            else:
                ending.append(Arrival(rows, kept))
        self._leave(ending)

    def _leave(self, arrivals: list[Arrival]) -> None:
        if arrivals:
            self.watcher.left(_union(arrival.rows for arrival in arrivals))
            for arrival in arrivals:
                arrival.source.used()


def _union(tables: Iterable[ir.Table]) -> ir.Table:
    return reduce(lambda left, right: left.union(right.select(*left.columns)), tables)


def walk(shape: Shape, population: Population, settings: Settings, watcher: Watcher) -> None:
    """Walk a population through a flow, and show each table to the watcher; the population's table is dropped."""
    Walk(shape, Moves(shape, population.clocks, settings), watcher).go(population.table)
