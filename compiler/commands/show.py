"""``flowc graph``, ``flowc schema`` and ``flowc explain``: what is there, to look at."""

from __future__ import annotations

from pathlib import Path

import click

from compiler.commands.base import (
    ACCOUNT,
    FOLDER,
    REVISION,
    account_here,
    command,
    pretty,
    project_here,
    say,
    values_of,
)
from compiler.commands.base import show as show_found
from compiler.diagnostics import Exit, Fatal, nearest
from compiler.pipeline import Compiled
from compiler.project import Project


@command("flowc graph flows/welcome.yaml\nflowc graph 'Welcome series' --format svg > welcome.svg")
@click.argument("flow")
@click.option(
    "--format",
    "form",
    type=click.Choice(["mermaid", "svg", "dot", "json"]),
    default="mermaid",
    help="How it is drawn.",
)
@REVISION
@ACCOUNT
def graph(flow: str, form: str, revision: str | None, account: str | None) -> int:
    """Draw one flow, by its file or its name; no other program is needed."""
    from compiler.report.graph import draw

    project = project_here()
    items = chosen_flows(project, flow, revision, account)
    if len(items) != 1:
        names = ", ".join(f'"{item.name}"' for item in items)
        raise Fatal(f"{flow} stands for {len(items)} flows ({names}); name one of them", Exit.WRONG_SPECS)
    (item,) = items
    assert item.flow is not None
    say(draw(item.flow, item.body["data"]["attributes"]["definition"], form))
    return Exit.DONE


def chosen_flows(project: Project, wanted: str, revision: str | None, account: str | None) -> list[Compiled]:
    """Return the compiled flows of a file or of a name; Fatal with the nearest name where there is none."""
    from compiler.pipeline import compile_project

    path = Path(wanted)
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
        raise Fatal(f'there is no flow "{wanted}"{nearest(wanted, names)}', Exit.WRONG_SPECS)
    return flows


@command("flowc schema\nflowc schema --out .flowc/schema.json")
@click.option("--out", type=FOLDER, metavar="FILE", help="Write it to a file.")
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
