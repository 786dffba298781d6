"""Removes what the schema objected to, so that the rest of a broken document can still be judged."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

Path = tuple[Any, ...]


def prune(data: Any, paths: Iterable[Path]) -> Any:
    """Return a copy of plain data without the values at ``paths``; items of lists become empty mappings."""
    wanted = [path for path in paths if path]
    return _without(data, wanted)


def _without(value: Any, paths: list[Path]) -> Any:
    if not paths:
        return value
    gone = {path[0] for path in paths if len(path) == 1}
    inner: dict[Any, list[Path]] = {}
    for path in paths:
        if len(path) > 1:
            inner.setdefault(path[0], []).append(path[1:])
    if isinstance(value, dict):
        return {key: _without(item, inner.get(key, [])) for key, item in value.items() if key not in gone}
    if isinstance(value, list):
        return [_without(item, inner.get(index, [])) for index, item in enumerate(value) if index not in gone]
    return value
