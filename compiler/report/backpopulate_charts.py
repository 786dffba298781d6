"""Charts of a back-population in HTML: horizontal bars, and columns of what is sent by day."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from html import escape

from compiler.backpopulate import Simulation
from compiler.report.fit import ems, one_line, shorten

HUES = ("message", "delay", "split", "update", "removed", "other")  # more could not be told apart
CHART_WIDTH, CHART_HEIGHT, CHART_LEFT = 960.0, 240.0, 56.0
NAMES, ROW = 250.0, 26.0  # of a chart with a row a message: where its columns begin, and how high it is
MOST_SPANS = 120  # columns of the chart; beyond, days are gathered by weeks


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


@dataclass(frozen=True, slots=True)
class Columns:
    """What is sent by spans of ``size`` days from ``first`` on, ``many`` of them; ``counts`` by (span, step).

    Days on which nothing goes out keep their place.
    """

    first: date
    last: date
    size: int
    many: int
    steps: tuple[tuple[int, str], ...]
    counts: Mapping[tuple[int, int], int]

    def days(self, span: int) -> str:
        """Return the day or days of a span: ``2026-06-01``, ``2026-06-01 to 2026-06-07``."""
        start = self.first + timedelta(days=span * self.size)
        end = min(self.last, start + timedelta(days=self.size - 1))
        return f"{start}" if start == end else f"{start} to {end}"

    def total(self, span: int) -> int:
        """Return how many go out in a span."""
        return sum(self.counts.get((span, step), 0) for step, _ in self.steps)


def columns(found: Simulation) -> Columns | None:
    """Return what is sent or put to review by calendar spans, at most MOST_SPANS of them; None where nothing is."""
    sent = [(date.fromisoformat(row.day), row) for row in found.days if row.outcome in ("sent", "review")]
    if not sent:
        return None
    first, last = min(day for day, _ in sent), max(day for day, _ in sent)
    size = 1
    while (last - first).days // size >= MOST_SPANS:
        size = size * 2 if size > 1 else 7
    counts: Counter[tuple[int, int]] = Counter()
    for day, row in sent:
        counts[(day - first).days // size, row.step] += row.count
    steps = tuple(sorted({(row.step, row.name) for _, row in sent}))
    return Columns(first, last, size, (last - first).days // size + 1, steps, counts)


def heading(found: Columns | None) -> str:
    """Return what the chart shows, and how many days share a column."""
    span = "day" if found is None or found.size == 1 else f"{found.size} days"
    return f"What is sent or put to review, by {span} of the account"


def chart(found: Columns | None) -> str:
    """Return columns: stacked, a colour a message, with a legend; a row a message where there are many."""
    if found is None:
        return "<p>Nothing.</p>"
    if len(found.steps) > len(HUES):
        return _rows(found)
    most = max(found.total(span) for span in range(found.many))
    wide = (CHART_WIDTH - CHART_LEFT) / found.many
    out = list(_scale(most))
    for span in range(found.many):
        base = CHART_HEIGHT
        for place, (step, name) in enumerate(found.steps):
            high = (CHART_HEIGHT - 8) * found.counts.get((span, step), 0) / most
            base -= high
            out += _bar(found, (span, step, name), place, CHART_LEFT + span * wide, wide, base, high)
    out += _axis(found, CHART_LEFT, CHART_HEIGHT)
    legend = "".join(
        f'<span><i class="hue-{place}"></i>{say(shorten(one_line(name), 40, ems))}</span>'
        for place, (_, name) in enumerate(found.steps)
    )
    return f'{_svg(out, CHART_HEIGHT)}<p class="legend">{legend}</p>'


def _rows(found: Columns) -> str:
    """Return a row of columns a message, with its name and number before it, all on one scale."""
    most = max(found.counts.values())
    wide = (CHART_WIDTH - NAMES) / found.many
    out = []
    for place, (step, name) in enumerate(found.steps):
        base = (place + 1) * ROW
        total = sum(count for (_, one), count in found.counts.items() if one == step)
        said = f"{say(shorten(one_line(name), 30, ems))}: {total:,}"
        out.append(f'<text x="{NAMES - 8:g}" y="{base - 6:g}" text-anchor="end">{said}</text>')
        out.append(f'<path d="M{NAMES:g} {base:g}H{CHART_WIDTH:g}"/>')
        for span in range(found.many):
            high = (ROW - 4) * found.counts.get((span, step), 0) / most
            out += _bar(found, (span, step, name), 0, NAMES + span * wide, wide, base - high, high)
    height = len(found.steps) * ROW
    note = f'<p class="quiet">A row for each message, all on one scale; the highest column is {most:,}.</p>'
    return _svg([*out, *_axis(found, NAMES, height)], height) + note


def _svg(parts: Iterable[str], height: float) -> str:
    box = f'viewBox="0 0 {CHART_WIDTH:g} {height + 24:g}"'
    return f'<div class="picture"><svg class="chart" {box} role="img" aria-label="Sends by day">{"".join(parts)}</svg></div>'


def _scale(most: int) -> Iterator[str]:
    """Yield the lines and numbers of none, half where that is a whole number, and the most."""
    for part in (0, 1) if most % 2 else (0, 0.5, 1):
        y = 8 + (CHART_HEIGHT - 8) * (1 - part)
        yield (
            f'<path d="M{CHART_LEFT:g} {y:.1f}H{CHART_WIDTH:g}"/>'
            f'<text x="{CHART_LEFT - 6:g}" y="{y + 4:.1f}" text-anchor="end">{round(most * part):,}</text>'
        )


def _axis(found: Columns, left: float, height: float) -> Iterator[str]:
    """Yield the first days of some spans, evenly along the axis."""
    wide = (CHART_WIDTH - left) / found.many
    for span in range(0, found.many, -(-found.many // 8)):
        x = left + (span + 0.5) * wide
        if x < CHART_WIDTH - 30:
            day = found.first + timedelta(days=span * found.size)
            yield f'<text x="{x:.1f}" y="{height + 18:g}" text-anchor="middle">{day}</text>'


def _bar(
    found: Columns, of: tuple[int, int, str], hue: int, x: float, wide: float, y: float, high: float
) -> Iterator[str]:
    span, step, name = of
    count = found.counts.get((span, step), 0)
    if count:
        own = min(wide * 0.8, 40)
        place = f'x="{x + (wide - own) / 2:.1f}" y="{y:.1f}" width="{own:.1f}" height="{high:.1f}"'
        yield f'<rect class="hue-{hue}" {place}><title>{found.days(span)}: {count:,} {say(name)}</title></rect>'
