"""Lists to try: every set of the elements that filters name, at every length that matters."""

from __future__ import annotations

from itertools import combinations

from compiler.logic.model import Filter, Number, Scalar, Value
from compiler.logic.numeric import samples

MOST_ELEMENTS = 9  # 512 sets of elements
LONGEST = 1000


def lists(tests: list[tuple[Filter, bool]]) -> tuple[list[Value], str]:
    """Return lists that meet every combination of the filters, and why they may not be all that matter.

    Elements are the named ones, one for each wanted part of a text (alone and with all the others), and one
    that no filter knows.
    """
    elements, words = _elements(tests)
    texts = [str(element) for element in elements] + words
    mark = next(sign for sign in map(chr, range(0xB7, 0x3000)) if not any(sign in text for text in texts))
    unwanted = _unwanted(tests)
    universe: list[Scalar] = [element for element in elements if element not in unwanted]
    universe += [mark + word + mark for word in words]
    if len(words) > 1:
        universe.append(mark + mark.join(words) + mark)
    lengths = _lengths(tests)
    if len(universe) > MOST_ELEMENTS or max(lengths) > LONGEST:
        few = [tuple(universe), *((element,) for element in universe), (), (mark,)]
        return [*few], "too many list elements to try them all"
    out: list[Value] = []
    for size in range(len(universe) + 1):
        for chosen in combinations(universe, size):
            out += [
                chosen + (mark,) * (length - size) for length in sorted({size, *lengths}) if length >= size
            ]
    return out, ""


def _elements(tests: list[tuple[Filter, bool]]) -> tuple[list[Scalar], list[str]]:
    """Return the elements that filters name, and the parts of elements that they name."""
    named: dict[str, Scalar] = {}
    words: set[str] = set()
    for test, _ in tests:
        if test.operator.endswith("substring"):
            words.add(str(test.value))
        elif test.operator != "length":
            named |= {repr(element): element for element in test.value}  # type: ignore[union-attr, misc]
    return [named[key] for key in sorted(named)], sorted(words)


def _unwanted(tests: list[tuple[Filter, bool]]) -> set[Scalar]:
    """Return the elements that no list may have, to keep the number of sets small."""
    out: set[Scalar] = set()
    for test, passed in tests:
        if test.operator == ("not-any" if passed else "any"):
            out.update(test.value)  # type: ignore[arg-type]
    return out


def _lengths(tests: list[tuple[Filter, bool]]) -> set[int]:
    found: list[Number] = samples([test.value for test, _ in tests if test.operator == "length"])  # type: ignore[misc]
    whole = {int(number) for number in found if number >= 0}
    return whole | {0, 1}
