"""Judges an expanded document by the JSON Schema of the language, and says what would be right.

jsonschema-rs gives the happy path its yes or no; jsonschema explains (the authority: where the two disagree, it
wins). Each error is a leaf: the schema decides every union by key or type.
"""

from __future__ import annotations

import itertools
import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from functools import cache, partial
from typing import TYPE_CHECKING, Any, Final

from compiler import schema
from compiler.diagnostics import nearest
from compiler.expressions import has_expression
from compiler.schema.fields import Schema
from compiler.wording import Finding, Objection, shown, words

if TYPE_CHECKING:
    import jsonschema
    import jsonschema_rs

    from compiler.expand.document import Document

MOST: Final = 100  # mistakes of one document
SCALAR: Final = re.compile(r"[^\s,\]}]*")
STAMPED: Final = ("blueprint", "fragment", "catalog")


class Judge:
    """Says yes or no to documents of one kind.

    Building the whole language takes 70 ms, which one small file should not wait for: the first document is judged by
    the schema of the kinds that stand in it, which gives the same verdict. The next that holds others builds the whole.
    """

    def __init__(self, kind: str) -> None:
        self.kind = kind
        self.known: frozenset[str] | None = frozenset()
        self.validator: jsonschema_rs.Validator | None = None

    def says(self, data: Any) -> bool:
        """Say whether data is a valid document."""
        if self.known is not None:
            used = schema.kind_names().intersection(_keys(data))
            if self.validator is None or not used <= self.known:
                self._build(used if self.validator is None else None)
        return bool(self.validator is not None and self.validator.is_valid(data))

    def _build(self, used: frozenset[str] | None) -> None:
        import jsonschema_rs  # noqa: PLC0415 - commands that validate nothing need not load it

        self.validator = jsonschema_rs.validator_for(_expanded(self.kind, used))
        self.known = used


_judge: Final = cache(Judge)


@cache
def _thorough(kind: str) -> jsonschema.protocols.Validator:
    from jsonschema import Draft202012Validator  # noqa: PLC0415 - loaded only to explain an error

    return Draft202012Validator(_expanded(kind))


def _expanded(kind: str, used: frozenset[str] | None = None) -> Schema:
    """Return the schema of a document after expansion: no step of a flow uses anything any more."""
    whole = schema.document(kind, used)
    if kind != "flow":
        return whole
    step = whole["$defs"]["step"]
    kept = {name: prop for name, prop in step["properties"].items() if name not in ("use", "with")}
    return {**whole, "$defs": {**whole["$defs"], "step": {**step, "properties": kept}}}


def is_valid(kind: str, data: Any) -> bool:
    """Say whether data is a valid document of a kind."""
    return _judge(kind).says(data)


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
    found = list(itertools.islice(explain(kind, data, partial(_written, document)), MOST + 1))
    if len(found) > MOST:
        found[MOST:] = [
            ("F209", f"more than {MOST} mistakes; the others are shown when these are corrected", (), False)
        ]
    return found


def _written(document: Document, path: tuple[Any, ...]) -> str:
    """Return the number or truth that its author wrote at a path; any other text where none stands there."""
    said = document.diagnose("", "", path)
    place = said.via[-1] if said.via else said.span
    sources = (document.source, *(origin.source for origin in document.origins))
    text = next((source.text for source in sources if source.file == place.file), "")
    row, below = ([*text.split("\n")[place.line - 1 :], ""])[:2]
    row = row[place.column - 1 :].rstrip()
    found = SCALAR.match(below.lstrip() if row.endswith(":") else row)
    return found[0] if found else ""


def explain(kind: str, data: Any, read: Callable[[tuple[Any, ...]], str] = lambda _: "") -> Iterator[Finding]:
    """Yield each schema error of a document in words; ``read`` returns what stands at a path in its file."""
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
            read,
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
        if isinstance(data, Mapping) and key != "raw" and key in schema.kind_names():
            patch = data.get("raw")
        data = data[key]
    return patch


def _keys(value: Any) -> Iterator[str]:
    for part in value.values() if isinstance(value, Mapping) else value if isinstance(value, list) else ():
        yield from _keys(part)
    if isinstance(value, Mapping):
        yield from value
