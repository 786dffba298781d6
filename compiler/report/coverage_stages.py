"""People and stages in words and as a table of moves; every form of the coverage report says the same."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from compiler.coverage.evidence import crowd
from compiler.coverage.model import EXCLUSIVE, LIFECYCLE
from compiler.coverage.stages import NOWHERE, UNKNOWN, Outside, Stage, Stages

SHOWN: Final = 6  # pairs and moves that are told; the table has all moves
CAVEAT: Final = (
    "consent is taken as it is now, and entries that ask for more than events and consent are left out"
)


def people(found: Stage | Outside) -> str:
    """Return how many people stand somewhere, and what share of the base and of its revenue they are."""
    count = found.people if isinstance(found, Stage) else found.profiles
    share = f"{crowd(count)}, {found.share:.0%} of the base"
    return share if found.revenue_share is None else f"{share}, {found.revenue_share:.0%} of the revenue"


def sentences(stages: Stages) -> Iterator[str]:
    """Yield who is in no stage, who is in several that exclude each other, and who moved."""
    yield f"In no stage: {people(stages.outside)}."
    exclusive = f"{', '.join(EXCLUSIVE[:-1])} and {EXCLUSIVE[-1]}"
    if stages.several:
        pairs = ", ".join(f"{pair.one} and {pair.two} {pair.people:,}" for pair in stages.pairs[:SHOWN])
        several = f"{crowd(stages.several)}, {stages.several_share:.0%} of the base"
        yield f"In several of {exclusive}, of which a person should be in one: {several} ({pairs})."
    else:
        yield f"Nobody is in several of {exclusive}."
    moved = ", ".join(f"{move.before} to {move.now} {move.people:,}" for move in stages.moved[:SHOWN])
    yield f"Moved since {stages.since}: {moved or 'nobody'} ({CAVEAT})."


def moves(stages: Stages) -> tuple[list[str], list[list[str]]]:
    """Return the head and the rows of a table: from which stage (a row each) how many are in which now."""
    counts = {(move.before, move.now): move.people for move in stages.moves}
    order = (UNKNOWN, NOWHERE, *LIFECYCLE)
    rows = [name for name in order if any(before == name for before, _ in counts)]
    columns = [name for name in order if any(now == name for _, now in counts)]
    body = [
        [row, *(f"{counts[row, column]:,}" if (row, column) in counts else "" for column in columns)]
        for row in rows
    ]
    return [f"{stages.since}, then", *(f"{column} now" for column in columns)], body
