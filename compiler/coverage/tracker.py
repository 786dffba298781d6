"""The tracker: a row for each entry, for each segment with something to do, for each rule hidden in flows."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import date, timedelta
from typing import Final

from compiler.coverage.evidence import Evidence
from compiler.coverage.findings.entries import declared, matches_by_key
from compiler.coverage.matching import entry_name, segment_name
from compiler.coverage.model import Action, Finding, Fitted, Priority, Row, Spec
from compiler.coverage.priority import priority
from compiler.coverage.view import View

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
        specs = declared(view, entry.key)
        spec = specs[0] if specs else None
        names = [spec.name] if spec else [view.name(match.segment) for match in matches.get(entry.key, [])]
        names = names or [name for finding in own for name in finding.segments]
        status, action = _status(fitted, own)
        live = view.facts.inventory.segment(names[0]) if names and status.startswith("covered") else None
        name = segment_name(live.id) if live else entry_name(entry.key)
        due = _due(view.facts.at.date(), spec, entry.cadence, history)
        row = Row(
            "entry",
            entry.key,
            entry.stage,
            names[0] if live else entry.title,
            fitted.rule,
            status,
            _evidence(view, fitted, own),
            spec.uses if spec and spec.uses else entry.uses,
            _priority(view, fitted, name, live.id if live else "", blocked=status == "blocked"),
            _owner(spec, entry.value, history),
            _review(view, spec, due, history),
            (spec.review if spec else "") or entry.cadence,
            due,
            tuple(names),
            action,
            findings=tuple(finding.name for finding in own),
        )
        yield _figures(view, row, name, live.id if live else "")


def _status(fitted: Fitted, own: list[Finding]) -> tuple[str, Action]:
    found = {finding.code: finding for finding in own}
    if "F700" in found:
        return "covered", "leave"
    if "F701" in found:
        return "covered, unmanaged", "review"
    if "F703" in found:
        return "blocked", "review"
    return ("to fill in", "review") if fitted.to_fill else ("missing", "create")


def _evidence(view: View, fitted: Fitted, own: list[Finding]) -> str:
    parts = [finding.evidence for finding in own]
    parts += [f"fitted: {one}" for one in fitted.adapted]
    if fitted.to_fill:
        parts.append(f"to fill in: {', '.join(fitted.to_fill)}")
    if view.evidence is not None:
        parts += _measured(view, view.evidence, entry_name(fitted.entry.key))
    return "; ".join(parts)


def _measured(view: View, evidence: Evidence, name: str) -> Iterator[str]:
    """Yield what the data adds: why it does not decide an entry, or the entry that shares most of its people."""
    if name in evidence.undecided:
        yield f"the data does not decide it: {evidence.undecided[name]}"
    if name in evidence.undecided or not _known(view, name):
        return
    members = evidence.members(name)
    others = {
        one.entry.title: evidence.evaluation.overlap(name, other)
        for one in view.fitted
        if (other := entry_name(one.entry.key)) != name
        and _known(view, other)
        and other not in evidence.undecided
    }
    title = max(others, key=lambda one: others[one], default="")
    if members and others[title]:
        yield f'{others[title] / members:.0%} of its people are in "{title}" too'


def _priority(view: View, fitted: Fitted, name: str, segment: str, *, blocked: bool) -> Priority:
    base = view.base
    evidence = view.evidence
    measured = (
        evidence.mailable(name)
        if evidence is not None and name not in evidence.undecided and _known(view, name)
        else None
    )
    figures = view.facts.inventory.figures.get(segment)
    use = view.facts.uses.of(segment)
    return priority(
        fitted.entry.value,
        mailable=measured if measured is not None else figures.total if figures else None,
        base=base.size if base else None,
        places=len(use.campaigns) + len(use.flows) + len(use.triggers),
        measured=measured is not None,
        counted=figures is not None,
        to_fill=bool(fitted.to_fill),
        blocked=blocked,
    )


def _known(view: View, name: str) -> bool:
    return view.evidence is not None and name in view.evidence.evaluation.names


def _figures(view: View, row: Row, name: str, segment: str) -> Row:
    """Return a row with members, mailable members, trend a week and revenue, as far as they are known."""
    figures = view.facts.inventory.figures.get(segment)
    total = figures.total if figures else None
    trend = figures.trend(view.facts.at) if figures else None
    weeks = tuple(number for _, number in figures.weeks) if figures else ()
    if view.evidence is None or not _known(view, name):
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
        own = [one for one in findings if not one.entry and one.segments[:1] == (segment.name,)]
        if not any(one.action != "leave" for one in own):
            continue
        first = min(own, key=lambda one: ORDER.index(one.action))
        spec = view.specs.get(segment.name)
        due = _due(view.facts.at.date(), spec, "quarterly", history) if spec else None
        others = dict.fromkeys(name for one in own for name in one.segments)
        row = Row(
            "segment",
            keys.get(segment.id, ""),
            stages.get(keys.get(segment.id, ""), ""),
            segment.name,
            "",
            ", ".join(dict.fromkeys(one.name for one in own if one.action != "leave")),
            "; ".join(one.evidence for one in own if one.action != "leave"),
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
