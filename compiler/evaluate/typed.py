"""JSON values as the tables hold them: each value goes to the one column of its own type, and is never converted."""

from __future__ import annotations

import json
import math
import re
from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from decimal import Decimal, InvalidOperation
from typing import Any

# ISO 8601 dates and date-times in the extended form: what every engine and reader would agree to be an instant.
INSTANT = re.compile(
    r"\d{4}-\d\d-\d\d(?:[T ]\d\d:\d\d(?::\d\d(?:\.\d{1,9})?)?(?:Z|[+-]\d\d:?\d\d)?)?\Z", re.ASCII
)
LARGEST_AMOUNT = Decimal(10) ** 14  # what decimal(18,4) holds


def instant(value: Any) -> datetime | None:
    """Return an ISO 8601 text as naive UTC, None for anything else; a text without a zone is UTC."""
    if not isinstance(value, str) or not INSTANT.match(value):
        return None
    try:
        moment = datetime.fromisoformat(value)
        return moment.astimezone(UTC).replace(tzinfo=None) if moment.tzinfo else moment
    except (ValueError, OverflowError):
        return None


def text(value: Any) -> str | None:
    """Return a text, None for anything else."""
    return value if isinstance(value, str) else None


def number(value: Any) -> float | None:
    """Return a finite number, None for anything else, NaN and infinities included."""
    if isinstance(value, bool) or not isinstance(value, int | float):
        return None
    try:
        return float(value) if math.isfinite(value) else None
    except OverflowError:
        return None


def boolean(value: Any) -> bool | None:
    """Return true or false, None for anything else."""
    return value if isinstance(value, bool) else None


def texts(value: Any) -> list[str] | None:
    """Return a list's elements as texts (others than texts as JSON, nulls left out), None for anything else."""
    if not isinstance(value, list):
        return None
    return [
        item if isinstance(item, str) else json.dumps(item, sort_keys=True)
        for item in value
        if item is not None
    ]


def amount(value: Any) -> Decimal | None:
    """Return a number with four decimals, None for anything else and for what no amount can be."""
    if isinstance(value, bool) or not isinstance(value, int | float):
        return None
    try:
        exact = Decimal(repr(value)).quantize(Decimal("0.0001"))
    except InvalidOperation:
        return None
    return exact if exact.is_finite() and abs(exact) < LARGEST_AMOUNT else None


READERS: dict[str, Callable[[Any], Any]] = {
    "s": text,
    "n": number,
    "b": boolean,
    "t": instant,
    "l": texts,
    "x": lambda value: value is not None,
}


def typed(value: Any, code: str) -> Any:
    """Return ``value`` for the column of type ``code``, None where it has another type."""
    return READERS[code](value)


def deep(plain: Any, *path: str) -> Any:
    """Return what lies under nested keys, None where any of them is absent."""
    for key in path:
        plain = plain.get(key) if isinstance(plain, Mapping) else None
    return plain
