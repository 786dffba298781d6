"""The project's segments and catalogs as coverage needs them."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any

from compiler.coverage.model import Spec
from compiler.diagnostics import Problems
from compiler.pipeline import compile_project
from compiler.project import Project
from compiler.source import Source, load


def catalogs_of(project: Project, problems: Problems, paths: Iterable[Path] = ()) -> tuple[Source, ...]:
    """Return the documents of kind catalog (those at ``paths``, where given), in the order of their files."""
    return tuple(source for _, source in _of_kind("catalog", project.files(paths), project, problems))


def _of_kind(
    kind: str, files: Iterable[Path], project: Project, problems: Problems
) -> Iterator[tuple[Path, Source]]:
    """Yield the files whose document is of a kind; one that cannot be read is diagnosed, as it may be of that kind."""
    for file in files:
        text = file.read_bytes()
        if kind.encode() not in text:
            continue
        found = Problems()
        source = load(project.display(file), text, found)
        data = source.data
        if data is None or (isinstance(data, Mapping) and data.get("kind") == kind):
            problems.extend(found)
        if isinstance(data, Mapping) and data.get("kind") == kind:
            yield file, source


def specs_of(
    project: Project, revision: str, account: Mapping[str, Any], problems: Problems
) -> tuple[Spec, ...]:
    """Return the project's segments; a file that does not compile is left out and said by ``flowc validate``."""
    segments = [file for file, _ in _of_kind("segment", project.files(), project, problems)]
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
