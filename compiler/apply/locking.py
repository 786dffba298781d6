"""One apply an account: a lock file for this machine, a tag in the account for all others.

The tag is announced, then looked at after the read lag; of two the smaller name wins, which is the earlier one, and
the other leaves. It is renewed while the apply goes on; what has passed its end is dead.
"""

from __future__ import annotations

import datetime as dt
import fcntl
from collections.abc import Callable, Collection, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Final

from compiler.apply.announcing import (
    Holder,
    announce,
    bury,
    end_of,
    expired,
    lock_name,
    locks,
    may_announce,
    remove,
    started,
)
from compiler.apply.performing import Stopped
from compiler.apply.waiting import Patience
from compiler.client import Client
from compiler.diagnostics import Fatal

LEAST: Final = dt.timedelta(minutes=30)
RENEWED: Final = dt.timedelta(minutes=20)  # more than the longest wait between two calls
MARGIN: Final = 2.0  # seconds that announcing a lock may take at most for the smaller name to win


@dataclass(slots=True)
class Lock:
    """A lock that is held; ``name`` is empty where it holds on this machine only.

    ``dead`` names the locks of runs that nobody finished, which ``forget`` takes away. One that ``stays`` is left
    behind as a dead run leaves it.
    """

    client: Client
    patience: Patience
    file: IO[str]
    holder: Holder
    start: dt.datetime
    name: str
    dead: tuple[str, ...] = ()
    stays: bool = False

    @property
    def since(self) -> dt.datetime | None:
        """When the first of the runs that nobody finished began; None where there was none."""
        return min((at for at in map(started, self.dead) if at is not None), default=None)

    def keep(self) -> None:
        """Renew the lock before its time is over; Stopped where somebody else has taken it."""
        end, now = end_of(self.name), self.patience.now()
        if end is None or end - now > RENEWED:
            return
        there = [name for _, name in locks(self.client)]
        others = [name for name in there if name != self.name and not expired(name, now)]
        if self.name not in there or (others and end <= now):
            raise Stopped(
                "the account's lock was taken away from this run (flowc unlock, or its time was over)"
            )
        old, self.name = self.name, lock_name(self.holder, self.start, now + LEAST)
        _remember(self.file, (old, self.name, *self.dead))
        announce(self.client, self.name, self.patience)
        remove(self.client, lambda one: one == old)

    def forget(self) -> None:
        """Take the dead locks away: what their runs have left is mended."""
        gone, self.dead = self.dead, ()
        if gone:
            remove(self.client, lambda one: one in gone)


@contextmanager
def locked(
    client: Client,
    file: Path,
    holder: Holder,
    patience: Patience,
    seconds: float,
    note: Callable[[str], object],
) -> Iterator[Lock]:
    """Hold the account's lock while the block runs; ``seconds`` is how long that is thought to take.

    Raises Fatal where somebody else holds it. A key without the scope for tags locks this machine only.
    """
    with _file(file) as handle:
        handle.seek(0)
        left = frozenset(handle.read().splitlines())  # the locks of runs that died here
        start = patience.now()
        lock = Lock(
            client,
            patience,
            handle,
            holder,
            start,
            lock_name(holder, start, start + LEAST + dt.timedelta(seconds=2 * seconds)),
        )
        _remember(handle, (*left, lock.name))
        if not may_announce(client, lock.name, patience, note):
            lock.name = ""
        try:
            if lock.name:
                lock.dead = _require_first(lock, left)
            yield lock
        finally:
            if lock.name and not lock.stays:
                remove(client, lambda one: one == lock.name)
            _remember(handle, (*lock.dead, lock.name) if lock.stays else lock.dead)


@contextmanager
def _file(path: Path) -> Iterator[IO[str]]:
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("a+", encoding="utf-8") as handle:
        try:
            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            raise Fatal(f"another apply to this account runs on this machine (it holds {path})") from None
        yield handle


def _remember(handle: IO[str], names: Iterable[str]) -> None:
    """Keep the tags' names in the file: the next run here knows by it which tags a dead run has left."""
    handle.truncate(0)
    handle.write("".join(f"{name}\n" for name in names))
    handle.flush()


def _require_first(lock: Lock, left: Collection[str]) -> tuple[str, ...]:
    """Return the names of dead locks; Fatal where another run was first, or may think that it was."""
    patience, margin = lock.patience, min(MARGIN, lock.patience.lag)
    late = (patience.now() - lock.start).total_seconds() > margin  # the other may have looked before
    patience.clock.sleep(patience.lag + margin)
    now = patience.now()
    there = [name for _, name in locks(lock.client)]
    for other in there:
        alive = other != lock.name and other not in left and not expired(other, now)
        if alive and (late or other < lock.name):
            raise Fatal(
                f'another apply is at work ("{other}"); if its run is dead, flowc unlock takes the lock away'
            )
    buried = bury(lock.client, lambda name: name in left, patience)
    return (*(name for name in there if expired(name, now)), *buried.values())


def unlock(client: Client, file: Path, patience: Patience) -> list[str]:
    """End every lock of the account and return their names; Fatal where an apply runs on this machine."""
    with _file(file) as handle:
        gone = bury(client, lambda _: True, patience)
        _remember(handle, ())
    return sorted(gone)
