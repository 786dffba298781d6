"""One vocabulary for both sides: what the server adds or spells in its own way is no difference, the rest is."""

from __future__ import annotations

import copy
from typing import Any

import pytest
from generate import flows, segments
from hypothesis import given, settings
from hypothesis import strategies as st
from model_account import Model, Switches
from plan_kit import tame, template_ids

from compiler.normalise import (
    equal,
    is_running,
    normalise,
    normalise_pair,
    normalise_segment,
    renamed,
    template_content,
    ways,
)

Api = dict[str, Any]
EMAIL: Api = {
    "from_email": "shop@example.com",
    "from_label": "Shop",
    "subject_line": "Hello",
    "template_id": "T1",
    "name": "Welcome",
}
WEEK = ["monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday"]


def flow(*actions: Api, entry: str | None = None, **more: Any) -> Api:
    made = [
        {"temporary_id": str(place), "links": {"next": None}, **one} for place, one in enumerate(actions, 1)
    ]
    return {
        "triggers": [{"type": "list", "id": "L1"}],
        "entry_action_id": entry or "1",
        "actions": made,
        **more,
    }


def email(status: str = "draft", **fields: Any) -> Api:
    return {"type": "send-email", "data": {"status": status, "message": {**EMAIL, **fields}}}


def delay(**data: Any) -> Api:
    return {"type": "time-delay", "data": {"value": 1, **data}}


def sms(**fields: Any) -> Api:
    return {"type": "send-sms", "data": {"status": "draft", "message": {"name": "S", "body": "Hi", **fields}}}


def same(left: Api, right: Api) -> bool:
    return equal(*normalise_pair(left, right, {"T1": "content", "T2": "content", "T3": "other"}))


SAME = {
    "absent reply-to is the sender": (email(reply_to_email=None), email(reply_to_email="shop@example.com")),
    "absent preview text is empty": (email(), email(preview_text="")),
    "empty and null copies are nothing": (email(cc_email="", bcc_email=None), email()),
    "a clone has the same content": (email(template_id="T1"), email(template_id="T2")),
    "ids of messages say nothing": (email(id="M1"), email(id="M2")),
    "defaults are implied": (
        email(),
        email(smart_sending_enabled=True, transactional=False, add_tracking_params=False),
    ),
    "absent status is draft": (email(), {"type": "send-email", "data": {"message": EMAIL}}),
    "all weekdays are no weekdays": (delay(unit="hours"), delay(unit="hours", delay_until_weekdays=WEEK)),
    "weekdays have no order": (
        delay(unit="days", delay_until_weekdays=["friday", "monday"]),
        delay(unit="days", delay_until_weekdays=["monday", "friday"]),
    ),
    "days are the unit": (delay(), delay(unit="days")),
    "seconds of a time are zero": (delay(delay_until_time="10:00"), delay(delay_until_time="10:00:00")),
    "no minutes are zero minutes": (
        delay(unit="hours"),
        delay(unit="hours", secondary_value=0, timezone="profile"),
    ),
    "zero minutes stay nothing when the unit changes": (
        delay(unit="days"),
        delay(unit="days", secondary_value=0),
    ),
    "whole floats are integers": (delay(value=30), delay(value=30.0)),
    "a form that repeats the body": (
        sms(),
        sms(message_hierarchy=[{"message_format": "SMS", "message": "Hi", "image": None}]),
    ),
    "a form as other accounts repeat it": (
        sms(),
        sms(message_hierarchy=[{"message_type": "sms", "body": "Hi"}]),
    ),
    "defaults of text messages": (
        sms(),
        sms(shorten_links=True, add_opt_out_language=False, template_id=None),
    ),
    "push opens the app": (
        {"type": "send-mobile-push", "data": {"message": {"body": "B"}}},
        {
            "type": "send-mobile-push",
            "data": {"message": {"body": "B", "on_open": "home", "title": None, "sound": False}},
        },
    ),
    "a kind without fields has no data": (
        {"type": "back-in-stock-delay"},
        {"type": "back-in-stock-delay", "data": {}},
    ),
    "a kind of the future": (
        {"type": "teleport", "data": {"far": 1.0}},
        {"type": "teleport", "data": {"far": 1, "x": None}},
    ),
}
OTHER = {
    "another sender": (email(), email(from_email="other@example.com")),
    "another reply-to": (email(), email(reply_to_email="other@example.com")),
    "another subject": (email(), email(subject_line="Bye")),
    "another name": (email(), email(name="Goodbye")),
    "another content": (email(), email(template_id="T3")),
    "no smart sending": (email(), email(smart_sending_enabled=False)),
    "another status": (email(), email("live")),
    "another wait": (delay(), delay(value=2)),
    "another unit": (delay(), delay(unit="hours")),
    "fewer weekdays": (delay(), delay(delay_until_weekdays=["monday"])),
    "another time": (delay(delay_until_time="10:00"), delay(delay_until_time="10:00:30")),
    "minutes on top": (delay(unit="hours"), delay(unit="hours", secondary_value=30)),
    "a form that says more": (sms(), sms(message_hierarchy=[{"message_format": "SMS", "message": "Hello"}])),
    "a form with a card": (
        sms(),
        sms(message_hierarchy=[{"message_format": "RCS", "message": "Hi", "rich_content": {"cards": [1]}}]),
    ),
    "two forms": (sms(), sms(message_hierarchy=[{"message": "Hi"}, {"message": "Hi"}])),
    "truth is no number": ({"type": "code", "data": {"on": True}}, {"type": "code", "data": {"on": 1}}),
}


