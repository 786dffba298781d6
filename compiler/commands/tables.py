"""A folder of data, opened where it is one account's and a pull has filled it to its end."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from compiler.diagnostics import Exit, Fatal

if TYPE_CHECKING:
    from compiler.evaluate import Tables


def objection(folder: Path, account: str) -> tuple[str, str] | None:
    """Return the code and the sentence that speak against a folder's data; None where nothing does.

    ``account`` is the id that the data should be of, empty where that is not known. A folder that no pull has
    filled, such as an export, says nothing of itself. Raises Fatal for a broken ``pull.json``.
    """
    from compiler.coverage.pulling import read_state, unfinished

    state = read_state(folder)
    if state is None:
        return None
    if account and state["account"] != account:
        return "F744", f"it holds the data of account {state['account']}, not of {account}"
    if parts := unfinished(state):
        return "F745", f"its pull was stopped at {parts[0]}; run flowc data pull again"
    return None


def tables_of(folder: Path, account: str) -> Tables:
    """Return the tables of a folder; Fatal (WRONG_SPECS) where numbers from them would mislead."""
    from compiler.evaluate import open_tables

    against = objection(folder, account)
    if against is not None:
        raise Fatal(f"{folder} {against[0]} {against[1]}", Exit.WRONG_SPECS)
    return open_tables(folder)
