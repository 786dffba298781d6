"""A plan for a pull request: one line, what changes, a diagram a changed flow, everything else folded."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from html import escape
from typing import Final

from compiler.report.fit import one_line, shorten
from compiler.report.mermaid import mermaid
from compiler.report.plan_calls import call_words
from compiler.report.plan_parts import ChangeView, FieldView, PlanView, UnitView
from compiler.report.plan_picture import around_marks
from compiler.report.plan_text import NOTHING, is_brief, is_told, kind_words

LIMIT: Final = 60_000  # characters; a comment of a pull request holds 65,536
NOTE: Final = 600  # characters kept free for the line that says what was left out
MOST_CARDS: Final = 60  # a bigger diagram shows only what is around the changes
MOST_CHANGES: Final = 40  # that have a line of their own; the others are folded
MOST_OF_A_DIAGRAM: Final = 40_000  # characters; GitHub draws up to 50,000
SHORT: Final = 240  # characters of fields that stand behind their step
MOST_OF_A_TEXT: Final = 200  # lines of one unified diff
FENCES: Final = re.compile(r"`+")
READ: Final = re.compile(r"[\\`*_~\[\]<>|#&!$]")
MENTION: Final = "@\u200b"  # a sign without width behind it, so that nobody is called


@dataclass(frozen=True, slots=True)
class _Part:
    """A piece of the page: the unit that it belongs to, what it is called where it is left out, its text."""

    unit: int
    name: str
    text: str


def as_markdown(view: PlanView, limit: int = LIMIT) -> str:
    """Return the plan as Markdown of at most ``limit`` characters (2,000 at least); it says what it left out.

    First go what changes, then diagrams, then fields, then stages, each in the order of the units, as far as they fit.
    """
    top = _top(view)
    room = max(limit, 2_000) - NOTE - len(top)
    kept: dict[int, list[str]] = {}
    dropped: dict[str, int] = {}
    for part in _parts(view):
        whole = part.name == "unit" or part.unit in kept
        if whole and len(part.text) <= room:
            kept.setdefault(part.unit, []).append(part.text)
            room -= len(part.text)
        else:
            dropped[part.name] = dropped.get(part.name, 0) + 1
    return top + "".join(text for texts in kept.values() for text in texts) + _left_out(dropped, limit)


def code(text: str) -> str:
    """Return text as a code span, in which nothing is read: no link, no mention, no markup."""
    said = one_line(text)
    fence = "`" * (1 + max(map(len, FENCES.findall(said)), default=0))
    pad = " " if said.startswith("`") or said.endswith("`") or not said else ""
    return f"{fence}{pad}{said}{pad}{fence}"


def sentence(text: str) -> str:
    """Return a sentence that Markdown shows as it is."""
    return READ.sub(lambda found: f"\\{found[0]}", one_line(text)).replace("@", MENTION)


def _top(view: PlanView) -> str:
    lines = [f"**{view.summary}**", ""]
    if view.budget:
        about = f"account {code(view.account)}, revision {code(view.revision)}"
        lines += [f"{view.budget[:1].upper()}{view.budget[1:]}; {about}.", ""]
    if view.needs:
        lines += [f"It needs {', '.join(map(code, view.needs))}.", ""]
    warnings = [f"> {sentence(shorten(warning, 300))}" for warning in view.warnings[:10]]
    if warnings:
        lines += ["> [!WARNING]", *warnings, ""]
    return "\n".join(lines) + "\n"


def _left_out(dropped: dict[str, int], limit: int) -> str:
    if not dropped:
        return ""
    words = {"unit": "flows, segments or other things", "diagram": "diagrams", "fields": "lists of fields"}
    said = ", ".join(f"{number} {words.get(name, name)}" for name, number in dropped.items())
    return f"_Left out to stay within {max(limit, 2_000):,} characters: {said}. The command `flowc plan` shows all._\n"


def _parts(view: PlanView) -> Iterator[_Part]:
    writers: tuple[tuple[str, Callable[[UnitView], str]], ...] = (
        ("unit", _head),
        ("diagram", _diagram),
        ("fields", _fields),
        ("notes on past profiles", _past),
        ("stages", _stages),
    )
    brief = [place for place, unit in enumerate(view.units) if is_brief(unit)]
    if brief:
        yield _Part(brief[0], "unit", _briefly([view.units[place] for place in brief]))
    for name, writer in writers:
        for place, unit in enumerate(view.units):
            text = "" if place in brief else writer(unit)
            if text:
                yield _Part(place, name, text)


def _briefly(units: list[UnitView]) -> str:
    """Return what is made for others, a line each, folded."""
    rows = [f"- {code(unit.symbol)} {unit.kind} {code(unit.name)}\n" for unit in units]
    return _folded(f"{len(units)} for the flows: tags and templates", "".join(rows) + "\n")


def _head(unit: UnitView) -> str:
    lines = [f"### {code(unit.symbol)} {unit.kind} {code(unit.name)}", ""]
    items = [f"because {sentence(reason)}" for reason in unit.reasons]
    items += [f"needs {code(need.option)} to {sentence(why)}" for need in unit.needs for why in need.because]
    items += [_change(change) for change in _headed(unit)[:MOST_CHANGES]]
    if len(_headed(unit)) > MOST_CHANGES:
        items.append(f"and {len(_headed(unit)) - MOST_CHANGES} more changes")
    if unit.kind == "flow" and unit.change == "create":
        items.append(f"{len(unit.changes)} step{'' if len(unit.changes) == 1 else 's'}")
    return "\n".join([*lines, *(f"- {item}" for item in items), *([""] if items else [])]) + "\n"


def _headed(unit: UnitView) -> tuple[ChangeView, ...]:
    """Return the changes that have a line of their own: a new flow's steps are told by its diagram."""
    return () if unit.kind == "flow" and unit.change == "create" else unit.changes


