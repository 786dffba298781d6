"""What must still be true when a saved plan is applied: whose the things are, what they hold, what they have sent."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import httpx
import pytest
from apply_worlds import REVISION, WAYS, World, flow, put_metric, segment, write_specs

from compiler.apply import Result, apply_plan
from compiler.client import calls
from compiler.diagnostics import Exit, Problems
from compiler.pipeline import compile_project
from compiler.plan.stages import DeleteFlow
from compiler.plan.units import Plan
from compiler.planning import Scope, plan_project, unsent

DAY = 86_400
BUYERS = segment("Buyers", 1)
DRAFT = flow("Draft", "Ordered", "draft", "Hello a")
LIVE = flow("Live", "Ordered", "live", "Hello a", "3", "Again a")
CLONED = DRAFT.replace("{file: emails/a.html}", "{clone: Base layout}")
NOTHING: dict[str, str] = {"other": flow("Other", "Ordered", "draft", "Bye b")}


@pytest.fixture
def world(tmp_path: Path) -> Iterator[World]:
    made = World(tmp_path, {})
    for name in ("Ordered", "Seen"):
        put_metric(made.store, name)
    yield made
    made.close()


def plan_of(world: World) -> Plan:
    """Plan as the command does, with what only a report can tell."""
    compiled = compile_project(world.project, revision=REVISION, account={"name": "sandbox"}, lint=False)
    client, _ = world.client()
    problems = Problems()
    with client:
        scope = Scope(world.project, REVISION, now=world.now)
        plan = plan_project(compiled.compiled, client, scope, problems, len).plan
    assert not problems.errors, list(problems)
    return plan


def applied(world: World, specs: dict[str, str]) -> None:
    write_specs(world.folder, specs)
    result, _ = world.apply(plan=plan_of(world))
    assert result is not None
    assert result.exit_code is Exit.DONE, result
    world.pass_seconds(2 * DAY)  # the figures of what nobody has touched for a day are complete


def planned(world: World, specs: dict[str, str]) -> Plan:
    write_specs(world.folder, specs)
    return plan_of(world)


def changing(plan: Plan) -> list[str]:
    return [f"{unit.change} {unit.kind} {unit.name}" for unit in plan.units if unit.stages]


def content(world: World) -> list[Any]:
    """Everything in the account that an apply could change, without what the lock leaves."""
    kinds = ("flow", "segment", "template", "tag", "tagging", "flow-action")
    with world.store.reading() as view:
        rows = [(kind, row.id, row.parent, row.body) for kind in kinds for row in view.rows(kind)]
    return [row for row in rows if "lock" not in str(row[3].get("name"))]


def refused_whole(world: World, plan: Plan, *says: str) -> None:
    """Check that a plan is stale, for these reasons, and that nothing was done."""
    before = content(world)
    result, _ = world.apply(plan=plan)
    assert result is not None
    assert (result.exit_code, result.done) == (Exit.STALE, ()), result
    for words in says:
        assert words in result.stopped
    assert content(world) == before


def id_of(world: World, kind: str, name: str) -> str:
    with world.store.reading() as view:
        return next(row.id for row in view.rows(kind) if not row.parent and row.body["name"] == name)


def untag(world: World, kind: str, name: str, tag: str = "flowc:tea") -> None:
    """Take every tag that begins so off a thing, as a person does."""
    thing = id_of(world, kind, name)
    with world.store.writing() as view:
        for row in view.rows("tag"):
            for one in view.rows("tagging", parent=row.id):
                if one.body["id"] == thing and row.body["name"].startswith(tag):
                    view.delete("tagging", one.id)


def set_status(world: World, name: str, status: str) -> None:
    client, _ = world.client()
    identifier = id_of(world, "flow", name)
    with client:
        body = {"data": {"type": "flow", "id": identifier, "attributes": {"status": status}}}
        client.write(calls.UPDATE_FLOW, identifier, body=body)


def put_template(world: World, name: str, html: str) -> str:
    body = {"name": name, "editor_type": "CODE", "html": html, "text": None, "created": "", "updated": ""}
    with world.store.writing() as view:
        identifier = view.new_id("template")
        view.put("template", identifier, body, parent="")
    return identifier


def delete_template(world: World, name: str) -> None:
    client, _ = world.client()
    with client:
        client.write(calls.DELETE_TEMPLATE, id_of(world, "template", name))


def rewrite_template(world: World, name: str, html: str) -> None:
    identifier = id_of(world, "template", name)
    client, _ = world.client()
    with client:
        body = {"data": {"type": "template", "id": identifier, "attributes": {"html": html}}}
        client.write(calls.UPDATE_TEMPLATE, identifier, body=body)


def copies(world: World) -> list[str]:
    """The names of the templates that the project has made."""
    with world.store.reading() as view:
        names = [row.body["name"] for row in view.rows("template") if not row.parent]
    return sorted(name for name in names if name.startswith("flowc/"))


# Whose things are


@pytest.mark.parametrize(
    ("kind", "name"), [("segment", "Buyers"), ("flow", "Live"), ("flow", "Draft")], ids=lambda one: one
)
def test_what_lost_the_projects_tag_since_the_plan_is_not_taken_away(world: World, kind: str, name: str):
    applied(world, {"buyers": BUYERS, "live": LIVE, "draft": DRAFT})
    plan = planned(world, NOTHING)
    assert len([one for one in changing(plan) if one.split()[0] in ("retire", "delete")]) == 3
    untag(world, kind, name)
    refused_whole(world, plan, f'{kind} "{name}" (', ') carries the tag "flowc:tea" no more')
    applied(world, NOTHING)
    assert id_of(world, kind, name)


def test_a_draft_that_lost_the_projects_tag_since_the_plan_is_not_deleted(world: World):
    applied(world, {"draft": DRAFT})
    plan = planned(world, {"draft": DRAFT.replace("Ordered", "Seen")})
    assert any(isinstance(stage, DeleteFlow) for unit in plan.units for stage in unit.stages)
    untag(world, "flow", "Draft")
    refused_whole(world, plan, 'flow "Draft" (', ") carries the tag")


def test_a_retired_flow_that_somebody_took_back_into_service_does_not_stop(world: World):
    applied(world, {"live": LIVE})
    write_specs(world.folder, NOTHING)
    result, _ = world.apply(plan=plan_of(world))
    assert result is not None
    assert result.exit_code is Exit.DONE, result
    world.pass_seconds(5 * DAY)
    plan = planned(world, NOTHING)
    assert changing(plan) == ["retire flow Live"]
    untag(world, "flow", "Live", "flowc-retired")
    refused_whole(world, plan, 'flow "Live" (')


def test_a_flow_whose_place_another_has_taken_needs_no_tag_to_go(world: World):
    """An interrupted replace, whose journal is lost, has left a flow that never was tagged."""
    applied(world, {"live": LIVE})
    untag(world, "flow", "Live")
    write_specs(world.folder, {"live": LIVE.replace("Ordered", "Seen")})
    result, _ = world.apply("killed after", 4, plan=plan_of(world))
    assert result is None
    for journal in (world.folder / ".flowc" / "journal").rglob("*.jsonl"):
        journal.unlink()
    world.pass_seconds(DAY)
    plan = plan_of(world)
    assert "retire flow Live" in changing(plan)
    result, _ = world.apply(plan=plan)
    assert result is not None
    assert result.exit_code is Exit.DONE, result


def put_naming(world: World, named: str) -> None:
    group = {"type": "profile-group-membership", "is_member": True, "group_ids": [named]}
    definition = {"condition_groups": [{"conditions": [group]}]}
    attributes = {"name": "By hand", "definition": definition}
    client, _ = world.client()
    with client:
        client.write(calls.CREATE_SEGMENT, body={"data": {"type": "segment", "attributes": attributes}})
    world.pass_seconds(3600)


def test_a_segment_that_another_names_since_the_plan_is_not_deleted(world: World):
    applied(world, {"buyers": BUYERS})
    plan = planned(world, NOTHING)
    put_naming(world, id_of(world, "segment", "Buyers"))
    refused_whole(world, plan, 'the segment "By hand" (', ') names the segment "Buyers" by now')


def test_a_segment_that_another_named_when_it_was_planned_is_deleted_as_reviewed(world: World):
    applied(world, {"buyers": BUYERS})
    put_naming(world, id_of(world, "segment", "Buyers"))
    plan = planned(world, NOTHING)
    assert any('"By hand" names it' in reason for unit in plan.units for reason in unit.reasons)
    result, _ = world.apply(plan=plan)
    assert result is not None
    assert result.exit_code is Exit.DONE, result


def test_a_segment_that_somebody_deleted_in_the_meantime_is_done_whatever_names_it(world: World):
    applied(world, {"buyers": BUYERS})
    plan = planned(world, NOTHING)
    buyers = id_of(world, "segment", "Buyers")
    put_naming(world, buyers)
    with world.store.writing() as view:
        view.delete("segment", buyers)
    result, _ = world.apply(plan=plan)
    assert result is not None
    assert result.exit_code is Exit.DONE, result


# What was sent


MADE, DELETED = 4, 6  # which of the writes below makes the new flow, and which deletes the draft


@pytest.fixture
def draft_goes(world: World) -> Plan:
    """A plan that replaces a draft from which nobody ever got a message, and makes a segment before that."""
    applied(world, {"draft": DRAFT})
    plan = planned(world, {"draft": DRAFT.replace("Ordered", "Seen"), "buyers": BUYERS})
    [unit] = [unit for unit in plan.units if unit.change == "replace"]
    assert [stage for stage in unit.stages if isinstance(stage, DeleteFlow)]
    return plan


def test_a_draft_that_was_live_since_the_plan_is_not_deleted(world: World, draft_goes: Plan):
    set_status(world, "Draft", "live")
    world.pass_seconds(DAY / 2)
    set_status(world, "Draft", "draft")
    refused_whole(
        world, draft_goes, 'the draft "Draft" (', f"may not be deleted any more: {unsent.TOUCHED_LATELY}"
    )


def test_a_draft_of_which_nobody_can_tell_any_more_is_not_deleted(
    world: World, draft_goes: Plan, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr(unsent, "_recipients", lambda *_: iter([id_of(world, "flow", "Draft")]))
    refused_whole(world, draft_goes, unsent.SENT)


def test_a_draft_that_nobody_touched_is_deleted_with_one_report(world: World, draft_goes: Plan):
    old = id_of(world, "flow", "Draft")
    result, faults = world.apply(plan=draft_goes)
    assert result is not None
    assert result.exit_code is Exit.DONE, result
    assert len([line for line in faults.log if "flow-values-reports" in line]) == 1
    assert id_of(world, "flow", "Draft") != old
    again, faults = world.apply(plan=draft_goes)
    assert again is not None
    assert again.exit_code is Exit.DONE, again
    assert not [line for line in faults.log if "flow-values-reports" in line], (
        "there is no draft left to ask for"
    )


def test_a_draft_that_is_touched_while_the_plan_is_applied_is_not_deleted(world: World, draft_goes: Plan):
    old = id_of(world, "flow", "Draft")

    def while_at_it(said: str) -> None:
        if said.startswith("replace flow"):
            set_status(world, "Draft", "live")
            set_status(world, "Draft", "draft")

    client, _ = world.client()
    with client:
        result: Result = apply_plan(draft_goes, replace(world.run(client), note=while_at_it))
    assert result.exit_code is Exit.PARTIAL
    assert f'the draft "Draft" ({old}) was changed, so nobody can tell whether it ever sent' in result.stopped
    assert id_of(world, "flow", "Draft") == old
    assert any(one.startswith("retire flow") for one in changing(plan_of(world))), "the next plan keeps it"


@pytest.mark.parametrize("way", ["killed before", "killed after", "timeout after", "timeout before", "late"])
def test_deleting_a_draft_survives_a_run_that_ends_in_it(world: World, draft_goes: Plan, way: str):
    result, faults = world.apply(way, DELETED, plan=draft_goes)
    assert faults.log[DELETED].startswith("DELETE /api/flows/"), faults.log
    world.pass_seconds(3600)
    if result is None or result.exit_code is not Exit.DONE:
        result, _ = world.apply(plan=draft_goes)
    assert result is not None
    assert result.exit_code is Exit.DONE, result
    assert changing(plan_of(world)) == []


def test_a_draft_that_somebody_deletes_while_it_is_replaced_is_done(
    world: World, draft_goes: Plan, monkeypatch: pytest.MonkeyPatch
):
    old = id_of(world, "flow", "Draft")

    def vanish(faults: Any, request: httpx.Request) -> httpx.Response:
        made: httpx.Response = faults.inner.handle_request(request)
        kept = {name: value for name, value in request.headers.items() if not name.startswith("content")}
        gone = httpx.Request("DELETE", f"http://127.0.0.1/api/flows/{old}", headers=kept)
        answer = faults.inner.handle_request(gone)
        assert answer.status_code == 204, answer.read()
        return made

    monkeypatch.setitem(WAYS, "vanish", vanish)
    result, faults = world.apply("vanish", MADE, plan=draft_goes)
    assert (faults.log[MADE], faults.log[DELETED]) == ("POST /api/flows", f"DELETE /api/flows/{old}")
    assert result is not None
    assert result.exit_code is Exit.DONE, result
    assert changing(plan_of(world)) == []


# What templates hold


def test_a_copys_source_that_changed_since_the_plan_is_found_before_the_first_write(world: World):
    put_template(world, "Base layout", "<p>base</p>")
    plan = planned(world, {"draft": CLONED, "buyers": BUYERS})
    rewrite_template(world, "Base layout", "<p>other</p>")
    refused_whole(world, plan, "of which", "is to be a copy, was changed")
    rewrite_template(world, "Base layout", "<p>base</p>")
    applied(world, {"draft": CLONED, "buyers": BUYERS})


def test_a_copys_source_that_changes_while_the_plan_is_applied_is_not_copied(world: World):
    put_template(world, "Base layout", "<p>base</p>")
    plan = planned(world, {"draft": CLONED, "buyers": BUYERS})

    def while_at_it(said: str) -> None:
        if said.startswith("create template"):
            rewrite_template(world, "Base layout", "<p>other</p>")

    client, _ = world.client()
    with client:
        result = apply_plan(plan, replace(world.run(client), note=while_at_it))
    assert result.exit_code is Exit.PARTIAL
    assert "was changed; plan again" in result.stopped
    assert copies(world) == []
    rewrite_template(world, "Base layout", "<p>base</p>")
    applied(world, {"draft": CLONED, "buyers": BUYERS})


def test_a_copy_that_was_made_needs_its_source_no_more(world: World):
    put_template(world, "Base layout", "<p>base</p>")
    plan = planned(world, {"draft": CLONED})
    made = next(place for place, unit in enumerate(plan.units) if unit.kind == "template") + 1
    result, faults = world.apply("killed after", made, plan=plan)
    assert result is None
    assert faults.log[made] == "POST /api/template-clone"
    rewrite_template(world, "Base layout", "<p>other</p>")
    world.pass_seconds(3600)
    result, _ = world.apply(plan=plan)
    assert result is not None
    assert result.exit_code is Exit.DONE, result


def gone_source(world: World) -> Plan:
    put_template(world, "Base layout", "<p>base</p>")
    plan = planned(world, {"draft": CLONED, "buyers": BUYERS})
    delete_template(world, "Base layout")
    return plan


def gone_letter(world: World) -> Plan:
    applied(world, {"draft": DRAFT})
    plan = planned(world, {"draft": DRAFT, "live": LIVE, "buyers": BUYERS})
    assert "template" not in " ".join(changing(plan))
    delete_template(world, copies(world)[0])
    return plan


def gone_patched(world: World) -> Plan:
    applied(world, {"draft": DRAFT, "other": NOTHING["other"]})
    plan = planned(
        world, {"draft": DRAFT.replace("a.html", "b.html"), "other": NOTHING["other"], "buyers": BUYERS}
    )
    assert "update flow Draft" in changing(plan)
    delete_template(world, copies(world)[1])
    return plan


def gone_restored(world: World) -> Plan:
    applied(world, {"draft": DRAFT})
    rewrite_template(world, copies(world)[0], "<p>edited</p>")
    plan = planned(world, {"draft": DRAFT, "live": LIVE, "buyers": BUYERS})
    assert any(one.startswith("update template") for one in changing(plan))
    delete_template(world, copies(world)[0])
    return plan


def gone_by_id(world: World) -> Plan:
    mine = put_template(world, "Mine", "<p>mine</p>")
    plan = planned(
        world, {"draft": DRAFT.replace("{file: emails/a.html}", f"{{id: {mine}}}"), "buyers": BUYERS}
    )
    delete_template(world, "Mine")
    return plan


def gone_by_name(world: World) -> Plan:
    put_template(world, "Mine", "<p>mine</p>")
    plan = planned(world, {"draft": DRAFT.replace("{file: emails/a.html}", "Mine"), "buyers": BUYERS})
    delete_template(world, "Mine")
    return plan


@pytest.mark.parametrize(
    "gone", [gone_source, gone_letter, gone_patched, gone_restored, gone_by_id, gone_by_name]
)
def test_a_template_that_is_gone_since_the_plan_is_found_before_the_first_write(
    world: World, gone: Callable[[World], Plan]
):
    plan = gone(world)
    refused_whole(world, plan, "the template", "gone")
    assert copies(world) == [name for name in copies(world) if "Base" not in name]


def test_a_template_that_is_gone_after_its_flow_was_made_is_for_the_next_plan(world: World):
    applied(world, {"draft": DRAFT})
    plan = planned(world, {"draft": DRAFT, "live": LIVE})
    result, faults = world.apply("killed after", 2, plan=plan)
    assert result is None
    assert faults.log[1] == "POST /api/flows"
    delete_template(world, copies(world)[0])
    world.pass_seconds(3600)
    result, _ = world.apply(plan=plan)
    assert result is not None
    assert (result.exit_code, "is gone" in result.stopped) == (Exit.PARTIAL, True), "a flow was made before"
    applied(world, {"draft": DRAFT, "live": LIVE})
    assert changing(plan_of(world)) == []


def test_a_template_that_a_message_keeps_as_its_own_is_not_gone(world: World):
    applied(world, {"draft": DRAFT})
    with world.store.reading() as view:
        own = next(row.id for row in view.rows("template") if row.parent)
    text = flow("New", "Ordered", "draft", "Hello a").replace("{file: emails/a.html}", f"{{id: {own}}}")
    plan = planned(world, {"draft": DRAFT, "new": text})
    result, _ = world.apply(plan=plan)
    assert result is not None
    assert result.exit_code is Exit.DONE, result
