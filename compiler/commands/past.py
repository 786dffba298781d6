"""What ``plan`` says of each replace: whether past profiles could be added to the new flow, and who had it already."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from compiler.commands.tables import tables_of
from compiler.diagnostics import Fatal
from compiler.plan.stages import Retire

if TYPE_CHECKING:
    from compiler.backpopulate.replaced import Replacing
    from compiler.client import Client
    from compiler.diff import FlowDiff
    from compiler.evaluate import Tables
    from compiler.plan.units import Unit
    from compiler.planning import Planned


def past_of(
    planned: Planned, diffs: Mapping[str, FlowDiff], now: dt.datetime, data: tuple[Tables, str] | None = None
) -> dict[str, Replacing]:
    """Return for each flow that is replaced, by id, what back-populating its successor would mean ``now``.

    ``data`` are tables and the account's zone; with them people are counted.
    """
    return {
        str(unit.id): _of_unit(unit, planned, diffs[str(unit.id)], now, data)
        for unit in planned.plan.units
        if unit.kind == "flow" and unit.change == "replace" and str(unit.id) in diffs
    }


def _of_unit(
    unit: Unit, planned: Planned, diff: FlowDiff, now: dt.datetime, data: tuple[Tables, str] | None
) -> Replacing:
    from compiler.backpopulate.replaced import Replaced
    from compiler.backpopulate.replacing import replacing
    from compiler.backpopulate.settings import Settings, received_metrics

    sides = planned.sides[str(unit.id)]
    both = Replaced(
        unit.name,
        sides.live,
        sides.desired,
        {pair.desired: pair.live for pair in diff.match.pairs},
        planned.templates,
        goes_on=any(isinstance(stage, Retire) and stage.schedule for stage in unit.stages),
    )
    tables, zone = data or (None, "")
    settings = Settings(
        now,
        account_zone=zone or "UTC",
        received=received_metrics((name, one) for one, name in planned.names.items()),
    )
    try:
        return replacing(both, settings, tables)
    except Fatal as lacking:  # data without this flow's trigger is no reason to have no plan
        return replace(replacing(both, settings), unknown=(lacking.message,))


def data_of(folder: Path, client: Client, revision: str) -> tuple[Tables, str]:
    """Return the tables of a folder and the account's zone; raises Fatal for a folder that holds no data."""
    from compiler.live import read

    tables = tables_of(folder, client.verify_account(), dt.datetime.now(dt.UTC))
    return tables, read(client, revision, parts=()).account.timezone
