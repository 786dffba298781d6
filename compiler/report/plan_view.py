"""The one view of a plan that text, Markdown and JSON are written from."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING, Final

from compiler.diff import FlowDiff, read_flow
from compiler.labels.filters import Names
from compiler.normalise import normalise
from compiler.plan.budget import A_DAY, Budget, budget, over_the_day
from compiler.plan.danger import Thresholds, too_much
from compiler.plan.units import Plan, Unit, UnitChange
from compiler.report.fit import one_line
from compiler.report.plan_changes import Steps, change_views, new_steps
from compiler.report.plan_parts import (
    SYMBOLS,
    ChangeView,
    FieldView,
    NeedView,
    PlanView,
    StageView,
    UnitView,
)
from compiler.report.plan_picture import diff_picture, flow_picture
from compiler.report.plan_stage_changes import segment_changes, stage_changes
from compiler.report.plan_stages import Around, need_views, span_words, stage_views

__all__ = ["ChangeView", "FieldView", "NeedView", "PlanView", "StageView", "UnitView", "view"]

NO_CHANGES: Final = "No changes. Live matches the files."
COUNTED: Final[tuple[tuple[UnitChange, str], ...]] = (
    ("create", "to create"),
    ("update", "to change in place"),
    ("replace", "to replace"),
    ("retire", "to retire"),
)
ONLY_IF_ANY: Final[tuple[tuple[UnitChange, str], ...]] = (("delete", "to delete"), ("blocked", "blocked"))
KINDS: Final = ("flow", "segment", "template", "tag")
LIMITED: Final = (
    (("creates", "flow"), "flow_creates"),
    (("creates", "segment"), "segment_creates"),
    (("updates", "segment"), "segment_updates"),
)

if TYPE_CHECKING:
    from compiler.backpopulate.replaced import Replacing


def view(
    plan: Plan,
    diffs: Mapping[str, FlowDiff],
    *,
    names: Names | None = None,
    left: Mapping[str, int] | None = None,
    warnings: Iterable[str] = (),
    past: Mapping[str, Replacing] | None = None,
) -> PlanView:
    """Return what people read of a plan; ``diffs`` gives the comparison of each live flow, by the flow's id.

    A flow that has none, as with a saved plan, shows what its stages tell. A retired flow may have a comparison too
    (with itself): it tells how its steps are called. ``names`` maps ids of the account to names. ``left`` says how
    many creates and updates are left today at most, by the budget's fields. ``warnings`` are further sentences.
    ``past`` tells of a replaced flow, by its id, what back-populating its successor would mean.
    """
    names, left = names or {}, dict(left or {})
    cost = budget(plan)
    excess = too_much(plan.units, Thresholds())
    counts = dict(Counter(unit.change for unit in plan.units))
    shown = [unit for unit in plan.units if unit.change != "unchanged"]
    return PlanView(
        plan.project,
        plan.account,
        plan.revision,
        summary=summary_line(plan.units),
        budget=budget_line(cost, left),
        cost=cost,
        left=left,
        counts=counts,
        units=tuple(
            _unit(
                unit,
                diffs.get(str(unit.id)) if unit.kind == "flow" else None,
                names,
                (past or {}).get(str(unit.id)),
            )
            for unit in shown
        ),
        warnings=(*warnings, *(one.sentence for one in excess), *over_the_day(cost, left)),
    )


def summary_line(units: Iterable[Unit]) -> str:
    """Return how many units become what, in one sentence; kinds are told apart where there are several."""
    found: dict[UnitChange, Counter[str]] = {}
    for unit in units:
        if unit.change != "unchanged":
            found.setdefault(unit.change, Counter())[unit.kind] += 1
    if not found:
        return NO_CHANGES
    said = [
        f"{found.get(change, Counter()).total()} {words}{_kinds(found.get(change, Counter()))}"
        for change, words in (*COUNTED, *ONLY_IF_ANY)
        if change in found or (change, words) in COUNTED
    ]
    return f"Plan: {', '.join(said)}."


def _kinds(counted: Counter[str]) -> str:
    """Return in brackets how many units of each kind there are; nothing where all are of one."""
    parts = [f"{counted[kind]} {kind}{'' if counted[kind] == 1 else 's'}" for kind in KINDS if counted[kind]]
    return f" ({', '.join(parts)})" if len(parts) > 1 else ""


def budget_line(cost: Budget, left: Mapping[str, int]) -> str:
    """Return creates of the day, calls and time in one line; empty where nothing is called.

    The day's count cannot be read back, so what is left is what is left at most, and without ``left`` the line says
    how much of a whole day the plan takes at least.
    """
    if not cost.calls:
        return ""
    used = [(words, field) for words, field in LIMITED if getattr(cost, field)]
    parts: list[str] = []
    for (verb, noun), field in used:
        number = getattr(cost, field)
        start = f"{verb} at least " if not any(part.startswith(verb) for part in parts) else ""
        thing = "" if len(used) == 1 and field == "flow_creates" else f" {noun}{'' if number == 1 else 's'}"
        rest = left.get(field, A_DAY)
        parts.append(f"{start}{number}{thing} of {rest}{' left' if rest != A_DAY else ''}")
    today = [f"{', '.join(parts)} today"] if parts else []
    calls = f"{cost.calls} call{'' if cost.calls == 1 else 's'}"
    return ", ".join([*today, calls, f"about {_time(cost.seconds)}"])


def _time(seconds: int) -> str:
    if seconds < 90:
        return f"{max(seconds, 1)} s"
    return f"{round(seconds / 60)} min" if seconds < 5_400 else span_words(round(seconds / 3_600) * 3_600)


def _unit(unit: Unit, diff: FlowDiff | None, names: Names, past: Replacing | None) -> UnitView:
    live, desired = _sides(unit, diff, names)
    around = Around(unit, live, desired)
    definition = normalise(unit.desired) if unit.kind == "flow" and unit.desired is not None else None
    changes: tuple[ChangeView, ...] = ()
    picture = None
    if unit.kind == "segment":
        changes = segment_changes(unit, names)
    elif definition is not None and diff is not None:
        changes = change_views(diff, definition, names)
        picture = diff_picture(unit.name, diff, definition, names)
    elif definition is not None and desired is not None:
        picture = flow_picture(unit.name, desired, definition)
        changes = new_steps(desired) if unit.id is None else stage_changes(around, names)
    return UnitView(
        SYMBOLS[unit.change],
        unit.kind,
        one_line(unit.name),
        unit.change,
        unit.id,
        tuple(map(one_line, unit.reasons)),
        changes,
        stage_views(around),
        need_views(around),
        picture,
        past if unit.change == "replace" else None,
    )


def _sides(unit: Unit, diff: FlowDiff | None, names: Names) -> tuple[Steps | None, Steps | None]:
    if unit.kind != "flow":
        return None, None
    if diff is not None:
        return Steps(diff.live, names), Steps(diff.desired, names)
    if unit.desired is None:
        return None, None
    return None, Steps(read_flow(normalise(unit.desired)), names)