def _change(change: ChangeView) -> str:
    words = kind_words(change)
    where = f", {sentence(change.where)}" if change.where else ""
    told = (
        f": {'; '.join(_field(field, new=change.symbol == '+') for field in change.fields)}"
        if change.fields and _short(change)
        else ""
    )
    return f"{code(change.symbol)} {code(change.title)}{f' ({words})' if words else ''}{where}{told}"


def _short(change: ChangeView) -> bool:
    """Say whether a change's fields fit behind its title, so that nothing needs to be folded."""
    texts = [text for field in change.fields for text in (field.what, field.old, field.new)]
    return not any(field.text for field in change.fields) and sum(map(len, texts)) <= SHORT


def _field(field: FieldView, *, new: bool = False) -> str:
    what = f"{sentence(field.what)} " if field.what else ""
    if new:
        return f"{what}{code(field.new)}"
    return f"{what}{code(field.old) if field.old else NOTHING} → {code(field.new) if field.new else NOTHING}"


def _diagram(unit: UnitView) -> str:
    if unit.picture is None:
        return ""
    picture, note = unit.picture, ""
    if len(picture.cards) > MOST_CARDS and any(card.mark for card in picture.cards):
        picture, out = around_marks(picture)
        note = f"_{out} steps that stay as they are, away from the changes, are not drawn._\n\n"
    text = mermaid(picture)
    if len(text) > MOST_OF_A_DIAGRAM:
        return f"_The diagram is not drawn: {len(picture.cards)} steps are too many for one._\n\n"
    drawn = f"```mermaid\n{text}```\n\n{note}"
    return _folded("Diagram", drawn) if unit.change == "create" else drawn


def _past(unit: UnitView) -> str:
    if unit.past is None:
        return ""
    rows = "".join(f"- {sentence(line)}\n" for line in unit.past.lines())
    return _folded("Add past profiles", rows + "\n")


def _fields(unit: UnitView) -> str:
    long = [
        change for place, change in enumerate(_headed(unit)) if place >= MOST_CHANGES or not _short(change)
    ]
    blocks = ["\n".join(_change_fields(change)) for change in long]
    return _folded("Fields", "\n".join(blocks) + "\n") if blocks else ""


def _change_fields(change: ChangeView) -> Iterator[str]:
    yield f"{code(change.symbol)} {code(change.title)}"
    yield ""
    plain = [f"- {_field(field, new=change.symbol == '+')}" for field in change.fields if not field.text]
    yield from [*plain, ""] if plain else []
    for field in change.fields:
        if field.text:
            yield from (f"{sentence(field.what).capitalize()}:", "", *_fenced(field.text), "")


def _fenced(lines: tuple[str, ...]) -> Iterator[str]:
    fence = "`" * max(3, 1 + max((len(run) for line in lines for run in FENCES.findall(line)), default=0))
    yield f"{fence}diff"
    yield from lines[:MOST_OF_A_TEXT]
    yield fence
    if len(lines) > MOST_OF_A_TEXT:
        yield ""
        yield f"_and {len(lines) - MOST_OF_A_TEXT} more lines_"


def _stages(unit: UnitView) -> str:
    if is_told(unit):
        return ""
    count = sum(len(stage.calls) for stage in unit.stages)
    rows = [
        f"{number}. {sentence(stage.text)}: {', '.join(code(call) for call in call_words(stage.calls))}"
        for number, stage in enumerate(unit.stages, 1)
    ]
    title = f"Stages: {len(unit.stages)}, with {count} call{'' if count == 1 else 's'}"
    return _folded(title, "\n".join(rows) + "\n\n")


def _folded(title: str, inside: str) -> str:
    return f"<details><summary>{escape(title)}</summary>\n\n{inside}</details>\n\n"
