"""The content of templates between review, plan and apply: what nobody has reviewed never goes live."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from apply_worlds import REVISION, World, flow, plan_of, put_metric

from compiler.apply import Result, apply_plan, not_allowed
from compiler.diagnostics import Exit, Problems
from compiler.pipeline import compile_project
from compiler.plan.knowledge import Knowledge
from compiler.plan.units import Plan
from compiler.planning import Scope, plan_project

HACKED = "<p>Nobody has read this</p>"
DRAFT = flow("Mails", "Ordered", "draft", "One a", "1", "Two b")
FIRST, SECOND = "  - send-email: {name: One", "  - send-email: {name: Two"
LIVE = DRAFT.replace("status: draft", "status: live")


def fresh(folder: Path, specs: dict[str, str]) -> World:
    made = World(folder, specs)
    put_metric(made.store, "Ordered")
    return made


def respecified(world: World, **specs: str) -> None:
    for stem, text in specs.items():
        (world.folder / "flows" / f"{stem}.yaml").write_text(text)


def applied(world: World, plan: Plan | None = None) -> Result:
    result, _ = world.apply(plan=plan)
    assert result is not None
    return result


def rewrite(world: World, text: str, *, library: bool = False, html: str = HACKED) -> int:
    """Change the templates that have a text as the editor does: the library's, or those of messages."""
    with world.store.writing() as view:
        rows = [row for row in view.rows("template") if bool(row.parent) is not library]
        found = [row for row in rows if text in row.body["html"]]
        for row in found:
            view.put("template", row.id, {**row.body, "html": html}, parent=row.parent)
    return len(found)


def messages(world: World) -> set[str]:
    """The content of the templates that messages have of their own."""
    with world.store.reading() as view:
        return {row.body["html"] for row in view.rows("template") if row.parent}


def statuses(world: World) -> list[str]:
    with world.store.reading() as view:
        return [row.body["status"] for row in view.rows("flow", parent="")]


RAISES = {
    "the whole flow": LIVE,
    "one message": LIVE.replace(FIRST, FIRST.replace("- ", "- status: draft\n    ")),
    "to be sent by hand": DRAFT.replace(SECOND, SECOND.replace("- ", "- status: manual\n    ")),
}


@pytest.mark.parametrize("flow_status", ["follows", "separate"])
@pytest.mark.parametrize("raised", RAISES)
def test_a_plan_that_lets_a_message_send_is_stale_once_its_content_is_another(
    tmp_path: Path, raised: str, flow_status: Any
):
    world = fresh(tmp_path, {"mails": DRAFT})
    assert applied(world).exit_code is Exit.DONE
    respecified(world, mails=RAISES[raised])
    plan = plan_of(world, Knowledge(flow_status=flow_status))
    assert rewrite(world, "Letter b") == 1
    result = applied(world, plan)
    assert result.exit_code is Exit.STALE, result
    assert 'flow "Mails" has changed since the plan was made' in result.stopped
    assert statuses(world) == ["draft"]
    assert applied(world).exit_code is Exit.DONE
    assert HACKED not in messages(world)
    world.close()


def test_a_message_that_a_spec_names_by_its_own_id_is_looked_at_before_it_sends(tmp_path: Path):
    world = fresh(tmp_path, {"mails": DRAFT})
    assert applied(world).exit_code is Exit.DONE
    with world.store.reading() as view:
        ids = {row.body["html"].strip(): row.id for row in view.rows("template") if row.parent}
    text = LIVE
    for letter in "ab":
        text = text.replace(f"file: emails/{letter}.html", "id: " + ids[f"<p>Letter {letter}</p>"])
    respecified(world, mails=text)
    plan = plan_of(world)
    assert [unit.change for unit in plan.units] == ["update"]
    assert rewrite(world, "Letter b") == 1
    assert applied(world, plan).exit_code is Exit.STALE
    assert statuses(world) == ["draft"]
    world.close()


