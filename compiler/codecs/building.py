"""Builds the record of a schema: each property becomes a field with the codec that its meaning names."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from compiler import kinds
from compiler.codecs.base import ABSENT, PLAIN, Codec
from compiler.codecs.clock import Time, Weekdays
from compiler.codecs.phrases import Phrase
from compiler.codecs.records import Field, Many, Object, Record
from compiler.codecs.references import Derived, Groups, Reference
from compiler.codecs.timeframes import Measure, Timeframe

# Properties whose values are steps, or hold them: `lower` and `lift` walk these themselves.
STRUCTURAL = ("structure", "branch", "child", "variations")


def resolved(schema: Mapping[str, Any]) -> Mapping[str, Any]:
    """Return a schema with its ``$ref`` replaced by the shared shape, its own keys on top."""
    if "$ref" not in schema:
        return schema
    shared = kinds.definitions()[schema["$ref"].split("#/$defs/")[1]]
    return {**shared, **{key: value for key, value in schema.items() if key != "$ref"}}


def record(schema: Mapping[str, Any], revision: str, kind: str = "") -> Record:
    """Build the record of a schema's properties for one revision; structural properties are left out."""
    fields, later = [], {}
    for name, raw in schema["properties"].items():
        prop = resolved(raw)
        since = prop.get("x-since")
        if since is not None and not kinds.has(revision, since):
            later[name] = since
        elif prop.get("x-codec") not in STRUCTURAL:
            fields.append(_field(name, prop, revision, kind))
    return Record(fields, later, filtered="x-filter" in schema)


def _field(name: str, prop: Mapping[str, Any], revision: str, kind: str) -> Field:
    usual = prop.get("x-field", name)
    return Field(
        name=name,
        place=tuple(kinds.api_name(revision, kind, name, usual).split(".")),
        codec=_codec(prop, revision),
        default=prop.get("default", ABSENT),
        droppable="default" in prop or prop.get("x-optional", False),
        null=prop.get("x-null", False),
        trigger=prop.get("x-trigger", False),
        measurement=prop.get("x-measurement"),
        spread=prop.get("x-codec") == "phrase",
    )


def _codec(prop: Mapping[str, Any], revision: str) -> Codec:
    build = BUILD.get(prop.get("x-codec", ""))
    if build is not None:
        return build(prop, revision)
    if "properties" in prop:
        inner = record(prop, revision)
        return Object(inner)
    if "items" in prop:
        items = resolved(prop["items"])
        if "properties" in items:  # items that are no mapping pass
            return Many(record(items, revision))
    return PLAIN


# The meanings by their name in schemas/defs.json; `conditions` adds itself, since it is made of records.
BUILD: dict[str, Callable[[Mapping[str, Any], str], Codec]] = {
    "reference": lambda prop, _: Reference(prop["x-reference"]),
    "groups": lambda _, __: Groups(),
    "time": lambda _, __: Time(),
    "weekdays": lambda prop, _: PLAIN if prop.get("x-all") else Weekdays(),
    "phrase": lambda prop, _: Phrase(prop["x-units"], prop["x-value"], prop["x-unit"]),
    "measure": lambda _, __: Measure(),
    "timeframe": lambda _, __: Timeframe(),
    "derived": lambda prop, _: Derived(prop["x-derived"]),
}
