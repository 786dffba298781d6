"""Mistakes in how lines stand: a blank that is none, a colon that is missing, an indentation that fits no line above."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import islice
from typing import Final

from compiler.yaml_errors.broken import Broken
from compiler.yaml_errors.scene import Scene

# Characters that look like a blank, or like nothing, and are neither to YAML.
LOOKALIKES: Final = "\u00a0\u1680\u2000-\u200d\u202f\u205f\u2060\u3000\ufeff"
LOOKALIKE: Final = re.compile(f"[{LOOKALIKES}]")
BETWEEN: Final = re.compile(
    rf"^[ {LOOKALIKES}]*(?:-[ {LOOKALIKES}]+)*(?:[\w-]+[{LOOKALIKES}]*:[ {LOOKALIKES}]+)?"
)
TIGHT: Final = re.compile(r"([ ]*(?:-[ ]+)*)([A-Za-z][\w-]*):(?!//)([^\s:].*)")
WORD: Final = re.compile(r"([ ]*(?:-[ ]+)*)([A-Za-z][\w-]*)((?:[ ](?:[^:#]|:(?=\S))*)?)")
NO_DASH: Final = re.compile(r"([ ]*)-([^\s-].*)")
KEY: Final = re.compile(r"""([ ]*)((?:-[ ]+)*)([^\s:#"'\[\]{}-][^:]*|"[^"]*"|'[^']*'):(?:[ ]+(.*))?$""")
BLOCK: Final = re.compile(r"([ ]*(?:-[ ]+)*)(?:.*:[ ]+)?([|>])[-+0-9]*(?:[ ]+#.*)?$")
DASH: Final = re.compile(r"([ ]*)-(?:[ ]|$)")


def odd_character(text: str) -> str:
    """Return what the first character of a text is called that looks like a blank and is none; empty where there is none."""
    found = LOOKALIKE.search(text)
    return f"a {unicodedata.name(found[0]).lower()} (U+{ord(found[0]):04X})" if found else ""


def odd_blank(scene: Scene) -> Broken | None:
    """Tell of a character that looks like a blank where YAML wants one."""
    for line in (scene.line, *islice(scene.above(scene.line), 3)):
        row = scene.row_at(line)
        found = BETWEEN.match(row)
        place = LOOKALIKE.search(row, 0, found.end()) if found else None
        if found and place and scene.mended_by({line: LOOKALIKE.sub(" ", found[0]) + row[found.end() :]}):
            words = f"{odd_character(place[0])}, which is no blank to YAML; type a blank instead"
            return Broken("F006", words, line, place.start() + 1)
    return None


def missing_sign(scene: Scene) -> Broken | None:
    """Tell of a key without its colon, or of a colon or a dash without the blank behind it."""
    for line in dict.fromkeys((scene.context_line, scene.line, *islice(scene.above(scene.line), 20))):
        row = scene.row_at(line).rstrip()
        if (tight := TIGHT.fullmatch(row)) and scene.mended_by({line: f"{tight[1]}{tight[2]}: {tight[3]}"}):
            words = f'a blank is missing behind the colon; write "{tight[2]}: {tight[3][:60]}"'
            return Broken("F003", words, line, tight.start(3) + 1)
        if (dash := NO_DASH.fullmatch(row)) and scene.mended_by({line: f"{dash[1]}- {dash[2]}"}):
            words = f'a blank is missing behind the dash; write "- {dash[2][:60]}"'
            return Broken("F003", words, line, dash.start(2) + 1)
        if line in (scene.context_line, scene.line) or line == next(scene.above(scene.line), 0):
            word = WORD.fullmatch(row)
            if word and scene.mended_by({line: f"{word[1]}{word[2]}:{word[3]}"}):
                words = f'a colon is missing; write "{word[2]}:{word[3][:60]}"'
                return Broken("F003", words, line, word.end(2) + 1)
    return None


def text_below(scene: Scene) -> Broken | None:
    """Tell of a line of a text behind ``|`` or ``>`` that is not indented like the text."""
    for line in islice(scene.above(scene.line), 50):
        head = BLOCK.match(scene.row_at(line))
        if head is None:
            continue
        body = [number for number in range(line + 1, scene.line + 1) if scene.row_at(number).strip()]
        depths = {number: _depth(scene.row_at(number)) for number in body}
        wanted = depths[body[0]] if body and depths[body[0]] > len(head[1]) else len(head[1]) + 2
        short = [number for number in body if depths[number] < wanted]
        if any(KEY.match(scene.row_at(number)) or DASH.match(scene.row_at(number)) for number in short):
            return None
        if short and scene.mended_by({each: " " * wanted + scene.row_at(each).lstrip(" ") for each in short}):
            words = (
                f'the text behind "{head[2]}" in line {line} needs {wanted} blanks or more before each line'
            )
            return Broken("F003", words, short[0], depths[short[0]] + 1)
        return None
    return None


def _depth(row: str) -> int:
    return len(row) - len(row.lstrip(" "))


def indentation(scene: Scene) -> Broken | None:
    """Tell of a line that is indented as no line above it is, though it would fit one; or of one that it would fit."""
    row = scene.row
    if not DASH.match(row) and not KEY.match(row):
        return None
    own = _depth(row)
    fitting = dict(_columns(scene, dash=DASH.match(row) is not None))
    near = (
        max((at for at in fitting if at < own), default=own),
        min((at for at in fitting if at > own), default=own),
    )
    fits = [at for at in near if at != own and scene.mended_by({scene.line: " " * at + row[own:]})]
    if own in fitting or not fits:
        return _neighbour(scene, own)
    fits.sort(key=lambda at: (abs(at - own), -fitting[at].line))
    fits = [at for at in fits if abs(at - own) == abs(fits[0] - own)]
    ways = ", or by ".join(f"{at}, as {fitting[at].name} in line {fitting[at].line} is" for at in fits)
    above = fitting[fits[0]]
    if above.value and own > fits[0] + 1:
        ways += f", or take the value of {above.name} away"
    words = f"{_shown(row)} is indented by {_blanks(own)}, which fits no line above; indent it by {ways}"
    return Broken("F003", words, scene.line, own + 1)


def _neighbour(scene: Scene, own: int) -> Broken | None:
    """Tell of a line above that would have to be indented as that of the error is."""
    dash = DASH.match(scene.row) is not None
    for line in islice(scene.above(scene.line), 10):
        row, key = scene.row_at(line), KEY.match(scene.row_at(line))
        depth = _depth(row)
        level = depth if dash or key is None else len(key[1]) + len(key[2])
        moved = depth + own - level
        if key and 0 < abs(own - level) <= 2 and scene.mended_by({line: " " * moved + row[depth:]}):
            words = f"{_shown(row)} is indented by {_blanks(depth)}; indent it by {moved}, to stand with {_shown(scene.row)} in line {scene.line}"
            return Broken("F003", words, line, depth + 1)
    return None


def _shown(row: str) -> str:
    """Return what a line is called: by the dash that it starts with, else by its key."""
    key = None if DASH.match(row) else KEY.match(row)
    return _name(key[3]) if key else "the dash"


def _name(key: str) -> str:
    bare = key.strip("\"'")
    return f'"{bare}"'


@dataclass(frozen=True, slots=True)
class Above:
    """A dash or a key in a line above: what it is called, its line, and the value behind it."""

    name: str
    line: int
    value: str


def _blanks(count: int) -> str:
    return "1 blank" if count == 1 else f"{count} blanks"


def _columns(scene: Scene, *, dash: bool) -> Iterator[tuple[int, Above]]:
    """Yield the columns of the dashes or keys above ; the nearest come last."""
    for line in reversed(list(islice(scene.above(scene.line), 50))):
        row = scene.row_at(line)
        if dash and (item := DASH.match(row)):
            yield len(item[1]), Above("the dash", line, "")
        elif not dash and (key := KEY.match(row)):
            yield len(key[1]) + len(key[2]), Above(_name(key[3]), line, (key[4] or "").strip())
