"""Texts that YAML takes for something else unless they are quoted: which one it is, and how it is typed."""

from __future__ import annotations

import re
from collections.abc import Iterator
from itertools import islice
from typing import Final

from compiler.yaml_errors.broken import Broken
from compiler.yaml_errors.scene import LONG, Scene

SHOWN: Final = 90  # characters of a text in a message
TRIALS: Final = 60  # of texts inside the brackets of one line
ROW: Final = re.compile(r"""[ ]*(?:-[ ]+)*(?:(?:[^\s"'\[\]{}:#][^:]*|"[^"]*"|'[^']*'):[ ]+)?(?=\S)""")
ALONE: Final = re.compile(r"[ ]*(?:-[ ]+)*[^:]*:\s*")
COMMENT: Final = re.compile(r"\s+#(?:\s.*)?$")
INSIDE_STARTS: Final = re.compile(r"(?:[\[,]|(?<!\{)\{(?![{%])|:(?=\s))\s*(?=\S)")
INSIDE_ENDS: Final = re.compile(r"\s*(?:[,\]}]|$)")
FIELD: Final = re.compile(r"[a-z][a-z_-]*: [^:]*")
OPENING: Final = {"[": "]", "{": "}"}
STRUCTURE: Final = re.compile(r"""[\[{]\s*["']?[\w-]+["']?:""")
BRACES: Final = ("{{", "{%")
SPECIAL: Final = frozenset("[]{},*&!|>?#-")
TWO_FIELDS: Final = re.compile(r".*\S +([A-Za-z][\w-]*): [^:]*")


def in_quotes(text: str) -> str:
    """Return a text in the quotes that need the least escaping; a long one is cut."""
    text = text if len(text) <= SHOWN else text[: SHOWN - 3] + "..."
    return _quoted(text)


def _quoted(text: str) -> str:
    if '"' not in text and "\\" not in text:
        return f'"{text}"'
    if "'" not in text:
        return f"'{text}'"
    return '"' + text.replace("\\", "\\\\").replace('"', '\\"') + '"'


def unclosed(scene: Scene) -> Broken | None:
    """Tell of a quote that is open at the end of the file, at the quote."""
    if scene.said != "found unexpected end of stream" or "quoted scalar" not in scene.context:
        return None
    text = scene.row_at(scene.context_line)[scene.context_column :].rstrip()
    words = f"the quote that opens here is never closed; write {in_quotes(text)}"
    return Broken("F003", words, scene.context_line, scene.context_column)


def unquoted(scene: Scene) -> Broken | None:
    """Tell of the text that keeps libyaml from reading on, and that it would read in quotes."""
    for line in _suspects(scene):
        row = scene.row_at(line)
        if len(row) > LONG:
            continue
        for start, end in _texts(scene, line, row):
            meant = _meant(row[start:end])
            if scene.mended_by({line: row[:start] + _quoted(meant) + row[end:]}):
                return _told(scene, line, start, row[start:end])
    return None


def _suspects(scene: Scene) -> Iterator[int]:
    """Yield the lines that may hold the text: that of the error, that where its value began, an open quote's."""
    above = list(islice(scene.above(scene.line), 20))
    open_quote = (line for line in above if _opens_a_quote(scene.row_at(line)))
    yield from dict.fromkeys((scene.line, scene.context_line, *above[:1], *open_quote))


def _opens_a_quote(row: str) -> bool:
    found = ROW.match(row)
    text = row[found.end() :].rstrip() if found else ""
    return text[:1] in ("'", '"') and text.count(text[0]) == 1


def _texts(scene: Scene, line: int, row: str) -> Iterator[tuple[int, int]]:
    """Yield where the texts of a line that may need quotes begin and end, the innermost first."""
    found = ROW.match(row)
    if found is None or ALONE.fullmatch(row):
        return
    start, end = found.end(), _end(row, found.end())
    if row[start] in OPENING and not row.startswith(BRACES, start):
        last = scene.column - 1 if line == scene.line else len(row)
        yield from islice(_inside(row, start, last), TRIALS)
    if row[end - 1] == ",":
        yield start, end - 1
    yield start, end


