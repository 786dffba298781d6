"""What ``plan`` and ``apply`` share: compiling for an account, planning, and the account's things at hand."""

from __future__ import annotations

import datetime as dt
import sys
from pathlib import Path
from typing import TYPE_CHECKING

from compiler.commands.base import note, show, values_of
from compiler.commands.shown import say_wrong_specs
from compiler.diagnostics import Exit, Fatal, Problems, nearest
from compiler.lock import find_lock, require_same_account
from compiler.pipeline import compile_project
from compiler.planning import Planned, Scope, plan_project
from compiler.planning.known import knowledge

if TYPE_CHECKING:
    from compiler.client import Client
    from compiler.pipeline import Compiled
    from compiler.project import Account, Project


def compiled_for(
    project: Project, account: Account, paths: tuple[Path, ...], revision: str, style: str
) -> list[Compiled]:
    """Compile the specs for an account; shows what is wrong and exits where nothing can be planned."""
    result = compile_project(project, paths, revision=revision, account=values_of(account), lint=False)
    show(result.problems)
    _gate(result.problems, style)
    return result.compiled


def planned_for(
    client: Client,
    project: Project,
    account: Account,
    compiled: list[Compiled],
    revision: str,
    style: str,
    *,
    whole: bool,
    quick: bool = False,
) -> Planned:
    """Plan the compiled specs against an account; shows what they cannot mean there and exits."""
    lock = find_lock(project, account.name)
    require_same_account(project, account.name, lock, client.verify_account())
    locked = lock.names(project) if lock is not None else None
    now = dt.datetime.now(dt.UTC)
    scope = Scope(project, revision, knowledge(lock, revision), locked, whole=whole, quick=quick, now=now)
    problems = Problems()
    planned = plan_project(compiled, client, scope, problems, note)
    show(problems)
    _gate(problems, style)
    return planned


def _gate(problems: Problems, style: str) -> None:
    """Exit where the specs are wrong; machines get a document then, too."""
    if problems.errors:
        sys.exit(say_wrong_specs(style, list(problems)))


def only(compiled: list[Compiled], names: tuple[str, ...]) -> list[Compiled]:
    """Return the flows and segments of these names; Fatal for one that no spec has."""
    for name in names:
        if name not in {item.name for item in compiled}:
            near = nearest(name, sorted({item.name for item in compiled}))
            raise Fatal(f'no spec is called "{name}"{near}', Exit.WRONG_SPECS)
    return [item for item in compiled if item.name in names]
