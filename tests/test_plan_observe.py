"""The digest of what a plan saw: no harmless change makes it stale, every harmful one does."""

from __future__ import annotations

import copy
from collections.abc import Callable
from typing import Any

import pytest
from generate import flows
from hypothesis import given, settings
from hypothesis import strategies as st
from model_account import Model, Switches
from plan_kit import tame, template_ids
from test_normalise import EMAIL, WEEK, ab_test

from compiler.plan.observe import observe_flow, observe_segment

Api = dict[str, Any]
TEMPLATES = {
    "T1": {"html": "<p>one"},
    "T1b": {"html": "<p>one"},
    "T2": {"html": "<p>two"},
    "T9": {"html": "<p>nine"},
}


def flow() -> Api:
    """A flow with a split, delays, messages on two channels, branches and a test."""
    question = {
        "condition_groups": [
            {
                "conditions": [
                    {
                        "type": "profile-metric",
                        "metric_id": "M1",
                        "measurement_filter": {"type": "numeric", "value": 0},
                        "metric_filters": None,
                    }
                ]
            }
        ]
    }
    branches = [
        {"branch_id": "aaaaaa", "name": "EU", "branch_filter": question, "links": {"next": "6"}},
        {"branch_id": "bbbbbb", "links": None, "is_else": True},
    ]
    test = ab_test({"a": 0.5, "b": 0.5})
    actions = [
        {
            "id": "1",
            "type": "time-delay",
            "data": {"unit": "hours", "value": 4, "secondary_value": None},
            "links": {"next": "2"},
        },
        {
            "id": "2",
            "type": "conditional-split",
            "data": {"profile_filter": question},
            "links": {"next_if_true": "3", "next_if_false": "4"},
        },
        {
            "id": "3",
            "type": "send-email",
            "data": {"status": "live", "message": {**EMAIL, "id": "M3", "cc_email": None}},
            "links": {"next": "5"},
        },
        {
            "id": "4",
            "type": "send-sms",
            "data": {"status": "draft", "message": {"name": "S", "body": "Hi", "id": "M4"}},
            "links": {"next": None},
        },
        {"id": "5", "type": "multi-branch-split", "data": {"name": "R", "branches": branches}},
        {"id": "6", "links": {"next": "7"}, **test},
        {
            "id": "7",
            "type": "send-email",
            "data": {"status": "draft", "message": {**EMAIL, "name": "Last", "template_id": "T2"}},
            "links": {"next": None},
        },
    ]
    definition = {
        "triggers": [{"type": "list", "id": "L1"}],
        "profile_filter": None,
        "entry_action_id": "1",
        "actions": copy.deepcopy(actions),
    }
    return {
        "id": "F1",
        "name": "Welcome",
        "archived": False,
        "status": "live",
        "updated": "2026-01-01",
        "definition": definition,
    }


def action(held: Api, name: str) -> Api:
    return next(one for one in held["definition"]["actions"] if one["id"] == name)


def data(held: Api, name: str) -> Api:
    return action(held, name)["data"]


def message(held: Api, name: str) -> Api:
    return data(held, name)["message"]


def experiment(held: Api) -> Api:
    return data(held, "6")["current_experiment"]


def see(held: Api, templates: Api = TEMPLATES) -> str:
    return observe_flow(held, templates, touched={"3"})


