"""``flowc coverage``: which lifecycle audiences an account has, lacks, or keeps badly; a plan to review."""

from __future__ import annotations

import subprocess
import sys
from datetime import UTC, date, datetime
from pathlib import Path
from typing import TYPE_CHECKING

import click

from compiler.accounts import opened, revision_of
from compiler.commands.base import (
    ACCOUNT,
    DEBUG,
    FOLDER,
    REVISION,
    command,
    note,
    outside,
    plural,
    project_here,
    say,
    show,
    values_of,
    warn,
)
from compiler.diagnostics import Exit, Fatal, Problems, Span

if TYPE_CHECKING:
    from compiler.coverage import History, Inventory, Report
    from compiler.evaluate import Tables
    from compiler.project import Account, Project

THRESHOLD = 50


@command(
    "flowc coverage\n"
    "flowc coverage --account production --save inventory.json\n"
    "flowc coverage --snapshot inventory.json --format html > coverage.html\n"
    "flowc coverage --data .flowc/data --write flows/segments\n"
    "flowc coverage --snapshot inventory.json --check --threshold 60"
)
@ACCOUNT
@click.option("--snapshot", type=FOLDER, metavar="FILE", help="Use a saved inventory instead of the account.")
@click.option(
    "--save", type=FOLDER, metavar="FILE", help="Save the inventory, so that the result can be repeated."
)
@click.option(
    "--previous", type=FOLDER, metavar="FILE", help="An earlier inventory; stuck segments show in two."
)
@click.option(
    "--data",
    type=FOLDER,
    metavar="DIR",
    help="Evaluate rules over these tables; flowc data pull writes them.",
)
@click.option(
    "--format",
    "form",
    type=click.Choice(["text", "markdown", "csv", "json", "html"]),
    default="text",
    help="How the report is shown.",
)
@click.option(
    "--write",
    "drafts_to",
    type=FOLDER,
    metavar="DIR",
    help="Draft the missing segments as YAML; no file is overwritten.",
)
@click.option(
    "--check", is_flag=True, help="Exit 2 under the threshold, or where a segment contradicts itself."
)
@click.option(
    "--threshold",
    type=click.IntRange(0, 100),
    default=THRESHOLD,
    show_default=True,
    help="Percent of the catalog's entries, blocked ones and ones to fill in aside, that must be covered.",
)
@REVISION
@DEBUG
def coverage(
    account: str | None,
    snapshot: Path | None,
    save: Path | None,
    previous: Path | None,
    data: Path | None,
    form: str,
    drafts_to: Path | None,
    *,
    check: bool,
    threshold: int,
    revision: str | None,
    debug: Path | None,
) -> int:
    """Compare an account's segments with the lifecycle catalog; changes nothing.

    Finds what is covered, missing, duplicated, stale or too broad, and what flows and campaigns do instead of a segment.
    """
    from compiler.coverage import Wanted, cover, save_inventory, shipped
    from compiler.coverage.specs import catalogs_of, specs_of

    project, problems = project_here(), Problems()
    chosen = (
        project.account(account)
        if account or snapshot is None
        else project.accounts.get(project.default_account or "")
    )
    wanted = revision_of(project, chosen, revision) if chosen else revision or project.revision
    inventory = _read(snapshot, problems) if snapshot else _ask(project, chosen, wanted, debug)
    if snapshot and chosen:
        _same_account(inventory, chosen, str(snapshot), problems)
    if save is not None:
        _write(save, save_inventory(inventory))
    specs = specs_of(project, wanted, values_of(chosen), problems)
    asked = Wanted(
        (shipped(problems), *catalogs_of(project, problems)),
        specs,
        _history(project),
        _tables(data, inventory, problems),
        _before(previous, inventory, problems),
    )
    report = cover(inventory, wanted, asked, problems)
    show(problems)
    say(_shown(report, form, problems))
    if drafts_to is not None:
        _write_drafts(report, inventory, wanted, drafts_to)
    if check:
        return _checked(report, threshold, problems)
    return Exit.WRONG_SPECS if problems.errors else Exit.DONE


def _ask(project: Project, account: Account | None, revision: str, debug: Path | None) -> Inventory:
    from compiler.coverage import read_inventory

    assert account is not None
    with opened(project, account, revision, outside(debug)) as client:
        return read_inventory(client, revision, datetime.now(UTC), note)


