"""Remembers what an account refused, so that the next plan knows it."""

from __future__ import annotations

import os
from pathlib import Path

from compiler.apply.desk import Desk, key_of
from compiler.plan.refusals import REMEMBERED, Refusal, as_line, edit_mark, refusals_path
from compiler.plan.units import Unit


def remember(desk: Desk, journals: Path, unit: Unit, why: str) -> None:
    """Keep the unit's edit that was refused, if one was; a file that cannot be written is no reason to say less.

    ``why`` is what the account said.
    """
    if unit.kind != "flow" or unit.id is None or unit.desired is None:
        return
    path = refusals_path(journals, desk.plan.account)
    for place, stage in enumerate(unit.stages):
        entry = desk.journal.entries.get(f"{key_of(unit)}#{place}")
        if isinstance(stage, REMEMBERED) and entry is not None and entry.verdict == "refused":
            said = f"{why}, on {desk.patience.now():%Y-%m-%d}"
            refusal = Refusal(unit.id, edit_mark(stage, unit.desired), desk.plan.revision, said)
            path.parent.mkdir(parents=True, exist_ok=True)
            with path.open("a", encoding="utf-8") as file:
                file.write(as_line(refusal))
                file.flush()
                os.fsync(file.fileno())
