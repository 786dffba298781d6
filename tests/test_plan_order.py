"""The order of calls on a live flow, and where new steps are placed."""

from __future__ import annotations

from typing import Any

import pytest

from compiler.diff.flowgraph import read_flow
from compiler.normalise import normalise
from compiler.plan.bodies import insert_definition, patch_definition
from compiler.plan.inplace import find_edits
from compiler.plan.order import as_status, order, overlay
from compiler.plan.stages import (
    After,
    AfterNew,
    Before,
    Change,
    DeleteAction,
    First,
    InsertAction,
    PatchAction,
    ReadBack,
    SetActionStatus,
    SetStatus,
)

Api = dict[str, Any]
SPLITS = {"split": ("next_if_true", "next_if_false")}


def step(word: str) -> Api:
    """``M:a!`` a live message, ``t:a!`` a transactional one, ``M:a`` a draft, ``D:3`` a delay, ``S:a`` a text message."""
    kind, _, rest = word.partition(":")
    status = "live" if rest.endswith("!") else "draft"
    rest = rest.rstrip("!")
    if kind == "D":
        return {"type": "time-delay", "data": {"value": int(rest)}}
    if kind == "T":
        return {"type": "target-date", "data": {"target_time": rest}}
    if kind == "P":
        return {
            "type": "update-profile",
            "data": {"profile_operations": [{"operator": "delete", "property_key": rest}], "status": status},
        }
    if kind == "S":
        return {"type": "send-sms", "data": {"message": {"body": rest, "name": rest}, "status": status}}
    message = {"subject_line": rest, "name": rest.split("=")[0], "transactional": kind == "t"}
    return {"type": "send-email", "data": {"message": message, "status": status}}


def flow(text: str, prefix: str) -> Api:
    """Read ``a b ? x y / z``: steps, a split asking ``?``, its true branch and its false branch; ``+`` joins them."""
    actions: list[Api] = []

    def chain(words: list[str], following: str | None) -> str | None:
        head = following
        for word in reversed(words):
            name = f"{prefix}{len(actions) + 1}"
            actions.append({"id": name, **step(word), "links": {"next": head}})
            head = name
        return head

    before, _, rest = text.partition("?")
    head = None
    if rest:
        rest, _, joined = rest.partition("+")
        true, _, false = rest.partition("/")
        join = chain(joined.split(), None)
        links = {"next_if_true": chain(true.split(), join), "next_if_false": chain(false.split(), join)}
        actions.append(
            {
                "id": f"{prefix}split",
                "type": "conditional-split",
                "data": {"profile_filter": None},
                "links": links,
            }
        )
        head = f"{prefix}split"
    entry = chain(before.split(), head)
    return normalise({"triggers": [], "entry_action_id": entry, "actions": actions})


def called(action: Api) -> str:
    data = action["data"]
    return str(
        data.get("message", {}).get("name") or data.get("value") or data.get("target_time") or action["type"]
    )


def script(live: str, desired: str) -> list[str]:
    """Return the stages in words: ``patch a``, ``insert b after a``, ``delete c``, ``a live``, ``read``."""
    left, right = flow(live, "L"), flow(desired, "D")
    old, new = read_flow(left), read_flow(right)
    edits, reasons = find_edits(old, new)
    assert edits is not None, reasons
    names = {action["id"]: called(action) for action in [*left["actions"], *right["actions"]]}
    return [words(stage, names) for stage in order("F", old, new, edits)]


def words(stage: Any, names: dict[str, str]) -> str:  # noqa: PLR0911 - one case a kind of stage
    match stage:
        case PatchAction(_, action, _, _, _):
            return f"patch {names[action]}"
        case InsertAction(_, new, _, After(anchor, "next")):
            return f"insert {names[new]} after {names[anchor]}"
        case InsertAction(_, new, _, After(anchor, key) | AfterNew(anchor, key)):
            return f"insert {names[new]} after {names[anchor]} {key}"
        case InsertAction(_, new, _, Before(follower)):
            return f"insert {names[new]} before {names[follower]}"
        case InsertAction(_, new, _, First()):
            return f"insert {names[new]} first"
        case DeleteAction(_, action, _):
            return f"delete {names[action]}"
        case SetActionStatus(_, action, new, status):
            return f"{names[action or new]} {status}"
        case SetStatus(_, status):
            return f"flow {status}"
        case ReadBack(_, final):
            return "read twice" if final else "read"
    raise AssertionError(stage)


