"""Filters on one typed column as Ibis booleans that are never null.

Any value filter, a negative one too, needs a value of its own type: unset matches neither ``equals`` nor
``not-equals`` (FACTS B2). Only operations that DuckDB and Spark answer alike are used.
"""

from __future__ import annotations

import operator
import re
from collections.abc import Callable
from functools import reduce
from typing import TYPE_CHECKING, Any

from compiler.evaluate.filters import Filter, UndecidedError
from compiler.evaluate.windows import Window

if TYPE_CHECKING:
    import ibis.expr.types as ir

COMPARISONS: dict[str, Callable[[Any, Any], Any]] = {
    "equals": operator.eq,
    "not-equals": operator.ne,
    "greater-than": operator.gt,
    "greater-than-or-equal": operator.ge,
    "less-than": operator.lt,
    "less-than-or-equal": operator.le,
}
TEXT_TESTS: dict[str, Callable[[Any, Any], Any]] = {
    "equals": operator.eq,
    "contains": lambda column, text: column.contains(text),
    "starts-with": lambda column, text: column.startswith(text),
    "ends-with": lambda column, text: column.endswith(text),
    "regex": lambda column, text: column.re_search(portable(text)),
    "in": lambda column, texts: column.isin(texts),
    "phone-country-code-in": lambda column, codes: one_of(
        column.startswith(code) for code in calling_codes(codes)
    ),
}
LIST_TESTS: dict[str, Callable[[Any, Any], Any]] = {
    "contains": lambda column, text: column.contains(text),
    "contains-any": lambda column, texts: one_of(column.contains(text) for text in texts),
    "contains-all": lambda column, texts: all_of(column.contains(text) for text in texts),
    "contains-substring": lambda column, text: column.filter(lambda item: item.contains(text)).length() > 0,
}
# What Python's re, RE2 (DuckDB) and java.util.regex (Spark) read alike: no look-around, back-reference, possessive
# quantifier, class operation or escape but the plain ones.
PORTABLE = re.compile(
    r"""(?: \(\?: | \((?!\?) | \) | \[\^?(?:[^\[\]\\&~|-]|(?<=\w)-(?=\w)|\\[.^$*+?()\[\]{}|/-])+\]
        | \\[.^$*+?()\[\]{}|/d-] | \{\d+(?:,\d*)?\}\??(?![+*?]) | [*+?]\??(?![+*?]) | [.^$|] | [^\\()\[\]{}*+?.^$|] )*\Z""",
    re.VERBOSE,
)


def always(answer: bool) -> ir.BooleanValue:
    """Return a constant that stays boolean on every engine."""
    import ibis  # noqa: PLC0415 - heavy, loaded where data is read

    return ibis.literal(answer, type="boolean")


def or_false(test: Any) -> Any:
    """Return ``test`` with null, which is an unset value, as false."""
    return test.fill_null(False)  # noqa: FBT003 - Ibis takes it by position


def one_of(tests: Any) -> Any:
    """Return whether any test holds; none holds of no tests."""
    rows = list(tests)
    return reduce(operator.or_, rows) if rows else always(answer=False)


def all_of(tests: Any) -> Any:
    """Return whether every test holds; all hold of no tests."""
    rows = list(tests)
    return reduce(operator.and_, rows) if rows else always(answer=True)


def portable(pattern: str) -> str:
    """Return ``pattern`` when every engine reads it alike; raises UndecidedError."""
    if not PORTABLE.match(pattern):
        raise UndecidedError(f'engines read the regular expression "{pattern}" differently')
    try:
        re.compile(pattern)
    except re.error as error:
        raise UndecidedError(f'"{pattern}" is no regular expression: {error}') from None
    return pattern


def calling_codes(codes: tuple[str, ...]) -> tuple[str, ...]:
    """Return ``+44`` for ``44``: a number belongs to one calling code, but +1 and +7 to several countries."""
    digits = tuple(code.removeprefix("+") for code in codes)
    if not all(code.isascii() and code.isdigit() for code in digits):
        raise UndecidedError("a country cannot be told from a phone number: several share a calling code")
    return tuple(f"+{code}" for code in digits)


def number_holds(row: Filter, column: Any) -> Any:
    """Return whether a numeric filter holds of a number column, in which null and NaN are unset."""
    if row.operator == "between":
        test = (column >= row.value) & (column <= row.until)
    else:
        test = COMPARISONS[row.operator](column, row.value)
    return (test & ~column.isnan()) if column.type().is_floating() else test


def date_holds(window: Window, column: Any) -> Any:
    """Return whether an instant column lies in the window."""
    tests = []
    if window.start is not None:
        tests.append(column >= window.start)
    if window.end is not None:
        tests.append(column < window.end)
    if window.month is not None:
        tests.append(column.month() == window.month)
    if window.days is not None:
        tests.append((column.month() * 100 + column.day()).isin(sorted(window.days)))
    return all_of(tests) if tests else column.notnull()


def text_holds(row: Filter, column: Any) -> Any:
    """Return whether a string filter holds of a text column; letter case matters."""
    name = row.operator
    if name == "nregex":
        return ~TEXT_TESTS["regex"](column, row.value)
    if name in TEXT_TESTS:
        return TEXT_TESTS[name](column, row.value)
    return ~TEXT_TESTS[name.replace("not-", "", 1)](column, row.value)


def list_holds(row: Filter, column: Any) -> Any:
    """Return whether a list filter holds of a column of lists; an empty list is set."""
    name = row.operator
    if name.startswith("length-"):
        return COMPARISONS[name.removeprefix("length-")](column.length(), row.value)
    if name.startswith("not-"):
        return ~LIST_TESTS[name.removeprefix("not-")](column, row.value)
    return LIST_TESTS[name](column, row.value)


def text_holds_anywhere(row: Filter, column: Any, elements: Any) -> Any:
    """Return whether a text filter holds of a property that some have as a text and some as a list (``elements``).

    ``contains`` and its negation look into a list's elements, as flows use them for categories and items (FACTS F41);
    how the vendor compares a whole list with a text is not documented, so the other operators are null there.
    """
    import ibis  # noqa: PLC0415 - heavy, loaded where data is read

    plain = value_holds(row, column, None)
    if row.compares_whole:
        return elements.notnull().ifelse(ibis.null("boolean"), plain)
    found = LIST_TESTS["contains-substring"](elements, row.value)
    return elements.notnull().ifelse(or_false(found if row.operator == "contains" else ~found), plain)


def value_holds(row: Filter, column: Any, window: Window | None) -> Any:
    """Return whether ``row`` holds of a column of its own type; ``window`` is a date filter's. Never null."""
    if row.kind == "existence":
        is_set = or_false(column) if column.type().is_boolean() else column.notnull()
        return is_set if row.operator == "is-set" else ~is_set
    if row.kind == "date":
        assert window is not None
        test = date_holds(window, column)
    else:
        tests = {"numeric": number_holds, "string": text_holds, "list": list_holds}
        test = tests[row.kind](row, column) if row.kind in tests else column == row.value
    return or_false(column.notnull() & test)
