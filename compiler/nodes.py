"""libyaml's nodes of a text, with their marks: what both the data and the positions are read from."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from typing import Any, Final

import yaml
from yaml.cyaml import CParser  # type: ignore[attr-defined] # libyaml's binding has no types

from compiler.yaml_errors import Broken, bad_character, explain, first_line

DEPTH: Final = 400  # levels of nesting; a flow of 60 nested splits has about 200
VALUES: Final = (
    200_000  # values as written; a flow of 60 steps has about 1,000, and each takes 700 bytes of memory
)
SEPARATORS: Final = ("\n", ",", ":", "[", "{")  # nearly every value has one of its own
sys.setrecursionlimit(
    max(sys.getrecursionlimit(), 20 * DEPTH)
)  # walks of DEPTH levels under a caller's own frames


class Parser(CParser):
    """libyaml's composer without tag resolution, which :func:`plain` does faster for the core schema."""

    def resolve(self, _kind: Any, _value: Any, _implicit: Any) -> None:
        """Resolve no tag."""

    def descend_resolver(self, _node: Any, _index: Any) -> None:
        """Do nothing on the way down."""

    def ascend_resolver(self) -> None:
        """Do nothing on the way up."""


def compose(text: str) -> yaml.Node:
    """Return the text's one document as nodes with marks; Broken where it is not one document of YAML."""
    try:
        _check_size(text)
        parser = Parser(text)
        node = parser.get_single_node()
    except yaml.MarkedYAMLError as error:
        raise explain(text, error) from error
    except yaml.YAMLError as error:
        raise Broken("F003", f"not YAML: {first_line(error)}", *bad_character(text)) from error
    except UnicodeEncodeError as error:
        line = text.count("\n", 0, error.start) + 1
        raise Broken("F001", "a lone surrogate is no character", line, 1) from error
    if node is None:
        raise Broken("F004", "the file is empty; a document starts with its kind, such as kind: flow", 1, 1)
    return node


def _check_size(text: str) -> None:
    """Refuse deep nesting and too many values before nodes are made; most texts cannot be either."""
    shallow = text.count("[") + text.count("{") < 3 * DEPTH and max(map(len, text.split("\n"))) < 3 * DEPTH
    if shallow and sum(map(text.count, SEPARATORS)) < VALUES:
        return
    depth = 0
    for count, event in enumerate(events(text)):
        if isinstance(event, yaml.CollectionStartEvent):
            depth += 1
            if depth > DEPTH:
                raise too_deep(event)
        elif isinstance(event, yaml.CollectionEndEvent):
            depth -= 1
        if count > VALUES:
            line, column = event.start_mark.line + 1, event.start_mark.column + 1
            raise Broken("F002", f"more than {VALUES:,} values; part the file", line, column)


def too_deep(node: Any) -> Broken:
    """Return what is wrong with a value that is nested too deep."""
    mark = node.start_mark
    return Broken("F005", f"nested more than {DEPTH} levels deep", mark.line + 1, mark.column + 1)


def events(text: str) -> Iterator[Any]:
    """Yield libyaml's events of a text, one after the other: nothing nests, so nothing can be too deep."""
    loader: Any = Parser  # a parser alone is enough for events, whatever the stubs say
    yield from yaml.parse(text, Loader=loader)


def scalar_ranges(text: str) -> list[tuple[tuple[int, int], tuple[int, int]]]:
    """Return where quoted and block scalars begin and end."""
    quoted = (event for event in events(text) if isinstance(event, yaml.ScalarEvent) and event.style)
    return [(_place(event.start_mark), _place(event.end_mark)) for event in quoted]


def _place(mark: Any) -> tuple[int, int]:
    return mark.line + 1, mark.column + 1
