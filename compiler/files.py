"""The files that a spec names: read within the project, noted for the cache, reported where they are missing."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from compiler import source
from compiler.diagnostics import Diagnostic
from compiler.expand.document import Document
from compiler.project import Project


@dataclass(frozen=True, slots=True)
class Files:
    """A project whose reading of other files is noted, for the cache."""

    project: Project
    note: Callable[[str], object]

    def read(self, name: str) -> source.Source | str:
        """Return a file of the project, or what is wrong with its name."""
        self.note(name)
        return self.project.read(name)

    def inside(self, name: str) -> Path | str:
        """Return the path of a file of the project, or what is wrong with its name."""
        self.note(name)
        return self.project.inside(name)

    def text(self, name: str) -> str:
        """Return the text of a file of the project, empty where there is none; :func:`wrong_files` tells of that."""
        path = self.inside(name)
        return "" if isinstance(path, str) else read_letter(path) or ""


def read_letter(path: Path) -> str | None:
    """Return the text of a template's file without a byte order mark; None where it is not UTF-8."""
    try:
        return path.read_bytes().decode("utf-8-sig")
    except UnicodeDecodeError:
        return None


def wrong_files(files: Files, document: Document) -> Iterator[Diagnostic]:
    """Yield a diagnostic for each template's file that is not there, or that nobody can read."""
    if "file:" not in document.source.text and not document.origins:
        return
    for path, name in _named_files(document.data, ()):
        found = files.inside(name)
        if isinstance(found, str):
            yield document.diagnose("F312", found, path)
        elif read_letter(found) is None:
            yield document.diagnose("F001", f"{name} is not UTF-8; save it as UTF-8", path)


def _named_files(value: Any, path: tuple[Any, ...]) -> Iterator[tuple[tuple[Any, ...], str]]:
    if isinstance(value, Mapping):
        for key, item in value.items():
            if key == "file" and path and path[-1] == "template" and isinstance(item, str):
                yield (*path, key), item
            else:
                yield from _named_files(item, (*path, key))
    elif isinstance(value, list):
        for index, item in enumerate(value):
            yield from _named_files(item, (*path, index))
