"""Finds the places of a document that said what a body's placeholder says, and diagnoses them there."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from compiler.bind.binding import Unbound
from compiler.bind.sites import document_keys
from compiler.codecs.references import PLACEHOLDER, read
from compiler.diagnostics import Diagnostic
from compiler.expand.document import Document

SUBJECT = ("name", "integration", "id", "file", "clone")
Path = tuple[Any, ...]


def diagnose(document: Document, unbound: Unbound) -> Iterator[Diagnostic]:
    """Yield a diagnostic at every place of the document that says the reference; at its name where none does."""
    wrong = unbound.wrong
    for path in list(places(document.data, unbound.kind, unbound.text)) or [("name",)]:
        yield document.diagnose(wrong.code, wrong.message, path, severity=wrong.severity)


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
