"""The commands that bring an account into git: ``pull`` and ``lock``."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

import click

from compiler.accounts import opened, revision_of
from compiler.commands.base import (
    ACCOUNT,
    DEBUG,
    REVISION,
    build,
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
from compiler.diagnostics import Exit, Problems
from compiler.live import read
from compiler.lock import (
    changes,
    find_lock,
    forget_gone,
    lock_of,
    require_same_account,
    write_lock,
)
from compiler.pull import State, Verdict, decide, fetch, lay_out, write

if TYPE_CHECKING:
    from compiler.client import Client
    from compiler.project import Account, Project
    from compiler.pull import Fetched


@command("flowc pull\nflowc pull 'Welcome Series' --account production\nflowc pull --force")
@click.argument("names", nargs=-1)
@ACCOUNT
@click.option("--force", is_flag=True, help="Overwrite files that were edited here, too.")
@REVISION
@DEBUG
def pull(
    names: tuple[str, ...], account: str | None, force: bool, revision: str | None, debug: Path | None
) -> int:
    """Write live flows, segments and emails as YAML and HTML files; an edited file is never overwritten."""
    project = with_folder(project_here())
    return pull_account(project, project.account(account), names, force=force, revision=revision, debug=debug)


def with_folder(project: Project) -> Project:
    """Return the project with its folder of specs, which a fresh clone may lack."""
    if project.flows == project.root and not project.files():
        project = replace(project, flows=project.root / "flows")
    project.flows.mkdir(parents=True, exist_ok=True)
    return project


def pull_account(
    project: Project,
    account: Account,
    names: tuple[str, ...],
    *,
    force: bool,
    revision: str | None,
    debug: Path | None,
) -> int:
    """Pull from an account of the project, and say on stderr what was done."""
    wanted = revision_of(project, account, revision)
    with opened(project, account, wanted, outside(debug)) as client:
        return pull_with(client, project, account, names, force=force, revision=wanted)


def pull_with(
    client: Client,
    project: Project,
    account: Account,
    names: tuple[str, ...],
    *,
    force: bool,
    revision: str,
) -> int:
    """Pull through a client that is open already."""
    before = find_lock(project, account.name)
    fetched = fetch(client, revision, names, note)
    require_same_account(project, account.name, before, fetched.snapshot.account.id)
    problems = Problems()
    own = build(project, (), revision, account.name, lint=False).built
    items = lay_out(
        project, fetched, before, {(item.kind, item.name): item for item in own}, values_of(account), problems
    )
    verdicts = decide(project, items, before, own)
    lock, gone = forget_gone(lock_of(fetched.snapshot, before), fetched.snapshot)
    path = write_lock(project, account.name, write(project, verdicts, lock, force=force))
    show(problems)
    _summarise(project, account, fetched, verdicts, force=force)
    for file in gone:
        warn(f"{project.display(project.flows / file)} is no longer in the account; the file stays\n")
    warn(f"names and ids are in {project.display(path)}\n")
    if _left_alone(verdicts, force=force):
        return Exit.NOT_ALLOWED
    return Exit.WRONG_SPECS if problems.errors else Exit.DONE


def _left_alone(verdicts: list[Verdict], *, force: bool) -> bool:
    """Show how each file that was not overwritten differs from the account; say whether there is one."""
    refused = [
        verdict for verdict in verdicts if verdict.refused and not (force and verdict.state is State.EDITED)
    ]
    for verdict in refused:
        say(verdict.difference)
    if refused:
        hint = "" if force else "; --force overwrites edited files"
        warn(f"what was edited here was left as it is{hint}\n")
    return bool(refused)


def _summarise(
    project: Project, account: Account, fetched: Fetched, verdicts: list[Verdict], *, force: bool
) -> None:
    kinds = [verdict.item.origin.kind for verdict in verdicts]
    parts = [
        plural(kinds.count(kind), word)
        for kind, word in (("flow", "flow"), ("segment", "segment"), ("template", "email"))
    ]
    warn(f"{', '.join(parts)} of {account.name} ({fetched.snapshot.account.id})\n")
    for state in State:
        found = [verdict for verdict in verdicts if verdict.state is state]
        word = "edited here, overwritten" if force and state is State.EDITED else state.value
        if found:
            warn(f"  {len(found):>4} {word}\n")
        if state not in (State.NEW, State.SAME):
            warn(
                "".join(f"       {project.display(project.flows / verdict.item.file)}\n" for verdict in found)
            )
    for sentence in (*fetched.skipped, *_remarks(project, fetched, verdicts)):
        warn(f"{sentence}\n")


def _remarks(project: Project, fetched: Fetched, verdicts: list[Verdict]) -> Iterator[str]:
    files = defaultdict(list)
    for verdict in verdicts:
        if verdict.item.origin.kind != "template":
            files[verdict.item.origin.kind, verdict.item.name].append(
                project.display(project.flows / verdict.item.file)
            )
    for (kind, name), shared in files.items():
        if len(shared) > 1:
            yield f'{len(shared)} {kind}s are called "{name}": {", ".join(shared)}; rename all but one in the account, a name is an identity here'
    designed = sum(template.editor_type.endswith("DRAGGABLE") for template in fetched.templates.values())
    if designed:
        yield f"{plural(designed, 'email')} came from the drag-and-drop editor; a change of such a file turns its email into code"
    missing = sum(message.id not in fetched.templates for flow in fetched.flows for message in flow.messages)
    if missing:
        yield f"the account did not show the templates of {plural(missing, 'message')}; they stay ids"


@command("flowc lock\nflowc lock --account production")
@ACCOUNT
@REVISION
@DEBUG
def lock(account: str | None, revision: str | None, debug: Path | None) -> int:
    """Write an account's names and ids to its lock file, so that names resolve without a key."""
    project = project_here()
    chosen = project.account(account)
    wanted = revision_of(project, chosen, revision)
    before = find_lock(project, chosen.name)
    with opened(project, chosen, wanted, outside(debug)) as client:
        note("reading the inventory")
        after = lock_of(read(client, wanted), before)
    require_same_account(project, chosen.name, before, after.account)
    path = write_lock(project, chosen.name, after)
    for sentence in changes(before, after) if before is not None else ():
        warn(f"{sentence}\n")
    warn(
        f"{plural(len(after.things), 'name')} of {chosen.name} ({after.account}) in {project.display(path)}\n"
    )
    return Exit.DONE
