"""A back-population as one JSON document."""

from __future__ import annotations

import json
from dataclasses import asdict
from datetime import UTC, datetime
from typing import Any

from compiler.backpopulate import Backpopulation


def as_json(found: Backpopulation) -> str:
    """Return the whole answer as one JSON document; times are seconds, moments ISO 8601 in UTC."""
    simulated = None if found.simulation is None else asdict(found.simulation)
    if simulated is not None:
        for row in simulated["entries"]:
            row["first"], row["last"] = instant(row["first"]), instant(row["last"])
        queue = simulated["queue"]
        for row in () if queue is None else (queue, *queue["days"]):
            row["done"] = instant(row["done"])
    plain: dict[str, Any] = {
        "format_version": 1,
        "flow": found.shape.name,
        "at": instant(found.settings.now),
        "mode": found.settings.mode if found.timeline.modes else None,
        "account_zone": found.settings.account_zone,
        "eligible": found.eligibility.eligible,
        "reasons": [asdict(reason) for reason in found.eligibility.reasons],
        "timeline": asdict(found.timeline),
        "dates": [
            {"step": row.step, "name": row.name, "maybe": str(row.maybe), "certain": str(row.certain)}
            for row in found.dated
        ],
        "simulation": simulated,
        "runbook": asdict(found.runbook),
    }
    return json.dumps(plain, ensure_ascii=False, indent=2) + "\n"


def instant(second: int) -> str:
    """Return a second since 1970 as ISO 8601 in UTC."""
    return datetime.fromtimestamp(second, UTC).isoformat().replace("+00:00", "Z")
