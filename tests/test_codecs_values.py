"""The other value shapes both ways: lengths of time, references, records, condition lists, weekdays, derived fields."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from compiler.codecs.base import ABSENT, Run, unwind
from compiler.codecs.conditions import Conditions, lift_one, lower_one
from compiler.codecs.phrases import Phrase, Reentry, parse, say
from compiler.codecs.references import Derived, Groups, Reference, hidden, placeholder, read, unhidden

REVISION = "2026-10-15"
NAMES = st.text(max_size=12) | st.sampled_from(
    ["{", "{a}", '{"name": "x"}', "@metric:x", "", "a:b", "5", "\n"]
)


def run(**more: Any) -> Run:
    return Run(REVISION, **more)


# ---------------------------------------------------------------- lengths of time


@given(st.integers(-(10**9) + 1, 10**9 - 1), st.sampled_from(["minutes", "hours", "days", "weeks", "months"]))
def test_a_length_of_time_is_said_and_understood(value, unit):
    assert parse(say(value, unit), [unit], None, run()) == (value, unit, None)


@pytest.mark.parametrize(
    ("value", "unit", "words"),
    [
        (1, "days", "1 day"),
        (2, "day", "2 days"),
        (0, "hours", "0 hours"),
        (-1, "day", "-1 days"),
        (1, "weeks", "1 week"),
    ],
)
def test_a_length_of_time_has_its_number(value, unit, words):
    assert say(value, unit) == words


def test_hours_take_minutes_on_top():
    assert parse("1 hour 30 minutes", ["hours", "minutes"], None, run()) == (1, "hours", 30)


@pytest.mark.parametrize(
    "text",
    [
        "1",
        "day",
        "1day",
        "1  day",
        "one day",
        "1.5 days",
        "1 day ",
        "1 day 2 hours",
        "1 hour 30 minutes",
        "1 month",
        "٣ days",
        None,
        5,
        "1" * 12 + " days",
    ],
)
def test_what_is_no_length_of_time_is_a_mistake(text):
    state = run()
    assert parse(text, ["days", "hours"], None, state) is ABSENT
    assert [found.code for found in state.mistakes] == ["F502"]


def test_two_fields_are_one_phrase_or_a_value_alone():
    before = Phrase(["days", "weeks"], "amount", "measure")
    assert before.lower("2 weeks", None, run()) == {"amount": 2, "measure": "weeks"}
    assert before.lift({"amount": 2, "measure": "weeks"}, run()) == "2 weeks"
    assert before.lower({"value": 7}, None, run()) == {"amount": 7}
    assert before.lift({"amount": 7}, run()) == {"value": 7}
    assert before.lift({"amount": 7, "measure": "moons"}, run()) is ABSENT
    assert before.lift({"measure": "weeks"}, run()) is ABSENT
    state = run()
    assert before.lower("2 moons", None, state) == {}
    assert len(state.mistakes) == 1


@pytest.mark.parametrize(
    ("said", "api"),
    [
        ("never", {"duration": 1, "unit": "alltime"}),
        ("always", {"duration": 0, "unit": "alltime"}),
        ("30 days", {"duration": 30, "unit": "day"}),
        ("1 hour", {"duration": 1, "unit": "hour"}),
    ],
)
def test_reentry_is_a_word_or_a_length_of_time(said, api):
    assert Reentry().lower(said, None, run()) == api
    assert Reentry().lift(api, run()) == said


@pytest.mark.parametrize(
    "api",
    [
        {"duration": 5, "unit": "alltime"},
        {"duration": 1, "unit": "month"},
        {"duration": 1.5, "unit": "day"},
        {"duration": 1, "unit": "day", "x": 1},
        {},
    ],
)
def test_other_reentry_is_left_to_the_patch(api):
    assert Reentry().lift(api, run()) is ABSENT


def test_a_wrong_reentry_is_a_mistake():
    state = run()
    assert Reentry().lower("3 months", None, state) is ABSENT
    assert state.mistakes[0].code == "F502"


# ---------------------------------------------------------------- references


@given(st.sampled_from(["metric", "template", "list", "flow"]), NAMES)
def test_a_name_comes_back_from_its_placeholder(kind, name):
    assert read(kind, placeholder(kind, name)) == name


@given(st.sampled_from(["metric", "template", "group", "segment"]), NAMES)
def test_every_text_in_an_id_s_place_comes_back(kind, text):
    codec: Any = Groups() if kind == "group" else Reference(kind)
    api = [text] if kind == "group" else text
    said = codec.lift(api, run())
    assert codec.lower(said, None, run()) == api


@pytest.mark.parametrize(
    ("said", "api"),
    [
        ("Placed Order", "@metric:Placed Order"), ({"id": "UpixsZ"}, "UpixsZ"), ({"name": "A", "integration": "B"}, '@metric:{"name": "A", "integration": "B"}'),
        ("{x", '@metric:{"name": "{x"}'), ({"id": "@list:x"}, "@list:x"), ({"id": "@metric:{broken"}, "@metric:{broken"), ({"id": '@metric:{"a": 1}'}, '@metric:{"a": 1}'), ({"id": '@metric:{"name": "a"}'}, '@metric:{"name": "a"}'),
    ],
)  # fmt: skip
def test_a_reference_is_a_name_a_mapping_or_an_id(said, api):
    assert Reference("metric").lower(said, None, run()) == api
    assert Reference("metric").lift(api, run()) == said


def test_a_name_alone_may_be_written_as_a_mapping():
    assert Reference("metric").lower({"name": "A"}, None, run()) == "@metric:A"
    assert Reference("metric").lift(5, run()) is ABSENT
    state = run()
    Reference("list").lower({}, None, state)
    assert [(found.code, found.message) for found in state.mistakes] == [("F504", "a list needs its name")]


def test_groups_are_lists_and_segments():
    said = ["VIP", {"list": "News"}, {"segment": "Old"}, {"id": "AbCdEf"}]
    api = ["@group:VIP", "@list:News", "@segment:Old", "AbCdEf"]
    assert Groups().lower(said, None, run()) == api
    assert Groups().lift(api, run()) == said
    assert Groups().lift("VIP", run()) is ABSENT
    assert Groups().lift([5], run()) is ABSENT
    state = run()
    Groups().lower([{}], None, state)
    assert [(found.code, found.path) for found in state.mistakes] == [("F504", (0,))]


def test_filters_hide_references_in_texts():
    assert hidden({"flow": "A"}) == "@flow:A"
    assert unhidden("@flow:A") == {"flow": "A"}
    assert hidden("A") == unhidden("A") == "A"
    assert (
        unhidden("@flow:{broken") == "@flow:{broken" or hidden(unhidden("@flow:{broken")) == "@flow:{broken"
    )


# ---------------------------------------------------------------- derived fields


@pytest.mark.parametrize(
    ("trigger", "expected"),
    [
        ({"type": "metric", "id": "AbCdEf"}, ("AbCdEf", "metric", None)), ({"type": "date", "date_field_type": "profile-property"}, ("0", "date", "profile-property")),
        ({"type": "price-drop"}, ("0", "price-drop", None)), (None, ("0", "metric", None)),
    ],
)  # fmt: skip
def test_a_trigger_split_s_fields_follow_from_the_trigger(trigger, expected):
    assert (
        tuple(
            Derived(name).default(run(trigger=trigger))
            for name in ("trigger_id", "trigger_type", "trigger_subtype")
        )
        == expected
    )


def test_an_override_may_name_a_thing_of_the_trigger_s_kind():
    assert Derived("trigger_id").lower({"name": "A"}, None, run(trigger={"type": "metric"})) == "@metric:A"
    assert Derived("trigger_id").lower("X", None, run()) == "X"


# ---------------------------------------------------------------- condition lists


GOLD = {"profile-property": {"property": "Plan", "equals": "Gold"}}
API_GOLD = {
    "type": "profile-property",
    "property": "Plan",
    "filter": {"type": "string", "operator": "equals", "value": "Gold"},
}


def test_a_list_is_and_and_any_is_or():
    said = [GOLD, {"any": [GOLD, {"profile-sample": 50}]}, {"any": []}]
    api = {
        "condition_groups": [
            {"conditions": [API_GOLD]},
            {"conditions": [API_GOLD, {"type": "profile-sample", "percentage": 50}]},
            {"conditions": []},
        ]
    }
    state = run(site="before")
    assert Conditions("message").lower(said, None, state) == api
    assert Conditions("message").lift(api, state) == said
    assert state.site == "before"
    assert state.mistakes == []


@pytest.mark.parametrize(
    "api",
    [
        None,
        {},
        {"condition_groups": 5},
        {"condition_groups": [5]},
        {"condition_groups": [{"conditions": 5}]},
        {"condition_groups": [], "x": 1},
        {"condition_groups": [{"conditions": [], "x": 1}]},
    ],
)
def test_what_is_no_condition_list_is_left_to_the_patch(api):
    assert Conditions("message").lift(api, run()) is ABSENT


@pytest.mark.parametrize(
    ("api", "said"),
    [
        (API_GOLD, GOLD), ({**API_GOLD, "shiny": 1}, {**GOLD, "raw": {"shiny": 1}}), ({"type": "profile-moon"}, {"raw": {"type": "profile-moon"}}), (5, {"raw": 5}),
        ({"type": "metric-property"}, {"raw": {"type": "metric-property"}}), ({"type": "profile-not-sent-sms"}, {"raw": {"type": "profile-not-sent-sms"}}),
        ({"type": "profile-sample", "percentage": {"a": 1}}, {"profile-sample": {"a": 1}}), ({"type": "profile-property", "property": "a", "filter": 5}, {"raw": {"type": "profile-property", "property": "a", "filter": 5}}),
    ],
)  # fmt: skip
def test_a_condition_that_the_site_or_the_kind_cannot_say_is_kept(api, said):
    assert lift_one(api, run(site="message")) == said


def test_a_condition_of_a_later_revision_is_kept_and_one_that_is_written_is_a_mistake():
    state = Run("2025-01-15", site="message")
    for name in ("profile-permissions", "profile-predictive-analytics"):
        lift_one({"type": name}, state)
    body = {
        "profile-permissions": {"channel": "whatsapp_marketing", "reachable_status": "implicitly_reachable"}
    }
    older = Run("2024-10-15.pre", site="message")
    lower_one(body, None, older)
    lifted = lift_one({"type": "profile-permissions"}, older)
    assert (older.mistakes != []) == (set(lifted) == {"raw"})


@pytest.mark.parametrize(
    ("item", "code"),
    [({}, "F506"), ({**GOLD, "profile-sample": 5}, "F506"), ({"any": [GOLD, GOLD], **GOLD}, "F506"), ({"any": [GOLD]}, "F507"), ({"any": [{"any": []}, GOLD]}, "F506")],
)  # fmt: skip
def test_a_wrong_item_is_a_mistake(item, code):
    state = run()
    Conditions("message").lower([item], (None, "if"), state)
    assert [found.code for found in state.mistakes] == [code]
    assert state.mistakes[0].path[:1] == ("if",)


def test_a_raw_item_is_a_whole_condition():
    assert Conditions("message").lower([{"raw": {"type": "profile-moon"}}], None, run()) == {
        "condition_groups": [{"conditions": [{"type": "profile-moon"}]}]
    }


def test_a_place_is_read_from_the_root():
    assert unwind((((None, "steps"), 0), "if")) == ("steps", 0, "if")
    assert repr(ABSENT) == "ABSENT"
