"""Each kind of edit, by hand, on flows that fit on a screen."""

import pytest
from diff_shapes import asks, chain, delay, email, flow, summary

from compiler.diagnostics import Fatal
from compiler.diff import diff_flows

A, B, C = email("A", "one"), email("B", "two"), email("C", "three")
D = email("D", "four")


def test_a_flow_is_equal_to_itself():
    assert diff_flows(chain(A, delay(), B), chain(A, delay(), B)).empty


def test_two_empty_flows_are_equal():
    assert diff_flows({"actions": []}, {}).empty


@pytest.mark.parametrize("at", range(4))
def test_an_inserted_step_is_one_insertion_wherever_it_stands(at):
    before = [A, delay(), B]
    after = [*before[:at], C, *before[at:]]
    found = diff_flows(chain(*before), chain(*after))
    assert summary(found) == {"inserted": [f"s{at}"]}
    assert found.edits == 1


@pytest.mark.parametrize("at", range(3))
def test_a_deleted_step_is_one_deletion_wherever_it_stood(at):
    before = [A, delay(), B]
    assert summary(diff_flows(chain(*before), chain(*before[:at], *before[at + 1 :]))) == {
        "deleted": [f"s{at}"]
    }


def test_a_changed_message_is_found_by_its_name():
    found = diff_flows(chain(A, delay(), B), chain(A, delay(), email("B", "another")))
    assert summary(found) == {"changed": ["s2"]}
    assert found.changes[0].aspects == {"re-texted"}


def test_a_renamed_message_is_found_by_its_content_around_the_name():
    found = diff_flows(chain(A, delay(), B), chain(A, delay(), email("New", "two")))
    assert summary(found) == {"changed": ["s2"]}
    assert found.changes[0].aspects == {"renamed"}


def test_a_message_rewritten_whole_is_one_change_of_two_aspects():
    found = diff_flows(chain(A, delay(), B), chain(A, delay(), email("New", "another")))
    assert found.changes[0].aspects == {"renamed", "re-texted"}


def test_a_longer_delay_is_a_retiming():
    found = diff_flows(chain(A, delay(1), B), chain(A, delay(3), B))
    assert summary(found) == {"changed": ["s1"]}
    assert found.changes[0].aspects == {"re-timed"}


def test_two_delays_that_exchange_their_lengths_are_two_retimings():
    found = diff_flows(chain(A, delay(1), B, delay(2), C), chain(A, delay(2), B, delay(1), C))
    assert [change.aspects for change in found.changes] == [{"re-timed"}] * 2
    assert found.edits == 2


def test_another_question_of_a_split_is_a_refiltering():
    before = flow({"q": (asks(0), "a", "b"), "a": (A, None), "b": (B, None)})
    after = flow({"q": (asks(5), "a", "b"), "a": (A, None), "b": (B, None)})
    found = diff_flows(before, after)
    assert summary(found) == {"changed": ["q"]}
    assert found.changes[0].aspects == {"re-filtered"}


def test_a_status_alone_is_a_change_of_status():
    kind, data = A
    found = diff_flows(chain(A), chain((kind, data | {"status": "draft"})))
    assert found.changes[0].aspects == {"status"}


def test_a_message_moved_along_its_path_is_one_move():
    before, after = chain(A, delay(), B, delay(2), C), chain(delay(), B, delay(2), C, A)
    assert summary(diff_flows(before, after)) == {"moved": ["s0"]}


def test_a_message_moved_past_delays_only_is_one_move_and_no_change_of_delays():
    before, after = chain(delay(), delay(), A, delay(2)), chain(A, delay(), delay(), delay(2))
    assert summary(diff_flows(before, after)) == {"moved": ["s2"]}


def test_a_message_moved_and_rewritten_is_said_to_be_both():
    before, after = chain(A, delay(), B, delay(2), C), chain(delay(), B, delay(2), C, email("A", "other"))
    assert summary(diff_flows(before, after)) == {"changed": ["s0"], "moved": ["s0"]}


