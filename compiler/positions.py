"""Where in a YAML text a path stands; the text is composed again only when somebody asks."""

from __future__ import annotations

from collections.abc import Iterator
from functools import lru_cache
from typing import Any

import yaml

from compiler.diagnostics import Span
from compiler.nodes import compose
from compiler.source import Path, Source
from compiler.yaml_errors import Broken


def locate(source: Source, path: Path, *, key: bool = False) -> Span:
    """Return where a path's value (or its key) stands in the file; the nearest place above where it is not written.

    A value that starts on a line of its own, or is not there, is shown at its key.
    """
    try:
        node = _composed(source.text)
    except Broken as broken:
        return Span(source.file, broken.line, broken.column)
    mark = node.start_mark
    for step, last in _steps(path):
        found = _child(node, step)
        if found is None:
            break
        name, node = found
        at_key = name is not None and ((key and last) or _below(name, node))
        mark = name.start_mark if name is not None and at_key else node.start_mark
    return Span(source.file, mark.line + 1, mark.column + 1)


def _below(name: yaml.Node, node: yaml.Node) -> bool:
    """Say whether a value is empty or stands below its key."""
    if isinstance(node, yaml.ScalarNode):
        return bool(node.value == "")
    return bool(node.start_mark.line > name.start_mark.line)


@lru_cache(maxsize=2)
def _composed(text: str) -> yaml.Node:
    """Return a text's nodes; a file with one mistake often has more."""
    return compose(text)


def _steps(path: Path) -> Iterator[tuple[Any, bool]]:
    for index, step in enumerate(path):
        yield step, index == len(path) - 1


def _child(node: yaml.Node, step: Any) -> tuple[yaml.Node | None, yaml.Node] | None:
    if isinstance(node, yaml.MappingNode):
        for name, value in node.value:
            if name.value == str(step):
                return name, value
    elif isinstance(node, yaml.SequenceNode) and isinstance(step, int) and step < len(node.value):
        return None, node.value[step]
    return None