def _end(row: str, start: int) -> int:
    """Return where the value at the end of a line ends: before a comment, before blanks."""
    comment = COMMENT.search(row, start)
    return comment.start() if comment else len(row.rstrip())


def _inside(row: str, start: int, last: int) -> Iterator[tuple[int, int]]:
    """Yield the texts between the brackets of a line that begin before ``last``, the latest and shortest first."""
    begins = [found.end() for found in INSIDE_STARTS.finditer(row, start) if found.end() <= last]
    for begin in reversed(begins):
        for found in INSIDE_ENDS.finditer(row, begin):
            if found.start() > begin and _balanced(row[begin : found.start()]):
                yield begin, found.start()


def _balanced(text: str) -> bool:
    return all(text.count(opening) == text.count(closing) for opening, closing in OPENING.items())


def _meant(text: str) -> str:
    """Return the text that the author means: without the quotes that were to stand around all of it."""
    first = text[:1]
    if first in ("'", '"'):
        if len(text) > 1 and text.endswith(first):
            return text[1:-1]
        if text.count(first) == 1:
            return text[1:]
    return text


def _told(scene: Scene, line: int, start: int, text: str) -> Broken:
    """Return what is wrong with a text that needs quotes."""
    typed, first = in_quotes(_meant(text)), text[0]
    if text.startswith("${{"):
        code, words = "F008", f'"${{{{" inside {{ }} or [ ] needs quotes: {typed}'
    elif text.startswith(BRACES):
        code, words = "F008", f'a text that starts with "{text[:2]}" needs quotes: {typed}'
    elif first in "@`%":
        code, words = "F007", f"a text cannot start with {first!r} unless it is quoted: {typed}"
    elif first in "\"'":
        code, words = "F003", _quote_words(scene, text, typed)
    elif first in OPENING and not _balanced(text):
        way = "" if STRUCTURE.match(text) else f", or quote the text: {typed}"
        code, words = "F003", f"{_lonely(text)}; mend the brackets{way}"
    elif first in SPECIAL:
        below = "; a list starts on the line below its key" if text.startswith("- ") else ""
        code, words = "F003", f'a text that starts with "{first}" needs quotes: {typed}{below}'
    elif ": " in text or text.endswith(":"):
        return _colon(scene, line, start, text)
    else:
        code = "F008" if "{{" in text else "F003"
        words = f"a text with brackets or braces needs quotes inside [ ] and {{ }}: {typed}"
    return Broken(code, words, line, start + 1)


def _lonely(text: str) -> str:
    """Return which bracket of a text has no other half."""
    opening, closing = next(pair for pair in OPENING.items() if text.count(pair[0]) != text.count(pair[1]))
    if text.count(opening) > text.count(closing):
        return f'a "{opening}" without its "{closing}"'
    return f'a "{closing}" without its "{opening}"'


def _quote_words(scene: Scene, text: str, typed: str) -> str:
    if "escape" in scene.said:
        return f"a backslash in double quotes needs a letter that it can stand before; write {typed}"
    if text.count(text[0]) == 1:
        return f"the quote that opens here is not closed on its line; write {typed}"
    if text.endswith(text[0]):
        return f"a quote inside the quotes ends the text too early; write {typed}"
    return f"a text goes on behind its closing quote; quote all of it: {typed}"


def _colon(scene: Scene, line: int, start: int, text: str) -> Broken:
    """Return what is wrong with ``Hi: there``, or with a mapping that stands behind its key."""
    words = f'a ": " inside an unquoted text; quote the whole text: {in_quotes(text)}'
    if (two := TWO_FIELDS.fullmatch(text)) and _is_inside(scene.row_at(line), start):
        words += f', or put a comma before "{two[1]}"'
    elif FIELD.fullmatch(text) and len(text) <= SHOWN:
        words += f", or write {{{text}}} if it is a mapping"
    colon = re.compile(r":(?=\s|$)").search(text)
    place = scene.column if line == scene.line else start + 1 + (colon.start() if colon else 0)
    return Broken("F007", words, line, place)


def _is_inside(row: str, start: int) -> bool:
    """Say whether a place of a line stands inside the brackets of its value."""
    found = ROW.match(row)
    return found is not None and found.end() < start and row[found.end()] in OPENING