def test_nothing_to_do_is_no_stage():
    assert script("M:a! D:1 M:b!", "M:a! D:1 M:b!") == []


def test_the_whole_order_on_a_live_flow():
    found = script(
        "M:a! D:1 M:b! D:9 D:8 M:c! P:d! t:e! M:k!", "M:a D:2 M:b! T:10:00 M:c! M:new! t:other! M:k!"
    )
    assert found == [
        "a draft",
        "patch 1",
        "patch e",
        "insert 10:00:00 after 9",
        "insert new after c",
        "read",
        "delete update-profile",
        "new live",
        "delete 8",
        "delete 9",
        "read twice",
    ]


def test_lower_then_change_then_insert_then_delete_messages_then_raise_then_delete_delays():
    found = script("M:a! D:1 M:b! D:9 M:k! M:c!", "M:a D:2 M:b! M:k! M:n! M:c!")
    assert found == ["a draft", "patch 1", "insert n after k", "read", "n live", "delete 9", "read twice"]


def test_a_transactional_message_is_raised_before_anything_is_deleted():
    found = script("M:a! t:x! M:k!", "M:a! t:y! M:k!")
    assert found == ["patch x", "read", "read twice"]
    found = script("t:x! M:k! M:l!", "M:k! M:l! t:y!")
    assert found == ["insert y after l", "read", "y live", "delete x", "read twice"]


def test_raises_go_from_the_end_of_a_path_to_its_start():
    found = script("D:1 M:k!", "M:a! D:1 M:k! M:b! M:c!")
    assert found[-4:] == ["c live", "b live", "a live", "read twice"]


def test_delays_go_last_and_the_last_of_a_path_first():
    found = script("D:1 M:a! D:2 M:b! D:3 M:c!", "M:a! M:b! M:c!")
    assert found == ["delete 3", "delete 2", "delete 1", "read twice"]


def test_a_new_step_stands_right_behind_the_old_one_of_its_class_that_goes():
    found = script("M:k! T:10:00 P:p M:l!", "M:k! D:5 P:q M:m! M:l!")
    assert "insert 5 after 10:00:00" in found
    assert "insert m after update-profile" in found


def test_a_run_is_inserted_in_reverse_behind_one_anchor():
    found = script("M:k! M:l!", "M:k! D:1 M:a! D:2 M:l!")
    assert found[:3] == ["insert 2 after k", "insert a after k", "insert 1 after k"]


def test_steps_at_the_start_stand_before_the_entry_in_order():
    assert script("M:k", "D:1 M:a M:k")[:2] == ["insert 1 before k", "insert a before k"]
    assert script("? M:x / ", "D:1 ? M:x /")[:1] == ["insert 1 before conditional-split"]


def test_an_empty_flow_gets_its_first_step_and_the_rest_behind_it():
    found = script("", "M:a D:1 M:b")
    assert found[:3] == ["insert a first", "insert b after a next", "insert 1 after a next"]


def test_the_start_of_a_branch_is_anchored_on_the_split():
    found = script("? M:x / M:y", "? D:1 M:x / M:y D:2")
    assert found[:2] == ["insert 1 after conditional-split next_if_true", "insert 2 after y"]


def test_before_a_join_the_anchor_is_one_link():
    found = script("? M:x / M:y + M:j", "? M:x D:1 / M:y + M:j D:2")
    assert found[:2] == ["insert 1 after x", "insert 2 after j"]
    assert script("? M:x / + M:j", "? M:x / D:3 + M:j")[0] == "insert 3 after conditional-split next_if_false"


@pytest.mark.parametrize(
    "desired", ["? M:x / M:y + M:n M:j", "? M:x / M:y + D:1 M:j", "? M:x / M:y +", "? M:x / M:y"]
)
def test_a_step_in_which_paths_join_neither_comes_nor_goes(desired: str):
    edits, reasons = find_edits(read_flow(flow("? M:x / M:y + M:j", "L")), read_flow(flow(desired, "D")))
    assert edits is None or not (edits.deleted or edits.runs)
    assert edits is not None or "join" in reasons[0]


def test_a_message_is_never_changed_into_one_that_exists_elsewhere():
    found = script("? M:a / M:b", "? M:b / M:a")
    assert sorted(one.split()[0] for one in found if one not in {"read", "read twice"}) == [
        "delete",
        "delete",
        "insert",
        "insert",
    ]


def test_a_delay_is_changed_never_replaced():
    assert script("D:1 M:a", "D:2 M:a") == ["patch 1", "read", "read twice"]


