"""What goes with its spec, what still names it, in which order things go, and what a plan leaves out."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from apply_worlds import REVISION, World, flow, put_metric, segment

from compiler.diagnostics import Diagnostic, Exit, Problems
from compiler.pipeline import compile_project
from compiler.plan.units import Plan, Unit
from compiler.planning import Scope, plan_project

BASE = segment("Base", 1)
IN_BASE = "kind: segment\nname: Above\ndefinition:\n  - profile-group-membership: {is_member: true, groups: [Base]}\n"
ON_BASE = flow("On base", "Ordered", "live", "One a").replace(
    "steps:", "profile_filter:\n  - profile-group-membership: {is_member: true, groups: [Base]}\nsteps:"
)
SPECS = {"base": BASE, "above": IN_BASE, "on": ON_BASE}


@pytest.fixture
def world(tmp_path: Path) -> Any:
    """A project with a segment that another segment and a live flow's filter name, all of it applied."""
    made = World(tmp_path, SPECS)
    put_metric(made.store, "Ordered")
    result, _ = made.apply()
    assert result is not None
    assert result.exit_code is Exit.DONE, result
    yield made
    made.close()


def respecified(world: World, **specs: str | None) -> None:
    for stem, text in specs.items():
        path = world.folder / "flows" / f"{stem}.yaml"
        if text is None:
            path.unlink()
        else:
            path.write_text(text)


def plan_of(world: World) -> Plan:
    client, _ = world.client()
    with client:
        return world.plan(client).plan


def told(world: World) -> list[Diagnostic]:
    problems = Problems()
    compiled = compile_project(world.project, revision=REVISION, account={"name": "sandbox"}, lint=False)
    client, _ = world.client()
    with client:
        plan_project(compiled.compiled, client, Scope(world.project, REVISION), problems, len)
    return [one for one in problems if one.severity == "error"]


def changing(plan: Plan) -> list[str]:
    return [f"{unit.change} {unit.name}" for unit in plan.units if unit.stages]


def put_segment(world: World, name: str, definition: dict[str, Any]) -> None:
    with world.store.writing() as view:
        more = {"name": name, "is_active": True, "is_starred": False, "created": "", "updated": ""}
        view.put("segment", view.new_id("segment"), {"definition": definition, **more}, parent="")


def segments(world: World) -> list[str]:
    with world.store.reading() as view:
        return sorted(row.body["name"] for row in view.rows("segment", parent=""))


def test_a_segment_without_a_spec_that_specs_still_name_is_an_error_at_each_such_line(world: World):
    respecified(world, base=None)
    found = told(world)
    assert [(one.code, one.span.file, one.span.line) for one in found] == [
        ("F324", "flows/above.yaml", 4),
        ("F324", "flows/on.yaml", 6),
    ]
    assert 'no spec makes the segment "Base" any more' in found[0].message
    assert 'take the tag "flowc:tea" off it' in found[0].message


@pytest.mark.parametrize(
    "said", ["trigger: {segment: Base}", "trigger: {segment: {id: BASE}}", "trigger: {segment: {name: Base}}"]
)
def test_a_trigger_names_a_segment_too(world: World, said: str):
    with world.store.reading() as view:
        base = next(row.id for row in view.rows("segment") if row.body["name"] == "Base")
    text = flow("New", "Ordered", "draft", "One a").replace(
        "trigger: {metric: Ordered}", said.replace("BASE", base)
    )
    respecified(world, base=None, above=None, on=None, new=text)
    assert [(one.code, one.span.file, one.span.line) for one in told(world)] == [
        ("F324", "flows/new.yaml", 4)
    ]


def test_a_segment_whose_tag_is_taken_off_stays(world: World):
    respecified(world, base=None)
    with world.store.writing() as view:
        base = next(row.id for row in view.rows("segment") if row.body["name"] == "Base")
        for tag in view.rows("tag"):
            for one in view.rows("tagging", parent=tag.id):
                if one.body["id"] == base:
                    view.delete("tagging", one.id)
    assert told(world) == []
    assert changing(plan_of(world)) == []


def test_what_names_a_segment_goes_before_it(world: World):
    respecified(world, base=None, above=None, on=None, z=flow("Z", "Ordered", "draft", "One a"))
    plan = plan_of(world)
    assert changing(plan)[-2:] == ["delete Above", "delete Base"]


def test_segments_go_in_the_order_in_which_they_name_each_other(tmp_path: Path):
    chain = {f"s{name}": IN_BASE.replace("Above", name) for name in "AZ"}
    chain["sm"] = IN_BASE.replace("Above", "M").replace("Base", "Z")
    world = World(tmp_path, {"base": BASE, **chain})
    put_metric(world.store, "Ordered")
    world.apply()
    for stem in ("base", *chain):
        (world.folder / "flows" / f"{stem}.yaml").unlink()
    plan = plan_of(world)
    assert changing(plan) == ["delete A", "delete M", "delete Z", "delete Base"]
    result, _ = world.apply(plan=plan)
    assert result is not None
    assert result.exit_code is Exit.DONE
    assert segments(world) == []
    world.close()


