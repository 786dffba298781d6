"""A snapshot as JSON text and back."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import asdict
from typing import Any, Final

from compiler.diagnostics import Fatal
from compiler.live.model import Account, LiveFlow, LiveSegment, LiveTemplate, Snapshot, Thing

FORMAT: Final = 1
ROWS: Final[Mapping[str, Any]] = {
    "metrics": Thing,
    "lists": Thing,
    "segments": LiveSegment,
    "templates": LiveTemplate,
    "images": Thing,
    "tags": Thing,
    "flows": LiveFlow,
}


def save(snapshot: Snapshot) -> str:
    """Return the snapshot as one JSON document with ``format_version``."""
    return json.dumps({"format_version": FORMAT, **asdict(snapshot)}, ensure_ascii=False, indent=1) + "\n"


def load(text: str) -> Snapshot:
    """Return the snapshot that :func:`save` wrote; Fatal where the text is none, or of another version."""
    try:
        data = json.loads(text)
        version = data["format_version"]
        if version != FORMAT:
            raise Fatal(f"the snapshot has format version {version}; this flowc reads {FORMAT}")
        rows = {part: tuple(_row(kind, row) for row in data[part]) for part, kind in ROWS.items()}
        return Snapshot(Account(**data["account"]), data["revision"], **rows)
    except (ValueError, KeyError, TypeError) as error:
        raise Fatal(f"no snapshot of an account: {error}") from error


def _row(kind: Any, row: Mapping[str, Any]) -> Any:
    """Return a row as its dataclass; JSON has no tuples, so a list of tags becomes one."""
    return kind(**{key: tuple(value) if isinstance(value, list) else value for key, value in row.items()})
