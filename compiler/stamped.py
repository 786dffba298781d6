"""The request bodies of one file, for snapshot tests: its documents, or a blueprint's examples."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

from compiler.codecs.base import merge
from compiler.diagnostics import Exit, Fatal, Problems
from compiler.expand import expand
from compiler.expand.document import Surroundings
from compiler.pipeline import compile_file, lower_document
from compiler.positions import locate
from compiler.project import Project, find_root, open_project
from compiler.source import Source
from compiler.validate import validate


def stamped(file: Path) -> Iterator[tuple[str, Any]]:
    """Yield (name, request body) of each document of a project's file; Fatal where one does not compile.

    A file beside the project's flows is none of its specs, and stands for nothing.
    """
    problems = Problems()
    project = open_project(find_root(file.parent), problems)
    if not file.is_relative_to(project.flows):
        return
    _stop(problems)
    account = project.accounts.get(project.default_account or "")
    values = {"name": account.name, "vars": account.vars} if account else {}
    result = compile_file(project, file, account=values, lint=False)
    _stop(result.problems)
    for item in result.compiled:
        yield item.stem, item.body
    for document in result.documents:
        if document.data.get("kind") == "blueprint":
            yield from _examples(project, file, document.source, problems)
    _stop(problems)


def _examples(project: Project, file: Path, source: Source, problems: Problems) -> Iterator[tuple[str, Any]]:
    """Yield what a blueprint's examples compile to; what is wrong with one is told at its own place."""
    account = project.accounts.get(project.default_account or "")
    around = Surroundings(
        read=lambda name: source if name == "this blueprint" else project.read(name),
        vars=merge(project.vars, account.vars if account else {}),
        account={"name": account.name} if account else {},
        defaults=project.defaults,
    )
    for position, example in enumerate(source.data.get("examples") or []):
        name = f"{file.stem} example {position + 1}"
        data = {"kind": "flow", "use": "this blueprint", "with": example}
        mistakes = Problems()
        bodies = list(_example(Source(source.file, "use:", data), name, around, file, project, mistakes))
        place = locate(source, ("examples", position))
        problems.extend(replace(mistake, span=place) for mistake in mistakes)
        if not mistakes.blocking:
            yield from ((name, body) for body in bodies)


def _example(
    source: Source, name: str, around: Surroundings, file: Path, project: Project, problems: Problems
) -> Iterator[Any]:
    """Yield the request bodies that one example compiles to; its name is the flow's where the blueprint has none."""
    for document in expand(source, around, problems):
        named = replace(document, data={"name": name, **document.data})
        findings = list(validate(named))
        problems.extend(document.diagnose(code, says, path, key=key) for code, says, path, key in findings)
        if findings:
            continue
        compiled, mistakes, _ = lower_document(named, file, project.revision, project.joins)
        problems.extend(
            document.diagnose(mistake.code, mistake.message, mistake.path) for mistake in mistakes
        )
        yield compiled.body


def _stop(problems: Problems) -> None:
    found = [
        diagnostic
        for diagnostic in problems
        if diagnostic.severity == "error" and not diagnostic.code.startswith("F4")
    ]
    if found:
        raise Fatal("\n".join(map(str, found)), Exit.WRONG_SPECS)
