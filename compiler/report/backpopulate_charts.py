"""Charts of a back-population in HTML: horizontal bars, and columns of what is sent by day."""

from __future__ import annotations

from collections.abc import Iterator
from html import escape

from compiler.backpopulate import Simulation
from compiler.report.fit import ems, one_line, shorten

HUES = ("message", "split", "update", "delay", "other")
CHART_WIDTH, CHART_HEIGHT, CHART_LEFT = 960.0, 240.0, 56.0
MOST_DAYS = 120  # columns of the chart; beyond, days are gathered


def say(text: str) -> str:
    """Return text as HTML, in one line."""
    return escape(one_line(text))


def bars(rows: list[tuple[str, int, str]]) -> str:
    """Return horizontal bars: a name, a count, a note."""
    most = max((count for _, count, _ in rows), default=1)
    return (
        '<div class="bars">'
        + "".join(
            f'<div><span>{say(name)}</span><i style="width:{100 * count / most:.1f}%"></i><b>{count:,}</b><em>{say(note)}</em></div>'
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


def chart(found: Simulation) -> str:
    """Return stacked columns, a colour a message, with a legend."""
    days, steps, counts = _columns(found)
    if not days:
        return "<p>Nothing.</p>"
    most = max(sum(counts.get((day, step), 0) for step, _ in steps) for day in days)
    wide = (CHART_WIDTH - CHART_LEFT) / len(days)
    out = [
        '<div class="picture">',
        f'<svg class="chart" viewBox="0 0 {CHART_WIDTH:g} {CHART_HEIGHT + 24:g}" role="img" aria-label="Sends by day">',
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
        f'<span><i class="hue-{place % len(HUES)}"></i>{say(shorten(one_line(name), 40, ems))}</span>'
        for place, (_, name) in enumerate(steps)
    )
    return f'{"".join(out)}</svg></div><p class="legend">{legend}</p>'


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
            yield f'<rect class="hue-{place % len(HUES)}" x="{x + wide * 0.1:.1f}" y="{base:.1f}" width="{min(wide * 0.8, 40):.1f}" height="{high:.1f}"><title>{day}: {count:,} {say(name)}</title></rect>'