def test_a_message_moved_to_the_other_branch_is_one_move():
    before = flow({"q": (asks(), "a", "c"), "a": (A, "b"), "b": (B, None), "c": (C, None)})
    after = flow({"q": (asks(), "b", "c"), "b": (B, None), "c": (C, "a"), "a": (A, None)})
    assert summary(diff_flows(before, after)) == {"moved": ["a"]}


def test_a_run_moved_to_the_other_branch_takes_its_delays_along():
    run = {"a": (A, "w"), "w": (delay(), "b")}
    other = {"c": (C, "d"), "d": (D, "e"), "e": (email("E", "five"), None)}
    before = flow({"q": (asks(), "a", "c"), **run, "b": (B, None), **other})
    after = flow({"q": (asks(), None, "a"), **run, "b": (B, "c"), **other})
    assert summary(diff_flows(before, after)) == {"moved": ["a", "w", "b"]}


def test_a_delay_before_a_moved_message_moves_with_it():
    before = flow(
        {"q": (asks(), "a", "c"), "a": (A, "w"), "w": (delay(), "b"), "b": (B, None), "c": (C, None)}
    )
    after = flow(
        {"q": (asks(), "a", "c"), "a": (A, None), "c": (C, "w"), "w": (delay(), "b"), "b": (B, None)}
    )
    assert summary(diff_flows(before, after)) == {"moved": ["w", "b"]}


def test_an_equal_copy_moved_along_its_path_is_a_move():
    before, after = chain(D, A, B, C, D, email("E", "five")), chain(A, B, C, D, D, email("E", "five"))
    assert summary(diff_flows(before, after)) == {"moved": ["s0"]}


def test_an_equal_copy_moved_to_another_branch_is_a_move():
    copies = {"d": (D, None), "e": (D, "c")}
    before = flow({"q": (asks(), "d", "e"), "c": (C, None), **copies})
    after = flow({"q": (asks(), None, "e"), "c": (C, "d"), **copies})
    assert summary(diff_flows(before, after)) == {"moved": ["d"]}


def test_swapped_branches_are_one_swap():
    steps = {"a": (A, "w"), "w": (delay(), None), "b": (B, None)}
    before = flow({"q": (asks(), "a", "b"), **steps})
    after = flow({"q": (asks(), "b", "a"), **steps})
    assert summary(diff_flows(before, after)) == {"swapped": ["q"]}


def test_a_branch_swapped_with_an_empty_one_is_one_swap():
    before, after = (flow({"q": (asks(), *ways), "a": (A, None)}) for ways in (("a", None), (None, "a")))
    assert summary(diff_flows(before, after)) == {"swapped": ["q"]}


def test_the_rest_wrapped_in_a_new_split_is_one_insertion():
    before = chain(A, delay(), B, C)
    after = flow(
        {"s": (A, "q"), "q": (asks(), None, "w"), "w": (delay(), "b"), "b": (B, "c"), "c": (C, None)}
    )
    assert summary(diff_flows(before, after)) == {"inserted": ["q"]}
    assert summary(diff_flows(after, before)) == {"deleted": ["q"]}


def test_a_split_wrapped_in_a_split_is_one_insertion():
    inner = {"q": (asks(1), "a", "b"), "a": (A, None), "b": (B, None)}
    before, after = flow(inner), flow({"new": (asks(2), "q", "c"), **inner, "c": (C, None)})
    assert summary(diff_flows(before, after)) == {"inserted": ["new", "c"]}
    assert summary(diff_flows(after, before)) == {"deleted": ["new", "c"]}


def test_a_split_that_moved_takes_what_is_below_it_along():
    inner = {"q": (asks(1), "a", "b"), "a": (A, "w"), "w": (delay(), None), "b": (B, None)}
    other = {"c": (C, "d"), "d": (D, "e"), "e": (email("E", "five"), "f"), "f": (email("F", "six"), None)}
    before = flow({"p": (asks(2), "q", "c"), **inner, **other})
    after = flow({"p": (asks(2), None, "c"), **inner, **other, "f": (email("F", "six"), "q")})
    assert summary(diff_flows(before, after)) == {"moved": ["q"]}


