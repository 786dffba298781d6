"""``for_each``: the product of its lists, in written order."""

from __future__ import annotations

import itertools
from collections.abc import Iterator, Mapping
from typing import Any, Final

from compiler.expand.document import Place

MOST_DOCUMENTS: Final = 500  # that one for_each stamps


def each(data: Mapping[str, Any], place: Place) -> Iterator[tuple[tuple[str, ...], dict[str, Any] | None]]:
    """Yield (the values as parts of a file name, the values by name) of each stamp; one of neither without for_each."""
    loops = data.get("for_each")
    if loops is None:
        yield (), None
        return
    here = place.at("for_each")
    if not isinstance(loops, Mapping) or not loops:
        raise here.wrong("F101", "for_each needs names with lists, as in {locale: [en, fr]}")
    for name, values in loops.items():
        if (
            not isinstance(values, list)
            or not values
            or not all(isinstance(value, str | int | float | dict) for value in values)
        ):
            raise here.at(name).wrong("F101", f"for_each needs a list of values for {name}")
    count = 1
    for values in loops.values():
        count *= len(values)
    if count > MOST_DOCUMENTS:
        raise here.wrong("F102", f"for_each stamps {count:,} documents; {MOST_DOCUMENTS} is the limit")
    for combination in itertools.product(*loops.values()):
        each = dict(zip(loops, combination, strict=True))
        yield tuple(_word(value) for value in combination), each


def _word(value: Any) -> str:
    """Return the part of a file name that stands for a value of for_each."""
    if isinstance(value, Mapping):
        value = value.get("key") or value.get("name") or next(iter(value.values()), "")
    return "".join(char if char.isalnum() or char in "-_" else "-" for char in str(value))
