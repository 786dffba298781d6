"""``flowc uses``: which flows a metric, list or segment triggers."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import click

from compiler.accounts import opened, revision_of
from compiler.bind import Names
from compiler.commands.base import ACCOUNT, DEBUG, REVISION, build, command, outside, project_here, say
from compiler.diagnostics import Exit
from compiler.live import read
from compiler.uses import asked_for, git_uses, live_uses


@command(
    "flowc uses metric 'Placed Order'\nflowc uses list Newsletter --ids\nflowc uses segment VIP --format json"
)
@click.argument("kind", type=click.Choice(["metric", "list", "segment"]))
@click.argument("name")
@ACCOUNT
@click.option("--ids", is_flag=True, help="Only the ids of the live flows, one a line.")
@click.option(
    "--format", "form", type=click.Choice(["text", "json"]), default="text", help="How the answer is shown."
)
@REVISION
@DEBUG
def uses(
    kind: str, name: str, account: str | None, ids: bool, form: str, revision: str | None, debug: Path | None
) -> int:
    """Say which flows a metric, list or segment triggers, in the account and in git."""
    project = project_here()
    chosen = project.account(account)
    wanted = revision_of(project, chosen, revision)
    with opened(project, chosen, wanted, outside(debug)) as client:
        snapshot = read(client, wanted, parts=(f"{kind}s",), names_only=True)
        things = asked_for(snapshot, kind, name)
        found = live_uses(client, things)
    in_git = git_uses(
        build(project, (), wanted, chosen.name, lint=False).built, things, Names(snapshot.things())
    )
    if ids:
        say("".join(f"{use.id}\n" for use in found))
    elif form == "json":
        live = [
            {"id": use.id, "name": use.name, "status": use.status, "trigger": use.thing.id} for use in found
        ]
        git = [{"source": item.source, "name": item.name} for item in in_git]
        about = [{"id": thing.id, "integration": thing.integration} for thing in things]
        say(
            _json(
                {"format_version": 1, "kind": kind, "name": name, "meanings": about, "live": live, "git": git}
            )
        )
    else:
        for thing in things:
            origin = f" ({thing.integration})" if thing.integration else ""
            say(f'{kind} "{thing.name}"{origin} {thing.id}\n')
            say("".join(f"  {use.id}  {use.status:<6}  {use.name}\n" for use in found if use.thing == thing))
        say(
            "in git\n" + "".join(f"  {item.source}  {item.name}\n" for item in in_git)
            if in_git
            else "in git: none\n"
        )
    return Exit.DONE


def _json(value: Any) -> str:
    return json.dumps(value, ensure_ascii=False, indent=2) + "\n"
