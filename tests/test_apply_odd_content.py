"""Flows whose tests run, and templates with nothing or with a mark in them: applied, and then nothing is left to do."""

from __future__ import annotations

from pathlib import Path

import pytest
from apply_worlds import World, flow, plan_of, put_metric, write_specs

from compiler.diagnostics import Exit

TEST = """\
  - ab-test:
      experiment_status: draft
      main:
        send-email: {name: Main, subject_line: About Main, template: {file: emails/a.html}}
      variations:
        - send-email: {name: Va, subject_line: About Va, template: {file: emails/a.html}}
          allocation: 0.5
        - send-email: {name: Vb, subject_line: About Vb, template: {file: emails/b.html}}
          allocation: 0.5
"""
TESTED = flow("Tested", "Ordered", "live", "Hello a", "1") + TEST


def world_of(folder: Path, specs: dict[str, str]) -> World:
    made = World(folder, specs)
    for name in ("Ordered", "Seen"):
        put_metric(made.store, name)
    return made


def changes(world: World) -> list[str]:
    return [f"{unit.change} {unit.kind}" for unit in plan_of(world).units if unit.stages]


def applied(world: World) -> None:
    result, _ = world.apply()
    assert result is not None
    assert result.exit_code is Exit.DONE, result
    world.pass_seconds(3600)


@pytest.mark.parametrize(
    "edits",
    [
        {"status: live": "status: draft"},
        {"status: live": "status: manual"},
        {"About Hello": "Dear reader"},
        {"status: live": "status: draft", "About Hello": "Dear reader"},
    ],
)
def test_a_flow_in_which_a_test_runs_is_stopped_and_edited(tmp_path: Path, edits: dict[str, str]):
    world = world_of(tmp_path, {"tested": TESTED})
    applied(world)
    spec = TESTED
    for before, after in edits.items():
        spec = spec.replace(before, after)
    write_specs(world.folder, {"tested": spec})
    assert changes(world) == ["update flow"]
    applied(world)
    assert changes(world) == []
    world.close()


def test_a_flow_in_which_a_test_runs_ends_at_once_where_its_spec_says_so(tmp_path: Path):
    spec = TESTED.replace("status: live", "retire: now\nstatus: live")
    world = world_of(tmp_path, {"tested": spec})
    applied(world)
    write_specs(world.folder, {"tested": spec.replace("Ordered", "Seen")})
    assert changes(world) == ["replace flow"]
    applied(world)
    assert changes(world) == []
    world.close()


@pytest.mark.parametrize(("held", "sent"), [(b"", ""), (b"\xef\xbb\xbf<p>Caf\xc3\xa9</p>", "<p>Café</p>")])
def test_a_template_file_that_is_empty_or_begins_with_a_mark_is_applied(
    tmp_path: Path, held: bytes, sent: str
):
    world = world_of(tmp_path, {"mails": flow("Mails", "Ordered", "draft", "One a")})
    (world.folder / "flows" / "emails" / "a.html").write_bytes(held)
    applied(world)
    assert changes(world) == []
    with world.store.reading() as view:
        assert {row.body["html"] for row in view.rows("template")} == {sent}
    world.close()