def test_what_changes_in_a_message_that_stays_as_it_is_leaves_a_plan_valid(tmp_path: Path):
    world = fresh(tmp_path, {"mails": LIVE.replace(FIRST, FIRST.replace("- ", "- status: draft\n    "))})
    assert applied(world).exit_code is Exit.DONE
    respecified(world, mails=LIVE)
    plan = plan_of(world)
    assert rewrite(world, "Letter b") == 1
    assert applied(world, plan).exit_code is Exit.DONE, (
        "the second mail sends already, and nobody asked for a change"
    )
    world.close()


# Templates of the library


SECOND_FLOW = flow("More", "Ordered", "live", "Three a")


def library(world: World) -> list[str]:
    with world.store.reading() as view:
        return [row.body["html"] for row in view.rows("template") if not row.parent]


def changing(plan: Plan) -> list[str]:
    return [f"{unit.change} {unit.kind}" for unit in plan.units if unit.change != "unchanged"]


def test_a_template_changed_under_its_name_is_set_back_before_a_flow_takes_it(tmp_path: Path):
    world = fresh(tmp_path, {"mails": LIVE})
    assert applied(world).exit_code is Exit.DONE
    before = messages(world)
    assert rewrite(world, "Letter a", library=True) == 1
    assert changing(plan_of(world)) == [], "no flow takes it, and the copies are as they were"
    respecified(world, more=SECOND_FLOW)
    plan = plan_of(world)
    assert changing(plan) == ["update template", "create flow"]
    assert [type(stage).__name__ for stage in plan.units[0].stages] == ["RestoreTemplate"]
    assert "somebody changed it in the account" in plan.units[0].reasons[0]
    result = applied(world, plan)
    assert result.exit_code is Exit.DONE, result
    assert messages(world) == before
    assert HACKED not in library(world)
    assert changing(plan_of(world)) == []
    assert applied(world, plan).exit_code is Exit.DONE
    world.close()


def test_a_quick_plan_that_reads_no_content_says_nothing_of_it(tmp_path: Path):
    world = fresh(tmp_path, {"mails": LIVE})
    assert applied(world).exit_code is Exit.DONE
    assert rewrite(world, "Letter a", library=True) == 1
    respecified(world, more=SECOND_FLOW)
    compiled = compile_project(world.project, revision=REVISION, account={"name": "sandbox"}, lint=False)
    client, _ = world.client()
    with client:
        scope = Scope(world.project, REVISION, quick=True)
        plan = plan_project(compiled.compiled, client, scope, Problems(), len).plan
    assert changing(plan) == ["create flow"]
    world.close()


def test_a_flow_that_took_a_changed_template_gets_the_files_content_again(tmp_path: Path):
    world = fresh(tmp_path, {"mails": LIVE})
    assert applied(world).exit_code is Exit.DONE
    assert rewrite(world, "Letter a", library=True) == 1
    assert rewrite(world, "Letter a") == 1
    assert changing(plan_of(world)) == ["update template", "update flow"]
    assert applied(world).exit_code is Exit.DONE
    assert HACKED not in messages(world)
    assert changing(plan_of(world)) == []
    world.close()


def test_a_template_changed_since_the_plan_stops_the_flow_that_would_take_it(tmp_path: Path):
    world = fresh(tmp_path, {"mails": LIVE})
    assert applied(world).exit_code is Exit.DONE
    respecified(world, more=SECOND_FLOW)
    plan = plan_of(world)
    assert changing(plan) == ["create flow"]
    assert rewrite(world, "Letter a", library=True) == 1
    result = applied(world, plan)
    assert result.exit_code is Exit.STALE, result
    assert "emails/a.html@" in result.stopped
    assert "was changed in the account since the plan was made" in result.stopped
    assert statuses(world) == ["live"], "nothing was made"
    world.close()


def test_a_template_of_that_name_that_came_since_the_plan_is_looked_at_too(tmp_path: Path):
    world = fresh(tmp_path, {"mails": LIVE})
    plan = plan_of(world)
    name = next(unit.name for unit in plan.units if unit.kind == "template")
    put_template(world, name, HACKED)
    result = applied(world, plan)
    assert (result.exit_code, result.done) == (Exit.STALE, ()), (
        "nothing of it was done, not even what comes first"
    )
    assert f'"{name}" was changed in the account' in result.stopped
    assert statuses(world) == []
    assert "update template" in changing(plan_of(world))
    assert applied(world).exit_code is Exit.DONE
    assert HACKED not in messages(world)
    world.close()


