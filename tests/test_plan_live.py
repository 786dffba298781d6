"""People under way while a plan is applied: what both flows send reaches everybody once.

A model of documented rules: one step is scheduled at a time, drafts are skipped, a changed delay keeps its waiters,
deleting a delay releases its waiters to what follows, and a delay with nothing live behind it lets people out.
"""

from __future__ import annotations

import copy
from collections import Counter
from dataclasses import dataclass
from random import Random
from typing import Any

from test_plan_order import called, flow

from compiler.diff.flowgraph import read_flow
from compiler.plan.expected import expected
from compiler.plan.inplace import find_edits
from compiler.plan.order import order
from compiler.plan.stages import ReadBack, SetActionStatus

DAY = 1_000  # seconds of a model day; calls are one second apart
Api = dict[str, Any]
Chain = list[Api]


@dataclass(frozen=True)
class Version:
    """The flow from a moment on."""

    since: int
    chain: Chain

    def place(self, name: str | None) -> int:
        names = [one["id"] for one in self.chain]
        return names.index(name) if name in names else len(names)


def chain_of(definition: Api) -> Chain:
    known = {one["id"]: one for one in definition["actions"]}
    chain, head = [], definition["entry_action_id"]
    while head is not None:
        chain.append(known[head])
        head = known[head]["links"]["next"]
    return chain


def is_live(action: Api) -> bool:
    return action["data"].get("status") == "live"


def received(versions: list[Version], entered: int) -> Counter[str]:
    """Return what somebody who enters at a time gets, by the messages' names."""
    got: Counter[str] = Counter()
    now, place, version = entered, 0, at(versions, entered)
    while place < len(version.chain):
        step = version.chain[place]
        place += 1
        if step["type"] != "time-delay":
            got[called(step)] += is_live(step)
            continue
        if not any(is_live(later) for later in version.chain[place:]):
            break
        due = now + step["data"]["value"] * DAY
        follower = version.chain[place]["id"]
        now, version, place = leave(versions, step["id"], follower, version, due)
    return got


def leave(
    versions: list[Version], delay: str, follower: str, version: Version, due: int
) -> tuple[int, Version, int]:
    """Return when somebody leaves a delay, the flow at that moment, and the place of the next step in it."""
    for later in versions:
        if version.since < later.since <= due:
            if later.place(delay) == len(later.chain):
                return later.since, later, later.place(follower)
            following = later.place(delay) + 1
            follower = later.chain[following]["id"] if following < len(later.chain) else ""
            version = later
    return due, version, version.place(delay) + 1


def at(versions: list[Version], now: int) -> Version:
    return [one for one in versions if one.since <= now][-1]


def history(live: Api, desired: Api, stages: Any) -> list[Version]:
    versions = [Version(-(10**9), chain_of(live))]
    calls = [stage for stage in stages if not isinstance(stage, ReadBack)]
    seen = range(1, len(calls) + 1)
    return versions + [Version(done, chain_of(expected(live, desired, calls[:done]))) for done in seen]


def harmed(live: Api, desired: Api, stages: Any) -> int:
    """Count those who miss, or get twice, a message that both flows send them."""
    versions = history(live, desired, stages)
    before, after = [versions[0]], [Version(-(10**9), versions[-1].chain)]
    count = 0
    for entered in range(-12 * DAY, DAY, 137):
        got, old, new = (received(world, entered) for world in (versions, before, after))
        count += any(got[name] != 1 for name in old if old[name] == new[name] == 1)
    return count


def random_pair(random: Random) -> tuple[Api, Api]:
    number = iter(range(100, 200))

    def word() -> str:
        kind = random.choice("MMSD")
        return f"D:{random.randint(1, 3)}" if kind == "D" else f"{kind}:{next(number)}!"

    start = [word() for _ in range(random.randint(2, 6))]
    after = copy.copy(start)
    for _ in range(random.randint(1, 5)):
        place = random.randint(0, len(after))
        if random.random() < 0.5:
            after.insert(place, word())
        elif place < len(after):
            del after[place]
    return flow(" ".join(start), "L"), flow(" ".join(after), "D")


def planned(live: Api, desired: Api) -> Any:
    old, new = read_flow(live), read_flow(desired)
    edits, reasons = find_edits(old, new)
    assert edits is not None, reasons
    return None if edits.moved else order("F", old, new, edits)


def test_nobody_under_way_misses_or_gets_twice_what_both_flows_send():
    random = Random(7)
    checked = shared = 0
    for _ in range(150):
        live, desired = random_pair(random)
        stages = planned(live, desired)
        if stages:
            checked += 1
            shared += bool(
                {called(one) for one in live["actions"]} & {called(one) for one in desired["actions"]}
            )
            assert harmed(live, desired, stages) == 0, (chain_of(live), chain_of(desired), stages)
    assert checked > 90
    assert shared > 60


def short_changed(live: Api, desired: Api, stages: Any) -> int:
    """Count those who wait at a delay when the calls are made and get fewer messages than by either flow."""
    versions = history(live, desired, stages)
    before, after = [versions[0]], [Version(-(10**9), versions[-1].chain)]
    worlds = [
        [received(world, entered).total() for world in (versions, before, after)]
        for entered in range(-12 * DAY, 0, 137)
    ]
    return sum(got < min(old, new) for got, old, new in worlds)


def hasty(stages: Any) -> Any:
    """Return the stages with every raise at the end, behind the deletes of delays."""
    return sorted(stages, key=lambda stage: isinstance(stage, SetActionStatus))


def test_raising_after_delays_are_deleted_would_cost_those_who_wait_there_a_message():
    live, desired = flow("M:1! D:5 M:2!", "L"), flow("M:1! S:3!", "D")
    stages = planned(live, desired)
    assert short_changed(live, desired, stages) == 0
    assert short_changed(live, desired, hasty(stages)) > 20


def test_over_many_edits_the_planned_order_costs_less_than_the_hasty_one():
    random = Random(11)
    best = worse = 0
    for _ in range(150):
        live, desired = random_pair(random)
        stages = planned(live, desired) or ()
        best += short_changed(live, desired, stages)
        worse += short_changed(live, desired, hasty(stages))
    assert best < worse  # no order helps who is past the place of a new message when an old one ahead goes


def test_a_released_waiter_goes_on_behind_the_delay_and_a_changed_delay_keeps_its_waiters():
    live, desired = flow("M:1! D:5 M:2!", "L"), flow("M:1! M:2!", "D")
    versions = history(live, desired, planned(live, desired))
    assert received(versions, -DAY) == Counter({"1": 1, "2": 1})
    longer = flow("M:1! D:9 M:2!", "D")
    versions = history(live, longer, planned(live, longer))
    assert received(versions, -DAY)["2"] == 1


def test_a_delay_with_nothing_live_behind_it_lets_people_out():
    assert received([Version(-(10**9), chain_of(flow("M:1! D:5 M:2", "L")))], 0) == Counter({"1": 1, "2": 0})
