"""A fragment's handles under the id of its use; its jumps stay within it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from compiler.diagnostics import nearest
from compiler.expand.document import Place
from compiler.resolve import kind_of


def renamed(steps: list[Any], prefix: str, place: Place) -> list[Any]:
    """Return a fragment's steps with its ids under the use's; jumps stay within the fragment."""
    own = set(_ids(steps))
    return [_rename(step, prefix, own, place.at(index)) for index, step in enumerate(steps)]


def _ids(value: Any) -> Iterator[str]:
    if isinstance(value, Mapping):
        if isinstance(value.get("id"), str) and (kind_of(value) != "raw" or "raw" in value):
            yield value["id"]
        for key, item in value.items():
            if key != "id":
                yield from _ids(item)
    elif isinstance(value, list):
        for item in value:
            yield from _ids(item)


def _rename(step: Any, prefix: str, own: set[str], place: Place) -> Any:
    if not isinstance(step, Mapping):
        return step
    out = dict(step)
    if "id" in step and "use" not in step:
        out["id"] = f"{prefix}{step['id']}"
    elif "use" in step:
        out["id"] = f"{prefix}{step.get('id') or str(step['use']).rsplit('/', 1)[-1].split('.')[0]}"
        return out
    for key in ("next", "then", "else"):
        if key in step:
            out[key] = _rename_way(step[key], prefix, own, place.at(key))
    kind = kind_of(step)
    body = step.get(kind)
    if kind != "raw" and isinstance(body, Mapping):
        inner = dict(body)
        for key in ("then", "else"):
            if key in inner:
                inner[key] = _rename_way(inner[key], prefix, own, place.at(kind, key))
        if isinstance(inner.get("branches"), list):
            inner["branches"] = [
                {
                    **branch,
                    "then": _rename_way(
                        branch["then"], prefix, own, place.at(kind, "branches", index, "then")
                    ),
                }
                if isinstance(branch, Mapping) and "then" in branch
                else branch
                for index, branch in enumerate(inner["branches"])
            ]
        out[kind] = inner
    return out


def _rename_way(way: Any, prefix: str, own: set[str], place: Place) -> Any:
    if isinstance(way, list):
        return [_rename(step, prefix, own, place.at(index)) for index, step in enumerate(way)]
    if way in ("end", "none") or not isinstance(way, str):
        return way
    if way not in own:
        raise place.wrong("F111", f'a fragment cannot lead out to "{way}"{nearest(way, [*own, "end"])}')
    return f"{prefix}{way}"
