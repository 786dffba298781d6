"""What the tests of live, bind, lock, pull and uses share: a seeded embedded account, and projects around it."""

from __future__ import annotations

import shutil
from contextlib import contextmanager
from dataclasses import replace
from datetime import UTC, datetime
from functools import cache
from pathlib import Path

from scratch import scratch

from compiler.account.seed import seed
from compiler.account.store import Store
from compiler.accounts import Outside, opened
from compiler.diagnostics import Problems
from compiler.live import read
from compiler.project import Project, open_project

NOW = datetime(2026, 11, 20, 12, tzinfo=UTC)
REVISION = "2026-10-15"
SECRET = "pk_0123456789abcdefSECRET"
SETTINGS = """\
kind: project
name: tea
default_account: sandbox
accounts:
  sandbox: {embedded: .flowc/sandbox.db}
"""


@cache
def seeded() -> Path:
    """The file of a small seeded account, made once a run; copy it."""
    path = scratch() / "seeded.db"
    store = Store(path)
    seed(store, seed=1, now=NOW, small=True)
    store.connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    store.close()
    return path


def make_project(folder: Path, *, full: bool = True, settings: str = SETTINGS, **files: str) -> Project:
    """A project in ``folder`` with an account; ``files`` are its specs by their stem."""
    (folder / "flowc.yaml").write_text(settings)
    (folder / "flows").mkdir(exist_ok=True)
    (folder / ".flowc").mkdir(exist_ok=True)
    if full:
        shutil.copy(seeded(), folder / ".flowc" / "sandbox.db")
    for stem, text in files.items():
        (folder / "flows" / f"{stem}.yaml").write_text(text)
    return reopen(folder)


def reopen(folder: Path) -> Project:
    problems = Problems()
    project = open_project(folder, problems)
    assert not list(problems)
    return project


@contextmanager
def client_of(project: Project, **account):
    with opened(
        project, replace(project.account(None), **account), REVISION, Outside({}, lambda: NOW)
    ) as client:
        yield client


@contextmanager
def store_of(project: Project):
    store = Store(project.root / ".flowc" / "sandbox.db")
    try:
        yield store
    finally:
        store.close()


@cache
def snapshot():
    """The inventory of the seeded account, read once a run."""
    project = make_project(scratch())
    with client_of(project) as client:
        return read(client, REVISION, content=True)


def put(project: Project, kind: str, name: str, **body) -> str:
    """Add a thing to the project's account; returns its id."""
    with store_of(project) as store, store.writing(NOW.timestamp()) as view:
        identifier = view.new_id(kind)
        stamp = NOW.isoformat(timespec="seconds")
        view.put(kind, identifier, {"name": name, "created": stamp, "updated": stamp, **body}, parent="")
    return identifier


def change(project: Project, kind: str, identifier: str, alter) -> None:
    """Change a stored thing as somebody in the account would."""
    with store_of(project) as store, store.writing(NOW.timestamp()) as view:
        body = view.get(kind, identifier)
        alter(body)
        view.put(kind, identifier, body)
