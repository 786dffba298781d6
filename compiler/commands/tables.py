"""A folder of data, opened where it is one account's and a pull has filled it to its end."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING

from compiler.commands.base import plural, warn
from compiler.diagnostics import Diagnostic, Exit, Fatal, Span

if TYPE_CHECKING:
    from compiler.evaluate import Tables


def objection(folder: Path, account: str) -> tuple[str, str] | None:
    """Return the code and the sentence that speak against a folder's data; None where nothing does.

    ``account`` is the id that the data should be of, empty where that is not known. A folder that no pull has
    filled, such as an export, says nothing of itself. Raises Fatal for a broken ``pull.json``.
    """
    from compiler.coverage.pull_state import read_state

    state = read_state(folder)
    if state is None:
        return None
    if account and state.account != account:
        return "F744", f"it holds the data of account {state.account}, not of {account}"
    if parts := state.unfinished:
        return "F745", f"its pull was stopped at {parts[0]}; run flowc data pull again"
    return None


def moment_of(folder: Path) -> datetime | None:
    """Return the moment (UTC-aware) that a folder's data shows; None for a folder that no pull has filled."""
    from compiler.coverage.pull_state import read_state

    state = read_state(folder)
    return state.at if state is not None else None


def lies(one: datetime, other: datetime, what: str) -> str:
    """Say where a moment lies that is a day or more from another: "it is as of ..., 3 days before ``what``, ..."."""
    from compiler.coverage.pull_state import readable

    days = f"{plural(abs(other - one).days, 'day')} {'before' if one < other else 'after'}"
    return f"it is as of {readable(one)}, {days} {what}, {readable(other)}"


def tables_of(folder: Path, account: str, at: datetime) -> Tables:
    """Return the tables of a folder; Fatal (WRONG_SPECS) where numbers from them would mislead.

    Where the data ends more than a day before ``at``, the moment (UTC-aware) for which people are counted, a line
    on stderr says so (F746).
    """
    from compiler.coverage.evidence import APART
    from compiler.evaluate import open_tables

    against = objection(folder, account)
    if against is not None:
        raise Fatal(f"{folder} {against[0]} {against[1]}", Exit.WRONG_SPECS)
    tables, shown = open_tables(folder), moment_of(folder)
    if shown is not None and at - shown > APART:
        rest = "nothing later is in it; flowc data pull --refresh reads it anew"
        says = f"{lies(shown, at, 'the moment of the answer')}; {rest}"
        warn(f"{Diagnostic('F746', says, Span(str(folder)), 'warning')}\n")
    return tables
