"""Finds the places of a document that said what a body's placeholder says, and diagnoses them there."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from compiler.bind.binding import Unbound
from compiler.bind.names import in_braces
from compiler.bind.sites import document_keys
from compiler.codecs.references import PLACEHOLDER, placeholder, read
from compiler.diagnostics import Diagnostic
from compiler.expand.document import Document
from compiler.scalars import quoted

SUBJECT = ("name", "integration", "id", "file", "clone")
Path = tuple[Any, ...]


def diagnose(document: Document, unbound: Unbound) -> Iterator[Diagnostic]:
    """Yield a diagnostic at every place of the document that says the reference; at its name where none does."""
    wrong = unbound.wrong
    for path in list(places(document.data, unbound.kind, unbound.text)) or [("name",)]:
        yield document.diagnose(
            wrong.code, _message(document.data, unbound, path), path, severity=wrong.severity
        )


def _message(data: Any, unbound: Unbound, path: Path) -> str:
    """Say what is wrong with a reference, and what fits at its very place where something else would do."""
    wrong, said = unbound.wrong, data
    if not wrong.instead or path == ("name",):
        return wrong.message
    for key in path:
        said = said[key]
    if "raw" in path:
        return wrong.advice(f"{path[-1]}: {quoted(placeholder(unbound.kind, dict(wrong.instead)))}")
    beside = [key for key in said if key not in SUBJECT] if isinstance(said, Mapping) else []
    written = in_braces(wrong.instead, "".join(f", {key}: ..." for key in beside))
    in_groups = "groups" in path and wrong.instead[0][0] == "id"  # an item there takes no {list: {id: X}}
    return wrong.advice(written if isinstance(path[-1], int) or in_groups else f"{path[-1]}: {written}")


def places(data: Any, kind: str, text: str) -> Iterator[Path]:
    """Yield the paths of a document at which a placeholder (or an id) of a kind was said."""
    said = read(kind, text) if PLACEHOLDER.fullmatch(text) else {"id": text}
    meant = dict(said) if isinstance(said, Mapping) else {"name": said}
    yield from _search(data, meant, text, document_keys(kind), (), "")


def _search(
    value: Any, meant: Mapping[str, str], text: str, keys: frozenset[str], path: Path, key: str
) -> Iterator[Path]:
    """Walk the document; ``key`` is the innermost key that is no position of a list."""
    if isinstance(value, Mapping):
        subject = {name: value[name] for name in SUBJECT if name in value}
        if key in keys and subject == meant:
            yield path
        for name, item in value.items():
            yield from _search(item, meant, text, keys, (*path, name), name)
    elif isinstance(value, list):
        for index, item in enumerate(value):
            yield from _search(item, meant, text, keys, (*path, index), key)
    elif isinstance(value, str) and (
        meant == {"name": value} if key in keys else value == text and "raw" in path
    ):
        yield path
