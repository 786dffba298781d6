"""Two applies at once, as two processes: one runs, the other is refused, on one machine and on two."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from apply_processes import ALLOW, Driver, Stage, project_at, staged, stopped, twice, until


@pytest.fixture
def stage(tmp_path: Path) -> Iterator[Stage]:
    with staged(tmp_path) as made:
        yield made


@pytest.fixture
def other() -> Iterator[Driver]:
    made = Driver()
    yield made
    made.close()


def begun(stage: Stage) -> bool:
    """Whether the first apply has written more than its lock."""
    return len(stage.proxy.created()) > 2


@pytest.mark.heavy
def test_of_two_applies_on_one_machine_the_second_is_refused(stage: Stage, other: Driver):
    project = stage.begin("project")
    first = stage.driver.start(project, "apply", *ALLOW)
    until(lambda: begun(stage))
    with stopped(first, project):
        other.start(project, "plan")  # a plan may be made meanwhile
        assert other.wait() == 0, other.err.read_text()
        other.start(project, "apply", *ALLOW)
        assert other.wait() == 1, other.err.read_text()
    assert "another apply to this account runs on this machine" in other.err.read_text()
    assert stage.driver.wait() == 0
    assert twice(stage.proxy.created()) == []
    assert stage.flowc(project, "plan", "--detailed-exitcode") == 0


@pytest.mark.heavy
def test_of_two_applies_on_two_machines_the_second_is_refused(stage: Stage, other: Driver, tmp_path: Path):
    project = stage.begin("one machine")
    elsewhere = project_at(tmp_path / "another machine", stage.proxy.url)
    first = stage.driver.start(project, "apply", *ALLOW, HOME=str(tmp_path / "home"))
    until(lambda: begun(stage))
    with stopped(first, project):
        other.start(elsewhere, "apply", *ALLOW)
        assert other.wait() == 1, other.err.read_text()
    assert 'another apply is at work ("flowc apply' in other.err.read_text()
    assert stage.driver.wait() == 0
    assert twice(stage.proxy.created()) == []
    assert stage.flowc(project, "plan", "--detailed-exitcode") == 0
    assert [name for name in stage.rows()[0]["tag"] if name.startswith("flowc apply")] == []


@pytest.mark.heavy
def test_of_two_applies_that_start_together_at_most_one_runs(stage: Stage, other: Driver, tmp_path: Path):
    for number in range(4):
        project = stage.begin(f"one {number}")
        elsewhere = project_at(tmp_path / f"other {number}", stage.proxy.url)
        stage.driver.start(project, "apply", *ALLOW)
        other.start(elsewhere, "apply", *ALLOW)
        codes = {stage.driver.wait(), other.wait()}
        assert codes in ({0, 1}, {1}, {0, 7}), (stage.driver.err.read_text(), other.err.read_text())
        assert twice(stage.proxy.created()) == []
        if 0 not in codes:
            assert stage.flowc(project, "apply", *ALLOW) == 0
        assert stage.flowc(project, "plan", "--detailed-exitcode") == 0


@pytest.mark.heavy
def test_a_run_killed_elsewhere_holds_the_account_until_it_is_unlocked(stage: Stage, tmp_path: Path):
    project = stage.begin("dead")
    elsewhere = project_at(tmp_path / "alive", stage.proxy.url)
    assert stage.flowc(project, "apply", *ALLOW, way="killed after", at=7) == -9
    assert stage.flowc(elsewhere, "apply", *ALLOW) == 1
    assert "if its run is dead, flowc unlock takes the lock away" in stage.said[-1]
    assert stage.flowc(elsewhere, "unlock") == 0
    assert stage.said[-1].startswith("released: flowc apply ")
    assert stage.flowc(elsewhere, "unlock") == 0
    assert stage.said[-1] == "there is no lock\n"
    assert stage.flowc(elsewhere, "apply", *ALLOW) == 0, stage.said[-1]
    assert stage.flowc(elsewhere, "plan", "--detailed-exitcode") == 0
    assert twice(stage.proxy.created()) == []
    names, carried = stage.rows()
    assert [name for name in names["tag"] if name.startswith("flowc apply")] == []
    assert len([1 for tags in carried.values() if "flowc:tea" in tags]) == 6
