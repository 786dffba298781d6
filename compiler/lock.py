"""``accounts/NAME.lock.json``: what an account calls its things, kept in git so that names resolve without a key.

Kinds, names and files are sorted, one name a line, so that a review sees what moved. ``files`` says which live flow,
segment or message a file was pulled from, and the digest of what was written there: a file that has another
digest now was edited by somebody.
"""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any, Final

from compiler.bind import LISTED, Names
from compiler.diagnostics import Exit, Fatal
from compiler.live import Snapshot, Thing
from compiler.project import Project

FORMAT: Final = 1
OWN: Final = ("format_version", "account", "revision", "names", "files")
SAFE_NAME: Final = re.compile(r"[A-Za-z0-9][A-Za-z0-9_.-]*")


@dataclass(frozen=True, slots=True)
class Origin:
    """Where a file was pulled from: kind, id (of a template: its own), the message that it belongs to.

    ``digest`` is that of the text that pull wrote; empty where somebody else's text was kept.
    """

    kind: str
    id: str
    digest: str = ""
    message: str = ""


@dataclass(frozen=True, slots=True)
class Lock:
    """One account's lock; ``rest`` is what other commands keep in the file."""

    account: str
    revision: str
    things: tuple[Thing, ...]
    files: Mapping[str, Origin] = field(default_factory=dict)
    rest: Mapping[str, Any] = field(default_factory=dict)

    def names(self, project: Project) -> Names:
        """Return the names, and the template files whose content is still what the account has."""
        templates = {origin.id: file for file, origin in self.files.items() if origin.kind == "template"}
        unchanged = {found: file for found, file in templates.items() if self._as_pulled(project, file)}
        return Names(self.things, unchanged, LISTED)

    def _as_pulled(self, project: Project, file: str) -> bool:
        path = project.inside(file)
        return isinstance(path, Path) and digest(path.read_bytes()) == self.files[file].digest


def digest(content: bytes) -> str:
    """Return the short SHA-256 of a file's bytes, 16 hex digits."""
    return hashlib.sha256(content).hexdigest()[:16]


def lock_path(project: Project, account: str) -> Path:
    """Return the place of an account's lock file; Fatal for a name that is none of a file."""
    if not SAFE_NAME.fullmatch(account):
        raise Fatal(
            f'the account "{account}" cannot have a lock file; name it with letters, digits, "-" and "_"',
            Exit.WRONG_SPECS,
        )
    return project.root / "accounts" / f"{account}.lock.json"


def lock_of(snapshot: Snapshot, before: Lock | None = None) -> Lock:
    """Return the lock of an account as it is now; files and the rest stay as they were."""
    return Lock(
        account=snapshot.account.id,
        revision=snapshot.revision,
        things=snapshot.things(),
        files=before.files if before else {},
        rest=before.rest if before else {},
    )


def find_lock(project: Project, account: str) -> Lock | None:
    """Return an account's lock, None where it has none yet."""
    path = lock_path(project, account)
    return read_lock(path.read_text(encoding="utf-8"), project.display(path)) if path.is_file() else None


def require_lock(project: Project, account: str) -> Lock:
    """Return an account's lock; Fatal that says how to get one."""
    found = find_lock(project, account)
    if found is None:
        shown = project.display(lock_path(project, account))
        raise Fatal(f"there is no {shown}; `flowc lock --account {account}` writes it", Exit.WRONG_SPECS)
    return found


def write_lock(project: Project, account: str, lock: Lock) -> Path:
    """Write an account's lock file and return its path."""
    path = lock_path(project, account)
    write_whole(path, lock_text(lock).encode())
    return path


def write_whole(path: Path, content: bytes) -> None:
    """Write a file in one step: a run that dies, or a full disk, leaves what was there and never half of it."""
    path.parent.mkdir(parents=True, exist_ok=True)
    fresh = path.with_name(f".{path.name}.new")
    try:
        fresh.write_bytes(content)
        fresh.replace(path)
    finally:
        fresh.unlink(missing_ok=True)


def lock_text(lock: Lock) -> str:
    """Return the lock file's text."""
    data: dict[str, Any] = {
        "format_version": FORMAT,
        "account": lock.account,
        "revision": lock.revision,
        "names": _names(lock.things),
        "files": {file: _origin(lock.files[file]) for file in sorted(lock.files)},
        **lock.rest,
    }
    return json.dumps(data, ensure_ascii=False, indent=2) + "\n"


