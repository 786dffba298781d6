"""``flowc coverage``: which lifecycle audiences an account has, lacks, or keeps badly; a plan to review."""

from __future__ import annotations

import shutil
from pathlib import Path
from typing import TYPE_CHECKING

import click

from compiler.accounts import revision_of
from compiler.commands.base import (
    ACCOUNT,
    DEBUG,
    FOLDER,
    REVISION,
    command,
    plural,
    project_here,
    say,
    show,
    values_of,
    warn,
)
from compiler.commands.coverage_inputs import ask, before, can_be_written, history, read, same_account, tables
from compiler.commands.tables import moment_of
from compiler.diagnostics import Exit, Problems

if TYPE_CHECKING:
    from compiler.coverage import Inventory, Report

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
    help="Evaluate rules over these tables, as of when flowc data pull wrote them.",
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
def coverage(  # noqa: PLR0913 - one parameter an option
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

    can_be_written(save, drafts_to)
    project, problems = project_here(), Problems()
    chosen = (
        project.account(account)
        if account or snapshot is None
        else project.accounts.get(project.default_account or "")
    )
    wanted = revision_of(project, chosen, revision) if chosen else revision or project.revision
    inventory = read(snapshot) if snapshot else ask(project, chosen, wanted, debug)
    if snapshot and chosen:
        same_account(inventory, project, chosen, str(snapshot), problems)
    if save is not None:
        _write(save, save_inventory(inventory))
    specs = specs_of(project, wanted, values_of(chosen), problems)
    asked = Wanted(
        (shipped(problems), *catalogs_of(project, problems)),
        specs,
        history(project),
        tables(data, inventory, problems),
        before(previous, inventory, problems),
        moment_of(data) if data is not None else None,
    )
    report = cover(inventory, wanted, asked, problems)
    show(problems)
    say(_shown(report, form, problems))
    if drafts_to is not None:
        _write_drafts(report, inventory, wanted, drafts_to)
    if check:
        return _checked(report, threshold, problems)
    return Exit.WRONG_SPECS if problems.errors else Exit.DONE


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

    return as_text(report, shutil.get_terminal_size((100, 24)).columns)


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
    if problems.errors:
        return Exit.WRONG_SPECS
    return Exit.CHANGES if urgent or share < threshold else Exit.DONE
