"""How a scalar is spelled in canonical text: plain where YAML 1.1 and 1.2 both read it as itself, else quoted."""

from __future__ import annotations

import re
from io import StringIO
from typing import Any, Final

import yaml
from yaml.emitter import Emitter
from yaml.resolver import Resolver

from compiler.source import plain

LONG_KEY: Final = 1_000  # YAML reads keys up to 1,024 characters; longer ones need a question mark
ESCAPES: Final = {
    '"': '\\"',
    "\\": "\\\\",
    "\n": "\\n",
    "\t": "\\t",
    "\r": "\\r",
    "\0": "\\0",
    "\x85": "\\N",
    "\u2028": "\\L",
    "\u2029": "\\P",
}
UNSEEN: Final = re.compile('["\\\\\x00-\x1f\x7f-\x9f\u2028\u2029\ufeff\ud800-\udfff\ufffe\uffff]')
ODD_LINES: Final = re.compile(
    r"[ \t](?:\n|\Z)|[\x00-\x09\x0b-\x1f\x7f-\x9f\u2028\u2029\ufeff\ufffe\uffff]|\n\n\Z"
)
SAFE: Final = re.compile(r"[A-Za-z][A-Za-z0-9_ /.()+-]*[A-Za-z0-9_)]")
MISREAD: Final = re.compile(r"0o.*|0x.*|[0-9]+(:[0-9]+)+")
BOOLEANS: Final = frozenset(["y", "Y", "n", "N"])  # YAML 1.1 says so, though PyYAML does not


class _Analyst(Emitter):
    """PyYAML's judgement of which texts can stand unquoted."""

    def __init__(self) -> None:
        super().__init__(StringIO(), allow_unicode=True)


_ANALYST = _Analyst()
_RESOLVER = Resolver()


def scalar(value: Any, *, flow: bool) -> str:
    """Return a scalar on one line; ``flow`` says that it stands inside ``[ ]`` or ``{ }``."""
    if value is None:
        return "null"
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, int | float):
        return repr(value)
    text = str(value)
    return text if is_plain(text, flow=flow) else quoted(text)


def is_plain(text: str, *, flow: bool) -> bool:
    """Say whether a text can stand unquoted and means itself in YAML 1.1 and 1.2."""
    if not text or text in BOOLEANS:
        return False
    if not SAFE.fullmatch(text):
        analysis = _ANALYST.analyze_scalar(text)
        if (
            analysis.multiline
            or not (analysis.allow_flow_plain if flow else analysis.allow_block_plain)
            or UNSEEN.search(text.replace('"', "").replace("\\", ""))
        ):
            return False
    if MISREAD.fullmatch(text) or plain(text) != text:
        return False
    kind: str = _RESOLVER.resolve(yaml.ScalarNode, text, (True, False))  # type: ignore[no-untyped-call] # PyYAML's stubs leave it out
    return kind == "tag:yaml.org,2002:str"


def quoted(text: str) -> str:
    """Return a text in double quotes, on one line, with everything that cannot be seen escaped."""
    return '"' + UNSEEN.sub(_escape, text) + '"'


def _escape(match: re.Match[str]) -> str:
    char = match[0]
    code = ord(char)
    return ESCAPES.get(char) or (f"\\x{code:02x}" if code < 0x100 else f"\\u{code:04x}")


def is_literal(text: str) -> bool:
    """Say whether a text stands as a ``|`` block: it has lines, and no blanks that nobody would see."""
    return "\n" in text and text[0] not in " \n" and not ODD_LINES.search(text) and text != "\n"
