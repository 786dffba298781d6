"""Counts the calls that have a daily limit, on disk, because the account never says how many are left."""

from __future__ import annotations

import datetime as dt
import sqlite3
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass
from pathlib import Path

from compiler.diagnostics import Fatal

TABLE = (
    "create table if not exists used"
    " (account text, endpoint text, day text, calls integer, primary key (account, endpoint, day))"
)
COUNT = "select coalesce(sum(calls), 0) from used where account = ? and endpoint = ? and day between ? and ?"
ADD = (
    "insert into used values (?, ?, ?, ?)"
    " on conflict do update set calls = max(0, used.calls + excluded.calls)"
)
FORGET = "delete from used where day < ?"
SECONDS_FOR_OTHERS = 30.0


@dataclass(frozen=True, slots=True)
class Ledger:
    """A small SQLite file of calls by account, endpoint and UTC day; safe for threads and processes.

    A call is written down before it is sent, so that a run that is killed has counted it. Its counts are
    "at least": colleagues and other machines use the same budget. Entries of the next day count too, so that a
    clock that is set back by less than a day gives nothing away. All methods raise Fatal when the file cannot
    be read or written.
    """

    path: Path
    today: Callable[[], dt.date]

    def used(self, account: str, endpoint: str) -> int:
        """Return at least how many of today's calls are used."""
        with self._open() as database:
            return self._count(database, account, endpoint)

    def take(self, account: str, endpoint: str, limit: int) -> bool:
        """Count one call; return False, and count nothing, if the day's ``limit`` is reached."""
        with self._open() as database:
            if self._count(database, account, endpoint) >= limit:
                return False
            self._add(database, account, endpoint, 1)
            return True

    def give_back(self, account: str, endpoint: str) -> None:
        """Take back one call that the account never counted: it was not sent, or answered 429."""
        with self._open() as database:
            self._add(database, account, endpoint, -1)

    def exhaust(self, account: str, endpoint: str, limit: int) -> None:
        """Record that the account itself says the day's ``limit`` is used up."""
        with self._open() as database:
            self._add(database, account, endpoint, limit - self._count(database, account, endpoint))

    @contextmanager
    def _open(self) -> Iterator[sqlite3.Connection]:
        try:
            self.path.parent.mkdir(parents=True, exist_ok=True)
            with closing(
                sqlite3.connect(self.path, timeout=SECONDS_FOR_OTHERS, isolation_level=None)
            ) as database:
                database.execute("pragma synchronous = extra")  # fsync the file, and the folder at the commit
                database.execute("begin immediate")
                database.execute(TABLE)
                yield database
                database.execute("commit")
        except (sqlite3.Error, OSError) as error:
            raise Fatal(f"the ledger of daily limits, {self.path}, cannot be kept: {error}") from error

    def _count(self, database: sqlite3.Connection, account: str, endpoint: str) -> int:
        today = self.today()
        tomorrow = today + dt.timedelta(days=1)
        row = database.execute(COUNT, (account, endpoint, today.isoformat(), tomorrow.isoformat())).fetchone()
        return int(row[0])

    def _add(self, database: sqlite3.Connection, account: str, endpoint: str, calls: int) -> None:
        today = self.today()
        database.execute(ADD, (account, endpoint, today.isoformat(), calls))
        database.execute(FORGET, ((today - dt.timedelta(days=7)).isoformat(),))
