"""Expressions between ``${{`` and ``}}`` in the values of a document: Jinja2's, sandboxed, strict and bounded.

Klaviyo's own ``{{ }}`` and ``{% %}`` pass untouched: a text is split here, and only what stands inside is compiled,
never rendered. ``$${{`` means a literal ``${{``; one dollar more is written for each that is meant, which makes
:func:`escape` and the reading of literals inverses. A text that is one expression keeps its value's type.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from typing import Any, Final

from compiler.sandbox import LARGEST, ExpressionError, checked, compiled

OPENING: Final = re.compile(r"(\$+)\{\{")


def has_expression(text: str) -> bool:
    """Say whether a text holds an expression or an escaped opening."""
    return "${{" in text


def escape(value: Any) -> Any:
    """Return data whose texts mean themselves: every ``${{`` gets one dollar more."""
    if isinstance(value, str):
        return OPENING.sub(lambda match: "$" + match[0], value) if "${{" in value else value
    if isinstance(value, Mapping):
        return {key: item if key in ("kind", "id", "next") else escape(item) for key, item in value.items()}
    if isinstance(value, list):
        return [escape(item) for item in value]
    return value


def evaluate(text: str, scope: Mapping[str, Any]) -> Any:
    """Return a text with its expressions replaced by their values; raises ExpressionError."""
    parts = list(_split(text))
    if len(parts) == 1 and callable(parts[0]):
        return parts[0](scope)
    out = "".join(part if isinstance(part, str) else _as_text(part(scope)) for part in parts)
    if len(out) > LARGEST:
        raise ExpressionError(f"gives {len(out):,} characters; {LARGEST:,} is the limit")
    return out


def _as_text(value: Any) -> str:
    if value is None:
        return ""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, str | int | float):
        return str(value)
    raise ExpressionError("gives a list or mapping inside a text; let the expression be the whole value")


def _split(text: str) -> list[str | Callable[[Mapping[str, Any]], Any]]:
    parts: list[Any] = []
    position = 0
    while match := OPENING.search(text, position):
        parts.append(text[position : match.start()])
        if len(match[1]) > 1:
            parts.append(match[0][1:])
            position = match.end()
            continue
        end = _closing(text, match.end())
        parts.append(_Call(text[match.end() : end].strip()))
        position = end + len("}}")
    parts.append(text[position:])
    return [part for part in parts if part != ""] or [""]


def _closing(text: str, start: int) -> int:
    """Return where the ``}}`` of an expression stands, quotes and nested braces aside."""
    quote, depth = "", 0
    index = start
    while index < len(text):
        char = text[index]
        if quote:
            index += char == "\\"
            quote = "" if char == quote else quote
        elif char in "'\"":
            quote = char
        elif char == "{":
            depth += 1
        elif char == "}" and depth:
            depth -= 1
        elif text.startswith("}}", index):
            return index
        index += 1
    raise ExpressionError('"${{" without its "}}"; a literal one is written "$${{"')


class _Call:
    """One expression, ready to be evaluated."""

    def __init__(self, expression: str) -> None:
        self.expression = expression

    def __call__(self, scope: Mapping[str, Any]) -> Any:
        value = compiled(self.expression)(scope)
        return checked(value)
