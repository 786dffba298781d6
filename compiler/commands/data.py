"""``flowc data``: profiles, events and memberships as Parquet, for coverage and back-population."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

import click

from compiler.accounts import opened, revision_of
from compiler.commands.base import (
    ACCOUNT,
    DEBUG,
    FOLDER,
    REVISION,
    Family,
    WithExamples,
    note,
    outside,
    project_here,
    show,
    warn,
)
from compiler.diagnostics import Exit, Fatal, Problems, nearest

if TYPE_CHECKING:
    from compiler.live import LiveFlow, Thing


@click.group(cls=Family, examples="flowc data pull\nflowc data pull --out .flowc/data")
def data() -> None:
    """Bring profiles, events and memberships into Parquet files."""


@data.command(
    cls=WithExamples,
    examples="flowc data pull\nflowc data pull --account production --out .flowc/data\nflowc data pull --metric 'Left Review'\nflowc data pull --flow 'Welcome Series'\nflowc data pull --refresh",
)
@ACCOUNT
@click.option(
    "--out",
    type=FOLDER,
    default=Path(".flowc/data"),
    show_default=True,
    metavar="DIR",
    help="Where the files go.",
)
@click.option(
    "--metric",
    "metrics",
    multiple=True,
    metavar="NAME",
    help="Events of this metric too; by default those that rules name.",
)
@click.option(
    "--flow",
    "flows",
    multiple=True,
    metavar="NAME",
    help="What back-populating this live flow takes, too.",
)
@click.option(
    "--refresh",
    is_flag=True,
    help="Remove what an earlier pull wrote into the folder, and read all of it anew.",
)
@REVISION
@DEBUG
def pull(
    account: str | None,
    out: Path,
    metrics: tuple[str, ...],
    flows: tuple[str, ...],
    *,
    refresh: bool,
    revision: str | None,
    debug: Path | None,
) -> int:
    """Pull what evaluating the account's rules takes; a pull that was stopped goes on where it was.

    All that a folder holds shows the moment at which its pull began. A finished pull is left as it is; --refresh
    brings it up to now, and whatever else is in the folder stays.
    """
    from compiler.coverage import read_inventory, shipped
    from compiler.coverage.pulling import pull_data
    from compiler.coverage.specs import catalogs_of
    from compiler.coverage.wishes import wish_for

    project, problems = project_here(), Problems()
    chosen = project.account(account)
    wanted = revision_of(project, chosen, revision)
    now = datetime.now(UTC)
    with opened(project, chosen, wanted, outside(debug)) as client:
        inventory = read_inventory(client, wanted, now, note)
        ids = _ids("metric", inventory.snapshot.metrics, metrics)
        whole = _ids("flow", inventory.snapshot.flows, flows)
        catalogs = (shipped(problems), *catalogs_of(project, problems))
        wish = wish_for(inventory, catalogs, wanted, ids, problems, whole)
        found = pull_data(client, out, wish, now, problems, lambda text: warn(f"{text}\n"), refresh=refresh)
    show(problems)
    rows = f"{found.profiles} profiles, {found.events} events, {found.memberships} memberships in {out}"
    read = f"{found.fresh} rows read now" if found.fresh else "all were there already"
    hint = "" if found.at == now.replace(microsecond=0) else "; --refresh reads all of it anew"
    warn(f"{rows}, as of {found.at:%Y-%m-%d %H:%M} UTC; {read}{hint}\n")
    return Exit.DONE


def _ids(kind: str, known: Iterable[Thing | LiveFlow], wanted: tuple[str, ...]) -> list[str]:
    """Return the ids of the things of these names; Fatal for a name that nothing has."""
    names = sorted({one.name for one in known})
    for name in wanted:
        if name not in names:
            raise Fatal(f'the account has no {kind} "{name}"{nearest(name, names)}', Exit.WRONG_SPECS)
    return [one.id for one in known if one.name in wanted]