def test_a_split_that_moved_away_from_where_a_new_one_stands_is_a_move():
    inner = {"q": (asks(1), "a", "b"), "a": (A, None), "b": (B, None)}
    other = {"c": (C, "d"), "d": (D, "e"), "e": (email("E", "five"), "f"), "f": (email("F", "six"), None)}
    new = {"r": (asks(3), "x", None), "x": (email("X", "seven"), None)}
    before = flow({"p": (asks(2), "q", "c"), **inner, **other})
    after = flow({"p": (asks(2), "r", "c"), **inner, **other, **new, "f": (email("F", "six"), "q")})
    assert summary(diff_flows(before, after)) == {"inserted": ["r", "x"], "moved": ["q"]}
    assert summary(diff_flows(after, before)) == {"deleted": ["r", "x"], "moved": ["q"]}


def test_two_splits_that_changed_their_order_are_one_move():
    rest = {"a": (A, None), "b": (B, None), "c": (C, None)}
    before = flow({"p": (asks(1), "q", "a"), "q": (asks(2), "b", "c"), **rest})
    after = flow({"q": (asks(2), "p", "c"), "p": (asks(1), "b", "a"), **rest})
    assert summary(diff_flows(before, after))["moved"] in (["p"], ["q"])


def test_a_step_of_another_kind_is_a_deletion_and_an_insertion():
    sms = "send-sms", {"message": {"name": "S", "body": "Hi"}, "status": "live"}
    found = diff_flows(chain(A, delay(), B), chain(A, delay(), sms))
    assert summary(found) == {"inserted": ["s2"], "deleted": ["s2"]}


def test_a_split_of_another_kind_leaves_its_branches_where_they_are():
    rest = {"a": (A, "w"), "w": (delay(), None), "b": (B, None)}
    before, after = (
        flow({"q": (asks(kind=kind), "a", "b"), **rest}) for kind in ("conditional-split", "trigger-split")
    )
    assert summary(diff_flows(before, after)) == {"inserted": ["q"], "deleted": ["q"]}


def test_a_pin_makes_two_steps_one_whatever_else_they_say():
    before, after = chain(A, B), chain(email("X", "x"), email("A", "one"))
    assert summary(diff_flows(before, after)) == {"inserted": ["s0"], "deleted": ["s1"]}
    pinned = diff_flows(before, after, {"s0": "s0", "s1": "s1"})
    assert summary(pinned) == {"changed": ["s0", "s1"]}


def test_a_pinned_delay_is_a_fixed_point():
    before, after = chain(delay(1), delay(2)), chain(delay(2), delay(1), delay(2))
    assert summary(diff_flows(before, after)) == {"inserted": ["s0"]}
    assert "changed" in summary(diff_flows(before, after, {"s0": "s0"}))


def test_a_pin_to_another_kind_or_to_nothing_counts_for_nothing():
    found = diff_flows(chain(A, delay()), chain(A, delay()), {"s0": "s1", "s1": "gone", "gone": "s0"})
    assert found.empty


def test_settings_of_the_flow_are_compared_by_path():
    before = chain(A) | {"name": "Old", "status": "live", "triggers": [{"type": "list", "id": "L1"}]}
    after = chain(A) | {
        "name": "New",
        "triggers": [{"type": "list", "id": "L2"}],
        "reentry_criteria": {"unit": "day"},
    }
    found = diff_flows(before, after)
    assert [(change.path, change.old, change.new) for change in found.settings] == [
        ("name", "Old", "New"),
        ("triggers[0].id", "L1", "L2"),
        ("reentry_criteria", None, {"unit": "day"}),
    ]
    assert [found.touches(part) for part in ("name", "triggers", "status", "profile_filter")] == [
        True,
        True,
        False,
        False,
    ]


@pytest.mark.parametrize(
    ("broken", "said"),
    [
        (chain(A) | {"entry_action_id": "gone"}, "its entry leads to gone"),
        (flow({"a": (A, "gone")}), "a leads to gone"),
        (flow({"a": (A, "b"), "b": (B, "a")}), "loop"),
        ({"actions": chain(A)["actions"] * 2}, "used twice"),
        ({"actions": [{"type": "send-email"}]}, "missing or used twice"),
    ],
)
def test_a_definition_that_is_no_flow_is_refused(broken, said):
    with pytest.raises(Fatal, match=said):
        diff_flows(chain(A), broken)
