"""Two segments at a time: exact duplicates, near duplicates, one inside the other."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import combinations
from typing import Final

from compiler.coverage.findings.base import Found, rule
from compiler.coverage.matching import segment_name
from compiler.coverage.shapes import threshold_apart
from compiler.coverage.view import View
from compiler.live import LiveSegment

NEAR: Final = 1.25  # a threshold this many times another is the same audience in practice
SHARED: Final = 0.9  # of the members of either
FEW: Final = 20  # members below which a share says nothing


def _kept(view: View, segments: list[LiveSegment]) -> list[LiveSegment]:
    return sorted(segments, key=view.weight)


@rule("F720", "exact duplicate", "warning", "FACTS B6: equal by logic")
def exact_duplicate(view: View) -> Iterator[Found]:
    """Find segments that nobody can be in without being in another."""
    for same in _equal(view):
        keep, *rest = _kept(view, same)
        for segment in rest:
            says = f'the same rule as "{view.name(keep.id)}", which is {_why(view, keep)}'
            yield Found((segment.id, keep.id), says, action="merge into", target=keep.id)


def _why(view: View, segment: LiveSegment) -> str:
    if not segment.is_active:
        return "inactive too"
    if segment.id in view.managed:
        return "kept in git"
    use = view.facts.uses.of(segment.id)
    if use.campaigns or use.triggers or use.flows or use.segments:
        return "in use"
    unread = " and ".join(view.facts.unread_uses)
    return f"older; use by {unread} was not read" if unread else "older"


def _equal(view: View) -> list[list[LiveSegment]]:
    """Return the sets of segments that are equal; rules that nobody can match are another finding."""
    groups: list[list[LiveSegment]] = []
    for segment in view.readable():
        for group in groups:
            if view.pairs.get((group[0].id, segment.id)) == "equal" and not view.impossible(segment):
                group.append(segment)
                break
        else:
            groups.append([segment])
    return [group for group in groups if len(group) > 1]


@rule("F721", "near duplicate", "warning", "FACTS B6: one threshold apart, or members alike")
def near_duplicate(view: View) -> Iterator[Found]:
    """Find rules that differ in one threshold by a quarter at most, or have nine of ten members in common.

    Each is compared with the segments that stay, the one to keep first, so that none is merged into one that goes.
    """
    staying: list[LiveSegment] = []
    for segment in _kept(view, [one for one in view.readable() if not view.impossible(one)]):
        if any(_pair(view, segment, keep) == "equal" for keep in staying):
            continue
        found = ((keep, _alike(view, segment, keep)) for keep in staying)
        keep, says = next((one for one in found if one[1]), (segment, ""))
        if says:
            yield Found((segment.id, keep.id), says, "medium", action="merge into", target=keep.id)
        else:
            staying.append(segment)


def _pair(view: View, one: LiveSegment, two: LiveSegment) -> str:
    """Return what two segments are to each other, whichever comes first in the account."""
    verdict = view.pairs.get((one.id, two.id))
    turned = {"contained": "contains", "contains": "contained"}
    other = view.pairs.get((two.id, one.id), "")
    return verdict if verdict is not None else turned.get(other, other)


def _alike(view: View, one: LiveSegment, two: LiveSegment) -> str:
    if _pair(view, one, two) in ("equal", "disjoint"):
        return ""
    return _one_threshold(view, one, two) or _members(view, one, two)


def _one_threshold(view: View, one: LiveSegment, two: LiveSegment) -> str:
    a, b = threshold_apart(view.shapes[one.id], view.shapes[two.id]) or (0.0, 0.0)
    if min(a, b) <= 0 or max(a, b) > NEAR * min(a, b):
        return ""
    return f"the same rule but for one threshold, {a:g} against {b:g}"


def _members(view: View, one: LiveSegment, two: LiveSegment) -> str:
    if view.evidence is None:
        return ""
    names = (segment_name(one.id), segment_name(two.id))
    alike = view.evidence.jaccard(*names)
    if alike is None or alike < SHARED or min(view.evidence.members(name) or 0 for name in names) < FEW:
        return ""
    return f"{alike:.0%} of the members of either are in both, of evaluated profiles"


@rule("F722", "contained", "note", "FACTS B6: by logic; no defect for tiers")
def contained(view: View) -> Iterator[Found]:
    """Find segments whose members all are in another, with the nearest of those that hold them."""
    listed = [segment for segment in view.readable() if not view.impossible(segment)]
    holders: dict[str, set[str]] = {segment.id: set() for segment in listed}
    for one, two in combinations(listed, 2):
        verdict = view.pairs[one.id, two.id]
        if verdict == "contained":
            holders[one.id].add(two.id)
        elif verdict == "contains":
            holders[two.id].add(one.id)
    for segment in listed:
        own = holders[segment.id]
        direct = {holder for holder in own if not any(holder in holders[other] for other in own)}
        for holder in sorted(direct, key=view.name):
            tier = view.shapes[holder].structure == view.shapes[segment.id].structure
            says = (
                "tiers of one rule, no defect" if tier else "a campaign that includes both reaches the larger"
            )
            yield Found((segment.id, holder), f'inside "{view.name(holder)}"; {says}', action="leave")
