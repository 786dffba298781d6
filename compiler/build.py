"""Compiles many files fast: what the cache knows is taken from it, the rest is shared between two processes.

The outcome is the same byte for byte whichever way a file was compiled.
"""

from __future__ import annotations

import json
import os
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

from compiler import cache as caches
from compiler.cache import Built, Entry, digest
from compiler.diagnostics import Diagnostic, Problems
from compiler.positions import locate
from compiler.project import Project
from compiler.source import load

Apart = Callable[[Path, Path], bool]
WORTH_TWO: Final = 80  # files from which a second process pays for its start


@dataclass(slots=True)
class Build:
    """The bodies in the order of the files, and every diagnostic by place."""

    built: list[Built] = field(default_factory=list)
    problems: Problems = field(default_factory=Problems)

    @property
    def diagnostics(self) -> list[Diagnostic]:
        """The diagnostics, sorted by place."""
        return list(self.problems)


@dataclass(frozen=True, slots=True)
class Order:
    """What a file is compiled with."""

    project: Project
    revision: str
    account: Mapping[str, Any]
    lint: bool

    def context(self) -> bytes:
        """Return everything besides the files that an outcome depends on, as bytes."""
        project = self.project
        said = [
            str(project.root),
            str(project.shown),
            self.revision,
            project.joins,
            self.lint,
            project.vars,
            project.defaults,
            self.account,
        ]
        return caches.program() + json.dumps(said, sort_keys=True, default=dict).encode()


def build_project(
    project: Project,
    paths: Iterable[Path] = (),
    *,
    revision: str | None = None,
    account: Mapping[str, Any] | None = None,
    lint: bool = True,
    cache: Path | None = None,
    processes: int = 2,
    apart: Apart = lambda _, __: False,
) -> Build:
    """Compile the specs at ``paths`` (all where none are given) with a cache at ``cache``, if one is given.

    ``apart`` says of two files of one name that an account tells them apart, which makes it no mistake.
    """
    order = Order(project, revision or project.revision, account or {}, lint)
    files = project.files(paths)
    store = caches.Cache(cache)
    try:
        context = order.context()
        keys = {file: digest(context, project.display(file).encode(), file.read_bytes()) for file in files}
        known = _fresh(store.get(keys.values()), project)
        missing = [file for file in files if keys[file] not in known]
        made = dict(zip((keys[file] for file in missing), _make(order, missing, processes), strict=True))
        store.put(made)
    finally:
        store.close()
    return _gather(project, [known.get(keys[file]) or made[keys[file]] for file in files], apart)


def _fresh(entries: Mapping[str, Entry], project: Project) -> dict[str, Entry]:
    """Return the entries whose used files are what they were."""
    seen: dict[str, str | None] = {}
    for entry in entries.values():
        for name in entry.used:
            if name not in seen:
                seen[name] = used_digest(project, name)
    return {
        key: entry
        for key, entry in entries.items()
        if all(seen[name] == was for name, was in entry.used.items())
    }


def used_digest(project: Project, name: str) -> str | None:
    """Return the digest of a file that a spec names; None where there is no such file inside the project."""
    path = project.inside(name)
    return None if isinstance(path, str) else digest(path.read_bytes())


def _make(order: Order, files: list[Path], processes: int) -> list[Entry]:
    if len(files) < WORTH_TWO or min(processes, os.cpu_count() or 1) < 2 or not _can_fork():
        return make_some(order, files) if files else []
    import multiprocessing  # noqa: PLC0415 - loaded only where it pays
    from concurrent.futures import ProcessPoolExecutor  # noqa: PLC0415 - the same

    half = len(files) // 2
    with ProcessPoolExecutor(1, multiprocessing.get_context("fork")) as pool:
        other = pool.submit(make_some, order, files[half:])
        return make_some(order, files[:half]) + other.result()


def _can_fork() -> bool:
    """Say whether a copy of this process is safe: the system can, and no other thread holds a lock."""
    import threading  # noqa: PLC0415 - loaded only where it pays

    return hasattr(os, "fork") and threading.active_count() == 1


def make_some(order: Order, files: list[Path]) -> list[Entry]:
    """Compile some files, one entry each."""
    from compiler.pipeline import no_collector  # noqa: PLC0415 - what the cache knows needs no compiler

    with no_collector():
        return [_entry(order, file) for file in files]


def _entry(order: Order, file: Path) -> Entry:
    from compiler.pipeline import compile_file  # noqa: PLC0415 - what the cache knows needs no compiler

    used: set[str] = set()
    result = compile_file(
        order.project, file, revision=order.revision, account=order.account, lint=order.lint, note=used.add
    )
    built = tuple(
        Built(
            item.document.source.file,
            str(file),
            item.stem,
            item.kind,
            item.name,
            json.dumps(item.body, ensure_ascii=False),
        )
        for item in result.compiled
    )
    return Entry(
        built, tuple(result.problems.found), {name: used_digest(order.project, name) for name in sorted(used)}
    )


def _gather(project: Project, entries: list[Entry], apart: Apart) -> Build:
    out = Build()
    first: dict[tuple[str, str], Built] = {}
    for entry in entries:
        out.problems.extend(entry.diagnostics)
        for built in entry.built:
            out.built.append(built)
            other = first.setdefault((built.kind, built.name), built)
            if other is not built and not apart(Path(built.file), Path(other.file)):
                out.problems.found.append(_equal_name(project, built, other))
    return out


def _equal_name(project: Project, built: Built, other: Built) -> Diagnostic:
    from compiler.pipeline import equal_names_message  # noqa: PLC0415 - only where names clash

    file = Path(built.file)
    source = load(project.display(file), file.read_bytes(), Problems())
    return Diagnostic(
        "F310", equal_names_message(built.kind, built.name, other.source), locate(source, ("name",))
    )
