"""Saved plans come back exactly, and whatever is not a whole plan of this version is refused in clear words."""

from __future__ import annotations

import json
from typing import Any, get_args

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from model_account import Switches
from plan_kit import flow_pair, plan, seeded

from compiler.diagnostics import Exit, Fatal
from compiler.normalise import NORMALISER, digest
from compiler.plan.saved import load, save
from compiler.plan.stages import (
    After,
    AfterNew,
    AwaitSegment,
    Before,
    Change,
    CloneTemplate,
    CreateFlow,
    CreateSegment,
    CreateTag,
    CreateTemplate,
    DeleteAction,
    DeleteFlow,
    DeleteSegment,
    Due,
    First,
    InsertAction,
    PatchAction,
    ReadBack,
    RestoreTemplate,
    Retire,
    SetActionStatus,
    SetStatus,
    Stage,
    Tag,
    Untag,
    UpdateSegment,
)
from compiler.plan.units import Name, Plan, Unit

CHANGE = Change(("data", "branches", 0, "name"), None, {"a": [1, 2.5, "ü", None, True]})
STAGES = (
    CreateTemplate("T@1", {"html": "<p>"}),
    CloneTemplate("T@2", "Abc123"),
    CreateSegment("S", {"definition": {"condition_groups": []}}),
    UpdateSegment("S1", (CHANGE,), ("F",)),
    DeleteSegment("S1"),
    AwaitSegment("S"),
    CreateTag("t"),
    Tag(None, "t"),
    Untag("F", "t"),
    CreateFlow("F"),
    PatchAction("F", "1", "2", "send-email", (CHANGE,)),
    InsertAction("F", "s", "send-sms", After("1", "next")),
    InsertAction("F", "s", "send-sms", After("1", 2)),
    InsertAction("F", "s", "send-sms", AfterNew("x", 0)),
    InsertAction("F", "s", "send-sms", Before("1")),
    InsertAction("F", "s", "send-sms", First()),
    DeleteAction("F", "1", "time-delay"),
    SetActionStatus(None, None, "s", "disabled"),
    SetStatus("F", "live"),
    ReadBack(None, final=True),
    Retire("F", (Due("1", 5), Due("2", None))),
    DeleteFlow("F"),
    RestoreTemplate("Abc124", "T@1", {"html": "<p>"}),
)
UNIT = Unit(
    "flow",
    "F",
    "replace",
    "F1",
    "0" * 64,
    {"actions": []},
    ("because",),
    STAGES,
    ("allow-live", "allow-replace"),
)
PLAN = Plan(
    "acme",
    "AbC123",
    "2026-10-15",
    NORMALISER,
    (Name("metric", "Placed Order", "M1"), Name("flow", "F", None)),
    (UNIT,),
)


def edited(change: Any) -> str:
    """Return the plan's text after a change that also makes the checksum right again."""
    whole = json.loads(save(PLAN))
    change(whole)
    return json.dumps({**whole, "checksum": digest(whole["plan"])})


def refusal(text: str) -> Fatal:
    with pytest.raises(Fatal) as caught:
        load(text, "plan.json")
    return caught.value


def test_a_plan_with_every_stage_comes_back_exactly():
    assert {type(stage) for stage in STAGES} == set(get_args(Stage))
    assert load(save(PLAN)) == PLAN
    assert save(load(save(PLAN))) == save(PLAN)


@given(st.builds(flow_pair, st.integers(0, 2**32), st.integers(0, 8), st.integers(0, 6)))
@settings(max_examples=40)
def test_every_unit_that_is_decided_comes_back_exactly(pair: Any):
    model, flow = seeded(*pair, Switches())
    unit = plan(model, flow, pair[1])
    whole = Plan("p", "a", "2026-10-15", NORMALISER, (), (unit,))
    assert load(save(whole)) == whole


def test_the_file_says_its_version_and_kind():
    whole = json.loads(save(PLAN))
    assert (whole["format_version"], whole["kind"]) == (1, "plan")
    assert whole["plan"]["units"][0]["stages"][0]["is"] == "CreateTemplate"


@pytest.mark.parametrize(
    "text",
    [
        "",
        "{",
        "[1]",
        '{"format_version": 1}',
        '{"kind": "plan"}',
        "[" * 100_000,
        "\x00",
        '{"kind": "diff", "plan": {}}',
    ],
)
def test_what_is_no_plan_is_refused(text: str):
    assert refusal(text).exit_code == Exit.WRONG_SPECS


@pytest.mark.parametrize("share", [0.1, 0.5, 0.99])
def test_a_truncated_plan_is_refused(share: float):
    text = save(PLAN)
    found = refusal(text[: int(len(text) * share)])
    assert found.exit_code == Exit.WRONG_SPECS
    assert "plan.json is no whole JSON document" in found.message


@pytest.mark.parametrize("version", [0, 2, "1", None, True])
def test_another_version_is_refused(version: Any):
    found = refusal(edited(lambda whole: whole.update(format_version=version)))
    assert found.exit_code == Exit.STALE
    assert "plan again with this version" in found.message


def test_a_plan_edited_by_hand_is_refused():
    found = refusal(save(PLAN).replace("allow-live", "allow-delete"))
    assert found.exit_code == Exit.STALE
    assert "changed after it was saved" in found.message


def test_reformatting_a_plan_is_no_change():
    assert load(json.dumps(json.loads(save(PLAN)), sort_keys=True)) == PLAN


def test_a_plan_of_another_normaliser_is_refused():
    assert "another way" in refusal(edited(lambda whole: whole["plan"].update(normaliser=0))).message


BROKEN: dict[str, Any] = {
    "plan.project": lambda plan: plan.update(project=7),
    "plan is not": lambda plan: plan.pop("account"),
    "plan.normaliser": lambda plan: plan.update(normaliser=True),
    "plan.units is": lambda plan: plan.update(units={}),
    "plan.units[0].change": lambda plan: plan["units"][0].update(change="explode"),
    "plan.units[0].id": lambda plan: plan["units"][0].update(id=1),
    "plan.units[0].desired": lambda plan: plan["units"][0].update(desired=[]),
    "plan.units[0].needs[0]": lambda plan: plan["units"][0].update(needs=["allow-all"]),
    "plan.units[0].stages[0].is": lambda plan: plan["units"][0]["stages"][0].update({"is": "Shout"}),
    "plan.units[0].stages[9]": lambda plan: plan["units"][0]["stages"][9].update(extra=1),
    "plan.units[0].stages[10].changes[0].path[0]": lambda plan: plan["units"][0]["stages"][10]["changes"][
        0
    ].update(path=[1.5]),
    "plan.units[0].stages[11].place.is": lambda plan: plan["units"][0]["stages"][11].update(place=None),
}


@pytest.mark.parametrize("place", BROKEN)
def test_a_broken_field_is_named(place: str):
    found = refusal(edited(lambda whole: BROKEN[place](whole["plan"])))
    assert found.exit_code == Exit.STALE
    assert f"plan.json is broken: {place}" in found.message
