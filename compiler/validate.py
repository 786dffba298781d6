"""Judges an expanded document by the JSON Schema of the language, and says what would be right.

jsonschema-rs gives the happy path its yes or no; jsonschema explains (the authority: where the two disagree, it
wins). Each error is a leaf: the schema decides every union by key or type.
"""

from __future__ import annotations

import itertools
from collections.abc import Iterable, Iterator, Mapping
from functools import cache
from typing import TYPE_CHECKING, Any, Final

from compiler import kinds, schema
from compiler.diagnostics import nearest
from compiler.expressions import has_expression
from compiler.schema.fields import Schema
from compiler.wording import Finding, Objection, shown, words

if TYPE_CHECKING:
    import jsonschema
    import jsonschema_rs

    from compiler.expand.document import Document

MOST: Final = 100  # mistakes of one document
STAMPED: Final = ("blueprint", "fragment", "catalog")


@cache
def _quick(kind: str) -> jsonschema_rs.Validator:
    import jsonschema_rs  # noqa: PLC0415 - commands that validate nothing need not load it

    return jsonschema_rs.validator_for(_expanded(kind))


@cache
def _thorough(kind: str) -> jsonschema.protocols.Validator:
    from jsonschema import Draft202012Validator  # noqa: PLC0415 - loaded only to explain an error

    return Draft202012Validator(_expanded(kind))


def _expanded(kind: str) -> Schema:
    """Return the schema of a document after expansion: no step of a flow uses anything any more."""
    whole = schema.document(kind)
    if kind != "flow":
        return whole
    step = whole["$defs"]["step"]
    kept = {name: prop for name, prop in step["properties"].items() if name not in ("use", "with")}
    return {**whole, "$defs": {**whole["$defs"], "step": {**step, "properties": kept}}}


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
            return [
                ("F201", f"the document needs its kind, the first line: one of {', '.join(names)}", (), False)
            ]
        return [
            ("F201", f"{shown(kind)} is no kind of document{nearest(str(kind), names)}", ("kind",), False)
        ]
    if is_valid(kind, data):
        return []
    found = list(itertools.islice(explain(kind, data), MOST + 1))
    if len(found) > MOST:
        found[MOST:] = [
            ("F209", f"more than {MOST} mistakes; the others are shown when these are corrected", (), False)
        ]
    return found


def explain(kind: str, data: Any) -> Iterator[Finding]:
    """Yield each schema error of a document in words."""
    seen = set()
    for error in _thorough(kind).iter_errors(data):
        said = Objection(
            str(error.validator),
            error.validator_value,
            error.schema,
            error.instance,
            error.message,
            tuple(error.absolute_path),
            data,
        )
        if (kind in STAMPED and _holds_expression(error.instance)) or _in_patch(said):
            continue
        for finding in words(said):
            if finding not in seen:
                seen.add(finding)
                yield finding


def _holds_expression(value: Any) -> bool:
    """Say whether a value is known only after expansion, which blueprints, fragments and catalogs await."""
    return isinstance(value, str) and has_expression(value)


def _in_patch(said: Objection) -> bool:
    """Say whether what a kind lacks stands in the patch beside it, under the API's name."""
    patch = _patch_beside(said.path, said.data)
    if patch is None or said.rule not in ("required", "anyOf"):
        return False
    held = set(_keys(patch))
    if said.rule == "anyOf":  # an operator, or count or sum
        return not held.isdisjoint(("filter", "measurement", "measurement_filter"))
    fields = said.schema.get("properties", {})
    lacking = [name for name in said.value if name not in said.instance]
    return all(str(fields.get(name, {}).get("x-field", name)).rsplit(".", 1)[-1] in held for name in lacking)


def _patch_beside(path: Iterable[Any], data: Any) -> Any:
    """Return the innermost ``raw`` that stands beside a kind on the way to a place, None where none does."""
    patch = None
    for key in path:
        if isinstance(data, Mapping) and key != "raw" and key in _kinds():
            patch = data.get("raw")
        data = data[key]
    return patch


@cache
def _kinds() -> frozenset[str]:
    return frozenset(name for folder in kinds.FOLDERS for name in kinds.names(folder))


def _keys(value: Any) -> Iterator[str]:
    for part in value.values() if isinstance(value, Mapping) else value if isinstance(value, list) else ():
        yield from _keys(part)
    if isinstance(value, Mapping):
        yield from value
