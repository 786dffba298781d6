"""Definitions that time has left behind: fixed dates long past, things that are gone, metrics that fell silent."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from datetime import datetime, timedelta
from typing import Any, Final

from compiler.coverage.account import RECENT, moment
from compiler.coverage.findings.base import Found, rule
from compiler.coverage.places import conditions_of, groups_of, metrics_of, timeframes_of
from compiler.coverage.view import View
from compiler.live import LiveSegment

YEAR: Final = timedelta(days=365)
YEAR_IN_NAME: Final = re.compile(r"(?<!\d)(20\d\d)(?!\d)")


@rule("F716", "stale definition", "warning", "FACTS B6; dates, ids and volumes of the account")
def stale(view: View) -> Iterator[Found]:
    """Find rules that name a time long past, something that is gone, or a metric that fell silent."""
    for segment in view.facts.segments:
        reasons = [*_past(segment, view.facts.at), *_gone(view, segment), *_silent(view, segment)]
        if reasons:
            updated = moment(segment.updated)
            when = f"; last changed {updated.date()}" if updated is not None else ""
            yield Found((segment.id,), "; ".join(reasons) + when, action="refresh")


def _past(segment: LiveSegment, at: datetime) -> Iterator[str]:
    """Yield each fixed window that ended more than a year ago, and a year in the name that is past."""
    ends = set()
    for timeframe in _windows(segment.definition):
        key = {"between-static": "end", "before": "date"}.get(str(timeframe.get("operator")))
        end = moment(str(timeframe.get(key) or "").replace("Z", "+00:00")) if key else None
        if end is not None and end < at - YEAR:
            ends.add(end.date())
    yield from (f"its window ended on {end}" for end in sorted(ends))
    years = [int(year) for year in YEAR_IN_NAME.findall(segment.name)]
    if not ends and years and max(years) < at.year - 1 and max(years) not in _named(segment.definition):
        yield f"its name says {max(years)}"


def _named(value: Any) -> set[int]:
    """Return the years that a rule names itself: in its dates, numbers and texts."""
    if isinstance(value, Mapping):
        found = {year for item in value.values() for year in _named(item)}
        day = moment(str(value.get("date") or "").replace("Z", "+00:00"))
        return found | (
            {(day + timedelta(days=1)).year} if day and value.get("operator") == "after" else set()
        )
    if isinstance(value, list | tuple):
        return {year for item in value for year in _named(item)}
    if isinstance(value, bool) or not isinstance(value, str | int | float):
        return set()
    return set(map(int, YEAR_IN_NAME.findall(str(value))))


def _windows(definition: Any) -> Iterator[Mapping[str, Any]]:
    """Yield the timeframes of when something was done, joined or consented to.

    A date that a profile or an event holds, such as a birthday, is a value: a rule that compares it with a fixed
    day means a cohort, which does not end.
    """
    for condition in conditions_of(definition):
        timeframe = condition.get("timeframe_filter")
        if isinstance(timeframe, Mapping):
            yield timeframe
        elif condition.get("type") == "profile-marketing-consent":
            yield from timeframes_of(condition)


def _gone(view: View, segment: LiveSegment) -> Iterator[str]:
    snapshot = view.facts.inventory.snapshot
    known = {one.id for one in snapshot.metrics}
    for metric in sorted(metrics_of(segment.definition) - known):
        yield f"the account has no metric {metric} any more"
    for group in sorted(groups_of(segment.definition) & view.facts.dead):
        yield f"the account has no list or segment {group} any more"


def _silent(view: View, segment: LiveSegment) -> Iterator[str]:
    for metric in sorted(metrics_of(segment.definition)):
        if view.facts.recent(metric, RECENT) == 0:
            yield f"{view.facts.metric_name(metric)} had no events in {RECENT} days"
