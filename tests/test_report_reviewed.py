"""What a reviewer must be able to read of a plan: of what goes, of what cannot be, of a saved one, and of none at all."""

from __future__ import annotations

import json
import re
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest
from account_kit import open_account
from apply_worlds import AFTER, REVISION, World, before_file, flow, put_metric, write_specs

from compiler.client import Call, Client
from compiler.commands.shown import diffs_of, view_of, view_of_saved
from compiler.diagnostics import Diagnostic, Exit, Problems, Span
from compiler.pipeline import compile_project
from compiler.plan.stages import DeleteAction, Due, Retire, SetActionStatus
from compiler.plan.units import Name, Plan, Unit
from compiler.planning import Planned, Scope, plan_project
from compiler.report.plan_parts import PlanView, UnitView

ALLOWED = ("--allow-replace", "--allow-live", "--allow-delete")
SERIES = flow("Series", "Ordered", "live", "Zero a", "1", "One a", "3", "Four a")
ENTERED_AGAIN = SERIES.replace("steps:", "reentry: 30 days\nsteps:")


# When a retired flow's messages stop


@pytest.fixture
def world(tmp_path: Path):
    made = World(tmp_path, {"series": SERIES})
    put_metric(made.store, "Ordered")
    put_metric(made.store, "Seen")
    result, _ = made.apply()
    assert result is not None
    assert result.exit_code is Exit.DONE, result
    made.pass_seconds(3_600)
    yield made
    made.close()


def planned(world: World, specs: dict[str, str]) -> tuple[Planned, PlanView]:
    for file in world.project.flows.glob("*.yaml"):
        file.unlink()
    for stem, text in specs.items():
        (world.project.flows / f"{stem}.yaml").write_text(text)
    result = compile_project(world.project, revision=REVISION, account={}, lint=False)
    assert not result.problems.errors, result.diagnostics
    compiled = result.compiled
    problems = Problems()
    client, _ = world.client()
    with client:
        made = plan_project(compiled, client, Scope(world.project, REVISION, now=world.now), problems, len)
        return made, view_of(made, client)


def changing(seen: PlanView) -> list[UnitView]:
    return [unit for unit in seen.units if unit.kind == "flow"]


def applied(world: World, made: Planned) -> datetime:
    """Apply a plan; returns when it retired a flow."""
    result, _ = world.apply(plan=made.plan)
    assert result is not None
    assert result.exit_code is Exit.DONE, result
    with world.store.reading() as view:
        names = [row.body["name"] for row in view.rows("tag")]
    [tag] = [name for name in names if name.startswith("flowc-retired ")]
    return datetime.fromisoformat(tag.split()[1])


def test_a_plan_says_when_the_old_messages_stop_and_later_plans_stop_them_then(world: World):
    made, seen = planned(world, {"series": ENTERED_AGAIN})
    (unit,) = changing(seen)
    said = next(stage.text for stage in unit.stages if stage.kind == "Retire")
    moments = {
        name: int(days) * 24 + int(hours)
        for name, days, hours in re.findall(r"About (\w+) goes[^,]*, (\d+) days? (\d+) hours after", said)
    }
    assert moments == {"One": 32, "Four": 104}
    retired = applied(world, made)
    for name, hours in moments.items():
        for early, stops in ((1, False), (0, True)):
            world.now = retired
            world.pass_seconds(hours * 3_600 - early)
            _, later = planned(world, {"series": ENTERED_AGAIN})
            told = [stage.text for due in changing(later) for stage in due.stages]
            assert (f"set Email: About {name} to draft" in told) is stops, (name, early, told)


def test_a_plan_says_who_gets_what_from_both_flows(world: World):
    _, seen = planned(world, {"series": ENTERED_AGAIN})
    (unit,) = changing(seen)
    (why,) = [why for need in unit.needs for why in need.because]
    assert "who enters both flows later, for 8 hours at least and until the apply that stops a message" in why
    assert why.endswith("gets what is behind a wait from both")


