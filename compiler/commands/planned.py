"""What ``plan`` and ``apply`` share: compiling for an account, planning, and the account's things at hand."""

from __future__ import annotations

import datetime as dt
from collections.abc import Collection
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Final

from compiler.commands.base import WrongSpecs, note, plural, show, values_of, warn
from compiler.diagnostics import Diagnostic, Exit, Fatal, Problems, nearest
from compiler.lock import find_lock, require_same_account
from compiler.pipeline import Compiled, compile_project
from compiler.plan.refusals import read_refusals, refusals_path
from compiler.planning import Planned, Scope, plan_project
from compiler.planning.known import knowledge

if TYPE_CHECKING:
    from compiler.client import Client
    from compiler.plan.refusals import Refusal
    from compiler.plan.units import Plan
    from compiler.project import Account, Project


FOREIGN: Final = "F315"  # an id that the account does not have


@dataclass(frozen=True, slots=True)
class Specs:
    """The flows and segments that are planned, and what is wrong in them that may be live all the same.

    A live flow can break a rule, or name something that was deleted since. Such an error keeps a flow from being
    written, not from being compared.
    """

    compiled: tuple[Compiled, ...]
    objections: tuple[Diagnostic, ...] = ()

    def of(self, items: Collection[Compiled]) -> Specs:
        """Return these flows and segments alone, with what is objected to in their files."""
        kept = {item.document.source.file for item in items}
        gone = {item.document.source.file for item in self.compiled} - kept
        found = [one for one in self.objections if _files(one) & kept or not _files(one) & gone]
        return Specs(tuple(items), tuple(found))

    def written_by(self, plan: Plan) -> Specs:
        """Return what a plan writes."""
        written = {(unit.kind, unit.name) for unit in plan.units if unit.stages}
        return self.of([item for item in self.compiled if (item.kind, item.name) in written])


def _files(diagnostic: Diagnostic) -> set[str]:
    return {span.file for span in (diagnostic.span, *diagnostic.via)}


def compiled_for(project: Project, account: Account, paths: tuple[Path, ...], revision: str) -> Specs:
    """Compile the specs for an account; WrongSpecs where nothing can be planned."""
    result = compile_project(project, paths, revision=revision, account=values_of(account), lint=False)
    if result.problems.blocking:
        raise WrongSpecs(list(result.problems))
    show(one for one in result.problems if one.severity != "error")
    return Specs(tuple(result.compiled), tuple(one for one in result.problems if one.severity == "error"))


def planned_for(
    client: Client,
    project: Project,
    account: Account,
    specs: Specs,
    revision: str,
    *,
    whole: bool,
    quick: bool = False,
) -> Planned:
    """Plan the specs against an account; WrongSpecs for what they cannot mean there, or must not do."""
    lock = find_lock(project, account.name)
    require_same_account(project, account.name, lock, client.verify_account())
    locked = lock.names(project) if lock is not None else None
    now = dt.datetime.now(dt.UTC)
    scope = Scope(
        project,
        revision,
        knowledge(lock, revision),
        locked,
        whole=whole,
        quick=quick,
        now=now,
        refusals=refusals_here(project, client.verify_account()),
    )
    problems = Problems()
    left_out = cache(lambda: _left_out(project, account, specs, revision) if not whole else {})
    planned = plan_project(specs.compiled, client, scope, problems, note, left_out)
    errors = [one for one in problems if one.severity == "error"]
    if any(one.code != FOREIGN for one in errors):
        raise WrongSpecs([*problems, *specs.objections], planned.missing)
    show(one for one in problems if one.severity != "error")
    specs = Specs(specs.compiled, (*specs.objections, *errors))
    refused = specs.written_by(planned.plan).objections
    if refused:
        raise WrongSpecs(refused)
    if specs.objections:
        found = plural(len(specs.objections), "error")
        warn(f"{found} in what stays as it is; flowc validate --account {account.name} shows them\n")
    return planned


def _left_out(project: Project, account: Account, specs: Specs, revision: str) -> dict[tuple[str, str], str]:
    """Return the file of each flow and segment of the project that is not among the specs."""
    every = compile_project(project, (), revision=revision, account=values_of(account), lint=False).compiled
    own = {(item.kind, item.name) for item in specs.compiled}
    return {
        (item.kind, item.name): item.document.source.file
        for item in every
        if (item.kind, item.name) not in own
    }


def refusals_here(project: Project, account: str) -> tuple[Refusal, ...]:
    """Return what an account refused to earlier applies from this folder."""
    path = refusals_path(project.root / ".flowc" / "journal", account)
    return read_refusals(path.read_text(encoding="utf-8", errors="replace")) if path.is_file() else ()


def only(specs: Specs, names: tuple[str, ...]) -> Specs:
    """Return the flows and segments of these names; Fatal for one that no spec has."""
    known = {item.name for item in specs.compiled}
    for name in names:
        if name not in known:
            raise Fatal(f'no spec is called "{name}"{nearest(name, sorted(known))}', Exit.WRONG_SPECS)
    return specs.of([item for item in specs.compiled if item.name in names])
