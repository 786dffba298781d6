"""How long an apply waits for an account is its owner's to say, and what ``probe`` has seen is kept to."""

from __future__ import annotations

from pathlib import Path

import pytest

from compiler.commands.alone import patience_with
from compiler.diagnostics import Problems
from compiler.lock import Lock, lock_path, lock_text
from compiler.planning.known import read_lag, remembered
from compiler.project import Project, open_project

SETTINGS = "kind: project\nname: tea\ndefault_account: shop\naccounts:\n  shop: {account_id: AbC123%s}\n"


def project(folder: Path, more: str = "") -> Project:
    (folder / "flowc.yaml").write_text(SETTINGS % more)
    return open_project(folder, Problems())


def test_an_account_is_given_a_minute_and_a_half_unless_its_settings_say_otherwise(tmp_path: Path):
    usual = patience_with(one := project(tmp_path), one.account("shop"))
    assert (usual.timeout, usual.settle, usual.lag) == (60.0, 30.0, 5.0)
    slow = patience_with(one := project(tmp_path, ", timeout: 120, settle: 45"), one.account("shop"))
    assert (slow.timeout, slow.settle, slow.lag) == (120.0, 45.0, 5.0)


@pytest.mark.parametrize(
    ("seen", "lag", "settle"), [(0.5, 5.0, 30.0), (12.0, 12.0, 30.0), (90.0, 90.0, 90.0)]
)
def test_reads_that_were_seen_to_lag_longer_are_waited_for(
    tmp_path: Path, seen: float, lag: float, settle: float
):
    one = project(tmp_path)
    lock = remembered(Lock("AbC123", "2026-10-15", ()), "2026-10-15", {"read_lag": seen}, whole=True)
    assert read_lag(lock) == seen
    path = lock_path(one, "shop")
    path.parent.mkdir()
    path.write_text(lock_text(lock))
    patience = patience_with(one, one.account("shop"))
    assert (patience.lag, patience.settle) == (lag, settle)


def test_a_wait_that_is_none_is_refused_with_its_place(tmp_path: Path):
    (tmp_path / "flowc.yaml").write_text(SETTINGS % ", timeout: 0")
    problems = Problems()
    open_project(tmp_path, problems)
    [problem] = problems
    assert problem.span.line == 5
    assert "timeout" in problem.message
    assert "at least 1" in problem.message
