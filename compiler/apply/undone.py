"""What somebody has taken back of an earlier run's work: an equal plan, applied again, does that again."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from compiler.apply.checking import found_as
from compiler.apply.desk import Desk, key_of
from compiler.live.model import RETIRED
from compiler.plan.stages import ReadBack, Retire, Tag, Untag
from compiler.plan.units import Unit
from compiler.planning.observed import whole_flows


def taken_back(desk: Desk, units: Iterable[Unit]) -> list[Unit]:
    """Return the units to which an earlier run has done something of which nothing is true any more.

    What it made is gone, and what it changed is as it was: they are due again, even those that were finished. One in
    any other state stays done: what somebody has changed since is for the next plan to show. So does one of which a
    call may act yet, and a replace that is not finished: its old flow is as it was for long.
    """
    done = [unit for unit in units if _was_touched(desk, unit)]
    if done:
        last = max((entry.sent for entry in desk.journal.entries.values()), default=desk.patience.now())
        passed = (desk.patience.now() - last).total_seconds()
        lag = max(0.0, desk.patience.lag - passed)
        desk.patience.clock.sleep(lag)  # lest a read that lags shows it undone
    flows = [str(unit.id) for unit in done if unit.kind == "flow" and unit.id is not None]
    live = whole_flows(desk.client, flows)
    return [unit for unit in done if _is_taken_back(desk, unit, live.get(str(unit.id)))]


def _was_touched(desk: Desk, unit: Unit) -> bool:
    verdicts = {entry.verdict for entry in desk.sent_for(unit)}
    finished = key_of(unit) in desk.journal.done
    return finished or (
        "ok" in verdicts and "unknown" not in verdicts and unit.change in ("update", "delete")
    )


def _is_taken_back(desk: Desk, unit: Unit, live: Mapping[str, Any] | None) -> bool:
    if unit.id is not None and (found_as(desk, unit, live) != "planned" or _still_tagged(desk, unit)):
        return False
    if unit.change not in ("create", "replace"):
        return True  # a template that is set back has no id here, and looks for itself whether it is due
    made = {entry.made for entry in desk.sent_for(unit)}
    there = {thing.id for thing in desk.snapshot.things() if thing.kind == unit.kind} - desk.archived()
    return not made & there


def _still_tagged(desk: Desk, unit: Unit) -> bool:
    """Say whether a unit that changes nothing but tags has them yet; what a plan has seen does not tell tags."""
    if any(not isinstance(stage, Tag | Untag | Retire | ReadBack) for stage in unit.stages):
        return False
    things = desk.snapshot.flows if unit.kind == "flow" else desk.snapshot.segments
    tags = next((thing.tags for thing in things if thing.id == unit.id), ())
    marked = any(tag.startswith(RETIRED) for tag in tags)
    return all(
        stage.tag in tags if isinstance(stage, Tag) else marked
        for stage in unit.stages
        if isinstance(stage, Tag | Retire)
    )
