"""Lengths of time in words: ``1 hour 30 minutes``, ``30 days``, ``-2 days``. A unit is never converted."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from typing import Any

from compiler.codecs.base import ABSENT, At, Run
from compiler.diagnostics import nearest

PHRASE = re.compile(r"(-?[0-9]{1,9}) ([a-z]+)(?: ([0-9]{1,9}) ([a-z]+))?")


def plural(unit: str) -> str:
    """Return a unit's plural: day, days -> days."""
    return unit if unit.endswith("s") else unit + "s"


def say(value: int, unit: str) -> str:
    """Return ``1 day``, ``2 days`` for a value and a unit in either number."""
    unit = plural(unit)
    return f"{value} {unit[:-1] if value == 1 else unit}"


def parse(text: Any, units: Iterable[str], at: At, run: Run, code: str = "F502") -> Any:
    """Return (value, unit in the plural, minutes on top or None) of a phrase; mistakes are recorded."""
    units = [plural(unit) for unit in units]
    allowed = ", ".join(units)
    match = PHRASE.fullmatch(text) if isinstance(text, str) else None
    if match is None:
        return run.mistake(
            code, f'{text!r} is no length of time; write one like "2 {units[0]}" ({allowed})', at
        )
    value, unit = int(match[1]), plural(match[2])
    if unit not in units:
        return run.mistake(code, f'"{match[2]}" is no unit here ({allowed}){nearest(unit, units)}', at)
    if match[3] is None:
        return value, unit, None
    if unit != "hours" or plural(match[4]) != "minutes" or "minutes" not in units:
        return run.mistake(
            code, f'{text!r}: only hours and minutes go together, as in "1 hour 30 minutes"', at
        )
    return value, unit, int(match[3])


class Phrase:
    """One unit and value in two API fields of their own, such as a date trigger's lead time.

    A value whose unit is not sent is the mapping ``{value: 7}``.
    """

    def __init__(self, units: list[str], value: str, unit: str) -> None:
        self.units, self.value, self.unit = units, value, unit

    def lower(self, value: Any, at: At, run: Run) -> Any:
        """Return the two API fields as a mapping."""
        if isinstance(value, Mapping):
            return {self.value: value["value"]}
        found = parse(value, self.units, at, run)
        if found is ABSENT:
            return {}
        amount, unit, _ = found
        return {self.value: amount, self.unit: unit}

    def lift(self, value: Any, run: Run) -> Any:  # noqa: ARG002 - one signature for all codecs
        """Return the phrase for a mapping of the two API fields."""
        amount, unit = value.get(self.value), value.get(self.unit)
        if type(amount) is not int or (unit is not None and unit not in self.units):
            return ABSENT
        return {"value": amount} if unit is None else say(amount, unit)


REENTRY = {"never": {"duration": 1, "unit": "alltime"}, "always": {"duration": 0, "unit": "alltime"}}
REENTRY_UNITS = ("hours", "days", "weeks")


class Reentry:
    """How soon a profile may enter a flow again (contract: ReentryCriteria)."""

    def lower(self, value: Any, at: At, run: Run) -> Any:
        """``never``, ``always`` or a phrase, to the API's object."""
        if value in REENTRY:
            return dict(REENTRY[value])
        found = parse(value, REENTRY_UNITS, at, run)
        if found is ABSENT:
            return ABSENT
        return {"duration": found[0], "unit": found[1][:-1]}

    def lift(self, value: Any, run: Run) -> Any:  # noqa: ARG002 - one signature for all codecs
        """Return the words for the API's object; ABSENT where there are none."""
        for word, meaning in REENTRY.items():
            if value == meaning:
                return word
        unit, duration = value.get("unit"), value.get("duration")
        if value.keys() == {"duration", "unit"} and type(duration) is int and unit in ("hour", "day", "week"):
            return say(duration, unit)
        return ABSENT
