"""Fields of a difference in words, and without what may be secret."""

from __future__ import annotations

import difflib
import json
import re
from collections.abc import Iterable, Mapping
from typing import Any, Final
from urllib.parse import urlsplit

from compiler.diff import FieldChange
from compiler.diff.fields import LONG_TEXT
from compiler.labels.conditions import statement
from compiler.labels.filters import Names, named, number
from compiler.report.fit import one_line, shorten
from compiler.report.plan_parts import FieldView, RawField

LONGEST_VALUE: Final = 2 * LONG_TEXT  # columns; a text of more signs has a unified diff
HIDDEN: Final = "(not shown, it may hold a secret)"
KEYS: Final = re.compile(r"\[(\d+)\]|\[(?:'([^']*)'|\"([^\"]*)\")\]|\.?([^.\[\]]+)")
OUTER: Final = (
    "data",
    "message",
    "definition",
    "condition_groups",
)  # where fields sit in the API; people do not write these
CONDITIONS: Final = ("_filter", "_filters", "condition_groups")
BARE: Final = ("status", "unit", "editor_type")
PIECES: Final = re.compile(r"(?<=[.!?])\s+|(?=<(?!/))")  # sentences, and tags with what they hold
Keys = tuple[str | int, ...]


def keys_of(path: str) -> Keys:
    """Return the keys of a path such as ``data.branches[0].name``."""
    return tuple(
        int(found[1]) if found[1] is not None else found[2] or found[3] or found[4] or ""
        for found in KEYS.finditer(path)
    )


def path_of(keys: Keys) -> str:
    """Return the path of keys, as ``keys_of`` reads it."""
    parts = (f".{key}" if isinstance(key, str) and key.isidentifier() else f"[{key!r}]" for key in keys)
    return "".join(parts).removeprefix(".")


def look(value: Any, keys: Keys) -> Any:
    """Return what stands in plain data under keys; None where there is nothing."""
    for key in keys:
        if isinstance(value, Mapping):
            value = value.get(key)
        elif isinstance(value, list) and isinstance(key, int):
            value = value[key] if key < len(value) else None
        else:
            return None
    return value


def path_words(keys: Keys) -> str:
    """Return a path in words: ``subject line``, ``branch 2 name``; what only the API nests is left out."""
    out: list[str] = []
    for key in keys:
        if isinstance(key, int):
            plural = out.pop() if out else "item"
            out.append(f"{plural.removesuffix('es' if plural.endswith('ches') else 's')} {key + 1}")
        elif key not in OUTER:
            inside = key.removeprefix("branch_") if out else key
            out.append(one_line(inside.replace("_", " ")))
    return " ".join(out) or str(keys[0])


def value_words(value: Any, key: str | int = "", names: Names | None = None) -> str:
    """Return a value as people write it, on one line of limited length; empty for nothing."""
    if value is None:
        return ""
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, int | float):
        return number(value)
    if isinstance(value, Mapping) and "condition_groups" in value:
        return shorten(statement(value, names or {}), LONGEST_VALUE)
    if not isinstance(value, str):
        return shorten(json.dumps(value, ensure_ascii=False), LONGEST_VALUE)
    said = shorten(named(value, names or {}), LONGEST_VALUE)
    return said if key in BARE else f"“{said}”"


def field_views(
    old: Any, new: Any, changes: Iterable[FieldChange], names: Names, kind: str = ""
) -> tuple[FieldView, ...]:
    """Return the differences of two values in words; what ``changes``' paths start from stands in ``old`` and ``new``.

    Differences inside one filter are told as one: the whole filter before and after, in words.
    """
    by_filter: dict[Keys, list[FieldChange]] = {}
    found: list[FieldView] = []
    for change in changes:
        root = _filter_root(keys_of(change.path))
        if root is None:
            found.append(_field(change, names, kind))
        else:
            by_filter.setdefault(root, []).append(change)
    for root, inside in by_filter.items():
        whole = _whole(look(old, root), look(new, root), root, names)
        found += [whole] if whole else [_field(change, names, kind) for change in inside]
    return tuple(found)


def raw_fields(changes: Iterable[FieldChange], kind: str) -> tuple[RawField, ...]:
    """Return the differences as data, without what may be secret."""
    out = []
    for change in changes:
        keys = keys_of(change.path)
        out.append(
            RawField(
                change.path,
                *(shown(value, keys, kind) for value in (change.old, change.new)),
            )
        )
    return tuple(out)


def shown(value: Any, keys: Keys, kind: str) -> Any:
    """Return a value that may be shown: of a webhook's address only the host, of its headers only the names."""
    if kind != "send-webhook" or value is None:
        return value
    if isinstance(value, Mapping):
        return {key: shown(item, (*keys, key), kind) for key, item in value.items()}
    if "headers" in keys:
        return HIDDEN
    if keys[-1:] == ("url",):
        host = urlsplit(str(value)).hostname  # the rest of an address may hold a secret
        return f"https://{host}/… {HIDDEN}" if host else HIDDEN
    return value


def text_lines(change: FieldChange) -> tuple[str, ...]:
    """Return a unified diff without its two header lines, and without signs that a terminal would obey.

    Lines that are long themselves are compared sentence by sentence and tag by tag, so that one word does not
    repeat a whole mail.
    """
    sides = [side.splitlines() for side in (change.old, change.new)]
    lines = change.text.split("\n")
    if any(len(line) > LONG_TEXT for line in lines):
        old, new = ([piece for line in side for piece in _pieces(line)] for side in sides)
        lines = list(difflib.unified_diff(old, new, lineterm="")) or lines  # only blanks differ
    return tuple(_line(line) for line in lines[2:])


def _pieces(line: str) -> list[str]:
    return [piece for piece in PIECES.split(line) if piece.strip()] if len(line) > LONG_TEXT else [line]


def _line(line: str) -> str:
    mark, rest = line[:1], line[1:]
    indent = len(rest) - len(rest.lstrip(" \t"))
    return (mark + " " * indent + one_line(rest)).rstrip()


def _filter_root(keys: Keys) -> Keys | None:
    """Return the keys down to the filter that a path leads into."""
    for place, key in enumerate(keys):
        if isinstance(key, str) and key.endswith(CONDITIONS):
            return keys[: place if key == "condition_groups" else place + 1]
    return None


def _whole(old: Any, new: Any, root: Keys, names: Names) -> FieldView | None:
    """Return both filters as sentences; None where a side is no such filter, or the sentences are the same."""
    sides = [side for side in (old, new) if side is not None]
    if not all(isinstance(side, Mapping) and "condition_groups" in side for side in sides):
        return None
    before, after = (one_line(statement(side, names)) if side else "" for side in (old, new))
    return None if before == after else FieldView(path_words(root), before, after)


def _field(change: FieldChange, names: Names, kind: str) -> FieldView:
    keys = keys_of(change.path)
    what = path_words(keys)
    old, new = shown(change.old, keys, kind), shown(change.new, keys, kind)
    if change.text and (old, new) == (change.old, change.new):
        return FieldView(what, "", "", text_lines(change))
    before, after = (value_words(value, keys[-1], names) for value in (old, new))
    return FieldView(what, before, after)
