"""``timeframe`` and ``count``/``sum``: filters with a spelling of their own."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from compiler.codecs.base import ABSENT, At, Run
from compiler.codecs.filters import lift, lower, operators, verbatim


class Timeframe:
    """When: ``alltime``, ``flow-start``, or one date operator; the API's own object where that says more."""

    def lower(self, value: Any, at: At, run: Run) -> Any:
        """Return the API's date filter of a word or mapping."""
        if isinstance(value, str):
            if value in ("alltime", "flow-start"):
                return {"type": "date", "operator": value}
            return run.mistake(
                "F503",
                f"{value!r} is no timeframe; write alltime, flow-start or one like {{in-the-last: 30 days}}",
                at,
            )
        if "operator" in value:
            return verbatim(value, at, run)
        if len(value) != 1 or not operators(value):
            return run.mistake("F503", "a timeframe needs one operator, such as in-the-last: 30 days", at)
        return lower(value, at, run)

    def lift(self, value: Any, run: Run) -> Any:
        """Return the word or mapping of the API's date filter."""
        if not isinstance(value, Mapping):
            return ABSENT
        found = lift(value, run)
        if "filter" in found:
            return dict(value) if "operator" in value else ABSENT
        ((operator, said),) = found.items()
        return operator if operator in ("alltime", "flow-start") else {operator: said}


class Measure:
    """``count: 0``, ``sum: {greater-than: 5}``; the API's own object where that says more."""

    def lower(self, value: Any, at: At, run: Run) -> Any:
        """Return the API's numeric filter of a number or mapping."""
        if isinstance(value, int | float):
            return {"type": "numeric", "operator": "equals", "value": value}
        if "operator" in value:
            return verbatim(value, at, run)
        if len(value) != 1 or None in value.values():
            return run.mistake("F505", "needs a number, or one operator such as {greater-than: 0}", at)
        return lower(value, at, run)

    def lift(self, value: Any, run: Run) -> Any:
        """Return the number or mapping of the API's numeric filter."""
        if not isinstance(value, Mapping):
            return ABSENT
        found = lift(value, run)
        if "filter" in found or value.get("type") != "numeric" or len(found) != 1:
            return dict(value) if "operator" in value else ABSENT
        return found["equals"] if found.keys() == {"equals"} else found
