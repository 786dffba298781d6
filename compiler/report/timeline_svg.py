"""The timeline of a flow as SVG: a bar a path, messages as marks on it, and below each bar who enters where.

The scale is the flow's own horizon. Where messages stand close together their names step down, line by line.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from xml.sax.saxutils import escape, quoteattr

from compiler.backpopulate import Path, Stop, Timeline, Window
from compiler.backpopulate.actions import span_text
from compiler.backpopulate.backpopulation import THE_CLICK
from compiler.backpopulate.paths import stop_text
from compiler.report.fit import ems, one_line, shorten
from compiler.report.svg_style import DARK, FONT, LIGHT

WIDTH, MARGIN, LEAD, BAR, SIZE = 960.0, 24.0, 17.0, 18.0, 12.0
TONES = 5  # shades of the windows
MOST = 24  # paths drawn


@dataclass(frozen=True, slots=True)
class _Note:
    """A text at a place of the scale, on a line below or above the bar."""

    x: float
    line: int
    text: str
    anchor: str


def timeline_svg(times: Timeline, name: str, *, titled: bool = True) -> str:
    """Return the picture as one SVG document, readable in light and dark; ``titled`` puts the flow's name on top."""
    body: list[str] = []
    top = MARGIN + 4 if titled else MARGIN + 4 - LEAD
    y = top + 2 * LEAD - 4
    drawn = times.paths[:MOST]
    for number, path in enumerate(drawn, 1):
        title = f"Path {number} of {times.count}: {', '.join(path.branches)}" if times.count > 1 else ""
        part, height = _path(path, times, one_line(title), y)
        body += part
        y += height
    if times.count > len(drawn):
        body.append(_text(MARGIN, y + LEAD, f"{times.count - len(drawn)} more paths", "quiet"))
        y += 2 * LEAD
    head = _text(MARGIN, top, shorten(one_line(name), 70, ems), "title") if titled else ""
    sub = _text(MARGIN, top + LEAD, reach_text(times), "quiet")
    width, tall = f"{WIDTH:g}", f"{y + MARGIN:g}"
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" class="flowc-time" viewBox="0 0 {width} {tall}" '
        f'width="{width}" height="{tall}" role="img" aria-label={quoteattr(f"Timeline of {one_line(name)}")}>\n'
        f'<style>{_sheet()}</style>\n<rect class="ground" width="{width}" height="{tall}"/>\n{head}{sub}{"".join(body)}</svg>\n'
    )


def reach_text(times: Timeline) -> str:
    """Return how long a flow is and what that is counted from: ``horizon 7 days from joining``."""
    if times.counted_from == THE_CLICK:
        length = span_text(times.horizon) if times.horizon else "no delay"
        return f"{length} from {THE_CLICK}; no limit to how long ago people joined"
    reach = f"horizon {span_text(times.horizon)}" if times.horizon else "no delay"
    return f"{reach} from {times.counted_from}"


def _x(seconds: int, horizon: int) -> float:
    return MARGIN + (WIDTH - 2 * MARGIN) * (seconds / horizon if horizon else 0)


