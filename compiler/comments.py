"""Comments of a YAML file, each at the path of what it belongs to, so that rewritten text keeps them.

A comment on a line of its own belongs to the next key or item; one behind a value to the first key (else item)
that starts on its line. What a rewriting puts on one line hands its comments to what encloses it.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

import yaml

from compiler.emit import END, Comment
from compiler.nodes import compose, scalar_ranges

Path = tuple[Any, ...]
COMMENT = re.compile(r"(?:^|(?<=[ \t]))#[^\n]*")


@dataclass(slots=True)
class Notes:
    """The comments of a file by path; lists while they are collected."""

    before: dict[Path, list[str]] = field(default_factory=dict)
    after: dict[Path, list[str]] = field(default_factory=dict)

    def frozen(self) -> dict[Path, Comment]:
        """Return one comment a path; of several behind one value all but the last stand before it."""
        out = {}
        for path in {**self.before, **self.after}:
            behind = self.after.get(path, [])
            out[path] = Comment((*self.before.get(path, ()), *behind[:-1]), behind[-1] if behind else "")
        return out


def read_comments(text: str) -> dict[Path, Comment]:
    """Return the comments of a YAML text by the path of what they belong to."""
    found = list(_comments(text))
    notes = Notes()
    if not found:
        return {}
    entries = sorted(_entries(compose(text), ()))
    for line, own_line, words in found:
        if own_line:
            path = next((path for at, _, path in entries if at > line), END)
            notes.before.setdefault(path, []).append(words)
        else:
            notes.after.setdefault(_behind(entries, line), []).append(words)
    return notes.frozen()


def _behind(entries: list[tuple[int, int, Path]], line: int) -> Path:
    """Return what a comment at the end of a line belongs to: the line's first key, else its item, else what began above."""
    here = [path for at, _, path in entries if at == line]
    keys = [path for path in here if isinstance(path[-1], str)]
    return (keys or here or [path for at, _, path in entries if at <= line][-1:] or [END])[0]


def _comments(text: str) -> Iterator[tuple[int, bool, str]]:
    """Yield (line from 0, whether it stands alone, text) of each comment."""
    if "#" not in text:
        return
    inside = scalar_ranges(text)
    for number, line in enumerate(text.split("\n")):
        for match in COMMENT.finditer(line):
            place = (number + 1, match.start() + 1)
            if not any(start <= place < end for start, end in inside):
                yield number, not line[: match.start()].strip(), match[0].rstrip()
                break


def _entries(node: yaml.Node, path: Path) -> Iterator[tuple[int, int, Path]]:
    """Yield (line, depth, path) of each key and item."""
    if isinstance(node, yaml.MappingNode):
        for key, value in node.value:
            inner = (*path, key.value)
            yield key.start_mark.line, len(inner), inner
            yield from _entries(value, inner)
    elif isinstance(node, yaml.SequenceNode):
        for index, value in enumerate(node.value):
            inner = (*path, index)
            yield value.start_mark.line, len(inner), inner
            yield from _entries(value, inner)


def lifted(comments: Mapping[Path, Comment], unused: set[Path]) -> dict[Path, Comment]:
    """Return the comments with the unused ones handed to what encloses them."""
    notes = Notes()
    for path, comment in comments.items():
        target = path[:-1] if path in unused else path
        target = target or END
        notes.before.setdefault(target, []).extend(comment.before)
        if comment.after:
            notes.after.setdefault(target, []).append(comment.after)
    return notes.frozen()
