"""``flowc apply`` as a process, over real sockets, stopped at every write: run again, nothing twice, nothing lost."""

from __future__ import annotations

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack

import pytest
from apply_processes import ALLOW, WAYS, Stage, holds_key, staged, twice
from test_apply_faults import WRITES

MADE = {
    "flow": ["Edited", "Gone", "Grown", "Moved", "Moved", "New"],
    "segment": ["Buyers", "Fresh"],
    "template": ["flowc/tea/emails/a.html@8401d50e", "flowc/tea/emails/b.html@62a43ce6"],
}
AT_ONCE = 3
OWNED = ["Edited", "Grown", "Moved", "New", "Buyers", "Fresh"]


@pytest.fixture(scope="module")
def stages(tmp_path_factory: pytest.TempPathFactory) -> Iterator[list[Stage]]:
    """Several served accounts, since a case waits more than it works."""
    with ExitStack() as all_of_them:
        folders = [tmp_path_factory.mktemp("stage") for _ in range(AT_ONCE)]
        yield [all_of_them.enter_context(staged(folder)) for folder in folders]


def stop_and_go_on(stage: Stage, way: str, at: int) -> None:
    project = stage.begin(f"{way} {at}")
    code = stage.flowc(project, "apply", *ALLOW, way=way, at=at)
    assert stage.proxy.writes > at, "the fault came up"
    assert (code == -9) == way.startswith("killed"), stage.said[-1]
    if code != 0:
        code = stage.flowc(project, "apply", *ALLOW)
    assert code == 0, stage.said[-1]
    stage.proxy.settle()
    assert stage.flowc(project, "plan", "--detailed-exitcode") == 0, stage.said[-1]
    assert twice(stage.proxy.created()) == []
    names, carried = stage.rows()
    assert [name for name in names.pop("tag") if name.startswith("flowc apply")] == []
    assert names == MADE
    owned = [tags for tags in carried.values() if "flowc:tea" in tags]
    assert len(owned) == len(OWNED)
    assert len([1 for tags in carried.values() if any(tag.startswith("flowc-retired") for tag in tags)]) == 2
    assert not holds_key(project)


@pytest.mark.heavy
@pytest.mark.parametrize("way", WAYS)
def test_a_process_that_is_stopped_at_any_write_goes_on(stages: list[Stage], way: str):
    def some(place: int) -> None:
        for at in range(place, WRITES, AT_ONCE):
            stop_and_go_on(stages[place], way, at)

    with ThreadPoolExecutor(AT_ONCE) as threads:
        for done in [threads.submit(some, place) for place in range(AT_ONCE)]:
            done.result()
