"""What happens between plan and apply: no harmless change makes a plan stale, every harmful one does."""

from __future__ import annotations

import json
from collections import Counter
from pathlib import Path
from typing import Any

import pytest
from account_changes import HARMFUL, HARMLESS, actions, told
from account_kit import open_account
from apply_worlds import AFTER, before_file, write_specs
from two_accounts import drawn, load, without_nameless

from compiler.plan.observe import observe_flow

Api = dict[str, Any]


def observed(flow: Api, templates: Api) -> str:
    """The digest of a plan that touches every action."""
    return observe_flow(flow, templates, {one["id"] for one in actions(flow)})


def read_flows(file: Path) -> tuple[list[Api], Api]:
    """Every flow of an account as the API shows it, and its templates' content by id."""
    account = open_account(file)
    flows = []
    for row in account.data("flows"):
        shown = account.data(f"flows/{row['id']}", {"additional-fields[flow]": "definition"})
        flows.append({"id": shown["id"], **shown["attributes"]})
    with account.store.reading() as view:
        templates = {row.id: {"html": row.body.get("html")} for row in view.rows("template")}
    account.store.close()
    return flows, templates


def judge(flows: list[Api], templates: Api) -> Counter[str]:
    """Check both kinds of change on every flow; returns how many flows had a place for each."""
    counts: Counter[str] = Counter()
    for flow in flows:
        harmless, harmful = (told(flow, templates, kind, observed) for kind in (HARMLESS, HARMFUL))
        assert not [name for name, differs in harmless.items() if differs], flow["name"]
        assert not [name for name, differs in harmful.items() if not differs], flow["name"]
        counts.update([*harmless, *harmful])
    return counts


def generated(folder: Path, seeds: range) -> Counter[str]:
    counts: Counter[str] = Counter()
    for first in range(seeds.start, seeds.stop, 40):
        file = folder / f"{first}.db"
        account = open_account(file)
        for seed in range(first, min(first + 40, seeds.stop)):
            load(account.store, folder / "drawn", f"Flow {seed}", drawn(seed, response=seed % 2 == 1)[0])
        account.store.close()
        without_nameless(file)
        counts += judge(*read_flows(file))
    return counts


def test_there_are_ten_harmless_and_fifteen_harmful_changes_at_least():
    assert len(HARMLESS) >= 10
    assert len(HARMFUL) >= 15


def test_every_harmful_change_of_generated_flows_is_seen_and_no_harmless_one(tmp_path: Path):
    counts = generated(tmp_path, range(40))
    assert counts.keys() == {*HARMLESS, *HARMFUL}


@pytest.mark.heavy
def test_every_harmful_change_of_many_generated_flows_is_seen_and_no_harmless_one(tmp_path: Path):
    assert min(generated(tmp_path, range(40, 640)).values()) > 20


@pytest.fixture
def project(tmp_path: Path, run: Any) -> Any:
    write_specs(tmp_path, AFTER)
    (tmp_path / "sandbox.db").write_bytes(before_file().read_bytes())
    assert run("plan", "--out", "plan.json")[0] == 0
    return run


ALLOWED = ("--allow-replace", "--allow-live", "--allow-delete")


def flow_row(account: Any, name: str) -> Any:
    with account.store.reading() as view:
        return next(row for row in view.rows("flow") if row.body["name"] == name)


def test_a_saved_plan_is_applied_after_a_harmless_change(project: Any, tmp_path: Path):
    account = open_account(tmp_path / "sandbox.db")
    row = flow_row(account, "Edited")
    with account.store.writing() as view:
        view.put("flow", row.id, row.body | {"updated": "2027-01-01T00:00:00+00:00"})
    account.store.close()
    assert project("apply", "plan.json", "--yes", *ALLOWED)[0] == 0
    assert project("plan", "--detailed-exitcode")[0] == 0


def test_a_saved_plan_is_refused_after_a_harmful_change_and_nothing_is_done(project: Any, tmp_path: Path):
    account = open_account(tmp_path / "sandbox.db")
    flow = flow_row(account, "Edited").id
    step = next(one for one in account.read(flow)["actions"] if one["type"] == "send-email")
    step["data"]["message"]["subject_line"] = "Somebody else was here"
    answer = account.send(
        "PATCH", f"flow-actions/{step['id']}", "flow-action", {"definition": step}, step["id"]
    )
    assert answer.status_code == 200, answer.text
    account.store.close()
    code, out, _ = project("apply", "plan.json", "--yes", "--format", "json", *ALLOWED)
    assert (code, json.loads(out)["done"]) == (7, [])
    account = open_account(tmp_path / "sandbox.db")
    assert "Somebody else was here" in json.dumps(account.read(flow))
    assert [row["attributes"]["name"] for row in account.data("flows")].count("New") == 0
    account.store.close()
