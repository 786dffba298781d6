"""Reads JSON documents of the API: a response, a create body or a bare definition, with positions for diagnostics.

JSON is read by the YAML reader, whose places serve both; a mistake in a definition is then shown at its own line.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from compiler.codecs.base import Mistake
from compiler.diagnostics import Diagnostic, Problems, Span
from compiler.expand.document import Document
from compiler.expressions import escape
from compiler.lift import lift_flow, lift_segment
from compiler.nodes import DEPTH
from compiler.positions import locate
from compiler.source import Source

# A response always says these two; what the account assumes anyway is not worth a line.
SWITCHES = (("starred", "is_starred", False), ("active", "is_active", True))


@dataclass(frozen=True, slots=True)
class Definition:
    """One definition in a JSON file: its kind, its path there, its name and status where the file says them."""

    kind: str
    path: tuple[Any, ...]
    data: Mapping[str, Any]
    name: str | None
    status: str | None
    about: Mapping[str, Any] = field(default_factory=dict)


def read(file: str, text: str, problems: Problems) -> list[Definition]:
    """Return the definitions of a JSON file (several for a listing); none is a diagnostic."""
    try:
        data = json.loads(text)
        deep = _depth(data) > DEPTH
    except json.JSONDecodeError as error:
        problems.add("F003", f"not JSON: {error.msg}", Span(file, error.lineno, error.colno))
        return []
    except RecursionError:
        data, deep = None, True
    if deep:
        problems.add("F005", f"nested more than {DEPTH} levels deep", Span(file, 1, 1))
        return []
    found = list(_find(data, (), {}))
    if not found:
        problems.add("F488", "neither a flow's nor a segment's definition is in this file", Span(file, 1, 1))
    return found


def _depth(value: Any) -> int:
    """Return how many levels of lists and objects a value has."""
    deepest = 0
    todo = [(value, 1)]
    while todo:
        here, level = todo.pop()
        if isinstance(here, dict | list):
            deepest = max(deepest, level)
            todo += [(item, level + 1) for item in (here.values() if isinstance(here, dict) else here)]
    return deepest


def _find(value: Any, path: tuple[Any, ...], about: Mapping[str, Any]) -> Iterator[Definition]:
    """Yield the definitions below a value; ``about`` holds the texts and switches of the objects around it."""
    if isinstance(value, Mapping):
        name, status = about.get("name"), about.get("status")
        if isinstance(value.get("triggers"), list) or isinstance(value.get("actions"), list):
            yield Definition("flow", path, value, name, status, about)
        elif isinstance(value.get("condition_groups"), list):
            yield Definition("segment", path, value, name, status, about)
        else:
            own = {key: item for key, item in value.items() if isinstance(item, str | bool)}
            for key, item in value.items():
                yield from _find(item, (*path, key), {**about, **own})
    elif isinstance(value, list):
        for index, item in enumerate(value):
            yield from _find(item, (*path, index), about)


def to_document(
    definition: Definition, fallback: str, file: str, text: str, revision: str, problems: Problems
) -> Document:
    """Return the document of a definition, its text escaped; what was found goes to ``problems`` at its JSON line."""
    name = definition.name or fallback
    if definition.kind == "segment":
        data, lifting = lift_segment(definition.data, name, revision)
        switches = {
            key: definition.about[said]
            for key, said, usual in SWITCHES
            if definition.about.get(said, usual) is not usual
        }
        data = {**data, **switches}
    else:
        data, lifting = lift_flow(definition.data, name, definition.status, revision)
    source = Source(file, text, None)
    problems.extend(_diagnostic(mistake, definition, source, "warning") for mistake in lifting.warnings)
    problems.extend(_diagnostic(mistake, definition, source, "error") for mistake in lifting.errors)
    return Document(source, escape(data))


def _diagnostic(mistake: Mistake, definition: Definition, source: Source, severity: Any) -> Diagnostic:
    span = locate(source, (*definition.path, *mistake.path))
    return Diagnostic(mistake.code, mistake.message, span, severity)
