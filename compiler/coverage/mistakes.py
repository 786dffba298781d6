"""What is wrong with an entry of a catalog: its fields, its metric roles, its thresholds."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Final

from compiler.coverage.model import VALUES
from compiler.coverage.roles import ROLES
from compiler.diagnostics import nearest
from compiler.schema.fields import CADENCES
from compiler.wording import TYPES as WORDS
from compiler.wording import shown

ADAPTS: Final = ("buying_cycle", "average_order", "engaged_window", "last_year")
TEXTS: Final = ("stage", "title", "rule", "value", "cadence", "source", "basis")
TEXT_LISTS: Final = ("uses", "needs")
LISTS: Final = (*TEXT_LISTS, "definition")
NEEDED: Final = ("stage", "title", "definition")
KEYS: Final = ("key", *TEXTS, *LISTS, "params", "skip")
PARAM_KEYS: Final = ("type", "default", "minimum", "maximum", "adapts", "description")
TYPES: Final[Mapping[str, tuple[type, ...]]] = {
    "string": (str,),
    "integer": (int,),
    "number": (int, float),
    "boolean": (bool,),
    "array": (list,),
}
NUMBERS: Final = ("integer", "number")
LARGEST: Final = 1_000_000  # by which a figure of an account is multiplied, or that is added to it
Path = tuple[Any, ...]


@dataclass(frozen=True, slots=True)
class Mistake:
    """One mistake: its code and sentence, where in the entry it stands, and whether at the key or at its value."""

    code: str
    message: str
    path: Path = ()
    at_key: bool = False


def mistakes_of(
    entry: Mapping[str, Any], own: Mapping[str, Any], known: Collection[str]
) -> Iterator[Mistake]:
    """Yield what is wrong with an entry that has its key; ``own`` is what its own catalog says of it.

    ``known`` are the keys of entries before it: one that lacks a field may have been meant for one of these.
    """
    for name in own:
        if name not in KEYS:
            yield Mistake("F740", f'an entry has no "{name}"{nearest(name, KEYS)}', (name,), at_key=True)
    key = entry["key"]
    lacking = [name for name in NEEDED if entry.get(name) in (None, "", [])]
    if lacking:
        meant = nearest(key, known) if key not in known else ""
        yield Mistake("F740", f'the entry "{key}" needs its {" and its ".join(lacking)}{meant}')
    yield from _shapes(entry)
    yield from _words(entry)
    yield from _params(entry.get("params"))


def _shapes(entry: Mapping[str, Any]) -> Iterator[Mistake]:
    """Yield the fields that are no text, no list, or no list of texts; one without a value is not there."""
    kinds = {**dict.fromkeys(TEXTS, "string"), **dict.fromkeys(LISTS, "array"), "skip": "boolean"}
    for name, kind in kinds.items():
        value = entry.get(name)
        if value is not None and not isinstance(value, TYPES[kind]):
            yield Mistake("F740", f"{name} is {WORDS[kind]}, not {shown(value)}", (name,))
    for name in TEXT_LISTS:
        for place, item in enumerate(_listed(entry, name)):
            if not isinstance(item, str):
                yield Mistake("F740", f"{name} is a list of texts, not of {shown(item)}", (name, place))


def _words(entry: Mapping[str, Any]) -> Iterator[Mistake]:
    """Yield the words that must be among those that flowc knows."""
    value, cadence = entry.get("value"), entry.get("cadence")
    if isinstance(value, str) and value not in VALUES:
        yield Mistake("F740", f'"{value}" is no value class{nearest(value, VALUES)}', ("value",))
    if isinstance(cadence, str) and cadence not in CADENCES:
        yield Mistake("F740", f'"{cadence}" is no cadence; one of {", ".join(CADENCES)}', ("cadence",))
    for place, role in enumerate(_listed(entry, "needs")):
        if isinstance(role, str) and role not in ROLES:
            yield Mistake("F742", f'there is no metric role "{role}"{nearest(role, ROLES)}', ("needs", place))


def _listed(entry: Mapping[str, Any], name: str) -> list[Any]:
    value = entry.get(name)
    return value if isinstance(value, list) else []


def _params(params: Any) -> Iterator[Mistake]:
    if params is None:
        return
    if not isinstance(params, Mapping):
        yield Mistake("F740", "params is a mapping of names to thresholds", ("params",))
        return
    for name, about in params.items():
        if not isinstance(about, Mapping):
            says = f'the parameter "{name}" needs a mapping such as {{type: integer, default: 30}}'
            yield Mistake("F740", says, ("params", name))
            continue
        for mistake in (*_fields(name, about), *_range(name, about), *_adapts(name, about)):
            yield Mistake(
                mistake.code, mistake.message, ("params", name, *mistake.path), at_key=mistake.at_key
            )


def _fields(name: str, about: Mapping[str, Any]) -> Iterator[Mistake]:
    """Yield unknown fields of a parameter, an unknown type, and a default of another type."""
    for key in about:
        if key not in PARAM_KEYS:
            yield Mistake(
                "F740", f'a parameter has no "{key}"{nearest(key, PARAM_KEYS)}', (key,), at_key=True
            )
    kind, default = about.get("type"), about.get("default")
    if kind is None:
        return
    if not isinstance(kind, str) or kind not in TYPES:
        yield Mistake("F740", f'{shown(kind)} is no type of "{name}"; one of {", ".join(TYPES)}', ("type",))
    elif default is not None and (
        not isinstance(default, TYPES[kind]) or isinstance(default, bool) != (kind == "boolean")
    ):
        says = f'the default of "{name}" is {WORDS[kind]}, not {shown(default)}'
        yield Mistake("F740", f"{says}; quote it" if kind == "string" else says, ("default",))


def _range(name: str, about: Mapping[str, Any]) -> Iterator[Mistake]:
    """Yield ends that are no numbers, and a range that contradicts itself or the default."""
    low, high, default = (about.get(key) for key in ("minimum", "maximum", "default"))
    contradicts = f'the parameter "{name}" contradicts itself:'
    no_numbers = [
        key for key in ("minimum", "maximum") if about.get(key) is not None and not _number(about[key])
    ]
    if no_numbers:
        yield Mistake("F740", f'minimum and maximum of "{name}" are numbers', (no_numbers[0],))
    elif low is not None and high is not None and low > high:
        yield Mistake("F741", f"{contradicts} its minimum {low} is above its maximum {high}")
    elif _number(default) and ((low is not None and default < low) or (high is not None and default > high)):
        yield Mistake("F741", f"{contradicts} its default {default} is outside its range", ("default",))


def _adapts(name: str, about: Mapping[str, Any]) -> Iterator[Mistake]:
    adapts = about.get("adapts")
    if adapts is None:
        return
    if not isinstance(adapts, Mapping) or adapts.get("to") not in ADAPTS:
        says = f'"{name}" adapts to one of {", ".join(ADAPTS)}, as in {{to: buying_cycle, times: 1.5}}'
        yield Mistake("F740", says, ("adapts",))
        return
    for key, value in adapts.items():
        if key not in ("to", "times", "plus"):
            says = f'adapts has no "{key}"{nearest(key, ("to", "times", "plus"))}'
            yield Mistake("F740", says, ("adapts", key), at_key=True)
        elif key != "to" and (not _number(value) or abs(value) > LARGEST):
            says = f'{key} of "{name}" is a number up to {LARGEST:,}, not {shown(value)}'
            yield Mistake("F740", says, ("adapts", key))
    if about.get("type", "number") not in NUMBERS:
        yield Mistake("F740", f'"{name}" adapts, so its type is integer or number', ("adapts",))


def _number(value: Any) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)
