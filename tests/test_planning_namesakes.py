"""Which of the flows of one name is meant, and what is done about the others."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from apply_worlds import REVISION, World, flow, put_metric

from compiler.client import calls
from compiler.diagnostics import Problems
from compiler.live import LiveFlow
from compiler.pipeline import compile_project
from compiler.planning import Scope, plan_project
from compiler.planning.namesakes import Choice, choose

TAG = "flowc:tea"


def definition(trigger: str = "M1", status: str = "draft") -> dict[str, Any]:
    wait = {"id": "1", "type": "time-delay", "data": {"unit": "days", "value": 1}, "links": {"next": "2"}}
    mail = {
        "id": "2",
        "type": "send-webhook",
        "data": {"url": "https://example.com/x", "headers": {}, "body": "{}", "status": status},
        "links": {"next": None},
    }
    return {
        "triggers": [{"type": "metric", "id": trigger}],
        "profile_filter": None,
        "entry_action_id": "1",
        "actions": [wait, mail],
    }


def listed(name: str, day: int, status: str = "draft", *tags: str) -> LiveFlow:
    return LiveFlow(
        name, "Twin", status, archived=False, created=f"2026-11-{day:02}", trigger_type="", tags=tags
    )


def chosen(*flows: tuple[LiveFlow, dict[str, Any]]) -> Choice | None:
    whole = {one.id: {"definition": made} for one, made in flows}
    return choose([one for one, _ in flows], whole, definition(), {}, TAG)


OTHER = definition("M2")


def test_one_flow_or_none_needs_no_choice():
    one = listed("a", 1, "live")
    assert chosen() == Choice()
    assert chosen((one, OTHER)) == Choice(one)


def test_what_an_interrupted_replace_made_takes_the_place_of_the_older_one():
    old, new = listed("a", 1, "live", TAG), listed("b", 2)
    assert chosen((new, definition()), (old, OTHER)) == Choice(new, old)
    tagged = listed("b", 2, "live", TAG)
    assert chosen((old, OTHER), (tagged, definition(status="live"))) == Choice(tagged, old)


def test_equal_drafts_are_one_too_many_and_the_oldest_counts():
    one, two, three = listed("a", 3), listed("b", 2), listed("c", 4)
    assert chosen(*((each, definition()) for each in (one, two, three))) == Choice(two, None, (one, three))


def test_of_equal_flows_the_one_that_is_live_counts_then_the_projects_own():
    live, draft = listed("b", 5, "live"), listed("a", 1)
    assert chosen((draft, definition()), (live, definition(status="live"))) == Choice(live, None, (draft,))
    ours = listed("c", 6, "draft", TAG)
    assert chosen((draft, definition()), (ours, definition())) == Choice(ours, None, (draft,))


def test_of_two_of_the_project_that_a_changed_spec_equals_no_more_the_younger_one_was_made_by_the_replace():
    old, new = listed("a", 1, "live", TAG), listed("b", 2, "live", TAG)
    assert chosen((new, definition("M3")), (old, OTHER)) == Choice(new, old, unlike=True)


@pytest.mark.parametrize(
    "flows",
    [
        ((listed("a", 1), OTHER), (listed("b", 2), OTHER)),
        ((listed("a", 1, "live", TAG), OTHER), (listed("b", 2, "live"), OTHER)),
        ((listed("a", 1, "live", TAG), OTHER), (listed("b", 1, "live", TAG), OTHER)),
        tuple((listed(name, day, "live", TAG), OTHER) for name, day in (("a", 1), ("b", 2), ("c", 3))),
        ((listed("a", 1), OTHER), (listed("b", 2), definition("M3")), (listed("c", 3), definition())),
        (
            (listed("a", 1, "live"), definition(status="live")),
            (listed("b", 2, "live"), definition(status="live")),
        ),
        ((listed("a", 2, "live"), OTHER), (listed("b", 1), definition())),
        ((listed("a", 1, "live"), OTHER), (listed("b", 2, "live"), definition(status="live"))),
    ],
    ids=[
        "none is alike",
        "one is not the project's",
        "none is the younger one",
        "three of the project",
        "two others",
        "two are live",
        "the other is younger",
        "somebody else's is live",
    ],
)
def test_where_nobody_can_tell_none_is_chosen(flows: Any):
    assert chosen(*flows) is None


@pytest.fixture
def world(tmp_path: Path):
    made = World(tmp_path, {"one": flow("Twin", "Ordered", "draft", "A a")})
    put_metric(made.store, "Ordered")
    yield made
    made.close()


def test_a_draft_that_is_one_too_many_is_named_for_deletion_and_left_alone(world: World):
    world.apply()
    client, _ = world.client()
    with client:
        (twin,) = client.read(calls.GET_FLOWS)["data"]
        params = {"additional-fields[flow]": "definition"}
        made = client.read(calls.GET_FLOW, twin["id"], params=params)["data"]["attributes"]["definition"]
        for action in made["actions"]:
            action["temporary_id"] = action.pop("id")
            action["data"]["message"].pop("id")
        body = {"data": {"type": "flow", "attributes": {"name": "Twin", "definition": made}}}
        world.pass_seconds(60)
        client.write(calls.CREATE_FLOW, body=body)
        ids = [row["id"] for row in client.read(calls.GET_FLOWS)["data"]]
        (spare,) = set(ids) - {twin["id"]}
        compiled = compile_project(world.project, revision=REVISION, account={}, lint=False).compiled
        problems = Problems()
        planned = plan_project(compiled, client, Scope(world.project, REVISION), problems, len)
    assert not list(problems)
    assert [unit for unit in planned.plan.units if unit.stages] == []
    (remark,) = planned.remarks
    assert spare in remark
    assert remark.endswith("nobody needs it; delete it")
