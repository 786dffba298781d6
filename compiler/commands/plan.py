"""``flowc plan``: what an apply would do, and why."""

from __future__ import annotations

from pathlib import Path

import click

from compiler.accounts import opened, revision_of
from compiler.commands.base import (
    ACCOUNT,
    DEBUG,
    NEW_FILE,
    PATHS,
    REVISION,
    command,
    outside,
    project_here,
    warn,
)
from compiler.commands.past import data_of
from compiler.commands.planned import compiled_for, only, planned_for
from compiler.commands.shown import say_plan, view_of
from compiler.diagnostics import Exit
from compiler.lock import write_whole
from compiler.plan.saved import save
from compiler.plan.units import Plan


@command("flowc plan\nflowc plan --out plan.json\nflowc plan --format markdown --detailed-exitcode")
@PATHS
@ACCOUNT
@click.option("--out", type=NEW_FILE, metavar="FILE", help="Save the plan for flowc apply.")
@click.option(
    "--format", "style", type=click.Choice(["text", "json", "markdown"]), default="text", show_default=True
)
@click.option("--detailed-exitcode", is_flag=True, help="Exit with 2 where something would change.")
@click.option("--target", "targets", multiple=True, metavar="NAME", help="Plan only this flow or segment.")
@click.option(
    "--quick", is_flag=True, help="Read actions only, fifty flows a call; such a plan is not applied."
)
@click.option(
    "--data",
    type=click.Path(path_type=Path, file_okay=False),
    metavar="FOLDER",
    help="Count in these profiles and events (flowc data pull) who would get a replaced flow's messages twice.",
)
@REVISION
@DEBUG
def plan(  # noqa: PLR0913, PLR0917 - one parameter an option
    paths: tuple[Path, ...],
    account: str | None,
    out: Path | None,
    style: str,
    detailed_exitcode: bool,
    targets: tuple[str, ...],
    quick: bool,
    data: Path | None,
    revision: str | None,
    debug: Path | None,
) -> int:
    """Show what apply would do to an account, and why; nothing is changed.

    Ends with 3 where the specs are wrong or name what the account lacks, with 6 where something cannot be changed at
    all, with 2 (if asked for) where something would change. What needs an option of apply says which, and why: to
    replace a live flow, to act on people under way, to delete, or to replace or remove more than 30% of what the
    project has in the account.
    """
    if quick and out is not None:
        raise click.UsageError(
            "a quick plan has not read all that an apply must know; leave --out or --quick away"
        )
    project = project_here()
    chosen = project.account(account)
    wanted = revision_of(project, chosen, revision)
    compiled = compiled_for(project, chosen, paths, wanted)
    compiled = only(compiled, targets) if targets else compiled
    with opened(project, chosen, wanted, outside(debug)) as client:
        planned = planned_for(
            client, project, chosen, compiled, wanted, whole=not (paths or targets), quick=quick
        )
        replaces = any(unit.change == "replace" for unit in planned.plan.units)
        counted = data_of(data, client, wanted) if data is not None and replaces else None
        seen = view_of(planned, client, counted)
    code = _exit_code(planned.plan, detailed=detailed_exitcode)
    if out is not None:
        write_whole(out.absolute(), save(planned.plan).encode())
        warn(f"the plan is in {out}; flowc apply {out} does exactly this\n")
    say_plan(seen, style, code, planned.diagnostics)
    return code


def _exit_code(plan: Plan, *, detailed: bool) -> Exit:
    if any(unit.change == "blocked" for unit in plan.units):
        return Exit.NOT_ALLOWED
    changes = any(unit.stages for unit in plan.units)
    return Exit.CHANGES if changes and detailed else Exit.DONE