def test_a_status_that_all_steps_share_is_one_call():
    assert script("M:a D:1 M:b", "M:a! D:1 M:b!") == ["flow live", "read twice"]
    assert script("M:a! D:1 M:b!", "M:a D:1 M:b") == ["flow draft", "read", "read twice"]
    assert script("M:a D:1 M:b", "M:a! D:1 M:b! M:c!") == [
        "insert c after b",
        "read",
        "flow live",
        "read twice",
    ]
    assert script("M:a M:b=1", "M:a! M:b=2!") == ["patch b", "read", "flow live", "read twice"]


def test_a_status_of_some_steps_is_theirs_alone():
    assert script("M:a M:b", "M:a! M:b") == ["a live", "read twice"]
    assert script("M:a! M:b!", "M:a! M:b! M:c!") == ["insert c after b", "read", "c live", "read twice"]


def test_fields_and_a_rising_status_are_one_late_call():
    found = script("M:a=1 M:b! M:c!", "M:a=2! M:b! M:n!")
    assert found == ["patch c", "read", "patch a", "read twice"]


def test_disabled_steps_forbid_a_status_for_the_whole_flow():
    left, right = flow("M:a M:b M:c", "L"), flow("M:a! M:b! M:c!", "D")
    left["actions"][0]["data"]["status"] = "disabled"
    edits, _ = find_edits(read_flow(left), read_flow(right))
    assert edits is not None
    assert edits.status is None


def test_a_status_alone_is_told_for_the_flow_where_the_flow_does_not_follow():
    left, right = flow("M:a", "L"), flow("M:a!", "D")
    assert find_edits(read_flow(left), read_flow(right), separate_status=True)[0].status == "live"  # type: ignore[union-attr]
    assert find_edits(read_flow(left), read_flow(right))[0].status is None  # type: ignore[union-attr]


def test_a_new_branching_split_at_the_end_of_a_path_comes_first_and_its_steps_below_it():
    left = flow("M:a", "L")
    right = flow("M:a D:1", "D")
    inner = {"type": "send-email", "data": {"status": "draft", "message": {"name": "in"}}}
    branches = [{"name": "EU", "links": {"next": "i1"}}, {"is_else": True, "links": {"next": "S2"}}]
    deeper = [{"name": "x", "links": {"next": "i3"}}]
    more = [
        {"id": "S", "type": "multi-branch-split", "data": {"name": "S", "branches": branches}},
        {"id": "i1", **inner, "links": {"next": "i2"}},
        {"id": "i2", **inner, "links": {"next": None}},
        {"id": "S2", "type": "multi-branch-split", "data": {"name": "S2", "branches": deeper}},
        {"id": "i3", **inner, "links": {"next": None}},
    ]
    right["actions"][-1]["links"]["next"] = "S"
    right = normalise({**right, "actions": [*right["actions"], *more]})
    edits, reasons = find_edits(read_flow(left), read_flow(right))
    assert edits is not None, reasons
    placed = [(name, where) for run in edits.runs for name, where in run]
    anchor = left["actions"][0]["id"]
    assert placed[0] == ("S", After(anchor, "next"))
    assert placed[1][1] == After(anchor, "next")
    assert placed[2:] == [
        ("i2", AfterNew("S", 0)),
        ("i1", AfterNew("S", 0)),
        ("S2", AfterNew("S", 1)),
        ("i3", AfterNew("S2", 0)),
    ]


@pytest.mark.parametrize(
    ("live", "desired", "why"),
    [
        ("M:a", "M:a ? M:x /", "ends and the desired one goes on with a split"),
        ("M:a ? M:x /", "M:a", "goes on with a split or a test and the desired one ends"),
        ("? M:x / M:y + M:j", "? M:x / M:y", "joins another path and the desired one ends"),
    ],
)
def test_another_shape_is_told_in_words(live: str, desired: str, why: str):
    edits, reasons = find_edits(read_flow(flow(live, "L")), read_flow(flow(desired, "D")))
    assert edits is None
    assert why in reasons[0]


