"""Joins, multi-branch splits, parts that nothing leads to, links that lead elsewhere, and long flows."""

import pytest
from diff_shapes import asks, chain, delay, email, flow, summary

from compiler.diff import diff_flows

A, B, C, D = (email(name, text) for name, text in zip("ABCD", ("one", "two", "three", "four"), strict=True))
E = email("E", "five")
DIAMOND = {"q": (asks(), "a", "b"), "a": (A, "c"), "b": (B, "c"), "c": (C, "d"), "d": (D, None)}


def branches(*targets, names=None):
    """Make the data of a multi-branch split; the last branch is the else branch."""
    names = names or [f"Branch {at}" for at in range(len(targets) - 1)]
    known = [
        {"branch_id": f"id {at}", "name": name, "branch_filter": {"is": name}, "links": {"next": target}}
        for at, (name, target) in enumerate(zip(names, targets, strict=False))
    ]
    rest = {"branch_filter": None, "links": {"next": targets[-1]}, "is_else": True}
    return "multi-branch-split", {"name": "Region", "branches": [*known, rest]}


def multi(split, **steps):
    kind, data = split
    made = flow({"unused": (A, None), **steps}, entry="m")
    made["actions"][0] = {"id": "m", "type": kind, "data": data}
    return made


@pytest.mark.parametrize(
    ("changed", "found"),
    [
        ({"a": (A, "x"), "x": (E, "c")}, {"inserted": ["x"]}),
        ({"a": (A, "x"), "b": (B, "x"), "x": (E, "c")}, {"inserted": ["x"]}),
        ({"a": (A, "x"), "b": (B, "x"), "x": (delay(), "c")}, {"inserted": ["x"]}),
        ({"c": (C, "x"), "x": (E, "d")}, {"inserted": ["x"]}),
        ({"c": (email("C", "new"), "d")}, {"changed": ["c"]}),
        ({"q": (asks(), "b", "a")}, {"swapped": ["q"]}),
        ({"b": (B, None)}, {"relinked": [("b", "next", "c", None)]}),
        ({"b": (B, "d")}, {"relinked": [("b", "next", "c", "d")]}),
        ({"q": (asks(), "a", "c"), "a": (A, "b"), "b": (B, "c")}, {"moved": ["b"]}),
    ],
)
def test_an_edit_around_a_join_is_said_once(changed, found):
    assert summary(diff_flows(flow(DIAMOND), flow(DIAMOND | changed))) == found


def test_a_deleted_join_step_is_one_deletion():
    after = {name: step for name, step in DIAMOND.items() if name != "c"} | {"a": (A, "d"), "b": (B, "d")}
    assert summary(diff_flows(flow(DIAMOND), flow(after))) == {"deleted": ["c"]}


def test_a_diamond_around_a_step_is_what_it_adds():
    before = chain(A, B, C)
    after = flow({"s0": (A, "q"), "q": (asks(), "x", "s1"), "x": (E, "s1"), "s1": (B, "s2"), "s2": (C, None)})
    assert summary(diff_flows(before, after)) == {"inserted": ["q", "x"]}
    assert summary(diff_flows(after, before)) == {"deleted": ["q", "x"]}


def test_a_diamond_inside_which_the_flow_goes_on_keeps_what_stands_behind_it():
    before = chain(A, B, C)
    after = flow({"q": (asks(), "a", "x"), "a": (A, "b"), "b": (B, "c"), "x": (E, "c"), "c": (C, None)})
    assert summary(diff_flows(before, after)) == {"inserted": ["q", "x"]}


def test_a_join_that_moves_up_to_an_outer_split_stays_the_same_step():
    inner = {"p": (asks(1), "a", "b"), "a": (A, "c"), "b": (B, "c"), "c": (C, None)}
    after = {"q": (asks(2), "e", "c"), "e": (E, "p"), **inner}
    assert summary(diff_flows(flow({"e": (E, "p"), **inner}, "e"), flow(after))) == {"inserted": ["q"]}


def test_a_join_that_starts_with_a_delay_may_lose_a_parent():
    steps = {"q": (asks(), "a", "b"), "a": (A, "w"), "b": (B, "w"), "w": (delay(), "c"), "c": (C, None)}
    found = diff_flows(flow(steps), flow(steps | {"b": (B, None)}))
    assert summary(found) == {"relinked": [("b", "next", "w", None)]}


def test_both_exits_of_a_split_may_lead_to_one_step():
    steps = {"q": (asks(), "a", "a"), "a": (A, None)}
    assert diff_flows(flow(steps), flow(steps)).empty
    found = diff_flows(flow(steps), flow({"q": (asks(), "a", None), "a": (A, None)}))
    assert summary(found) == {"relinked": [("q", "next_if_false", "a", None)]}


