"""``plan``, ``apply`` and ``unlock`` as a person types them."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from apply_worlds import AFTER, BEFORE, before_file, write_specs


@pytest.fixture
def project(tmp_path: Path, run: Any) -> Any:
    write_specs(tmp_path, AFTER)
    (tmp_path / "sandbox.db").write_bytes(before_file().read_bytes())
    return run


ALLOWED = ("--allow-replace", "--allow-live", "--allow-delete")
NONE = "No changes. Live matches the files.\n"


def test_a_plan_is_shown_saved_applied_and_then_nothing_is_left(project: Any, tmp_path: Path):
    code, out, _ = project("plan", "--out", "plan.json", "--detailed-exitcode")
    assert code == 2
    assert (
        "Plan: 4 to create (1 flow, 1 segment, 1 template, 1 tag), 3 to change in place (2 flows, 1 segment),"
        in out
    )
    code, out, told = project("apply", "plan.json", "--yes", *ALLOWED)
    assert code == 0, told
    assert 'done: replace flow "Moved"\n' in out
    assert project("plan", "--detailed-exitcode")[:2] == (0, NONE)
    assert (tmp_path / ".flowc" / "journal").is_dir()
    assert project("apply", "--yes")[:2] == (0, f"{NONE}nothing to do\n")


def test_apply_without_its_options_does_nothing(project: Any):
    code, _, told = project("apply", "--yes")
    assert code == 6
    assert "needs --allow-replace" in told
    assert project("plan", "--detailed-exitcode")[0] == 2


def test_apply_asks_or_wants_to_be_told(project: Any):
    code, _, told = project("apply", *ALLOWED)
    assert code == 1
    assert "say --yes where nobody can be asked" in told


def test_a_plan_is_not_saved_as_a_folder(project: Any):
    code, out, told = project("plan", "--out", "flows")
    assert (code, out) == (1, "")
    assert "File 'flows' is a directory" in told


def test_a_plan_edited_by_hand_is_refused(project: Any, tmp_path: Path):
    project("plan", "--out", "plan.json")
    file = tmp_path / "plan.json"
    file.write_text(file.read_text().replace("About Last", "About first"))
    code, _, told = project("apply", "plan.json", "--yes", *ALLOWED)
    assert code == 7
    assert "was changed after it was saved" in told
    file.write_text(file.read_text()[:500])
    assert project("apply", "plan.json", "--yes")[0] == 3


def test_a_replace_says_whether_past_profiles_could_be_added(project: Any):
    moved = ("plan", "--target", "Moved")
    assert "    Add past profiles\n" in project(*moved)[1]
    units = json.loads(project(*moved, "--format", "json")[1])["plan"]["units"]
    [past] = [unit["past_profiles"] for unit in units if unit["change"] == "replace"]
    assert past["eligible"] is False
    assert "Past profiles cannot be added to the new flow" in project(*moved)[1].replace("\n      ", " ")
    assert "<details><summary>Add past profiles</summary>" in project(*moved, "--format", "markdown")[1]
    assert all(unit["past_profiles"] is None for unit in units if unit["change"] != "replace")


def test_json_is_one_document_in_every_case(project: Any, tmp_path: Path):
    code, out, _ = project("plan", "--format", "json")
    assert code == 0
    assert json.loads(out)["plan"]["units"]
    code, out, _ = project("apply", "--yes", "--format", "json")
    assert (code, json.loads(out)["exit_code"]) == (6, 6)
    code, out, _ = project("apply", "--yes", "--format", "json", *ALLOWED)
    assert (code, len(json.loads(out)["done"])) == (0, 10)
    (tmp_path / "flows" / "edited.yaml").write_text("kind: flow\nname: X\nsteps: 3\n")
    code, out, _ = project("plan", "--format", "json")
    assert code == 3
    assert json.loads(out)["plan"] is None


def test_a_plan_can_be_of_one_flow_alone(project: Any):
    code, out, _ = project("plan", "--target", "Edited")
    assert code == 0
    assert "Plan: 1 to create, 1 to change in place, 0 to replace, 0 to retire." in out
    code, _, told = project("plan", "--target", "Editd")
    assert (code, 'did you mean "Edited"?' in told) == (3, True)


def test_markdown_and_quick_are_plans_too(project: Any):
    assert "mermaid" in project("plan", "--format", "markdown")[1]
    code, out, _ = project("plan", "--quick")
    assert code == 0
    assert "did not read triggers" in out
    assert project("plan", "--quick", "--out", "plan.json")[0] != 0


def test_an_account_without_a_lock_has_none_to_release(project: Any):
    assert project("unlock")[:2] == (0, "there is no lock\n")


def test_blocked_units_end_with_what_is_not_allowed(project: Any, tmp_path: Path):
    file = tmp_path / "flows" / "moved.yaml"
    file.write_text(file.read_text() + "prevent_replace: true\n")
    assert project("plan")[0] == 6
    code, _, told = project("apply", "--yes", *ALLOWED)
    assert code == 6
    assert "prevent_replace: true forbids" in told


EMPTY = (
    "The account lacks what no apply can make:\n"
    "  metric: exists from its first event on; connect what sends it, or send one event\n"
)


def test_what_an_empty_account_lacks_is_listed_with_who_must_do_what(project: Any, tmp_path: Path):
    (tmp_path / "sandbox.db").unlink()
    code, _, told = project("plan")
    assert code == 3
    assert 'F313 the account has no metric "Ordered"' in told
    assert f'{EMPTY}    "Ordered" (flows/buyers.yaml:4 and 3 more)\n    "Seen" (flows/moved.yaml:4)\n' in told
    code, out, _ = project("plan", "--format", "json")
    found = json.loads(out)
    assert (code, found["exit_code"], found["plan"]) == (3, 3, None)
    assert [(one["kind"], one["name"], one["places"]) for one in found["missing"]] == [
        ("metric", "Ordered", 4),
        ("metric", "Seen", 1),
    ]
    code, out, _ = project("plan", "--format", "markdown")
    assert code == 3
    assert (
        "- metric: exists from its first event on; connect what sends it, or send one event: `Ordered`" in out
    )


def test_a_broken_spec_is_told_in_markdown_too(project: Any, tmp_path: Path):
    (tmp_path / "flows" / "edited.yaml").write_text("kind: flow\nname: X\nsteps: 3\n")
    code, out, _ = project("plan", "--format", "markdown")
    assert (code, out.splitlines()[2].startswith("- flows/edited.yaml:3:8 F")) == (3, True)


def test_a_likely_renaming_is_told_in_every_form(project: Any, tmp_path: Path):
    (tmp_path / "flows" / "grown.yaml").write_text(BEFORE["grown"].replace("name: Grown", "name: Other"))
    assert "F322" in project("plan")[2]
    assert "F322" in project("plan", "--format", "markdown")[1]
    assert [one["code"] for one in json.loads(project("plan", "--format", "json")[1])["diagnostics"]] == [
        "F322"
    ]


def test_a_plan_that_removes_too_much_needs_its_own_option(project: Any, tmp_path: Path):
    kept = (tmp_path / "flows" / "edited.yaml").read_text()
    for number in range(12):
        text = kept.replace("name: Edited", f"name: Flow {number}")
        (tmp_path / "flows" / f"flow-{number}.yaml").write_text(text)
    assert project("apply", "--yes", *ALLOWED)[0] == 0
    for number in range(8):
        (tmp_path / "flows" / f"flow-{number}.yaml").unlink()
    code, out, _ = project("plan")
    assert code == 0
    assert "8 of 18 would be removed; more than 30% in one plan needs --allow-many" in " ".join(out.split())
    assert "It needs --allow-many." in out
    code, _, told = project("apply", "--yes", *ALLOWED)
    assert (code, "(retire) needs --allow-many" in told) == (6, True)
    assert project("apply", "--yes", "--allow-many")[0] == 0
