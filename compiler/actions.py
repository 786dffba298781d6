"""The codec of each action kind: an author's value to the API's ``type`` and ``data``."""

from __future__ import annotations

from functools import cache
from typing import Any

from compiler import kinds
from compiler.codecs.base import ABSENT, At, Run
from compiler.codecs.building import record
from compiler.codecs.conditions import too_old
from compiler.codecs.phrases import parse
from compiler.codecs.records import Record, put


class ActionCodec:
    """One action kind at one revision: its record, and the words of its delay."""

    def __init__(self, kind: kinds.Kind, revision: str) -> None:
        self.kind = kind
        self.record: Record = record(kind.schema, revision, kind.name)

    def fields(self, body: Any, at: At, run: Run) -> dict[str, Any]:
        """Return the action's ``data`` of the author's value, without links and status."""
        kind = self.kind
        if kind.inline is not None:
            body = {kind.inline: body}
        elif kind.phrase is not None and isinstance(body, str):
            body = self.spoken(body, at, run)
        lowered = self.record.lower(body or {}, at, run)
        if kind.phrase is not None and "minutes" in kind.phrase and lowered.get("unit") == "hours":
            lowered.setdefault(kind.phrase["minutes"], 0)  # what the server reads back where none are said
        if not kind.within:
            return lowered
        out: dict[str, Any] = {}
        put(out, kind.within, lowered)
        return out

    def spoken(self, text: str, at: At, run: Run) -> dict[str, Any]:
        """Return the mapping that a delay's words stand for."""
        assert self.kind.phrase is not None
        minutes = str(self.kind.phrase.get("minutes"))
        units = list(self.kind.phrase["units"])
        found = parse(text, units, at, run)
        if found is ABSENT:
            return {}
        value, unit, extra = found
        return {"value": value, "unit": unit} | ({minutes: extra} if extra is not None else {})


@cache
def action_codec(name: str, revision: str) -> ActionCodec:
    """Return the codec of an action kind at a revision."""
    return ActionCodec(kinds.kinds("actions")[name], revision)


def lower_action(kind_name: str, body: Any, at: At, run: Run) -> dict[str, Any]:
    """Return ``{"type": ..., "data": ...}`` of one step's value; an action without fields has no data."""
    codec = action_codec(kind_name, run.revision)
    if not kinds.has(run.revision, codec.kind.since):
        run.mistake("F501", too_old(run.revision, codec.kind), at)
        return {"type": kind_name}
    out: dict[str, Any] = {"type": kind_name}
    out.update(codec.fields(body, at, run))
    return out


@cache
def branch_record(revision: str) -> Record:
    """Return the record of one branch of a multi-branch split."""
    schema = kinds.kinds("actions")["multi-branch-split"].schema
    return record(schema["properties"]["branches"]["items"], revision, "multi-branch-split")
