"""Put a witness into words, so that a verdict can be understood and checked by hand."""

from __future__ import annotations

from datetime import datetime
from fractions import Fraction

from compiler.logic.canonical import name_of
from compiler.logic.model import Number, Profile, Record, Value


def describe(profile: Profile) -> str:
    """Say who a profile is: ``2 x metric "AbC123" on 2026-11-20; consent "email" can subscribed``."""
    parts = [
        f"{name_of(subject)} {standing.state}{_fields(dict(standing.fields))}"
        for subject, standing in sorted(profile.standings.items())
    ]
    parts += [f"{name_of(subject)} {show(value)}" for subject, value in sorted(profile.values.items())]
    for subject, records in sorted(profile.records.items()):
        groups: dict[str, int] = {}
        for record in records:
            groups[_record(record)] = groups.get(_record(record), 0) + 1
        parts += [f"{count} x {name_of(subject)}{text}" for text, count in groups.items()]
        parts += [] if records else [f"no {name_of(subject)}"]
    return "; ".join(parts) or "nothing recorded"


def _record(record: Record) -> str:
    value = "" if record.value is None else f" of value {_number(record.value)}"
    return f" on {show(record.time)}{value}{_fields(dict(record.properties))}"


def _fields(fields: dict[str, Value]) -> str:
    return (
        f" ({', '.join(f'{name} {show(value)}' for name, value in sorted(fields.items()))})" if fields else ""
    )


def show(value: Value) -> str:
    """Write a value: dates to the minute in UTC, texts in quotes, ``not set`` for nothing."""
    match value:
        case None:
            return "not set"
        case datetime():
            return f"{value:%Y-%m-%d %H:%M}"
        case bool() | str():
            return repr(value)
        case tuple():
            return f"[{', '.join(show(element) for element in value)}]"
    return _number(value)


def _number(number: Number) -> str:
    return str(float(number)) if isinstance(number, Fraction) else str(number)