def _read(path: Path, problems: Problems) -> Inventory:
    from compiler.coverage import load_inventory

    del problems
    try:
        return load_inventory(path.read_text(encoding="utf-8"))
    except (OSError, UnicodeDecodeError) as error:
        raise Fatal(f"{path} cannot be read: {error}", Exit.WRONG_SPECS) from error


def _same_account(inventory: Inventory, account: Account, where: str, problems: Problems) -> None:
    found = inventory.snapshot.account.id
    if account.account_id is not None and found != account.account_id:
        says = f"it is of account {found}, but {account.name} is {account.account_id}; what follows is about {found}"
        problems.add("F744", says, Span(where))


def _before(path: Path | None, inventory: Inventory, problems: Problems) -> Inventory | None:
    """Return the earlier inventory; one of another account is diagnosed and left out."""
    if path is None:
        return None
    before = _read(path, problems)
    if before.snapshot.account.id != inventory.snapshot.account.id:
        says = f"it is of account {before.snapshot.account.id}, not of {inventory.snapshot.account.id}; it is left out"
        problems.add("F744", says, Span(str(path)))
        return None
    return before


def _tables(folder: Path | None, inventory: Inventory, problems: Problems) -> Tables | None:
    """Return the tables of a folder; data of another account is diagnosed and left out."""
    if folder is None:
        return None
    from compiler.coverage.pulling import read_state
    from compiler.evaluate import open_tables

    state = read_state(folder)
    if state is not None and state["account"] != inventory.snapshot.account.id:
        says = f"it holds the data of account {state['account']}, not of {inventory.snapshot.account.id}; it is left out"
        problems.add("F744", says, Span(str(folder)))
        return None
    return open_tables(folder)


def _history(project: Project) -> dict[str, History]:
    """Return when and by whom git saw each spec changed last; empty outside a repository."""
    from compiler.coverage import History

    asked = [
        "git",
        "-C",
        str(project.root),
        "log",
        "--format=%x00%as%x09%an",
        "--name-only",
        "--relative",
        "--",
        str(project.flows),
    ]
    try:
        answer = subprocess.run(asked, capture_output=True, text=True, check=True, timeout=60).stdout  # noqa: S603 - fixed arguments
    except (OSError, subprocess.SubprocessError):
        return {}
    found: dict[str, History] = {}
    for commit in answer.split("\0")[1:]:
        head, *files = commit.strip().splitlines()
        day, _, author = head.partition("\t")
        for file in filter(None, files):
            found.setdefault(project.display(project.root / file), History(date.fromisoformat(day), author))
    return found


def _shown(report: Report, form: str, problems: Problems) -> str:
    if form == "json":
        from compiler.report.coverage_json import as_json

        return as_json(report, problems)
    if form == "csv":
        from compiler.report.coverage_csv import as_csv

        return as_csv(report)
    if form == "html":
        from compiler.report.coverage_html import as_html

        return as_html(report)
    if form == "markdown":
        from compiler.report.coverage_markdown import as_markdown

        return as_markdown(report)
    from compiler.report.coverage_text import as_text

    return as_text(report)


def _write(path: Path, text: str) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text, encoding="utf-8")
    warn(f"wrote {path}\n")


def _write_drafts(report: Report, inventory: Inventory, revision: str, folder: Path) -> None:
    from compiler.coverage.drafts import drafts

    written, kept, open_ = 0, [], []
    for draft in drafts(report, inventory, revision):
        path = folder / draft.file
        if path.exists():
            kept.append(draft.file)
            continue
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(draft.text, encoding="utf-8")
        written += 1
        open_ += [draft.file] if draft.to_fill else []
    warn(f"{plural(written, 'draft')} in {folder}; review them, then flowc plan shows what they would do\n")
    warn("".join(f"  {file} needs something filled in\n" for file in open_))
    warn("".join(f"  {file} is there already and stays\n" for file in kept))


def _checked(report: Report, threshold: int, problems: Problems) -> int:
    urgent = [finding for finding in report.findings if finding.level == "urgent"]
    share = report.covered * 100
    for finding in urgent:
        warn(f'{finding.code} {finding.name}: "{finding.segments[0]}": {finding.evidence}\n')
    warn(f"{share:.0f} % covered, {threshold} % wanted; {plural(len(urgent), 'urgent finding')}\n")
    sys.stderr.flush()
    if problems.errors:
        return Exit.WRONG_SPECS
    return Exit.CHANGES if urgent or share < threshold else Exit.DONE
