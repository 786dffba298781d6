"""The account's file: resources with their history, people, events, keys, counters, in one SQLite database.

A transaction is a :class:`View`: readers see a snapshot (optionally of some seconds ago), writers hold the
only writer's lock, and what a writer committed is on disk before the answer leaves (WAL, synchronous=FULL).
"""

from __future__ import annotations

import hashlib
import sqlite3
import threading
from collections.abc import Iterable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from compiler.account.identity import name_account
from compiler.account.settings import Switches
from compiler.account.view import View
from compiler.diagnostics import Fatal

EMBEDDED_KEY = "pk_embedded"
"""The key that every new account accepts with all scopes: the file is local, so there is nothing to guard."""

BUSY_SECONDS = 60
TRIES = 20
FORMAT = 1

SCHEMA = """
CREATE TABLE meta (name TEXT PRIMARY KEY, value TEXT NOT NULL) WITHOUT ROWID;
CREATE TABLE keys (digest TEXT PRIMARY KEY, scopes TEXT NOT NULL) WITHOUT ROWID;
CREATE TABLE resources (
  number INTEGER PRIMARY KEY, type TEXT NOT NULL, id TEXT NOT NULL, parent TEXT NOT NULL, body TEXT NOT NULL,
  UNIQUE (type, id));
CREATE INDEX resources_by_parent ON resources (type, parent);
CREATE TABLE undo (
  number INTEGER PRIMARY KEY, at REAL NOT NULL, type TEXT NOT NULL, id TEXT NOT NULL,
  parent TEXT NOT NULL, body TEXT, place INTEGER);
CREATE INDEX undo_by_time ON undo (at);
CREATE TABLE pending (
  number INTEGER PRIMARY KEY, due REAL NOT NULL, method TEXT NOT NULL, target TEXT NOT NULL,
  revision TEXT NOT NULL, body BLOB NOT NULL);
CREATE TABLE calls (
  endpoint TEXT NOT NULL, period INTEGER NOT NULL, began INTEGER NOT NULL, made INTEGER NOT NULL,
  PRIMARY KEY (endpoint, period)) WITHOUT ROWID;
CREATE TABLE profiles (
  number INTEGER PRIMARY KEY, id TEXT NOT NULL UNIQUE, email TEXT, phone_number TEXT, external_id TEXT,
  created TEXT NOT NULL, updated TEXT NOT NULL, body TEXT NOT NULL);
CREATE INDEX profiles_by_email ON profiles (email);
CREATE TABLE events (
  number INTEGER PRIMARY KEY, id TEXT NOT NULL UNIQUE, metric TEXT NOT NULL, profile TEXT NOT NULL,
  at INTEGER NOT NULL, value REAL, properties TEXT NOT NULL);
CREATE INDEX events_by_metric ON events (metric, at);
CREATE INDEX events_by_profile ON events (profile, metric, at);
CREATE TABLE members (
  family TEXT NOT NULL, held_by TEXT NOT NULL, profile TEXT NOT NULL, joined TEXT NOT NULL,
  PRIMARY KEY (held_by, profile)) WITHOUT ROWID;
CREATE INDEX members_by_profile ON members (profile);
"""