@pytest.mark.parametrize("name", SAME)
def test_what_the_server_rewrites_is_no_difference(name: str):
    left, right = SAME[name]
    assert same(flow(left), flow(right))


@pytest.mark.parametrize("name", OTHER)
def test_what_people_change_is_a_difference(name: str):
    left, right = OTHER[name]
    assert not same(flow(left), flow(right))


def test_triggers_filters_and_reentry_are_compared():
    base = flow(email())
    assert same(base, {**base, "profile_filter": None, "reentry_criteria": None})
    assert same(
        {**base, "triggers": [{"type": "metric", "id": "M"}]},
        {**base, "triggers": [{"type": "metric", "id": "M", "trigger_filter": None}]},
    )
    assert same(
        {**base, "triggers": [{"type": "low-inventory"}]},
        {**base, "triggers": [{"type": "low-inventory", "timeframe_days": 30}]},
    )
    assert not same(base, {**base, "triggers": [{"type": "list", "id": "L2"}]})
    assert not same(base, {**base, "profile_filter": {"condition_groups": []}})
    assert not same(base, {**base, "reentry_criteria": {"duration": 1, "unit": "day"}})


def test_order_and_ids_of_actions_say_nothing_but_links_do():
    split = {"type": "conditional-split", "data": {"profile_filter": {"condition_groups": []}}}
    left = flow(
        {**split, "links": {"next_if_true": "2", "next_if_false": "3"}}, email(name="A"), email(name="B")
    )
    other = flow(
        email(name="A"),
        email(name="B"),
        {**split, "links": {"next_if_true": "1", "next_if_false": "2"}},
        entry="3",
    )
    crossed = flow(
        email(name="A"),
        email(name="B"),
        {**split, "links": {"next_if_true": "2", "next_if_false": "1"}},
        entry="3",
    )
    assert same(left, other)
    assert not same(left, crossed)
    assert [action["id"] for action in normalise(other)["actions"]] == ["3", "1", "2"]


def test_actions_that_nothing_leads_to_come_last_and_keep_their_ids():
    lost = flow(email(name="A"), email(name="B"))
    assert [action["id"] for action in normalise(lost)["actions"]] == ["1", "2"]
    assert renamed(normalise(lost))["actions"][1]["id"] == "2"


def test_branches_compare_without_ids_places_and_markers():
    def split(*branches: Api) -> Api:
        return flow({"type": "multi-branch-split", "data": {"name": "R", "branches": [*branches]}}, email())

    sent = split(
        {"branch_id": "000000", "order": 0, "name": "EU", "links": {"next": "2"}},
        {"branch_id": "1", "links": None, "is_else": True},
    )
    read = split(
        {"branch_id": "9ac1f0", "name": "EU", "is_else": False, "links": {"next": "2"}},
        {"links": {}, "is_else": True, "branch_filter": None},
    )
    assert same(sent, read)
    assert not same(sent, split({"name": "US", "links": {"next": "2"}}, {"links": None, "is_else": True}))
    assert not same(sent, split({"name": "EU", "links": None}, {"links": {"next": "2"}, "is_else": True}))
    assert renamed(normalise(sent))["actions"][0]["data"]["branches"][0]["links"] == {"next": "2"}


def test_a_trigger_split_says_what_follows_from_the_trigger():
    bare = flow({"type": "trigger-split", "data": {"trigger_filter": None}})
    full = flow(
        {
            "type": "trigger-split",
            "data": {
                "trigger_filter": None,
                "trigger_id": "L1",
                "trigger_type": "list",
                "trigger_subtype": None,
            },
        }
    )
    assert same(bare, full)
    assert not same(bare, flow({"type": "trigger-split", "data": {"trigger_id": "L2"}}))


def ab_test(shares: Any, ids: tuple[str, str] = ("a", "b"), running: str = "draft", **experiment: Any) -> Api:
    children = [
        {"id": one, "type": "send-email", "data": {"message": {**EMAIL, "name": place}, "status": "live"}}
        for one, place in zip(ids, "AB", strict=True)
    ]
    main = {
        "id": "m",
        "type": "send-email",
        "data": {"message": EMAIL, "status": "draft"},
        "links": {"next": None},
    }
    inner = {"variations": children, "allocations": shares, "winner_metric": "unique-clicks", **experiment}
    return {
        "type": "ab-test",
        "data": {
            "status": "draft",
            "experiment_status": running,
            "main_action": main,
            "current_experiment": inner,
        },
    }


