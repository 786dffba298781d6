"""Coverage as Markdown, for a pull request or a wiki."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Final

from compiler.coverage import Report
from compiler.coverage.stages import Stages
from compiler.coverage.summary import EARLIER
from compiler.report.coverage_stages import moves, people, sentences
from compiler.report.coverage_table import COLUMNS, cells
from compiler.report.coverage_text import facts

SHORT: Final = (
    "Stage", "Recommended segment", "Rule", "Status", "Priority", "Action", "Existing segments", "Intended use",
    "Owner", "Review status", "Freshness cadence", "Next review", "Members", "Evidence",
)  # fmt: skip


def as_markdown(report: Report) -> str:
    """Return the report as Markdown."""
    return "".join(f"{line}\n" for line in _lines(report))


def _lines(report: Report) -> Iterator[str]:
    yield f"# Lifecycle coverage of {report.account}"
    yield ""
    yield f"As of {report.taken}: {report.covered:.0%} of what the account could have is covered. {facts(report)}"
    for kind, title in (
        ("entry", "Tracker"),
        ("segment", "Segments with something to do"),
        ("logic", "Rules without a segment"),
    ):
        rows = [cells(row) for row in report.rows if row.kind == kind]
        if rows:
            yield ""
            yield f"## {title}"
            yield ""
            yield from _table(rows)
    if report.stages:
        yield from _people(report.stages)
    yield ""
    yield "## What to do"
    for group, items in report.summary.items():
        yield ""
        yield f"### {group.capitalize()} ({len(items)})"
        yield ""
        yield from (f"- **{_plain(item.name)}**: {_plain(item.why)}" for item in items)
    yield ""
    yield "## Calendar"
    yield ""
    for quarter in report.calendar:
        yield f"- from {quarter.start}: {_plain(', '.join(quarter.names)) or 'nothing'}"
    yield f"- earlier after: {'; '.join(EARLIER)}"
    yield ""
    yield "## Notes"
    yield ""
    yield from (f"- {_plain(note)}" for note in report.notes)


def _people(stages: Stages) -> Iterator[str]:
    yield ""
    yield "## People and stages"
    yield ""
    yield from (f"- {stage.name}: {people(stage)}" for stage in stages.stages)
    yield from (f"- {_plain(sentence)}" for sentence in sentences(stages))
    head, body = moves(stages)
    yield ""
    yield f"| {' | '.join(head)} |"
    yield f"| --- |{' ---: |' * (len(head) - 1)}"
    yield from (f"| {' | '.join(row)} |" for row in body)


def _table(rows: Iterable[list[str]]) -> Iterator[str]:
    listed = list(rows)
    names = list(COLUMNS)
    kept = [names.index(name) for name in SHORT if any(row[names.index(name)] for row in listed)]
    yield f"| {' | '.join(names[place] for place in kept)} |"
    yield f"|{' --- |' * len(kept)}"
    for row in listed:
        yield f"| {' | '.join(_plain(row[place]) for place in kept)} |"


def _plain(text: str) -> str:
    """Return a text that Markdown shows as it is."""
    for char in ("\\", "|", "*", "_", "<", ">", "[", "]", "`"):
        text = text.replace(char, f"\\{char}")
    return text.replace("\n", " ")
