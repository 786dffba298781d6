"""``flowc probe``: learn what the API leaves undocumented, for the planner."""

from __future__ import annotations

import shutil
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import click

from compiler.accounts import opened, revision_of
from compiler.client import calls
from compiler.commands.alone import alone, patience_with, settle
from compiler.commands.base import (
    ACCOUNT,
    DEBUG,
    REVISION,
    command,
    note,
    outside,
    plural,
    pretty,
    project_here,
    say,
    warn,
)
from compiler.diagnostics import Exit, Fatal
from compiler.live import read
from compiler.lock import find_lock, lock_of, require_same_account, write_lock
from compiler.plan.knowledge import Knowledge
from compiler.plan.knowledge import calls as calls_of
from compiler.planning.known import remembered
from compiler.probe import Run, as_kept, costs, probe
from compiler.probe.showing import as_json, as_text

if TYPE_CHECKING:
    from compiler.client import Client
    from compiler.probe import Costs, Report
    from compiler.project import Account, Project


@command("flowc probe\nflowc probe --account production --yes\nflowc probe --yes --format json")
@ACCOUNT
@click.option("--yes", is_flag=True, help="Do not ask.")
@click.option("--format", "style", type=click.Choice(["text", "json"]), default="text", show_default=True)
@REVISION
@DEBUG
def probe_(account: str | None, yes: bool, style: str, revision: str | None, debug: Path | None) -> int:
    """Learn what the API leaves undocumented, and keep the answers by revision in the lock file.

    Makes one scratch flow, a second one of its name for a moment, and a tag, a template and a segment beside them,
    and deletes all of it at the end, also when it is stopped. What a killed run left is deleted by the next one.

    Nothing becomes live. Nobody can enter the flow, since its trigger is a date in a property that no profile has.
    To see whether a flow's status follows its steps', its one email waits for review ("manual") for a moment;
    what a live step would do is never tried. No other flow is touched.
    """
    project = project_here()
    chosen = project.account(account)
    wanted = revision_of(project, chosen, revision)
    with opened(project, chosen, wanted, outside(debug)) as client:
        before = find_lock(project, chosen.name)
        require_same_account(project, chosen.name, before, client.verify_account())
        cost = costs(calls_of(wanted, Knowledge()))
        _announce(client, chosen, cost)
        _ask(chosen, yes=yes)
        patience = patience_with(project, chosen)
        settle(project, client, patience)
        run = Run(client, wanted, project.root / ".flowc" / "journal", patience, note)
        with alone(project, chosen, client, patience, float(cost.calls)):
            report = probe(run)
        _keep(project, chosen, client, wanted, report)
    if style == "json":
        say(pretty(as_json(report, chosen, wanted, patience)))
    else:
        say(as_text(report, chosen, patience, shutil.get_terminal_size((100, 24)).columns))
    if report.stopped:
        warn(f"flowc: {report.stopped}\n")
    return report.exit_code


def _announce(client: Client, account: Account, cost: Costs) -> None:
    left = client.left_today(calls.CREATE_FLOW)
    warn(
        f"probe makes scratch things in {account.name}, all of them drafts, and deletes them at the end: a flow and its"
        f" namesake, a segment, a template, {plural(2, 'tag')}.\n"
        f"It takes up to {cost.calls} calls, among them up to {cost.flow_creates} of the {left} creates of flows and"
        f" {cost.segment_creates} of the {client.left_today(calls.CREATE_SEGMENT)} creates of segments that are left"
        f" today at most{'.' if account.embedded is not None else ', and two or three minutes.'}\n"
    )


def _ask(account: Account, *, yes: bool) -> None:
    if yes:
        return
    if not sys.stdin.isatty():
        raise Fatal(f"probe writes to {account.name}; say --yes where nobody can be asked", Exit.NOT_ALLOWED)
    if not click.confirm(f"Probe {account.name}?", err=True):
        raise click.Abort


def _keep(project: Project, account: Account, client: Client, revision: str, report: Report) -> None:
    """Write what was learned to the account's lock file, which is read anew: a lock may have been written meanwhile."""
    if all(answer.value is None for answer in report.answers.values()):
        return
    lock = find_lock(project, account.name)
    if lock is None:
        note("reading the inventory for the lock file")
        lock = lock_of(read(client, revision))
    path = write_lock(
        project, account.name, remembered(lock, revision, as_kept(report), whole=not report.stopped)
    )
    warn(f"the answers for revision {revision} are in {project.display(path)}\n")
