"""Reads ``schemas/`` into frozen :class:`Kind` rows: the folder listing is the registry.

One kind is one file of ordinary JSON Schema, in the author's spelling, with one annotation, ``x-kind``:

``name``     the key in YAML and the ``type`` in the API
``exits``    ``next`` (one), ``true-false`` (two) or ``branches`` (one a branch and else); actions only
``within``   where the fields sit in the API's object, such as ``data.message``
``status``   whether ``data.status`` says if the step runs
``sites``    where a condition may stand; conditions only
``inline``   the field that the kind's whole value stands for
``subject``  the kind of thing that a scalar names beside other fields (the metric trigger)
``phrase``   the units of a delay that can be written as words
``variant``  the constant fields that tell two kinds of one name apart (the date triggers)
``since``    the first revision that has the kind; left out: every revision

A field carries ``x-field`` (its place in the API's object where the name differs), ``default`` (implied: sent
always, written only where it differs), ``x-null`` (sent as null when not written) and ``x-since``. Its ``$ref``
says what it means; ``compiler/codecs`` has one pair of functions for each such meaning.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from types import MappingProxyType
from typing import Any

from compiler.diagnostics import Exit, Fatal, nearest

HERE = Path(__file__).resolve().parent
SCHEMAS = HERE / "schemas" if (HERE / "schemas").is_dir() else HERE.parent / "schemas"
FOLDERS = ("actions", "triggers", "conditions")


@dataclass(frozen=True, slots=True)
class Kind:
    """One kind of action, trigger or condition, as its schema file describes it."""

    folder: str
    name: str
    file: str
    title: str
    schema: Mapping[str, Any]
    exits: str | None
    within: tuple[str, ...]
    status: bool
    test: bool
    sites: tuple[str, ...]
    inline: str | None
    subject: str | None
    phrase: Mapping[str, Any] | None
    variant: Mapping[str, str]
    since: str


def read_json(name: str) -> Any:
    """Return one file of ``schemas/`` as plain data."""
    return json.loads((SCHEMAS / name).read_text(encoding="utf-8"))


@cache
def definitions() -> Mapping[str, Any]:
    """Return the shared shapes of ``schemas/defs.json`` by name."""
    return MappingProxyType(read_json("defs.json")["$defs"])


@cache
def kinds(folder: str) -> Mapping[str, Kind]:
    """Return the kinds of ``actions``, ``triggers`` or ``conditions`` by the name of their file."""
    rows = {}
    for path in sorted((SCHEMAS / folder).glob("*.json")):
        rows[path.stem] = _row(folder, path.stem, json.loads(path.read_text(encoding="utf-8")))
    return MappingProxyType(rows)


def _row(folder: str, file: str, schema: dict[str, Any]) -> Kind:
    about = schema["x-kind"]
    return Kind(
        folder=folder,
        name=about["name"],
        file=file,
        title=schema["title"],
        schema=schema,
        exits=about.get("exits"),
        within=tuple(about["within"].split(".")) if about.get("within") else (),
        status=about.get("status", False),
        test=about.get("test", False),
        sites=tuple(about.get("sites", ())),
        inline=about.get("inline"),
        subject=about.get("subject"),
        phrase=about.get("phrase"),
        variant=about.get("variant", {}),
        since=about.get("since", revisions()[0]),
    )


def names(folder: str) -> tuple[str, ...]:
    """Return the distinct names of a folder's kinds, sorted."""
    return tuple(sorted({kind.name for kind in kinds(folder).values()}))


@cache
def _revision_file() -> Mapping[str, Any]:
    return MappingProxyType(read_json("revisions.json"))


@cache
def revisions() -> tuple[str, ...]:
    """Return the revisions that can be compiled for, oldest first."""
    return tuple(row["name"] for row in _revision_file()["revisions"])


def default_revision() -> str:
    """Return the revision that is compiled for where none is said."""
    return str(_revision_file()["default"])


def check_revision(name: str) -> str:
    """Return ``name`` if it is a known revision; Fatal with the nearest one otherwise."""
    if name not in revisions():
        raise Fatal(f'unknown revision "{name}"{nearest(name, revisions())}', Exit.WRONG_SPECS)
    return name


def has(revision: str, since: str) -> bool:
    """Say whether ``revision`` is ``since`` or later."""
    order = revisions()
    return order.index(revision) >= order.index(since)


@cache
def revision_row(name: str) -> Mapping[str, Any]:
    """Return what ``schemas/revisions.json`` says of one revision."""
    return MappingProxyType(next(row for row in _revision_file()["revisions"] if row["name"] == name))


def field_since(name: str) -> str:
    """Return the first revision that has a field of the definition itself."""
    return str(_revision_file()["fields"].get(name, revisions()[0]))


def api_name(revision: str, kind: str, field: str, usual: str) -> str:
    """Return what a revision calls a field (``sms_quiet_hours_enabled`` had another name in the beta)."""
    return str(_revision_file()["names"].get(revision, {}).get(f"{kind}.{field}", usual))
