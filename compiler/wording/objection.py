"""One error of jsonschema as the words need it, and how values are shown."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from compiler.source import plain

TYPES = {
    "string": "a text", "number": "a number", "integer": "a whole number", "boolean": "true or false",
    "array": "a list", "object": "a mapping", "null": "nothing",
}  # fmt: skip
# Code, message, path in the document, and whether it speaks of the key rather than its value.
Finding = tuple[str, str, tuple[Any, ...], bool]


@dataclass(frozen=True, slots=True)
class Objection:
    """One error of jsonschema: the rule with its value, what it judged, where, and a reader of what stands there."""

    rule: str
    value: Any
    schema: Any
    instance: Any
    message: str
    path: tuple[Any, ...]
    data: Any
    read: Callable[[tuple[Any, ...]], str]

    @property
    def name(self) -> str:
        """The innermost key of the path."""
        return next((str(key) for key in reversed(self.path) if isinstance(key, str)), "this")

    @property
    def is_step(self) -> bool:
        """Whether it speaks of an item of a list of steps."""
        return self._is_item and self.path[-2] in ("steps", "then", "else")

    @property
    def is_trigger(self) -> bool:
        """Whether it speaks of a flow's trigger, a blueprint's flow included."""
        return self.path in (("trigger",), ("flow", "trigger"))

    @property
    def subject(self) -> str:
        """What it speaks of: a field by its name, an item of a list by what it is."""
        if not self._is_item:
            return self.name
        if self.is_step:
            return "a step"
        known = self.schema.get("properties", {}) if isinstance(self.schema, Mapping) else {}
        return "a condition" if "any" in known else f"each item of {self.name}"

    @property
    def _is_item(self) -> bool:
        return len(self.path) >= 2 and isinstance(self.path[-1], int)

    @property
    def written(self) -> str:
        """The scalar as the author wrote it; as a message shows it where nobody wrote it, as in a stamped flow."""
        written = self.read(self.path)
        value = plain(written) if written else ""
        return (
            written
            if value == self.instance and type(value) is type(self.instance)
            else spelled(self.instance)
        )


def spelled(value: Any) -> str:
    """Return a scalar as YAML writes it."""
    return str(value).lower() if isinstance(value, bool) else str(value)


def shown(value: Any) -> str:
    """Return a value as a message shows it."""
    if value is None:
        return "nothing"
    if isinstance(value, Mapping):
        return "a mapping"
    if isinstance(value, list):
        return "a list"
    text = spelled(value)
    return f'"{text if len(text) <= 60 else text[:57] + "..."}"'
