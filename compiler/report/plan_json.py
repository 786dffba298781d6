"""A plan, or why there is none, as one JSON document for machines."""

from __future__ import annotations

import json
from collections.abc import Iterable
from dataclasses import asdict
from typing import Any, Final

from compiler.diagnostics import Diagnostic
from compiler.planning.missing import Missing
from compiler.report.diagnostics import plain
from compiler.report.plan_parts import ChangeView, PlanView, UnitView

FORMAT_VERSION: Final = 1


def as_json(
    view: PlanView | None,
    *,
    error: str = "",
    exit_code: int = 0,
    diagnostics: Iterable[Diagnostic] = (),
    missing: Iterable[Missing] = (),
) -> str:
    """Return one document that has the same keys in every case: ``plan`` is null where there is none.

    ``error`` says what went wrong, ``exit_code`` is the command's, ``missing`` what the account must get first.
    """
    document = {
        "format_version": FORMAT_VERSION,
        "kind": "plan-view",
        "exit_code": int(exit_code),
        "error": error or None,
        "diagnostics": plain(diagnostics),
        "missing": [asdict(one) for one in missing],
        "plan": None if view is None else _plan(view),
    }
    return json.dumps(document, ensure_ascii=False, indent=2) + "\n"


def _plan(view: PlanView) -> dict[str, Any]:
    return {
        "project": view.project,
        "account": view.account,
        "revision": view.revision,
        "summary": view.summary,
        "counts": dict(sorted(view.counts.items())),
        "budget": {"text": view.budget, **asdict(view.cost), "left_today": dict(sorted(view.left.items()))},
        "needs": list(view.needs),
        "warnings": list(view.warnings),
        "units": [_unit(unit) for unit in view.units],
    }


def _unit(unit: UnitView) -> dict[str, Any]:
    return {
        "kind": unit.kind,
        "name": unit.name,
        "change": unit.change,
        "symbol": unit.symbol,
        "id": unit.id,
        "reasons": list(unit.reasons),
        "needs": [{"option": need.option, "because": list(need.because)} for need in unit.needs],
        "past_profiles": None if unit.past is None else unit.past.plain(),
        "changes": [_change(change) for change in unit.changes],
        "stages": [
            {"kind": stage.kind, "text": stage.text, "calls": list(stage.calls), "needs": stage.needs}
            for stage in unit.stages
        ],
    }


def _change(change: ChangeView) -> dict[str, Any]:
    return {
        "kinds": list(change.kinds),
        "title": change.title,
        "live_step": change.live,
        "desired_step": change.desired,
        "where": change.where,
        "aspects": list(change.words),
        "in_words": [
            {"what": field.what, "old": field.old, "new": field.new, "diff": "\n".join(field.text)}
            for field in change.fields
        ],
        "fields": [{"path": field.path, "old": field.old, "new": field.new} for field in change.raw],
    }
