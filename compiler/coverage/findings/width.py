"""Rules that take in too many, or nobody at all."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from compiler.coverage.account import WORK
from compiler.coverage.findings.base import Found, rule
from compiler.coverage.matching import segment_name
from compiler.coverage.places import conditions_of, timeframes_of
from compiler.coverage.view import View
from compiler.labels.filters import listed
from compiler.live import LiveSegment
from compiler.logic import Subject, nearly_all
from compiler.logic.library import Proof

WIDE: Final = 0.7  # of the mailable base; accounts differ, so both numbers are shown


@rule("F723", "too broad", "warning", "FACTS B6: Klaviyo help 115005062847; the shares are flowc's")
def too_broad(view: View) -> Iterator[Found]:
    """Find rules that say nothing about consent in campaigns, take most of the base, or nearly everybody."""
    for segment in view.readable():
        reasons = [*_negatives(view, segment), *_without_consent(view, segment), *_wide(view, segment)]
        if reasons:
            yield Found((segment.id,), "; ".join(reasons), "medium")


def _negatives(view: View, segment: LiveSegment) -> Iterator[str]:
    found = nearly_all(segment.definition, view.facts.at)
    if found.holds:
        yield f"it takes in nearly everybody: {found.reason}"


def _asks_for_consent(segment: LiveSegment) -> bool:
    return any(
        condition.get("type") == "profile-marketing-consent"
        for condition in conditions_of(segment.definition)
    )


def _without_consent(view: View, segment: LiveSegment) -> Iterator[str]:
    campaigns = [one for one in view.facts.uses.of(segment.id).included if one.status in WORK]
    if campaigns and not _asks_for_consent(segment):
        count = f"{len(campaigns)} campaign{'s' if len(campaigns) > 1 else ''}"
        yield f"{count} include it and it does not ask for consent: nobody is mailed wrongly, but its size misleads"


def _wide(view: View, segment: LiveSegment) -> Iterator[str]:
    figures, base = view.facts.figures(segment), view.base
    if figures is None or base is None or any(_windows(segment)):
        return
    if not view.shapes[segment.id].clauses:
        return  # the base itself, or what of it another channel reaches
    if figures.total > WIDE * base.size:
        yield f"no timeframe, and {figures.total} members against {base.size} that can be mailed ({base.source})"


def _windows(segment: LiveSegment) -> Iterator[bool]:
    return (one.get("operator") not in ("alltime", None) for one in timeframes_of(segment.definition))


@rule("F724", "contradictory", "urgent", "FACTS B6: nobody can match, by logic")
def contradictory(view: View) -> Iterator[Found]:
    """Find rules whose conditions exclude each other, so that they are empty for ever."""
    for segment in view.readable():
        found = view.library.someone(segment_name(segment.id))
        if isinstance(found, Proof):
            clash = listed(_named(view, subject) for subject in found.subjects)
            yield Found((segment.id,), f"nobody can match: its conditions clash on {clash}", action="refresh")


def _named(view: View, subject: Subject) -> str:
    """Return what conditions speak about, by its name in the account."""
    return f"{subject.kind} {view.facts.names().get(subject.name, subject.name)}"
