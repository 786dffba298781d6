"""Entries of the catalog: covered, covered by a segment that nobody manages in git, or missing."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, Final

from compiler.coverage.findings.base import Found, rule
from compiler.coverage.findings.predictions import lacking_for_predictions
from compiler.coverage.matching import Match, entry_name, segment_name
from compiler.coverage.model import Action, Confidence, Fitted, Spec
from compiler.coverage.places import conditions_of
from compiler.coverage.reach import shared
from compiler.coverage.view import View
from compiler.logic import relation

CATALOG: Final = "the catalog's entry, by logic"
NEARLY: Final = 0.25  # of distance, within which segments are equally near
ENOUGH: Final = 0.5  # of the conditions of either, for a segment to be named beside a missing entry


def matches_by_key(view: View) -> dict[str, list[Match]]:
    """Return the matches of each entry: the active first, then the near ones, then the one to keep."""

    def rank(match: Match) -> tuple[Any, ...]:
        segment = view.segments[match.segment]
        return (not segment.is_active, round(match.distance / NEARLY), *view.weight(segment))

    found: dict[str, list[Match]] = {}
    for match in sorted(view.matches, key=rank):
        found.setdefault(match.key, []).append(match)
    return found


def declared(view: View, key: str) -> dict[str, Spec]:
    """Return the specs in git that say they cover an entry, by the id of their segment, the active first."""
    found = ((identifier, spec) for identifier, spec in view.managed.items() if spec.lifecycle == key)
    return dict(sorted(found, key=lambda one: not view.segments[one[0]].is_active))


def idle(view: View) -> dict[str, tuple[str, ...]]:
    """Return the entries that only inactive segments are, by key, with the ids of these, the one to keep first.

    Campaigns and flows cannot use an inactive segment, so that it covers nothing until somebody activates it.
    """
    matches = matches_by_key(view)
    found: dict[str, tuple[str, ...]] = {}
    for fitted in view.fitted:
        key = fitted.entry.key
        ids = tuple(dict.fromkeys([*declared(view, key), *(match.segment for match in matches.get(key, []))]))
        if ids and not any(view.segments[one].is_active for one in ids):
            found[key] = ids
    return found


@rule("F700", "covered", "note", CATALOG)
def covered(view: View) -> Iterator[Found]:
    """Name the specs in git that cover an entry and whose segments the account has, and has active."""
    known = {(match.segment, match.key): match for match in view.matches}
    for fitted in view.fitted:
        for segment, spec in declared(view, fitted.entry.key).items():
            if not view.segments[segment].is_active:
                continue
            match = known.get((segment, fitted.entry.key))
            how = match.how if match is not None else _compared(view, segment, fitted)
            yield Found((segment,), f"{spec.file} says so; {how}", entry=fitted.entry.key, action="leave")


def _compared(view: View, segment: str, fitted: Fitted) -> str:
    names = (segment_name(segment), entry_name(fitted.entry.key))
    if not all(name in view.library.rules for name in names):
        return "the rules cannot be compared"
    words = {
        "contained": "its rule is narrower than the entry's",
        "contains": "its rule is wider than the entry's",
        "overlapping": "its rule and the entry's overlap, neither holds the other",
        "disjoint": "its rule and the entry's exclude each other",
    }
    found = relation(view.library, *names)
    return words.get(found.verdict, f"how the rules compare is undecided: {found.reason}")


@rule("F701", "covered, unmanaged", "warning", CATALOG)
def covered_by_an_unmanaged_segment(view: View) -> Iterator[Found]:
    """Name the segments that are an entry, of which one is active, and that no spec in git keeps."""
    for key, matches in matches_by_key(view).items():
        best = matches[0]
        in_git = any(view.segments[segment].is_active for segment in declared(view, key))
        if in_git or not view.segments[best.segment].is_active:
            continue
        says = "kept in git without naming the entry" if best.segment in view.managed else "not in git"
        confidence: Confidence = "high" if best.distance == 0 else "medium"
        ids = tuple(match.segment for match in matches)
        yield Found(ids, f"{best.how}; {says}", confidence, entry=key, action="review")


@rule("F702", "missing", "warning", CATALOG)
def missing(view: View) -> Iterator[Found]:
    """Name the entries that no segment of the account is."""
    found = matches_by_key(view)
    for fitted in view.fitted:
        key = fitted.entry.key
        if key in found or declared(view, key) or lacking(view, fitted):
            continue
        near = _nearest(view, fitted)
        action: Action = "review" if fitted.to_fill else "create"
        evidence = f"none of {len(view.shapes)} segments has its rule"
        evidence += f"; {near[1]}" if near else ""
        yield Found((near[0],) if near else (), evidence, entry=key, action=action)


def _nearest(view: View, fitted: Fitted) -> tuple[str, str] | None:
    """Return the segment (its id) that comes nearest to an entry, and how: by its name, or by half of the conditions or more."""
    entry = fitted.entry
    called = {entry.title.casefold(), entry.key.replace("_", " ")}
    for segment in view.readable():
        if segment.name.casefold() in called:
            return (
                segment.id,
                f'"{view.name(segment.id)}" bears the name, {_compared(view, segment.id, fitted)}',
            )
    likeness = [(shared(view.shapes[one.id], view.reaches[entry.key]), one) for one in view.readable()]
    best = max((share for share, _ in likeness), default=0.0)
    for share, segment in likeness:
        if share == best and share >= ENOUGH:
            return (
                segment.id,
                f'"{view.name(segment.id)}" comes nearest, {_compared(view, segment.id, fitted)}',
            )
    return None


@rule("F703", "blocked", "note", "the account's metrics")
def blocked(view: View) -> Iterator[Found]:
    """Name the entries for whose rule the account lacks something."""
    found = matches_by_key(view)
    for fitted in view.fitted:
        key = fitted.entry.key
        lacks = lacking(view, fitted)
        if lacks and key not in found and not declared(view, key):
            yield Found((), lacks, entry=key)


def lacking(view: View, fitted: Fitted) -> str:
    """Say what the account lacks for an entry: a metric, or the data for its predictions; empty for nothing."""
    if fitted.blocked:
        return f"needs {', '.join(fitted.blocked)}"
    predicts = any(
        one.get("type") == "profile-predictive-analytics" for one in conditions_of(fitted.definition)
    )
    return lacking_for_predictions(view) if predicts else ""
