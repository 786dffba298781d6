"""Reads JSON documents of the API: a response, a create body or a bare definition, with positions for diagnostics.

JSON is read by the YAML reader, whose places serve both; a mistake in a definition is then shown at its own line.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from compiler.codecs.base import Mistake
from compiler.diagnostics import Diagnostic, Problems, Span
from compiler.expand import Document
from compiler.expressions import escape
from compiler.lift import lift_flow, lift_segment
from compiler.source import Source, locate


@dataclass(frozen=True, slots=True)
class Definition:
    """One definition in a JSON file: its kind, its path there, its name and status where the file says them."""

    kind: str
    path: tuple[Any, ...]
    data: Mapping[str, Any]
    name: str | None
    status: str | None


def read(file: str, text: str, problems: Problems) -> list[Definition]:
    """Return the definitions of a JSON file (several for a listing); none is a diagnostic."""
    try:
        data = json.loads(text)
    except json.JSONDecodeError as error:
        problems.add("F003", f"not JSON: {error.msg}", Span(file, error.lineno, error.colno))
        return []
    except RecursionError:
        problems.add("F005", "nested too deep", Span(file, 1, 1))
        return []
    found = list(_find(data, (), None, None))
    if not found:
        problems.add("F488", "neither a flow's nor a segment's definition is in this file", Span(file, 1, 1))
    return found


def _find(value: Any, path: tuple[Any, ...], name: str | None, status: str | None) -> Iterator[Definition]:
    if isinstance(value, Mapping):
        if isinstance(value.get("triggers"), list) or isinstance(value.get("actions"), list):
            yield Definition("flow", path, value, name, status)
        elif isinstance(value.get("condition_groups"), list):
            yield Definition("segment", path, value, name, status)
        else:
            name = value["name"] if isinstance(value.get("name"), str) else name
            status = value["status"] if isinstance(value.get("status"), str) else status
            for key, item in value.items():
                yield from _find(item, (*path, key), name, status)
    elif isinstance(value, list):
        for index, item in enumerate(value):
            yield from _find(item, (*path, index), name, status)


def to_document(definition: Definition, fallback: str, file: str, text: str, revision: str, problems: Problems) -> Document:
    """Return the document of a definition, its text escaped; what was found goes to ``problems`` at its JSON line."""
    name = definition.name or fallback
    if definition.kind == "segment":
        data, lifting = lift_segment(definition.data, name, revision)
    else:
        data, lifting = lift_flow(definition.data, name, definition.status, revision)
    source = Source(file, text, None)
    problems.extend(_diagnostic(mistake, definition, source, "warning") for mistake in lifting.warnings)
    problems.extend(_diagnostic(mistake, definition, source, "error") for mistake in lifting.errors)
    return Document(source, escape(data))


def _diagnostic(mistake: Mistake, definition: Definition, source: Source, severity: Any) -> Diagnostic:
    span = locate(source, (*definition.path, *mistake.path))
    return Diagnostic(mistake.code, mistake.message, span, severity)
