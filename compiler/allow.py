"""``# allow: F412 the reason``: silences one finding at its line, or at the line below a comment of its own."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator

from compiler.diagnostics import Diagnostic, Span
from compiler.source import Source

ALLOW = re.compile(r"#\s*allow:\s*(F\d{3})\b[ \t]*(.*)$")
SILENCEABLE = ("F4", "F7", "F8")


def silence(diagnostics: Iterable[Diagnostic], source: Source, *, whole: bool) -> Iterator[Diagnostic]:
    """Return the diagnostics that no ``allow`` comment of the file silences, and what is wrong with those comments.

    ``whole`` says that every rule ran, so that a comment without anything to silence can be told.
    """
    found = list(diagnostics)
    if "allow:" not in source.text:
        yield from found
        return
    allowed, wrong = _comments(source)
    used = set()
    for diagnostic in found:
        place = (diagnostic.span.line, diagnostic.code)
        if diagnostic.span.file == source.file and place in allowed:
            used.add(allowed[place])
        else:
            yield diagnostic
    yield from wrong
    for (_, code), line in sorted(allowed.items()):
        if whole and line not in used and not any(d.severity == "error" for d in found):
            yield Diagnostic(
                "F015", f"nothing to allow: {code} does not occur here", Span(source.file, line, 1), "warning"
            )


def _comments(source: Source) -> tuple[dict[tuple[int, str], int], list[Diagnostic]]:
    """Return {(line that is silenced, code): line of the comment}, and comments that are wrong."""
    allowed, wrong = {}, []
    lines = source.text.split("\n")
    for number, line in enumerate(lines, 1):
        match = ALLOW.search(line)
        if match is None:
            continue
        code, reason = match[1], match[2].strip()
        span = Span(source.file, number, match.start() + 1)
        if not reason:
            wrong.append(Diagnostic("F016", f"say why {code} is allowed: # allow: {code} REASON", span))
        elif not code.startswith(SILENCEABLE):
            wrong.append(Diagnostic("F016", f"{code} cannot be allowed; only findings of rules can", span))
        else:
            allowed[(_target(lines, number), code)] = number
    return allowed, wrong


def _target(lines: list[str], number: int) -> int:
    """Return the line that a comment speaks of: its own, or the next that is no comment."""
    if not lines[number - 1].lstrip().startswith("#"):
        return number
    while number < len(lines) and lines[number - 1].lstrip().startswith("#"):
        number += 1
    return number
