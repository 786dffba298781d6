"""What every codec shares: the run, the path, the absent value, and strict equality of plain data."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Final, Protocol

ALL_WEEK: Final = frozenset({"monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday"})
SHORT_TIME: Final = re.compile(r"[0-9]{2}:[0-9]{2}")


class Absent:
    """The type of :data:`ABSENT`: no value at all, which null is not."""

    def __repr__(self) -> str:
        return "ABSENT"


ABSENT: Final = Absent()

# What lifting raises where a definition holds a member of a shape that no field has; such a part is kept as it is.
MALFORMED: Final = (AttributeError, IndexError, KeyError, TypeError, ValueError)

# A place in a document, innermost key first: (parent, key). Cheap to build on the happy path.
At = tuple[Any, Any] | None


def unwind(at: At) -> tuple[Any, ...]:
    """Return a place as a path from the document's root."""
    path: list[Any] = []
    while at is not None:
        at, key = at
        path.append(key)
    return tuple(reversed(path))


@dataclass(slots=True)
class Mistake:
    """A value that a codec cannot lower: code, message, path in the document."""

    code: str
    message: str
    path: tuple[Any, ...]


@dataclass(slots=True)
class Run:
    """What lowering and lifting need to know: the revision, the flow's trigger, and where mistakes go."""

    revision: str
    trigger: Mapping[str, Any] | None = None
    site: str = ""
    mistakes: list[Mistake] = field(default_factory=list)

    def mistake(self, code: str, message: str, at: At) -> Absent:
        """Record a mistake; the value becomes absent."""
        self.mistakes.append(Mistake(code, message, unwind(at)))
        return ABSENT

    @property
    def trigger_metric(self) -> str | None:
        """The id of the metric that triggers the flow, if one does."""
        if self.trigger is not None and self.trigger.get("type") == "metric":
            return self.trigger.get("id")
        return None


class Codec(Protocol):
    """One meaning, both ways."""

    def lower(self, value: Any, at: At, run: Run) -> Any:
        """Return the API's value of an author's value; record mistakes in ``run``."""

    def lift(self, value: Any, run: Run) -> Any:
        """Return the author's value of an API's value, or ABSENT where it cannot be said."""


class Plain:
    """The same on both sides."""

    def lower(self, value: Any, at: At, run: Run) -> Any:  # noqa: ARG002 - one signature for all codecs
        """Return the value."""
        return value

    def lift(self, value: Any, run: Run) -> Any:  # noqa: ARG002 - one signature for all codecs
        """Return the value; a whole float becomes an integer, which is equal."""
        return int(value) if isinstance(value, float) and value.is_integer() else value


PLAIN: Final = Plain()


def same(left: Any, right: Any) -> bool:
    """Say whether two pieces of plain data are equal; ``true`` is not ``1``, ``30`` is ``30.0``."""
    if isinstance(left, Mapping) and isinstance(right, Mapping):
        return left.keys() == right.keys() and all(same(left[key], right[key]) for key in left)
    if isinstance(left, list | tuple) and isinstance(right, list | tuple):
        return len(left) == len(right) and all(map(same, left, right))
    return isinstance(left, bool) == isinstance(right, bool) and bool(left == right)


def tidy(value: Any) -> Any:
    """Return API data without what the contract's rewriting table says is nothing.

    Null members of objects, all seven weekdays, the seconds of ``10:00:00`` and an hours delay's zero minutes.
    """
    if isinstance(value, Mapping):
        out = {key: tidy(item) for key, item in value.items() if item is not None}
        for key in ("delay_until_weekdays",):
            if isinstance(out.get(key), list) and set(map(str, out[key])) == ALL_WEEK:
                del out[key]
        for key in ("delay_until_time", "target_time", "trigger_time"):
            if isinstance(out.get(key), str) and SHORT_TIME.fullmatch(out[key]):
                out[key] += ":00"
        if out.get("unit") == "hours" and out.get("secondary_value") == 0:
            del out["secondary_value"]
        return out
    if isinstance(value, list | tuple):
        return [tidy(item) for item in value]
    return value


def residue(said: Any, meant: Any) -> dict[str, Any]:
    """Return the JSON merge patch that turns the object ``said`` into ``meant``; empty where they are equal."""
    patch: dict[str, Any] = {key: None for key in said if key not in meant}
    for key, value in meant.items():
        if key not in said:
            patch[key] = value
        elif isinstance(value, Mapping) and isinstance(said[key], Mapping):
            inner = residue(said[key], value)
            if inner:
                patch[key] = inner
        elif not same(said[key], value):
            patch[key] = value
    return patch


def merge(target: Any, patch: Any) -> Any:
    """Apply a JSON merge patch (RFC 7396)."""
    if not isinstance(patch, Mapping):
        return patch
    out = dict(target) if isinstance(target, Mapping) else {}
    for key, value in patch.items():
        if value is None:
            out.pop(key, None)
        else:
            out[key] = merge(out.get(key), value)
    return out