def test_another_entry_without_another_step_is_a_relink():
    steps = {"a": (A, "b"), "b": (B, None)}
    found = diff_flows(flow(steps), flow(steps, entry="b"))
    assert not found.empty


def test_parts_that_nothing_leads_to_are_compared_too():
    before = flow({"a": (A, None), "x": (B, "y"), "y": (C, None)})
    assert diff_flows(before, before).empty
    assert summary(diff_flows(before, flow({"a": (A, None), "x": (B, None)}))) == {"deleted": ["y"]}


def test_a_branch_added_to_a_multi_branch_split_changes_the_split_and_inserts_its_steps():
    before = multi(branches("a", "b"), a=(A, None), b=(B, None))
    after = multi(branches("c", "a", "b", names=["New", "Branch 0"]), a=(A, None), b=(B, None), c=(C, None))
    assert summary(diff_flows(before, after)) == {"inserted": ["c"], "changed": ["m"]}


def test_branches_in_another_order_are_a_change_and_no_swap():
    steps = {"a": (A, None), "b": (B, None), "c": (C, None)}
    before = multi(branches("a", "b", "c", names=["North", "South"]), **steps)
    after = multi(branches("b", "a", "c", names=["South", "North"]), **steps)
    assert summary(diff_flows(before, after)) == {"changed": ["m"]}


def test_branches_that_lead_to_each_others_steps_are_a_swap():
    steps = {"a": (A, None), "b": (B, None), "c": (C, None)}
    before, after = multi(branches("a", "b", "c"), **steps), multi(branches("b", "c", "a"), **steps)
    assert summary(diff_flows(before, after)) == {"swapped": ["m"]}


def test_a_branch_id_is_no_difference():
    before, after = (multi(branches("a", "b"), a=(A, None), b=(B, None)) for _ in range(2))
    after["actions"][0]["data"]["branches"][0]["branch_id"] = "f00f00"
    assert diff_flows(before, after).empty


def test_a_kind_that_the_future_brings_leaves_by_what_it_carries():
    step = {"id": "x", "type": "wait-for-event", "data": {}, "links": {"next": "a", "next_if_timeout": "b"}}
    before, after = (flow({"a": (A, None), "b": (B, None)}, "x") for _ in range(2))
    before["actions"].append(step)
    after["actions"].append(step | {"links": {"next": "b", "next_if_timeout": "a"}})
    assert diff_flows(before, before).empty
    assert summary(diff_flows(before, after)) == {"swapped": ["x"]}


def test_a_chain_of_5000_identical_delays_breaks_nothing():
    found = diff_flows(chain(*[delay()] * 5_000), chain(*[delay()] * 5_003))
    assert len(found.match.inserted) == found.edits == 3


def test_a_long_series_of_equal_mails_shows_the_true_number_of_edits():
    week = [delay(7), email("Email #1", "Hi")]
    before = chain(*week * 600)
    after = chain(*week * 200, email("Email #1", "News"), *week * 200, delay(2), *week * 200)
    found = diff_flows(before, after)
    assert summary(found) == {"inserted": ["s400", "s801"]}


def test_two_long_flows_that_share_nothing_are_compared_in_blocks():
    before, after = chain(*[delay()] * 400), chain(*[email("Email #1", str(at % 2)) for at in range(400)])
    found = diff_flows(before, after)
    assert (len(found.match.deleted), len(found.match.inserted)) == (400, 400)


def test_a_long_flow_rewritten_mail_by_mail_keeps_its_pairs():
    before, after = (chain(*[email("Email #1", text)] * 350) for text in ("Hi", "Hello"))
    assert len(diff_flows(before, after).match.changed) == 350


def test_many_messages_that_crossed_are_moves():
    mails = [email(f"Mail {at}", str(at)) for at in range(130)]
    before, after = chain(*mails, delay()), chain(*mails[1:], mails[0], delay(2))
    assert summary(diff_flows(before, after)) == {"moved": ["s0"], "changed": ["s130"]}


def test_a_staircase_of_1500_splits_breaks_nothing():
    def stairs(odd):
        steps = {}
        for at in range(1_500):
            steps[f"q{at}"] = (asks(9 if at == odd else 0), f"e{at}", None)
            steps[f"e{at}"] = (email(f"Mail {at}"), f"q{at + 1}" if at < 1_499 else None)
        return flow(steps)

    assert summary(diff_flows(stairs(-1), stairs(700))) == {"changed": ["q700"]}
