"""What goes wrong before, between and in the midst of an apply: each a clear message, its exit code, nothing half-said."""

from __future__ import annotations

import json
import threading
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from functools import partial
from pathlib import Path
from typing import Any
from wsgiref.simple_server import WSGIRequestHandler, make_server

import pytest
from apply_worlds import AFTER, SETTINGS, World, before_file, flow, write_specs
from live_kit import SECRET

from compiler.account.app import create_app
from compiler.account.settings import Settings as Face
from compiler.account.settings import Switches
from compiler.account.store import Store
from compiler.apply import Result
from compiler.check import check
from compiler.client import calls, connect, hurried
from compiler.client.ledger import Ledger
from compiler.diagnostics import Exit
from compiler.journal import Journal, journal_path

ALLOW = ("--yes", "--allow-replace", "--allow-live", "--allow-delete")
KEYS = {
    "format_version",
    "kind",
    "exit_code",
    "error",
    "diagnostics",
    "missing",
    "done",
    "half_done",
    "not_begun",
    "surplus",
}
OUTSIDE = """\
  shop: {{key_env: SHOP_KEY, url: "{url}"{more}}}
"""


@pytest.fixture
def project(tmp_path: Path, run: Any) -> Callable[..., tuple[int, str, str]]:
    write_specs(tmp_path, AFTER)
    (tmp_path / "sandbox.db").write_bytes(before_file().read_bytes())
    return run


def with_shop(folder: Path, url: str, more: str = "") -> None:
    (folder / "flowc.yaml").write_text(
        SETTINGS.replace("defaults:", OUTSIDE.format(url=url, more=more) + "defaults:")
    )


class Quiet(WSGIRequestHandler):
    def log_message(self, *_: Any) -> None:
        """Say nothing."""


@pytest.fixture
def shop(tmp_path: Path, project: Any, monkeypatch: pytest.MonkeyPatch) -> Iterator[str]:
    """The account at an address, with a key of its own; the client's limits are hurried."""
    del project
    monkeypatch.setattr("compiler.accounts.connect", partial(connect, clock=hurried(1000)))
    monkeypatch.setenv("SHOP_KEY", SECRET)
    store = Store(tmp_path / "sandbox.db")
    store.add_key(SECRET)
    app = create_app(store, settings=Face(lambda: datetime.now(UTC), check_definition=check))
    with make_server("127.0.0.1", 0, app, handler_class=Quiet) as server:
        thread = threading.Thread(target=server.serve_forever, args=(0.01,), daemon=True)
        thread.start()
        yield f"http://127.0.0.1:{server.server_port}"
        server.shutdown()
        thread.join()
    store.close()


def refused(project: Any, *arguments: str) -> tuple[int, str]:
    """Apply; returns code and message, which stderr and the JSON say alike, in a document with all its keys."""
    code, out, told = project("apply", *arguments, *ALLOW, "--format", "json")
    found = json.loads(out)
    assert found.keys() == KEYS
    assert (found["exit_code"], found["format_version"], found["kind"]) == (code, 1, "apply")
    assert (found["done"], found["half_done"]) == ([], [])
    plain_code, plain, said = project("apply", *arguments, *ALLOW)
    assert plain_code == code
    assert "done: " not in plain
    assert "Traceback" not in told + said
    assert f"flowc: {found['error']}" in said
    return code, found["error"]


# The account


def test_an_account_that_cannot_be_reached(shop: str, project: Any, tmp_path: Path):
    with_shop(tmp_path, "http://127.0.0.1:9")
    code, error = refused(project, "--account", "shop")
    assert code == 1
    assert error.startswith("GET /api/accounts was not sent: no connection to 127.0.0.1")
    code, out, _ = project("plan", "--account", "shop", "--format", "json")
    assert code == 1
    assert json.loads(out)["plan"] is None
    assert set(json.loads(out)) > {"kind", "diagnostics", "error", "exit_code", "format_version"}


def test_a_key_of_another_account(shop: str, project: Any, tmp_path: Path):
    with_shop(tmp_path, shop, ", account_id: ABC123")
    code, error = refused(project, "--account", "shop")
    assert code == 4
    assert error.startswith("the key belongs to account ")
    assert error.endswith(", but the project expects ABC123; nothing was done")


