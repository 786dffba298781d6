"""How a plan is shown: one view of it, in the format that was asked for."""

from __future__ import annotations

import datetime as dt
import shutil
import sys
from dataclasses import replace
from typing import TYPE_CHECKING

from compiler.apply.running import DAILY
from compiler.commands.base import say
from compiler.commands.past import past_of
from compiler.diff import diff_flows
from compiler.normalise import normalise_pair
from compiler.plan.stages import DeleteAction, Retire, SetActionStatus, SetStatus
from compiler.report.plan_json import as_json
from compiler.report.plan_markdown import as_markdown
from compiler.report.plan_text import as_text
from compiler.report.plan_view import view

if TYPE_CHECKING:
    from collections.abc import Sequence

    from compiler.client import Client
    from compiler.diagnostics import Diagnostic
    from compiler.diff import FlowDiff
    from compiler.evaluate import Tables
    from compiler.plan.stages import Stage
    from compiler.plan.units import Plan, Unit
    from compiler.planning import Planned
    from compiler.report.plan_parts import PlanView

MOST_NAMED = 3  # flows in one sentence


def diffs_of(planned: Planned) -> dict[str, FlowDiff]:
    """Return the comparison of each live flow that changes, by its id."""
    return {
        flow: diff_flows(*normalise_pair(sides.live, sides.desired, planned.templates))
        for flow, sides in planned.sides.items()
    }


def left_today(client: Client) -> dict[str, int]:
    """Return how many calls of each kind with a daily limit are left today at most."""
    return {field: client.left_today(call) or 0 for field, call in DAILY.items()}


def view_of(planned: Planned, client: Client, data: tuple[Tables, str] | None = None) -> PlanView:
    """Return what people read of a plan that was just made; ``data`` counts who would get a message twice."""
    diffs = diffs_of(planned)
    return view(
        planned.plan,
        diffs,
        names=planned.names,
        left=left_today(client),
        warnings=planned.remarks,
        past=past_of(planned, diffs, dt.datetime.now(dt.UTC), data),
    )


def view_of_saved(plan: Plan, client: Client) -> PlanView:
    """Return what people read of a saved plan, which does not hold the flows as they were; it says of which that matters."""
    return view(
        plan,
        {},
        names={one.id: one.name for one in plan.names if one.id is not None},
        left=left_today(client),
        warnings=_untold(plan),
    )


def _untold(plan: Plan) -> list[str]:
    """Return the sentence that names the flows of which a saved plan cannot show all; none where there are none."""
    names = [f'"{unit.name}"' for unit in plan.units if _needs_the_old(unit)]
    if not names:
        return []
    more = [f"{len(names) - MOST_NAMED} more"] if len(names) > MOST_NAMED else []
    said = " and ".join([", ".join(names[:MOST_NAMED]), *more])
    told = (
        f"a saved plan does not hold flows as they were, so differences in {said} are not all shown, and steps of"
        " the account may be named by their ids alone; flowc plan shows more"
    )
    return [told]


def _needs_the_old(unit: Unit) -> bool:
    """Say whether a unit cannot be shown whole without its flow as it was."""
    if unit.kind != "flow" or unit.id is None:
        return False
    return unit.change == "replace" or any(map(_tells_half, unit.stages))


def _tells_half(stage: Stage) -> bool:
    """Say whether a stage acts on a step that the flow had, and does not say what that was."""
    if isinstance(stage, SetActionStatus):
        return stage.action is not None
    return isinstance(stage, SetStatus | DeleteAction) or (isinstance(stage, Retire) and bool(stage.schedule))


def say_plan(seen: PlanView, style: str, exit_code: int = 0, diagnostics: Sequence[Diagnostic] = ()) -> None:
    """Write a plan to stdout; a terminal has shown the diagnostics already, on stderr."""
    if style == "json":
        say(as_json(seen, exit_code=exit_code, diagnostics=diagnostics))
    elif style == "markdown":
        say(as_markdown(replace(seen, warnings=(*map(str, diagnostics), *seen.warnings))))
    else:
        width = shutil.get_terminal_size((100, 24)).columns
        say(as_text(seen, width, colour=sys.stdout.isatty()))
