"""Puts tags right that a run which nobody finished had no time for, where its journal is lost too."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable
from typing import Final

from compiler.apply.desk import Desk, key_of
from compiler.apply.things import make_tag, put_tag, tags_on, take_tag
from compiler.plan.stages import Tag
from compiler.plan.units import Unit

SKEW: Final = dt.timedelta(minutes=5)  # by which this machine's clock and the account's may differ


def mend(desk: Desk, units: Iterable[Unit], since: dt.datetime) -> list[str]:
    """Tag the flows and segments of specs that were made since a moment, and take the tag off what is retired.

    ``since`` is when the first run began that nobody finished. What is older is the account's own: it is tagged
    only when it is changed. Returns a sentence for each.
    """
    return [*_tagged(desk, units, since), *_let_go(desk)]


def _tagged(desk: Desk, units: Iterable[Unit], since: dt.datetime) -> list[str]:
    found = {
        (kind, thing.id): thing
        for kind, things in (("flow", desk.snapshot.flows), ("segment", desk.snapshot.segments))
        for thing in things
        if desk.tag not in thing.tags and moment(thing.created) >= since - SKEW
    }
    out = []
    for unit in units:
        if (unit.kind, unit.id) in found and unit.change in ("unchanged", "update") and not _tags(desk, unit):
            key = f"{key_of(unit)}/mend"
            tag = make_tag(desk, f"{key}/make", desk.tag)
            put_tag(desk, key, tag, unit.kind, str(unit.id))
            out.append(f'tag {unit.kind} "{unit.name}", which an interrupted run has made')
    return out


def _let_go(desk: Desk) -> list[str]:
    """Take the project's tag off retired flows."""
    tag, out = desk.ids.get(("tag", desk.tag)), []
    for flow in desk.snapshot.flows:
        if flow.retired and desk.tag in flow.tags and tag in tags_on(desk, "flow", flow.id):
            take_tag(desk, f"flow/{flow.name}/{flow.id}/mend", desk.tag, flow.id)
            out.append(f'untag the retired flow "{flow.name}" ({flow.id})')
    return out


def _tags(desk: Desk, unit: Unit) -> bool:
    return any(isinstance(stage, Tag) and stage.tag == desk.tag for stage in unit.stages)


def moment(created: str) -> dt.datetime:
    """Return when a thing was made; long ago where the account does not say it."""
    try:
        found = dt.datetime.fromisoformat(created)
    except ValueError:
        return dt.datetime.min.replace(tzinfo=dt.UTC)
    return found if found.tzinfo is not None else found.replace(tzinfo=dt.UTC)
