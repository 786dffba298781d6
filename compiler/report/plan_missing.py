"""Why there is no plan, for people: what the account must get first, and what is wrong with the specs."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from itertools import groupby
from typing import Final

from compiler.diagnostics import Diagnostic
from compiler.planning.missing import Missing
from compiler.report.fit import one_line
from compiler.report.plan_markdown import code, sentence

HEAD: Final = "The account lacks what no apply can make:"
MOST: Final = 50  # lines of a comment that a pull request shows without scrolling for long


def missing_lines(missing: Iterable[Missing]) -> str:
    """Return what is missing by kind, with who must do what, and where each is named; empty where nothing is."""
    lines = [f"{HEAD}\n"]
    for (kind, remedy), some in _by_kind(missing):
        lines.append(f"  {kind}: {remedy}\n")
        lines += [f'    "{one_line(one.name)}" ({_places(one)})\n' for one in some]
    return "".join(lines) if len(lines) > 1 else ""


def _by_kind(missing: Iterable[Missing]) -> Iterator[tuple[tuple[str, str], list[Missing]]]:
    for key, some in groupby(missing, key=lambda one: (one.kind, one.remedy)):
        yield key, list(some)


def no_plan(message: str) -> str:
    """Return a page for a pull request that has no plan to show, for a reason that stands in no spec."""
    return f"**There is no plan.**\n\n{sentence(message)}\n"


def without_plan(found: Sequence[Diagnostic], missing: Sequence[Missing]) -> str:
    """Return a page for a pull request that has no plan to show."""
    lines = ["**There is no plan: the specs are wrong, or the account lacks what they name.**", ""]
    if missing:
        lines += [HEAD, ""]
    for (kind, remedy), some in _by_kind(missing[:MOST]):
        named = ", ".join(f"{code(one.name)} ({sentence(_places(one))})" for one in some)
        lines.append(f"- {kind}: {sentence(remedy)}: {named}")
    lines += [*_more(len(missing), "things"), *([""] if missing else [])]
    told = {one.first for one in missing}
    rest = [one for one in found if one.code != "F313" or not told]
    lines += [f"- {sentence(str(one))}" for one in rest[:MOST]]
    return "\n".join([*lines, *_more(len(rest), "diagnostics")]).rstrip("\n") + "\n"


def _more(count: int, things: str) -> list[str]:
    return [f"- and {count - MOST} more {things}"] if count > MOST else []


def _places(one: Missing) -> str:
    return one.first if one.places == 1 else f"{one.first} and {one.places - 1} more"
