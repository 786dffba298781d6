"""Reads catalogs: the shipped one, then the project's own, whose entries extend or override it."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Any, Final

from compiler import kinds
from compiler.coverage.model import STAGES, Entry, Param
from compiler.coverage.roles import ROLES
from compiler.diagnostics import Problems, nearest
from compiler.positions import locate
from compiler.source import Source, load

SHIPPED: Final = "catalog/lifecycle.yaml"
VALUES: Final[Mapping[str, float]] = {
    "revenue-recovery": 1.0,
    "retention": 0.9,
    "high-intent": 0.85,
    "consent-safe-growth": 0.75,
    "loyalty": 0.75,
    "deliverability": 0.6,
    "personalization": 0.55,
    "routing": 0.5,
}
CADENCES: Final = ("weekly", "monthly", "quarterly", "yearly")
ADAPTS: Final = ("buying_cycle", "average_order", "engaged_window", "last_year")
KEYS: Final = (
    "key", "stage", "title", "rule", "params", "value", "uses", "cadence", "needs", "source", "basis",
    "definition", "skip",
)  # fmt: skip
PARAM_KEYS: Final = ("type", "default", "minimum", "maximum", "adapts", "description")
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
                merged.pop(key, None)
            elif _fits(source, place, entry, data, problems):
                merged[key] = (entry, (source, place))
    found = [_entry(data, origin) for data, origin in merged.values()]
    order = {stage: number for number, stage in enumerate(STAGES)}
    return tuple(sorted(found, key=lambda entry: order.get(entry.stage, len(order))))


def _over(before: Mapping[str, Any], own: Mapping[str, Any]) -> dict[str, Any]:
    """Return an entry with the fields that a later catalog gives; thresholds are replaced one by one."""
    entry = {**before, **own}
    known, given = before.get("params"), own.get("params")
    if isinstance(known, Mapping) and isinstance(given, Mapping):
        both = {name: known.get(name, about) for name, about in {**known, **given}.items()}
        entry["params"] = {
            name: {**about, **given[name]}
            if name in known and isinstance(given.get(name), Mapping)
            else given.get(name, about)
            for name, about in both.items()
        }
    return entry


def _entries(source: Source, problems: Problems) -> Iterator[tuple[Path, dict[str, Any]]]:
    """Yield each entry of one catalog with its path; a key that stands twice is a contradiction."""
    rows = source.data.get("entries") if isinstance(source.data, Mapping) else None
    if not isinstance(rows, list):
        problems.add("F740", "a catalog needs entries, a list of audiences", locate(source, ()))
        return
    seen: set[str] = set()
    for index, row in enumerate(rows):
        place = ("entries", index)
        if not isinstance(row, Mapping) or not isinstance(row.get("key"), str):
            problems.add("F740", "an entry needs its key, by which specs name it", locate(source, place))
        elif row["key"] in seen:
            says = f'the catalog contradicts itself: "{row["key"]}" is here twice; only the first counts'
            problems.add("F741", says, locate(source, (*place, "key")))
        else:
            seen.add(row["key"])
            yield place, dict(row)


def _fits(
    source: Source, place: Path, entry: Mapping[str, Any], own: Mapping[str, Any], problems: Problems
) -> bool:
    """Say whether a merged entry can be used; what is wrong is diagnosed where its own catalog says it."""
    mistakes = list(_mistakes(entry, own))
    for code, message, *keys in mistakes:
        path = (*place, *keys) if keys and keys[0] in own else place
        problems.add(code, message, locate(source, path))
    return not mistakes


Mistake = tuple[str, ...]


def _mistakes(entry: Mapping[str, Any], own: Mapping[str, Any]) -> Iterator[Mistake]:
    """Yield (code, message, keys...) of everything that is wrong with an entry."""
    for name in own:
        if name not in KEYS:
            yield "F740", f'an entry has no "{name}"{nearest(name, KEYS)}', name
    for name, kind in (("stage", str), ("title", str), ("definition", list)):
        if not isinstance(entry.get(name), kind) or not entry[name]:
            yield "F740", f'the entry "{entry["key"]}" needs its {name}', name
    value, cadence = str(entry.get("value", "routing")), str(entry.get("cadence", "quarterly"))
    if value not in VALUES:
        yield "F740", f'"{value}" is no value class{nearest(value, VALUES)}', "value"
    if cadence not in CADENCES:
        yield "F740", f'"{cadence}" is no cadence; one of {", ".join(CADENCES)}', "cadence"
    for role in entry.get("needs") or ():
        if role not in ROLES:
            yield "F742", f'there is no metric role "{role}"{nearest(str(role), ROLES)}', "needs"
    yield from _threshold_mistakes(entry.get("params") or {})


def _threshold_mistakes(params: Any) -> Iterator[Mistake]:
    if not isinstance(params, Mapping):
        yield "F740", "params is a mapping of names to thresholds", "params"
        return
    for name, about in params.items():
        for message in _param_mistakes(name, about):
            yield "F741" if "contradicts" in message else "F740", message, "params", name


def _param_mistakes(name: str, about: Any) -> Iterator[str]:
    if not isinstance(about, Mapping):
        yield f'the parameter "{name}" needs a mapping such as {{type: integer, default: 30}}'
        return
    for key in about:
        if key not in PARAM_KEYS:
            yield f'a parameter has no "{key}"{nearest(key, PARAM_KEYS)}'
    low, high, default = (about.get(key) for key in ("minimum", "maximum", "default"))
    if any(value is not None and not isinstance(value, int | float) for value in (low, high)):
        yield f'minimum and maximum of "{name}" are numbers'
    elif low is not None and high is not None and low > high:
        yield f'the parameter "{name}" contradicts itself: its minimum {low} is above its maximum {high}'
    elif isinstance(default, int | float) and (
        (low is not None and default < low) or (high is not None and default > high)
    ):
        yield f'the parameter "{name}" contradicts itself: its default {default} is outside its range'
    adapts = about.get("adapts")
    if adapts is not None and (not isinstance(adapts, Mapping) or adapts.get("to") not in ADAPTS):
        yield f'"{name}" adapts to one of {", ".join(ADAPTS)}, as in {{to: buying_cycle, times: 1.5}}'


def _entry(data: Mapping[str, Any], origin: tuple[Source, Path]) -> Entry:
    return Entry(
        key=data["key"],
        stage=data["stage"],
        title=data["title"],
        rule=str(data.get("rule") or data["title"]),
        value=data.get("value", "routing"),
        uses=tuple(data.get("uses") or ()),
        cadence=data.get("cadence", "quarterly"),
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
