"""A back-population as one HTML page that needs nothing else: verdict, timeline, figures, charts, runbook."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from html import escape

from compiler.backpopulate import Backpopulation, Simulation
from compiler.backpopulate.actions import span_text
from compiler.report.backpopulate_text import WORDS, mode_text, readable
from compiler.report.fit import ems, one_line, shorten
from compiler.report.svg_style import DARK, FONT, LIGHT
from compiler.report.timeline_svg import timeline_svg

HUES = ("message", "split", "update", "delay", "other")
CHART_WIDTH, CHART_HEIGHT, CHART_LEFT = 960.0, 240.0, 56.0
MOST_DAYS = 120  # columns of the chart; beyond, days are gathered


def as_html(found: Backpopulation) -> str:
    """Return the page."""
    name = escape(one_line(found.shape.name))
    parts = [
        *_head(found, name),
        "<h2>When each message comes</h2>",
        '<div class="picture">',
        timeline_svg(found.timeline, found.shape.name),
        "</div>",
    ]
    if found.simulation is not None:
        parts += _simulation(found.simulation)
    parts += _runbook(found)
    body = "\n".join(parts)
    return (
        f'<!doctype html>\n<html lang="en">\n<head>\n<meta charset="utf-8">\n<meta name="viewport" content="width=device-width, initial-scale=1">\n'
        f"<title>Back-population: {name}</title>\n<style>{_sheet()}</style>\n</head>\n<body>\n<main>\n{body}\n</main>\n</body>\n</html>\n"
    )


def _head(found: Backpopulation, name: str) -> Iterator[str]:
    verdict = found.eligibility
    mode = f", {mode_text(found)}" if found.timeline.modes else ""
    yield f"<h1>{name}</h1>"
    yield f'<p class="quiet">Add past profiles on {readable(found.settings.now)}{mode}; account zone {escape(found.settings.account_zone)}.</p>'
    word = "May be back-populated" if verdict.eligible else "May not be back-populated"
    yield f'<p class="verdict {"yes" if verdict.eligible else "no"}">{word}</p>'
    if verdict.reasons:
        rows = (
            f'<li class="{reason.verdict}"><strong>{reason.verdict}</strong> {_say(reason.text)} {_say(reason.remedy)} <span class="quiet">{_say(reason.source)}</span></li>'
            for reason in verdict.reasons
        )
        yield f"<ul>{''.join(rows)}</ul>"


def _simulation(found: Simulation) -> Iterator[str]:
    tiles = [
        (f"{found.added:,}", "profiles added"),
        (f"{found.triggered:,}", "triggered it"),
        (f"{found.total('sent'):,}", "messages and actions"),
        (str(len(found.doubts)), "rules in doubt"),
    ]
    yield (
        '<div class="tiles">'
        + "".join(f"<div><b>{number}</b>{word}</div>" for number, word in tiles)
        + "</div>"
    )
    yield "<h2>Where they enter</h2>"
    yield _bars(
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
        yield _bars([(row.text, row.count, "") for row in found.left_out])
    yield "<h2>What is sent, by day of the account</h2>"
    yield _chart(found)
    yield "<h2>What becomes of each message</h2>"
    yield _outcomes(found)
    if found.queue is not None:
        queue = found.queue
        yield f"<h2>How fast texts go</h2><p>{queue.speed} texts a second: at most {queue.longest:,} wait, the last of them {span_text(queue.wait)}; all are out by {readable(queue.done)}.</p>"
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
    yield f'<ul class="quiet">{"".join(f"<li>{_say(note)}</li>" for note in notes)}</ul>'


def _outcomes(found: Simulation) -> str:
    used = [name for name in WORDS if any(name in row.counts for row in found.outcomes)]
    rows = [
        (row.name, row.channel, *(f"{row.counts[name]:,}" if name in row.counts else "" for name in used))
        for row in found.outcomes
    ]
    return _table(("Step", "Channel", *(WORDS[name] for name in used)), rows)


def _table(head: Iterable[str], rows: Iterable[Iterable[str]]) -> str:
    top = "".join(f"<th>{_say(cell)}</th>" for cell in head)
    body = "".join(f"<tr>{''.join(f'<td>{_say(cell)}</td>' for cell in row)}</tr>\n" for row in rows)
    return f'<div class="picture"><table><thead><tr>{top}</tr></thead>\n<tbody>{body}</tbody></table></div>'


def _bars(rows: list[tuple[str, int, str]]) -> str:
    """Return horizontal bars: a name, a count, a note."""
    most = max((count for _, count, _ in rows), default=1)
    return (
        '<div class="bars">'
        + "".join(
            f'<div><span>{_say(name)}</span><i style="width:{100 * count / most:.1f}%"></i><b>{count:,}</b><em>{_say(note)}</em></div>'
            for name, count, note in rows
        )
        + "</div>"
    )


def _columns(found: Simulation) -> tuple[list[str], list[tuple[int, str]], dict[tuple[str, int], int]]:
    """Return days, steps and the sends of each: from MOST_DAYS on, several days share a column."""
    sent = [row for row in found.days if row.outcome in ("sent", "review")]
    days = sorted({row.day for row in sent})
    group = -(-len(days) // MOST_DAYS) or 1
    first = {day: days[place - place % group] for place, day in enumerate(days)}
    counts: dict[tuple[str, int], int] = {}
    for row in sent:
        key = (first[row.day], row.step)
        counts[key] = counts.get(key, 0) + row.count
    steps = sorted({(row.step, row.name) for row in sent})
    return sorted(set(first.values())), steps, counts


def _chart(found: Simulation) -> str:
    """Return stacked columns, a colour a message, with a legend."""
    days, steps, counts = _columns(found)
    if not days:
        return "<p>Nothing.</p>"
    most = max(sum(counts.get((day, step), 0) for step, _ in steps) for day in days)
    wide = (CHART_WIDTH - CHART_LEFT) / len(days)
    out = [
        f'<svg class="chart" viewBox="0 0 {CHART_WIDTH:g} {CHART_HEIGHT + 24:g}" role="img" aria-label="Sends by day">'
    ]
    for part in (0, 0.5, 1):
        y = 8 + (CHART_HEIGHT - 8) * (1 - part)
        out.append(
            f'<path d="M{CHART_LEFT:g} {y:.1f}H{CHART_WIDTH:g}"/><text x="{CHART_LEFT - 6:g}" y="{y + 4:.1f}" text-anchor="end">{round(most * part):,}</text>'
        )
    for place, day in enumerate(days):
        out += _column(CHART_LEFT + place * wide, wide, day, steps, counts, most)
    every = -(-len(days) // 8)
    out += [
        f'<text x="{CHART_LEFT + (place + 0.5) * wide:.1f}" y="{CHART_HEIGHT + 18:g}" text-anchor="middle">{day}</text>'
        for place, day in enumerate(days)
        if place % every == 0 and (place + 0.5) * wide < CHART_WIDTH - CHART_LEFT - 30
    ]
    legend = "".join(
        f'<span><i class="hue-{place % len(HUES)}"></i>{_say(shorten(one_line(name), 40, ems))}</span>'
        for place, (_, name) in enumerate(steps)
    )
    return f'{"".join(out)}</svg><p class="legend">{legend}</p>'


def _column(
    x: float,
    wide: float,
    day: str,
    steps: list[tuple[int, str]],
    counts: dict[tuple[str, int], int],
    most: int,
) -> Iterator[str]:
    base = CHART_HEIGHT
    for place, (step, name) in enumerate(steps):
        count = counts.get((day, step), 0)
        if count:
            high = (CHART_HEIGHT - 8) * count / most
            base -= high
            yield f'<rect class="hue-{place % len(HUES)}" x="{x + wide * 0.1:.1f}" y="{base:.1f}" width="{min(wide * 0.8, 40):.1f}" height="{high:.1f}"><title>{day}: {count:,} {_say(name)}</title></rect>'


def _runbook(found: Backpopulation) -> Iterator[str]:
    book = found.runbook
    yield "<h2>Runbook</h2>"
    for title, lines in (
        ("Before", book.before),
        ("Click", book.clicks),
        ("Expect", book.expect),
        ("Afterwards", book.after),
    ):
        if title != "Click" or found.eligibility.eligible:
            yield f"<h3>{title}</h3><ol>{''.join(f'<li>{_say(line)}</li>' for line in lines)}</ol>"


def _say(text: str) -> str:
    return escape(one_line(text))


def _sheet() -> str:
    return f"""