HARMLESS: dict[str, Callable[[Api], Any]] = {
    "updated moves": lambda f: f.update(updated="2026-02-02"),
    "created and links to itself": lambda f: f.update(
        created="2020", links={"self": "x"}, trigger_type="Added to List"
    ),
    "actions in another order": lambda f: f["definition"]["actions"].reverse(),
    "a clone of the template": lambda f: message(f, "3").update(template_id="T1b"),
    "ids of messages and branches": lambda f: (
        message(f, "3").update(id="X"),
        data(f, "5")["branches"][0].update(branch_id="cccccc"),
    ),
    "shares drift": lambda f: experiment(f).update(allocations={"a": 0.9, "b": 0.1}),
    "when the test started": lambda f: experiment(f).update(started="2026-01-01T00:00:00Z"),
    "a form that repeats the body": lambda f: message(f, "4").update(
        message_hierarchy=[{"message_format": "SMS", "message": "Hi"}]
    ),
    "all seven weekdays": lambda f: data(f, "1").update(delay_until_weekdays=WEEK, secondary_value=0),
    "nulls, defaults and floats": lambda f: (
        message(f, "3").update(bcc_email=None, transactional=False),
        data(f, "1").update(value=4.0),
    ),
    "a template that the plan does not touch": lambda f: message(f, "7").update(template_id="T9"),
}
HARMFUL: dict[str, Callable[[Api], Any]] = {
    "another flow of the name": lambda f: f.update(id="F2"),
    "renamed": lambda f: f.update(name="Hello"),
    "archived": lambda f: f.update(archived=True),
    "status of the flow": lambda f: f.update(status="draft"),
    "status of a step": lambda f: data(f, "4").update(status="live"),
    "another trigger": lambda f: f["definition"].update(triggers=[{"type": "list", "id": "L2"}]),
    "a filter": lambda f: f["definition"].update(profile_filter={"condition_groups": []}),
    "re-entry": lambda f: f["definition"].update(reentry_criteria={"duration": 1, "unit": "day"}),
    "another wait": lambda f: data(f, "1").update(value=5),
    "another subject": lambda f: message(f, "3").update(subject_line="Bye"),
    "another question": lambda f: data(f, "2").update(profile_filter=None),
    "branches swapped": lambda f: action(f, "2").update(links={"next_if_true": "4", "next_if_false": "3"}),
    "a step gone": lambda f: (f["definition"]["actions"].pop(), action(f, "6").update(links={"next": None})),
    "a step deleted and made again alike": lambda f: (
        action(f, "7").update(id="8"),
        action(f, "6").update(links={"next": "8"}),
    ),
    "a step inserted": lambda f: (
        f["definition"]["actions"].append(
            {"id": "8", "type": "time-delay", "data": {"value": 1}, "links": {"next": "3"}}
        ),
        action(f, "2").update(links={"next_if_true": "8", "next_if_false": "4"}),
    ),
    "another entry": lambda f: f["definition"].update(entry_action_id="2"),
    "the test was started": lambda f: data(f, "6").update(experiment_status="live"),
    "a variation rewritten": lambda f: experiment(f)["variations"][0]["data"]["message"].update(
        subject_line="New"
    ),
    "the touched message's template": lambda f: message(f, "3").update(template_id="T2"),
    "a branch asks something else": lambda f: data(f, "5")["branches"][0].update(branch_filter=None),
    "a form that says more": lambda f: message(f, "4").update(
        message_hierarchy=[{"message_format": "SMS", "message": "Bye"}]
    ),
}


@pytest.mark.parametrize("name", HARMLESS)
def test_no_harmless_change_makes_a_plan_stale(name: str):
    held = flow()
    before = see(held)
    HARMLESS[name](held)
    assert held != flow()
    assert see(held) == before


@pytest.mark.parametrize("name", HARMFUL)
def test_every_harmful_change_makes_a_plan_stale(name: str):
    held = flow()
    before = see(held)
    HARMFUL[name](held)
    assert see(held) != before


def test_there_are_at_least_ten_harmless_and_fifteen_harmful_changes():
    assert len(HARMLESS) >= 10
    assert len(HARMFUL) >= 15


def test_the_content_of_a_touched_template_counts_though_its_id_stays():
    changed = {**TEMPLATES, "T1": {"html": "<p>edited"}}
    assert see(flow(), changed) != see(flow())
    untouched = {**TEMPLATES, "T2": {"html": "<p>edited"}}
    assert see(flow(), untouched) == see(flow())


@given(flows(most=8), st.integers(0, 2**16))
@settings(max_examples=60)
def test_two_accounts_habits_give_one_digest(definition: Api, seed: int):
    sent = tame(definition)
    seen = set()
    for switches in (Switches(), Switches(weekdays="all", hierarchy="repeated")):
        model = Model(switches, template_ids(sent))
        held = model.flows[model.create(sent)].definition
        for one in held["actions"]:
            (one.get("data") or {}).pop("current_experiment", None)
        seen.add(
            observe_flow(
                {"id": "F", "definition": held}, model.templates, {one["id"] for one in held["actions"]}
            )
        )
    assert len(seen) == 1


def test_a_segments_digest_is_its_definition_settings_and_the_flows_it_triggers():
    segment = {
        "id": "S",
        "name": "N",
        "is_active": True,
        "definition": {"condition_groups": [{"conditions": [{"type": "x", "value": 1}]}]},
    }
    seen = observe_segment(segment, ("F1", "F2"))
    spelled = {
        **segment,
        "updated": "2026",
        "profile_count": 7,
        "is_processing": True,
        "definition": {"condition_groups": [{"conditions": [{"type": "x", "value": 1.0, "y": None}]}]},
    }
    assert observe_segment(spelled, ("F2", "F1")) == seen
    assert observe_segment(segment, ("F1",)) != seen
    assert observe_segment({**segment, "is_active": False}, ("F1", "F2")) != seen
    assert observe_segment({**segment, "name": "M"}, ("F1", "F2")) != seen
    assert observe_segment({**segment, "definition": {"condition_groups": []}}, ("F1", "F2")) != seen
