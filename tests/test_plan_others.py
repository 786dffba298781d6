"""Segments, templates, tags, their order, and what a plan costs."""

from __future__ import annotations

from typing import Any, get_args

from compiler.plan.budget import AROUND, INVENTORY, OF_STAGE, Budget, budget, calls_of, over_the_day
from compiler.plan.others import Kept, SegmentCase, decide_segment, in_order, wanted_tags, wanted_templates
from compiler.plan.stages import (
    Change,
    CloneTemplate,
    CreateFlow,
    CreateSegment,
    CreateTag,
    CreateTemplate,
    DeleteSegment,
    PatchAction,
    ReadBack,
    Stage,
    UpdateSegment,
)
from compiler.plan.units import Plan, Unit

DEFINITION = {"condition_groups": [{"conditions": [{"type": "profile-region", "region": "eu", "value": 1}]}]}
LIVE: dict[str, Any] = {
    "id": "S1",
    "name": "S",
    "is_active": True,
    "is_starred": False,
    "definition": DEFINITION,
}


def test_a_segment_that_is_missing_is_created():
    unit = decide_segment(SegmentCase("S", {"name": "S", "definition": DEFINITION}))
    assert (unit.change, unit.stages) == (
        "create",
        (CreateSegment("S", {"name": "S", "definition": DEFINITION}),),
    )


def test_a_segment_that_is_spelled_in_another_way_is_unchanged():
    spelled = {
        "condition_groups": [
            {"conditions": [{"type": "profile-region", "region": "eu", "value": 1.0, "x": None}]}
        ]
    }
    assert (
        decide_segment(SegmentCase("S", {"definition": spelled, "is_starred": False}, LIVE)).change
        == "unchanged"
    )


def test_a_changed_segment_is_updated_and_flagged_where_it_triggers_a_live_flow():
    desired = {"definition": {"condition_groups": []}, "is_starred": True}
    unit = decide_segment(SegmentCase("S", desired, LIVE))
    changes = (
        Change(("definition", "condition_groups"), DEFINITION["condition_groups"], []),
        Change(("is_starred",), old=False, new=True),
    )
    assert unit.stages == (UpdateSegment("S1", changes),)
    assert (unit.needs, unit.reasons) == ((), ())
    flagged = decide_segment(SegmentCase("S", desired, LIVE, ("Welcome",)))
    assert flagged.needs == ("allow-live",)
    assert "Welcome, which is live" in flagged.reasons[0]
    assert flagged.observed != unit.observed


def test_only_segments_of_ours_are_deleted():
    assert decide_segment(SegmentCase("S", None, LIVE)).change == "unchanged"
    unit = decide_segment(SegmentCase("S", None, LIVE, tagged=True))
    assert (unit.change, unit.stages, unit.needs) == ("delete", (DeleteSegment("S1"),), ("allow-delete",))


def test_templates_and_tags_that_exist_under_their_name_are_done():
    units = wanted_templates(
        {"b@1": {"html": "b"}, "a@1": {"html": "a"}},
        {"c@2": "T1", "d@2": "T2"},
        {"b@1": Kept("B", intact=True), "d@2": Kept("D", intact=True)},
    )
    assert [unit.stages for unit in units] == [
        (CreateTemplate("a@1", {"html": "a"}),),
        (CloneTemplate("c@2", "T1"),),
    ]
    assert [unit.stages for unit in wanted_tags(["x", "y", "x"], ["y"])] == [(CreateTag("x"),)]


def test_what_others_need_comes_first():
    units = [
        Unit("flow", "a", "create"),
        Unit("segment", "z", "create"),
        Unit("template", "t", "create"),
        Unit("segment", "b", "create"),
        Unit("tag", "g", "create"),
    ]
    assert [unit.name for unit in in_order(units)] == ["g", "t", "b", "z", "a"]


def test_a_plan_is_counted_in_calls_creates_and_seconds():
    patch = PatchAction("F", "1", "1", "send-email", ())
    units = (
        Unit("flow", "a", "create", stages=(CreateFlow("a"), ReadBack(None), ReadBack(None, final=True))),
        Unit("flow", "b", "update", id="F", stages=(patch, patch)),
        Unit("segment", "s", "create", stages=(CreateSegment("s", {}),)),
        Unit("segment", "t", "update", id="S", stages=(UpdateSegment("S", ()),)),
        Unit("flow", "c", "unchanged", id="G"),
    )
    cost = budget(Plan("p", "a", "2026-10-15", 1, (), units))
    fixed = len(AROUND) + len(INVENTORY)
    made, edited, created, changed = 6, 3 + 1 + 2 * 2, 2, 1 + 2
    assert cost == Budget(fixed + made + edited + created + changed, 1, 1, 1, seconds=45)
    assert budget(Plan("p", "a", "2026-10-15", 1, (), units, pages=17)).calls == cost.calls + 10
    assert budget(Plan("p", "a", "2026-10-15", 1)) == Budget(0, 0, 0, 0, 0)
    assert len(calls_of(patch)) == 2
    assert OF_STAGE.keys() == set(get_args(Stage))


def test_a_plan_that_needs_more_creates_than_are_left_says_so():
    cost = Budget(calls=300, flow_creates=101, segment_creates=3, segment_updates=0, seconds=300)
    assert [*over_the_day(cost, {"segment_creates": 2})] == [
        "101 creates of flows are needed, and at most 100 are left today",
        "3 creates of segments are needed, and at most 2 are left today",
    ]
    assert [*over_the_day(cost, {"flow_creates": 200, "segment_creates": 3})] == []
