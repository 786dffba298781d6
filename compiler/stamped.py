"""The request bodies of one file, for snapshot tests: its documents, or a blueprint's examples."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

from compiler.codecs.base import merge
from compiler.diagnostics import Exit, Fatal, Problems
from compiler.expand import expand
from compiler.expand.document import Surroundings
from compiler.pipeline import compile_file, lower_document
from compiler.project import Project, open_project
from compiler.source import Source, load


def stamped(file: Path) -> Iterator[tuple[str, Any]]:
    """Yield (name, request body) of each document of a file; Fatal where one does not compile."""
    problems = Problems()
    project = open_project(file.parent, problems)
    source = load(file.name, file.read_bytes(), problems)
    if isinstance(source.data, dict) and source.data.get("kind") == "blueprint":
        yield from _examples(project, file, source, problems)
    elif isinstance(source.data, dict) and source.data.get("kind") in ("flow", "segment"):
        account = project.accounts.get(project.default_account or "")
        result = compile_file(
            project, file, account={"name": account.name, "vars": account.vars} if account else {}, lint=False
        )
        _stop(result.problems)
        for item in result.compiled:
            yield item.stem, item.body
    _stop(problems)


def _examples(project: Project, file: Path, source: Source, problems: Problems) -> Iterator[tuple[str, Any]]:
    account = project.accounts.get(project.default_account or "")
    around = Surroundings(
        read=lambda name: source if name == "this blueprint" else project.read(name),
        vars=merge(project.vars, account.vars if account else {}),
        account={"name": account.name} if account else {},
        defaults=project.defaults,
    )
    for number, example in enumerate(source.data.get("examples") or [], 1):
        data = {"kind": "flow", "use": "this blueprint", "with": example}
        for document in expand(Source(source.file, "use:", data), around, problems):
            _stop(problems)
            data = {"name": f"{file.stem} example {number}", **document.data}
            compiled, mistakes, _ = lower_document(
                type(document)(document.source, data, document.suffix, document.origins),
                file,
                project.revision,
            )
            problems.extend(
                document.diagnose(mistake.code, mistake.message, mistake.path) for mistake in mistakes
            )
            _stop(problems)
            yield f"{file.stem} example {number}", compiled.body


def _stop(problems: Problems) -> None:
    found = [
        diagnostic
        for diagnostic in problems
        if diagnostic.severity == "error" and not diagnostic.code.startswith("F4")
    ]
    if found:
        raise Fatal("\n".join(map(str, found)), Exit.WRONG_SPECS)
