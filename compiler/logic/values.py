"""Whether one value can pass and fail given filters, decided by trying a complete, finite set of values.

For each type the set meets every combination of the filters that any value of the type can meet, so that no
hit among them is a proof. Where the set is not complete (regular expressions, long lists) the answer is open.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from datetime import datetime
from functools import lru_cache

from compiler.logic.lists import lists
from compiler.logic.matching import compiled, looked_into, passes
from compiler.logic.model import Answer, Filter, Filters, Found, Open, Timeframe, Value
from compiler.logic.moments import instants
from compiler.logic.numeric import samples

Test = tuple[Filter, bool]
AS_A_LIST = "one property is read both as a list and as a whole text"
TYPES = ("text", "number", "boolean", "date", "list")
NEGATIVES = frozenset(
    {
        f"not-{name}"
        for name in ("in", "contains", "starts-with", "ends-with", "regex", "any", "all", "substring")
    }
)


@lru_cache(maxsize=65_536)
def solve_value(tests: frozenset[Test], at: datetime, only: str = "", *, past: bool = False) -> Answer:
    """Find a value that passes each filter marked true and fails each marked false, as of ``at``.

    ``only`` names the one type that the value can have, ``past`` says that dates cannot lie after ``at``.
    ``Found(None)`` is a value that is not set.
    """
    kinds = {test.kind for test, _ in tests}
    wanted = [test for test, passed in tests if passed and test.kind != "existence"]
    if {test.kind for test in wanted} >= {"text", "date"}:
        return Open("one property is read both as a text and as a date")
    types = [only] if only else _tried(kinds)
    mixed = "list" in kinds and any(_whole(test) for test, _ in tests)
    types = [kind for kind in types if all(_of_type(test, kind, mixed=mixed) for test in wanted)]
    if not types:
        return None
    ordered = sorted(tests, key=repr)
    if not wanted and _suits(None, ordered, at):
        return Found(None)
    reason = ""
    for kind in types:
        candidates, gap = _candidates(kind, _read_as(kind, ordered), at, past=past)
        hit = next((value for value in candidates if _suits(value, ordered, at)), None)
        if hit is not None:
            return Found(hit)
        reason = reason or gap
        if mixed and kind == "list" and any(_may_suit(value, ordered, at) for value in candidates):
            reason = reason or AS_A_LIST
    dated = {"text", "date"} <= kinds
    return Open(reason or "one property is read both as a text and as a date") if reason or dated else None


def _whole(test: Filter) -> bool:
    """Say whether a test compares a text as a whole; how a list fares then is documented nowhere."""
    return test.kind == "text" and test.operator != "typed" and looked_into(test) is None


def _of_type(test: Filter, kind: str, *, mixed: bool) -> bool:
    """Say whether a value of a type can pass a test; ``mixed`` says that a list may be compared as a whole."""
    if kind == "list":
        return test.kind == "list" or looked_into(test) is not None or (mixed and _whole(test))
    return test.kind == kind


def _read_as(kind: str, tests: Iterable[Test]) -> list[Test]:
    """Return the tests that a value of a type is put to, those of texts as they look into lists."""
    found = [item for item in tests if item[0].kind == kind]
    inside = ((looked_into(test), passed) for test, passed in tests if kind == "list")
    return found + [(test, passed) for test, passed in inside if test is not None]


def _tried(kinds: set[str]) -> list[str]:
    """Order the types to try: one that no filter names passes all negations at once."""
    return sorted(TYPES, key=lambda kind: kind in kinds)


def _suits(value: Value, tests: Iterable[Test], at: datetime) -> bool:
    return all(passes(test, value, at) is passed for test, passed in tests)


def _may_suit(value: Value, tests: Iterable[Test], at: datetime) -> bool:
    return all(passes(test, value, at) in (passed, None) for test, passed in tests)


def _candidates(kind: str, tests: list[Test], at: datetime, *, past: bool) -> tuple[Sequence[Value], str]:
    """Return the values of a type to try, and why they may not be all that matter."""
    filters = [test for test, _ in tests if test.operator != "typed"]
    match kind:
        case "number":
            return samples([test.value for test in filters if isinstance(test.value, tuple)]), ""  # type: ignore[misc]
        case "boolean":
            return (True, False), ""
        case "date":
            moments = instants([test.value for test in filters if isinstance(test.value, Timeframe)], at)
            return [moment for moment in moments if moment <= at or not past], ""
        case "list":
            return lists([(test, passed) for test, passed in tests if test.operator != "typed"])
    return _texts([(test, passed) for test, passed in tests if test.operator != "typed"])


def _texts(tests: list[Test]) -> tuple[Sequence[Value], str]:
    """Return texts to try: every named text, and the freest text that has all wanted parts.

    The freest text joins the longest wanted start, the wanted parts and the longest wanted end by a mark that
    no filter knows: it has an unwanted part only if every text with the wanted ones has it too.
    """
    words = [
        word
        for test, _ in tests
        for word in (test.value if isinstance(test.value, tuple) else (str(test.value),))
    ]
    mark = next(
        sign for sign in map(chr, range(0xB7, 0x3000)) if not any(sign in str(word) for word in words)
    )
    named = [str(word) for test, _ in tests if isinstance(test.value, tuple) for word in test.value]
    parts: dict[str, list[str]] = {"contains": [], "starts-with": [], "ends-with": [], "regex": []}
    for test, passed in tests:
        positive = test.operator.removeprefix("not-")
        if positive in parts and passed == (positive == test.operator):
            parts[positive].append(str(test.value))
    start, end = (max(parts[name], key=len, default="") for name in ("starts-with", "ends-with"))
    free = [start + mark.join(["", *parts["contains"], ""]) + end]
    patterns = {str(test.value) for test, _ in tests if test.operator.endswith("regex")}
    if not patterns:
        return [*named, *free], ""
    return [*named, *free, *_regex_samples(patterns, start, end, mark)], _regex_gap(tests)


def _regex_gap(tests: list[Test]) -> str:
    """Say why regular expressions leave a question open, or nothing where one is wanted and unwanted."""
    wanted = {test.value for test, passed in tests if test.operator == ("regex" if passed else "not-regex")}
    unwanted = {test.value for test, passed in tests if test.operator == ("not-regex" if passed else "regex")}
    return "" if wanted & unwanted else "regular expressions are compared only when they are the same"


def _regex_samples(patterns: set[str], start: str, end: str, mark: str) -> list[str]:
    """Guess texts that match simple patterns; each guess is tried, none is trusted."""
    out: list[str] = []
    for pattern in sorted(patterns):
        for branch in pattern.split("|"):
            plain = re.sub(r"\(\?[imsx]+\)|[\^$()]", "", branch)
            plain = re.sub(r"\\d(\{\d+\}|[+*])?", "7", plain)
            plain = re.sub(r"\\w(\{\d+\}|[+*])?", "w", plain)
            plain = re.sub(r"\.[*+]", mark, plain)
            plain = re.sub(r"\[(.)[^\]]*\][+*?]?", r"\1", plain)
            plain = re.sub(r"\\(.)", r"\1", plain)
            out += (
                [plain, start + plain + end, start + mark + plain + mark + end] if compiled(pattern) else []
            )
    return out


def solve_fields(
    required: Filters, broken: tuple[Filters, ...], at: datetime, *, dated: bool = False
) -> Answer:
    """Find fields that pass all required filters and, of each conjunction in ``broken``, fail at least one.

    Returns Found with a dict of the fields; ``dated`` says that fields named ``..._date`` hold past dates.
    """
    tests: dict[str, frozenset[Test]] = {}
    for name, test in required:
        tests[name] = tests.get(name, frozenset()) | {(test, True)}
    return _broken(tests, broken, at, dated=dated)


def _broken(
    tests: dict[str, frozenset[Test]], broken: tuple[Filters, ...], at: datetime, *, dated: bool
) -> Answer:
    if not broken:
        return _fields(tests, at, dated=dated)
    reason = ""
    for name, test in broken[0]:
        answer = _broken(
            {**tests, name: tests.get(name, frozenset()) | {(test, False)}}, broken[1:], at, dated=dated
        )
        if isinstance(answer, Found):
            return answer
        reason = answer.reason if isinstance(answer, Open) else reason
    return Open(reason) if reason else None


def _fields(tests: dict[str, frozenset[Test]], at: datetime, *, dated: bool) -> Answer:
    found: dict[str, Value] = {}
    reason = ""
    for name, wanted in tests.items():
        date = dated and name.endswith("_date")
        only = "date" if date else "number" if name == "$value" else ""
        match solve_value(wanted, at, only, past=date):
            case Found(what=value):
                if value is not None:
                    found[name] = value  # type: ignore[assignment]
            case Open(reason=why):
                reason = why
            case None:
                return None
    return Open(reason) if reason else Found(found)
