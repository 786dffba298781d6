"""Which file a live thing belongs in: the one it was pulled to, the one that names it, else one after its name."""

from __future__ import annotations

import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

from compiler import source
from compiler.cache import Built
from compiler.diagnostics import Problems
from compiler.lock import Lock
from compiler.project import Project

LONGEST: Final = 80
FOLDERS: Final = {"flow": "", "segment": "segments/", "template": "emails/"}
ENDINGS: Final = {"flow": ".yaml", "segment": ".yaml", "template": ".html"}


def slug(name: str) -> str:
    """Return a file name for a thing's name: small letters and digits of any script, joined by dashes."""
    plain = "".join(
        char for char in unicodedata.normalize("NFKD", name.casefold()) if not unicodedata.combining(char)
    )
    words = "".join(char if char.isalnum() else " " for char in unicodedata.normalize("NFC", plain)).split()
    return "-".join(words)[:LONGEST].strip("-") or "unnamed"


@dataclass(slots=True)
class Naming:
    """Gives each live thing a file below the project's folder of specs, and no file twice."""

    project: Project
    lock: Lock | None
    owners: Mapping[tuple[str, str], Built]
    taken: set[str] = field(default_factory=set)
    recorded: dict[tuple[str, str], str] = field(default_factory=dict)

    def __post_init__(self) -> None:
        for file, origin in (self.lock.files if self.lock else {}).items():
            self.recorded[origin.kind, origin.message or origin.id] = file
            self.taken.add(file.casefold())
        for (kind, _), built in self.owners.items():
            if kind in FOLDERS:
                self.taken.add(self.inside(Path(built.file)).casefold())

    def inside(self, path: Path) -> str:
        """Return a path as the lock and specs write it: relative to the folder of specs."""
        return path.absolute().relative_to(self.project.flows.absolute()).as_posix()

    def file_of(self, kind: str, identifier: str, name: str, *, alone: bool) -> str:
        """Return the file of a flow or segment; ``alone`` says that nothing else live has its name."""
        recorded = self.recorded.get((kind, identifier))
        if recorded is not None and (self.project.flows / recorded).is_file():
            return recorded
        owner = self.owners.get((kind, name))
        if alone and owner is not None:
            return self.inside(Path(owner.file))
        return recorded or self.fresh(kind, name)

    def fresh(self, kind: str, name: str) -> str:
        """Return a file that nothing has yet, or one on disk that already holds a thing of this kind and name."""
        stem, number = slug(name), 1
        while True:
            file = f"{FOLDERS[kind]}{stem}{'' if number == 1 else f'-{number}'}{ENDINGS[kind]}"
            if file.casefold() not in self.taken and self._free(file, kind, name):
                self.taken.add(file.casefold())
                return file
            number += 1

    def _free(self, file: str, kind: str, name: str) -> bool:
        path = self.project.flows / file
        if not path.exists():
            return True
        if kind == "template" or not path.is_file():
            return False
        data = source.load(file, path.read_bytes(), Problems()).data
        return isinstance(data, dict) and data.get("kind") == kind and data.get("name") == name
