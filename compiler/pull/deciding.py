"""Compares what a pull would write with what is on disk; never overwrites what somebody edited unless forced."""

from __future__ import annotations

import difflib
import json
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from enum import Enum
from pathlib import Path
from typing import Any, Final

from compiler import source
from compiler.cache import Built
from compiler.diagnostics import Problems
from compiler.lock import Lock, Origin, digest, write_whole
from compiler.project import Project
from compiler.pull.layout import Item
from compiler.roundtrip import equal

EXPRESSION: Final = re.compile(r"(?<!\$)\$\{\{")


class State(Enum):
    """What a pull does with a file."""

    NEW = "new"
    SAME = "the same"
    KEPT = "kept: written otherwise, but it means the same"
    UPDATED = "updated"
    EDITED = "edited here, and different in the account"
    STAMPED = "made from parameters, and different in the account"


@dataclass(frozen=True, slots=True)
class Verdict:
    """One file, what is to be done with it, and how it differs from the account's."""

    item: Item
    state: State
    difference: str = ""

    @property
    def refused(self) -> bool:
        """Whether writing it would lose somebody's work."""
        return self.state in (State.EDITED, State.STAMPED)


def decide(
    project: Project, items: Iterable[Item], lock: Lock | None, built: Iterable[Built]
) -> list[Verdict]:
    """Return a verdict on each item; ``built`` is what the project compiles to now."""
    own = {(Path(item.file).absolute(), item.kind, item.name): item for item in built}
    return [_verdict(project, item, lock, own) for item in items]


def _verdict(
    project: Project, item: Item, lock: Lock | None, own: Mapping[tuple[Path, str, str], Built]
) -> Verdict:
    path = project.flows / item.file
    if not path.is_file():
        return Verdict(item, State.NEW)
    held = path.read_bytes()
    if held == item.text.encode():
        return Verdict(item, State.SAME)
    recorded = lock.files.get(item.file) if lock is not None else None
    if recorded is not None and recorded.digest == digest(held):
        return Verdict(item, State.UPDATED, _difference(project, path, held, item))
    data = source.load(item.file, held, Problems()).data if item.origin.kind != "template" else None
    stamped = isinstance(data, dict) and _is_stamped(data)
    if _means_the_same(item, data, own.get((path.absolute(), item.origin.kind, item.name)), stamped=stamped):
        return Verdict(item, State.KEPT)
    return Verdict(item, State.STAMPED if stamped else State.EDITED, _difference(project, path, held, item))


def _is_stamped(value: Any) -> bool:
    """Say whether a document is made from parameters, so that no pulled text could take its place."""
    if isinstance(value, Mapping):
        return "use" in value or "for_each" in value or any(map(_is_stamped, value.values()))
    if isinstance(value, list):
        return any(map(_is_stamped, value))
    return isinstance(value, str) and EXPRESSION.search(value) is not None


def _means_the_same(item: Item, data: Any, built: Built | None, *, stamped: bool) -> bool:
    """Say whether a file on disk compiles to the same definition, and says the same beside it."""
    if built is None or item.definition is None:
        return False
    attributes = json.loads(built.text)["data"]["attributes"]
    if not equal(attributes["definition"], item.definition):
        return False
    return stamped or _beside(data) == _beside(source.load(item.file, item.text, Problems()).data)


def _beside(data: Mapping[str, Any]) -> dict[str, Any]:
    return {
        "status": data.get("status"),
        "tags": sorted(data.get("tags") or []),
        "starred": bool(data.get("starred")),
        "active": data.get("active") is not False,
    }


def _difference(project: Project, path: Path, held: bytes, item: Item) -> str:
    """Return a unified diff from the file on disk to what the account holds."""
    shown = project.display(path)
    before = held.decode("utf-8", "replace").splitlines(keepends=True)
    lines = difflib.unified_diff(
        before, item.text.splitlines(keepends=True), f"{shown} (here)", f"{shown} (account)"
    )
    return "".join(
        line if line.endswith("\n") else f"{line}\n\\ No newline at end of file\n" for line in lines
    )


def write(project: Project, verdicts: Iterable[Verdict], lock: Lock, *, force: bool) -> Lock:
    """Write what may be written, edited files too where ``force`` says so; return the lock with what was done."""
    files = dict(lock.files)
    for verdict in verdicts:
        item = verdict.item
        path = project.flows / item.file
        written = verdict.state in (State.NEW, State.UPDATED) or (force and verdict.state is State.EDITED)
        if written:
            write_whole(path, item.text.encode())
        if written or verdict.state is State.SAME:
            files[item.file] = replace(item.origin, digest=digest(item.text.encode()))
        elif verdict.state is not State.STAMPED:
            files[item.file] = replace(item.origin, digest=_kept_digest(files.get(item.file), verdict))
    return replace(lock, files=files)


def _kept_digest(before: Origin | None, verdict: Verdict) -> str:
    """Keep the digest of what was pulled last, so that an edited file stays known as edited."""
    return before.digest if before is not None and verdict.state is State.EDITED else ""
