"""``flowc probe`` as a person types it, and what plans and applies do with its answers."""

from __future__ import annotations

import json
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from apply_worlds import AFTER, NOW, World, flow, put_metric, write_specs
from probe_worlds import run_probe, things

from compiler.account.settings import Switches
from compiler.account.store import Store
from compiler.apply import Holder, locked
from compiler.client import calls
from compiler.client.ledger import Ledger
from compiler.diagnostics import Exit
from compiler.lock import Lock, lock_text, read_lock
from compiler.plan.knowledge import Knowledge
from compiler.planning import Planned
from compiler.planning.known import knowledge, remembered
from compiler.probe import as_kept

REVISION = "2026-10-15"
LOCK = Path("accounts") / "sandbox.lock.json"
Command = Callable[..., tuple[int, str, str]]


@pytest.fixture
def probing(tmp_path: Path, run: Command) -> Command:
    write_specs(tmp_path, AFTER)
    store = Store(tmp_path / "sandbox.db")
    put_metric(store, "Ordered")
    put_metric(store, "Seen")
    store.change_switches(Switches(segment_processing=0.0, joins_at_create="refused"))
    store.close()
    return run


def test_the_answers_are_shown_and_kept_beside_what_the_lock_file_holds(probing: Command, tmp_path: Path):
    assert probing("lock")[0] == 0
    before = json.loads((tmp_path / LOCK).read_text())
    code, out, told = probing("probe", "--yes")
    assert code == 0, told
    assert "question" in out.splitlines()[0]
    assert "splice" in out
    assert "Unknown: the scratch flow has no join, as create did not take one" in out
    assert "up to 3 of the 100 creates of flows" in told
    assert "the answers for revision 2026-10-15 are in accounts/sandbox.lock.json" in told
    after = json.loads((tmp_path / LOCK).read_text())
    kept = after.pop("probe")
    assert after == before
    assert (kept[REVISION]["delete_links"], kept[REVISION]["joins_at_create"]) == ("splice", "refused")
    assert probing("probe", "--yes", "--revision", "2025-10-15")[0] == 0
    assert probing("lock")[0] == 0
    again = json.loads((tmp_path / LOCK).read_text())["probe"]
    assert list(again) == ["2025-10-15", REVISION]
    assert again[REVISION] == kept[REVISION]
    assert "delete_links" in again["2025-10-15"]["unknown"]


def test_without_a_lock_file_it_writes_one(probing: Command, tmp_path: Path):
    code, _, told = probing("probe", "--yes")
    assert (code, "reading the inventory" in told) == (0, True)
    assert json.loads((tmp_path / LOCK).read_text())["names"]["metric"].keys() == {"Ordered", "Seen"}


def test_json_is_one_document(probing: Command):
    code, out, _ = probing("probe", "--yes", "--format", "json")
    said = json.loads(out)
    assert (code, said["format_version"], said["exit_code"], said["error"]) == (0, 1, 0, None)
    answers = {one["question"]: one["answer"] for one in said["answers"]}
    assert (answers["joins_at_create"], answers["insert_at_join"]) == ("refused", None)
    assert answers["refused"] == []
    assert all(one["use"] for one in said["answers"])


@pytest.mark.parametrize("style", ["text", "json"])
def test_where_nobody_can_be_asked_it_wants_to_be_told(style: str, probing: Command, tmp_path: Path):
    code, out, told = probing("probe", "--format", style)
    assert code == Exit.NOT_ALLOWED
    assert "say --yes where nobody can be asked" in told
    assert (json.loads(out)["exit_code"] if style == "json" else out) == (6 if style == "json" else "")
    assert not (tmp_path / LOCK).exists()


@pytest.mark.parametrize(("typed", "code"), [("y\n", 0), ("n\n", 1)])
def test_on_a_terminal_it_asks(typed: str, code: int, probing: Command, monkeypatch: Any, tmp_path: Path):
    answer = tmp_path / "answer"
    answer.write_text(typed)
    with answer.open() as keyboard:
        keyboard.isatty = lambda: True  # type: ignore[method-assign]
        monkeypatch.setattr(sys, "stdin", keyboard)
        found, _, told = probing("probe")
    assert found == code
    assert "Probe sandbox?" in told
    assert (tmp_path / LOCK).exists() == (code == 0)


