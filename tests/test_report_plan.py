"""Plans as people read them: every kind of change in text, Markdown and JSON, as it was reviewed."""

import json
import re

import pytest
from model_account import Switches
from plan_cases import NAMES, decided, planned, read, seen
from plan_kit import case as pair_case
from plan_kit import flow_pair, knowledge, seeded
from syrupy.extensions.single_file import SingleFileSnapshotExtension, WriteMode

from compiler.diagnostics import Diagnostic, Span
from compiler.diff import diff_flows
from compiler.normalise import normalise_pair
from compiler.plan import stages as plan_stages
from compiler.plan.budget import calls_of
from compiler.plan.case import Ground
from compiler.plan.decide import decide_flow
from compiler.plan.stages import Stage
from compiler.plan.units import Unit
from compiler.report.fit import cells
from compiler.report.plan_calls import CALLS, calls
from compiler.report.plan_json import as_json
from compiler.report.plan_markdown import as_markdown
from compiler.report.plan_stages import TEXTS
from compiler.report.plan_text import as_text
from compiler.report.plan_view import view

FORMS = {
    "txt": lambda one: as_text(one, 60),
    "md": as_markdown,
    "json": as_json,
}
ANSI = re.compile(r"\x1b\[[0-9;]*m")


@pytest.mark.parametrize("form", FORMS)
@pytest.mark.parametrize("name", NAMES)
def test_a_plan_reads_as_it_was_reviewed(name, form, snapshot):
    class One(SingleFileSnapshotExtension):
        _write_mode = WriteMode.TEXT
        file_extension = form

    assert FORMS[form](seen(name)) == snapshot.use_extension(One)


@pytest.mark.parametrize("name", NAMES)
def test_no_line_is_wider_than_the_terminal_and_colours_change_no_word(name):
    one = seen(name)
    for width in (40, 60, 100):
        text = as_text(one, width)
        assert max(map(cells, text.splitlines())) <= width
        assert ANSI.sub("", as_text(one, width, colour=True)) == text
    assert not ANSI.search(text)


def test_a_terminal_shows_what_comes_green_and_what_goes_red():
    text = as_text(seen("filter-changed"), 60, colour=True)
    lines = [line for line in text.splitlines() if "last 30" in line or line.endswith("flow “Welcome”")]
    assert "\x1b[31m        - has placed" in text
    assert "\x1b[32m        + has placed" in text
    assert lines


@pytest.mark.parametrize(
    ("name", "counts", "summary"),
    [
        ("no-changes", {"unchanged": 1}, "No changes. Live matches the files."),
        ("flow-new", {"create": 1}, "Plan: 1 to create, 0 to change in place, 0 to replace, 0 to retire."),
        ("replace-forbidden", {"blocked": 1}, "Plan: 0 to create, 0 to change in place, 0 to replace, 0 to retire, 1 blocked."),
        ("segment-deleted", {"delete": 1}, "Plan: 0 to create, 0 to change in place, 0 to replace, 0 to retire, 1 to delete."),
    ],
)  # fmt: skip
def test_the_summary_counts_every_unit(name, counts, summary):
    one = seen(name)
    assert (one.counts, one.summary, one.empty) == (counts, summary, name == "no-changes")
    for form in FORMS.values():
        assert summary in " ".join(form(one).split())


def test_each_kind_of_edit_is_told_apart():
    told = {
        name: [(change.symbol, *change.kinds, *change.words) for change in seen(name).units[0].changes]
        for name in NAMES
        if name.startswith("step-") or name in ("filter-changed", "branches-swapped", "one-status-raised")
    }
    assert told == {
        "branches-swapped": [("~", "branches swapped")],
        "filter-changed": [("~", "changed", "re-filtered")],
        "one-status-raised": [("~", "changed", "status")],
        "step-deleted": [("-", "removed"), ("-", "removed")],
        "step-deleted-unprobed": [("-", "removed")],
        "step-inserted": [("+", "added"), ("+", "added")],
        "step-moved": [("~", "moved"), ("~", "moved")],
        "step-moved-in-draft": [("~", "moved")],
        "step-renamed": [("~", "changed", "renamed")],
        "step-retexted": [("~", "changed", "re-texted"), ("~", "changed", "re-texted")],
        "step-retimed": [("~", "changed", "re-timed")],
    }


# Calls, options, budget


@pytest.mark.parametrize("name", NAMES)
def test_the_calls_shown_are_the_calls_counted(name):
    plan, _ = decided(read(name))
    for stage in (stage for unit in plan.units for stage in unit.stages):
        shown = [
            re.sub(r"/(flows|flow-actions|segments|tags)/(?!$)(\{[^}]*\}|[^/]+)", r"/\1/{id}", one)
            for one in calls(stage)
        ]
        assert shown == [call.endpoint for call in calls_of(stage)], stage


