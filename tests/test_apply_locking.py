"""One apply an account: who holds the lock, how long, and what a dead run leaves behind."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import httpx
import pytest
from apply_worlds import REVISION, World, duplicates, untagged, world_at

from compiler.apply import Holder, Lock, apply_plan, locked, locks, unlock
from compiler.apply.announcing import ended, expired, lock_name, started
from compiler.apply.mending import moment
from compiler.apply.performing import Stopped
from compiler.client import Client, Key, Settings, calls, connect
from compiler.diagnostics import Exit, Fatal

OTHER = Holder("other", "n9")


@pytest.fixture
def world(tmp_path: Path) -> Iterator[World]:
    made = world_at(tmp_path)
    yield made
    made.close()


@pytest.fixture
def client(world: World) -> Iterator[Client]:
    made, _ = world.client()
    with made:
        yield made


def put_tag(client: Client, name: str) -> None:
    client.write(calls.CREATE_TAG, body={"data": {"type": "tag", "attributes": {"name": name}}})


def held(world: World, client: Client, nonce: str = "n", file: str = "a") -> Any:
    return locked(client, world.folder / file, Holder("h", nonce), world.patience, 60.0, len)


def names(client: Client) -> list[str]:
    return [name for _, name in locks(client)]


def answering(world: World, endpoint: str, answer: Any) -> Client:
    """A client some of whose calls are answered in another way."""
    made, faults = world.client()
    handle = faults.handle_request

    def meddle(request: httpx.Request) -> httpx.Response:
        if f"{request.method} {request.url.path}" == endpoint:
            return answer(handle, request)
        return handle(request)

    faults.handle_request = meddle  # type: ignore[method-assign]
    return made


def test_one_of_two_applies_runs(world: World):
    first, _ = world.client()
    second, _ = world.client()
    with first, second, held(world, first, "x"):
        world.pass_seconds(2)
        with pytest.raises(Fatal, match="another apply is at work"), held(world, second, "y", "b"):
            pytest.fail("two hold the lock")
        with pytest.raises(Fatal, match="on this machine"), held(world, second, "z"):
            pytest.fail("two hold the lock")
        with pytest.raises(Fatal, match="on this machine"):
            unlock(second, world.folder / "a", world.patience)
    assert duplicates(world) == []
    third, _ = world.client()
    with third:
        with held(world, third, "y", "b"):
            pass
        assert names(third) == []


def test_a_lock_that_took_long_to_announce_gives_way_to_any_other(world: World, client: Client):
    """The other may have looked before this one could be seen, and so think that it is alone."""

    def slowly(handle: Any, request: httpx.Request) -> httpx.Response:
        world.pass_seconds(20)
        put_tag(client, lock_name(OTHER, world.now, world.now + timedelta(minutes=30)))
        return handle(request)

    slow = answering(world, "POST /api/tags", slowly)
    with slow, pytest.raises(Fatal, match="another apply is at work"), held(world, slow):
        pytest.fail("two hold the lock")


def test_a_lock_of_unknown_outcome_is_waited_for(world: World, client: Client):
    def silently(handle: Any, request: httpx.Request) -> httpx.Response:
        handle(request)
        raise httpx.ReadTimeout("no answer", request=request)

    unsure = answering(world, "POST /api/tags", silently)
    with unsure, held(world, unsure) as lock:
        assert names(unsure) == [lock.name]


@pytest.mark.parametrize(
    ("status", "why"), [(500, "nobody can tell whether its tag was made"), (400, "cannot be taken: ")]
)
def test_without_its_tag_no_lock_is_taken(world: World, client: Client, status: int, why: str):
    def refused(_: Any, request: httpx.Request) -> httpx.Response:
        return httpx.Response(status, json={"errors": [{"detail": "trouble"}]}, request=request)

    barred = answering(world, "POST /api/tags", refused)
    with barred, pytest.raises(Fatal, match=why), held(world, barred):
        pytest.fail("nobody has seen the lock")


def test_a_key_that_may_not_write_tags_locks_this_machine(world: World):
    world.store.add_key("pk_readonly", ("accounts:read", "tags:read"))
    settings = Settings(REVISION, url="http://127.0.0.1", threads=1)
    _, faults = world.client()
    made = connect(
        settings, Key("pk_readonly"), ledger=world.folder / "l.db", transport=faults, clock=world.clock()
    )
    told: list[str] = []
    with made, locked(made, world.folder / "a", OTHER, world.patience, 60.0, told.append) as lock:
        world.pass_seconds(7200)
        lock.keep()
        assert lock.name == ""
        assert names(made) == []
        with pytest.raises(Fatal, match="on this machine"), held(world, made):
            pytest.fail("two hold the lock")
    assert told == ["the key may not write tags, so the lock holds on this machine only"]


def test_a_wrong_key_takes_no_lock(world: World, client: Client):
    def denied(_: Any, request: httpx.Request) -> httpx.Response:
        return httpx.Response(429, headers={"Retry-After": "9999"}, json={}, request=request)

    barred = answering(world, "POST /api/tags", denied)
    with barred, pytest.raises(Fatal) as failed, held(world, barred):
        pytest.fail("nobody has seen the lock")
    assert failed.value.exit_code is Exit.BUDGET


def test_a_lock_says_when_it_began_and_ends(world: World):
    name = lock_name(OTHER, world.now, world.now + timedelta(minutes=30))
    assert name == "flowc apply 2026-11-20T13:00:00.000Z other n9 until 2026-11-20T13:30:00.000Z"
    assert started(name) == world.now
    assert not expired(name, world.now)
    assert expired(name, world.now + timedelta(minutes=30))
    assert expired(ended(name, world.now), world.now)
    assert not expired("flowc apply by hand", world.now)
    assert not expired("flowc apply x until never", world.now)
    assert not expired("flowc apply x until 2020-01-01", world.now), "a time without a zone is none"
    assert started("flowc apply by hand") is None


# Renewing


def test_a_lock_is_renewed_before_its_time_is_over(world: World, client: Client):
    with held(world, client) as lock:
        first = lock.name
        world.pass_seconds(600)
        lock.keep()
        assert lock.name == first, "there is time enough"
        world.pass_seconds(600)
        lock.keep()
        assert lock.name != first
        assert names(client) == [lock.name], "one lock, not two"
        assert (world.folder / "a").read_text().splitlines()[-1] == lock.name
        world.pass_seconds(1500)
        assert not expired(lock.name, world.now)
    assert names(client) == []


def test_a_run_whose_lock_was_taken_away_stops(world: World, client: Client):
    other, _ = world.client()
    with held(world, client) as lock, other:
        unlock(other, world.folder / "elsewhere", world.patience)
        lock.keep()
        world.pass_seconds(1500)
        with pytest.raises(Stopped, match="was taken away"):
            lock.keep()


def test_a_run_that_slept_past_its_end_goes_on_only_if_it_is_alone(world: World, client: Client):
    with held(world, client) as lock:
        world.pass_seconds(7200)
        lock.keep()
        assert not expired(lock.name, world.now)
        world.pass_seconds(7200)
        put_tag(client, lock_name(OTHER, world.now, world.now + timedelta(minutes=30)))
        with pytest.raises(Stopped, match="its time was over"):
            lock.keep()


def test_an_apply_that_takes_hours_keeps_its_lock(world: World):
    """Every write takes ten minutes: a second machine is refused at any time, and one lock is there at the end."""
    client, faults = world.client()
    handle, seen = faults.handle_request, []

    def slowly(request: httpx.Request) -> httpx.Response:
        if request.method != "GET" and not request.url.path.startswith("/api/tags"):
            world.pass_seconds(600)
            alive = [name for name in names(other) if not expired(name, world.now)]
            seen.append(len(alive))
        return handle(request)

    other, _ = world.client()
    faults.handle_request = slowly  # type: ignore[method-assign]
    with client, other, held(world, client) as lock:
        plan = world.plan(client).plan
        began = lock.name
        result = apply_plan(plan, world.run(client, lock))
        assert result.exit_code is Exit.DONE, result
        assert lock.name != began
    assert set(seen) <= {1, 2}, "never without a lock"
    assert len(seen) > 12
    with world.store.reading() as view:
        assert [row.body["name"] for row in view.rows("tag") if "flowc apply" in row.body["name"]] == []


def test_an_apply_whose_lock_is_taken_away_says_what_is_done(world: World):
    client, faults = world.client()
    handle = faults.handle_request

    def meddle(request: httpx.Request) -> httpx.Response:
        if request.method == "PATCH" and "segments" in request.url.path:
            world.pass_seconds(1700)
            unlock(other, world.folder / "elsewhere", world.patience)
        return handle(request)

    other, _ = world.client()
    faults.handle_request = meddle  # type: ignore[method-assign]
    with client, other, held(world, client) as lock:
        result = apply_plan(world.plan(client).plan, world.run(client, lock))
    assert result.exit_code is Exit.PARTIAL
    assert "was taken away" in result.stopped
    assert 'update segment "Buyers"' in result.done
    assert 'create flow "New"' in result.waiting


# Dead runs


def die(world: World, client: Client, nonce: str, file: str) -> str:
    """Leave what a run leaves that is killed while it holds the lock; returns its name."""
    stack = ExitStack()
    lock: Lock = stack.enter_context(held(world, client, nonce, file))
    name, said = lock.name, (world.folder / file).read_text()
    stack.close()
    put_tag(client, name)
    (world.folder / file).write_text(said)
    return name


def test_a_dead_run_of_this_machine_does_not_hold_the_next_one_up(world: World, client: Client):
    name = die(world, client, "dead", "a")
    world.pass_seconds(60)
    with held(world, client) as lock:
        assert lock.since == started(name)
        assert [one for one in names(client) if not expired(one, world.now)] == [lock.name]
    assert len(names(client)) == 1, "what it has left is not mended yet"
    with held(world, client) as lock:
        assert lock.since == started(name)
        lock.forget()
    assert names(client) == []
    with held(world, client) as lock:
        assert lock.since is None


def test_a_dead_run_elsewhere_holds_the_account_until_it_ends_or_is_unlocked(world: World, client: Client):
    name = die(world, client, "dead", "elsewhere")
    world.pass_seconds(60)
    with pytest.raises(Fatal, match="flowc unlock takes the lock away"), held(world, client):
        pytest.fail("it may be alive")
    assert unlock(client, world.folder / "a", world.patience) == [name]
    assert unlock(client, world.folder / "a", world.patience) == []
    with held(world, client) as lock:
        assert lock.since == started(name)
        lock.forget()
    put_tag(client, name)
    world.pass_seconds(7200)
    with held(world, client) as lock:
        assert lock.since == started(name), "it has expired"


def test_a_lock_that_nobody_can_read_is_taken_away_when_all_is_well(world: World, client: Client):
    put_tag(client, "flowc apply by hand until 2026-01-01T00:00:00Z")
    with held(world, client) as lock:
        assert (lock.since, len(lock.dead)) == (None, 1)
    result, _ = world.apply()
    assert result is not None
    assert result.exit_code is Exit.DONE
    assert names(client) == []


# What a dead run has made


def forget(world: World) -> None:
    """Lose what a machine keeps, and unlock once a late call can no longer act."""
    for path in (world.folder / ".flowc" / "journal").rglob("*.jsonl"):
        path.unlink()
    (world.folder / "lock").unlink()
    world.pass_seconds(300)
    client, _ = world.client()
    with client:
        unlock(client, world.folder / "lock", world.patience)


@pytest.mark.parametrize("what", ["segments", "flows"])
def test_what_a_run_made_and_did_not_tag_is_tagged_by_the_next(world: World, what: str):
    """The journal is lost between the create and its tagging."""
    for spec in ("new", "moved"):
        file = world.folder / "flows" / f"{spec}.yaml"
        file.write_text(file.read_text().replace("status: live", "status: draft"))
    at = number_of(world, f"POST /api/{what}")
    result, _ = world.apply("killed after", at)
    assert result is None
    forget(world)
    assert untagged(world) != []
    again, _ = world.apply()
    assert again is not None
    assert again.exit_code is Exit.DONE
    assert untagged(world) == []
    assert duplicates(world) == []
    client, _ = world.client()
    with client:
        assert names(client) == []


def number_of(world: World, call: str) -> int:
    """The number of the last write of a kind in an apply, tried on a copy of the account."""
    copy = world_at(world.folder / "trial")
    for spec in ("new", "moved"):
        file = world.folder / "flows" / f"{spec}.yaml"
        (copy.folder / "flows" / f"{spec}.yaml").write_text(file.read_text())
    _, faults = copy.apply()
    copy.close()
    return len(faults.log) - 1 - faults.log[::-1].index(call)


def test_what_the_account_had_before_is_not_tagged_by_itself(world: World):
    client, _ = world.client()
    with client:
        tag = next(tag for tag, name in world_tags(world) if name == "flowc:tea")
        with world.store.reading() as view:
            ours = next(row.id for row in view.rows("segment") if row.body["name"] == "Buyers")
        client.write(
            replace(calls.UNTAG_FLOWS, path=calls.TAG_SEGMENTS.path),
            tag,
            body={"data": [{"type": "segment", "id": ours}]},
        )
        put_tag(client, f"flowc apply {world.now.isoformat()} h n until {world.now.isoformat()}")
    world.pass_seconds(60)
    (world.folder / "flows" / "buyers.yaml").write_text(
        (world.folder / "flows" / "buyers.yaml").read_text().replace("equal: 2", "equal: 1")
    )
    result, _ = world.apply()
    assert result is not None
    assert result.exit_code is Exit.DONE
    assert untagged(world) == ["Buyers"]


def world_tags(world: World) -> list[tuple[str, str]]:
    with world.store.reading() as view:
        return [(row.id, row.body["name"]) for row in view.rows("tag")]


def test_a_flow_that_a_dead_run_retired_is_let_go(world: World):
    tag = next(tag for tag, name in world_tags(world) if name == "flowc:tea")
    at = number_of(world, f"DELETE /api/tags/{tag}/relationships/flows")
    result, _ = world.apply("killed before", at)
    assert result is None
    forget(world)
    again, _ = world.apply()
    assert again is not None
    assert again.exit_code is Exit.DONE
    assert any("untag the retired flow" in sentence for sentence in again.done)
    carried: dict[str, list[str]] = {}
    tags = dict(world_tags(world))
    with world.store.reading() as view:
        for tag, name in tags.items():
            for tagging in view.rows("tagging", parent=tag):
                carried.setdefault(tagging.body["id"], []).append(name)
    retired = [on for on in carried.values() if any(tag.startswith("flowc-retired") for tag in on)]
    assert len(retired) == 2
    assert not [on for on in retired if "flowc:tea" in on]


def test_a_saved_plan_whose_journal_is_lost_takes_what_it_made_for_done(world: World):
    """A job that is run again has the plan, but not the machine that it was killed on."""
    client, _ = world.client()
    with client:
        plan = world.plan(client).plan
    result, _ = world.apply("killed after", number_of(world, "POST /api/segments"), plan)
    assert result is None
    forget(world)
    assert untagged(world) == ["Fresh"]
    again, _ = world.apply(plan=plan)
    assert again is not None
    assert again.exit_code is Exit.DONE, again
    assert 'create segment "Fresh"' in again.done
    assert duplicates(world) == []
    assert untagged(world) == []


def test_what_does_not_say_when_it_was_made_is_older_than_any_run():
    assert moment("").year == 1
    assert moment("2026-11-20T12:00:00") == datetime(2026, 11, 20, 12, tzinfo=UTC)
