"""Coverage for a terminal: what is covered stage by stage, what was found, what to do, when to look again."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from compiler.coverage import Report, Row
from compiler.coverage.model import STAGES
from compiler.coverage.summary import EARLIER
from compiler.report.coverage_stages import people, sentences
from compiler.report.coverage_table import due, score
from compiler.report.fit import cells, shorten, wrap

MARKS: Final = {
    "covered": "+", "covered, unmanaged": "~", "missing": "-", "to fill in": "?", "blocked": "x", "inactive": "!",
}  # fmt: skip
LEGEND: Final = "+ covered   ~ covered, not in git   - missing   ? needs filling in   x blocked"
IDLE: Final = "   ! its segment is inactive"  # in the legend only where there is such an entry
NARROWEST, ROOMY = 50, 76  # columns: no line is made shorter; from here on there is room for when
MOST_LINES: Final = 10_000  # of one wrapped sentence: it is never cut
SHOWN: Final = 8  # lines of a group that are shown before the rest is counted
QUIET: Final = ("covered", "covered, unmanaged", "missing", "blocked")


def as_text(report: Report, width: int = 100) -> str:
    """Return the report as text of at most ``width`` columns; what is longer goes on below, indented."""
    fitted = max(width, NARROWEST)
    return "".join(f"{row}\n" for line in _lines(report, fitted) for row in _wrapped(line, fitted))


def _wrapped(line: str, width: int) -> list[str]:
    """Return a line as rows of at most ``width`` columns, those after the first indented by two more."""
    indent = len(line) - len(line.lstrip())
    rows = wrap(line.strip(), width - indent - 2, MOST_LINES) if cells(line) > width else []
    return [f"{' ' * (indent + 2 * (place > 0))}{row}" for place, row in enumerate(rows)] or [line]


def _lines(report: Report, width: int) -> Iterator[str]:
    yield f"Lifecycle coverage of account {report.account}, as of {report.taken}"
    yield f"{report.covered:.0%} of what the account could have is covered. {facts(report)}"
    yield ""
    idle = any(row.status == "inactive" for row in report.rows if row.kind == "entry")
    yield LEGEND + IDLE * idle
    yield "the numbers before and after a name: its priority of 100, its members"
    yield from _stages(report, width)
    if report.stages:
        yield ""
        yield "PEOPLE AND STAGES"
        yield from (f"  {sentence}" for sentence in sentences(report.stages))
    yield ""
    yield "FOUND"
    yield from _found(report)
    for group, items in report.summary.items():
        yield ""
        yield f"{group.upper()}: {len(items)}"
        yield from (f"  {item.name}: {item.why}" for item in items[:SHOWN])
        if len(items) > SHOWN:
            yield f"  and {len(items) - SHOWN} more; --format markdown, csv or html shows all"
    yield ""
    yield "CALENDAR"
    for quarter in report.calendar:
        yield f"  from {quarter.start}: {len(quarter.names)} to look at"
    yield f"  earlier after: {'; '.join(EARLIER)}"
    yield ""
    yield "NOTES"
    yield from (f"  {note}" for note in report.notes)


def facts(report: Report) -> str:
    """Return what is known of the base in one line."""
    parts = []
    if report.base:
        parts.append(f"{report.base.size} profiles can be mailed ({report.base.source})")
    parts += [f"{count} by {channel}" for channel, count in report.channels.items() if channel != "email"]
    if report.stages:
        outside = report.stages.outside
        share = "" if outside.revenue_share is None else f" and {outside.revenue_share:.0%} of the revenue"
        parts.append(f"{outside.share:.0%} of the base{share} in no stage")
    if report.behaviour.buying_cycle:
        parts.append(f"customers come back after {report.behaviour.buying_cycle:.0f} days")
    if report.behaviour.average_order:
        parts.append(f"an order is worth {report.behaviour.average_order:.2f}")
    return "; ".join(parts) + "." if parts else ""


def _stages(report: Report, width: int) -> Iterator[str]:
    """Yield each stage with its entries: mark, priority, name, members, what to do, and when where there is room."""
    roomy = width >= ROOMY
    names = min(46, width - (46 if roomy else 34))
    rows = [row for row in report.rows if row.kind == "entry"]
    others = sorted({row.stage for row in rows} - set(STAGES))
    known = {one.name: one for one in report.stages.stages} if report.stages else {}
    for stage in (*STAGES, *others):
        own = sorted((row for row in rows if row.stage == stage), key=_rank)
        if own:
            covered = sum(row.status.startswith("covered") for row in own)
            who = f"; {people(known[stage])}" if stage in known else ""
            yield f"{stage.upper()}  {covered} of {len(own)} covered{who}"
        for row in own:
            members = f"{row.members:,}" if row.members is not None else ""
            action = f"{row.action}, {due(row)}" if row.action != "leave" and roomy else row.action
            name = shorten(row.recommended, names)
            blanks = " " * int(names - cells(name))  # columns, of which wide signs take two
            yield f"  {MARKS[row.status]} {score(row):>7}  {name}{blanks} {members:>9}  {action}".rstrip()


def _rank(row: Row) -> tuple[int, str]:
    return -(row.priority.score or 0) if row.priority else 0, row.entry


def _found(report: Report) -> Iterator[str]:
    for name in dict.fromkeys(finding.name for finding in report.findings):
        own = [finding for finding in report.findings if finding.name == name]
        if name in QUIET:
            continue
        yield f"  {own[0].code} {name}: {len(own)}"
        for finding in own[:SHOWN] if own[0].level != "note" else ():
            subject = f'"{finding.segments[0]}": ' if finding.segments else ""
            yield f"    {subject}{finding.evidence}"
