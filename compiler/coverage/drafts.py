"""Drafts of missing segments as YAML, fitted to the account, ready to be reviewed, planned and applied."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from compiler.bind import Names, unbind
from compiler.coverage.cover import Report
from compiler.coverage.inventory import Inventory
from compiler.coverage.model import Fitted, Row
from compiler.coverage.shapes import OPENED
from compiler.emit import emit
from compiler.expressions import escape
from compiler.lift import lift_segment


@dataclass(frozen=True, slots=True)
class Draft:
    """One file: its name, its text, and what a person must still fill in."""

    file: str
    text: str
    to_fill: tuple[str, ...]


def drafts(report: Report, inventory: Inventory, revision: str) -> Iterator[Draft]:
    """Yield a draft for each entry that is missing or needs filling in, in the order of the tracker.

    What a person fills in reads ``${{ fill_in.category }}``, which no command takes for a value, and the comment
    above names it.
    """
    names = Names(inventory.snapshot.things())
    fitted = {one.entry.key: one for one in report.fitted}
    taken = {segment.name for segment in inventory.snapshot.segments}
    for row in report.rows:
        if row.kind == "entry" and row.status in ("missing", "to fill in"):
            yield _draft(row, fitted[row.entry], names, revision, taken)


def _draft(row: Row, fitted: Fitted, names: Names, revision: str, taken: set[str]) -> Draft:
    entry = fitted.entry
    name = f"{entry.stage.capitalize()} | {entry.title}"
    if name in taken:
        name = f"{name} ({entry.key})"
    document, _ = lift_segment(unbind(fitted.definition or {}, names), name, revision)
    definition = document.pop("definition")
    document |= {
        "lifecycle": entry.key,
        "owner": row.owner.removesuffix(" (suggested)"),
        "uses": list(row.uses),
        "review": row.cadence,
        "definition": definition,
    }
    comment = "".join(f"# {line}\n" for line in _comment(row, fitted))
    file = f"{entry.key.replace('_', '-')}.yaml"
    return Draft(file, comment + emit(_open(escape(document))), fitted.to_fill)


def _comment(row: Row, fitted: Fitted) -> Iterator[str]:
    yield f"{OPENED.sub(_words, fitted.rule)}."
    if fitted.to_fill:
        yield f"Fill in: {', '.join(fitted.to_fill)}."
    yield from (f"Fitted to the account: {sentence}." for sentence in fitted.adapted)
    if row.priority is not None and row.priority.score is not None:
        yield f"Priority {row.priority.score}: {row.priority.why}."
    yield f"Source: {fitted.entry.source} ({fitted.entry.basis})."


def _words(opened: re.Match[str]) -> str:
    return f"({opened[1].replace('_', ' ')})"


def _open(value: Any) -> Any:
    """Return a document in which each open parameter is an expression that says what to write there."""
    if isinstance(value, str):
        return OPENED.sub(r"${{ fill_in.\1 }}", value)
    if isinstance(value, dict):
        return {key: _open(item) for key, item in value.items()}
    return [_open(item) for item in value] if isinstance(value, list) else value