def test_paths_that_join_elsewhere_and_other_kinds_of_splits_are_told():
    def crossed(first: str, second: str, kind: str = "conditional-split") -> Api:
        yes, no = (
            {"next_if_true": "2", "next_if_false": "3"},
            {"next_if_true": first, "next_if_false": second},
        )
        actions = [
            {"id": "1", "type": kind, "data": {"name": "Big?"}, "links": yes},
            {"id": "2", "type": "conditional-split", "data": {}, "links": no},
            {"id": "3", "type": "conditional-split", "data": {}, "links": no},
            {"id": "4", **step("M:a"), "links": {"next": None}},
            {"id": "5", **step("M:b"), "links": {"next": None}},
        ]
        return normalise({"triggers": [], "entry_action_id": "1", "actions": actions})

    left, right = crossed("4", "5"), crossed("4", "5")
    right["actions"][2]["links"] = {"next_if_true": "5", "next_if_false": "4"}
    assert "join at another place" in find_edits(read_flow(left), read_flow(right))[1][0]
    other = find_edits(read_flow(left), read_flow(crossed("4", "5", "trigger-split")))[1]
    assert other == ('the conditional-split "Big?" becomes a trigger-split with 2 exits',)


def test_a_test_cannot_be_edited():
    def tested(subject: str) -> Api:
        main = {"type": "send-email", "data": {"message": {"name": "m", "subject_line": subject}}}
        actions = [{"id": "1", "type": "ab-test", "data": {"main_action": main}, "links": {"next": None}}]
        return normalise({"triggers": [], "entry_action_id": "1", "actions": actions})

    assert find_edits(read_flow(tested("a")), read_flow(tested("a")))[0] is not None
    assert "no call changes" in find_edits(read_flow(tested("a")), read_flow(tested("b")))[1][0]


def test_a_patch_body_is_the_fresh_read_with_the_planned_fields():
    fresh = {
        "id": "7",
        "type": "send-email",
        "data": {
            "status": "live",
            "message": {
                "id": "M",
                "subject_line": "old",
                "cc_email": "c@x",
                "template_id": "T1",
                "reply_to_email": "r@x",
                "from_email": "f@x",
            },
        },
        "links": {"next": "9"},
    }
    desired = {
        "temporary_id": "1",
        "type": "send-email",
        "data": {
            "message": {
                "subject_line": "new",
                "template_id": "@template:N",
                "reply_to_email": None,
                "from_email": "f@x",
            }
        },
    }
    changes = (
        Change(("data", "message", "subject_line"), "old", "new"),
        Change(("data", "message", "cc_email"), "c@x", None),
        Change(("data", "message", "template"), {"html": "a"}, {"html": "b"}),
        Change(("data", "message", "reply_to_email"), "r@x", "f@x"),
        Change(("data", "message", "smart_sending_enabled"), old=False, new=True),
        Change(("data", "message", "tracking", "deep"), None, 1),
    )
    made = patch_definition(fresh, desired, changes)
    message = {
        "id": "M",
        "subject_line": "new",
        "template_id": "@template:N",
        "reply_to_email": "f@x",
        "from_email": "f@x",
        "smart_sending_enabled": True,
        "tracking": {"deep": 1},
    }
    assert made == {**fresh, "data": {"status": "live", "message": message}}
    assert fresh["data"]["message"]["subject_line"] == "old"


def test_a_written_null_is_sent_as_null():
    fresh = {
        "id": "7",
        "type": "conditional-split",
        "data": {"profile_filter": {"condition_groups": [1]}},
        "links": {},
    }
    desired = {"type": "conditional-split", "data": {"profile_filter": None}}
    change = Change(("data", "profile_filter"), {"condition_groups": [1]}, None)
    assert patch_definition(fresh, desired, (change,))["data"] == {"profile_filter": None}


def test_an_inserted_step_is_a_draft_without_links_of_its_own():
    sent = insert_definition({"id": "3", **step("M:a!"), "links": {"next": "4"}}, After("1", "next"))
    assert sent["temporary_id"] == "3"
    assert "id" not in sent
    assert sent["links"] == {"next": None}
    assert sent["data"]["status"] == "draft"
    assert insert_definition({"temporary_id": "3", **step("D:1")}, Before("9"))["links"] == {"next": "9"}


def test_branches_are_compared_one_by_one_and_other_lists_whole():
    old = {"branches": [{"name": "a", "branch_filter": {"x": [1]}}, {"name": "b"}], "list": [1, 2]}
    new = {"branches": [{"name": "a", "branch_filter": {"x": [2]}}, {"name": "b"}], "list": [1, 3]}
    assert overlay(old, new) == (
        Change(("data", "branches", 0, "branch_filter", "x"), [1], [2]),
        Change(("data", "list"), [1, 2], [1, 3]),
    )


def test_a_status_that_is_none_is_a_mistake():
    with pytest.raises(AssertionError, match="sent is no status"):
        as_status("sent")
