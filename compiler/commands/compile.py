"""``flowc compile``: request bodies, as one document, as files, or one alone."""

from __future__ import annotations

import json
from pathlib import Path

import click

from compiler.build import Build
from compiler.commands.base import (
    ACCOUNT,
    FOLDER,
    PATHS,
    REVISION,
    build,
    command,
    pretty,
    project_here,
    say,
    warn,
)
from compiler.commands.base import show as show_found
from compiler.diagnostics import Exit, Fatal
from compiler.project import Project


@command(
    "flowc compile --out build/\nflowc compile flows/welcome.yaml --body\nflowc compile --revision 2026-07-15"
)
@PATHS
@click.option("--body", is_flag=True, help="One file: the request body alone.")
@click.option("--out", type=FOLDER, metavar="DIR", help="Write one body a file, NAME.json for NAME.yaml.")
@REVISION
@ACCOUNT
def compile_(
    paths: tuple[Path, ...], body: bool, out: Path | None, revision: str | None, account: str | None
) -> int:
    """Compile specs to the request bodies of the Flows and Segments APIs.

    What a lint rule objects to is shown and compiled all the same; validate and plan refuse it.
    """
    project = project_here()
    result = build(project, paths, revision, account, lint=False)
    if account is not None:
        from compiler.accounts import revision_of
        from compiler.commands.naming import bind_build

        chosen = project.account(account)
        bind_build(project, result, chosen, revision_of(project, chosen, revision))
    show_found(d for d in result.diagnostics if d.severity == "error" or d.code == "F319")
    if result.problems.blocking:
        return Exit.WRONG_SPECS
    if body:
        if len(result.built) != 1:
            raise Fatal(f"--body takes one flow or segment; these are {len(result.built)}", Exit.WRONG_SPECS)
        say(pretty(json.loads(result.built[0].text)))
    elif out is not None:
        _write_bodies(project, result, out)
    else:
        say(_listing(result))
    return Exit.DONE


def _listing(result: Build) -> str:
    """Return one JSON document, a body a line; the bodies are text already."""
    lines: dict[str, list[str]] = {"flow": [], "segment": []}
    for item in result.built:
        about = json.dumps({"source": item.source, "name": item.name}, ensure_ascii=False)
        lines[item.kind].append(f'{about[:-1]}, "body": {item.text}}}')
    flows, segments = (",\n".join(lines[kind]) for kind in ("flow", "segment"))
    return f'{{"format_version": 1,\n"flows": [\n{flows}\n],\n"segments": [\n{segments}\n]}}\n'


def _write_bodies(project: Project, result: Build, out: Path) -> None:
    for item in result.built:
        folder = Path(item.file).absolute().parent
        inside = folder.relative_to(project.flows) if folder.is_relative_to(project.flows) else Path()
        target = out / inside / f"{item.stem}.json"
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_text(pretty(json.loads(item.text)), encoding="utf-8")
    warn(f"{len(result.built)} bodies in {out}\n")