def _names(things: tuple[Thing, ...]) -> dict[str, Any]:
    """Return {kind: {name: id}}; a metric's ids stand by integration, and equal names hold a list of ids."""
    out: dict[str, Any] = {}
    for thing in sorted(things):
        by_name = out.setdefault(thing.kind, {})
        if thing.kind == "metric":
            by_name = by_name.setdefault(thing.name, {})
            _put(by_name, thing.integration, thing.id)
        else:
            _put(by_name, thing.name, thing.id)
    return out


def _put(where: dict[str, Any], key: str, identifier: str) -> None:
    held = where.get(key)
    where[key] = identifier if held is None else [*(held if isinstance(held, list) else [held]), identifier]


def _origin(origin: Origin) -> dict[str, str]:
    parts = {"kind": origin.kind, "id": origin.id, "message": origin.message, "digest": origin.digest}
    return {key: value for key, value in parts.items() if value}


def read_lock(text: str, shown: str) -> Lock:
    """Return the lock of a file's text; ``shown`` is its name in the Fatal for a text that is no lock."""
    try:
        data = json.loads(text)
        if data["format_version"] != FORMAT:
            raise Fatal(
                f"{shown} has format version {data['format_version']}; this flowc reads {FORMAT}",
                Exit.WRONG_SPECS,
            )
        return Lock(
            account=str(data["account"]),
            revision=str(data["revision"]),
            things=tuple(sorted(_things(data["names"]))),
            files={file: Origin(**about) for file, about in data["files"].items()},
            rest={key: value for key, value in data.items() if key not in OWN},
        )
    except (ValueError, KeyError, TypeError, AttributeError) as error:
        raise Fatal(
            f"{shown} is no lock file ({type(error).__name__}: {error}); `flowc lock` writes it anew",
            Exit.WRONG_SPECS,
        ) from None


def _things(names: Mapping[str, Any]) -> Iterator[Thing]:
    for kind, by_name in names.items():
        for name, held in by_name.items():
            by_integration = held if kind == "metric" else {"": held}
            for integration, ids in by_integration.items():
                for identifier in ids if isinstance(ids, list) else [ids]:
                    yield Thing(kind, name, integration, str(identifier))


def changes(before: Lock, after: Lock) -> list[str]:
    """Return a sentence for every name whose id has changed, and the counts of names that came and went."""
    old, new = _by_name(before), _by_name(after)
    out = [
        f"{_said(key)} was {', '.join(old[key])} and is {', '.join(ids)} now"
        for key, ids in sorted(new.items())
        if key in old and old[key] != ids
    ]
    came, went = len(new.keys() - old.keys()), len(old.keys() - new.keys())
    out += [f"{came} new {'name' if came == 1 else 'names'}"] if came else []
    out += [f"{went} {'name is' if went == 1 else 'names are'} gone"] if went else []
    return out


def _by_name(lock: Lock) -> dict[tuple[str, str, str], list[str]]:
    out: dict[tuple[str, str, str], list[str]] = {}
    for thing in lock.things:
        out.setdefault((thing.kind, thing.name, thing.integration), []).append(thing.id)
    return out


def _said(key: tuple[str, str, str]) -> str:
    kind, name, integration = key
    return f'{kind} "{name}"' + (f" ({integration})" if integration else "")


def forget_gone(lock: Lock, snapshot: Snapshot) -> tuple[Lock, list[str]]:
    """Return the lock without the files of flows and segments that the account no longer has, and those files."""
    live = {("flow", flow.id) for flow in snapshot.flows} | {
        ("segment", segment.id) for segment in snapshot.segments
    }
    gone = [
        file
        for file, origin in lock.files.items()
        if origin.kind != "template" and (origin.kind, origin.id) not in live
    ]
    return replace(
        lock, files={file: origin for file, origin in lock.files.items() if file not in gone}
    ), sorted(gone)


def require_same_account(project: Project, account: str, lock: Lock | None, found: str) -> None:
    """Raise Fatal (CREDENTIALS) where the lock is of another account than the one that answered."""
    if lock is not None and lock.account != found:
        shown = project.display(lock_path(project, account))
        raise Fatal(
            f"{shown} is of account {lock.account}, but {found} answered; delete it if that is meant",
            Exit.CREDENTIALS,
        )