class Store:
    """One account in one file; safe for many threads and many processes at once."""

    def __init__(self, path: Path) -> None:
        """Open the account at ``path``, and make an empty one where there is none yet.

        Raises ``Fatal`` where the file cannot be opened, or is no account.
        """
        self.path = path
        self._local = threading.local()
        self._opened: list[sqlite3.Connection] = []
        self._guard = threading.Lock()
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
            self._open()
        except (OSError, sqlite3.Error, Fatal) as problem:
            self.close()
            reason = problem.__cause__ if isinstance(problem, Fatal) else problem
            raise Fatal(f"{path} cannot be opened as an account: {reason}") from problem

    def _open(self) -> None:
        with self.writing() as view:
            tables = {name for (name,) in view.connection.execute("SELECT name FROM sqlite_master")}
            if not tables:
                self._create(view)
            elif "meta" not in tables or view.meta("format") != FORMAT:
                raise sqlite3.DatabaseError("it is another program's file, or another version's")

    def _create(self, view: View) -> None:
        for statement in SCHEMA.split(";\n"):
            view.connection.execute(statement)
        view.set_meta("format", FORMAT)
        view.set_meta("switches", Switches().to_json())
        view.set_meta("serial", 0)
        name_account(view, self.path.stem)
        view.connection.execute("INSERT INTO keys VALUES (?, '*')", (_digest(EMBEDDED_KEY),))

    @property
    def connection(self) -> sqlite3.Connection:
        """The thread's own connection; transactions are begun and ended by hand."""
        opened: sqlite3.Connection | None = getattr(self._local, "connection", None)
        if opened is None:
            opened = sqlite3.connect(
                self.path, timeout=BUSY_SECONDS, isolation_level=None, check_same_thread=False
            )
            _write_ahead(opened)
            opened.execute("PRAGMA synchronous = FULL")
            self._local.connection = opened
            with self._guard:
                self._opened.append(opened)
        return opened

    @contextmanager
    def reading(self, horizon: float | None = None) -> Iterator[View]:
        """Yield a snapshot; with ``horizon`` (epoch seconds) resources show as they stood at that moment."""
        with self._transaction("BEGIN") as connection:
            yield View(connection, horizon=horizon)

    @contextmanager
    def writing(self, now: float = 0.0, keep_history: float = 0.0) -> Iterator[View]:
        """Yield the one writer's view; commit at the end, roll back on any exception.

        ``keep_history`` says for how many seconds what is overwritten at ``now`` stays readable.
        """
        with self._transaction("BEGIN IMMEDIATE") as connection:
            yield View(connection, now=now, keep_history=keep_history)

    @contextmanager
    def counting(self) -> Iterator[sqlite3.Connection]:
        """Yield a connection for the ledger of calls: locked, but not synced, as a lost count harms nobody."""
        connection = self.connection
        connection.execute("PRAGMA synchronous = OFF")
        try:
            with self._transaction("BEGIN IMMEDIATE"):
                yield connection
        finally:
            connection.execute("PRAGMA synchronous = FULL")

    def switches(self) -> Switches:
        """Return the account's switches."""
        with self.reading() as view:
            return self.switches_of(view)

    @staticmethod
    def switches_of(view: View) -> Switches:
        """Return the account's switches inside a transaction."""
        return Switches.from_json(view.meta("switches"))

    def change_switches(self, switches: Switches) -> None:
        """Keep ``switches`` in the file."""
        with self.writing() as view:
            view.set_meta("switches", switches.to_json())

    def add_key(self, key: str, scopes: Iterable[str] = ("*",)) -> None:
        """Accept ``key`` with ``scopes`` ("flows:read", ...; "*" is all); only its digest is kept."""
        with self.writing() as view:
            view.connection.execute(
                "INSERT OR REPLACE INTO keys VALUES (?, ?)", (_digest(key), " ".join(sorted(scopes)))
            )

    def scopes_of(self, key: str) -> frozenset[str] | None:
        """Return the scopes of ``key``, or ``None`` when the account does not know it."""
        row = self.connection.execute("SELECT scopes FROM keys WHERE digest = ?", (_digest(key),)).fetchone()
        return frozenset(row[0].split()) if row else None

    def counts(self) -> dict[str, int]:
        """Return how many of everything the account holds; templates without the clones of messages."""
        with self.reading() as view:
            return counts_of(view)

    @contextmanager
    def _transaction(self, begin: str) -> Iterator[sqlite3.Connection]:
        """Commit at the end; roll back on any exception. Raises ``Fatal`` where the file fails, or the disk is full."""
        try:
            connection = self.connection
            connection.execute(begin)
            yield connection
            connection.execute("COMMIT")
        except sqlite3.DatabaseError as problem:
            self._roll_back()
            raise Fatal(f"{self.path} cannot be kept: {problem}") from problem
        except BaseException:
            self._roll_back()
            raise

    def _roll_back(self) -> None:
        """Undo what a transaction did; a connection that is closed, or a disk that is full, did so by itself."""
        opened: sqlite3.Connection | None = getattr(self._local, "connection", None)
        with suppress(sqlite3.DatabaseError):
            if opened is not None and opened.in_transaction:
                opened.execute("ROLLBACK")

    def close(self) -> None:
        """Close every thread's connection."""
        with self._guard:
            for connection in self._opened:
                connection.close()
            self._opened.clear()
        self._local = threading.local()


def _write_ahead(connection: sqlite3.Connection) -> None:
    """Let the file keep a write-ahead log; who makes that change first makes the others wait.

    SQLite refuses the change at once, and never waits with it, while another program uses the file; it does wait
    with a transaction, so an empty one is tried in between.
    """
    for _ in range(TRIES):
        with suppress(sqlite3.OperationalError):
            connection.execute("PRAGMA journal_mode = WAL")
            return
        connection.execute("BEGIN IMMEDIATE")
        connection.execute("ROLLBACK")
    connection.execute("PRAGMA journal_mode = WAL")


def _digest(key: str) -> str:
    return hashlib.sha256(key.encode()).hexdigest()


def counts_of(view: View) -> dict[str, int]:
    """Return how many of everything an account holds, inside a transaction."""
    kinds = ("metric", "list", "segment", "template", "campaign", "tag", "flow")
    made = {kind: len(view.rows(kind, parent="")) for kind in kinds}
    for table in ("profiles", "events"):
        found = view.connection.execute(f"SELECT count(*) FROM {table}").fetchone()  # noqa: S608 - fixed names
        made[table] = int(found[0])
    return made
