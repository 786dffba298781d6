"""What a replace leaves behind: drafts that nobody got anything from, flows that were renamed, edits that were refused."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import httpx
import pytest
from apply_worlds import REVISION, WAYS, World, flow, put_metric, segment, world_at

from compiler.client import Client, calls
from compiler.diagnostics import Exit, Fatal, Problems
from compiler.live import Snapshot, read
from compiler.pipeline import compile_project
from compiler.plan.budget import budget
from compiler.plan.refusals import Refusal, as_line, read_refusals, refusals_path
from compiler.plan.stages import DeleteFlow, DeleteSegment, InsertAction, Retire
from compiler.plan.units import Plan, Unit
from compiler.planning import Planned, Scope, plan_project, unsent
from compiler.planning.unsent import why_kept

DRAFT = flow("Welcome", "Ordered", "draft", "Hello a", "1", "Again a")
LIVE = DRAFT.replace("draft", "live")


@pytest.fixture
def world(tmp_path: Path):
    made = World(tmp_path, {"one": DRAFT})
    for name in ("Ordered", "Seen"):
        put_metric(made.store, name)
    yield made
    made.close()


def planned(world: World, **more: Any) -> tuple[Planned, list[str]]:
    client, _ = world.client()
    problems = Problems()
    with client:
        compiled = compile_project(world.project, revision=REVISION, account={}, lint=False).compiled
        scope = Scope(world.project, REVISION, now=world.now, refusals=refusals(world), **more)
        found = plan_project(compiled, client, scope, problems, len)
    return found, [str(one) for one in problems]


def refusals(world: World) -> tuple[Refusal, ...]:
    found = [*(world.folder / ".flowc" / "journal").glob("*/refused.txt")]
    return read_refusals(found[0].read_text()) if found else ()


def plan_of(world: World, **more: Any) -> Plan:
    found, problems = planned(world, **more)
    assert not problems
    return found.plan


def flows_of(plan: Plan) -> list[Unit]:
    return [unit for unit in plan.units if unit.kind == "flow" and unit.stages]


def write(world: World, text: str, stem: str = "one") -> None:
    (world.project.flows / f"{stem}.yaml").write_text(text)


def settle(world: World) -> None:
    result, _ = world.apply(plan=plan_of(world))
    assert result is not None
    assert result.exit_code is Exit.DONE, result


def listed(world: World) -> list[tuple[str, str]]:
    with world.store.reading() as view:
        return sorted((row.body["name"], row.body["status"]) for row in view.rows("flow"))


def sent(world: World, name: str, recipients: int) -> None:
    """Say in the account that each message of a flow went to so many."""
    with world.store.writing() as view:
        found = next(row for row in view.rows("flow") if row.body["name"] == name)
        for action in view.rows("flow-action", parent=found.id):
            for message in view.rows("flow-message", parent=action.id):
                figures = {"recipients": recipients, "delivered": recipients}
                view.put("flow-message", message.id, message.body | {"figures": figures})


# Drafts that were never live

LONG = timedelta(hours=25).total_seconds()  # after which the account's figures are all there


def test_a_draft_that_nobody_got_anything_from_goes_and_one_flow_of_the_name_is_left(world: World):
    settle(world)
    world.pass_seconds(LONG)
    write(world, DRAFT.replace("Ordered", "Seen"))
    plan = plan_of(world)
    (unit,) = flows_of(plan)
    assert unit.change == "replace"
    assert isinstance(unit.stages[-2], DeleteFlow)
    assert unit.needs == ("allow-replace",)
    assert "nobody ever got a message" in unit.reasons[-1]
    settle(world)
    assert listed(world) == [("Welcome", "draft")]
    assert flows_of(plan_of(world)) == []


@pytest.mark.parametrize("hours", [1, 23, 25])
def test_a_draft_that_was_live_within_the_day_is_retired_as_its_figures_may_be_late(world: World, hours: int):
    settle(world)
    world.pass_seconds(LONG)
    for status in ("live", "draft"):  # by the actions alone, which leaves the flow's own moment as it is
        set_actions(world, status)
    world.pass_seconds(timedelta(hours=hours).total_seconds())
    write(world, DRAFT.replace("Ordered", "Seen"))
    (unit,) = flows_of(plan_of(world))
    stages = {type(stage) for stage in unit.stages}
    assert (Retire in stages, DeleteFlow in stages) == ((False, True) if hours == 25 else (True, False))
    assert any("it was changed within a day" in reason for reason in unit.reasons) == (hours != 25)


def set_actions(world: World, status: str) -> None:
    with world.store.reading() as view:
        actions = [row.id for row in view.rows("flow-action")]
    client, _ = world.client()
    whole = replace(calls.GET_FLOW, path=calls.UPDATE_ACTION.path)
    with client:
        for action in actions:
            definition = client.read(whole, action)["data"]["attributes"]["definition"]
            if "status" in (definition.get("data") or {}):
                definition["data"]["status"] = status
                attributes = {"definition": definition}
                body = {"data": {"type": "flow-action", "id": action, "attributes": attributes}}
                client.write(calls.UPDATE_ACTION, action, body=body)


def test_of_a_flow_that_is_gone_meanwhile_nothing_is_proven(world: World):
    settle(world)
    world.pass_seconds(LONG)
    client, _ = world.client()
    with client:
        snapshot = read(client, REVISION, parts=("metrics", "flows"))
        (there,) = snapshot.flows
        both = [there, replace(there, id="gone99")]
        assert why_kept(client, snapshot, both, world.now) == {there.id: "", "gone99": unsent.GONE}


def test_a_draft_that_sent_before_is_retired(world: World):
    settle(world)
    world.pass_seconds(LONG)
    sent(world, "Welcome", 7)
    write(world, DRAFT.replace("Ordered", "Seen"))
    (unit,) = flows_of(plan_of(world))
    assert any(isinstance(stage, Retire) for stage in unit.stages)
    settle(world)
    assert listed(world) == [("Welcome", "draft")] * 2
    assert flows_of(plan_of(world)) == []


def test_the_figures_are_asked_for_once_and_only_where_a_draft_is_replaced(world: World):
    write(world, DRAFT.replace("Welcome", "Second"), "two")
    settle(world)
    asked: list[Any] = []

    def counting(client: Client) -> None:
        read = client.read

        def counted(call: calls.Call, *rest: Any, **more: Any) -> Any:
            asked.extend([more["body"]] if call is calls.QUERY_FLOW_VALUES else [])
            return read(call, *rest, **more)

        client.read = counted  # type: ignore[method-assign]

    connect = world.client

    def client_(*rest: Any) -> Any:
        client, faults = connect(*rest)
        counting(client)
        return client, faults

    world.client = client_  # type: ignore[method-assign]
    plan_of(world)
    assert asked == []
    for stem, name in (("one", "Welcome"), ("two", "Second")):
        write(world, DRAFT.replace("Welcome", name).replace("Ordered", "Seen"), stem)
    assert [unit.change for unit in flows_of(plan_of(world))] == ["replace"] * 2
    assert len(asked) == 1


@pytest.mark.parametrize(
    ("reason", "why"),
    [
        ("old", unsent.OLD),
        ("no metric", unsent.NO_METRIC),
        ("spent", unsent.SPENT),
        ("no date", unsent.UNDATED),
    ],
)
def test_where_the_account_cannot_prove_it_the_draft_is_retired(
    world: World, monkeypatch: pytest.MonkeyPatch, reason: str, why: str
):
    settle(world)
    world.pass_seconds(LONG)
    write(world, DRAFT.replace("Ordered", "Seen"))
    if reason == "old":
        world.pass_seconds(timedelta(days=400).total_seconds())
    elif reason == "no date":
        with world.store.writing() as view:
            (row,) = view.rows("flow")
            view.put("flow", row.id, row.body | {"created": "once"})
    elif reason == "spent":
        monkeypatch.setattr(unsent, "_recipients", spent)
    else:
        monkeypatch.setattr("compiler.planning.flows.why_kept", without_metrics)
    (unit,) = flows_of(plan_of(world))
    assert any(isinstance(stage, Retire) for stage in unit.stages)
    assert unit.reasons[-1] == f"the old one is a draft that is retired, not deleted: {why}"


def without_metrics(client: Client, snapshot: Snapshot, *rest: Any) -> dict[str, str]:
    return why_kept(client, replace(snapshot, metrics=()), *rest)


def spent(*_: Any) -> Any:
    raise Fatal("the day's reports are spent", Exit.BUDGET)


def test_another_trouble_of_the_figures_is_told(world: World, monkeypatch: pytest.MonkeyPatch):
    settle(world)
    write(world, DRAFT.replace("Ordered", "Seen"))

    def broken(*_: Any) -> Any:
        raise Fatal("no answer")

    monkeypatch.setattr(unsent, "_recipients", broken)
    with pytest.raises(Fatal, match="no answer"):
        planned(world)


def test_a_draft_that_an_interrupted_replace_left_is_retired(world: World):
    settle(world)
    world.pass_seconds(3600)
    write(world, DRAFT.replace("Ordered", "Seen"))
    world.apply("killed after", 2, plan=plan_of(world))
    for path in (world.folder / ".flowc").rglob("*.jsonl"):
        path.unlink()
    world.pass_seconds(600)
    assert "retire" in [unit.change for unit in flows_of(plan_of(world))]
    settle(world)
    assert listed(world) == [("Welcome", "draft")] * 2
    assert flows_of(plan_of(world)) == []


# Renamed flows


def test_a_flow_that_was_renamed_takes_the_old_ones_place(world: World):
    write(world, LIVE)
    settle(world)
    write(world, LIVE.replace("name: Welcome\n", "name: Hello\nwas: Welcome\n"))
    plan = plan_of(world)
    (unit,) = flows_of(plan)
    assert (unit.change, unit.name, unit.needs) == ("replace", "Hello", ("allow-replace",))
    assert unit.reasons == ('it was "Welcome", and no call can change a name',)
    assert any(name.name == "Hello" and name.id is None for name in plan.names)
    settle(world)
    assert listed(world) == [("Hello", "live"), ("Welcome", "live")]
    assert flows_of(plan_of(world)) == []
    write(world, LIVE.replace("name: Welcome", "name: Hello"))
    assert flows_of(plan_of(world)) == []


@pytest.mark.parametrize("at", [1, 2, 3, 4, 5, 6])
def test_a_renaming_that_was_interrupted_goes_on_without_its_journal(world: World, at: int):
    write(world, LIVE)
    settle(world)
    world.pass_seconds(3600)
    write(world, LIVE.replace("name: Welcome\n", "name: Hello\nwas: Welcome\nretire: now\n"))
    world.apply("killed after", at, plan=plan_of(world))
    for path in (world.folder / ".flowc").rglob("*.jsonl"):
        path.unlink()
    world.pass_seconds(7200)
    for _ in range(2):
        settle(world)
    assert listed(world) == [("Hello", "live"), ("Welcome", "draft")]
    assert flows_of(plan_of(world)) == []


def test_a_younger_flow_of_the_old_name_is_somebody_elses(world: World):
    write(world, LIVE.replace("name: Welcome", "name: Hello"))
    settle(world)
    world.pass_seconds(3600)
    write(world, LIVE, "two")
    settle(world)
    (world.project.flows / "two.yaml").unlink()
    with world.store.writing() as view:
        for tagging in view.rows("tagging"):
            view.delete("tagging", tagging.id)
    write(world, LIVE.replace("name: Welcome\n", "name: Hello\nwas: Welcome\n"))
    assert flows_of(plan_of(world)) == []


def test_a_likely_renaming_is_pointed_out_with_what_to_write(world: World):
    settle(world)
    write(world, DRAFT.replace("name: Welcome", "name: Hello"))
    found, problems = planned(world)
    assert len(problems) == 1
    assert problems[0].startswith("flows/one.yaml:2:7 F322")
    assert 'write "was: Welcome"' in problems[0]
    assert [unit.change for unit in flows_of(found.plan)] == ["create", "retire"]
    assert [str(one) for one in found.diagnostics] == problems
    write(world, flow("Hello", "Ordered", "draft", "Other b", "2", "Words b", "3", "Here b"))
    assert planned(world)[1] == []


def test_an_old_name_belongs_to_one_spec_alone(world: World):
    write(world, DRAFT.replace("name: Welcome\n", "name: Hello\nwas: Other\n"))
    write(world, DRAFT.replace("name: Welcome", "name: Other"), "two")
    _, problems = planned(world)
    assert problems == [
        'flows/one.yaml:3:6 F321 another spec is the flow "Other", so it cannot be what this one was called'
    ]
    write(world, DRAFT.replace("name: Welcome\n", "name: Third\nwas: Gone\n"), "two")
    write(world, DRAFT.replace("name: Welcome\n", "name: Hello\nwas: Gone\n"))
    _, problems = planned(world)
    assert problems == ['flows/two.yaml:3:6 F321 "Hello" says already that it was the flow "Gone"']


def test_words_about_replacing_never_reach_the_account(world: World):
    write(world, DRAFT.replace("name: Welcome\n", "name: Hello\nwas: Welcome\nretire: now\n"))
    (item,) = compile_project(world.project, revision=REVISION, account={}, lint=False).compiled
    assert not {"was", "retire"} & set(json.dumps(item.body).replace('"', " ").split())


# Refused edits


def test_a_refused_edit_is_known_to_the_next_plan_and_replaces_nothing_by_itself(
    world: World, monkeypatch: pytest.MonkeyPatch
):
    settle(world)
    world.pass_seconds(60)
    write(world, DRAFT + "  - send-email: {name: New, subject_line: New, template: {file: emails/b.html}}\n")
    plan = plan_of(world)
    (unit,) = flows_of(plan)
    assert any(isinstance(stage, InsertAction) for stage in unit.stages)
    said = {"errors": [{"detail": "Not in this flow."}]}

    def refuse(_: Any, request: httpx.Request) -> httpx.Response:
        return httpx.Response(400, json=said, request=request)

    for at in range(8):
        monkeypatch.setitem(WAYS, "refused", refuse)
        result, _ = world.apply("refused", at, plan=plan)
        if refusals(world):
            break
        world.pass_seconds(600)
    assert result is not None
    assert "Not in this flow." in result.stopped
    (unit,) = flows_of(plan_of(world))
    assert (unit.change, unit.needs) == ("replace", ("allow-replace",))
    assert "Not in this flow." in unit.reasons[0]
    text = (world.project.flows / "one.yaml").read_text()
    write(world, text.replace("subject_line: New", "subject_line: Newer"))
    assert [unit.change for unit in flows_of(plan_of(world))] == ["update"]


def test_refusals_are_kept_by_line_and_what_is_no_line_says_nothing():
    one = Refusal("F1", "mark", REVISION, "no")
    assert read_refusals(as_line(one) + '[1]\n{"flow": 1}\n{"fl') == (one,)
    assert refusals_path(Path("journal"), "AbC") == Path("journal/AbC/refused.txt")


# Segments that go


def test_a_segment_that_fills_a_live_flow_goes_last_and_with_two_options(world: World):
    trigger = LIVE.replace("{metric: Ordered}", "{segment: Fresh}")
    write(world, trigger)
    write(world, segment("Fresh", 3), "fresh")
    write(world, segment("Staying", 1), "staying")
    settle(world)
    world.pass_seconds(60)
    for stem in ("one", "fresh"):
        (world.project.flows / f"{stem}.yaml").unlink()
    plan = plan_of(world)
    assert [(unit.change, unit.kind) for unit in plan.units if unit.stages][-2:] == [
        ("retire", "flow"),
        ("delete", "segment"),
    ]
    unit = plan.units[-1]
    assert unit.needs == ("allow-delete", "allow-live")
    assert unit.reasons[-1] == "it triggers Welcome, which is live: nobody enters that any more"
    assert unit.stages == (DeleteSegment(str(unit.id), ("Welcome",)),)


# What it takes


@pytest.mark.parametrize("specs", ["all kinds of writes", "one edit", "a replaced draft"])
def test_the_calls_that_a_plan_counts_are_those_that_its_apply_makes(tmp_path: Path, specs: str):
    made = world_at(tmp_path)
    if specs != "all kinds of writes":
        made.close()
        (tmp_path / "small").mkdir()
        made = World(tmp_path / "small", {"one": DRAFT})
        for name in ("Ordered", "Seen"):
            put_metric(made.store, name)
        settle(made)
        made.pass_seconds(LONG)
        other = ("Ordered", "Seen") if specs == "a replaced draft" else ("About Hello", "Hi")
        write(made, DRAFT.replace(*other))
    found, _ = planned(made)
    sent: list[str] = []
    connect = made.client

    def counting(*rest: Any) -> Any:
        client, faults = connect(*rest)
        answer = faults.handle_request
        faults.handle_request = lambda request: (sent.append(request.url.path), answer(request))[1]
        return client, faults

    made.client = counting  # type: ignore[method-assign]
    made.pass_seconds(60)
    result, _ = made.apply(plan=found.plan)
    assert result is not None
    assert result.exit_code is Exit.DONE, result
    counted = budget(found.plan).calls
    assert abs(counted - len(sent)) <= max(3, 0.1 * len(sent)), (counted, len(sent))
    made.close()
