"""What profiles received before the click: when each channel's timer ends, and which of these messages they had."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from compiler.backpopulate.actions import HOUR
from compiler.backpopulate.settings import Settings
from compiler.backpopulate.shape import Shape
from compiler.backpopulate.tables import figures, known, naive, second, whole
from compiler.evaluate import Tables, event_column

if TYPE_CHECKING:
    import ibis.expr.types as ir


@dataclass(frozen=True, slots=True, eq=False)
class Receipts:
    """What was received on a channel: ``last_CHANNEL`` (its second) and ``had_STEP``, a row a profile, null for never.

    ``nameless`` counts the events that do not say which message it was, of ``count``; both are 0 where the ids of
    none of these messages are known, so that it does not matter.
    """

    table: ir.Table
    nameless: int
    count: int


def channels(shape: Shape) -> list[str]:
    """Return the channels of the flow's live and manual messages, sorted."""
    return sorted({step.message.channel for step in shape.actives if step.message is not None})


def with_ids(shape: Shape, ids: Mapping[str, tuple[str, ...]]) -> Shape:
    """Return a flow whose messages have the ids that stand for their actions; others keep what they have."""
    steps = tuple(
        replace(step, message=replace(step.message, ids=ids[step.id]))
        if step.message is not None and step.id in ids
        else step
        for step in shape.steps
    )
    return replace(shape, steps=steps)


def receipts(shape: Shape, tables: Tables, settings: Settings, channel: str) -> Receipts | None:
    """Return what profiles received on a channel; None where the data has no such metric."""
    metric = settings.received.get(channel, "")
    if not metric or (tables.metrics is not None and metric not in tables.metrics):
        return None
    rows = tables.events
    rows = rows.filter(rows.metric_id == metric, rows.ts <= naive(settings.at))
    ids = _ids(shape, channel)
    column = event_column("$message", "s")
    said = column in rows.columns
    had = {name: rows[column].isin(asked).any() for name, asked in ids.items()} if said else {}
    counts = {"count": 0, "nameless": 0}
    if ids:
        nameless = rows.count(where=rows[column].isnull()) if said else rows.count()
        counts = figures(rows, count=rows.count(), nameless=nameless)
    found = rows.group_by("profile_id").aggregate(**{f"last_{channel}": second(rows.ts.max())}, **had)
    return Receipts(found, **counts)


def _ids(shape: Shape, channel: str) -> dict[str, tuple[str, ...]]:
    return {
        f"had_{step.index}": step.message.ids
        for step in shape.actives
        if step.message is not None and step.message.channel == channel and step.message.ids
    }


def with_received(
    shape: Shape, tables: Tables, settings: Settings, table: ir.Table
) -> tuple[ir.Table, tuple[str, ...]]:
    """Join what was received before, and say what of it the data does not tell."""
    notes = []
    for channel in channels(shape):
        found = receipts(shape, tables, settings, channel)
        if found is None:
            notes.append(
                f"What profiles received by {channel} before the click is not in the data; nobody is left out for it."
            )
            table = table.mutate(**{f"until_{channel}": whole(0)})
            continue
        if found.nameless:
            notes.append(
                f"{found.nameless:,} of {found.count:,} events of what was received by {channel} do not say which message "
                "it was; who had a message of this flow among them is taken not to have had it."
            )
        rows = found.table
        if channel == "sms" and texts_by_number(shape) and number_of(tables.profiles) is not None:
            rows = _of_number(rows, tables.profiles)
        table = _joined(table, rows, channel, settings)
    return table, tuple(notes)


def texts_by_number(shape: Shape) -> bool:
    """Say whether Smart Sending can skip a text of the flow: its timers are those of phone numbers (FACTS A8)."""
    return any(
        step.status == "live"
        and message.channel == "sms"
        and message.smart_sending
        and not message.transactional
        for step in shape.actives
        if (message := step.message) is not None
    )


def number_of(profiles: ir.Table) -> Any:
    """Return the phone numbers of profiles, null where there is none; None for a table without the column."""
    return profiles.phone_number.nullif("") if "phone_number" in profiles.columns else None


def _joined(table: ir.Table, found: ir.Table, channel: str, settings: Settings) -> ir.Table:
    had = {name: found[name] for name in found.columns if name.startswith("had_")}
    hours = settings.smart_hours_before.get(channel, settings.smart_hours[channel])
    last = (found[f"last_{channel}"] + hours * HOUR).cast("int64")
    key = f"key_{channel}"
    keyed = found.select(found.profile_id.name(key), **{f"until_{channel}": last}, **had)
    joined = table.left_join(keyed, [("profile_id", key)])
    filled: dict[str, Any] = {
        f"until_{channel}": joined[f"until_{channel}"].fill_null(0),
        **{name: known(joined[name], otherwise=False) for name in had},
    }
    return joined.mutate(**filled).drop(key)


def _of_number(found: ir.Table, profiles: ir.Table) -> ir.Table:
    """Return receipts with the latest text to a profile's number in the place of the latest text to the profile."""
    owners = profiles.select("profile_id", number=number_of(profiles))
    owners = owners.filter(owners.number.notnull())
    texted = owners.inner_join(found.select("profile_id", "last_sms"), "profile_id")
    latest = texted.group_by("number").aggregate(latest=texted.last_sms.max())
    told = owners.inner_join(latest, "number").select(owner="profile_id", latest="latest")
    joined = found.outer_join(told, [("profile_id", "owner")])
    return joined.mutate(
        profile_id=joined.profile_id.coalesce(joined.owner), last_sms=joined.latest.coalesce(joined.last_sms)
    ).drop("owner", "latest")