def test_a_key_that_the_account_does_not_know(
    shop: str, project: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    with_shop(tmp_path, shop)
    monkeypatch.setenv("SHOP_KEY", "pk_unknown_key_of_nobody")
    code, error = refused(project, "--account", "shop")
    assert code == 4
    assert error.startswith("the account does not accept the key: ")
    assert "pk_" not in error


def test_no_key_at_all(shop: str, project: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    with_shop(tmp_path, shop)
    monkeypatch.delenv("SHOP_KEY")
    code, error = refused(project, "--account", "shop")
    assert (code, 'no key for account "shop"' in error) == (4, True)


# The plan file


def saved(project: Any, folder: Path) -> Path:
    assert project("plan", "--out", "plan.json")[0] == 0
    return folder / "plan.json"


def test_a_plan_of_another_project(project: Any, tmp_path: Path):
    saved(project, tmp_path)
    (tmp_path / "flowc.yaml").write_text(SETTINGS.replace("name: tea", "name: coffee"))
    code, error = refused(project, "plan.json")
    assert (code, error) == (
        7,
        "the plan is for the project tea, and this is coffee; nothing was done",
    )


def test_a_plan_of_another_account(project: Any, tmp_path: Path):
    saved(project, tmp_path)
    (tmp_path / "flowc.yaml").write_text(
        SETTINGS.replace("defaults:", "  other: {embedded: other.db}\ndefaults:")
    )
    code, error = refused(project, "plan.json", "--account", "other")
    assert code == 7
    assert error.startswith("the plan is for the account ")
    assert error.endswith("; nothing was done")


def test_a_plan_of_another_revision(project: Any, tmp_path: Path):
    saved(project, tmp_path)
    code, error = refused(project, "plan.json", "--revision", "2026-07-15")
    assert (code, error.startswith("the plan is for the revision 2026-10-15")) == (7, True)


def test_a_plan_of_another_version(project: Any, tmp_path: Path):
    file = saved(project, tmp_path)
    file.write_text(file.read_text().replace('"format_version": 1', '"format_version": 99', 1))
    code, error = refused(project, "plan.json")
    assert code == 7
    assert "has format_version 99, and this flowc reads" in error


def test_a_plan_edited_by_hand(project: Any, tmp_path: Path):
    file = saved(project, tmp_path)
    file.write_text(file.read_text().replace("About Last", "About first"))
    code, error = refused(project, "plan.json")
    assert (code, "was changed after it was saved, so it is not what was reviewed" in error) == (7, True)


@pytest.mark.parametrize("part", [0, 1, 500, -3])
def test_a_plan_that_is_truncated(project: Any, tmp_path: Path, part: int):
    file = saved(project, tmp_path)
    file.write_text(file.read_text()[:part])
    code, error = refused(project, "plan.json")
    assert (code, "plan.json is no whole JSON document" in error) == (3, True)


def test_a_file_that_is_no_plan(project: Any, tmp_path: Path):
    (tmp_path / "view.json").write_text(project("plan", "--format", "json")[1])
    code, error = refused(project, "view.json")
    assert (code, error.startswith("view.json is no plan of flowc")) == (3, True)


def test_a_file_that_cannot_be_read(project: Any, tmp_path: Path):
    assert refused(project, "none.json") == (
        3,
        "the plan none.json cannot be read: No such file or directory",
    )
    assert refused(project, "flows")[0] == 3
    (tmp_path / "plan.json").write_bytes(b"\xff\xfe{}")
    assert refused(project, "plan.json") == (3, "the plan plan.json cannot be read: it is no text")


# The account between plan and apply


def by_hand(folder: Path, name: str, change: Callable[[Any, str], object]) -> None:
    """Do something to a flow as somebody in the account would."""
    world = World(folder, AFTER, limits="enforced")
    with world.store.reading() as view:
        identifier = next(row.id for row in view.rows("flow", parent="") if row.body["name"] == name)
    client, _ = world.client()
    with client:
        change(client, identifier)
    world.close()


def go_live(client: Any, identifier: str) -> None:
    body = {"data": {"type": "flow", "id": identifier, "attributes": {"status": "live"}}}
    client.write(calls.UPDATE_FLOW, identifier, body=body)


def test_an_account_that_changed_after_the_plan(project: Any, tmp_path: Path):
    saved(project, tmp_path)
    by_hand(tmp_path, "Edited", go_live)
    code, error = refused(project, "plan.json")
    assert (code, error) == (
        7,
        'the plan is stale: flow "Edited" has changed since the plan was made. Plan again',
    )


def test_a_flow_that_was_deleted_after_the_plan(project: Any, tmp_path: Path):
    saved(project, tmp_path)
    by_hand(tmp_path, "Edited", lambda client, flow: client.write(calls.DELETE_FLOW, flow))
    code, error = refused(project, "plan.json")
    assert code == 7
    assert 'flow "Edited" (' in error
    assert "is gone since the plan was made. Plan again" in error


def test_a_name_that_two_flows_carry(project: Any, tmp_path: Path):
    def double(client: Any, identifier: str) -> None:
        found = client.read(calls.GET_FLOW, identifier, params={"additional-fields[flow]": "definition"})
        definition = found["data"]["attributes"]["definition"]
        made = {"triggers": definition["triggers"], "profile_filter": None, "actions": []}
        attributes = {"name": "Edited", "definition": {**made, "entry_action_id": None}}
        client.write(calls.CREATE_FLOW, body={"data": {"type": "flow", "attributes": attributes}})

    by_hand(tmp_path, "Edited", double)
    code, error = refused(project)
    assert (code, error) == (3, "the specs are wrong")
    for name in ("plan", "apply"):
        code, out, told = project(name, "--format", "json")
        [found] = json.loads(out)["diagnostics"]
        assert (code, found["code"]) == (3, "F314")
        assert '2 flows of the account are called "Edited"' in told


def test_specs_that_are_wrong(project: Any, tmp_path: Path):
    (tmp_path / "flows" / "edited.yaml").write_text("kind: flow\nname: X\nsteps: 3\n")
    assert refused(project)[0] == 3


# The day's budget


def test_a_budget_that_is_spent_half_way(project: Any, tmp_path: Path):
    """A unit is begun only if the day suffices for all of it; what is done stays done, and is said."""
    more = {f"n{n}": flow(f"N{n}", "Ordered", "draft", "A a") for n in range(3)}
    write_specs(tmp_path, {**AFTER, **more})
    world = World(tmp_path, {**AFTER, **more})
    client, _ = world.client()
    with client:
        account = client.verify_account()
    world.close()
    ledger = Ledger(tmp_path / "sandbox.db.calls", lambda: datetime.now(UTC).date())
    ledger.exhaust(account, calls.CREATE_FLOW.endpoint, 97)
    code, out, told = project("apply", *ALLOW, "--format", "json")
    found = json.loads(out)
    assert (code, found["exit_code"]) == (5, 5)
    assert '" was not begun: ' in found["error"]
    assert found["error"].endswith("at most 0 are left today (UTC)")
    assert found["error"] in told
    assert found["half_done"] == []
    assert len([one for one in found["done"] if one.startswith(("create flow", "replace flow"))]) == 3
    assert {one for one in found["not_begun"] if one.startswith(("create flow", "replace flow"))}
    code, out, _ = project("plan", "--detailed-exitcode", "--format", "json")
    left = {unit["name"] for unit in json.loads(out)["plan"]["units"] if unit["stages"]}
    assert left == {one.split('"')[1] for one in found["not_begun"]}


# What is said


ALL = Result(
    Exit.PARTIAL, ('create tag "a"',), "it broke", ('flow "B": 1 call',), ('flow "C"',), ("the draft D",)
)


def test_everything_that_is_true_is_said(project: Any, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr("compiler.commands.apply.apply_plan", lambda *_: ALL)
    code, out, told = project("apply", *ALLOW)
    assert code == 8
    assert out.endswith('done: create tag "a"\nhalf done: flow "B": 1 call\nnot begun: flow "C"\n')
    assert told.endswith("flowc: the draft D\nflowc: it broke\n")
    code, out, told = project("apply", *ALLOW, "--format", "json")
    assert (code, told.endswith("flowc: it broke\n")) == (8, True)
    assert json.loads(out) == {
        "format_version": 1,
        "kind": "apply",
        "exit_code": 8,
        "error": "it broke",
        "diagnostics": [],
        "missing": [],
        "done": ['create tag "a"'],
        "half_done": ['flow "B": 1 call'],
        "not_begun": ['flow "C"'],
        "surplus": ["the draft D"],
    }


@pytest.mark.parametrize(("answer", "code"), [(True, 0), (False, 1)])
def test_who_sits_at_a_terminal_is_asked(
    project: Any, monkeypatch: pytest.MonkeyPatch, answer: bool, code: int
):
    asked = []
    monkeypatch.setattr("sys.stdin.isatty", lambda: True, raising=False)
    monkeypatch.setattr("click.confirm", lambda text, **_: asked.append(text) or answer)
    monkeypatch.setattr("compiler.commands.apply.apply_plan", lambda *_: Result(Exit.DONE))
    assert project("apply", *ALLOW[1:])[0] == code
    assert asked == ["Change 10 units in sandbox?"]


def test_a_dead_runs_lock_is_tidied_up_where_nothing_is_to_do(project: Any, tmp_path: Path):
    assert project("apply", *ALLOW)[0] == 0
    world = World(tmp_path, AFTER, limits="enforced")
    client, _ = world.client()
    name = "flowc apply 2026-11-20T12:00:00Z other n until 2026-11-20T12:30:00Z"
    with client:
        client.write(calls.CREATE_TAG, body={"data": {"type": "tag", "attributes": {"name": name}}})
    world.close()
    code, out, _ = project("apply")
    assert (code, out.endswith("nothing to do\n")) == (0, True)
    store = Store(tmp_path / "sandbox.db")
    with store.reading() as view:
        assert [
            row.body["name"] for row in view.rows("tag") if row.body["name"].startswith("flowc apply")
        ] == []
    store.close()


def test_what_an_interrupted_run_has_sent_is_waited_for(project: Any, tmp_path: Path):
    store = Store(tmp_path / "sandbox.db")
    switches = store.switches().to_json()
    store.change_switches(Switches(**{**switches, "read_lag": 0.05}))
    with store.reading() as view:
        [account] = [row.id for row in view.rows("account")]
    store.close()
    journal = Journal(journal_path(tmp_path / ".flowc" / "journal", account, "0" * 64))
    journal.intent("flow/A/#0", "POST /api/flows", datetime.now(UTC) + timedelta(seconds=30), ())
    code, _, told = project("apply", *ALLOW)
    assert code == 0, told
    assert "waiting 0 s for what an interrupted run has sent" in told
