"""What can come of a call: done, refused, or nobody knows."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

Document = dict[str, Any]


@dataclass(frozen=True, slots=True)
class ApiError:
    """One entry of an answer's ``errors``; ``pointer`` is a JSON pointer into the body, or a parameter's name."""

    code: str
    title: str
    detail: str
    pointer: str

    def __str__(self) -> str:
        text = self.detail or self.title or self.code or "no reason given"
        return f"{text} (at {self.pointer})" if self.pointer else text


@dataclass(frozen=True, slots=True)
class Ok:
    """The account did it; the document is empty where the answer had no body."""

    document: Document


@dataclass(frozen=True, slots=True)
class Refused:
    """The account said no, so nothing changed; ``status`` is the HTTP status, 400 to 499."""

    status: int
    errors: tuple[ApiError, ...]

    def __str__(self) -> str:
        return "; ".join(str(error) for error in self.errors) or f"status {self.status} without a reason"


@dataclass(frozen=True, slots=True)
class Unknown:
    """It may have happened, may happen yet, or never: timeout, reset, half an answer, 5xx."""

    reason: str


Outcome = Ok | Refused | Unknown


def errors_of(document: object) -> Iterator[ApiError]:
    """Yield the errors of a JSON:API answer, whatever of their fields is missing or oddly typed."""
    found = document.get("errors") if isinstance(document, dict) else None
    for error in found if isinstance(found, list) else []:
        if isinstance(error, dict):
            source = error.get("source")
            places = source if isinstance(source, dict) else {}
            yield ApiError(
                code=str(error.get("code") or ""),
                title=str(error.get("title") or ""),
                detail=str(error.get("detail") or ""),
                pointer=str(places.get("pointer") or places.get("parameter") or ""),
            )
