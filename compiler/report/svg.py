"""A flow's picture as SVG: cards from top to bottom, readable in light and dark, without any other program."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import partial
from itertools import pairwise
from xml.sax.saxutils import escape, quoteattr

from compiler.labels.steps import Label
from compiler.report.fit import Measure, ems, one_line, shorten, wrap
from compiler.report.picture import Card, Picture, Way
from compiler.report.svg_layers import Box, Out
from compiler.report.svg_layout import END_HEIGHT, Line, place
from compiler.report.svg_style import sheet

CARD_WIDTH, TRIGGER_WIDTH, WORD_LIMIT = 240.0, 340.0, 190.0
TEXT_LEFT, PAD, HEAD_HEIGHT, MARGIN = 16.0, 11.0, 62.0, 16.0
HEADING_SIZE, TEXT_SIZE, DETAIL_SIZE, WORD_SIZE, NAME_SIZE = 10.0, 13.0, 11.5, 11.5, 17.0
HEADING_LEAD, TEXT_LEAD, DETAIL_LEAD = 17.0, 17.0, 15.5
BOLD = 1.09


@dataclass(frozen=True, slots=True)
class _Face:
    """A card that has been set: its lines of text, its size, its chips from right to left."""

    label: Label
    texts: tuple[str, ...]
    details: tuple[str, ...]
    chips: tuple[str, ...]
    width: float

    @property
    def headed(self) -> bool:
        return bool(self.label.heading or self.chips)

    @property
    def height(self) -> float:
        lines = HEADING_LEAD * self.headed + TEXT_LEAD * len(self.texts) + DETAIL_LEAD * len(self.details)
        return 2 * PAD + lines - 3


def svg(picture: Picture) -> str:
    """Return the picture as one SVG document, as wide and high as its content needs."""
    faces = [_face(picture.trigger, (), TRIGGER_WIDTH, 5)]
    faces += [
        _face(card.label, _chips(card, picture.own_status(card)), CARD_WIDTH, 3) for card in picture.cards
    ]
    index = {card.key: position for position, card in enumerate(picture.cards, 1)}
    layout = place([_box(face, outs) for face, outs in zip(faces, _outs(picture, index), strict=True)])
    head = ems(shorten(picture.name, 60, ems)) * NAME_SIZE * BOLD + 90
    width, height = max(layout.width, head) + 2 * MARGIN, layout.height + HEAD_HEIGHT + 2 * MARGIN
    body = [*_start(picture, width, height)]
    left = (width - layout.width) / 2
    body.append(f'<g transform="translate({_n(left)} {_n(HEAD_HEIGHT + MARGIN)})">')
    start = Way("next", "", picture.cards[0].key if picture.cards else None)
    for (box, position), line in layout.lines.items():
        way = start if box == 0 else picture.cards[box - 1].ways[position]
        body.extend(_line(way, "trigger" if box == 0 else picture.cards[box - 1].key, line))
    body.extend(_card("trigger", None, faces[0], layout.boxes[0]))
    for card, face, corner in zip(picture.cards, faces[1:], layout.boxes[1:], strict=True):
        body.extend(_card(card.key, card, face, corner))
    return "\n".join([*body, "</g>", "</svg>", ""])


def _chips(card: Card, status: str | None) -> tuple[str, ...]:
    """Return a card's chips: what a plan does with it, and its status where it is not the flow's."""
    return tuple(chip for chip in (card.mark, status) if chip)


def _measure(size: float) -> Measure:
    return partial(_pixels, size=size)


def _pixels(text: str, size: float) -> float:
    return ems(text) * size


def _face(label: Label, chips: tuple[str, ...], width: float, details: int) -> _Face:
    room = width - TEXT_LEFT - PAD
    texts = wrap(label.text, room, 4, _measure(TEXT_SIZE * BOLD)) or ["—"]
    small = _measure(DETAIL_SIZE)
    said = [line for detail in label.details for line in wrap(detail, room, 2, small)]
    if len(said) > details:
        said = [*said[: details - 1], shorten(" ".join(said[details - 1 :]), room, small)]
    return _Face(label, tuple(texts), tuple(said), chips, width)


def _word(way: Way) -> str:
    return shorten(way.word, WORD_LIMIT - 16, _measure(WORD_SIZE * BOLD))


def _plate(word: str) -> float:
    return _pixels(word, WORD_SIZE * BOLD) + 14 if word else 0.0


def _outs(picture: Picture, index: dict[str, int]) -> Iterator[tuple[Out, ...]]:
    yield (Out(1),) if picture.cards else (Out(None),)
    for card in picture.cards:
        yield tuple(
            Out(None if way.target is None else index[way.target], _plate(_word(way))) for way in card.ways
        )


def _box(face: _Face, outs: tuple[Out, ...]) -> Box:
    return Box(face.width, face.height, outs)


def _start(picture: Picture, width: float, height: float) -> Iterator[str]:
    name = shorten(picture.name, 60, ems)
    count = f"{len(picture.cards)} step{'' if len(picture.cards) == 1 else 's'}"
    size = f'width="{_n(width)}" height="{_n(height)}" viewBox="0 0 {_n(width)} {_n(height)}"'
    yield f'<svg xmlns="http://www.w3.org/2000/svg" class="flowc" role="img" aria-labelledby="flowc-title flowc-desc" {size}>'
    yield f'<title id="flowc-title">{_text(picture.name)}</title>'
    yield f'<desc id="flowc-desc">{_text(_description(picture))}</desc>'
    yield f"<style>{sheet()}</style>"
    yield '<defs><marker id="flowc-tip" viewBox="0 0 8 8" refX="7" refY="4" markerWidth="8" markerHeight="8" markerUnits="userSpaceOnUse" orient="auto"><path class="tip" d="M0 0.5 8 4 0 7.5z"/></marker></defs>'
    yield f'<rect class="ground" width="{_n(width)}" height="{_n(height)}"/>'
    yield f'<text class="name" x="{_n(MARGIN)}" y="34">{_text(name)}</text>'
    yield f'<text class="count" x="{_n(MARGIN)}" y="54">{_text(picture.status)} · {count}</text>'


def _description(picture: Picture) -> str:
    """Return the picture in words, for who cannot see it: one line a step."""
    place_of = {card.key: position for position, card in enumerate(picture.cards, 1)}
    lines = [f"{picture.trigger.title}."]
    for position, card in enumerate(picture.cards, 1):
        ways = ", ".join(
            f"{f'{way.word}: ' if way.word else ''}{'end' if way.target is None else f'step {place_of[way.target]}'}"
            for way in card.ways
        )
        lines.append(f"Step {position}: {one_line(card.label.title)} ({ways}).")
    return "\n".join(lines)


def _line(way: Way, source: str, line: Line) -> Iterator[str]:
    about = f"data-from={quoteattr(_clean(source))} data-exit={quoteattr(_clean(way.role))}"
    target = "end" if way.target is None else way.target
    yield f'<path class="line" {about} data-to={quoteattr(_clean(target))} d="{_path(line.points)}" marker-end="url(#flowc-tip)"/>'
    if way.target is None:
        x, y = line.points[-1]
        yield f'<rect class="plate end" x="{_n(x - 17)}" y="{_n(y)}" width="34" height="{_n(END_HEIGHT)}" rx="9"/>'
        yield f'<text class="chip" x="{_n(x)}" y="{_n(y + 12.5)}">END</text>'
    if way.word:
        x, y = line.label
        word, width = _word(way), _plate(_word(way))
        tip = f"<title>{_text(': '.join(part for part in (way.word, way.when) if part))}</title>"
        yield f'<g>{tip}<rect class="plate" x="{_n(x - width / 2)}" y="{_n(y - 9)}" width="{_n(width)}" height="18" rx="9"/>'
        yield f'<text class="word" x="{_n(x)}" y="{_n(y + 4)}">{_text(word)}</text></g>'


def _path(points: Sequence[tuple[float, float]]) -> str:
    """Return a path through the corners, each rounded."""
    (x, y), *rest = points
    out = [f"M{_n(x)} {_n(y)}"]
    for (cx, cy), (nx, ny) in pairwise(rest):
        round_ = min(7.0, (abs(cx - x) + abs(cy - y)) / 2, (abs(nx - cx) + abs(ny - cy)) / 2)
        out.append(f"L{_n(_toward(cx, x, round_))} {_n(_toward(cy, y, round_))}")
        out.append(f"Q{_n(cx)} {_n(cy)} {_n(_toward(cx, nx, round_))} {_n(_toward(cy, ny, round_))}")
        x, y = cx, cy
    return "".join([*out, f"L{_n(rest[-1][0])} {_n(rest[-1][1])}"])


def _toward(start: float, end: float, by: float) -> float:
    return start if abs(end - start) < 0.01 else start + (by if end > start else -by)


def _card(key: str, card: Card | None, face: _Face, corner: tuple[float, float]) -> Iterator[str]:
    x, y = corner
    classes = ["card", face.label.family, *(["marked", str(card.mark)] if card and card.mark else [])]
    yield f'<g class="{" ".join(classes)}" data-step={quoteattr(_clean(key))} transform="translate({_n(x)} {_n(y)})">'
    tip = "\n".join([face.label.title, *face.label.details, *([f"{card.kind} {key}"] if card else [])])
    yield f"<title>{_text(tip)}</title>"
    yield f'<rect class="box" width="{_n(face.width)}" height="{_n(face.height)}" rx="7"/>'
    yield f'<path class="bar" d="M5 0H7V{_n(face.height)}H7A7 7 0 0 1 0 {_n(face.height - 7)}V7A7 7 0 0 1 7 0z"/>'
    base = PAD
    if face.headed:
        yield f'<text class="heading" x="{_n(TEXT_LEFT)}" y="{_n(base + 8)}">{_text(face.label.heading.upper())}</text>'
        yield from _status_chips(face)
        base += HEADING_LEAD
    for line in face.texts:
        yield f'<text class="text" x="{_n(TEXT_LEFT)}" y="{_n(base + 11)}">{_text(line)}</text>'
        base += TEXT_LEAD
    for line in face.details:
        yield f'<text class="detail" x="{_n(TEXT_LEFT)}" y="{_n(base + 9.5)}">{_text(line)}</text>'
        base += DETAIL_LEAD
    yield "</g>"


def _status_chips(face: _Face) -> Iterator[str]:
    right = face.width - 8
    for chip in face.chips:
        width = _pixels(chip, HEADING_SIZE * BOLD) + 12
        style = chip if chip in ("added", "changed", "removed", "draft", "manual", "live") else ""
        yield f'<rect class="plate {style}" x="{_n(right - width)}" y="7" width="{_n(width)}" height="15" rx="7.5"/>'
        yield f'<text class="chip {style}" x="{_n(right - width / 2)}" y="18">{_text(chip)}</text>'
        right -= width + 5


def _clean(text: str) -> str:
    """Return text that XML can hold."""
    return one_line(text)


def _text(text: str) -> str:
    """Return text as XML; lines stay lines."""
    return escape("\n".join(one_line(line) for line in text.split("\n")))


def _n(value: float) -> str:
    """Return a coordinate with one digit after the point, and no more than needed."""
    return f"{value:.1f}".removesuffix(".0")