def test_every_stage_has_words_and_calls():
    kinds = set(Stage.__args__)
    assert set(TEXTS) == set(CALLS) == kinds


def test_an_option_is_asked_for_with_the_stages_that_need_it():
    (unit,) = seen("step-deleted").units
    assert [(need.option, need.because) for need in unit.needs] == [
        ("--allow-live", ("delete Wait 2 days: who waits there goes on at once",))
    ]
    assert [stage.needs for stage in unit.stages] == [None, "allow-live", None]
    assert seen("draft-replaced").needs == ("--allow-replace",)
    assert seen("trigger-changed").needs == ("--allow-replace",)


def test_the_budget_line_says_creates_calls_and_time():
    plan, diffs = decided(read("flow-new"))
    assert view(plan, diffs).budget == "creates at least 1 of 100 today, 28 calls, about 44 s"
    left = view(plan, diffs, left={"flow_creates": 97})
    assert left.budget == "creates at least 1 of 97 left today, 28 calls, about 44 s"
    assert left.warnings == ()
    spent = view(plan, diffs, left={"flow_creates": 0}, warnings=["4 of 10 would be replaced"])
    assert spent.warnings == (
        "4 of 10 would be replaced",
        "1 create of a flow is needed, and at most 0 are left today",
    )
    assert "Warning: 4 of 10" in as_text(spent)
    assert "> [!WARNING]\n> 4 of 10 would be replaced\n> 1 create of a flow" in as_markdown(spent)


def test_a_large_plan_says_all_limits_and_a_longer_time():
    units = [Unit("flow", str(n), "create", stages=(plan_stages.CreateFlow(str(n)),)) for n in range(40)]
    made = plan_stages.CreateSegment("S", {})
    units.append(Unit("segment", "S", "create", stages=(made, made)))
    units.append(Unit("segment", "T", "update", "T1", stages=(plan_stages.UpdateSegment("T1", ()),)))
    one = view(planned(*units), {})
    assert (
        one.budget
        == "creates at least 40 flows of 100, 2 segments of 100, updates at least 1 segment of 100 today, "
        "181 calls, about 3 min"
    )
    many = [
        Unit("flow", str(n), "create", stages=(plan_stages.CreateFlow(str(n)),) * 2_000) for n in range(1)
    ]
    assert view(planned(*many), {}).budget.endswith("about 2 hours")


# Generated pairs


def generated(seed, size=14, edits=4):
    live, desired = flow_pair(seed, size, edits)
    model, flow = seeded(live, desired, Switches())
    case = pair_case(model, flow, desired)
    diff = diff_flows(*normalise_pair(case.live["definition"], desired, model.templates))
    unit = decide_flow(case, Ground("2026-10-15", "flowc", knowledge(model.switches)))
    return planned(unit), {str(unit.id): diff}


@pytest.mark.parametrize("seed", range(25))
def test_every_generated_edit_can_be_read_in_every_form(seed):
    plan, diffs = generated(seed)
    one = view(plan, diffs)
    (diff,) = diffs.values()
    for unit in one.units:
        gone = [change.live for change in unit.changes if change.kinds == ("removed",)]
        new = [change.desired for change in unit.changes if change.kinds == ("added",)]
        assert sorted(gone) == sorted(diff.match.deleted)
        assert new == list(diff.match.inserted)
        assert {card.key for card in unit.picture.cards if card.mark == "added"} == set(new)
        assert len([card for card in unit.picture.cards if card.mark == "removed"]) == len(gone)
        keys = {card.key for card in unit.picture.cards}
        assert {way.target for card in unit.picture.cards for way in card.ways} - {None} <= keys
    assert max(map(cells, as_text(one, 60).splitlines())) <= 60
    assert len(as_markdown(one, 6_000)) <= 6_000
    found = json.loads(as_json(one))
    assert found["format_version"] == 1
    assert len(found["plan"]["units"]) == len(one.units)


# Failure


def test_a_failure_has_the_same_keys_as_a_plan():
    wrong = Diagnostic("F201", "no trigger", Span("a.yaml", 3, 1))
    failed = json.loads(as_json(None, error="the specs are wrong", exit_code=3, diagnostics=[wrong]))
    done = json.loads(as_json(seen("no-changes")))
    assert failed.keys() == done.keys()
    assert (failed["plan"], failed["error"], failed["exit_code"]) == (None, "the specs are wrong", 3)
    assert failed["diagnostics"][0]["line"] == 3
    assert (done["error"], done["exit_code"], done["diagnostics"]) == (None, 0, [])


def test_a_plan_that_is_refused_is_told_with_its_error():
    found = json.loads(as_json(seen("trigger-changed"), error="--allow-replace is needed", exit_code=6))
    assert (found["exit_code"], found["plan"]["needs"]) == (6, ["--allow-replace"])
