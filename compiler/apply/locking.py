"""One apply an account: a lock file for this machine, a tag in the account for all others.

The tag is ``flowc apply START HOST NONCE until END``. It is announced, then looked at after the read lag; of two the
smaller name wins, which is the earlier one, and the other leaves. What has passed its end is dead.
"""

from __future__ import annotations

import datetime as dt
import fcntl
import re
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Final

from compiler.apply.waiting import Patience
from compiler.client import Client, Ok, Refused, calls
from compiler.diagnostics import Exit, Fatal

PREFIX: Final = "flowc apply "
ENDS: Final = re.compile(r" until (\S+)$")
LEAST: Final = dt.timedelta(minutes=30)


@dataclass(frozen=True, slots=True)
class Holder:
    """Who applies: the machine's name and a number that no other run has; both without spaces."""

    host: str
    nonce: str


@contextmanager
def locked(
    client: Client,
    file: Path,
    holder: Holder,
    patience: Patience,
    seconds: float,
    note: Callable[[str], object],
) -> Iterator[None]:
    """Hold the account's lock while the block runs; ``seconds`` is how long that is thought to take.

    Raises Fatal where somebody else holds it. A key without the scope for tags locks this machine only.
    """
    with _file(file) as handle:
        handle.seek(0)
        left = handle.read().strip()  # the tag of a run that died here
        name = _name(holder, patience.now(), seconds)
        _remember(handle, name)
        announced = _announced(client, name, patience, note)
        try:
            if announced:
                _require_first(client, name, left, patience)
            yield
        finally:
            if announced:
                _remove(client, lambda one: one == name)
            _remember(handle, "")


@contextmanager
def _file(path: Path) -> Iterator[IO[str]]:
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("a+", encoding="utf-8") as handle:
        try:
            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            raise Fatal(f"another apply to this account runs on this machine (it holds {path})") from None
        yield handle


def _remember(handle: IO[str], name: str) -> None:
    """Keep the tag's name in the file: the next run here knows by it that a dead run left the tag."""
    handle.truncate(0)
    handle.write(name)
    handle.flush()


def _name(holder: Holder, start: dt.datetime, seconds: float) -> str:
    end = start + LEAST + dt.timedelta(seconds=2 * seconds)
    return f"{PREFIX}{_stamp(start)} {holder.host} {holder.nonce} until {_stamp(end)}"


def _announced(client: Client, name: str, patience: Patience, note: Callable[[str], object]) -> bool:
    """Make the lock's tag; say whether the account has it, which a key without the scope for tags cannot do."""
    body = {"data": {"type": "tag", "attributes": {"name": name}}}
    try:
        outcome = client.write(calls.CREATE_TAG, body=body)
    except Fatal as fatal:
        if fatal.exit_code is not Exit.CREDENTIALS:
            raise
        note("the key may not write tags, so the lock holds on this machine only")
        return False
    if isinstance(outcome, Refused):
        raise Fatal(f"the account's lock cannot be taken: {outcome}")
    if not isinstance(outcome, Ok):
        _wait_for(client, name, patience)
    return True


def _wait_for(client: Client, name: str, patience: Patience) -> None:
    """Wait until a tag of unknown outcome is there; Fatal where it never comes."""
    found = patience.until(
        lambda: True if any(one == name for _, one in _locks(client)) else None,
        patience.timeout + patience.settle,
    )
    if found is None:
        raise Fatal("the account's lock cannot be taken: nobody can tell whether its tag was made")


def _require_first(client: Client, name: str, left: str, patience: Patience) -> None:
    patience.clock.sleep(patience.lag)
    now = patience.now()
    for _, other in _locks(client):
        if other < name and other != left and not expired(other, now):
            raise Fatal(
                f'another apply is at work ("{other}"); if its run is dead, flowc unlock takes the lock away'
            )
    _remove(client, lambda one: one == left or (one != name and expired(one, now)))


def expired(name: str, now: dt.datetime) -> bool:
    """Say whether a lock's end has passed; a lock without a readable end never expires."""
    match = ENDS.search(name)
    try:
        return match is not None and dt.datetime.fromisoformat(match[1]) < now
    except ValueError:
        return False


def _locks(client: Client) -> list[tuple[str, str]]:
    """Return id and name of every lock in the account."""
    rows = [row for page in client.pages(calls.GET_TAGS) for row in page["data"]]
    found = [(str(row["id"]), str((row.get("attributes") or {}).get("name") or "")) for row in rows]
    return sorted((one for one in found if one[1].startswith(PREFIX)), key=lambda one: one[1])


def _remove(client: Client, chosen: Callable[[str], bool]) -> list[str]:
    gone = []
    for identifier, name in _locks(client):
        if chosen(name):
            client.write(calls.DELETE_TAG, identifier)
            gone.append(name)
    return gone


def unlock(client: Client, file: Path) -> list[str]:
    """Take away every lock of the account and return their names; Fatal where an apply runs on this machine."""
    with _file(file) as handle:
        gone = _remove(client, lambda name: name.startswith(PREFIX))
        _remember(handle, "")
    return gone


def _stamp(at: dt.datetime) -> str:
    return at.astimezone(dt.UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