def test_a_spent_day_is_its_own_exit_code(probing: Command, tmp_path: Path):
    probing("lock")
    account = json.loads((tmp_path / LOCK).read_text())["account"]
    import datetime as dt  # noqa: PLC0415 - the account's own day, which the command reads from the clock

    ledger = Ledger(tmp_path / "sandbox.db.calls", lambda: dt.datetime.now(dt.UTC).date())
    for _ in range(99):
        assert ledger.take(account, calls.CREATE_FLOW.endpoint, 100)
    code, _, told = probing("probe", "--yes")
    assert code == Exit.BUDGET
    assert "left today (UTC) at most: 1" in told


def test_what_cannot_be_deleted_ends_with_in_part(probing: Command, monkeypatch: Any):
    from compiler.probe import cleaning  # noqa: PLC0415 - patched here alone

    monkeypatch.setattr(cleaning, "drop", lambda *_: "the account was gone")
    code, out, _ = probing("probe", "--yes")
    assert code == Exit.PARTIAL
    assert "not deleted: the flow " in out
    assert "is still there: the account was gone" in out


def test_a_run_that_is_stopped_says_so_and_keeps_what_it_has_learned(
    probing: Command, monkeypatch: Any, tmp_path: Path
):
    assert probing("probe", "--yes")[0] == 0
    from compiler.diagnostics import Fatal  # noqa: PLC0415 - raised here alone
    from compiler.probe import running  # noqa: PLC0415 - patched here alone

    def stop(desk: Any) -> None:
        del desk
        raise Fatal("the network is gone", Exit.UNEXPECTED)

    monkeypatch.setattr(running, "ask_changes", stop)
    code, out, told = probing("probe", "--yes")
    assert code == 1
    assert "flowc: the network is gone" in told
    assert "Unknown: the probe ended before it was asked" in out
    kept = json.loads((tmp_path / LOCK).read_text())["probe"][REVISION]
    assert (kept["delete_links"], kept["weekdays"]) == ("splice", "all")
    assert "delete_links" not in kept["unknown"]


# ------------------------------------------------------------------ what the planner reads


def lock_with(**kept: Any) -> Lock:
    return read_lock(lock_text(Lock("A", REVISION, (), rest={"probe": {REVISION: kept}})), "the lock")


def test_only_words_that_answer_a_question_are_read():
    assert knowledge(None, REVISION) == Knowledge()
    assert knowledge(Lock("A", REVISION, ()), REVISION) == Knowledge()
    assert knowledge(Lock("A", REVISION, (), rest={"probe": {REVISION: "all"}}), REVISION) == Knowledge()
    found = knowledge(
        lock_with(delete_links="splice", patch_links="sometimes", read_lag=3.0, refused=["insert-action"]),
        REVISION,
    )
    assert found == Knowledge(delete_links="splice", refused=frozenset({"insert-action"}))
    assert knowledge(lock_with(delete_links=["splice"], refused="all"), REVISION) == Knowledge()
    assert knowledge(lock_with(delete_links="splice"), "2026-07-15") == Knowledge()


def test_a_run_that_was_stopped_adds_to_what_was_known():
    lock = lock_with(delete_links="splice", weekdays="all", unknown={"limits": "not asked"})
    whole = remembered(lock, REVISION, {"weekdays": "absent", "unknown": {"delete_links": "why"}}, whole=True)
    assert whole.rest["probe"][REVISION] == {"weekdays": "absent", "unknown": {"delete_links": "why"}}
    part = remembered(
        lock,
        REVISION,
        {"weekdays": "absent", "unknown": {"delete_links": "why", "read_lag": "why"}},
        whole=False,
    )
    assert part.rest["probe"][REVISION] == {
        "delete_links": "splice",
        "weekdays": "absent",
        "unknown": {"read_lag": "why"},
    }
    first = remembered(Lock("A", REVISION, ()), REVISION, {"weekdays": "all"}, whole=False)
    assert first.rest == {"probe": {REVISION: {"weekdays": "all"}}}


JOINED = """\
kind: flow
name: Joined
status: draft
trigger: {metric: Ordered}
steps:
  - conditional-split:
      if: [{profile-sample: 50}]
      then: [{time-delay: 1 day}]
  - time-delay: 2 days
"""
OLD = {"kept": flow("Kept", "Ordered", "live", "First a", "2", "Second a", "3", "Third a")}
NEW = {
    "kept": flow("Kept", "Ordered", "live", "First a", "Second a", "3", "Third a"),
    "cut": flow("Shorter", "Ordered", "draft", "One a", "1", "Two a"),
    "joined": JOINED,
}
TAIL = {"kept": flow("Kept", "Ordered", "live", "First a", "2", "Second a")}


