"""The codec of each trigger kind: an author's trigger to the API's, which is then the run's."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from typing import Any

from compiler import kinds
from compiler.codecs.base import At, Run, merge
from compiler.codecs.building import record
from compiler.codecs.records import Record
from compiler.codecs.references import Reference
from compiler.diagnostics import nearest

SUBJECT_KEYS = ("name", "integration", "id")


def trigger_kind(name: str, body: Any) -> kinds.Kind | None:
    """Return the trigger kind of a key and its value; the date triggers differ by a field."""
    for kind in kinds.kinds("triggers").values():
        if kind.name == name and all(
            isinstance(body, Mapping) and body.get(key) == value for key, value in kind.variant.items()
        ):
            return kind
    return None


@cache
def trigger_record(file: str, revision: str) -> Record:
    """Return the record of a trigger kind's fields at a revision."""
    return record(kinds.kinds("triggers")[file].schema, revision, file)


def lower_trigger(trigger: Mapping[str, Any], at: At, run: Run) -> dict[str, Any]:
    """Return the API's trigger; also makes it the run's, for what is derived from it."""
    patch = trigger.get("raw")
    name = next((key for key in trigger if key != "raw"), None)
    if name is None:
        run.trigger = dict(patch or {})
        return dict(patch or {})
    kind = trigger_kind(name, trigger[name])
    if kind is None:
        known = [
            other.variant["date_field_type"]
            for other in kinds.kinds("triggers").values()
            if other.name == name
        ]
        said = trigger[name].get("date_field_type") if isinstance(trigger[name], Mapping) else None
        run.mistake(
            "F204",
            f"date_field_type is one of {', '.join(known)}{nearest(str(said), known)}",
            ((at, name), "date_field_type"),
        )
        return {"type": name}
    if not kinds.has(run.revision, kind.since):
        run.mistake(
            "F501",
            f"revision {run.revision} has no {kind.title.lower()} trigger; the first that has it is {kind.since}",
            (at, name),
        )
        return {"type": name}
    out = _trigger_fields(kind, trigger[name], (at, name), run)
    return merge(out, patch) if patch else out


def _trigger_fields(kind: kinds.Kind, body: Any, at: At, run: Run) -> dict[str, Any]:
    inner = trigger_record(kind.file, run.revision)
    out: dict[str, Any] = {"type": kind.name}
    if kind.inline is not None:
        return run_trigger(run, out | inner.lower({kind.inline: body}, at, run))
    if kind.subject is not None:
        fields = body if isinstance(body, Mapping) else {"name": body} if body is not None else {}
        subject = {key: fields[key] for key in SUBJECT_KEYS if fields.get(key) is not None}
        if subject:
            out["id"] = Reference(kind.subject).lower(subject, at, run)
        body = {key: value for key, value in fields.items() if key not in SUBJECT_KEYS}
    run_trigger(run, out | {key: body[key] for key in kind.variant})
    return out | inner.lower(body, at, run)


def run_trigger(run: Run, trigger: dict[str, Any]) -> dict[str, Any]:
    """Make a trigger the run's and return it."""
    run.trigger = trigger
    return trigger
