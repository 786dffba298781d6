"""Opens an account of the project file: embedded in this process, or at an address with a key."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Final

from compiler.client import Client, Key, Progress, Settings, connect, find_key, hurried
from compiler.client.settings import KLAVIYO
from compiler.diagnostics import Exit, Fatal
from compiler.project import Account, Project

if TYPE_CHECKING:
    from flask import Flask

    from compiler.account.store import Store

HURRY: Final = 10_000.0  # nobody shares an account inside this process, so nobody waits for its limits
INSIDE: Final = "http://127.0.0.1"


@dataclass(frozen=True, slots=True)
class Outside:
    """What a run passes in: the environment's variables, the keyring, the clock, and where progress is told."""

    environ: Mapping[str, str]
    now: Callable[[], dt.datetime]
    keyring_get: Callable[[str, str], str | None] | None = None
    progress: Progress | None = None
    debug: Path | None = None


def revision_of(project: Project, account: Account | None, wanted: str | None = None) -> str:
    """Return the revision to speak: the one asked for, else the account's, else the project's."""
    from compiler.kinds import check_revision  # noqa: PLC0415 - the schemas load where they are needed

    return check_revision(wanted or (account.revision if account else None) or project.revision)


@contextmanager
def opened(project: Project, account: Account, revision: str, outside: Outside) -> Iterator[Client]:
    """Yield a client of the account, closed afterwards; the key must belong to the account that is expected.

    Raises Fatal: CREDENTIALS without a key, or with another account's.
    """
    with ExitStack() as closing:
        if account.embedded is not None:
            client = _inside(project, account, revision, outside, closing)
        else:
            client = _outside(project, account, revision, outside)
        closing.callback(client.close)
        if account.account_id is not None:
            client.verify_account()
        yield client


def _outside(project: Project, account: Account, revision: str, outside: Outside) -> Client:
    settings = Settings(
        revision, url=account.url or KLAVIYO, account_id=account.account_id, read_timeout=account.timeout
    )
    key = find_key(account, outside.environ, outside.keyring_get)
    ledger = project.root / ".flowc" / "ledger.db"
    return connect(settings, key, ledger=ledger, progress=outside.progress, debug=outside.debug)


def _inside(
    project: Project, account: Account, revision: str, outside: Outside, closing: ExitStack
) -> Client:
    from compiler.account.store import EMBEDDED_KEY  # noqa: PLC0415 - only embedded accounts need it

    path = embedded_path(project, account)
    app, store = _application(path, outside)
    closing.callback(store.close)
    return connect(
        Settings(revision, url=INSIDE, account_id=account.account_id),
        Key(EMBEDDED_KEY),
        ledger=ledger_path(path),
        app=app,
        clock=hurried(HURRY),
        progress=outside.progress,
        debug=outside.debug,
    )


def _application(path: Path, outside: Outside) -> tuple[Flask, Store]:
    """Return the embedded account's face without its limits, which guard a server from many clients."""
    from compiler.account.app import create_app  # noqa: PLC0415 - Flask loads where it is needed
    from compiler.account.settings import Settings as Face  # noqa: PLC0415 - the same
    from compiler.account.settings import Switches  # noqa: PLC0415 - the same
    from compiler.account.store import Store  # noqa: PLC0415 - the same
    from compiler.check import check  # noqa: PLC0415 - the same

    class Alone(Store):
        """A store whose calls nobody counts."""

        def switches(self) -> Switches:
            return replace(super().switches(), limits="off")

    store = Alone(path)
    return create_app(store, settings=Face(clock=outside.now, check_definition=check, origin=INSIDE)), store


def embedded_path(project: Project, account: Account) -> Path:
    """Return the file of an embedded account; Fatal for an account that is none."""
    if account.embedded is None:
        raise Fatal(f'the account "{account.name}" is not embedded: it has no file here', Exit.WRONG_SPECS)
    return project.root / account.embedded


def ledger_path(embedded: Path) -> Path:
    """Return the file that counts an embedded account's daily calls; it goes where the account goes."""
    return embedded.with_name(f"{embedded.name}.calls")
