"""Writes a document as canonical YAML text.

The schema gives the order of keys and says what stands on one line: delays, conditions, references and filters do
unless they hold a list of mappings or a list of scalars over 80 columns; everything else is a block. That is by
shape, never by width, so that a longer name never turns one line into six. What YAML 1.1 would misread is quoted.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Final

from compiler import schema as schemas
from compiler.scalars import LONG_KEY, is_literal, scalar

WIDE: Final = 80
LINE_CODECS: Final = frozenset({"reference", "groups", "timeframe", "measure", "weekdays", "derived"})


Node = Mapping[str, Any]


EMPTY: Final[Node] = {}


@dataclass(frozen=True, slots=True)
class Comment:
    """What stands beside a value: whole lines before it, and the rest of its own line."""

    before: tuple[str, ...] = ()
    after: str = ""


NONE: Final = Comment()
END: Final = ("#end",)  # the path of comments behind the last value


class Writer:
    """Writes one document; ``comments`` stand by the path of what they belong to."""

    def __init__(self, root: Node, comments: Mapping[tuple[Any, ...], Comment] | None = None) -> None:
        self.root = root
        self.comments = comments or {}
        self.lines: list[str] = []
        self.used: set[tuple[Any, ...]] = set()

    def write(self, document: Mapping[str, Any]) -> str:
        """Return the document's canonical text."""
        self._mapping(document, self.root, "", "", ())
        tail = self.comments.get(END)
        if tail is not None:
            self.lines += [*tail.before, *([tail.after] if tail.after else [])]
            self.used.add(END)
        return "\n".join(self.lines) + "\n"

    # -------------------------------------------------------------- blocks

    def _mapping(
        self, value: Mapping[str, Any], node: Node, indent: str, first: str, path: tuple[Any, ...]
    ) -> None:
        """Write a block mapping; ``first`` starts its first line in place of the indent."""
        for number, key in enumerate(ordered(value, node)):
            lead = first if number == 0 and first else indent
            self._entry(lead, indent, key, value[key], self.child(node, key), (*path, key))

    def _entry(self, lead: str, indent: str, key: str, value: Any, node: Node, path: tuple[Any, ...]) -> None:
        comment = (
            self._comment(path)
            if lead == indent or path not in self.comments or not self.comments[path].before
            else NONE
        )
        self.lines += [indent + line for line in comment.before]
        after = f" {comment.after}" if comment.after else ""
        head = lead + scalar(key, flow=False) + ":"
        if len(head) - len(lead) > LONG_KEY:
            head = f"{lead}? {scalar(key, flow=False)}\n{indent}:"
        if isinstance(value, Mapping) and value and not self._on_a_line(value, node):
            self.lines.append(head + after)
            self._mapping(value, node, indent + "  ", "", path)
        elif isinstance(value, list | tuple) and value and not self._list_on_a_line(value, node):
            self.lines.append(head + after)
            self._items(value, node, indent + "  ", path)
        elif isinstance(value, str) and is_literal(value):
            self._literal(head, indent, value, after)
        elif value is None and self._kind_without_value(node):
            self.lines.append(head + after)
        else:
            self.lines.append(f"{head} {self.line(value, node)}{after}")

    def _kind_without_value(self, node: Node) -> bool:
        kind = node.get("x-kind")
        return kind is not None and "default" not in node

    def _literal(self, head: str, indent: str, text: str, after: str) -> None:
        keep = "|" if text.endswith("\n") else "|-"
        self.lines.append(f"{head} {keep}{after}")
        body = text.removesuffix("\n")
        self.lines += [f"{indent}  {line}" if line else "" for line in body.split("\n")]

    def _items(self, value: Any, node: Node, indent: str, path: tuple[Any, ...]) -> None:
        inner = self.resolve(node.get("items", EMPTY))
        for index, item in enumerate(value):
            where = (*path, index)
            block = isinstance(item, Mapping) and bool(item) and not self._on_a_line(item, inner)
            comment = self._comment(where)
            self.lines += [indent + line for line in comment.before]
            after = f" {comment.after}" if comment.after else ""
            if block:
                if after:
                    self.lines.append(indent + comment.after)
                self._mapping(item, inner, indent + "  ", indent + "- ", where)
            elif isinstance(item, list) and item and not self._list_on_a_line(item, inner):
                self.lines.append(f"{indent}-{after}")
                self._items(item, inner, indent + "  ", where)
            elif isinstance(item, str) and is_literal(item):
                self._literal(f"{indent}-", indent, item, after)
            else:
                self.lines.append(f"{indent}- {self.line(item, inner)}{after}")

    def _comment(self, path: tuple[Any, ...]) -> Comment:
        """Return what stands beside a path, and note that it was written."""
        self.used.add(path)
        return self.comments.get(path, NONE)

    # -------------------------------------------------------------- lines

    def _on_a_line(self, value: Mapping[str, Any], node: Node) -> bool:
        return bool(node.get("x-line") or node.get("x-codec") in LINE_CODECS) and self._fits(value, node)

    def _fits(self, value: Any, node: Node) -> bool:
        """Say whether a value may stand on one line: no list of mappings, no list of scalars over the width."""
        if isinstance(value, Mapping):
            return all(self._fits(part, self.child(node, key)) for key, part in value.items())
        if isinstance(value, list | tuple):
            if node.get("x-codec") == "groups":
                return True
            if any(isinstance(item, Mapping) and not self._is_reference(item) for item in value):
                return False
            return len(self.line(value, node)) <= WIDE
        return True

    @staticmethod
    def _is_reference(item: Mapping[str, Any]) -> bool:
        """Say whether an item is a hidden reference, such as ``{list: Newsletter}``."""
        return len(item) == 1 and isinstance(next(iter(item.values())), str)

    def _list_on_a_line(self, value: Any, node: Node) -> bool:
        if node.get("x-block"):
            return False
        if node.get("x-codec") == "groups":
            return True
        if any(isinstance(item, Mapping | list | tuple) for item in value):
            return (
                all(
                    isinstance(item, Mapping) and self._is_reference(item)
                    for item in value
                    if isinstance(item, Mapping)
                )
                and not self._holds_records(node)
                and self._fits(value, node)
            )
        return len(self.line(value, node)) <= WIDE

    def _holds_records(self, node: Node) -> bool:
        inner = self.resolve(node.get("items", EMPTY))
        return "properties" in inner or "$ref" in node.get("items", EMPTY) or not inner

    def line(self, value: Any, node: Node) -> str:
        """Return a value on one line."""
        if isinstance(value, Mapping):
            parts = [
                f"{'? ' if len(key) > LONG_KEY / 6 else ''}{scalar(key, flow=True)}: {self._inner(value[key], self.child(node, key))}"
                for key in ordered(value, node)
            ]
            return "{" + ", ".join(parts) + "}"
        if isinstance(value, list | tuple):
            inner = self.resolve(node.get("items", EMPTY))
            return "[" + ", ".join(self._inner(item, inner) for item in value) + "]"
        return scalar(value, flow=False)

    def _inner(self, value: Any, node: Node) -> str:
        return (
            self.line(value, node) if isinstance(value, Mapping | list | tuple) else scalar(value, flow=True)
        )

    # -------------------------------------------------------------- the schema beside the data

    def resolve(self, node: Any) -> Node:
        """Return a schema node with its reference followed."""
        if isinstance(node, Mapping) and "$ref" in node:
            target: Node = self.root["$defs"][node["$ref"].rsplit("/", 1)[1]]
            return target
        return node if isinstance(node, Mapping) else EMPTY

    def child(self, node: Node, key: str) -> Node:
        """Return the schema node of a member."""
        return self.resolve(node.get("properties", EMPTY).get(key, EMPTY))


def ordered(value: Mapping[str, Any], node: Node) -> Iterator[str]:
    """Return a mapping's keys in the schema's order, then those that it does not know in their own."""
    known = node.get("properties", EMPTY)
    if node.get("additionalProperties") is True or not known:
        yield from value
        return
    yield from (key for key in known if key in value)
    yield from (key for key in value if key not in known)


def emit(document: Mapping[str, Any], comments: Mapping[tuple[Any, ...], Comment] | None = None) -> str:
    """Return a document's canonical YAML text."""
    return Writer(schemas.document(document["kind"]), comments).write(document)
