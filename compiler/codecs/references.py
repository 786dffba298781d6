"""References: names in YAML, ids in the API, ``@metric:Checkout Started`` where the id is not known yet.

A placeholder is ``@KIND:NAME`` where a name is enough and ``@KIND:{json}`` otherwise; ``bind`` replaces it.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from typing import Any

from compiler.codecs.base import ABSENT, At, Run

KINDS = ("metric", "template", "list", "segment", "image", "group", "flow", "form", "tag")
PLACEHOLDER = re.compile(r"@(" + "|".join(KINDS) + r"):(.*)", re.DOTALL)


def placeholder(kind: str, reference: Any) -> str:
    """Return what stands in an offline payload in an id's place; ``{id: X}`` gives X itself."""
    if isinstance(reference, Mapping):
        if reference.keys() == {"id"}:
            return str(reference["id"])
        if reference.keys() == {"name"}:
            reference = reference["name"]
        else:
            return f"@{kind}:{json.dumps(dict(reference), ensure_ascii=False)}"
    if str(reference).startswith("{"):
        return f"@{kind}:{json.dumps({'name': reference}, ensure_ascii=False)}"
    return f"@{kind}:{reference}"


def read(kind: str, text: str) -> Any:
    """Return the name or mapping that a placeholder of ``kind`` stands for; ``{id: X}`` for an id."""
    match = PLACEHOLDER.fullmatch(text)
    if match is None or match[1] != kind:
        return {"id": text}
    if match[2].startswith("{"):
        try:
            found = json.loads(match[2])
        except ValueError:
            return {"id": text}
        if not isinstance(found, dict) or not all(isinstance(item, str) for item in found.values()):
            return {"id": text}
        return found["name"] if found.keys() == {"name"} else found
    return match[2]


class Reference:
    """One thing of the account, by name."""

    def __init__(self, kind: str) -> None:
        self.kind = kind

    def lower(self, value: Any, at: At, run: Run) -> Any:
        """Return the id or placeholder of a name or mapping."""
        if isinstance(value, Mapping) and not value:
            return run.mistake("F504", f"a {self.kind} needs its name", at)
        return placeholder(self.kind, value)

    def lift(self, value: Any, run: Run) -> Any:  # noqa: ARG002 - one signature for all codecs
        """Return the name or mapping of an id or placeholder."""
        if not isinstance(value, str):
            return ABSENT
        found = read(self.kind, value)
        return found if placeholder(self.kind, found) == value else {"id": value}


class Groups:
    """Lists and segments: a bare name is looked for in both."""

    def lower(self, value: Any, at: At, run: Run) -> Any:
        """Names and mappings, to ids and placeholders."""
        return [self._one(item, (at, index), run) for index, item in enumerate(value)]

    def _one(self, item: Any, at: At, run: Run) -> Any:
        if not isinstance(item, Mapping):
            return placeholder("group", item)
        if len(item) != 1:
            return run.mistake("F504", "a group is a name, or one of list, segment, id", at)
        ((key, name),) = item.items()
        return str(name) if key == "id" else placeholder(key, name)

    def lift(self, value: Any, run: Run) -> Any:
        """Ids and placeholders, to names and mappings."""
        if not isinstance(value, list) or not all(isinstance(item, str) for item in value):
            return ABSENT
        out = [self._back(item) for item in value]
        return out if self.lower(out, None, run) == value else ABSENT

    @staticmethod
    def _back(text: str) -> Any:
        match = PLACEHOLDER.fullmatch(text)
        if match is not None and match[1] in ("group", "list", "segment"):
            found = read(match[1], text)
            if isinstance(found, str):
                return found if match[1] == "group" else {match[1]: found}
        return {"id": text}


def hidden(value: Any) -> Any:
    """Return a filter's string for ``{flow: NAME}`` and its like; other values pass."""
    if isinstance(value, Mapping) and len(value) == 1:
        ((kind, name),) = value.items()
        return placeholder(kind, name)
    return value


def unhidden(value: Any) -> Any:
    """Return ``{flow: NAME}`` for a filter's placeholder; other values pass."""
    match = PLACEHOLDER.fullmatch(value) if isinstance(value, str) else None
    if match is None:
        return value
    found = {match[1]: read(match[1], value)}
    return found if hidden(found) == value else value


class Derived:
    """A field that follows from the flow's trigger, written only where it differs (trigger splits)."""

    def __init__(self, name: str) -> None:
        self.name = name

    def default(self, run: Run) -> Any:
        """Return what the field is when nobody says otherwise; ids of other triggers are ``0``."""
        trigger = run.trigger or {}
        if self.name == "trigger_id":
            return trigger.get("id") or "0"
        if self.name == "trigger_type":
            return trigger.get("type") or "metric"
        return trigger.get("date_field_type") if trigger.get("type") == "date" else None

    def lower(self, value: Any, at: At, run: Run) -> Any:  # noqa: ARG002 - one signature for all codecs
        """Return the override; a mapping names a thing of the trigger's kind."""
        if isinstance(value, Mapping) and run.trigger:
            return placeholder(str(run.trigger.get("type")), value)
        return value

    def lift(self, value: Any, run: Run) -> Any:  # noqa: ARG002 - one signature for all codecs
        """Return the override as it is."""
        return value
