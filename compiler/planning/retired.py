"""Flows that were replaced and still send to those under way: what of them has fallen due."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from typing import Any

from compiler.diff.flowgraph import read_flow
from compiler.live import LiveFlow
from compiler.live.model import RETIRED
from compiler.normalise import normalise
from compiler.plan.observe import observe_flow
from compiler.plan.retire import is_due, schedule
from compiler.plan.stages import SetActionStatus, Stage
from compiler.plan.units import Unit


def retired_at(flow: LiveFlow, tag: str) -> dt.datetime | None:
    """Return when this project retired a flow, by the tag that says so; None where it did not."""
    for found in flow.tags:
        words = found.removeprefix(f"{RETIRED} ")
        if words == found or not words.endswith(f" {tag}"):
            continue
        try:
            return dt.datetime.fromisoformat(words.removesuffix(f" {tag}"))
        except ValueError:
            return None
    return None


def due_unit(
    flow: LiveFlow, live: Mapping[str, Any], retired: dt.datetime, now: dt.datetime
) -> tuple[Unit, tuple[str, ...]]:
    """Return what stops now in a retired flow, and remarks on what only a person can decide."""
    made = normalise(live["definition"])
    graph = read_flow(made)
    waiting = schedule(graph, made["triggers"])
    due = [one for one in waiting if is_due(one, retired, now)]
    stages: tuple[Stage, ...] = tuple(SetActionStatus(flow.id, one.action, "", "draft") for one in due)
    unit = Unit(
        "flow",
        flow.name,
        "retire" if stages else "unchanged",
        id=flow.id,
        observed=observe_flow(live, None, graph.data),
        reasons=(
            f"it was retired on {retired:%Y-%m-%d}; nobody who entered before waits for these steps any more",
        )
        if stages
        else (),
        stages=stages,
    )
    open_ended = sum(one.seconds is None for one in waiting)
    remark = (
        f'the retired flow "{flow.name}" ({flow.id}) still sends {open_ended} steps whose last reader nobody can'
        " foresee; set them to draft when it may end"
    )
    return unit, (remark,) if open_ended else ()
