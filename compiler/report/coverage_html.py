"""Coverage as one HTML page that needs nothing else: a picture stage by stage, sortable tables, what to do."""

from __future__ import annotations

from collections.abc import Iterator
from html import escape
from typing import Final

from compiler.coverage import Report, Row
from compiler.coverage.model import STAGES
from compiler.coverage.stages import Stages
from compiler.coverage.summary import EARLIER
from compiler.report.coverage_stages import moves, people, sentences
from compiler.report.coverage_style import SCRIPT, sheet, spark
from compiler.report.coverage_table import COLUMNS, due, score
from compiler.report.coverage_text import facts

CLASSES: Final = {
    "covered": "covered",
    "covered, unmanaged": "unmanaged",
    "inactive": "inactive",
    "missing": "missing",
    "to fill in": "fill",
    "blocked": "blocked",
}
LONG: Final = ("Rule", "Evidence", "Why this priority")
NUMBERS: Final = ("Priority", "Members", "Mailable", "Trend a week", "Revenue in a year")


def as_html(report: Report) -> str:
    """Return the page."""
    body = "\n".join(_parts(report))
    title = f"Lifecycle coverage of {escape(report.account)}"
    return (
        '<!doctype html>\n<html lang="en">\n<head>\n<meta charset="utf-8">\n'
        '<meta name="viewport" content="width=device-width, initial-scale=1">\n'
        f"<title>{title}</title>\n<style>{sheet()}</style>\n</head>\n<body>\n<main>\n{body}\n</main>\n"
        f"<script>{SCRIPT}</script>\n</body>\n</html>\n"
    )


def _parts(report: Report) -> Iterator[str]:
    yield f"<h1>Lifecycle coverage of {escape(report.account)}</h1>"
    yield f'<p class="quiet">As of {escape(report.taken)}. {escape(facts(report))} Nothing was changed; this is a plan to review.</p>'
    yield from _tiles(report)
    yield "<h2>Stage by stage</h2>"
    yield from _picture(report)
    if report.stages:
        yield from _people(report.stages)
    rows = [row for row in report.rows if row.kind == "entry"]
    yield "<h2>Tracker</h2>"
    yield from _tracker(rows, "tracker")
    others = [row for row in report.rows if row.kind != "entry"]
    if others:
        yield "<h2>Segments and rules with something to do</h2>"
        yield from _tracker(others, "others")
    yield "<h2>Found</h2>"
    yield from _findings(report)
    yield "<h2>What to do</h2>"
    yield from _summary(report)
    yield from _end(report)


def _tiles(report: Report) -> Iterator[str]:
    counts = {
        status: sum(row.status == status for row in report.rows if row.kind == "entry") for status in CLASSES
    }
    tiles = [(f"{report.covered:.0%}", "of what the account could have is covered")]
    tiles += [(str(count), status) for status, count in counts.items() if count]
    if report.base:
        tiles.append((f"{report.base.size:,}", "profiles can be mailed"))
    if report.stages:
        tiles.append((f"{report.stages.outside.share:.0%}", "of the base in no stage"))
        tiles.append((f"{report.stages.several_share:.0%}", "of the base in several stages"))
    shown = "".join(f"<div><b>{escape(number)}</b>{escape(label)}</div>" for number, label in tiles)
    yield f'<div class="tiles">{shown}</div>'


def _picture(report: Report) -> Iterator[str]:
    rows = [row for row in report.rows if row.kind == "entry"]
    legend = "".join(
        f'<span><i class="{name}"></i>{escape(status)}</span>' for status, name in CLASSES.items()
    )
    yield f'<div class="legend">{legend}<span>the number is the priority</span></div>'
    known = {one.name: one for one in report.stages.stages} if report.stages else {}
    yield '<div class="stages">'
    for stage in (*STAGES, *sorted({row.stage for row in rows} - set(STAGES))):
        own = [row for row in rows if row.stage == stage]
        if own:
            covered = sum(row.status.startswith("covered") for row in own)
            width = f"{100 * covered / len(own):.0f}%"
            yield f'<section class="stage"><h3>{escape(stage)}<span>{covered} of {len(own)}</span></h3>'
            yield f'<div class="meter"><i style="width: {width}"></i></div>'
            if stage in known:
                yield f'<p class="people">{people(known[stage])}</p>'
            yield from map(_cell, own)
            yield "</section>"
    yield "</div>"


