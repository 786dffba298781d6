"""``flowc validate``: what is wrong with the specs, for people and for machines."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import click

from compiler import __version__
from compiler.build import Build
from compiler.commands.base import (
    ACCOUNT,
    PATHS,
    REVISION,
    WrongSpecs,
    account_here,
    build,
    command,
    lines,
    outside,
    project_here,
    say,
    warn,
)
from compiler.diagnostics import Diagnostic, Exit
from compiler.project import Project


@command("flowc validate\nflowc validate flows/welcome.yaml --format github")
@PATHS
@click.option(
    "--format",
    "form",
    type=click.Choice(["text", "json", "github", "sarif"]),
    default="text",
    help="How findings are shown.",
)
@click.option("--info", is_flag=True, help="Show remarks too, not only errors and warnings.")
@REVISION
@ACCOUNT
def validate(
    paths: tuple[Path, ...], form: str, info: bool, revision: str | None, account: str | None
) -> int:
    """Check specs offline: schema, references between files, graph and lint rules. No key is needed.

    Catalogs are read as coverage reads them. With --account, names are looked up in that account's lock file too.
    """
    project = _project(form)
    result = build(project, paths, revision, account, lint=True)
    _check_catalogs(project, paths, revision, account, result)
    if account is not None:
        from compiler.accounts import revision_of
        from compiler.commands.naming import bind_build

        bind_build(
            project,
            result,
            project.account(account),
            revision_of(project, project.account(account), revision),
        )
    found = [
        diagnostic
        for diagnostic in result.diagnostics
        if info or form in ("json", "sarif") or diagnostic.severity != "info"
    ]
    say(_shown(found, form))
    if form == "text":
        warn(_summary(result, info=info))
    return Exit.WRONG_SPECS if result.problems.errors else Exit.DONE


def _check_catalogs(
    project: Project, paths: tuple[Path, ...], revision: str | None, account: str | None, result: Build
) -> None:
    """Add what coverage would say of the catalogs among the specs, except where their schema objects already."""
    if not any(map(_is_catalog, project.files(paths))):
        return
    from compiler.accounts import revision_of
    from compiler.coverage.offline import mistakes_in
    from compiler.coverage.specs import catalogs_of
    from compiler.diagnostics import Problems

    chosen = account_here(project, account)
    wanted = revision_of(project, chosen, revision) if chosen else revision or project.revision
    asked = {source.file: source for source in catalogs_of(project, Problems(), paths)}
    catalogs = {source.file: source for source in catalogs_of(project, Problems())} | asked
    said = {diagnostic.span for diagnostic in result.problems}
    found = mistakes_in(catalogs.values(), asked, wanted, outside(None).now())
    result.problems.extend(diagnostic for diagnostic in found if diagnostic.span not in said)


def _is_catalog(file: Path) -> bool:
    """Say whether a file is a catalog; most are told from their bytes, because reading every spec again takes long."""
    text = file.read_bytes()
    if b"catalog" not in text:
        return False
    from compiler.diagnostics import Problems
    from compiler.source import load

    data = load(file.name, text, Problems()).data
    return isinstance(data, dict) and data.get("kind") == "catalog"


def _project(form: str) -> Project:
    """Return the project; what is wrong with its own file stands in a pull request's annotations, too."""
    try:
        return project_here()
    except WrongSpecs as wrong:
        if form in ("github", "sarif"):
            say(_shown(wrong.found, form))
        raise


def _shown(found: Sequence[Diagnostic], form: str) -> str:
    from compiler.report import diagnostics as report

    if form == "json":
        return report.as_json(found)
    if form == "github":
        return report.as_github(found)
    if form == "sarif":
        return report.as_sarif(found, __version__)
    return report.as_text(found, lines(found))


def _summary(result: Build, *, info: bool) -> str:
    counts = {
        level: sum(d.severity == level for d in result.diagnostics) for level in ("error", "warning", "info")
    }
    hidden = counts.pop("info") if not info else 0
    flows = sum(item.kind == "flow" for item in result.built)
    segments = len(result.built) - flows
    found = (
        ", ".join(f"{count} {level}{'s' if count != 1 else ''}" for level, count in counts.items() if count)
        or "nothing to object to"
    )
    remarks = f" ({hidden} remark{'s' if hidden != 1 else ''}; --info shows them)" if hidden else ""
    return f"{flows} flows, {segments} segments: {found}{remarks}\n"
