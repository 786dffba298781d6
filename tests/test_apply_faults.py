"""An apply that is stopped at any call, in any way, and run again: the desired state, nothing twice, nothing lost."""

from __future__ import annotations

import itertools
import shutil
from pathlib import Path

import pytest
from apply_worlds import ALL, LATE, READING, WAYS, World, duplicates, untagged, world_at

from compiler.apply import not_allowed, unlock
from compiler.diagnostics import Exit

WRITES = 27
LEAST_READS = 45
LAGS = (0.0, 3.0)
JOURNALS = ("kept", "lost", "same plan", "same plan, journal lost")
KEPT = [(lag, journal) for lag in LAGS for journal in JOURNALS if lag or journal in ("kept", "lost")]
MATRIX = [*itertools.product(WAYS, range(WRITES), LAGS, JOURNALS)]
SLICE = MATRIX[5::83]  # coprime to every dimension, so that each value of each comes up


def names(world: World) -> dict[str, list[str]]:
    with world.store.reading() as view:
        return {
            kind: sorted(row.body["name"] for row in view.rows(kind, parent=""))
            for kind in ("flow", "segment", "template")
        }


def stop_and_go_on(folder: Path, way: str, at: int, lag: float, journal: str) -> bool:
    """Stop an apply at a call and run it again; returns whether it came to that call."""
    world = world_at(folder, read_lag=lag)
    untouched = {"Edited": ids(world, "Edited"), "Grown": ids(world, "Grown")}
    plan = None
    if journal.startswith("same plan"):
        client, _ = world.client()
        with client:
            plan = world.plan(client).plan
    first, faults = world.apply(way, at, plan)
    if (faults.reads if way == READING else faults.writes) <= at:
        world.close()
        return False
    if journal.endswith("lost"):
        forget(world)
    for _ in range(3):
        again, _ = world.apply(plan=plan if first is None or first.exit_code is not Exit.DONE else None)
        if again is not None and again.exit_code is Exit.DONE:
            break
        if again is not None and again.exit_code is Exit.STALE and journal.endswith("lost"):
            plan = None  # nobody can tell what is half done from what was changed: plan again
    assert again is not None
    assert again.exit_code is Exit.DONE, again
    world.pass_seconds(120)
    client, _ = world.client()
    with client:
        units = world.plan(client).plan.units
    assert [(unit.kind, unit.name, unit.change) for unit in units if unit.stages] == []
    assert duplicates(world) == []
    assert untagged(world) == []
    assert names(world) == {
        "flow": ["Edited", "Gone", "Grown", "Moved", "Moved", "New"],
        "segment": ["Buyers", "Fresh"],
        "template": ["flowc/tea/emails/a.html@8401d50e", "flowc/tea/emails/b.html@62a43ce6"],
    }
    assert {name: ids(world, name) for name in untouched} == untouched
    world.close()
    return True


def ids(world: World, name: str) -> list[str]:
    with world.store.reading() as view:
        return [row.id for row in view.rows("flow", parent="") if row.body["name"] == name]


def forget(world: World) -> None:
    """Lose what a machine keeps, as a CI runner does; its next run starts after the settle time."""
    shutil.rmtree(world.folder / ".flowc", ignore_errors=True)
    (world.folder / "lock").unlink(missing_ok=True)
    world.pass_seconds(world.patience.timeout + world.patience.settle + LATE)
    client, _ = world.client()
    with client:
        unlock(client, world.folder / "lock", world.patience)


@pytest.mark.parametrize(("way", "at", "lag", "journal"), SLICE)
def test_an_apply_that_is_stopped_goes_on(way: str, at: int, lag: float, journal: str, tmp_path: Path):
    assert stop_and_go_on(tmp_path, way, at, lag, journal)


@pytest.mark.heavy
@pytest.mark.parametrize("way", WAYS)
@pytest.mark.parametrize(("lag", "journal"), KEPT)
def test_an_apply_that_is_stopped_at_any_call_goes_on(way: str, lag: float, journal: str, tmp_path: Path):
    for at in range(WRITES):
        assert stop_and_go_on(tmp_path / str(at), way, at, lag, journal)


@pytest.mark.heavy
@pytest.mark.parametrize("journal", JOURNALS)
def test_an_apply_that_is_killed_at_any_read_goes_on(journal: str, tmp_path: Path):
    """Reads lag; every second call in each of two ways of losing the journal, and of two of keeping it."""
    numbers = range(JOURNALS.index(journal) // 2, 1000, 2)
    came_up = itertools.takewhile(
        lambda at: stop_and_go_on(tmp_path / str(at), READING, at, 3.0, journal), numbers
    )
    assert len(list(came_up)) >= LEAST_READS


def test_the_apply_that_is_stopped_takes_every_kind_of_write(tmp_path: Path):
    world = world_at(tmp_path)
    client, _ = world.client()
    with client:
        plan = world.plan(client).plan
    result, faults = world.apply(plan=plan)
    world.close()
    assert result is not None
    assert result.exit_code is Exit.DONE
    assert faults.writes == WRITES
    assert not_allowed(plan, ALL) == ()
    stages = {type(stage).__name__ for unit in plan.units for stage in unit.stages}
    assert stages >= {
        "CreateFlow", "CreateSegment", "CreateTag", "CreateTemplate", "DeleteAction", "DeleteSegment",
        "InsertAction", "PatchAction", "Retire", "SetActionStatus", "SetStatus", "Tag", "Untag", "UpdateSegment",
    }  # fmt: skip