def test_a_template_that_changes_while_the_plan_is_applied_stops_the_flow_that_is_next(tmp_path: Path):
    world = fresh(tmp_path, {"mails": LIVE})
    assert applied(world).exit_code is Exit.DONE
    respecified(world, more=SECOND_FLOW, third=flow("Third", "Ordered", "live", "Four b"))
    plan = plan_of(world)
    assert changing(plan) == ["create flow", "create flow"]

    def while_at_it(said: str) -> None:
        if "Third" in said:
            rewrite(world, "Letter b", library=True)

    client, _ = world.client()
    with client:
        result = apply_plan(plan, replace(world.run(client), note=while_at_it))
    assert (result.exit_code, result.done) == (Exit.PARTIAL, ('create flow "More"',))
    assert result.waiting == ('create flow "Third"',)
    assert "was changed in the account since the plan was made" in result.stopped
    assert statuses(world) == ["live", "live"], "the third was not made"
    world.close()


def test_a_template_that_is_set_back_by_hand_in_the_meantime_is_left(tmp_path: Path):
    world = fresh(tmp_path, {"mails": LIVE})
    assert applied(world).exit_code is Exit.DONE
    assert rewrite(world, "Letter a", library=True) == 1
    respecified(world, more=SECOND_FLOW)
    plan = plan_of(world)
    assert rewrite(world, HACKED, library=True, html="<p>Letter a</p>\n") == 1
    result, faults = world.apply(plan=plan)
    assert result is not None
    assert result.exit_code is Exit.DONE
    assert not [line for line in faults.log if line.startswith("PATCH /api/templates")]
    world.close()


@pytest.mark.parametrize("way", ["killed before", "killed after", "timeout after", "500"])
def test_setting_a_template_back_survives_a_run_that_ends_in_it(tmp_path: Path, way: str):
    world = fresh(tmp_path, {"mails": LIVE})
    assert applied(world).exit_code is Exit.DONE
    assert rewrite(world, "Letter a", library=True) == 1
    respecified(world, more=SECOND_FLOW)
    _, faults = world.apply(way, at=1)
    assert faults.log[1].startswith("PATCH /api/templates/"), faults.log
    world.pass_seconds(3600)
    assert applied(world).exit_code is Exit.DONE
    assert HACKED not in [*library(world), *messages(world)]
    world.close()


def put_template(world: World, name: str, html: str) -> None:
    with world.store.writing() as view:
        body = {"name": name, "editor_type": "CODE", "html": html, "text": None, "created": "", "updated": ""}
        view.put("template", view.new_id("template"), body, parent="")


def test_a_copy_changed_under_its_name_blocks_until_a_person_moves_it(tmp_path: Path):
    cloned = LIVE.replace("{file: emails/a.html}", "{clone: Library}")
    world = fresh(tmp_path, {"mails": cloned})
    put_template(world, "Library", "<p>Copy me</p>")
    assert applied(world).exit_code is Exit.DONE
    respecified(world, more=SECOND_FLOW.replace("{file: emails/a.html}", "{clone: Library}"))
    assert changing(plan_of(world)) == ["create flow"]
    with world.store.writing() as view:
        copy = next(row for row in view.rows("template") if row.body["name"].startswith("flowc/tea/Library@"))
        view.put("template", copy.id, {**copy.body, "html": HACKED})
    plan = plan_of(world)
    assert changing(plan) == ["blocked template", "create flow"]
    assert f"delete {copy.id} in the account, or rename it" in plan.units[0].reasons[0]
    assert not_allowed(plan, ("allow-live",)) != ()
    with world.store.writing() as view:
        view.put("template", copy.id, {**copy.body, "name": "Mine", "html": HACKED})
    assert applied(world).exit_code is Exit.DONE
    assert HACKED not in messages(world)
    world.close()
