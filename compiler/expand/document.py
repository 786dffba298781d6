"""What expansion gives and is given: documents with their origins, the surroundings, places."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from compiler.diagnostics import Diagnostic
from compiler.positions import locate
from compiler.source import Source

Path = tuple[Any, ...]


Read = Callable[[str], Source | str]


@dataclass(frozen=True, slots=True)
class Origin:
    """A part of an expanded document: its path there, the file and path where it was written, and who used it."""

    prefix: Path
    source: Source
    path: Path
    used_at: tuple[tuple[Source, Path], ...]


@dataclass(frozen=True, slots=True)
class Document:
    """One expanded document; ``suffix`` holds its ``for_each`` values, as in NAME.fr.json."""

    source: Source
    data: dict[str, Any]
    suffix: tuple[str, ...] = ()
    origins: tuple[Origin, ...] = ()

    @property
    def kind(self) -> str:
        """The document's kind."""
        return str(self.data["kind"])

    def diagnose(
        self, code: str, message: str, path: Path, *, key: bool = False, severity: Any = "error"
    ) -> Diagnostic:
        """Return a diagnostic at a path of the expanded document, on the user's own text."""
        origin = self._origin(path)
        if origin is None:
            return Diagnostic(code, message, locate(self.source, path, key=key), severity)
        inner = locate(origin.source, origin.path + path[len(origin.prefix) :], key=key)
        chain = [locate(source, where, key=True) for source, where in origin.used_at]
        return (
            Diagnostic(code, message, chain[0], severity, (*chain[1:], inner))
            if chain
            else Diagnostic(code, message, inner, severity)
        )

    def _origin(self, path: Path) -> Origin | None:
        fitting = [origin for origin in self.origins if path[: len(origin.prefix)] == origin.prefix]
        return max(fitting, key=lambda origin: len(origin.prefix), default=None)


@dataclass(frozen=True, slots=True)
class Surroundings:
    """What a document can refer to: a reader of the project's files, its vars, the account, its defaults."""

    read: Read
    vars: Mapping[str, Any] = field(default_factory=dict)
    account: Mapping[str, Any] = field(default_factory=dict)
    defaults: Mapping[str, Any] = field(default_factory=dict)


class Wrong(Exception):  # noqa: N818 - carries a diagnostic to the end of one document
    """Stops the expansion of one document."""

    def __init__(self, diagnostic: Diagnostic) -> None:
        super().__init__(diagnostic.message)
        self.diagnostic = diagnostic


@dataclass(frozen=True, slots=True)
class Place:
    """Where the text that is being expanded stands, and through which uses it was reached."""

    source: Source
    path: Path = ()
    used_at: tuple[tuple[Source, Path], ...] = ()

    def at(self, *keys: Any) -> Place:
        """Return the place of something inside."""
        return Place(self.source, (*self.path, *keys), self.used_at)

    def wrong(self, code: str, message: str, *, key: bool = False) -> Wrong:
        """Return what stops the expansion here, at the user's own text, with the chain that led here."""
        inner = locate(self.source, self.path, key=key)
        chain = [locate(source, where, key=True) for source, where in self.used_at]
        return Wrong(
            Diagnostic(code, message, chain[0] if chain else inner, via=(*chain[1:], inner) if chain else ())
        )
