"""Judges an expanded document by the JSON Schema of the language, and says what would be right.

jsonschema-rs gives the happy path its yes or no; jsonschema explains (the authority: where the two disagree, it
wins). Each error is a leaf: the schema decides every union by key or type.
"""

from __future__ import annotations

import itertools
from collections.abc import Iterator, Mapping
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
        if kind in STAMPED and _holds_expression(error.instance):
            continue
        path = tuple(error.absolute_path)
        objection = Objection(
            str(error.validator),
            error.validator_value,
            error.schema,
            error.instance,
            error.message,
            path,
            data,
        )
        for finding in words(objection):
            if finding not in seen and not (finding[0] == "F203" and _beside_raw(finding[2], data)):
                seen.add(finding)
                yield finding


def _holds_expression(value: Any) -> bool:
    """Say whether a value is known only after expansion, which blueprints, fragments and catalogs await."""
    return isinstance(value, str) and has_expression(value)


def _beside_raw(path: tuple[Any, ...], data: Any) -> bool:
    """Say whether a value stands under a kind with ``raw`` beside it, which may hold what the kind needs."""
    for key in path:
        if (
            isinstance(data, Mapping)
            and "raw" in data
            and key != "raw"
            and (
                key in kinds.kinds("actions")
                or key in kinds.kinds("conditions")
                or key in kinds.names("triggers")
            )
        ):
            return True
        data = data[key]
    return False
