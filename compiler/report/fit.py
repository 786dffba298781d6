"""Makes text fit: one line, cut or wrapped at a width, never inside what a reader sees as one sign.

A measure says how wide a sign is. :func:`cells` counts columns of a terminal (wide signs and emoji are two);
:func:`ems` estimates a share of the font size in a wide sans-serif font, so that any common one fits too.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Callable, Iterable

ELLIPSIS = "…"
JOINER = "\u200d"
DIRECTIONS = frozenset("\u061c\u200e\u200f\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069")
NO_XML = frozenset("\ufffe\uffff")
SKIN_TONES = ("\U0001f3fb", "\U0001f3ff")
FLAG_LETTERS = ("\U0001f1e6", "\U0001f1ff")
EMOJI_STYLE = "\ufe0f"
# Widths in a wide sans-serif font (DejaVu Sans), rounded up by groups.
WIDTHS = {
    0.35: " iljI.,';:|",
    0.43: "()[]!frt/-\\",
    0.54: 'sz?_*"“”`',
    0.8: "ABCDEGHKNOQRUVXYZ&+=<>~#w",
    1.0: "mMW@%—…",
}
EMS = {char: width for width, chars in WIDTHS.items() for char in chars}
EMS_OTHERWISE, EMS_OF_WIDE = 0.64, 1.3

Measure = Callable[[str], float]


def one_line(text: str) -> str:
    """Return text as one line: runs of blanks and line breaks are one blank; what no format can hold is replaced."""
    kept = "".join(_held(sign) for sign in text if sign not in DIRECTIONS)
    return " ".join(kept.split())


def _held(sign: str) -> str:
    category = unicodedata.category(sign)
    if category == "Cc":
        return " "
    return "\ufffd" if category == "Cs" or sign in NO_XML else sign


def signs(text: str) -> list[str]:
    """Split text where a reader sees one sign end: accents, joined emoji and flags stay whole."""
    out: list[str] = []
    for char in text:
        if out and _continues(out[-1], char):
            out[-1] += char
        else:
            out.append(char)
    return out


def _continues(before: str, char: str) -> bool:
    if char == JOINER or unicodedata.category(char) in ("Mn", "Me", "Mc"):
        return True
    if before.endswith(JOINER) or SKIN_TONES[0] <= char <= SKIN_TONES[1]:
        return True
    return len(before) == 1 and _flag_letter(before) and _flag_letter(char)


def _flag_letter(char: str) -> bool:
    return FLAG_LETTERS[0] <= char <= FLAG_LETTERS[1]


def _wide(sign: str) -> bool:
    return unicodedata.east_asian_width(sign[0]) in ("W", "F") or EMOJI_STYLE in sign or _flag_letter(sign[0])


def cells(text: str) -> float:
    """Return how many columns of a terminal text takes."""
    if text.isascii():
        return len(text)
    return sum(2 if _wide(sign) else 1 for sign in signs(text))


def ems(text: str) -> float:
    """Return about how wide text is, in font sizes; rather too much than too little."""
    if text.isascii():  # the same, without a look for accents and emoji
        return sum(EMS.get(char, EMS_OTHERWISE) for char in text)
    return sum(EMS_OF_WIDE if _wide(sign) else EMS.get(sign[0], EMS_OTHERWISE) for sign in signs(text))


def shorten(text: str, limit: float, measure: Measure = cells) -> str:
    """Return text as one line of at most ``limit``, cut with an ellipsis where it is longer."""
    text = one_line(text)
    if measure(text) <= limit:
        return text
    return _cut(signs(text), limit - measure(ELLIPSIS), measure).rstrip() + ELLIPSIS


def _cut(listed: Iterable[str], limit: float, measure: Measure) -> str:
    out, width = "", 0.0
    for sign in listed:
        width += measure(sign)
        if width > limit:
            break
        out += sign
    return out


def wrap(text: str, limit: float, lines: int, measure: Measure = cells) -> list[str]:
    """Return text as at most ``lines`` lines of at most ``limit`` each, broken at blanks where there are some."""
    words = one_line(text).split()
    out: list[str] = []
    while words and len(out) < lines - 1:
        line = words[0]
        if measure(line) > limit:
            line = _cut(signs(line), limit, measure) or signs(line)[0]
            out.append(line)
            words[0] = words[0][len(line) :]
            words = words if words[0] else words[1:]
            continue
        taken = 1
        while taken < len(words) and measure(f"{line} {words[taken]}") <= limit:
            line = f"{line} {words[taken]}"
            taken += 1
        out.append(line)
        words = words[taken:]
    return [*out, shorten(" ".join(words), limit, measure)] if words else out
