"""Names through an account's lock file, offline: for ``compile --account`` and ``decompile --account``."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from compiler import definitions
from compiler.bind import bind, diagnose, unbind
from compiler.commands.base import values_of
from compiler.convert import judged
from compiler.diagnostics import Exit, Fatal
from compiler.emit import emit
from compiler.lock import lock_path, require_lock
from compiler.pipeline import compile_file

if TYPE_CHECKING:
    from compiler.bind import Names, Unbound
    from compiler.build import Build
    from compiler.cache import Built
    from compiler.diagnostics import Problems
    from compiler.project import Account, Project


def names_of(project: Project, account: Account) -> Names:
    """Return the names in an account's lock file; Fatal without one, or with another account's."""
    lock = require_lock(project, account.name)
    if account.account_id is not None and account.account_id != lock.account:
        shown = project.display(lock_path(project, account.name))
        raise Fatal(
            f"{shown} holds the names of account {lock.account}, but flowc.yaml expects {account.account_id}",
            Exit.WRONG_SPECS,
        )
    return lock.names(project)


def bind_build(project: Project, result: Build, account: Account, revision: str) -> None:
    """Replace the names in a build's bodies by ids; what has none is diagnosed at its lines."""
    names = names_of(project, account)
    for position, item in enumerate(result.built):
        bound = bind(json.loads(item.text), names)
        if bound.unbound:
            _diagnose(project, result, item, bound.unbound, account, revision)
        result.built[position] = replace(item, text=json.dumps(bound.body, ensure_ascii=False))


def _diagnose(
    project: Project,
    result: Build,
    item: Built,
    unbound: tuple[Unbound, ...],
    account: Account,
    revision: str,
) -> None:
    """Compile the item's file once more: what the cache keeps has no places."""
    again = compile_file(project, Path(item.file), revision=revision, account=values_of(account), lint=False)
    for compiled in again.compiled:
        if (compiled.stem, compiled.kind, compiled.name) == (item.stem, item.kind, item.name):
            for each in unbound:
                result.problems.extend(diagnose(compiled.document, each))


def decompile_named(file: Path, revision: str, names: Names, problems: Problems) -> list[str]:
    """Return the canonical YAML of each definition in a JSON file, with names for the ids that have one."""
    text = file.read_text(encoding="utf-8")
    out = []
    for definition in definitions.read(str(file), text, problems):
        named = replace(definition, data=unbind(definition.data, names))
        document = definitions.to_document(named, file.stem, str(file), text, revision, problems)
        out.append(emit(document.data))
        problems.extend(judged(file, out[-1], revision))
    return out
