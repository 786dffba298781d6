"""``flowc apply`` and ``flowc unlock``."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING

import click

from compiler.accounts import opened, revision_of
from compiler.apply import Result, Run, apply_plan, check_plan, locks, not_allowed, unlock
from compiler.commands.alone import alone, lock_file, patience_with, settle
from compiler.commands.base import (
    ACCOUNT,
    DEBUG,
    REVISION,
    command,
    note,
    outside,
    plural,
    project_here,
    say,
    warn,
)
from compiler.commands.planned import compiled_for, planned_for
from compiler.commands.shown import say_plan, view_of, view_of_saved
from compiler.diagnostics import Exit, Fatal
from compiler.plan.budget import budget
from compiler.plan.saved import load
from compiler.report.apply_json import as_json

if TYPE_CHECKING:
    from compiler.client import Client
    from compiler.plan.units import Plan
    from compiler.project import Account, Project

ALLOW = ("allow-replace", "allow-live", "allow-delete", "allow-many")


@command("flowc apply\nflowc apply plan.json --yes\nflowc apply --account production --allow-live")
@click.argument("file", required=False, type=click.Path(path_type=Path), metavar="[PLAN.json]")
@ACCOUNT
@click.option("--yes", is_flag=True, help="Do not ask.")
@click.option("--allow-replace", is_flag=True, help="Replace live flows by new ones.")
@click.option("--allow-live", is_flag=True, help="Change what acts on people who are on their way.")
@click.option("--allow-delete", is_flag=True, help="Delete flows and segments.")
@click.option(
    "--allow-many",
    is_flag=True,
    help="Replace, or retire and delete, more than 30% of what the account has of this project, from ten on.",
)
@click.option("--format", "style", type=click.Choice(["text", "json"]), default="text", show_default=True)
@REVISION
@DEBUG
def apply(  # noqa: PLR0913, PLR0917 - one parameter an option
    file: Path | None,
    account: str | None,
    yes: bool,
    allow_replace: bool,
    allow_live: bool,
    allow_delete: bool,
    allow_many: bool,
    style: str,
    revision: str | None,
    debug: Path | None,
) -> int:
    """Make an account what the specs, or exactly what a saved plan, say."""
    allowed = {
        name
        for name, given in zip(ALLOW, (allow_replace, allow_live, allow_delete, allow_many), strict=True)
        if given
    }
    project = project_here()
    chosen = project.account(account)
    wanted = revision_of(project, chosen, revision)
    saved = _saved(file) if file is not None else None
    with opened(project, chosen, wanted, outside(debug)) as client:
        patience = patience_with(project, chosen)
        settle(project, client, patience)
        if saved is not None:
            check_plan(saved, project.name, client.verify_account(), wanted)
        plan = saved or _fresh(client, project, chosen, wanted, style)
        if saved is not None and style == "text":
            say_plan(view_of_saved(saved, client), style)
        refused = not_allowed(plan, allowed)
        if refused:
            return _end(Result(Exit.NOT_ALLOWED, stopped="; ".join(refused)), style)
        if not any(unit.stages for unit in plan.units) and not locks(client):
            return _end(Result(Exit.DONE), style)
        _ask(plan, chosen, yes=yes)
        journals = project.root / ".flowc" / "journal"
        with alone(project, chosen, client, patience, budget(plan).seconds) as lock:
            run = Run(client, project.name, wanted, journals, patience, note, lock)
            return _end(apply_plan(plan, run), style)


def _saved(file: Path) -> Plan:
    """Return the plan of a file; Fatal where it cannot be read, or is none that this flowc applies."""
    try:
        text = file.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        why = error.strerror if isinstance(error, OSError) else "it is no text"
        raise Fatal(f"the plan {file} cannot be read: {why}", Exit.WRONG_SPECS) from None
    return load(text, str(file))


def _fresh(client: Client, project: Project, account: Account, revision: str, style: str) -> Plan:
    compiled = compiled_for(project, account, (), revision)
    planned = planned_for(client, project, account, compiled, revision, whole=True)
    if style == "text":
        say_plan(view_of(planned, client), style)
    return planned.plan


def _ask(plan: Plan, account: Account, *, yes: bool) -> None:
    changing = sum(bool(unit.stages) for unit in plan.units)
    if yes or not changing:
        return
    units = plural(changing, "unit")
    if not sys.stdin.isatty():
        raise Fatal(f"{units} would change in {account.name}; say --yes where nobody can be asked")
    if not click.confirm(f"Change {units} in {account.name}?", err=True):
        raise click.Abort


def _end(result: Result, style: str) -> int:
    """Say what is true now."""
    if style == "json":
        said = as_json(
            error=result.stopped,
            exit_code=result.exit_code,
            done=result.done,
            half=result.half,
            waiting=result.waiting,
            surplus=result.surplus,
        )
        say(said)
        warn(f"flowc: {result.stopped}\n" if result.stopped else "")
        return result.exit_code
    for sentence in result.done:
        say(f"done: {sentence}\n")
    for sentence in result.half:
        say(f"half done: {sentence}\n")
    for sentence in result.waiting:
        say(f"not begun: {sentence}\n")
    for sentence in result.surplus:
        warn(f"flowc: {sentence}\n")
    if result.stopped:
        warn(f"flowc: {result.stopped}\n")
    elif not result.done:
        say("nothing to do\n")
    return result.exit_code


@command("flowc unlock\nflowc unlock --account production")
@ACCOUNT
@REVISION
@DEBUG
def unlock_(account: str | None, revision: str | None, debug: Path | None) -> int:
    """Release the lock that a dead apply has left in an account."""
    project = project_here()
    chosen = project.account(account)
    with opened(project, chosen, revision_of(project, chosen, revision), outside(debug)) as client:
        gone = unlock(client, lock_file(project, chosen), patience_with(project, chosen))
    for name in gone:
        say(f"released: {name}\n")
    if not gone:
        say("there is no lock\n")
    return Exit.DONE