def test_a_flow_whose_messages_all_stop_at_once_is_said_to_double_nothing(world: World):
    alone = flow("Series", "Ordered", "live", "Zero a")
    made, _ = planned(world, {"series": alone, "other": alone.replace("Series", "Alone")})
    applied_alone, _ = world.apply(plan=made.plan)
    assert applied_alone is not None
    assert applied_alone.exit_code is Exit.DONE, applied_alone
    _, seen = planned(
        world, {"series": alone, "other": alone.replace("Series", "Alone").replace("Ordered", "Seen")}
    )
    (unit,) = changing(seen)
    (why,) = [why for need in unit.needs for why in need.because]
    assert why == "replace a live flow: its messages stop at once, since none is behind a wait"


def test_a_flow_that_nobody_wants_any_more_says_what_is_still_sent_to_whom(world: World):
    _, seen = planned(world, {})
    (unit,) = changing(seen)
    (why,) = [why for need in unit.needs for why in need.because]
    assert "; who enters later, for 8 hours at least and until the apply that stops" in why
    assert why.endswith("gets what is behind a wait")


# Names of steps in what goes


def test_retired_and_due_units_name_their_steps(world: World):
    _, seen = planned(world, {})
    (unit,) = changing(seen)
    assert [stage.text.split(";")[0] for stage in unit.stages][:2] == [
        "set Email: About Zero to draft",
        "retire the flow",
    ]
    made, _ = planned(world, {"series": ENTERED_AGAIN})
    applied(world, made)
    world.pass_seconds(10 * 86_400)
    due, seen = planned(world, {"series": ENTERED_AGAIN})
    (unit,) = changing(seen)
    assert [stage.text for stage in unit.stages] == [
        "set Email: About One to draft",
        "set Email: About Four to draft",
    ]
    assert (unit.changes, unit.picture) == ((), None)
    assert diffs_of(due).keys() == {unit.id}


# What cannot be changed


@pytest.fixture
def project(tmp_path: Path, run: Any) -> Any:
    write_specs(tmp_path, AFTER)
    (tmp_path / "sandbox.db").write_bytes(before_file().read_bytes())
    return run


def test_a_blocked_flow_shows_its_differences_in_every_form(project: Any, tmp_path: Path):
    write_specs(tmp_path, {"moved": AFTER["moved"].replace("About Hello", "Hi") + "prevent_replace: true\n"})
    code, out, _ = project("plan", "--target", "Moved", "--format", "json")
    (unit,) = json.loads(out)["plan"]["units"]
    assert (code, unit["change"], unit["stages"]) == (6, "blocked", [])
    assert [change["title"] for change in unit["changes"]] == ["Trigger", "Email: Hi"]
    trigger = unit["changes"][0]["in_words"][0]
    assert ("Ordered" in trigger["old"], "Seen" in trigger["new"]) == (True, True)
    text = project("plan", "--target", "Moved")[1]
    assert "    ~ Trigger\n" in text
    assert "“About Hello” -> “Hi”" in text
    page = project("plan", "--target", "Moved", "--format", "markdown")[1]
    assert "    class s1 changed\n" in page
    assert "changed: " in page


# Saved plans


def saved(project: Any) -> tuple[dict[str, Any], str]:
    """Save a plan; returns it as a document, and what an apply of it shows before it asks."""
    code, out, told = project("plan", "--out", "p.json", "--format", "json")
    assert code == 0, told
    code, shown, _ = project("apply", "p.json", *ALLOWED)
    assert code == 1
    return json.loads(out)["plan"], " ".join(shown.split())


def test_a_saved_plan_costs_what_the_plan_did(project: Any, tmp_path: Path):
    account = open_account(tmp_path / "sandbox.db")
    for _ in range(25):
        account.template()
    account.store.close()
    fresh, shown = saved(project)
    assert fresh["budget"]["calls"] > 40
    assert fresh["budget"]["text"] in shown


def test_a_saved_plan_shows_names_where_it_has_them_and_says_what_it_lacks(project: Any):
    fresh, shown = saved(project)
    (buyers,) = [unit for unit in fresh["units"] if unit["name"] == "Buyers"]
    words = [field[side] for field in buyers["changes"][0]["in_words"] for side in ("old", "new")]
    assert words
    for word in words:
        assert word in shown, word
    assert (
        'a saved plan does not hold flows as they were, so differences in "Edited", "Moved" are not all shown'
        in shown
    )


