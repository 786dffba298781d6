"""Judges an expanded document by the JSON Schema of the language, and says what would be right.

jsonschema-rs gives the happy path its yes or no; jsonschema explains (the authority: where the two disagree, it
wins). Each error is a leaf: the schema decides every union by key or type.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from functools import cache
from typing import TYPE_CHECKING, Any

from compiler import kinds, schema
from compiler.codecs.filters import OPERATORS
from compiler.diagnostics import nearest

if TYPE_CHECKING:
    import jsonschema
    import jsonschema_rs

    from compiler.expand import Document

TYPES = {
    "string": "a text", "number": "a number", "integer": "a whole number", "boolean": "true or false",
    "array": "a list", "object": "a mapping", "null": "nothing",
}  # fmt: skip
Finding = tuple[str, str, tuple[Any, ...], bool]


@cache
def _quick(kind: str) -> jsonschema_rs.Validator:
    import jsonschema_rs  # noqa: PLC0415 - commands that validate nothing need not load it

    return jsonschema_rs.validator_for(schema.document(kind))


@cache
def _thorough(kind: str) -> jsonschema.protocols.Validator:
    from jsonschema import Draft202012Validator  # noqa: PLC0415 - loaded only to explain an error

    return Draft202012Validator(schema.document(kind))


def is_valid(kind: str, data: Any) -> bool:
    """Say whether data is a valid document of a kind."""
    return bool(_quick(kind).is_valid(data))


def validate(document: Document) -> list[Finding]:
    """Return what is wrong with a document: (code, message, path, at the key); empty where nothing is."""
    data = document.data
    kind = data.get("kind")
    if not isinstance(kind, str) or kind not in schema.DOCUMENTS:
        names = sorted(schema.DOCUMENTS)
        if kind is None:
            return [("F201", f"the document needs its kind, the first line: one of {', '.join(names)}", (), False)]
        return [("F201", f"{_shown(kind)} is no kind of document{nearest(str(kind), names)}", ("kind",), False)]
    if is_valid(kind, data):
        return []
    return list(explain(kind, data))


def explain(kind: str, data: Any) -> Iterator[Finding]:
    """Yield each schema error of a document in words."""
    seen = set()
    for error in _thorough(kind).iter_errors(data):
        for finding in _words(error, data):
            if finding not in seen and not (finding[0] == "F203" and _beside_raw(finding[2], data)):
                seen.add(finding)
                yield finding


def _beside_raw(path: tuple[Any, ...], data: Any) -> bool:
    """Say whether a value stands under a kind with ``raw`` beside it, which may hold what the kind needs."""
    for key in path:
        if isinstance(data, Mapping) and "raw" in data and key != "raw" and (key in kinds.kinds("actions") or key in kinds.kinds("conditions") or key in kinds.names("triggers")):
            return True
        data = data[key]
    return False


def _words(error: jsonschema.ValidationError, data: Any) -> Iterator[Finding]:
    path = tuple(error.absolute_path)
    write = WORDS.get(str(error.validator))
    if write is None:
        yield "F209", error.message, path, False
    else:
        yield from write(error, path, data)


def _additional(error: jsonschema.ValidationError, path: tuple[Any, ...], data: Any) -> Iterator[Finding]:
    known = [name for name, prop in error.schema["properties"].items() if "not" not in prop]
    for name in error.instance:
        if name not in known:
            yield (*_unknown(name, known, error.instance, path, data), (*path, name), True)


def _unknown(name: str, known: list[str], body: Mapping[str, Any], path: tuple[Any, ...], data: Any) -> tuple[str, str]:
    hint = nearest(name, known)
    if _is_step(path):
        owner = next((kind for kind in body if kind in kinds.kinds("actions") and name in kinds.kinds("actions")[kind].schema["properties"]), None)
        if owner is not None:
            return "F204", f'"{name}" is a field of {owner}; indent it below {owner}'
        return "F202", f'unknown step "{name}"{hint}'
    if name in kinds.kinds("conditions") and "any" in known:
        return "F205", f"{name} cannot stand here; these can: {', '.join(other for other in known if other in kinds.kinds('conditions'))}"
    if "any" in known:
        return "F202", f'unknown condition "{name}"{hint}'
    if path == ("trigger",):
        return "F202", f'unknown trigger "{name}"{hint or nearest(name, kinds.names("triggers"))}'
    if not path:
        return "F202", f'a {data.get("kind")} has no "{name}"{hint}'
    return "F202", f'no field "{name}" here{hint or _listed(known)}'


def _listed(known: list[str]) -> str:
    fields = [name for name in known if name not in OPERATORS and name != "filter"]
    return f" ({', '.join(fields)})" if 0 < len(fields) <= 12 else ""


def _is_step(path: tuple[Any, ...]) -> bool:
    return len(path) >= 2 and isinstance(path[-1], int) and path[-2] in ("steps", "then", "else")


def _required(error: jsonschema.ValidationError, path: tuple[Any, ...], _: Any) -> Iterator[Finding]:
    for name in error.validator_value:
        if name not in error.instance:
            owner = next((str(key) for key in reversed(path) if isinstance(key, str)), "the document")
            yield "F203", f'{owner} needs "{name}"', path, True


def _type(error: jsonschema.ValidationError, path: tuple[Any, ...], _: Any) -> Iterator[Finding]:
    wanted = [error.validator_value] if isinstance(error.validator_value, str) else list(error.validator_value)
    value = error.instance
    words = " or ".join(TYPES[name] for name in wanted if name != "null")
    name = next((str(key) for key in reversed(path) if isinstance(key, str)), "this")
    if "string" in wanted and isinstance(value, bool | int | float):
        said = str(value).lower() if isinstance(value, bool) else value
        yield "F206", f'{name} is {words}; quote it: "{said}"', path, False
        return
    if isinstance(value, Mapping) and len(value) == 1 and "string" in wanted and next(iter(value)).startswith("{"):
        yield "F206", f'{name} is a text; quote it: "{{{{ ... }}}}"', path, False
        return
    yield "F206", f"{name} is {words}, not {_shown(value)}", path, False


def _shown(value: Any) -> str:
    if value is None:
        return "nothing"
    if isinstance(value, Mapping):
        return "a mapping"
    if isinstance(value, list):
        return "a list"
    text = str(value).lower() if isinstance(value, bool) else str(value)
    return f'"{text if len(text) <= 60 else text[:57] + "..."}"'


def _enum(error: jsonschema.ValidationError, path: tuple[Any, ...], _: Any) -> Iterator[Finding]:
    words = [str(word) for word in error.validator_value if word is not None]
    hint = nearest(str(error.instance), words)
    name = next((str(key) for key in reversed(path) if isinstance(key, str)), "this")
    listed = f"; it is one of {', '.join(words)}" if len(words) <= 12 else ""
    yield "F207", f"{name} cannot be {_shown(error.instance)}{hint or listed}", path, False


def _const(error: jsonschema.ValidationError, path: tuple[Any, ...], _: Any) -> Iterator[Finding]:
    name = next((str(key) for key in reversed(path) if isinstance(key, str)), "this")
    wanted = str(error.validator_value).lower() if isinstance(error.validator_value, bool) else error.validator_value
    if name in ("is-set", "not-set") and error.instance is False:
        other = {"is-set": "not-set", "not-set": "is-set"}[name]
        yield "F207", f'write "{other}: true" instead of "{name}: false"', path, False
    else:
        yield "F207", f"{name} can only be {wanted}", path, False


def _never(error: jsonschema.ValidationError, path: tuple[Any, ...], data: Any) -> Iterator[Finding]:
    name = path[-1]
    body: Any = data
    for key in path[:-1]:
        body = body[key]
    other = next((key for key in body if key in kinds.kinds("actions") and key != name), None)
    if name in kinds.kinds("actions") and other is not None:
        yield "F204", f"two kinds in one item, {other} and {name}; did you forget a dash, or to indent?", path, True
        return
    beside = ", ".join(f"{key}: {str(value).lower() if isinstance(value, bool) else value}" for key, value in body.items() if key != name and not isinstance(value, list | dict))
    yield "F208", f'"{name}" does not go with {beside or "the rest"}', path, True


def _any_of(error: jsonschema.ValidationError, path: tuple[Any, ...], _: Any) -> Iterator[Finding]:
    names = [option["required"][0] for option in error.validator_value if "required" in option]
    shown = [name for name in names if name not in ("filter", "raw")]
    if not OPERATORS & set(shown):
        yield "F203", f"needs {' or '.join(shown)}", path, True
    elif not any(key in OPERATORS or key == "filter" for key in error.instance):
        yield "F203", f"needs an operator, such as {', '.join(shown[:6])}{', ...' if len(shown) > 6 else ''}", path, True


def _pattern(error: jsonschema.ValidationError, path: tuple[Any, ...], _: Any) -> Iterator[Finding]:
    name = next((str(key) for key in reversed(path) if isinstance(key, str)), "this")
    if name == "id":
        yield "F207", f"{_shown(error.instance)} is no handle; start with a letter, go on with letters, digits, - and _ (not end or none)", path, False
    elif "time" in name:
        yield "F207", f'{_shown(error.instance)} is no time of day; write one like "09:30"', path, False
    else:
        yield "F207", f"{name} cannot be {_shown(error.instance)}", path, False


def _bounds(error: jsonschema.ValidationError, path: tuple[Any, ...], _: Any) -> Iterator[Finding]:
    name = next((str(key) for key in reversed(path) if isinstance(key, str)), "this")
    words = {"minimum": "at least", "maximum": "at most"}
    yield "F207", f"{name} is {words[str(error.validator)]} {error.validator_value}, not {error.instance}", path, False


def _items(error: jsonschema.ValidationError, path: tuple[Any, ...], _: Any) -> Iterator[Finding]:
    name = next((str(key) for key in reversed(path) if isinstance(key, str)), "this")
    yield "F207", f"{name} needs {error.validator_value} values, not {len(error.instance)}", path, False


def _empty(error: jsonschema.ValidationError, path: tuple[Any, ...], _: Any) -> Iterator[Finding]:
    del error
    yield "F203", "an empty mapping; it needs one key that says what it is", path, False


def _one(error: jsonschema.ValidationError, path: tuple[Any, ...], _: Any) -> Iterator[Finding]:
    yield "F207", f"only one of {', '.join(error.instance)}", path, False


WORDS = {
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
