"""The rule on template tags, ``{{ }}`` and ``{% %}``, in what a message says: read, not rendered."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Any, Final, NamedTuple

from compiler.rules.base import Finding, Subject, rule
from compiler.rules.reading import at, file_of, part

FIELDS: Final = frozenset(
    ("subject_line", "preview_text", "from_label", "from_email", "reply_to_email", "title", "body", "url")
)
STEPS: Final = ("send-internal-alert", "send-webhook")
BLOCKS: Final = ("if", "for")
QUIET: Final = {
    word: re.compile(rf"\{{%-?\s*end{word}\b.*?%\}}", re.DOTALL) for word in ("comment", "verbatim", "raw")
}
SHOWN: Final = 30
PIECE: Final = re.compile(
    r"\{\#[^\n\#]*\#\}"
    r"|\{\{(?P<value>.*?)\}\}"
    r"|\{%-?(?P<tag>.*?)-?%\}"
    r"|(?P<open>\{\{|\{%)"
    r"|(?P<close>\}\}|%\})",
    re.DOTALL,
)
QUOTED: Final = re.compile(r""" "[^"]*" | '[^']*' """, re.VERBOSE)


class Mistake(NamedTuple):
    """What is wrong with the tags of a text, and where: how many characters stand before it."""

    offset: int
    message: str


def mistake_in(text: str, *, alone: bool = True) -> Mistake | None:
    """Return the first mistake in a text's tags; None where all of them are closed.

    ``alone`` says that nothing but a tag ends in ``}}`` or ``%}`` here, which in HTML and JSON other things do.
    Only ``if`` and ``for`` are paired: which of the vendor's other tags have an end is nowhere listed.
    """
    blocks: list[re.Match[str]] = []
    found = PIECE.search(text)
    while found is not None:
        message = _wrong(found, blocks, alone=alone)
        if message is not None:
            return Mistake(found.start(), message)
        last = found if found["tag"] is None else _end_of_quiet(found)
        if last is None:
            return Mistake(found.start(), _never_closed(found))
        found = PIECE.search(text, last.end())
    return Mistake(blocks[-1].start(), _never_closed(blocks[-1])) if blocks else None


def _end_of_quiet(found: re.Match[str]) -> re.Match[str] | None:
    """Return the tag that ends what is not read as tags; the tag itself where it begins no such thing, None for no end."""
    end = QUIET.get(_word(found))
    return found if end is None else end.search(found.string, found.end())


def _never_closed(found: re.Match[str]) -> str:
    return f"{_told(found)} is never closed; write {{% end{_word(found)} %}} after what it is about"


def _wrong(found: re.Match[str], blocks: list[re.Match[str]], *, alone: bool) -> str | None:
    """Return what is wrong with one piece; ``blocks`` are the tags that are open, and changes with it."""
    if found["open"] is not None or _holds_another(found):
        return f'"{_shown(found)}" is not closed; end it with {"}}" if found[0].startswith("{{") else "%}"}'
    if found["close"] is not None:
        opening = "{{" if found["close"] == "}}" else "{%"
        return f'"{found["close"]}" closes nothing; write {opening} before what it ends' if alone else None
    if found["value"] is not None and not found["value"].strip():
        return f"{found[0]} is empty; write what it shows, such as {{{{ first_name }}}}"
    return None if found["tag"] is None else _block(found, blocks)


def _block(found: re.Match[str], blocks: list[re.Match[str]]) -> str | None:
    """Return what is wrong with a tag as the beginning or end of a block."""
    word, begun = _word(found), _word(found).removeprefix("end")
    if word in BLOCKS:
        blocks.append(found)
    elif begun in BLOCKS:
        if not blocks:
            return f"{_told(found)} closes nothing; delete it, or write {{% {begun} ... %}} before it"
        opened = blocks.pop()
        if _word(opened) != begun:
            return (
                f"{_told(found)} stands where {_told(opened)} is open; write {{% end{_word(opened)} %}} first"
            )
    return None


def _holds_another(found: re.Match[str]) -> bool:
    """Say whether what ends a tag is the end of something behind it, so that its own end is missing."""
    inside = found["value"] if found["value"] is not None else found["tag"]
    return inside is not None and any(brace in QUOTED.sub("", inside) for brace in ("{{", "{%", "}"))


def _word(found: re.Match[str]) -> str:
    """Return the first word of a tag, which says what it does; empty for an empty one."""
    return next(iter(found["tag"].split(maxsplit=1)), "")


def _told(found: re.Match[str]) -> str:
    """Return a tag on one line, shortened where it is long."""
    text = " ".join(found[0].split())
    return text if len(text) <= 2 * SHOWN else f"{text[:SHOWN]}... %}}"


def _shown(found: re.Match[str]) -> str:
    """Return the beginning of a tag that is not closed, to the next one, the line's end, or so many characters."""
    rest = found.string[found.start() + 2 : found.start() + 2 + SHOWN]
    return found[0][:2] + re.split(r"\{\{|\{%|\n", rest)[0].rstrip()


@rule("F450", "warning", "FACTS F25: skip reasons, Klaviyo help 1260805003210")
def tag_that_is_broken(subject: Subject) -> Iterator[Finding]:
    """Close every tag of a message."""
    for message in subject.messages:
        for key, says in _in_content(subject, message.content):
            yield Finding(message.at(key), says)
    for step in subject.steps:
        if step.kind in STEPS:
            for key, says in _in_content(subject, part(part(subject.actions[step.index], "data"), "message")):
                yield Finding(at(step, key), says)


def _in_content(subject: Subject, content: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    """Yield (field, what is wrong) for the texts of a message, and for a template that is a file of the project."""
    for key, text in content.items():
        if key in FIELDS and isinstance(text, str) and ("{" in text or "}" in text):
            found = mistake_in(text, alone=key != "body" or not text.lstrip().startswith(("{", "[", "<")))
            if found is not None:
                yield key, found.message
    text = subject.template_text(content)
    found = mistake_in(text, alone=False) if text else None
    if found is not None:
        line = text.count("\n", 0, found.offset) + 1
        yield "template", f"{file_of(content.get('template_id'))}, line {line}: {found.message}"