def plan_of(*units: Unit) -> Plan:
    return Plan(
        "tea", "AbC123", REVISION, 1, (Name("metric", "Ordered", "M1"), Name("flow", "New", None)), units
    )


class Unlimited(Client):
    """Stands for a client that counts no calls."""

    def __init__(self) -> None: ...

    def left_today(self, call: Call) -> int | None:
        return None


@pytest.mark.parametrize(
    ("stages", "change", "lacks"),
    [
        ((DeleteAction("1", "77", "send-email"),), "update", True),
        ((SetActionStatus("1", "77", "", "draft"),), "retire", True),
        ((SetActionStatus("1", None, "new", "live"),), "update", False),
        ((Retire("1", (Due("77", 60),)),), "retire", True),
        ((Retire("1"),), "retire", False),
        ((Retire("1"),), "replace", True),
        ((), "unchanged", False),
    ],
)
def test_only_what_needs_the_flow_as_it_was_is_said_to_lack(stages: Any, change: Any, lacks: bool):
    seen = view_of_saved(plan_of(Unit("flow", "F", change, "1", stages=stages)), Unlimited())
    assert any('differences in "F" are' in one for one in seen.warnings) is lacks


def test_a_saved_plan_that_lacks_much_names_three_flows_and_counts_the_others():
    gone = [Unit("flow", name, "replace", str(place)) for place, name in enumerate("ABCDE")]
    (told,) = [one for one in view_of_saved(plan_of(*gone), Unlimited()).warnings if "saved" in one]
    assert 'differences in "A", "B", "C" and 2 more are' in told


# No plan at all

FAILURES = {
    "a name that is none": (("--target", "Editd"), 3, 'did you mean "Edited"?'),
    "an option that is none": (("--bogus",), 1, "No such option"),
    "options that exclude each other": (("--quick", "--out", "x.json"), 1, "a quick plan has not read all"),
    "an account that is none": (("--account", "elsewhere"), 3, "elsewhere"),
}


@pytest.mark.parametrize("why", FAILURES)
def test_a_failure_is_told_in_the_form_that_was_asked_for(project: Any, why: str):
    given, wanted, words = FAILURES[why]
    code, out, told = project("plan", *given, "--format", "json")
    document = json.loads(out)
    assert (code, document["exit_code"], document["plan"]) == (wanted, wanted, None)
    assert words in document["error"]
    assert words in told
    code, out, told = project("plan", *given, "--format=markdown")
    assert (code, out.startswith("**There is no plan.**\n\n")) == (wanted, True)
    assert words in out.replace("\\", "")
    assert words in told
    assert project("plan", *given)[:2] == (wanted, "")


def test_an_account_without_a_right_key_is_told_on_the_page(project: Any, tmp_path: Path):
    settings = (tmp_path / "flowc.yaml").read_text()
    (tmp_path / "flowc.yaml").write_text(settings.replace("{embedded: sandbox.db}", "{key_env: NO_SUCH_KEY}"))
    code, out, _ = project("plan", "--format", "markdown")
    assert (code, out.startswith("**There is no plan.**\n\n")) == (Exit.CREDENTIALS, True)


def test_a_wrong_use_of_apply_is_a_document_too(project: Any):
    code, out, _ = project("apply", "--bogus", "--format", "json")
    document = json.loads(out)
    assert (code, document["kind"], document["exit_code"], document["done"]) == (1, "apply", 1, [])


def test_a_word_that_is_no_format_asks_for_none(project: Any):
    code, out, _ = project("plan", "--target", "json", "--format", "text")
    assert (code, out) == (3, "")


# Order


def test_diagnostics_stand_in_one_order_whatever_they_were_reached_through():
    vias = [(), *((Span("a.yaml", line),) for line in range(1, 12))]
    found = [
        Diagnostic("F313", "the same", Span("w.yaml", 6, 1), severity, via)
        for severity in ("error", "warning")
        for via in vias
    ]
    for order in (found, found[::-1], found[7:] + found[:7]):
        problems = Problems()
        problems.extend(order)
        assert list(problems) == found
