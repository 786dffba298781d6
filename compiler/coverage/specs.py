"""The project's segments and catalogs as coverage needs them."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from compiler.coverage.model import Spec
from compiler.diagnostics import Problems
from compiler.pipeline import compile_project
from compiler.project import Project
from compiler.source import Source, load


def catalogs_of(project: Project, problems: Problems) -> tuple[Source, ...]:
    """Return the project's documents of kind catalog, in the order of their files."""
    found = []
    for file in project.files():
        text = file.read_bytes()
        if b"catalog" in text:
            source = load(project.display(file), text, problems)
            if isinstance(source.data, Mapping) and source.data.get("kind") == "catalog":
                found.append(source)
    return tuple(found)


def specs_of(
    project: Project, revision: str, account: Mapping[str, Any], problems: Problems
) -> tuple[Spec, ...]:
    """Return the project's segments; a file that does not compile is left out and said by ``flowc validate``."""
    segments = [file for file in project.files() if b"kind: segment" in file.read_bytes()]
    if not segments:
        return ()
    result = compile_project(project, segments, revision=revision, account=account, lint=False)
    problems.extend(diagnostic for diagnostic in result.problems if diagnostic.severity == "error")
    return tuple(
        _spec(project.display(item.file), item.name, item.document.data, item.body["data"]["attributes"])
        for item in result.compiled
        if item.kind == "segment"
    )


def _spec(file: str, name: str, data: Mapping[str, Any], attributes: Mapping[str, Any]) -> Spec:
    return Spec(
        name,
        file,
        str(data.get("lifecycle") or ""),
        str(data.get("owner") or ""),
        tuple(data.get("uses") or ()),
        str(data.get("review") or ""),
        str(data.get("reviewed") or ""),
        attributes["definition"],
    )
