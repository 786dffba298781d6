"""What ``flowc coverage`` is given: an inventory, an earlier one, data, and what git knows of the specs."""

from __future__ import annotations

import os
import subprocess
from datetime import UTC, date, datetime
from pathlib import Path
from typing import TYPE_CHECKING

from compiler.accounts import opened
from compiler.commands.base import note, outside
from compiler.commands.tables import lies, moment_of, objection
from compiler.diagnostics import Exit, Fatal, Problems, Span

if TYPE_CHECKING:
    from compiler.coverage import History, Inventory
    from compiler.evaluate import Tables
    from compiler.project import Account, Project


def can_be_written(file: Path | None, folder: Path | None) -> None:
    """Raise Fatal (WRONG_SPECS) where a file or a folder to write is something else already, before anything is read."""
    if file is not None and file.is_dir():
        raise Fatal(f"--save names a file to write, and {file} is a folder", Exit.WRONG_SPECS)
    for path, option in ((file.parent if file else None, "--save"), (folder, "--write")):
        for above in (path, *path.parents) if path is not None else ():
            if above.exists() and not above.is_dir():
                raise Fatal(f"{option} needs a folder, and {above} is a file", Exit.WRONG_SPECS)


def ask(project: Project, account: Account | None, revision: str, debug: Path | None) -> Inventory:
    """Return the inventory of an account, read now."""
    from compiler.coverage import read_inventory

    assert account is not None
    with opened(project, account, revision, outside(debug)) as client:
        return read_inventory(client, revision, datetime.now(UTC), note)


def read(path: Path) -> Inventory:
    """Return a saved inventory; Fatal (WRONG_SPECS) for a file that is none."""
    from compiler.coverage import load_inventory

    try:
        return load_inventory(path.read_text(encoding="utf-8"))
    except (OSError, UnicodeDecodeError) as error:
        raise Fatal(f"{path} cannot be read: {error}", Exit.WRONG_SPECS) from error


def same_account(
    inventory: Inventory, project: Project, account: Account, where: str, problems: Problems
) -> None:
    """Diagnose an inventory that is of another account than the project's file says, or else the account's lock file."""
    from compiler.lock import find_lock

    found, known = inventory.snapshot.account.id, account.account_id
    if known is None:
        lock = find_lock(project, account.name)
        known = lock.account if lock is not None else found
    if found != known:
        says = f"it is of account {found}, but {account.name} is {known}; what follows is about {found}"
        problems.add("F744", says, Span(where))


def before(path: Path | None, inventory: Inventory, problems: Problems) -> Inventory | None:
    """Return the earlier inventory; one of another account is diagnosed and left out."""
    if path is None:
        return None
    earlier = read(path)
    if earlier.snapshot.account.id != inventory.snapshot.account.id:
        says = f"it is of account {earlier.snapshot.account.id}, not of {inventory.snapshot.account.id}; it is left out"
        problems.add("F744", says, Span(str(path)))
        return None
    return earlier


def tables(folder: Path | None, inventory: Inventory, problems: Problems) -> Tables | None:
    """Return the tables of a folder; data of another account, or of a pull that was stopped, is diagnosed and left out.

    Data that shows a moment far from the inventory's is used, and diagnosed as a warning.
    """
    if folder is None:
        return None
    from compiler.coverage.evidence import APART
    from compiler.evaluate import open_tables

    against = objection(folder, inventory.snapshot.account.id)
    if against is not None:
        code, says = against
        problems.add(code, f"{says}; it is left out", Span(str(folder)))
        return None
    shown = moment_of(folder)
    if shown is not None and abs(inventory.at - shown) > APART:
        says = f"{lies(shown, inventory.at, 'the inventory')}; people are counted as they were then"
        problems.add("F746", says, Span(str(folder)), "warning")
    return open_tables(folder)


def history(project: Project) -> dict[str, History]:
    """Return when and by whom git saw each spec changed last; empty outside a repository."""
    from compiler.coverage import History

    asked = [
        "git",
        "-C",
        str(project.root),
        "log",
        "-z",  # names as they are: without it git quotes those that are not ASCII
        "--format=%x01%as%x09%an",
        "--name-only",
        "--relative",
        "--",
        str(project.flows),
    ]
    try:
        answer = subprocess.run(asked, capture_output=True, check=True, timeout=60).stdout  # noqa: S603 - fixed arguments
    except (OSError, subprocess.SubprocessError):
        return {}
    found: dict[str, History] = {}
    for commit in answer.split(b"\1")[1:]:
        head, *files = commit.split(b"\0")
        day, _, author = head.decode(errors="replace").partition("\t")
        for file in filter(None, (os.fsdecode(name.removeprefix(b"\n")) for name in files)):
            found.setdefault(project.display(project.root / file), History(date.fromisoformat(day), author))
    return found
