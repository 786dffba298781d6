"""Flows whose name changed: ``was:`` says so in a spec; without it a likely renaming is pointed out."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Final

from compiler.diagnostics import Diagnostic
from compiler.diff import diff_flows
from compiler.live import LiveFlow
from compiler.normalise import normalise_pair
from compiler.planning.observed import template_sources
from compiler.planning.quick import NOT_READ
from compiler.planning.wanted import Wanted

LIKE: Final = 0.3  # at most this share of the steps may differ; with more it is rather another flow


@dataclass(frozen=True, slots=True)
class Gone:
    """A flow of the project that no spec names, as it was read."""

    flow: LiveFlow
    definition: Mapping[str, Any]


def old_name(item: Wanted) -> str | None:
    """Return the name that a document says its flow or segment had."""
    said = item.document.data.get("was")
    return said if isinstance(said, str) and said != item.name else None


def wrong_old_names(wanted: Iterable[Wanted]) -> Iterator[Diagnostic]:
    """Yield what is wrong with ``was:``: another spec has that name, or names it too."""
    items = list(wanted)
    own = {(item.kind, item.name) for item in items}
    claimed: dict[tuple[str, str], Wanted] = {}
    for item in items:
        name = old_name(item)
        if name is None:
            continue
        first = claimed.setdefault((item.kind, name), item)
        if (item.kind, name) in own:
            message = f'another spec is the {item.kind} "{name}", so it cannot be what this one was called'
            yield item.document.diagnose("F321", message, ("was",))
        elif first is not item:
            message = f'"{first.name}" says already that it was the {item.kind} "{name}"'
            yield item.document.diagnose("F321", message, ("was",))


def likely_renamings(created: Iterable[Wanted], gone: Iterable[Gone]) -> Iterator[Diagnostic]:
    """Yield a warning for each new flow that is, nearly step by step, one that git has no more."""
    left = list(gone)
    for item in created:
        if old_name(item) is not None:
            continue
        likely = min(
            ((share, one.flow.name, one) for one in left if (share := _differing(one, item)) <= LIKE),
            default=None,
            key=lambda found: found[:2],
        )
        if likely is not None:
            left.remove(likely[2])
            message = (
                f'"{item.name}" is new and nearly all of "{likely[1]}", which no spec names any more; if it was'
                f' renamed, write "was: {likely[1]}", and it takes that flow\'s place'
            )
            yield item.document.diagnose("F322", message, ("name",), severity="warning")


def _differing(gone: Gone, item: Wanted) -> float:
    """Return the share of the larger flow's steps that differ, whatever their templates hold; 1 without any step."""
    sides = gone.definition, item.definition
    unread = dict.fromkeys(set().union(*map(template_sources, sides)), NOT_READ)
    diff = diff_flows(*normalise_pair(*sides, unread))
    steps = max(len(diff.live.data), len(diff.desired.data))
    match = diff.match
    others = sum(change.aspects != frozenset({"status"}) for change in diff.changes)
    edits = others + sum(map(len, (match.inserted, match.deleted, match.moved, match.swapped)))
    return min(1.0, edits / steps) if steps else 1.0
