"""A content-addressed cache of compiled files; throwing it away costs time and nothing else.

A key is a digest of everything that an outcome depends on: the file's bytes and shown name, the program and its
schemas, the revision, the vars. What a file used (blueprints, fragments, templates' files) stands in its entry with
digests of its own. SQLite, not pickle: the folder comes with a checkout, and reading it must not run anything.
"""

from __future__ import annotations

import contextlib
import hashlib
import json
import os
import sqlite3
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import asdict, dataclass
from functools import cache
from pathlib import Path
from typing import Any, Final

from compiler import kinds
from compiler.diagnostics import Diagnostic, Span

MOST: Final = 50_000  # entries; past that the cache starts anew
HERE: Final = Path(__file__).resolve().parent


@dataclass(frozen=True, slots=True)
class Built:
    """One request body as text, with where it came from."""

    source: str
    file: str
    stem: str
    kind: str
    name: str
    text: str


@dataclass(frozen=True, slots=True)
class Entry:
    """What one file came to: its bodies, its diagnostics, and the digests of what it used (None: not there)."""

    built: tuple[Built, ...]
    diagnostics: tuple[Diagnostic, ...]
    used: Mapping[str, str | None]


def digest(*parts: bytes) -> str:
    """Return a digest of byte strings, each with its length."""
    made = hashlib.blake2b(digest_size=20)
    for part in parts:
        made.update(len(part).to_bytes(8, "big"))
        made.update(part)
    return made.hexdigest()


@cache
def program() -> bytes:
    """Return a digest of the program and its schemas, by the sizes and times of their files."""
    stamps = sorted([*_stamps(HERE, ".py"), *_stamps(kinds.SCHEMAS, ".json")])
    return digest("\n".join(stamps).encode()).encode()


def _stamps(folder: str | Path, ending: str) -> Iterator[str]:
    """Yield the path, size and time of a folder's files; ``os.scandir``, as every start of the program waits for it."""
    for entry in os.scandir(folder):
        if entry.is_dir():
            yield from _stamps(entry.path, ending)
        elif entry.name.endswith(ending):
            about = entry.stat()
            yield f"{entry.path} {about.st_size} {about.st_mtime_ns}"


class Cache:
    """The entries of one project; broken or unwritable files count as empty."""

    def __init__(self, path: Path | None) -> None:
        self.connection: sqlite3.Connection | None = None
        if path is None:
            return
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
            self.connection = _open(path)
        except sqlite3.DatabaseError:
            with contextlib.suppress(OSError, sqlite3.Error):
                path.unlink()
                self.connection = _open(path)
        except OSError:
            return

    def get(self, keys: Iterable[str]) -> dict[str, Entry]:
        """Return the entries of those keys that are known."""
        out: dict[str, Entry] = {}
        if self.connection is None:
            return out
        with contextlib.suppress(sqlite3.Error, ValueError, KeyError, TypeError):
            for key in keys:
                row = self.connection.execute(
                    "SELECT about, bodies FROM entry WHERE key = ?", (key,)
                ).fetchone()
                if row is not None:
                    out[key] = _read(json.loads(row[0]), row[1])
        return out

    def put(self, entries: Mapping[str, Entry]) -> None:
        """Store entries."""
        if self.connection is None or not entries:
            return
        rows = [(key, *_written(entry)) for key, entry in entries.items()]
        with contextlib.suppress(sqlite3.Error), self.connection:
            (count,) = self.connection.execute("SELECT count(*) FROM entry").fetchone()
            if count + len(rows) > MOST:
                self.connection.execute("DELETE FROM entry")
            self.connection.executemany("INSERT OR REPLACE INTO entry VALUES (?, ?, ?)", rows)

    def close(self) -> None:
        """Close the file."""
        if self.connection is not None:
            self.connection.close()


def _open(path: Path) -> sqlite3.Connection:
    connection = sqlite3.connect(path, timeout=1)
    connection.execute("PRAGMA synchronous = OFF")
    connection.execute("CREATE TABLE IF NOT EXISTS entry (key TEXT PRIMARY KEY, about TEXT, bodies TEXT)")
    return connection


def _written(entry: Entry) -> tuple[str, str]:
    about = {
        "built": [
            {key: value for key, value in asdict(built).items() if key != "text"} for built in entry.built
        ],
        "diagnostics": [
            [d.code, d.message, _span(d.span), d.severity, [_span(span) for span in d.via]]
            for d in entry.diagnostics
        ],
        "used": dict(entry.used),
    }
    return json.dumps(about), "\n".join(built.text for built in entry.built)


def _span(span: Span) -> list[Any]:
    return [span.file, span.line, span.column]


def _read(about: dict[str, Any], bodies: str) -> Entry:
    texts = bodies.split("\n") if about["built"] else []
    return Entry(
        tuple(Built(**row, text=text) for row, text in zip(about["built"], texts, strict=True)),
        tuple(
            Diagnostic(code, message, Span(*span), severity, tuple(Span(*each) for each in via))
            for code, message, span, severity, via in about["diagnostics"]
        ),
        about["used"],
    )