body {{ font: 15px/1.5 {FONT}; margin: 0; }}
main {{ max-width: 62rem; margin: 0 auto; padding: 2rem 1.25rem 4rem; }}
h1 {{ font-size: 1.5rem; margin: 0; }} h2 {{ font-size: 1.1rem; margin: 2rem 0 0.5rem; }} h3 {{ margin: 1rem 0 0.25rem; font-size: 1rem; }}
p {{ margin: 0.4rem 0; }} ol, ul {{ padding-left: 1.4rem; margin: 0.3rem 0; }} li {{ margin: 0.2rem 0; }}
.verdict {{ display: inline-block; font-weight: 650; border-radius: 6px; padding: 0.2rem 0.7rem; }}
.picture {{ overflow-x: auto; }} svg {{ max-width: 100%; height: auto; }}
table {{ border-collapse: collapse; width: 100%; }} th, td {{ text-align: left; padding: 0.3rem 0.6rem; vertical-align: top; }}
.tiles {{ display: flex; flex-wrap: wrap; gap: 0.75rem; margin: 1.25rem 0; }}
.tiles div {{ flex: 1 1 10rem; border-radius: 8px; padding: 0.7rem 1rem; }} .tiles b {{ display: block; font-size: 1.6rem; }}
.bars div {{ display: grid; grid-template-columns: minmax(9rem, 20rem) 1fr 5rem; gap: 0 0.75rem; align-items: center; margin: 0.35rem 0; }}
.bars b {{ text-align: right; }} .bars i {{ height: 0.9rem; border-radius: 3px; min-width: 2px; }} .bars em {{ grid-column: 2 / 4; font-size: 0.8rem; font-style: normal; }}
.chart text {{ font-size: 11px; }} .chart path {{ stroke-width: 1; fill: none; }}
.legend {{ display: flex; flex-wrap: wrap; gap: 0.3rem 1rem; font-size: 0.85rem; }} .legend i {{ display: inline-block; width: 0.8rem; height: 0.8rem; border-radius: 3px; margin-right: 0.35rem; vertical-align: -1px; }}
{_colours(LIGHT)}@media (prefers-color-scheme: dark) {{
{_colours(DARK)}}}
"""


def _colours(of: dict[str, str]) -> str:
    hues = "".join(
        f".hue-{place} {{ fill: {of[hue]}; }} i.hue-{place} {{ background: {of[hue]}; }}\n"
        for place, hue in enumerate(HUES)
    )
    return (
        f"body {{ background: {of['ground']}; color: {of['ink']}; }} .quiet, .bars em {{ color: {of['quiet']}; }}\n"
        f".yes {{ background: {of['live-chip']}; color: {of['live']}; }} .no {{ background: {of['draft-chip']}; color: {of['draft']}; }}\n"
        f".tiles div {{ background: {of['chip']}; }} th, td {{ border-bottom: 1px solid {of['edge']}; }}\n"
        f".bars i {{ background: {of['message']}; }} .chart path {{ stroke: {of['edge']}; }} .chart text {{ fill: {of['quiet']}; }}\n{hues}"
    )
