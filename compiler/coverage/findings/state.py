"""How segments live: inactive, about to be, unused, stuck, frozen, empty or tiny."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from typing import Final

from compiler.coverage.account import RECENT, Facts, moment
from compiler.coverage.findings.base import Found, rule
from compiler.coverage.findings.entries import idle
from compiler.coverage.places import timeframes_of
from compiler.coverage.view import View
from compiler.live import LiveSegment

HELP: Final = "FACTS B6: Klaviyo help 360015118592"
IDLE, IDLE_STARRED = 45, 365  # days without use after which a segment goes inactive (FACTS B4)
WARNING: Final = 15  # days before that in which coverage warns
RELATIVE: Final = (
    "in-the-last", "in-the-next", "at-least", "between", "anniversary", "anniversary-month", "anniversary-last",
    "anniversary-next",
)  # fmt: skip
SMALL, SMALL_SHARE = 100, 0.001
APART: Final = timedelta(hours=1)  # of two readings that can show a stuck segment
INACTIVE: Final = "inactive: its members do not change, and campaigns and flows cannot use it"
INVISIBLE: Final = "forms, ad syncs and who looks at it are not visible to the API"


def _age(facts: Facts, segment: LiveSegment) -> int | None:
    created = moment(segment.created)
    return None if created is None else (facts.at - created).days


@rule("F710", "inactive", "warning", "FACTS B4, B6: Klaviyo API (is_active)")
def inactive(view: View) -> Iterator[Found]:
    """Find segments whose members the account no longer keeps up to date."""
    titles = {fitted.entry.key: fitted.entry.title for fitted in view.fitted}
    alone = idle(view)
    only = {ids[0]: titles[key] for key, ids in alone.items()}
    for key, ids in alone.items():
        evidence = f'"{view.name(ids[0])}" is it, but is {INACTIVE}; somebody has to activate it'
        yield Found(ids, evidence, entry=key)
    for segment in view.facts.segments:
        if not segment.is_active:
            kept = segment.id in view.managed or segment.id in only
            evidence = INACTIVE
            evidence += f'; no active segment is "{only[segment.id]}"' if segment.id in only else ""
            yield Found((segment.id,), evidence, action="review" if kept else "retire")


@rule("F711", "about to go inactive", "warning", HELP)
def about_to_go_inactive(view: View) -> Iterator[Found]:
    """Find segments whose last visible use lies so far back that they go inactive within two weeks.

    Where campaigns or flows were not read, nothing shows the last use.
    """
    if view.facts.unread_uses:
        return
    for segment in view.facts.segments:
        limit = IDLE_STARRED if segment.is_starred else IDLE
        idle = (view.facts.at - view.facts.uses.last(segment, view.facts.at)).days
        if segment.is_active and limit - WARNING <= idle <= limit:
            starred = "starred segments" if segment.is_starred else "segments"
            evidence = f"last visible use {idle} days ago; unused {starred} go inactive after {limit} days; {INVISIBLE}"
            yield Found((segment.id,), evidence, "low")


@rule("F712", "unused", "note", HELP)
def unused(view: View) -> Iterator[Found]:
    """Find segments that no campaign of the last 90 days, no flow and no other segment uses, as far as is visible."""
    if view.facts.unread_uses:
        return
    since = view.facts.at - timedelta(days=RECENT)
    for segment in view.facts.segments:
        last = view.facts.uses.last(segment, view.facts.at)
        if segment.is_active and last < since:
            evidence = f"no use visible since {last.date()}; {INVISIBLE}"
            if (view.facts.at - last).days > (IDLE_STARRED if segment.is_starred else IDLE):
                evidence += "; it is still active, so something of these keeps it"
            yield Found((segment.id,), evidence, "low")


@rule("F713", "stuck", "warning", "FACTS B6: Klaviyo API (is_processing)")
def stuck(view: View) -> Iterator[Found]:
    """Find segments that were processing in two readings an hour or more apart."""
    before = view.facts.previous
    if before is None or view.facts.at - before.at < APART:
        return
    busy = {segment.id for segment in before.snapshot.segments if segment.is_processing}
    for segment in view.facts.segments:
        if segment.is_processing and segment.id in busy:
            hours = (view.facts.at - before.at).total_seconds() / 3600
            yield Found((segment.id,), f"still processing after {hours:.0f} hours", "medium")


@rule("F714", "frozen", "warning", "FACTS B6; the series of Klaviyo's segment reports")
def frozen(view: View) -> Iterator[Found]:
    """Find rules that move with time and whose members did not for 90 days."""
    for segment in view.facts.segments:
        figures = view.facts.figures(segment)
        moving = any(one.get("operator") in RELATIVE for one in timeframes_of(segment.definition))
        age = _age(view.facts, segment)
        if figures is None or not moving or not segment.is_active or age is None or age < RECENT:
            continue
        if figures.total and not figures.added and not figures.removed:
            evidence = f"{figures.total} members, and none added or removed in {RECENT} days though its rule moves with time"
            yield Found((segment.id,), evidence, "medium", action="refresh")


@rule("F715", "empty or tiny", "warning", "FACTS B6: Klaviyo help (0 members: check the data type)")
def empty(view: View) -> Iterator[Found]:
    """Find segments without members, or with hardly any."""
    base = view.base
    for segment in view.facts.segments:
        figures = view.facts.figures(segment)
        age = _age(view.facts, segment)
        settled = segment.is_active and not segment.is_processing and age is not None and age >= 1
        if figures is None or not settled or view.impossible(segment):
            continue
        if figures.total == 0:
            hint = "check the type and the case of the values that it compares with"
            yield Found((segment.id,), f"no members; {hint}")
        elif base is not None and figures.total < SMALL and figures.total < SMALL_SHARE * base.size:
            share = figures.total / base.size
            yield Found(
                (segment.id,),
                f"{figures.total} members, {share:.2%} of the {base.size} that can be mailed",
                "medium",
            )
