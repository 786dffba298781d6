"""Where ids stand in the API's definitions, and under which keys references stand in documents.

Both come from ``schemas/``: a field that ``$ref``s a reference says what it is called on either side.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from functools import cache
from typing import Any, Final

from compiler import kinds
from compiler.codecs.references import PLACEHOLDER

TRIGGERS: Final = ("metric", "list", "segment")
FLOW_PROPERTY: Final = "$flow"  # the property of message events that holds a flow's id
Replace = Callable[[str, str], str]
"""(kind, what stands in the id's place) -> what shall stand there."""


@cache
def _fields() -> tuple[tuple[str, str, str], ...]:
    """Return (key in documents, key in the API, kind) of every field that refers to something."""
    found: set[tuple[str, str, str]] = set()
    for folder in kinds.FOLDERS:
        for kind in kinds.kinds(folder).values():
            found.update(_references(kind.schema))
    for shape in kinds.definitions().values():
        found.update(_references(shape))
    return tuple(sorted(found))


def _references(schema: Any) -> Iterator[tuple[str, str, str]]:
    if isinstance(schema, list):
        for item in schema:
            yield from _references(item)
    if not isinstance(schema, Mapping):
        return
    properties = schema.get("properties")
    for name, field in properties.items() if isinstance(properties, Mapping) else ():
        shape = (
            kinds.definitions().get(str(field.get("$ref", "")).rpartition("/")[2], {})
            if isinstance(field, Mapping)
            else {}
        )
        meant = "group" if shape.get("x-codec") == "groups" else shape.get("x-reference")
        if meant:
            yield name, field.get("x-field", name).rpartition(".")[2], meant
    for value in schema.values():
        yield from _references(value)


@cache
def api_fields() -> Mapping[str, str]:
    """Return the kind that each id field of the API refers to; ``id``, which means much else, is none of them."""
    return {field: kind for _, field, kind in _fields() if field != "id"}


@cache
def document_keys(kind: str) -> frozenset[str]:
    """Return the keys under which a document refers to things of a kind."""
    wanted = ("group", kind) if kind in ("list", "segment", "group") else (kind,)
    return frozenset(
        {kind, "trigger_id", *(key for key, _, meant in _fields() if meant in wanted and key != "id")}
    )


def replaced(definition: Mapping[str, Any], replace: Replace) -> dict[str, Any]:
    """Return a flow's or segment's definition with everything in an id's place replaced."""
    out = {
        key: _field(key, value, definition, {}, replace)
        for key, value in definition.items()
        if key != "triggers"
    }
    if "triggers" in definition:
        out["triggers"] = [_trigger(trigger, replace) for trigger in definition["triggers"] or ()]
    return {key: out[key] for key in definition}


def _trigger(trigger: Any, replace: Replace) -> Any:
    walked = _walk(trigger, replace, {})
    if isinstance(walked, dict) and walked.get("type") in TRIGGERS and isinstance(walked.get("id"), str):
        walked["id"] = replace(walked["type"], walked["id"])
    return walked


def _walk(value: Any, replace: Replace, owner: Mapping[str, Any]) -> Any:
    if isinstance(value, Mapping):
        return {key: _field(key, item, value, owner, replace) for key, item in value.items()}
    if isinstance(value, list):
        return [_walk(item, replace, owner) for item in value]
    return value


def _field(key: str, item: Any, holder: Mapping[str, Any], owner: Mapping[str, Any], replace: Replace) -> Any:
    if isinstance(item, Mapping):
        return _walk(item, replace, holder)
    kind = api_fields().get(key)
    if kind is None and key == "trigger_id" and holder.get("trigger_type") in TRIGGERS:
        kind = holder["trigger_type"]
    if kind is not None:
        return _all(item, lambda text: replace(kind, text))
    if key == "value" and "operator" in holder:
        return _all(item, lambda text: _hidden(text, owner, replace))
    return _walk(item, replace, holder)


def _all(item: Any, change: Callable[[str], str]) -> Any:
    if isinstance(item, list):
        return [change(text) if isinstance(text, str) else text for text in item]
    return change(item) if isinstance(item, str) else item


def _hidden(text: str, owner: Mapping[str, Any], replace: Replace) -> str:
    """Replace an id in a filter's value: a placeholder names its kind, an id is known by the property."""
    match = PLACEHOLDER.fullmatch(text)
    if match is not None:
        return replace(match[1], text)
    return replace("flow", text) if FLOW_PROPERTY in (owner.get("property"), owner.get("field")) else text
