"""From a syntax error to its diagnostic: each kind of mistake is asked in turn whether it is the one."""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

import yaml

from compiler.yaml_errors.broken import Broken
from compiler.yaml_errors.lines import indentation, missing_sign, odd_blank, text_below
from compiler.yaml_errors.quoting import unclosed, unquoted
from compiler.yaml_errors.scene import Scene, scene_of


def _tab(at: Scene) -> Broken | None:
    indent = at.row[: len(at.row) - len(at.row.lstrip())]
    if "\t" in indent + at.row[at.column - 1 : at.column]:
        return Broken("F006", "a tab; indent with spaces", at.line, at.column)
    return None


def _surrogate(at: Scene) -> Broken | None:
    if "surrogate" in at.said or "Unicode character escape" in at.said:
        return Broken("F001", "a lone surrogate is no character", at.line, at.column)
    return None


def _second_document(at: Scene) -> Broken | None:
    if "expected <document start>" in at.said or "another document" in at.said:
        return Broken("F009", "a second document; one file holds one document", at.line, at.column)
    return None


def _alias(at: Scene) -> Broken | None:
    if "undefined alias" in at.said:
        words = 'an alias of an anchor that is nowhere; quote a text that starts with "*"'
        return Broken("F003", words, at.line, at.column)
    return None


def _colon(at: Scene) -> Broken | None:
    if "mapping values are not allowed" in at.said:
        words = 'a ": " where no mapping can be; quote a text that holds one, or mend the indentation'
        return Broken("F007", words, at.line, at.column)
    return None


TRAPS: Final[tuple[Callable[[Scene], Broken | None], ...]] = (
    _tab,
    _surrogate,
    _second_document,
    unclosed,
    odd_blank,
    text_below,
    missing_sign,
    unquoted,
    indentation,
    _alias,
    _colon,
)


def explain(text: str, error: yaml.MarkedYAMLError) -> Broken:
    """Return the diagnostic of a syntax error."""
    scene = scene_of(text, error)
    for trap in TRAPS:
        if found := trap(scene):
            return found
    return Broken("F003", f"not YAML: {scene.said}; look at the line above, too", scene.line, scene.column)
