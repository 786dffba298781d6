"""``flowc graph``, ``flowc schema`` and ``flowc explain``: what is there, to look at."""

from __future__ import annotations

from pathlib import Path

import click

from compiler.commands.base import (
    ACCOUNT,
    FOLDER,
    NEW_FILE,
    REVISION,
    account_here,
    command,
    pretty,
    project_here,
    say,
    values_of,
    warn,
)
from compiler.commands.base import show as show_found
from compiler.diagnostics import Exit, Fatal, nearest
from compiler.pipeline import Compiled
from compiler.project import Project

ENDINGS = {"mermaid": "mmd", "svg": "svg", "dot": "dot", "json": "json"}


@command(
    "flowc graph flows/welcome.yaml\nflowc graph 'Welcome series' --format svg > welcome.svg\nflowc graph --format svg --out pictures/"
)
@click.argument("flow", required=False)
@click.option(
    "--format",
    "form",
    type=click.Choice(["mermaid", "svg", "dot", "json"]),
    default="mermaid",
    help="How it is drawn.",
)
@click.option(
    "--out", type=FOLDER, metavar="DIR", help="Draw every flow of the file, or of the project, one file each."
)
@REVISION
@ACCOUNT
def graph(flow: str | None, form: str, out: Path | None, revision: str | None, account: str | None) -> int:
    """Draw one flow, by its file or its name; no other program is needed."""
    from compiler.report.graph import draw

    project = project_here()
    items = chosen_flows(project, flow, revision, account)
    if out is None and len(items) != 1:
        names = ", ".join(f'"{item.name}"' for item in items)
        raise Fatal(
            f"these are {len(items)} flows ({names}); name one of them, or say --out DIR", Exit.WRONG_SPECS
        )
    for item in items:
        assert item.flow is not None
        picture = draw(item.flow, item.body["data"]["attributes"]["definition"], form)
        if out is None:
            say(picture)
        else:
            out.mkdir(parents=True, exist_ok=True)
            (out / f"{item.stem}.{ENDINGS[form]}").write_text(picture, encoding="utf-8")
    if out is not None:
        warn(f"{len(items)} pictures in {out}\n")
    return Exit.DONE


def chosen_flows(
    project: Project, wanted: str | None, revision: str | None, account: str | None
) -> list[Compiled]:
    """Return the compiled flows of a file, of a name, or of the project; Fatal with the nearest name for none."""
    from compiler.pipeline import compile_project

    path = Path(wanted or project.flows)
    about = values_of(account_here(project, account))
    result = compile_project(
        project,
        [path] if path.exists() else (),
        revision=revision or project.revision,
        account=about,
        lint=False,
    )
    flows = [
        item for item in result.compiled if item.kind == "flow" and (path.exists() or item.name == wanted)
    ]
    if not flows:
        show_found(found for found in result.diagnostics if found.severity == "error")
        names = [item.name for item in result.compiled]
        raise Fatal(f'there is no flow "{wanted}"{nearest(wanted or "", names)}', Exit.WRONG_SPECS)
    return flows


@command("flowc schema\nflowc schema --out .flowc/schema.json")
@click.option("--out", type=NEW_FILE, metavar="FILE", help="Write it to a file.")
def schema(out: Path | None) -> int:
    """Print the JSON Schema with which editors complete and check specs."""
    from compiler.schema import editor

    text = pretty(editor())
    if out is None:
        say(text)
    else:
        out.parent.mkdir(parents=True, exist_ok=True)
        out.write_text(text, encoding="utf-8")
    return Exit.DONE


@command("flowc explain F301")
@click.argument("code", required=False)
def explain(code: str | None) -> int:
    """Say what a diagnostic means, with a bad and a good example."""
    from compiler.pages import listing, page

    say(listing() if code is None else page(code.upper()))
    return Exit.DONE
