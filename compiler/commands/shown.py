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
    from compiler.plan.units import Plan
    from compiler.planning import Planned
    from compiler.report.plan_parts import PlanView


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
        pages=planned.pages,
        past=past_of(planned, diffs, dt.datetime.now(dt.UTC), data),
    )


def view_of_saved(plan: Plan, client: Client) -> PlanView:
    """Return what people read of a saved plan, which does not hold the flows as they were."""
    return view(plan, {}, left=left_today(client))


def say_plan(seen: PlanView, style: str, exit_code: int = 0, diagnostics: Sequence[Diagnostic] = ()) -> None:
    """Write a plan to stdout; a terminal has shown the diagnostics already, on stderr."""
    if style == "json":
        say(as_json(seen, exit_code=exit_code, diagnostics=diagnostics))
    elif style == "markdown":
        say(as_markdown(replace(seen, warnings=(*map(str, diagnostics), *seen.warnings))))
    else:
        width = shutil.get_terminal_size((100, 24)).columns
        say(as_text(seen, width, colour=sys.stdout.isatty()))