def _cell(row: Row) -> str:
    hint = escape(f"{row.status}: {row.rule}. {row.evidence}", quote=True)
    return f'<div class="cell {CLASSES[row.status]}" title="{hint}"><b>{escape(row.recommended)}</b><span>{escape(score(row))}</span></div>'


def _people(stages: Stages) -> Iterator[str]:
    """Yield who is in no stage and in several, and the moves: who stayed is marked."""
    lines = "".join(f"<li>{escape(sentence)}</li>" for sentence in sentences(stages))
    head, body = moves(stages)
    yield f"<h2>People and stages</h2><ul>{lines}</ul>"
    columns = "".join(f'<th scope="col">{escape(name)}</th>' for name in head)
    yield f'<div class="scroll"><table class="moves"><thead><tr>{columns}</tr></thead><tbody>'
    for before, *counts in body:
        cells = (
            f'<td class="number{" stayed" if now == f"{before} now" else ""}">{count}</td>'
            for now, count in zip(head[1:], counts, strict=True)
        )
        yield f'<tr><th scope="row">{escape(before[:1].upper() + before[1:])}</th>{"".join(cells)}</tr>'
    yield "</tbody></table></div>"


def _tracker(rows: list[Row], name: str) -> Iterator[str]:
    kept = [column for column in COLUMNS if any(COLUMNS[column](row) for row in rows)]
    yield f'<input class="filter" data-table="{name}" placeholder="Show rows with ..." aria-label="Show rows with">'
    yield f'<div class="scroll"><table id="{name}"><thead><tr>'
    yield "".join(f'<th scope="col"><button type="button">{escape(column)}</button></th>' for column in kept)
    yield "</tr></thead><tbody>"
    for row in rows:
        yield f"<tr>{''.join(_data(row, column) for column in kept)}</tr>"
    yield "</tbody></table></div>"


def _data(row: Row, column: str) -> str:
    text = COLUMNS[column](row)
    if column == "Status" and text in CLASSES:
        return f'<td><span class="chip {CLASSES[text]}">{escape(text)}</span></td>'
    if column == "Stage" and text in STAGES:
        return f'<td data-sort="{STAGES.index(text):02}">{escape(text)}</td>'
    if column in NUMBERS:
        return _number(row, column, text)
    style = ' class="long"' if column in LONG else ""
    return f"<td{style}>{escape(text)}</td>"


def _number(row: Row, column: str, text: str) -> str:
    """Return the cell of a number with the number that it is sorted by; what is none goes last."""
    title, shown, key = "", escape(text), text
    if column == "Trend a week" and len(row.weeks) > 1:
        shown = f"{spark(row.weeks)} {shown}"
    if column == "Priority" and row.priority is not None:
        title = f' title="{escape(row.priority.why, quote=True)}"'
        shown = f'{shown} <span class="quiet">{due(row)}</span>'
        key = text if row.priority.score is not None else ""
    return f'<td class="number" data-sort="{escape(key, quote=True)}"{title}>{shown}</td>'


def _findings(report: Report) -> Iterator[str]:
    for name in dict.fromkeys(finding.name for finding in report.findings):
        own = [finding for finding in report.findings if finding.name == name]
        yield f"<details><summary>{own[0].code} {escape(name)} ({len(own)})</summary>"
        yield f'<p class="quiet">{escape(own[0].source)}</p><ul>'
        for finding in own:
            subject = ", ".join(finding.segments) or finding.entry
            subject = f"<b>{escape(subject)}</b>: " if subject else ""
            yield f'<li>{subject}{escape(finding.evidence)} <span class="quiet">({finding.confidence} confidence)</span></li>'
        yield "</ul></details>"


def _summary(report: Report) -> Iterator[str]:
    for group, items in report.summary.items():
        lines = "".join(f"<li><b>{escape(item.name)}</b>: {escape(item.why)}</li>" for item in items)
        yield f"<details{' open' if 0 < len(items) <= 8 else ''}><summary>{escape(group.capitalize())} ({len(items)})</summary><ul>{lines}</ul></details>"


def _end(report: Report) -> Iterator[str]:
    yield "<h2>Calendar</h2><ul>"
    for quarter in report.calendar:
        yield f"<li>from {quarter.start}: {escape(', '.join(quarter.names) or 'nothing')}</li>"
    yield f"<li>earlier after: {escape('; '.join(EARLIER))}</li></ul>"
    notes = "".join(f"<li>{escape(note)}</li>" for note in report.notes)
    yield f"<h2>Notes</h2><ul>{notes}</ul>"
