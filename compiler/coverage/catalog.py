"""Reads catalogs: the shipped one, then the project's own, whose entries extend or override it."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Any, Final

from compiler import kinds
from compiler.coverage.mistakes import mistakes_of
from compiler.coverage.model import STAGES, Entry, Param
from compiler.diagnostics import Problems, Span, nearest
from compiler.positions import locate
from compiler.source import Source, load

SHIPPED: Final = "catalog/lifecycle.yaml"
Path = tuple[Any, ...]


def shipped(problems: Problems) -> Source:
    """Return the catalog that comes with flowc."""
    path = kinds.SCHEMAS / SHIPPED
    return load(SHIPPED, path.read_bytes(), problems)


def read_catalog(sources: Iterable[Source], problems: Problems) -> tuple[Entry, ...]:
    """Return the entries of catalogs read one after the other, in the order of stages.

    An entry of a later catalog replaces the fields (and the thresholds, one by one) that it gives of the entry with
    its key; ``skip: true`` takes one out. What is wrong with an entry is a diagnostic at its place, and that entry is left out.
    """
    merged: dict[str, tuple[dict[str, Any], tuple[Source, Path]]] = {}
    for source in sources:
        for place, data in _entries(source, problems):
            key = data["key"]
            entry = _over(merged[key][0], data) if key in merged else data
            if data.get("skip") is True:
                _skip(key, merged, locate(source, (*place, "key")), problems)
                continue
            mistakes = list(mistakes_of(entry, data, merged))
            for mistake in mistakes:
                span = locate(source, (*place, *mistake.path), key=mistake.at_key)
                problems.add(mistake.code, mistake.message, span)
            if not mistakes:
                merged[key] = (entry, (source, place))
    found = [_entry(data, origin) for data, origin in merged.values()]
    order = {stage: number for number, stage in enumerate(STAGES)}
    return tuple(sorted(found, key=lambda entry: order.get(entry.stage, len(order))))


def _skip(key: str, merged: dict[str, Any], span: Span, problems: Problems) -> None:
    """Take out an entry; one that no catalog before has is most likely mistyped."""
    if merged.pop(key, None) is None:
        problems.add(
            "F743", f'no catalog before has the entry "{key}"{nearest(key, merged)}', span, "warning"
        )


def _over(before: Mapping[str, Any], own: Mapping[str, Any]) -> dict[str, Any]:
    """Return an entry with the fields that a later catalog gives; thresholds are replaced one by one."""
    entry = {**before, **own}
    known, given = before.get("params"), own.get("params")
    if isinstance(known, Mapping) and isinstance(given, Mapping):
        changed = {name: _threshold(known.get(name), about) for name, about in given.items()}
        entry["params"] = {**known, **changed}
    return entry


def _threshold(before: Any, own: Any) -> Any:
    """Return a threshold with what a later catalog says of it; a default that it gives holds in every account."""
    if not isinstance(before, Mapping) or not isinstance(own, Mapping):
        return own
    kept = {key: value for key, value in before.items() if key != "adapts" or "default" not in own}
    return {**kept, **own}


def _entries(source: Source, problems: Problems) -> Iterator[tuple[Path, dict[str, Any]]]:
    """Yield each entry of one catalog with its path; a key that stands twice is a contradiction."""
    rows = source.data.get("entries") if isinstance(source.data, Mapping) else None
    if not isinstance(rows, list):
        problems.add("F740", "a catalog needs entries, a list of audiences", locate(source, ()))
        return
    seen: set[str] = set()
    for index, row in enumerate(rows):
        place = ("entries", index)
        if not isinstance(row, Mapping) or not isinstance(row.get("key"), str) or not row["key"]:
            says = "an entry needs its key, the text by which specs name it"
            problems.add("F740", says, locate(source, (*place, "key")))
        elif row["key"] in seen:
            says = f'the catalog contradicts itself: "{row["key"]}" is here twice; only the first counts'
            problems.add("F741", says, locate(source, (*place, "key")))
        else:
            seen.add(row["key"])
            yield place, dict(row)


def _entry(data: Mapping[str, Any], origin: tuple[Source, Path]) -> Entry:
    return Entry(
        key=data["key"],
        stage=data["stage"],
        title=data["title"],
        rule=str(data.get("rule") or data["title"]),
        value=data.get("value") or "routing",
        uses=tuple(data.get("uses") or ()),
        cadence=data.get("cadence") or "quarterly",
        needs=tuple(data.get("needs") or ()),
        source=str(data.get("source") or ""),
        basis=str(data.get("basis") or ""),
        definition=tuple(data["definition"]),
        params=tuple(_param(name, about) for name, about in (data.get("params") or {}).items()),
        origin=origin,
    )


def _param(name: str, about: Mapping[str, Any]) -> Param:
    adapts = about.get("adapts") or {}
    return Param(
        name,
        str(about.get("type") or "string"),
        about.get("default"),
        about.get("minimum"),
        about.get("maximum"),
        str(adapts.get("to") or ""),
        float(adapts.get("times", 1)),
        float(adapts.get("plus", 0)),
    )
