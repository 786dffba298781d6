"""What becomes of a flow: by the revision, by what probe has shown, by whether people may be under way."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from test_plan_order import flow, step

from compiler import kinds as schemas
from compiler.diff.flowgraph import read_flow
from compiler.plan.case import Case, Ground
from compiler.plan.danger import Thresholds, stage_needs, too_much, with_thresholds
from compiler.plan.decide import decide_flow
from compiler.plan.knowledge import Knowledge, calls, is_linear, step_class
from compiler.plan.refusals import REMEMBERED, edit_mark
from compiler.plan.retire import LATENESS, is_due, longest_wait, schedule
from compiler.plan.stages import (
    After,
    AwaitSegment,
    Change,
    CreateFlow,
    DeleteAction,
    DeleteFlow,
    Due,
    InsertAction,
    PatchAction,
    ReadBack,
    Retire,
    SetActionStatus,
    SetStatus,
    Tag,
    Untag,
    UpdateSegment,
)
from compiler.plan.units import Unit

Api = dict[str, Any]
LIST = [{"type": "list", "id": "L1"}]
PROBED = Knowledge(delete_links="splice")


def definition(text: str, prefix: str = "D", **more: Any) -> Api:
    return {**flow(text, prefix), "triggers": LIST, **more}


def decide(
    live: str | None, desired: str | None, known: Knowledge = PROBED, revision: str = "2026-10-15", *,
    status: str = "live", change: Api | None = None, was: str = "F", **more: Any,
) -> Unit:  # fmt: skip
    held = None
    if live is not None:
        held = {"id": "F1", "name": was, "status": status, "definition": definition(live, "L")}
    wanted = None if desired is None else definition(desired, **(change or {}))
    more.setdefault("tagged", True)
    return decide_flow(Case("F", wanted, held, **more), Ground(revision, "flowc:p", known))


def kinds(unit: Unit) -> list[str]:
    return [type(stage).__name__ for stage in unit.stages]


def test_a_new_flow_is_created_as_drafts_read_back_and_then_gets_its_statuses():
    unit = decide(None, "M:a! D:1 M:b!")
    assert unit.change == "create"
    assert unit.stages == (
        CreateFlow("F"), Tag(None, "flowc:p"), ReadBack(None), SetStatus(None, "live"), ReadBack(None, final=True),
    )  # fmt: skip
    assert unit.needs == ("allow-live",)
    assert decide(None, "M:a").needs == ()
    assert decide(None, "M:a").stages == (CreateFlow("F"), Tag(None, "flowc:p"), ReadBack(None))
    assert kinds(decide(None, "D:1")) == ["CreateFlow", "Tag", "ReadBack"]


def test_mixed_statuses_rise_one_by_one_from_the_end():
    unit = decide(None, "M:a! D:1 M:b M:c!")
    raised = [stage.step for stage in unit.stages if isinstance(stage, SetActionStatus)]
    assert len(raised) == 2
    assert not any(isinstance(stage, SetStatus) for stage in unit.stages)
    graph = read_flow(definition("M:a! D:1 M:b M:c!"))
    assert [graph.steps[name].name for name in raised] == ["c", "a"]


def test_where_the_flow_does_not_follow_its_steps_exceptions_need_a_delay_before_them():
    known = Knowledge(flow_status="separate")
    unit = decide(None, "M:a! D:1 M:b", known)
    assert [type(stage).__name__ for stage in unit.stages[3:5]] == ["SetStatus", "SetActionStatus"]
    blocked = decide(None, "M:a M:b!", known)
    assert blocked.change == "blocked"
    assert "a stays a draft and would act for a moment" in blocked.reasons[0]
    assert (
        decide("M:a", "M:b!", known, change={"profile_filter": {"condition_groups": []}}).change == "replace"
    )
    assert (
        decide("M:x", "M:a M:b!", known, change={"profile_filter": {"condition_groups": []}}).change
        == "blocked"
    )


def test_a_flow_on_a_new_segment_waits_for_it_before_it_goes_live():
    unit = decide(None, "M:a!", awaits=("New",))
    assert kinds(unit)[3:5] == ["AwaitSegment", "SetStatus"]
    assert not any(isinstance(stage, AwaitSegment) for stage in decide(None, "M:a", awaits=("New",)).stages)


def test_equal_flows_are_left_alone_and_never_tagged():
    assert decide("M:a! D:1", "M:a! D:1", tagged=False).stages == ()


def test_a_flow_is_tagged_when_it_is_first_written():
    assert decide("M:a D:1", "M:a D:2", status="draft", tagged=False).stages[0] == Tag("F1", "flowc:p")
    assert not any(isinstance(stage, Tag) for stage in decide("M:a D:1", "M:a D:2", status="draft").stages)


@pytest.mark.parametrize(
    ("revision", "desired", "change"),
    [
        ("2025-07-15", "M:a D:2", "replace"),
        ("2025-10-15", "M:a D:2", "update"),
        ("2026-04-15", "M:a", "replace"),
        ("2026-07-15", "M:a", "update"),
        ("2026-07-15", "M:a D:1 M:b", "replace"),
        ("2026-10-15", "M:a D:1 M:b", "update"),
    ],
)
def test_the_revision_decides_which_edits_there_are(revision: str, desired: str, change: str):
    unit = decide("M:a D:1", desired, revision=revision, status="draft")
    assert unit.change == change
    if change == "replace":
        assert f"revision {revision} cannot" in unit.reasons[0]


def test_a_status_for_the_whole_flow_needs_no_call_on_actions():
    assert decide("M:a M:b", "M:a! M:b!", revision="2025-07-15", status="draft").change == "update"


def test_a_call_that_the_server_refused_is_not_planned_again():
    known = Knowledge(delete_links="splice", refused=frozenset({"insert-action"}))
    assert "insert-action" not in calls("2026-10-15", known)
    assert decide("M:a", "M:a M:b", known, status="draft").change == "replace"


@pytest.mark.parametrize(
    ("change", "why"),
    [
        ({"triggers": [{"type": "list", "id": "L2"}]}, "the trigger changes"),
        ({"profile_filter": {"condition_groups": []}}, "the flow's filter changes"),
        ({"reentry_criteria": {"duration": 1, "unit": "day"}}, "re-entry changes"),
    ],
)
def test_settings_that_no_call_can_change_replace_the_flow(change: Api, why: str):
    unit = decide("M:a", "M:a", change=change)
    assert unit.change == "replace"
    assert why in unit.reasons[0]


def test_a_rolling_replace_of_a_live_flow_creates_reads_switches_and_retires():
    unit = decide("M:a! D:2 M:b!", "M:a! D:2 M:c! ? M:x! /")
    a, b = (
        action["id"]
        for action in definition("M:a! D:2 M:b!", "L")["actions"]
        if action["type"] == "send-email"
    )
    assert unit.stages == (
        CreateFlow("F"),
        Tag(None, "flowc:p"),
        ReadBack(None),
        SetActionStatus("F1", a, "", "draft"),
        SetStatus(None, "live"),
        Retire("F1", (Due(b, 172_800),)),
        Untag("F1", "flowc:p"),
        ReadBack(None, final=True),
    )
    assert unit.needs == ("allow-replace",)
    assert unit.observed


def test_replacing_now_stops_the_old_flow_at_the_switch():
    unit = decide("M:a! D:2 M:b!", "M:a! ? M:x! /", retire="now")
    assert unit.stages[3:5] == (SetStatus("F1", "draft"), SetStatus(None, "live"))
    assert Retire("F1") in unit.stages


def test_a_live_flow_with_a_date_trigger_is_not_replaced_before_a_person_says_how_it_ends():
    date = {"triggers": [{"type": "date", "date_profile_property": "birthday"}]}
    live = {"id": "F1", "name": "F", "status": "live", "definition": definition("M:a!", "L", **date)}
    wanted = definition("M:a! ? M:x! /", **date)

    def decided(**more: Any) -> Unit:
        return decide_flow(Case("F", wanted, live, tagged=True, **more), Ground("2026-10-15", "t", PROBED))

    assert (decided().change, decided().stages) == ("blocked", ())
    assert "retire: now" in decided().reasons[-1]
    assert SetStatus("F1", "draft") in decided(retire="now").stages
    assert decided(retire="rolling").change == "replace"
    live["status"] = "draft"
    assert decided().change == "replace"


def test_transactional_messages_rather_go_twice_than_never():
    unit = decide("t:a!", "t:a! ? t:x! /")
    switch = [stage for stage in unit.stages if isinstance(stage, SetStatus | SetActionStatus)]
    assert [stage.flow for stage in switch] == [None, "F1"]


def test_a_draft_of_ours_that_nobody_entered_goes_when_its_successor_is_verified():
    unit = decide("M:a", "M:a ? M:x /", status="draft", never_live=True)
    assert unit.stages[-2:] == (DeleteFlow("F1"), ReadBack(None, final=True))
    assert unit.needs == ("allow-replace",), "which allows the delete too"
    other = decide("M:a", "M:a ? M:x /", status="draft", never_live=True, tagged=False)
    assert Retire("F1") in other.stages
    assert not any(isinstance(stage, DeleteFlow | Untag) for stage in other.stages)


def test_a_spec_can_forbid_replacing():
    unit = decide("M:a!", "M:a! ? M:x! /", prevent_replace=True)
    assert unit.change == "blocked"
    assert "prevent_replace" in unit.reasons[-1]
    assert unit.stages == ()
    assert decide("M:a! D:1", "M:a! D:2", prevent_replace=True).change == "update"


def test_what_an_account_refuses_to_create_blocks_instead_of_destroying():
    joined = "? M:x / M:y + M:j"
    known = Knowledge(joins_at_create="refused")
    assert "paths join" in decide(None, joined, known).reasons[0]
    assert decide("M:a!", joined, known).change == "blocked"
    names = Knowledge(equal_flow_names="refused")
    assert "second flow of the same name" in decide("M:a!", "M:a! ? M:x! /", names).reasons[-1]
    assert decide(None, joined, Knowledge(refused=frozenset({"create-flow"}))).change == "blocked"


def test_without_probe_nothing_is_deleted_and_no_join_edited_while_a_flow_is_live():
    assert decide("M:a! M:b!", "M:a!", Knowledge()).change == "replace"
    assert decide("M:a! M:b!", "M:a!", Knowledge(), status="manual").change == "replace"
    assert decide("M:a! M:b!", "M:a!", Knowledge(), status="draft").change == "update"
    joined, edited = "? M:x! / M:y! + M:j!", "? M:x! D:1 / M:y! + M:j!"
    assert decide(joined, edited, Knowledge()).change == "replace"
    assert decide(joined, edited, PROBED).change == "update"


def test_where_deletes_cut_only_ends_of_paths_are_deleted():
    cut = Knowledge(delete_links="cut")
    assert decide("M:a! D:1 M:b!", "M:a!", cut).change == "update"
    assert decide("M:a! D:1 M:b!", "M:a! M:b!", cut).change == "replace"
    assert decide("M:a! D:1", "M:a! M:n!", cut).change == "replace"
    assert decide("M:a D:1 M:k", "M:k", cut, status="draft").change == "replace"


def test_a_moved_message_replaces_a_live_flow_and_is_edited_in_a_draft():
    unit = decide("M:a! D:1 M:b! D:2", "D:1 M:b! D:2 M:a!")
    assert unit.change == "replace"
    assert unit.reasons == (
        "a stands at another place afterwards, and those between the two places would get it twice or never",
    )
    assert decide("M:a D:1 M:b D:2", "D:1 M:b D:2 M:a", status="draft").change == "update"
    renamed = decide("M:a=1! D:1 M:b! D:2", "D:1 M:b! D:2 M:a=2!")
    assert "a stands at another place" in renamed.reasons[0]
    twice = decide("M:a! M:a! D:1 M:b!", "D:1 M:b! M:a! M:a!")
    assert "stands at another place" in twice.reasons[0]


def test_a_kind_that_nobody_has_seen_inserted_is_not_inserted():
    live, desired = definition("M:a", "L"), definition("M:a M:b")
    desired["actions"][1] = {**desired["actions"][1], "type": "code", "data": {"source": "x"}}
    held = {"id": "F1", "name": "F", "status": "draft", "definition": live}
    unit = decide_flow(Case("F", desired, held, tagged=True), Ground("2026-10-15", "t", PROBED))
    assert "nobody knows whether a code can be inserted" in unit.reasons


def test_a_flow_that_git_has_no_more_is_retired_only_if_it_is_ours():
    unit = decide("M:a! D:2 M:b!", None)
    assert unit.change == "retire"
    assert [type(stage).__name__ for stage in unit.stages] == ["SetActionStatus", "Retire", "Untag"]
    assert unit.needs == ("allow-live",)
    assert decide("M:a", None, status="draft").needs == ()
    assert decide("M:a!", None, tagged=False).change == "unchanged"
    assert decide("M:a! M:b!", None, retire="now").stages[0] == SetStatus("F1", "draft")


@pytest.mark.parametrize(
    ("live", "desired", "needs"),
    [
        ("M:a! D:1 M:b!", "M:a! M:b!", ("allow-live",)),
        ("M:a! M:b!", "M:a! D:1 M:b!", ("allow-live",)),
        ("M:a! M:b!", "M:a!", ()),
        ("M:a!", "M:a! M:b", ()),
        ("M:a! D:1", "M:a! D:2", ()),
    ],
)
def test_what_touches_those_who_wait_must_be_allowed(live: str, desired: str, needs: tuple[str, ...]):
    assert decide(live, desired).needs == needs
    assert decide(live, desired, status="draft").needs == ()


def test_nothing_rises_to_live_without_its_option():
    assert decide("M:a", "M:a!", status="draft").needs == ("allow-live",)
    assert decide("M:a! M:b", "M:a! M:b!").needs == ("allow-live",)
    assert decide("M:a!", "M:a! M:b!").needs == ("allow-live",)
    assert decide("M:a!", "M:a", status="live").needs == ()
    assert decide("M:a", "M:a! ? M:x! /", status="draft").needs == ("allow-live", "allow-replace")
    assert decide("M:a!", "M:a! ? M:x! /").needs == ("allow-replace",), "its successor only takes over"


def test_stages_name_the_option_that_they_need():
    split = PatchAction("F", "1", "2", "conditional-split", (Change(("data", "profile_filter"), None, 1),))
    name = PatchAction("F", "1", "2", "multi-branch-split", (Change(("data", "name"), "a", "b"),))
    assert stage_needs("update", split, live=True) == "allow-live"
    assert stage_needs("update", split, live=False) is None
    assert stage_needs("update", name, live=True) is None
    assert (
        stage_needs("update", InsertAction("F", "1", "multi-branch-split", After("1", "next")), live=True)
        == "allow-live"
    )
    assert stage_needs("update", InsertAction("F", "1", "send-sms", After("1", "next")), live=True) is None
    assert stage_needs("update", DeleteAction("F", "1", "target-date"), live=True) == "allow-live"
    assert stage_needs("update", UpdateSegment("S", (), ("F",)), live=False) == "allow-live"
    assert stage_needs("update", UpdateSegment("S", ()), live=False) is None
    assert stage_needs("retire", DeleteFlow("F"), live=False) == "allow-delete"


def many(replaced: int, retired: int, stay: int) -> list[Unit]:
    kinds = ["replace"] * replaced + ["retire"] * retired + ["unchanged"] * stay
    return [
        Unit(
            "flow",
            str(place),
            kind,
            f"F{place}",
            stages=(Retire(f"F{place}"),) if kind != "unchanged" else (),
            desired=None if kind == "retire" else {},
        )  # type: ignore[arg-type]
        for place, kind in enumerate(kinds)
    ]


def test_too_much_at_once_needs_an_option_of_its_own_but_not_in_small_accounts():
    units = many(4, 4, 4)
    assert [one.sentence for one in too_much(units, Thresholds())] == [
        "4 of 12 would be replaced; more than 30% in one plan needs --allow-many",
        "4 of 12 would be removed; more than 30% in one plan needs --allow-many",
    ]
    assert too_much(units, Thresholds(replaced=0.5, removed=0.5)) == ()
    assert too_much(units[:8], Thresholds()) == ()
    assert too_much([Unit("flow", str(place), "create") for place in range(20)], Thresholds(few=0)) == ()
    marked = with_thresholds(many(1, 4, 7), Thresholds())
    assert [unit.needs for unit in marked] == [(), *[("allow-many",)] * 4, *[()] * 7]


def test_a_plan_that_leaves_nothing_of_a_project_needs_its_option_in_small_accounts_too():
    (excess,) = too_much(many(0, 2, 0), Thresholds())
    assert excess.sentence == (
        "no spec is left, and all 2 would be removed; that needs --allow-many, if this is the right folder"
    )
    (excess,) = too_much(many(0, 1, 0), Thresholds())
    assert "what the last one made would be removed" in excess.sentence
    assert [unit.needs for unit in with_thresholds(many(0, 2, 0), Thresholds())] == [("allow-many",)] * 2
    assert too_much([*many(0, 2, 0), Unit("flow", "new", "create", desired={})], Thresholds()) == ()
    assert too_much(many(0, 2, 1), Thresholds()) == ()


def test_what_falls_due_in_a_flow_retired_before_is_no_removal():
    due = [replace(unit, stages=(SetActionStatus("F", "1", "", "draft"),)) for unit in many(0, 12, 0)]
    assert too_much(due, Thresholds()) == ()


def test_another_name_replaces_the_flow_that_had_the_old_one():
    unit = decide("M:a!", "M:a!", was="G")
    assert unit.change == "replace"
    assert unit.reasons == ('it was "G", and no call can change a name',)
    assert decide("M:a!", "M:a!", Knowledge(equal_flow_names="refused"), was="G").change == "replace"
    assert decide("M:a!", "M:a!", was="G", prevent_replace=True).change == "blocked"


def test_a_refused_edit_is_not_asked_for_again_and_its_replace_must_be_allowed():
    wanted = decide("M:a", "M:a M:b", status="draft")
    (insert,) = [stage for stage in wanted.stages if isinstance(stage, InsertAction)]
    mark = edit_mark(insert, definition("M:a M:b"))
    unit = decide("M:a", "M:a M:b", status="draft", refused={mark: "not here, on 2026-11-20"})
    assert (unit.change, unit.needs) == ("replace", ("allow-replace",))
    assert unit.reasons == ("the account refused to insert a step in this way (not here, on 2026-11-20)",)
    other = decide("M:a", "M:a M:c", status="draft", refused={mark: "no"})
    assert other.change == "update"


@pytest.mark.parametrize(
    ("live", "desired"), [("M:a M:b", "M:a"), ("M:a=1", "M:a=2"), ("D:1 M:a", "D:2 M:a")]
)
def test_a_mark_is_of_the_whole_edit(live: str, desired: str):
    stages = [
        stage for stage in decide(live, desired, status="draft").stages if isinstance(stage, REMEMBERED)
    ]
    marks = {edit_mark(stage, definition(desired)) for stage in stages}
    unit = decide(live, desired, status="draft", refused=dict.fromkeys(marks, "no"))
    assert unit.change == "replace"
    assert len(unit.reasons) == len(stages)


def test_what_another_flow_has_taken_the_place_of_goes_whoever_made_it():
    unit = decide("M:a!", None, tagged=False, replaced=True)
    assert unit.change == "retire"
    assert unit.reasons == ("another flow has taken its place already",)
    assert not any(isinstance(stage, Untag) for stage in unit.stages)
    draft = decide("M:a", None, status="draft", replaced=True, never_live=True)
    assert Retire("F1") in draft.stages


def test_a_draft_with_a_step_that_acts_is_never_deleted():
    unit = decide("M:a! M:b", "M:a! ? M:x /", status="draft", never_live=True)
    assert not any(isinstance(stage, DeleteFlow) for stage in unit.stages)


def test_a_message_falls_due_when_the_longest_way_to_it_is_over():
    graph = read_flow(definition("M:a! D:1 ? D:3 M:x! / M:y + M:j!", "L"))
    due = {graph.steps[one.action].name: one.seconds for one in schedule(graph, LIST)}
    assert due == {"a": 0, "x": 4 * 86_400, "j": 4 * 86_400}
    dates = schedule(graph, [{"type": "date"}])
    assert {one.seconds for one in dates} == {None}
    assert {one.seconds for one in schedule(graph, [])} == {None}


@pytest.mark.parametrize(
    ("kind", "data", "seconds"),
    [
        ("time-delay", {"value": 2, "unit": "hours", "secondary_value": 30}, 9_000),
        ("time-delay", {"value": 1, "unit": "days", "delay_until_time": "10:00:00"}, 2 * 86_400),
        ("time-delay", {"value": 1, "unit": "days", "delay_until_weekdays": ["monday"]}, 8 * 86_400),
        ("time-delay", {"value": 5, "unit": "minutes"}, 300),
        ("back-in-stock-delay", {}, None),
        ("target-date", {}, None),
        ("send-email", {}, 0),
    ],
)
def test_how_long_a_step_keeps_anybody_at_most(kind: str, data: Api, seconds: int | None):
    assert longest_wait(kind, data) == seconds


def test_behind_a_wait_without_an_end_nothing_falls_due():
    graph = read_flow(definition("M:a! T:10:00 M:b!", "L"))
    assert [one.seconds for one in schedule(graph, LIST)] == [0, None]


def test_a_message_is_due_a_day_after_the_last_can_have_got_it():
    then = datetime(2026, 1, 1, tzinfo=UTC)
    assert is_due(Due("1", 0), then, then)
    assert not is_due(Due("1", 100), then, then + timedelta(seconds=100))
    assert is_due(Due("1", 100), then, then + timedelta(seconds=100 + LATENESS))
    assert not is_due(Due("1", None), then, then + timedelta(days=999))


def test_fourteen_kinds_are_linear_and_every_step_has_a_class():
    linear = [name for name in schemas.kinds("actions") if is_linear(name)]
    assert len(linear) == 14
    assert not is_linear("teleport")
    assert step_class("update-profile") == "other"
    assert step("M:a")["type"] == "send-email"
