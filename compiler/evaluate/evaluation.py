"""Definitions evaluated over the tables: who is a member now, how many, and how memberships overlap.

A definition that the data decides in part gives two figures: members for sure, and profiles left undecided. Nothing
is guessed; each condition that could not be decided is listed with its reason.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from functools import cached_property, reduce
from operator import or_
from typing import TYPE_CHECKING, Any

from compiler.evaluate.definition import Definition
from compiler.evaluate.plan import Group, Measure, Plan, Undecidable, plan
from compiler.evaluate.tables import Tables, asking, run
from compiler.evaluate.values import all_of

if TYPE_CHECKING:
    import ibis.expr.types as ir
    import numpy as np

TICKS = 10_000  # of an amount's unit
WORD = 62  # definitions in one whole number of 64 bits, clear of its sign


def members(
    definition: Mapping[str, Any], tables: Tables, at: datetime, starts: ir.Table | None = None
) -> ir.Table:
    """Return an Ibis table of the ``profile_id`` that surely are members of ``definition`` (API shape) as of ``at``.

    ``at`` has a time zone. ``starts`` (``profile_id``, naive UTC ``started``) decides ``flow-start`` timeframes.
    """
    found = verdicts({"": definition}, tables, at, starts)
    return found.table.filter(found.table[found.columns[""]]).select("profile_id")


@dataclass(frozen=True, slots=True, eq=False)
class Verdicts:
    """A table of ``profile_id`` and one boolean column a definition, named in ``columns``; null is undecided."""

    table: ir.Table
    columns: Mapping[str, str]
    undecidable: tuple[Undecidable, ...]


@asking()
def verdicts(
    definitions: Mapping[str, Mapping[str, Any]], tables: Tables, at: datetime, starts: ir.Table | None = None
) -> Verdicts:
    """Return the answers of all ``definitions`` for every profile, unevaluated; arguments as for ``members``."""
    found = plan(definitions, tables, at, starts=starts)
    columns = {name: f"d{place}" for place, name in enumerate(definitions)}
    answers = {columns[name]: all_of(map(found.group, row.groups)) for name, row in found.definitions.items()}
    return Verdicts(found.rows.table.select("profile_id", **answers), columns, found.undecidable)


@dataclass(frozen=True, eq=False)
class Evaluation:
    """How many profiles have each combination of memberships.

    One row a combination: ``outside`` has a bit for each definition that surely does not hold, ``unsure`` for each
    that is undecided (62 bits a column); ``weights`` is the profiles of each row, ``amounts`` their measures in
    ten-thousandths.
    """

    names: tuple[str, ...]
    measures: tuple[str, ...]
    outside: np.ndarray
    unsure: np.ndarray
    weights: np.ndarray
    amounts: np.ndarray
    undecidable: tuple[Undecidable, ...]

    @property
    def base(self) -> int:
        """All profiles."""
        return int(self.weights.sum())

    @cached_property
    def _places(self) -> dict[str, int]:
        return {name: place for place, name in enumerate(self.names)}

    def _bit(self, words: np.ndarray, name: str) -> np.ndarray:
        place = self._places[name]
        bits: np.ndarray = (words[:, place // WORD] >> (place % WORD)) & 1
        return bits.astype(bool)

    def _is(self, name: str) -> np.ndarray:
        return ~self._bit(self.outside | self.unsure, name)

    def holds(self, *names: str) -> np.ndarray:
        """Return, for each row, whether its profiles surely are members of any of these."""
        import numpy as np  # noqa: PLC0415 - heavy, loaded where data is read

        inside = np.zeros(len(self.weights), dtype=bool)
        for name in names:
            inside |= self._is(name)
        return inside

    def count(self, name: str) -> int:
        """Return the profiles that surely are members."""
        return int(self.weights[self._is(name)].sum())

    def undecided(self, name: str) -> int:
        """Return the profiles whose membership the data does not decide."""
        return int(self.weights[self._bit(self.unsure, name)].sum())

    def overlap(self, first: str, second: str) -> int:
        """Return the profiles that surely are members of both."""
        return int(self.weights[self._is(first) & self._is(second)].sum())

    def amount(self, measure: str, name: str) -> float:
        """Return a measure added up over the members; raises ValueError for one that was not read."""
        return int(self.amounts[self._is(name), self.measures.index(measure)].sum()) / TICKS

    def holds_none(self, *names: str) -> np.ndarray:
        """Return, for each row, whether its profiles surely are members of none of these."""
        import numpy as np  # noqa: PLC0415 - heavy, loaded where data is read

        outside = np.ones(len(self.weights), dtype=bool)
        for name in names:
            outside &= self._bit(self.outside, name)
        return outside


@asking()
def evaluate_many(
    definitions: Mapping[str, Mapping[str, Any]],
    tables: Tables,
    at: datetime,
    measures: Mapping[str, Measure] | None = None,
) -> Evaluation:
    """Return the membership counts and overlaps of all ``definitions`` (API shape) as of ``at``, in one query.

    ``at`` has a time zone. Raises Fatal where an engine cannot read the data.
    """
    import numpy as np  # noqa: PLC0415 - heavy, loaded where data is read

    found = plan(definitions, tables, at, measures)
    words = _words(found, unknown_fails=True)
    hopes = _words(found, unknown_fails=False)
    numbers = {f"m{place}": found.rows.answer(atom) for place, atom in enumerate(found.measures.values())}
    marked = found.rows.table.select(**words, **hopes, **numbers)
    rows = run(
        marked.group_by([*words, *hopes]).aggregate(
            profiles=marked.count(), **{name: _ticks(marked[name].sum()) for name in numbers}
        )
    )

    def matrix(names: Iterable[str]) -> np.ndarray:
        columns = [rows[name].to_numpy() for name in names]
        return np.column_stack(columns) if columns else np.zeros((rows.num_rows, 0), np.int64)

    fails, surely_fails = matrix(words), matrix(hopes)
    return Evaluation(
        tuple(definitions),
        tuple(found.measures),
        surely_fails,
        fails & ~surely_fails,
        rows["profiles"].to_numpy(),
        matrix(numbers),
        found.undecidable,
    )


def _ticks(total: Any) -> Any:
    """Return an amount in ten-thousandths: whole numbers add up alike in any order and on any engine."""
    return (total.cast("decimal(24, 4)") * TICKS).cast("int64")


def _words(found: Plan, *, unknown_fails: bool) -> dict[str, Any]:
    """Return whole numbers with a bit for each definition that fails, as its groups do where they are known.

    Each distinct group is turned into a number once, -1 where it fails, and marks all definitions that contain it:
    far fewer operations than a boolean a definition.
    """
    definitions = list(found.definitions.values())
    failing: dict[Group, Any] = {}
    # Groups that are always known come first, so that engines share their part between both kinds of words.
    groups = dict.fromkeys(group for definition in definitions for group in definition.groups)
    for group in sorted(groups, key=found.may_be_unknown):
        holds = found.group(group)
        known = holds.fill_null(not unknown_fails) if found.may_be_unknown(group) else holds
        failing[group] = known.cast("int64") - 1
    words = [definitions[start : start + WORD] for start in range(0, max(1, len(definitions)), WORD)]
    return {
        f"{'fails' if unknown_fails else 'surely'}_{place}": _word(word, failing)
        for place, word in enumerate(words)
    }


def _word(definitions: list[Definition], failing: Mapping[Group, Any]) -> Any:
    import ibis  # noqa: PLC0415 - heavy, loaded where data is read

    bits = {
        group: sum(1 << place for place, definition in enumerate(definitions) if group in definition.groups)
        for group in failing
    }
    marks = [mark & ibis.literal(bits[group], "int64") for group, mark in failing.items() if bits[group]]
    return reduce(or_, marks, ibis.literal(0, "int64"))
