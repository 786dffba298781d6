"""What each rule of JSON Schema means for an author."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any, Final

from compiler import kinds
from compiler.codecs.shapes import OPERATORS
from compiler.diagnostics import nearest
from compiler.wording.objection import Finding, Objection, shown, spelled
from compiler.wording.types import wrong_type
from compiler.wording.unknown import other_kind, unknown_names

ZONES: Final = ("profile", "UTC", "Europe/Berlin", "America/New_York")


def words(said: Objection) -> Iterator[Finding]:
    """Yield what an objection means for the author."""
    yield from WORDS[said.rule](said)


def _required(said: Objection) -> Iterator[Finding]:
    if other_kind(said):
        return
    for name in said.value:
        if name not in said.instance:
            owner = said.name if said.path else "the document"
            yield "F203", f'{owner} needs "{name}"', said.path, True


def _enum(said: Objection) -> Iterator[Finding]:
    words = [str(word) for word in said.value if word is not None]
    hint = nearest(str(said.instance), words)
    name = said.name
    yield "F207", f"{name} cannot be {shown(said.instance)}{hint or _choice(words)}", said.path, False


def _choice(words: list[str]) -> str:
    """Return the words that can stand in a place; of many, some."""
    if len(words) <= 12:
        return f"; it is one of {', '.join(words)}"
    some = [word for word in ZONES if word in words] or words[:4]
    return f"; write one such as {', '.join(some)}"


def _const(said: Objection) -> Iterator[Finding]:
    name = said.name
    wanted = spelled(said.value)
    if name in ("is-set", "not-set") and said.instance is False:
        other = {"is-set": "not-set", "not-set": "is-set"}[name]
        yield "F207", f'write "{other}: true" instead of "{name}: false"', said.path, False
    else:
        yield "F207", f"{name} can only be {wanted}", said.path, False


def _never(said: Objection) -> Iterator[Finding]:
    name = said.path[-1]
    body: Any = said.data
    for key in said.path[:-1]:
        body = body[key]
    other = next((key for key in body if key in kinds.kinds("actions") and key != name), None)
    if name in kinds.kinds("actions") and other is not None:
        yield (
            "F204",
            f"two kinds in one item, {other} and {name}; did you forget a dash, or to indent?",
            said.path,
            True,
        )
        return
    beside = ", ".join(
        f"{key}: {spelled(value)}"
        for key, value in body.items()
        if key != name and not isinstance(value, list | dict)
    )
    yield "F208", f'"{name}" does not go with {beside or "the rest"}', said.path, True


def _any_of(said: Objection) -> Iterator[Finding]:
    names = [option["required"][0] for option in said.value if "required" in option]
    shown = [name for name in names if name not in ("filter", "raw")]
    if not OPERATORS & set(shown):
        yield "F203", f"needs {' or '.join(shown)}", said.path, True
    elif not any(key in OPERATORS or key == "filter" for key in said.instance):
        yield (
            "F203",
            f"needs an operator, such as {', '.join(shown[:6])}{', ...' if len(shown) > 6 else ''}",
            said.path,
            True,
        )


def _pattern(said: Objection) -> Iterator[Finding]:
    name = said.name
    if name == "id":
        yield (
            "F207",
            f"{shown(said.instance)} is no handle; start with a letter, go on with letters, digits, - and _ (not end or none)",
            said.path,
            False,
        )
    elif "time" in name:
        yield "F207", f'{shown(said.instance)} is no time of day; write one like "09:30"', said.path, False
    elif name == "reviewed":
        yield "F207", f"{shown(said.instance)} is no day; write one like 2026-10-31", said.path, False
    elif not str(said.instance).strip():
        yield "F207", f"{name} is blank; write what the account should call it", said.path, False
    else:
        yield "F207", f"{name} cannot be {shown(said.instance)}", said.path, False


def _bounds(said: Objection) -> Iterator[Finding]:
    name = said.name
    words = {"minimum": "at least", "maximum": "at most"}
    yield (
        "F207",
        f"{name} is {words[said.rule]} {said.value}, not {said.instance}",
        said.path,
        False,
    )


def _items(said: Objection) -> Iterator[Finding]:
    name = said.name
    yield "F207", f"{name} needs {said.value} values, not {len(said.instance)}", said.path, False


def _empty(said: Objection) -> Iterator[Finding]:
    yield "F203", "an empty mapping; it needs one key that says what it is", said.path, False


def _one(said: Objection) -> Iterator[Finding]:
    yield "F207", f"only one of {', '.join(said.instance)}", said.path, False


WORDS: dict[str, Callable[[Objection], Iterator[Finding]]] = {
    "additionalProperties": unknown_names,
    "required": _required,
    "type": wrong_type,
    "enum": _enum,
    "const": _const,
    "not": _never,
    "anyOf": _any_of,
    "pattern": _pattern,
    "minimum": _bounds,
    "maximum": _bounds,
    "minItems": _items,
    "maxItems": _items,
    "minProperties": _empty,
    "maxProperties": _one,
}