def test_a_deletion_says_what_else_of_the_account_names_the_segment(world: World):
    with world.store.reading() as view:
        above = next(row for row in view.rows("segment") if row.body["name"] == "Above")
    put_segment(world, "By hand", above.body["definition"])
    respecified(world, base=None, above=None, on=None)
    units = {unit.name: unit for unit in plan_of(world).units}
    assert units["On base"].change == "retire"
    assert named_by(units["Base"]) == ['the segment "By hand"'], "the flow sends nothing any more"
    assert units["Above"].reasons == ("no spec names it any more",)


def named_by(unit: Unit) -> list[str]:
    """What a deletion's reasons say of who names the segment."""
    return [line.split(" names it")[0] for line in unit.reasons if " names it in a condition" in line]


@pytest.mark.parametrize("gone", [True, False])
def test_a_live_flow_that_goes_on_sending_is_flagged_where_its_filter_names_what_goes(
    tmp_path: Path, gone: bool
):
    later = ON_BASE.replace("status: live", "status: live\nretire: rolling") + "  - time-delay: 2 days\n"
    later += flow("X", "Ordered", "live", "Two b").split("steps:\n")[1]
    world = World(tmp_path, {"base": BASE, "on": later})
    for name in ("Ordered", "Seen"):
        put_metric(world.store, name)
    world.apply()
    free = "profile_filter:" + later.split("profile_filter:")[1].split("steps:")[0]
    respecified(world, base=None, on=None if gone else later.replace(free, ""))
    units = {unit.name: unit for unit in plan_of(world).units}
    assert units["On base"].change == ("retire" if gone else "replace")
    assert named_by(units["Base"]) == ['the live flow "On base"']
    world.close()


def test_a_flow_that_no_longer_names_it_after_an_edit_is_not_flagged(tmp_path: Path):
    asks = "  - conditional-split:\n      if:\n        - profile-group-membership: {is_member: true, groups: [Base]}\n"
    mail = flow("X", "Ordered", "live", "Two b").split("steps:\n")[1].replace("  - ", "    - ")
    split = flow("Splits", "Ordered", "live", "One a") + asks + f"      then:\n    {mail}      else: end\n"
    world = World(tmp_path, {"base": BASE, "splits": split})
    put_metric(world.store, "Ordered")
    result, _ = world.apply()
    assert result is not None
    assert result.exit_code is Exit.DONE, result
    other = "profile-metric: {metric: Ordered, count: {greater-than-or-equal: 3}, timeframe: alltime}"
    changed = split.replace("profile-group-membership: {is_member: true, groups: [Base]}", other)
    respecified(world, base=None, splits=changed)
    assert [(unit.change, named_by(unit)) for unit in plan_of(world).units if unit.stages] == [
        ("update", []),
        ("delete", []),
    ]
    world.close()


# What a plan of some specs leaves out


ON_BASE_ALONE = flow("On base", "Ordered", "live", "One a").replace(
    "trigger: {metric: Ordered}", "trigger: {segment: Base}"
)


@pytest.fixture
def project(tmp_path: Path, run: Any) -> Any:
    """A project of a segment, a flow on it and a third spec, none of which the account has."""
    made = World(tmp_path, {"base": BASE, "on": ON_BASE_ALONE, "above": IN_BASE})
    put_metric(made.store, "Ordered")
    made.close()
    return run


@pytest.mark.parametrize("chosen", [("--target", "On base"), ("flows/on.yaml",)])
def test_a_plan_of_some_specs_says_which_other_spec_makes_what_they_name(
    project: Any, chosen: tuple[str, ...]
):
    code, _, said = project("plan", *chosen)
    assert code == 3
    assert (
        'flows/on.yaml:4:20 F325 flows/base.yaml makes the segment "Base", which the account does not have yet, and'
        ' this plan leaves it out: add --target "Base", or its file'
    ) in said
    assert "The account lacks" not in said


@pytest.mark.parametrize(
    "chosen", [("--target", "On base", "--target", "Base"), ("flows/on.yaml", "flows/base.yaml"), ()]
)
def test_a_plan_with_what_makes_it_is_whole(project: Any, chosen: tuple[str, ...]):
    code, out, said = project("plan", *chosen)
    assert code == 0, said
    assert "segment “Base”" in out


def test_a_group_in_a_condition_is_found_in_another_spec_too(project: Any):
    assert "F325 flows/base.yaml makes the segment" in project("plan", "--target", "Above")[2]


def test_what_no_spec_makes_is_still_what_the_account_lacks(project: Any, tmp_path: Path):
    (tmp_path / "flows" / "base.yaml").write_text(BASE.replace("name: Base", "name: Basis"))
    code, _, said = project("plan", "--target", "On base")
    assert code == 3
    assert "F313" in said
    assert "The account lacks" in said