def _path(path: Path, times: Timeline, title: str, top: float) -> tuple[list[str], float]:
    """Return one path's shapes and its height."""
    y = top + (LEAD if title else 0)
    out = [_text(MARGIN, y + 4, shorten(title, 900 / SIZE, ems), "branch")] if title else []
    above = _notes([(stop.latest, _stop(stop)) for stop in path.stops], times.horizon)
    lines = 1 + max((note.line for note in above), default=-1)
    bar = y + 10 + lines * LEAD
    out += [
        f'<rect class="track" x="{MARGIN:g}" y="{bar:g}" width="{WIDTH - 2 * MARGIN:g}" height="{BAR:g}" rx="4"/>\n'
    ]
    out += [_window(window, place, times.horizon, bar) for place, window in enumerate(path.windows)]
    texts = []  # over all stems, which they hide where they cross
    for stop, note in zip(path.stops, above, strict=True):
        text_y = bar - 8 - (lines - 1 - note.line) * LEAD
        x = _x(stop.latest, times.horizon)
        out.append(
            f'<path class="stem" d="M{x:.1f} {text_y + 4:.1f}V{bar + BAR:.1f}"/>\n<circle class="dot {stop.status}" cx="{x:.1f}" cy="{bar + BAR / 2:.1f}" r="5"/>\n'
        )
        texts.append(_text(note.x, text_y, note.text, "stop", note.anchor))
    out += texts
    below = (
        _notes(
            [((window.since + window.until) // 2, _entry(window)) for window in path.windows], times.horizon
        )
        if times.modes
        else []
    )
    out += [
        _text(note.x, bar + BAR + LEAD * (note.line + 1), note.text, "quiet", note.anchor) for note in below
    ]
    rows = 1 + max((note.line for note in below), default=-1)
    return out, bar + BAR + LEAD * rows + 26 - top


def _notes(texts: list[tuple[int, str]], horizon: int) -> list[_Note]:
    """Place texts near their seconds, from right to left, each on the first line where it meets no other.

    A text that is not on the first line ends at its own place, so that it never lies under a neighbour's stem.
    """
    taken: list[float] = []  # where the leftmost text of each line starts
    found = []
    for seconds, text in reversed(texts):
        x, wide = _x(seconds, horizon), ems(text) * SIZE
        line = 0
        while True:
            anchor, left = _anchored(x, wide, line)
            if line == len(taken) or left + wide + 10 < taken[line]:
                break
            line += 1
        taken[line:] = [left, *taken[line + 1 :]]
        found.append(_Note(x + 4 if anchor == "start" and line else x, line, text, anchor))
    return found[::-1]


def _anchored(x: float, wide: float, line: int) -> tuple[str, float]:
    """Return how a text is anchored at its place, and where it starts."""
    if x - wide / 2 < MARGIN:
        return "start", x
    if line or x + wide / 2 > WIDTH - MARGIN:
        return ("end", x - wide) if x - wide > 0 else ("start", x)
    return "middle", x - wide / 2


def _stop(stop: Stop) -> str:
    return f"{shorten(one_line(stop.name), 26, ems)}, {stop_text(stop)}"


def _entry(window: Window) -> str:
    since = "0" if window.since == 0 else span_text(window.since)
    return f"{since} to {span_text(window.until)} ago: {shorten(one_line(window.next), 22, ems)}"


def _window(window: Window, place: int, horizon: int, y: float) -> str:
    left, right = _x(window.since, horizon), _x(window.until, horizon)
    missed = f"; misses {', '.join(window.missed)}" if window.missed else ""
    return (
        f'<rect class="window tone-{place % TONES}" x="{left:.1f}" y="{y:.1f}" width="{max(1.0, right - left - 1):.1f}" height="{BAR:g}" rx="4">'
        f"<title>{escape(one_line(_entry(window) + missed))}</title></rect>\n"
    )


def _text(x: float, y: float, text: str, kind: str, anchor: str = "start") -> str:
    return f'<text class="{kind}" x="{x:.1f}" y="{y:.1f}" text-anchor="{anchor}">{escape(text)}</text>\n'


def _sheet() -> str:
    dark = "".join(_colours(DARK))
    shapes = (
        f".flowc-time text {{ font-family: {FONT}; font-size: {SIZE:g}px; }}\n"
        ".flowc-time .title { font-size: 17px; font-weight: 650; }\n.flowc-time .branch { font-weight: 650; }\n"
        ".flowc-time .stem { stroke-width: 1; }\n.flowc-time .dot { stroke-width: 2; }\n"
    )
    return f"\n{shapes}{''.join(_colours(LIGHT))}@media (prefers-color-scheme: dark) {{\n{dark}}}\n"


def _colours(of: dict[str, str]) -> Iterator[str]:
    yield f".flowc-time .ground {{ fill: {of['ground']}; }}\n"
    yield f".flowc-time .title, .flowc-time .stop, .flowc-time .branch {{ fill: {of['ink']}; }}\n"
    yield f".flowc-time .stop {{ stroke: {of['ground']}; stroke-width: 4px; paint-order: stroke; }}\n"
    yield f".flowc-time .quiet {{ fill: {of['quiet']}; }}\n.flowc-time .track {{ fill: {of['chip']}; }}\n"
    yield f".flowc-time .stem {{ stroke: {of['line']}; }}\n.flowc-time .dot {{ stroke: {of['ground']}; }}\n"
    for status in ("live", "manual"):
        yield f".flowc-time .dot.{status} {{ fill: {of['message'] if status == 'live' else of['split']}; }}\n"
    for tone in range(TONES):
        yield f".flowc-time .tone-{tone} {{ fill: {of['delay']}; fill-opacity: {0.62 - 0.1 * tone:.2f}; }}\n"
