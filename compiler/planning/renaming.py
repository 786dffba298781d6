"""Flows and segments whose name changed: ``was:`` says so; without it a likely renaming is pointed out."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Any, Final

from compiler.codecs.base import same
from compiler.diagnostics import Diagnostic
from compiler.diff import diff_flows
from compiler.live import LiveFlow, LiveSegment, Thing
from compiler.normalise import normalise_pair, normalise_segment
from compiler.pipeline import Compiled
from compiler.planning.observed import template_sources
from compiler.planning.quick import NOT_READ
from compiler.planning.wanted import Wanted

LIKE: Final = 0.3  # at most this share of the steps may differ; with more it is rather another flow


@dataclass(frozen=True, slots=True)
class Gone:
    """A flow of the project that no spec names, as it was read."""

    flow: LiveFlow
    definition: Mapping[str, Any]


def old_name(item: Wanted | Compiled) -> str | None:
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


def renamed_segments(
    items: Iterable[Compiled], segments: Iterable[LiveSegment]
) -> dict[str, tuple[LiveSegment, ...]]:
    """Return by new name the segments that a spec renames: all of the old name, where none has the new one yet."""
    held: dict[str, list[LiveSegment]] = {}
    for segment in segments:
        held.setdefault(segment.name, []).append(segment)
    wanted = [item for item in items if item.kind == "segment"]
    own = {item.name for item in wanted}
    before = {item.name: old_name(item) for item in wanted if item.name not in held}
    return {
        new: tuple(held[old]) for new, old in before.items() if old is not None and old in held.keys() - own
    }


def as_renamed(things: Iterable[Thing], renamed: Mapping[str, tuple[LiveSegment, ...]]) -> Iterator[Thing]:
    """Yield an account's things with the names that a plan gives them; where several had the old one, none gets it."""
    names = {segments[0].id: new for new, segments in renamed.items() if len(segments) == 1}
    for thing in things:
        new = names.get(thing.id) if thing.kind == "segment" else None
        yield thing if new is None else replace(thing, name=new)


def likely_renamed_segments(created: Iterable[Wanted], gone: Iterable[LiveSegment]) -> Iterator[Diagnostic]:
    """Yield a warning for each new segment that has the very definition of one that git has no more."""
    left = sorted(gone, key=lambda segment: segment.name)
    for item in created:
        wanted = normalise_segment(item.definition)
        likely = next((one for one in left if same(normalise_segment(one.definition), wanted)), None)
        if likely is not None:
            left.remove(likely)
            message = (
                f'"{item.name}" is new and defined as "{likely.name}", which no spec names any more; if it was'
                f' renamed, write "was: {likely.name}", and it keeps its id and its members'
            )
            yield item.document.diagnose("F322", message, ("name",), severity="warning")


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
