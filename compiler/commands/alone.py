"""What the commands that write to an account share: how long to wait for it, and being alone in it."""

from __future__ import annotations

import datetime as dt
import secrets
import socket
from dataclasses import replace
from typing import TYPE_CHECKING

from compiler.accounts import embedded_path
from compiler.apply import Holder, Patience, locked
from compiler.commands.base import note
from compiler.journal import last_unsettled
from compiler.lock import find_lock
from compiler.planning.known import read_lag

if TYPE_CHECKING:
    from contextlib import AbstractContextManager
    from pathlib import Path

    from compiler.apply import Lock
    from compiler.client import Client
    from compiler.project import Account, Project


def patience_with(project: Project, account: Account) -> Patience:
    """Return how long to wait for an account: as its settings and ``probe`` say; one in this process says it itself."""
    if account.embedded is None:
        usual = Patience(
            lambda: dt.datetime.now(dt.UTC), timeout=float(account.timeout), settle=float(account.settle)
        )
        lag = max(usual.lag, read_lag(find_lock(project, account.name)))
        return replace(usual, lag=lag, settle=max(usual.settle, lag))
    from compiler.account.store import Store

    store = Store(embedded_path(project, account))
    switches = store.switches()
    store.close()
    late = switches.write_lateness
    return Patience(
        lambda: dt.datetime.now(dt.UTC), timeout=late, settle=switches.read_lag, lag=switches.read_lag
    )


def settle(project: Project, client: Client, patience: Patience) -> None:
    """Wait until a call that a dead run sent last can no longer act unseen."""
    sent = last_unsettled(project.root / ".flowc" / "journal", client.verify_account())
    left = patience.left(sent) if sent is not None else 0.0
    if left > 0:
        note(f"waiting {left:.0f} s for what an interrupted run has sent")
        patience.clock.sleep(left)


def lock_file(project: Project, account: Account) -> Path:
    """Return the file that locks an account on this machine."""
    return project.root / ".flowc" / f"apply-{account.name}.lock"


def alone(
    project: Project, account: Account, client: Client, patience: Patience, seconds: float
) -> AbstractContextManager[Lock]:
    """Keep other runs out of an account, on this machine and on others, for a run of about ``seconds``."""
    holder = Holder(socket.gethostname().replace(" ", "-"), secrets.token_hex(4))
    return locked(client, lock_file(project, account), holder, patience, seconds, note)
