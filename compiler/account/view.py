"""One transaction's sight of an account: resources by type and id, meta values, fresh ids."""

from __future__ import annotations

import hashlib
import json
import sqlite3
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

LETTERS = "ABCDEFGHJKLMNPQRSTUVWXYZabcdefghijkmnpqrstuvwxyz23456789"

Body = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Row:
    """One stored resource; ``parent`` is the id of what it belongs to, or an empty string, ``number`` its order of creation."""

    id: str
    parent: str
    body: Body
    number: int = 0


@dataclass(slots=True)
class View:
    """Reads (as of ``horizon``, epoch seconds, where given) and, in a writer's transaction, writes.

    ``memo`` keeps what was worked out from all resources of a type; every write empties it.
    """

    connection: sqlite3.Connection
    horizon: float | None = None
    now: float = 0.0
    keep_history: float = 0.0
    memo: dict[str, Any] = field(default_factory=dict, init=False)
    _past: dict[tuple[str, str], tuple[int, str, str | None]] | None = field(default=None, init=False)

    def meta(self, name: str) -> Any:
        """Return the value kept under ``name``, or ``None``."""
        row = self.connection.execute("SELECT value FROM meta WHERE name = ?", (name,)).fetchone()
        return json.loads(row[0]) if row else None

    def set_meta(self, name: str, value: Any) -> None:
        """Keep ``value`` under ``name``."""
        self.connection.execute("INSERT OR REPLACE INTO meta VALUES (?, ?)", (name, json.dumps(value)))

    def get(self, kind: str, identifier: str) -> Body | None:
        """Return the body of one resource, or ``None``."""
        row = self.row(kind, identifier)
        return row.body if row else None

    def row(self, kind: str, identifier: str) -> Row | None:
        """Return one resource with its parent, or ``None``."""
        past = self._overlay().get((kind, identifier))
        if past is not None:
            number, parent, text = past
            return Row(identifier, parent, json.loads(text), number) if text is not None else None
        found = self.connection.execute(
            "SELECT parent, body, number FROM resources WHERE type = ? AND id = ?", (kind, identifier)
        ).fetchone()
        return Row(identifier, found[0], json.loads(found[1]), found[2]) if found else None

    def rows(self, kind: str, parent: str | None = None) -> list[Row]:
        """Return the resources of one type, or those of one parent, in the order of their creation."""
        where = "type = ?" if parent is None else "type = ? AND parent = ?"
        values = (kind,) if parent is None else (kind, parent)
        found = {
            identifier: (number, owner, text)
            for number, identifier, owner, text in self.connection.execute(
                f"SELECT number, id, parent, body FROM resources WHERE {where}",  # noqa: S608 - fixed texts
                values,
            )
        }
        for (past_kind, identifier), (number, owner, text) in self._overlay().items():
            if past_kind != kind or (parent is not None and owner != parent):
                continue
            if text is None:
                found.pop(identifier, None)
            else:
                found[identifier] = (number, owner, text)
        ordered = sorted(found.items(), key=lambda item: item[1][0])
        return [
            Row(identifier, owner, json.loads(text), number) for identifier, (number, owner, text) in ordered
        ]

    def _overlay(self) -> Mapping[tuple[str, str], tuple[int, str, str | None]]:
        """Return what was overwritten after the horizon, as it stood at the horizon."""
        if self.horizon is None:
            return {}
        if self._past is None:
            self._past = {}
            for kind, identifier, parent, text, place in self.connection.execute(
                "SELECT type, id, parent, body, place FROM undo WHERE at > ? ORDER BY number", (self.horizon,)
            ):
                self._past.setdefault((kind, identifier), (place or 0, parent, text))
        return self._past

    def put(self, kind: str, identifier: str, body: Mapping[str, Any], parent: str | None = None) -> None:
        """Create or overwrite one resource; ``parent`` stays as it was where it is not given."""
        self.memo.clear()
        self._remember(kind, identifier, parent or "")
        self.connection.execute(
            "INSERT INTO resources (type, id, parent, body) VALUES (?, ?, ?, ?) "
            "ON CONFLICT (type, id) DO UPDATE SET body = excluded.body, parent = "
            "CASE WHEN ? THEN excluded.parent ELSE parent END",
            (
                kind,
                identifier,
                parent or "",
                json.dumps(body, ensure_ascii=False, separators=(",", ":")),
                parent is not None,
            ),
        )

    def delete(self, kind: str, identifier: str) -> None:
        """Remove one resource."""
        self.memo.clear()
        self._remember(kind, identifier, "")
        self.connection.execute("DELETE FROM resources WHERE type = ? AND id = ?", (kind, identifier))

    def _remember(self, kind: str, identifier: str, parent: str) -> None:
        if not self.keep_history:
            return
        old = self.connection.execute(
            "SELECT parent, body, number FROM resources WHERE type = ? AND id = ?", (kind, identifier)
        ).fetchone() or (parent, None, None)
        self.connection.execute("DELETE FROM undo WHERE at < ?", (self.now - self.keep_history,))
        self.connection.execute(
            "INSERT INTO undo (at, type, id, parent, body, place) VALUES (?, ?, ?, ?, ?, ?)",
            (self.now, kind, identifier, *old),
        )

    def fresh(self, alphabet: str, length: int) -> str:
        """Return an id never given before, determined by the account's salt and what it gave so far."""
        serial = int(self.meta("serial")) + 1
        self.set_meta("serial", serial)
        digest = hashlib.sha256(f"{self.meta('salt')}/{serial}".encode()).digest()
        return "".join(_digits(int.from_bytes(digest, "big"), alphabet, length))

    def new_id(self, kind: str) -> str:
        """Return an unused id of ``kind``: digits for actions, six letters and digits for the rest."""
        while True:
            made = self.fresh("123456789", 9) if kind == "flow-action" else self.fresh(LETTERS, 6)
            taken = self.connection.execute(
                "SELECT 1 FROM resources WHERE type = ? AND id = ?", (kind, made)
            ).fetchone()
            if not taken:
                return made


def _digits(number: int, alphabet: str, length: int) -> Iterator[str]:
    for _ in range(length):
        number, rest = divmod(number, len(alphabet))
        yield alphabet[rest]
