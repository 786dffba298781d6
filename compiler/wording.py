"""Schema errors in words: what is wrong with a value, and what would be right."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from compiler import kinds
from compiler.codecs.shapes import OPERATORS
from compiler.diagnostics import nearest

TYPES = {
    "string": "a text", "number": "a number", "integer": "a whole number", "boolean": "true or false",
    "array": "a list", "object": "a mapping", "null": "nothing",
}  # fmt: skip
# Code, message, path in the document, and whether it speaks of the key rather than its value.
Finding = tuple[str, str, tuple[Any, ...], bool]


@dataclass(frozen=True, slots=True)
class Objection:
    """One error of jsonschema, as the words need it: the rule with its value, what it judged, and where."""

    rule: str
    value: Any
    schema: Any
    instance: Any
    message: str
    path: tuple[Any, ...]
    data: Any

    @property
    def name(self) -> str:
        """The innermost key of the path."""
        return next((str(key) for key in reversed(self.path) if isinstance(key, str)), "this")


def words(said: Objection) -> Iterator[Finding]:
    """Yield what an objection means for the author."""
    yield from WORDS[said.rule](said)


def _additional(said: Objection) -> Iterator[Finding]:
    known = [name for name, prop in said.schema["properties"].items() if "not" not in prop]
    for name in said.instance:
        if name not in known:
            yield (*_unknown(name, known, said.instance, said.path, said.data), (*said.path, name), True)


def _unknown(
    name: str, known: list[str], body: Mapping[str, Any], path: tuple[Any, ...], data: Any
) -> tuple[str, str]:
    hint = nearest(name, known)
    if _is_step(path):
        return _unknown_step(name, body, hint)
    if "any" in known:
        return _unknown_condition(name, known, hint)
    if path == ("trigger",):
        return "F202", f'unknown trigger "{name}"{hint or nearest(name, kinds.names("triggers"))}'
    if not path:
        return "F202", f'a {data.get("kind")} has no "{name}"{hint}'
    return "F202", f'no field "{name}" here{hint or _listed(known)}'


def _unknown_step(name: str, body: Mapping[str, Any], hint: str) -> tuple[str, str]:
    actions = kinds.kinds("actions")
    owner = next((key for key in body if key in actions and name in actions[key].schema["properties"]), None)
    if owner is not None:
        return "F204", f'"{name}" is a field of {owner}; indent it below {owner}'
    return "F202", f'unknown step "{name}"{hint}'


def _unknown_condition(name: str, known: list[str], hint: str) -> tuple[str, str]:
    conditions = kinds.kinds("conditions")
    if name in conditions:
        return (
            "F205",
            f"{name} cannot stand here; these can: {', '.join(each for each in known if each in conditions)}",
        )
    return "F202", f'unknown condition "{name}"{hint}'


def _listed(known: list[str]) -> str:
    fields = [name for name in known if name not in OPERATORS and name != "filter"]
    return f" ({', '.join(fields)})" if 0 < len(fields) <= 12 else ""


def _is_step(path: tuple[Any, ...]) -> bool:
    return len(path) >= 2 and isinstance(path[-1], int) and path[-2] in ("steps", "then", "else")


def _required(said: Objection) -> Iterator[Finding]:
    for name in said.value:
        if name not in said.instance:
            owner = said.name if said.path else "the document"
            yield "F203", f'{owner} needs "{name}"', said.path, True


def _type(said: Objection) -> Iterator[Finding]:
    wanted = [said.value] if isinstance(said.value, str) else list(said.value)
    value = said.instance
    words = " or ".join(TYPES[name] for name in wanted if name != "null")
    name = said.name
    if "string" in wanted and isinstance(value, bool | int | float):
        text = str(value).lower() if isinstance(value, bool) else value
        yield "F206", f'{name} is {words}; quote it: "{text}"', said.path, False
        return
    if (
        isinstance(value, Mapping)
        and len(value) == 1
        and "string" in wanted
        and next(iter(value)).startswith("{")
    ):
        yield "F206", f'{name} is a text; quote it: "{{{{ ... }}}}"', said.path, False
        return
    yield "F206", f"{name} is {words}, not {shown(value)}", said.path, False


def shown(value: Any) -> str:
    """Return a value as a message shows it."""
    if value is None:
        return "nothing"
    if isinstance(value, Mapping):
        return "a mapping"
    if isinstance(value, list):
        return "a list"
    text = str(value).lower() if isinstance(value, bool) else str(value)
    return f'"{text if len(text) <= 60 else text[:57] + "..."}"'


def _enum(said: Objection) -> Iterator[Finding]:
    words = [str(word) for word in said.value if word is not None]
    hint = nearest(str(said.instance), words)
    name = said.name
    listed = f"; it is one of {', '.join(words)}" if len(words) <= 12 else ""
    yield "F207", f"{name} cannot be {shown(said.instance)}{hint or listed}", said.path, False


def _const(said: Objection) -> Iterator[Finding]:
    name = said.name
    wanted = str(said.value).lower() if isinstance(said.value, bool) else said.value
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
        f"{key}: {str(value).lower() if isinstance(value, bool) else value}"
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
    "additionalProperties": _additional,
    "required": _required,
    "type": _type,
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
