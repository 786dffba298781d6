"""What specs name and no apply can make: metrics, lists, templates and the like, and who makes them."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Final

from compiler.diagnostics import Diagnostic

REMEDIES: Final = {
    "metric": "exists from its first event on; connect what sends it, or send one event",
    "list": "a person makes it in the account and chooses its consent settings",
    "list or segment": "a person makes the list in the account and chooses its consent settings, or a spec here makes the segment",
    "segment": "a person makes it in the account, or a spec here does",
    "template": "a person makes it in the account, or the step names a file: template: {file: emails/NAME.html}",
    "image": "a person uploads it to the account",
}
OTHERWISE: Final = "a person makes it in the account"
WORDS: Final = {"group": "list or segment"}


@dataclass(frozen=True, slots=True)
class Lack:
    """One place that names a thing which the account does not have."""

    kind: str
    name: str
    at: Diagnostic


@dataclass(frozen=True, slots=True)
class Missing:
    """A thing that the account must get first: who must do what, how many places name it, and the first of them."""

    kind: str
    name: str
    remedy: str
    places: int
    first: str


def missing_of(lacks: Iterable[Lack]) -> tuple[Missing, ...]:
    """Return each thing once, sorted by kind and name."""
    found: dict[tuple[str, str], list[Diagnostic]] = {}
    for lack in lacks:
        found.setdefault((WORDS.get(lack.kind, lack.kind), lack.name), []).append(lack.at)
    return tuple(
        Missing(kind, name, REMEDIES.get(kind, OTHERWISE), len(places), _first(places))
        for (kind, name), places in sorted(found.items())
    )


def _first(places: list[Diagnostic]) -> str:
    span = min((one.span for one in places), key=lambda span: (span.file, span.line))
    return f"{span.file}:{span.line}"
