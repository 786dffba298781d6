"""A plan for a terminal: what changes, why, by which calls, and what it takes."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from compiler.report.fit import cells, wrap
from compiler.report.plan_calls import call_words
from compiler.report.plan_parts import ChangeView, FieldView, PlanView, StageView, UnitView

NARROWEST: Final = 40
FARTHEST: Final = 10  # columns that further lines of a sentence may be indented
MOST_LINES: Final = 10_000  # of one wrapped sentence: it is never cut
MOST_OF_A_TEXT: Final = 60  # lines of one unified diff
MOST_NEW: Final = 30  # steps of a new flow
TEXT_AT, DEEPEST = 10, 12  # where a unified diff stands, and how much of its lines' own indentation is kept
NOTHING: Final = "nothing"
STYLES: Final = {
    "+": "green", "~": "yellow", "-/+": "magenta", "-": "red", "!": "bold red",
    "head": "bold", "quiet": "dim", "hunk": "cyan",
}  # fmt: skip

Line = tuple[str, str]  # style and text


def as_text(view: PlanView, width: int = 80, colour: bool = False) -> str:
    """Return the plan as text of at most ``width`` columns (40 at least), with ANSI colours where asked for.

    Only lines of a unified diff and calls may be broken inside a word; nothing else is cut.
    """
    return "".join(
        f"{_styled(line) if colour else line[1]}\n" for line in _lines(view, max(width, NARROWEST))
    )


def _styled(line: Line) -> str:
    from rich.color import ColorSystem  # noqa: PLC0415 - only a terminal needs colours
    from rich.style import Style  # noqa: PLC0415 - the same

    style, text = line
    if style not in STYLES or not text:
        return text
    return Style.parse(STYLES[style]).render(text, color_system=ColorSystem.STANDARD)


def _lines(view: PlanView, width: int) -> Iterator[Line]:
    for place, unit in enumerate(view.units):
        yield from _unit(unit, width)
        if not (is_brief(unit) and place + 1 < len(view.units) and is_brief(view.units[place + 1])):
            yield "", ""
    for warning in view.warnings:
        yield from _wrapped("!", "Warning: ", warning, width)
    yield from _wrapped("head", "", view.summary, width)
    if view.needs:
        yield from _wrapped("!", "", f"It needs {', '.join(view.needs)}.", width)
    if view.budget:
        yield from _wrapped("", "", view.budget, width)


def _unit(unit: UnitView, width: int) -> Iterator[Line]:
    yield from _wrapped(
        unit.symbol,
        f"{unit.symbol} ",
        f"{unit.kind} “{unit.name}”{f' ({unit.id})' if unit.id else ''}",
        width,
    )
    for reason in unit.reasons:
        yield from _wrapped("", "    because ", reason, width)
    shown = unit.changes if unit.change != "create" else unit.changes[:MOST_NEW]
    for change in shown:
        yield from _change(change, width)
    if len(shown) < len(unit.changes):
        yield "quiet", f"    and {len(unit.changes) - len(shown)} more steps"
    for need in unit.needs:
        for why in need.because:
            yield from _wrapped("!", f"    needs {need.option} to ", why, width)
    if unit.past is not None:
        yield "quiet", "    Add past profiles"
        for sentence in unit.past.lines():
            yield from _wrapped("", "      ", sentence, width)
    if not is_told(unit):
        yield "quiet", "    Stages"
        for number, stage in enumerate(unit.stages, 1):
            yield from _stage(f"    {number:>2} ", stage, width)


def _stage(before: str, stage: StageView, width: int) -> Iterator[Line]:
    """Yield what a stage does with its calls behind it, on a line of their own where both do not fit on one."""
    said = ", ".join(call_words(stage.calls))
    if cells(one := f"{before}{stage.text}  {said}") <= width:
        yield "", one
    else:
        yield from _wrapped("", before, stage.text, width)
        yield from _wrapped("quiet", " " * len(before), said, width)


def is_brief(unit: UnitView) -> bool:
    """Say whether a line says all of a unit: a tag or template that is made."""
    return unit.kind in ("tag", "template") and not unit.reasons and not unit.needs


def is_told(unit: UnitView) -> bool:
    """Say whether the stages of a unit repeat what stands above them: one thing is created, by one call."""
    return not unit.stages or (unit.kind != "flow" and unit.change == "create")


def _change(change: ChangeView, width: int) -> Iterator[Line]:
    yield from _wrapped(change.symbol, f"    {change.symbol} ", headline(change), width)
    for field in change.fields:
        yield from _field(field, width, new=change.symbol == "+")


def headline(change: ChangeView) -> str:
    """Return a change without its fields: title, kinds of change, place."""
    words = kind_words(change)
    return f"{change.title}{f' ({words})' if words else ''}{f', {change.where}' if change.where else ''}"


def kind_words(change: ChangeView) -> str:
    """Return what kind of change it is, where the symbol does not say all."""
    kinds = [kind for kind in change.kinds if kind not in ("added", "removed", "setting", "changed")]
    return ", ".join([*kinds, *change.words])


def _field(field: FieldView, width: int, *, new: bool) -> Iterator[Line]:
    """Yield a difference, or what a new thing is made of; what does not fit on one line has one line a side."""
    before = f"        {field.what}: " if field.what else "        "
    if field.text:
        yield "", before.rstrip()
        yield from _text(field.text, width)
    elif new:
        yield from _wrapped("", before, field.new, width)
    elif cells(sentence := both(field)) + len(before) <= width:
        yield "", before + sentence
    else:
        if field.what:
            yield "", before.rstrip()
        yield from _wrapped("-", "        - ", field.old or NOTHING, width)
        yield from _wrapped("+", "        + ", field.new or NOTHING, width)


def both(field: FieldView) -> str:
    """Return how a field was and how it will be."""
    return f"{field.old or NOTHING} -> {field.new or NOTHING}"


def _text(lines: tuple[str, ...], width: int) -> Iterator[Line]:
    for line in lines[:MOST_OF_A_TEXT]:
        style, mark = "hunk" if line.startswith("@@") else line[:1], line[:1]
        indent = mark + " " * min(len(line) - 1 - len(line[1:].lstrip()), DEEPEST)
        parts = wrap(line[1:], width - TEXT_AT - len(indent), MOST_LINES) or [""]
        yield from ((style, f"{' ' * TEXT_AT}{indent}{part}".rstrip()) for part in parts)
    if len(lines) > MOST_OF_A_TEXT:
        yield "quiet", f"{' ' * TEXT_AT}and {len(lines) - MOST_OF_A_TEXT} more lines; --format json has them"


def _wrapped(style: str, before: str, text: str, width: int) -> Iterator[Line]:
    """Yield text behind ``before``, broken at blanks; further lines stand below the text's start, if that is near."""
    start = len(before) - len(before.lstrip())
    hang = len(before) if len(before) <= FARTHEST else start + 2
    lines = wrap(f"{before.strip()} {text}", width - hang, MOST_LINES)
    yield from ((style, " " * (hang if place else start) + line) for place, line in enumerate(lines))
