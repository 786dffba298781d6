"""What is true of each profile at the click: the flow's filter, splits, messages' filters, consent, receipts, zone."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from compiler.backpopulate.settings import Settings
from compiler.backpopulate.shape import Shape
from compiler.backpopulate.starts import Starts, profiles_of, test_column
from compiler.backpopulate.tables import naive
from compiler.evaluate import Tables, verdicts
from compiler.evaluate.filters import RELATIVE

if TYPE_CHECKING:
    import ibis.expr.types as ir

FILTER = "filter"
ADDRESSES = {"email": "email", "sms": "phone_number", "whatsapp": "phone_number"}
CONSENTS = {"email": "email_can", "sms": "sms_can", "push": "push_can", "whatsapp": "whatsapp_marketing_can"}


@dataclass(frozen=True, slots=True, eq=False)
class Answers:
    """A table with a boolean column for each question (null: undecided), and why some are undecided for all.

    ``again`` names the columns that hold the other reading of flow-start, by their question.
    """

    table: ir.Table
    again: Mapping[str, str]
    undecided: tuple[str, ...]


def filter_column(step: int) -> str:
    """Return the column that says whether a message's own filter lets a profile through."""
    return f"passes_{step}"


def again_column(name: str) -> str:
    """Return the column with the other reading of flow-start for the question of a column."""
    return f"again_{name}"


def questions(shape: Shape) -> dict[str, Mapping[str, Any]]:
    """Return the definitions that are decided on profiles, by the column that answers each."""
    found: dict[str, Mapping[str, Any]] = {FILTER: shape.profile_filter} if shape.profile_filter else {}
    for step in shape.steps:
        for place, way in enumerate(step.ways):
            if way.test is not None and way.test.source == "profile":
                found[test_column(step.index, place)] = way.test.definition
        if step.active and step.message is not None and step.message.filters:
            found[filter_column(step.index)] = step.message.filters
    return found


def answer(shape: Shape, tables: Tables, settings: Settings, starts: Starts) -> Answers:
    """Return the answers for the profiles of ``starts``: those of them that the profiles' table has."""
    import ibis  # noqa: PLC0415 - heavy, loaded where data is read

    inside = replace(tables, profiles=profiles_of(starts, tables))
    asked = questions(shape)
    begun = starts.table.select("profile_id", "started")
    table = inside.profiles.select("profile_id")
    found = verdicts(asked, inside, settings.at, begun)
    if asked:
        table = found.table.rename({name: found.columns[name] for name in asked})
    twice = (
        []
        if settings.mode == "beginning"
        else [name for name, plain in asked.items() if mentions(plain, {"flow-start"})]
    )
    if twice:
        click = begun.select("profile_id", started=ibis.literal(naive(settings.at)))
        other = verdicts({name: asked[name] for name in twice}, inside, settings.at, click)
        names = {again_column(name): other.columns[name] for name in twice}
        table = table.inner_join(other.table.rename(names), "profile_id")
        table = table.drop(*[name for name in table.columns if name.endswith("_right")])
    reasons = tuple(
        dict.fromkeys(f"{_where(row.definition, shape)}: {row.reason}" for row in found.undecidable)
    )
    return Answers(table, {name: again_column(name) for name in twice}, reasons)


def _where(column: str, shape: Shape) -> str:
    if column == FILTER:
        return "the flow's filter"
    step = shape.steps[int(column.split("_")[1])]
    return f'"{step.name}"'


def mentions(value: Any, operators: set[str] | frozenset[str]) -> bool:
    """Say whether conditions hold a date filter with one of these operators."""
    if isinstance(value, Mapping):
        if value.get("type") == "date" and str(value.get("operator")) in operators:
            return True
        return any(mentions(item, operators) for item in value.values())
    return isinstance(value, list | tuple) and any(mentions(item, operators) for item in value)


def moving(definition: Mapping[str, Any]) -> bool:
    """Say whether conditions look at a window of time, so that their answer moves with the days."""
    return mentions(definition, frozenset({*RELATIVE, "flow-start", "anniversary", "anniversary-month"}))
