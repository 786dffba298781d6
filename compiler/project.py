"""The project on disk: ``flowc.yaml``, the folder of specs, and the reading of files inside it.

A folder without ``flowc.yaml`` is a project too, with defaults: specs are in ``flows/`` where that exists. Nothing
outside the project is read: no absolute paths, no ``..`` out of it, no links that leave it.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from compiler import kinds
from compiler.diagnostics import Diagnostic, Exit, Fatal, Problems, nearest
from compiler.positions import locate
from compiler.source import Source, load

FILE = "flowc.yaml"
SUFFIXES = (".yaml", ".yml")
LONGEST_NAME = 200  # bytes; file systems refuse names over 255


@dataclass(frozen=True, slots=True)
class Account:
    """One account of the project file; a key is named by its environment variable, never written.

    ``timeout`` is the longest silence of a call, ``settle`` how long an unanswered one may still act; seconds.
    """

    name: str
    embedded: str | None = None
    key_env: str | None = None
    account_id: str | None = None
    url: str | None = None
    revision: str | None = None
    timeout: float = 60.0
    settle: float = 30.0
    vars: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Project:
    """A project: its root, the folder of its specs, its settings; ``shown`` is what file names are relative to."""

    root: Path
    flows: Path
    shown: Path
    name: str
    revision: str
    default_account: str | None = None
    accounts: Mapping[str, Account] = field(default_factory=dict)
    vars: Mapping[str, Any] = field(default_factory=dict)
    defaults: Mapping[str, Any] = field(default_factory=dict)
    joins: str = "keep"

    def display(self, path: Path) -> str:
        """Return a path as diagnostics show it: relative to where the user stands, where that is possible."""
        try:
            return path.relative_to(self.shown).as_posix()
        except ValueError:
            return path.as_posix()

    def inside(self, name: str) -> Path | str:
        """Return the path of a file that a spec names, or what is wrong with the name."""
        if name.startswith(("/", "~")) or "\\" in name or ":" in name or "\0" in name:
            return f'"{name}" is no path inside the project; write it relative to {self.flows.name}/'
        if len(name.encode("utf-8", "replace")) > LONGEST_NAME:
            return f"a path of {len(name):,} characters is longer than any file's"
        if ".." in Path(name).parts:
            return f'"{name}" leads out of the project; use and file stay inside {self.flows.name}/'
        path = self.flows / name
        if not path.is_file():
            siblings = [
                other.relative_to(self.flows).as_posix()
                for other in sorted(self.flows.rglob(f"*{path.suffix}"))[:2000]
            ]
            return f'there is no file "{name}" in {self.flows.name}/{nearest(name, siblings)}'
        if not path.resolve().is_relative_to(self.root.resolve()):
            return f'"{name}" is a link that leads out of the project'
        return path

    def read(self, name: str) -> Source | str:
        """Return a file of the project that a spec uses, or what is wrong with it."""
        path = self.inside(name)
        if isinstance(path, str):
            return path
        problems = Problems()
        source = load(self.display(path), path.read_bytes(), problems)
        first = next(iter(problems), None)
        return source if first is None else f"{first.span} {first.code} {first.message}"

    def files(self, paths: Iterable[Path] = ()) -> list[Path]:
        """Return the YAML files below the given paths (the project's specs where none are given), sorted."""
        found: set[Path] = set()
        for path in paths or [self.flows]:
            if path.is_dir():
                found.update(self._below(path))
            elif path.is_file():
                found.add(path)
            elif not paths:  # else all flows would be gone from git, and a plan would end them
                siblings = [each.name for each in self.root.iterdir() if each.is_dir()]
                says = f"{FILE} says that the specs are in {path.name}/, and there is no such folder"
                raise Fatal(f"{says}{nearest(path.name, siblings)}", Exit.WRONG_SPECS)
            else:
                raise Fatal(f"there is no file or folder {self.display(path)}", Exit.WRONG_SPECS)
        return sorted(path for path in found if path.name != FILE)

    def _below(self, folder: Path) -> Iterator[Path]:
        """Yield the YAML files of a folder; a link that leads out of it and of the project is not followed."""
        roots = (folder.resolve(), self.root.resolve())
        for path in folder.rglob("*"):
            if path.suffix in SUFFIXES and path.is_file() and not hidden(path, folder):
                target = path.resolve()
                if any(target.is_relative_to(root) for root in roots):
                    yield path

    def account(self, name: str | None) -> Account:
        """Return the named account, or the project's default one; Fatal with the nearest name otherwise."""
        wanted = name or self.default_account
        if wanted is None:
            raise Fatal(
                f"which account? name it with --account, or set default_account in {FILE}", Exit.WRONG_SPECS
            )
        if wanted not in self.accounts:
            raise Fatal(f'{FILE} has no account "{wanted}"{nearest(wanted, self.accounts)}', Exit.WRONG_SPECS)
        return self.accounts[wanted]


def hidden(path: Path, root: Path) -> bool:
    """Say whether a file stands in a hidden folder, such as ``.venv``."""
    return any(part.startswith(".") for part in path.relative_to(root).parts)


def find_root(start: Path) -> Path:
    """Return the nearest folder upwards that holds ``flowc.yaml``; the start itself where none does."""
    for folder in (start, *start.parents):
        if (folder / FILE).is_file():
            return folder
    return start


def open_project(start: Path, problems: Problems) -> Project:
    """Return the project around a folder; what is wrong with its file goes to ``problems``."""
    start = start.absolute()
    root = find_root(start if start.is_dir() else start.parent)
    file = root / FILE
    data: Mapping[str, Any] = {}
    if file.is_file():
        data = _read_settings(file, start, problems)
    folder = root / str(data.get("flows") or "flows")
    return Project(
        root=root,
        flows=folder if data.get("flows") or folder.is_dir() else root,
        shown=start if start.is_dir() else start.parent,
        name=str(data.get("name") or root.name),
        revision=str(data.get("revision") or kinds.default_revision()),
        default_account=data.get("default_account"),
        accounts={
            name: Account(name, **(about or {})) for name, about in (data.get("accounts") or {}).items()
        },
        vars=data.get("vars") or {},
        defaults=data.get("defaults") or {},
        joins=data.get("joins") or "keep",
    )


def _read_settings(file: Path, start: Path, problems: Problems) -> Mapping[str, Any]:
    shown = file.name if file.parent == start else str(file)
    source = load(shown, file.read_bytes(), problems)
    if not isinstance(source.data, dict):
        return {}
    data = {"kind": "project", **source.data}
    if not _is_valid(data):
        problems.extend(_explained(source, data))
        return {}
    revision = source.data.get("revision")
    if isinstance(revision, str) and revision not in kinds.revisions():
        message = f'unknown revision "{revision}"{nearest(revision, kinds.revisions())}'
        problems.add("F501", message, locate(source, ("revision",)))
        return {}
    settings: Mapping[str, Any] = source.data
    account, accounts = settings.get("default_account"), settings.get("accounts") or {}
    if account is not None and account not in accounts:
        message = f'accounts has no "{account}"{nearest(account, accounts)}'
        problems.add("F207", message, locate(source, ("default_account",)))
    return settings


def _is_valid(data: Mapping[str, Any]) -> bool:
    import jsonschema_rs  # noqa: PLC0415 - loaded only where there is a project file

    return bool(jsonschema_rs.is_valid(kinds.read_json("project.json"), data))


def _explained(source: Source, data: Mapping[str, Any]) -> Iterator[Diagnostic]:
    from compiler.validate import explain  # noqa: PLC0415 - loaded only to explain an error

    for code, message, path, key in explain("project", data):
        yield Diagnostic(code, message, locate(source, path, key=key))
