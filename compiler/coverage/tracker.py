"""The tracker: a row for each entry, for each segment with something to do, for each rule hidden in flows."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import date, timedelta
from typing import Final

from compiler.coverage.findings.entries import declared, matches_by_key
from compiler.coverage.known import known_by_data, measured_of, unsure_of
from compiler.coverage.matching import entry_name, segment_name
from compiler.coverage.model import Action, Finding, Fitted, Priority, Row, Spec
from compiler.coverage.priority import priority
from compiler.coverage.view import View

HELD: Final = ("covered", "covered, unmanaged", "inactive")  # an entry that a segment of the account is
DAYS: Final = {"weekly": 7, "monthly": 30, "quarterly": 91, "yearly": 365}
# The finding that decides what is done with a segment, the strongest first.
ORDER: Final[tuple[Action, ...]] = ("merge into", "refresh", "retire", "review", "create", "leave")
OWNERS: Final[Mapping[str, str]] = {
    "revenue-recovery": "retention",
    "retention": "retention",
    "loyalty": "retention",
    "high-intent": "growth",
    "consent-safe-growth": "growth",
    "deliverability": "deliverability",
    "personalization": "merchandising",
    "routing": "marketing operations",
}


@dataclass(frozen=True, slots=True)
class History:
    """What git says of a spec file: when it was last changed, and by whom."""

    changed: date
    author: str


def tracker(view: View, findings: Iterable[Finding], history: Mapping[str, History]) -> tuple[Row, ...]:
    """Return the rows: entries in the order of stages, then segments by name, then hidden rules.

    ``history`` is what git knows of the spec files, by file.
    """
    listed = list(findings)
    rows = [*_entries(view, listed, history), *_segments(view, listed, history), *_hidden(listed)]
    return tuple(rows)


def _entries(view: View, findings: list[Finding], history: Mapping[str, History]) -> Iterator[Row]:
    matches = matches_by_key(view)
    for fitted in view.fitted:
        entry = fitted.entry
        own = [finding for finding in findings if finding.entry == entry.key]
        status, action = _status(fitted, own)
        specs = declared(view, entry.key) if status != "covered, unmanaged" else {}
        ids = list(specs)[:1] or [match.segment for match in matches.get(entry.key, [])]
        spec = specs[ids[0]] if specs else None
        names = list(map(view.name, ids)) or [name for finding in own for name in finding.segments]
        live = ids[0] if ids and status in HELD else ""
        name = segment_name(live) if live else entry_name(entry.key)
        due = _due(view.facts.at.date(), spec, entry.cadence, history)
        row = Row(
            "entry",
            entry.key,
            entry.stage,
            names[0] if live else entry.title,
            fitted.rule,
            status,
            "; ".join(dict.fromkeys([*_evidence(view, fitted, own), *unsure_of(view, name)])),
            spec.uses if spec and spec.uses else entry.uses,
            _priority(view, fitted, name, live, blocked=status == "blocked"),
            _owner(spec, entry.value, history),
            _review(view, spec, due, history),
            (spec.review if spec else "") or entry.cadence,
            due,
            tuple(names),
            action,
            findings=tuple(finding.name for finding in own),
        )
        yield _figures(view, row, name, live)


def _status(fitted: Fitted, own: list[Finding]) -> tuple[str, Action]:
    found = {finding.code: finding for finding in own}
    if "F700" in found:
        return "covered", "leave"
    if "F701" in found:
        return "covered, unmanaged", "review"
    if "F710" in found:
        return "inactive", "review"
    if "F703" in found:
        return "blocked", "review"
    return ("to fill in", "review") if fitted.to_fill else ("missing", "create")


def _evidence(view: View, fitted: Fitted, own: list[Finding]) -> list[str]:
    parts = [finding.evidence for finding in own]
    parts += [f"fitted: {one}" for one in fitted.adapted]
    if fitted.to_fill:
        parts.append(f"to fill in: {', '.join(fitted.to_fill)}")
    if view.evidence is not None:
        parts += measured_of(view, view.evidence, entry_name(fitted.entry.key))
    return parts


def _priority(view: View, fitted: Fitted, name: str, segment: str, *, blocked: bool) -> Priority:
    base = view.base
    evidence = view.evidence
    measured = evidence.mailable(name) if evidence is not None and known_by_data(view, name) else None
    figures = view.facts.inventory.figures.get(segment)
    use = view.facts.uses.of(segment)
    places = len(use.campaigns) + len(use.flows) + len(use.triggers)
    return priority(
        fitted.entry.value,
        mailable=measured if measured is not None else figures.total if figures else None,
        base=base.size if base else None,
        places=None if not places and view.facts.unread_uses else places,
        measured=measured is not None,
        counted=figures is not None,
        to_fill=bool(fitted.to_fill),
        blocked=blocked,
    )


def _figures(view: View, row: Row, name: str, segment: str) -> Row:
    """Return a row with members, mailable members, trend a week and revenue, as far as they are known."""
    figures = view.facts.inventory.figures.get(segment)
    total = figures.total if figures else None
    trend = figures.trend(view.facts.at) if figures else None
    weeks = tuple(number for _, number in figures.weeks) if figures else ()
    if view.evidence is None or not known_by_data(view, name):
        return replace(row, members=total, trend=trend, weeks=weeks)
    members = view.evidence.members(name)
    return replace(
        row,
        members=total if members is None else members,
        mailable=view.evidence.mailable(name),
        trend=trend,
        weeks=weeks,
        revenue=view.evidence.revenue(name),
    )


def _owner(spec: Spec | None, value: str, history: Mapping[str, History]) -> str:
    if spec is not None and spec.owner:
        return spec.owner
    author = history[spec.file].author if spec is not None and spec.file in history else ""
    return f"{author} (git)" if author else f"{OWNERS[value]} (suggested)"


def _due(today: date, spec: Spec | None, cadence: str, history: Mapping[str, History]) -> date | None:
    """Return when a covered entry is to be looked at next; git's last change stands in for a review date.

    What nobody reviewed counts from ``today``.
    """
    days = DAYS.get((spec.review if spec else "") or cadence, DAYS["quarterly"])
    last = _reviewed(spec, history)
    return (last or today) + timedelta(days=days)


def _reviewed(spec: Spec | None, history: Mapping[str, History]) -> date | None:
    if spec is None:
        return None
    try:
        return date.fromisoformat(spec.reviewed)
    except ValueError:
        return history[spec.file].changed if spec.file in history else None


def _review(view: View, spec: Spec | None, due: date | None, history: Mapping[str, History]) -> str:
    if _reviewed(spec, history) is None:
        return "not reviewed"
    return "overdue" if due is not None and due < view.facts.at.date() else "reviewed"


def _segments(view: View, findings: list[Finding], history: Mapping[str, History]) -> Iterator[Row]:
    """Yield a row for each segment that something was found about beyond the catalog."""
    keys = {match.segment: match.key for match in view.matches}
    stages = {fitted.entry.key: fitted.entry.stage for fitted in view.fitted}
    for segment in sorted(view.facts.segments, key=lambda one: (one.name, one.id)):
        own = [one for one in findings if not one.entry and one.segments[:1] == (view.name(segment.id),)]
        if not any(one.action != "leave" for one in own):
            continue
        first = min(own, key=lambda one: ORDER.index(one.action))
        spec = view.managed.get(segment.id)
        due = _due(view.facts.at.date(), spec, "quarterly", history) if spec else None
        said = [one.evidence for one in own if one.action != "leave"]
        others = dict.fromkeys(name for one in own for name in one.segments)
        row = Row(
            "segment",
            keys.get(segment.id, ""),
            stages.get(keys.get(segment.id, ""), ""),
            view.name(segment.id),
            "",
            ", ".join(dict.fromkeys(one.name for one in own if one.action != "leave")),
            "; ".join([*said, *unsure_of(view, segment_name(segment.id))]),
            spec.uses if spec else (),
            None,
            spec.owner if spec and spec.owner else "",
            _review(view, spec, due, history),
            spec.review if spec else "",
            due,
            tuple(others),
            first.action,
            first.target,
            tuple(one.name for one in own),
        )
        yield _figures(view, row, segment_name(segment.id), segment.id)


def _hidden(findings: list[Finding]) -> Iterator[Row]:
    for one in findings:
        if one.code == "F728":
            yield Row(
                "logic", "", "", f"a segment for rule {one.target}", one.evidence.partition(": in ")[0], "hidden in one-off logic",
                one.evidence, ("flow-branching",), None, "", "not reviewed", "quarterly", None, (), "create",
                findings=(one.name,),
            )  # fmt: skip