def prepared(folder: Path, after: dict[str, str], **switches: Any) -> World:
    """An account with the old specs applied, and the new ones on disk."""
    folder.mkdir(exist_ok=True)
    world = World(folder, OLD)
    put_metric(world.store, "Ordered")
    result, _ = world.apply()
    assert result is not None
    assert result.exit_code is Exit.DONE, result
    world.pass_seconds(3600)
    world.store.change_switches(Switches(**{**world.store.switches().to_json(), **switches}))
    world.project = write_specs(folder, after)
    return world


def probed(world: World) -> Knowledge:
    """What planning knows after a probe, by way of the lock file's text."""
    report, _ = run_probe(world)
    assert report is not None
    assert report.exit_code is Exit.DONE
    lock = remembered(Lock("A", REVISION, ()), REVISION, as_kept(report), whole=True)
    return knowledge(read_lock(lock_text(lock), "the lock"), REVISION)


def planned(world: World, known: Knowledge | None) -> Planned:
    client, _ = world.client()
    with client:
        return world.plan(client, known)


def change_of(found: Planned, name: str = "Kept") -> tuple[str, str]:
    unit = next(unit for unit in found.plan.units if unit.name == name)
    return unit.change, "; ".join(unit.reasons)


def test_a_probe_turns_a_replace_of_a_live_flow_into_an_edit_in_place(tmp_path: Path):
    for number, (answer, after, expected) in enumerate(
        [
            ("splice", NEW, "update"),
            ("cut", NEW, "replace"),
            ("splice", TAIL, "update"),
            ("cut", TAIL, "update"),
        ]
    ):
        world = prepared(tmp_path / str(number), after, delete_links=answer)
        change, why = change_of(planned(world, None))
        assert change == "replace"
        assert "flowc probe has not shown" in why
        assert change_of(planned(world, probed(world)))[0] == expected
        world.close()


@pytest.mark.parametrize("joins", ["accepted", "refused"])
@pytest.mark.parametrize("deletes", ["splice", "cut"])
def test_probe_plan_and_apply_reach_the_desired_state(joins: str, deletes: str, tmp_path: Path):
    reach(tmp_path, joins_at_create=joins, delete_links=deletes)


@pytest.mark.heavy
@pytest.mark.parametrize("joins", ["accepted", "refused"])
@pytest.mark.parametrize("deletes", ["splice", "cut"])
@pytest.mark.parametrize("lag", [0.0, 3.0])
@pytest.mark.parametrize("status", ["follows", "separate"])
@pytest.mark.parametrize("patches", ["ignored", "honoured", "refused"])
def test_probe_plan_and_apply_reach_the_desired_state_in_every_account(
    joins: str, deletes: str, lag: float, status: str, patches: str, tmp_path: Path
):
    words = (joins, deletes, str(lag), status, patches)
    letters = sum(map(len, words))  # the other two switches take turns, which meets each pair of answers
    reach(
        tmp_path,
        joins_at_create=joins,
        delete_links=deletes,
        read_lag=lag,
        flow_status=status,
        patch_links=patches,
        same_template=("kept", "cloned")[letters % 2],
        insert_at_join=("every", "first")[letters // 2 % 2],
    )


def reach(folder: Path, **switches: Any) -> None:
    """Probe, plan and apply; the flow that joins is blocked where the account refuses it, and done without it."""
    world = prepared(folder, NEW, **switches)
    ours = things(world)
    known = probed(world)
    assert things(world) == ours
    found = planned(world, known)
    if switches["joins_at_create"] == "refused":
        assert change_of(found, "Joined")[0] == "blocked"
        world.project = write_specs(folder, {stem: text for stem, text in NEW.items() if stem != "joined"})
        found = planned(world, known)
    change = change_of(found)[0]
    assert change == ("update" if switches["delete_links"] == "splice" else "replace")
    result, _ = world.apply(plan=found.plan)
    assert result is not None
    assert result.exit_code is Exit.DONE, result
    world.pass_seconds(60)
    assert [unit.name for unit in planned(world, known).plan.units if unit.stages] == []
    world.close()


def test_a_probe_waits_for_an_apply_that_is_at_work(tmp_path: Path):
    world = prepared(tmp_path, NEW)
    client, _ = world.client()
    with client, locked(client, tmp_path / "elsewhere", Holder("there", "a"), world.patience, 60.0, len):
        assert run_probe(world)[0] is None
    assert run_probe(world)[0] is not None
    assert world.now > NOW
    world.close()
