"""A back-population as one HTML page that needs nothing else: verdict, timeline, figures, charts, runbook."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from html import escape

from compiler.backpopulate import Backpopulation, Simulation
from compiler.backpopulate.actions import span_text
from compiler.backpopulate.dates import window_sentence
from compiler.backpopulate.paths import ranges_text
from compiler.backpopulate.settings import MODE_WORDS
from compiler.report.backpopulate_charts import bars, chart, columns, heading, say
from compiler.report.backpopulate_style import sheet
from compiler.report.backpopulate_text import WORDS, readable, speed_text
from compiler.report.fit import one_line
from compiler.report.timeline_svg import timeline_svg


def as_html(found: Backpopulation) -> str:
    """Return the page."""
    name = escape(one_line(found.shape.name))
    parts = [
        *_head(found, name),
        "<h2>When each message comes</h2>",
        '<div class="picture">',
        timeline_svg(found.timeline, found.shape.name, titled=False),
        "</div>",
    ]
    ranges = ranges_text(found.timeline)
    if ranges is not None:
        parts.append(f'<p class="quiet">{say(ranges)}</p>')
    if found.dated:
        parts += ["<h2>What the flow does by itself, were it set live at this moment</h2>"]
        parts.append(f"<ul>{''.join(f'<li>{say(window_sentence(row))}.</li>' for row in found.dated)}</ul>")
    if found.simulation is not None:
        parts += _simulation(found.simulation)
    if found.eligibility.eligible:
        parts += _runbook(found)
    body = "\n".join(parts)
    return (
        f'<!doctype html>\n<html lang="en">\n<head>\n<meta charset="utf-8">\n<meta name="viewport" content="width=device-width, initial-scale=1">\n'
        f"<title>Back-population: {name}</title>\n<style>{sheet()}</style>\n</head>\n<body>\n<main>\n{body}\n</main>\n</body>\n</html>\n"
    )


def _head(found: Backpopulation, name: str) -> Iterator[str]:
    verdict = found.eligibility
    mode = f", {MODE_WORDS[found.settings.mode]}" if found.timeline.modes else ""
    yield f"<h1>{name}</h1>"
    yield f'<p class="quiet">Add past profiles on {readable(found.settings.now)}{mode}; account zone {escape(found.settings.account_zone)}.</p>'
    word = verdict.answer.replace("Yes", "May be back-populated").replace("No", "May not be back-populated")
    yield f'<p class="verdict {"yes" if verdict.eligible else "no"}">{word}</p>'
    if verdict.reasons:
        rows = (
            f'<li class="{reason.verdict}"><strong>{reason.verdict}</strong> {say(reason.text)} {say(reason.remedy)} <span class="quiet">{say(reason.source)}</span></li>'
            for reason in verdict.reasons
        )
        yield f"<ul>{''.join(rows)}</ul>"


def _simulation(found: Simulation) -> Iterator[str]:
    tiles = [
        (f"{found.added:,}", "profiles added"),
        (f"{found.triggered:,}", "triggered it"),
        (f"{found.total('sent'):,}", "messages and actions sent"),
        (str(len(found.doubts)), "rules in doubt"),
    ]
    yield (
        '<div class="tiles">'
        + "".join(f"<div><b>{number}</b>{word}</div>" for number, word in tiles)
        + "</div>"
    )
    yield "<h2>Where they enter</h2>"
    yield bars(
        [
            (
                row.name,
                row.count,
                "" if row.step is None else f"go on {readable(row.first)} to {readable(row.last)}",
            )
            for row in found.entries
        ]
    )
    if found.left_out:
        yield "<h2>Who is not added</h2>"
        yield bars([(row.text, row.count, "") for row in found.left_out])
    sent = columns(found)
    yield f"<h2>{heading(sent)}</h2>"
    yield chart(sent)
    yield "<h2>What becomes of each message</h2>"
    yield _outcomes(found)
    if found.queue is not None:
        queue = found.queue
        yield f"<h2>How fast texts go</h2><p>{speed_text(queue.speed)}: at most {queue.longest:,} wait, the last of them {span_text(queue.wait)}; all are out by {readable(queue.done)}.</p>"
    if found.doubts:
        yield "<h2>What hangs on undocumented rules</h2>"
        yield _table(
            ("Profiles", "Rule", "Source"), [(f"{row.count:,}", row.text, row.source) for row in found.doubts]
        )
    notes = [
        *(f"Undecided: {reason}" for reason in found.undecided),
        *found.notes,
        f"Time zones: tzdata {found.zones}.",
    ]
    yield f'<ul class="quiet">{"".join(f"<li>{say(note)}</li>" for note in notes)}</ul>'


def _outcomes(found: Simulation) -> str:
    used = [name for name in WORDS if any(name in row.counts for row in found.outcomes)]
    rows = [
        (row.name, row.channel, *(f"{row.counts[name]:,}" if name in row.counts else "" for name in used))
        for row in found.outcomes
    ]
    return _table(("Step", "Channel", *(WORDS[name] for name in used)), rows)


def _table(head: Iterable[str], rows: Iterable[Iterable[str]]) -> str:
    top = "".join(f"<th>{say(cell)}</th>" for cell in head)
    body = "".join(f"<tr>{''.join(f'<td>{say(cell)}</td>' for cell in row)}</tr>\n" for row in rows)
    return f'<div class="picture"><table><thead><tr>{top}</tr></thead>\n<tbody>{body}</tbody></table></div>'


def _runbook(found: Backpopulation) -> Iterator[str]:
    book = found.runbook
    yield "<h2>Runbook</h2>"
    for title, lines in (
        ("Before", book.before),
        ("Click", book.clicks),
        ("Expect", book.expect),
        ("Afterwards", book.after),
    ):
        if lines:
            yield f"<h3>{title}</h3><ol>{''.join(f'<li>{say(line)}</li>' for line in lines)}</ol>"