def test_a_test_is_its_messages_shares_and_what_decides():
    even = flow(ab_test({"a": 0.5, "b": 0.5}))
    assert same(even, flow(ab_test(None)))
    assert same(even, flow(ab_test({"x": 0.5, "y": 0.5}, ids=("p", "q"))))
    assert same(
        even, flow(ab_test({"a": 0.5, "b": 0.5}, name="Lost", id="0A", started="2026-01-01T00:00:00Z"))
    )
    assert not same(even, flow(ab_test({"a": 0.7, "b": 0.3})))
    assert not same(even, flow(ab_test({"a": 0.5, "b": 0.5}, winner_metric="unique-opens")))
    ended = flow(ab_test(None))
    ended["actions"][0]["data"]["current_experiment"] = None
    assert not same(even, ended)
    assert normalise(flow({"type": "ab-test", "data": {}}))["actions"][0]["data"] == {"status": "draft"}


def test_shares_drift_while_a_test_runs():
    live = flow(ab_test({"a": 0.81, "b": 0.19}, running="live"))
    assert is_running(live["actions"][0])
    assert same(live, flow(ab_test({"a": 0.5, "b": 0.5})))


def test_a_message_without_a_name_keeps_the_name_that_it_has():
    unnamed = flow({**email(name=None), "links": {"next": "2"}}, email(name="Second"))
    assert same(flow({**email(name="Email #1"), "links": {"next": "2"}}, email(name="Second")), unnamed)
    assert same(flow({**email(name="Anything"), "links": {"next": "2"}}, email(name="Second")), unnamed)
    assert not same(
        flow({**email(name="Email #1"), "links": {"next": "2"}}, email(name="Third")),
        flow(email(), email(name="Second")),
    )


def test_a_written_name_and_a_given_one_may_be_equal():
    live = flow(
        {**email(name="Email #1", subject_line="One"), "links": {"next": "2"}},
        email(name="Email #1", subject_line="Two"),
    )
    desired = flow(
        {**email(name=None, subject_line="One"), "links": {"next": "2"}},
        email(name="Email #1", subject_line="Two"),
    )
    assert same(live, desired)


def test_a_template_that_nobody_read_is_known_by_its_id():
    made = normalise(flow(email(template_id="T9")))
    assert made["actions"][0]["data"]["message"]["template"] == {"id": "T9"}


def test_a_templates_content_is_its_parts():
    read = {"name": "N", "html": "<p>", "text": None, "created": "2026", "definition": {"body": []}}
    assert template_content(read) == {"html": "<p>", "definition": {"body": []}}


def test_links_of_kinds_that_nobody_knows_are_ways_too():
    assert ways({"type": "teleport", "links": {"there": "2"}}) == [("next", None), ("there", "2")]
    assert ways({"type": "moon-split"}) == [("next_if_true", None), ("next_if_false", None)]


@given(segments())
def test_a_segment_equals_itself_with_floats_and_nulls(definition: Api):
    def spelled(value: Any) -> Any:
        if isinstance(value, dict):
            return {key: spelled(item) for key, item in value.items()} | {"zz": None}
        if isinstance(value, list):
            return [spelled(item) for item in value]
        return float(value) if isinstance(value, int) and not isinstance(value, bool) else value

    assert normalise_segment(spelled(definition)) == normalise_segment(definition)


@given(flows(odd=0.2, unknown=0.2), st.booleans())
@settings(max_examples=60)
def test_normalising_twice_is_normalising_once(definition: Api, response: bool):
    once = normalise(definition)
    assert normalise(copy.deepcopy(once)) == once


@given(flows(most=8), st.sampled_from(["all", "absent"]), st.sampled_from(["absent", "repeated"]))
@settings(max_examples=80)
def test_what_was_just_created_is_no_change(definition: Api, weekdays: str, hierarchy: str):
    sent = tame(definition)
    model = Model(Switches(weekdays=weekdays, hierarchy=hierarchy), template_ids(sent))
    read = model.flows[model.create(sent)].definition
    assert equal(*normalise_pair(read, sent, model.templates))


def test_no_weekday_named_is_no_weekday_left_out():
    def delay(**more: Any) -> Api:
        data = {"unit": "days", "value": 1, **more}
        return {"actions": [{"id": "1", "type": "time-delay", "data": data, "links": {"next": None}}]}

    plain = normalise(delay())
    assert normalise(delay(delay_until_weekdays=[])) == plain
    assert normalise(delay(delay_until_weekdays=list(WEEK))) == plain
    assert normalise(delay(delay_until_weekdays=["monday"])) != plain
