"""A flow that takes another's place: may it be back-populated, and who would get a message from both.

Somebody gets a message twice who received it from the old flow and would get its counterpart from the new one; and,
where the old flow goes on for those under way, who still waits there for it. Nothing tells who waits in a flow, so that
the second is at most: everybody who would wait there now had they entered when they triggered it.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from functools import reduce
from typing import TYPE_CHECKING, Any

from compiler.backpopulate import doubt
from compiler.backpopulate.eligibility import check_eligibility, texts_of
from compiler.backpopulate.replaced import Replaced, Replacing, Twice
from compiler.backpopulate.settings import Settings, modes
from compiler.backpopulate.shape import Shape, Step, read_shape

if TYPE_CHECKING:
    import ibis.expr.types as ir

    from compiler.evaluate import Tables

NO_DATA = "how many people would get a message twice; data tells it (flowc data pull --flow, then --data)"


def replacing(both: Replaced, settings: Settings, tables: Tables | None = None) -> Replacing:
    """Return what back-populating the new flow at ``settings.at`` would mean; ``settings.mode`` counts where it is offered.

    Raises Fatal as ``simulate`` does, for data without the new flow's trigger.
    """
    new = _without_ids(read_shape(both.new, both.name))
    old = read_shape(both.old, both.name)
    templates = {name: "\n".join(texts_of(content)) for name, content in both.templates.items()}
    verdict = check_eligibility(new, templates)
    offered = modes(new.trigger)
    mode = settings.mode if settings.mode in offered else next(iter(offered), None)
    matched = _matched(old, new, both.pairs)
    found = Replacing(verdict, mode, tuple(after.name for _, after in matched))
    if mode is None or not verdict.eligible:
        return found
    if tables is None:
        return replace(found, unknown=(NO_DATA,) if matched else ())
    return _counted(found, (old, new), matched, replace(settings, mode=mode), tables, goes_on=both.goes_on)


def _without_ids(shape: Shape) -> Shape:
    """Return a new flow as it will be: nobody received any message of it yet."""
    steps = tuple(
        step if step.message is None else replace(step, message=replace(step.message, ids=()))
        for step in shape.steps
    )
    return replace(shape, steps=steps)


def _matched(old: Shape, new: Shape, pairs: Mapping[str, str]) -> list[tuple[Step, Step]]:
    """Return the messages of both flows that are counterparts and active in the new one, in the new flow's order."""
    before = {step.id: step for step in old.steps}
    found = [(before.get(pairs.get(step.id, "")), step) for step in new.actives if step.message is not None]
    return [(one, after) for one, after in found if one is not None and one.message is not None]


@dataclass(slots=True, eq=False)
class _Sent:
    """Keeps who is sent (or put to review) what at some steps, and how many are added."""

    wanted: frozenset[int]
    who: dict[int, Any] = field(default_factory=dict)
    added: int = 0

    def arrived(self, step: Step, table: ir.Table) -> None:
        from compiler.backpopulate.moves import REVIEW, SENT  # noqa: PLC0415 - heavy, loaded where data is read
        from compiler.backpopulate.tables import kept_table  # noqa: PLC0415 - the same

        if step.index in self.wanted:
            sent = table.filter(_inside(table), table.outcome.isin([SENT, REVIEW]))
            self.who[step.index] = kept_table(sent.select("profile_id"))

    def left(self, table: ir.Table) -> None:
        from compiler.backpopulate.tables import figures  # noqa: PLC0415 - heavy, loaded where data is read

        self.added += figures(table, added=table.count(where=_inside(table) & table.acted))["added"]

    def release(self) -> None:
        """Drop the tables."""
        for table in self.who.values():
            table.release()


def _inside(table: ir.Table) -> Any:
    from compiler.backpopulate.population import NOBODY  # noqa: PLC0415 - heavy, loaded where data is read

    return (table.entry != NOBODY) & ((table.marks & doubt.GHOST) == 0)


def _counted(
    found: Replacing,
    flows: tuple[Shape, Shape],
    matched: list[tuple[Step, Step]],
    settings: Settings,
    tables: Tables,
    *,
    goes_on: bool,
) -> Replacing:
    old, new = flows
    unknown = []
    now = _walked(new, [after for _, after in matched], tables, settings)
    then = _Sent(frozenset())
    if goes_on and matched:
        offered = modes(old.trigger)
        if offered and _readable(old, tables):
            before = replace(settings, mode=offered[0])
            then = _walked(old, [step for step, _ in matched], tables, before)
        else:
            unknown.append("who is under way in the old flow is not in the data")
    rows, people = [], []
    for step, after in matched:
        assert after.message is not None
        sent = now.who.get(after.index)
        received = _received(step, tables, settings)
        if received is None:
            unknown.append(f'who received "{step.name}" is not in the data; flowc data pull --flow reads it')
        had = None if sent is None or received is None else sent.semi_join(received, "profile_id")
        still = (
            None
            if sent is None or step.index not in then.who
            else sent.semi_join(then.who[step.index], "profile_id")
        )
        people += [table for table in (had, still) if table is not None]
        rows.append(Twice(after.name, after.message.channel, _count(had), _count(still)))
    profiles = _count(reduce(lambda left, right: left.union(right), people).distinct()) if people else 0
    now.release()
    then.release()
    return replace(found, twice=tuple(rows), profiles=profiles, added=now.added, unknown=tuple(unknown))


def _walked(shape: Shape, wanted: list[Step], tables: Tables, settings: Settings) -> _Sent:
    from compiler.backpopulate.population import populate  # noqa: PLC0415 - heavy, loaded where data is read
    from compiler.backpopulate.settings import check_settings  # noqa: PLC0415 - the same
    from compiler.backpopulate.walk import walk  # noqa: PLC0415 - the same

    check_settings(settings, shape.trigger)
    found = _Sent(frozenset(step.index for step in wanted))
    walk(shape, populate(shape, tables, settings), settings, found)
    return found


def _readable(shape: Shape, tables: Tables) -> bool:
    """Say whether the data has what triggers a flow."""
    known = tables.metrics if shape.trigger == "metric" else tables.groups
    return known is None or shape.trigger_id in known


def _received(step: Step, tables: Tables, settings: Settings) -> ir.Table | None:
    """Return who received a message before the click, None where the data does not say."""
    from compiler.backpopulate.tables import naive  # noqa: PLC0415 - heavy, loaded where data is read
    from compiler.evaluate import event_column  # noqa: PLC0415 - the same

    assert step.message is not None
    metric, column = settings.received.get(step.message.channel, ""), event_column("$message", "s")
    read = metric and (tables.metrics is None or metric in tables.metrics)
    if not read or column not in tables.events.columns or not step.message.ids:
        return None
    rows = tables.events
    of_message = (
        (rows.metric_id == metric) & (rows.ts <= naive(settings.at)) & rows[column].isin(step.message.ids)
    )
    found: ir.Table = rows.filter(of_message).select("profile_id").distinct()
    return found


def _count(table: ir.Table | None) -> int:
    from compiler.backpopulate.tables import figures  # noqa: PLC0415 - heavy, loaded where data is read

    return 0 if table is None else figures(table, rows=table.count())["rows"]
