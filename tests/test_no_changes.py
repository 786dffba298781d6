"""Right after ``apply`` and right after ``pull`` a plan says *no changes*, whatever an account's habits are."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from apply_worlds import put_metric, segment
from generate import ACTION_KINDS, TRIGGER_KINDS
from two_accounts import (
    ALLOW,
    HABITS,
    NONE,
    NOW,
    allow_what_is_there,
    brand,
    drop_what_names_ids,
    fill,
    lend,
    load,
    make_accounts,
    without_nameless,
)

from compiler.account.seed import seed
from compiler.account.store import Store

SEEDS = (1, 2, 5, 6, 41, 151, 159)  # seven flows that have every kind between them


def nothing_after_pull_and_apply(run: Any, folder: Path) -> None:
    """Pull the first account and plan; apply that to the second one and plan again."""
    code, _, told = run("pull")
    assert code == 0, told
    assert run("plan", "--detailed-exitcode")[:2] == (0, NONE)
    assert run("plan", "--quick", "--detailed-exitcode")[0] == 0
    allow_what_is_there(run, folder)
    lend(folder / "one.db", folder / "two.db")
    assert drop_what_names_ids(run, folder) <= 5
    code, _, told = run("apply", "--account", "two", "--yes", *ALLOW)
    assert code == 0, told
    assert run("plan", "--account", "two", "--detailed-exitcode")[:2] == (0, NONE)


FAST_FIRST = [HABITS[0], *(pytest.param(habit, marks=pytest.mark.heavy) for habit in HABITS[1:])]


@pytest.mark.parametrize("habit", FAST_FIRST)
def test_generated_flows_of_every_kind_plan_to_nothing_after_pull_and_after_apply(
    tmp_path: Path, run: Any, habit: str
):
    make_accounts(tmp_path, weekdays=habit)
    kinds = fill(tmp_path / "one.db", tmp_path / "drawn", SEEDS)
    assert kinds.keys() >= {*ACTION_KINDS, *TRIGGER_KINDS}
    without_nameless(tmp_path / "one.db")
    nothing_after_pull_and_apply(run, tmp_path)


@pytest.mark.heavy
@pytest.mark.parametrize("habit", HABITS)
@pytest.mark.parametrize("first", range(0, 400, 50))
def test_many_generated_flows_plan_to_nothing_after_pull_and_after_apply(
    tmp_path: Path, run: Any, habit: str, first: int
):
    make_accounts(tmp_path, weekdays=habit)
    kinds = fill(tmp_path / "one.db", tmp_path / "drawn", range(first, first + 50))
    assert kinds["flow"] > 35
    assert kinds["segment"] > 35
    without_nameless(tmp_path / "one.db")
    nothing_after_pull_and_apply(run, tmp_path)


@pytest.mark.parametrize("habit", FAST_FIRST)
def test_the_brand_library_plans_to_nothing_after_apply_and_after_pull(
    tmp_path: Path, run: Any, habit: str, monkeypatch: pytest.MonkeyPatch
):
    brand(tmp_path, habit)
    store = Store(tmp_path / ".flowc" / "sandbox.db")
    seed(store, seed=1, now=NOW, small=True)
    store.close()
    code, _, told = run("apply", "--yes", *ALLOW)
    assert code == 0, told
    assert run("plan", "--detailed-exitcode")[:2] == (0, NONE)
    (tmp_path / "pulled" / "flows").mkdir(parents=True)
    text = "kind: project\nname: pulled\nflows: flows/\ndefault_account: a\naccounts: {a: {embedded: ../.flowc/sandbox.db}}\n"
    (tmp_path / "pulled" / "flowc.yaml").write_text(text)
    monkeypatch.chdir(tmp_path / "pulled")
    code, _, told = run("pull")
    assert code == 0, told
    assert run("plan", "--detailed-exitcode")[:2] == (0, NONE)


def live_flow(folder: Path, run: Any, trigger: dict[str, Any]) -> None:
    """Pull an account that holds one live flow of text messages to people who never agreed to them."""
    make_accounts(folder)
    message = {"body": "Hello", "name": "Hello"}
    step = {"id": "901", "type": "send-sms", "data": {"status": "live", "message": message}}
    flow = {
        "triggers": [trigger],
        "profile_filter": None,
        "entry_action_id": "901",
        "actions": [{**step, "links": {"next": None}}],
    }
    store = Store(folder / "one.db")
    assert load(store, folder / "drawn", "Texts", flow)
    store.close()
    assert run("pull")[0] == 0


def test_a_live_flow_that_breaks_a_rule_is_compared_but_not_written(tmp_path: Path, run: Any):
    live_flow(tmp_path, run, {"type": "metric", "id": "MetrA1"})
    assert run("validate")[0] == 3
    code, out, told = run("plan", "--detailed-exitcode")
    assert (code, out) == (0, NONE)
    assert "1 error in what stays as it is; flowc validate --account one shows them" in told
    file = tmp_path / "flows" / "texts.yaml"
    file.write_text(file.read_text().replace("body: Hello", "body: Good evening"))
    code, out, told = run("plan", "--format", "json")
    assert (code, json.loads(out)["diagnostics"][0]["code"]) == (3, "F421")
    assert run("apply", "--yes")[0] == 3
    assert allow_what_is_there(run, tmp_path) == 1
    assert run("plan", "--detailed-exitcode")[0] == 2


def test_what_is_wrong_with_one_flow_does_not_stop_another(tmp_path: Path, run: Any):
    live_flow(tmp_path, run, {"type": "metric", "id": "MetrA1"})
    (tmp_path / "flows" / "others.yaml").write_text(
        segment("Others", 3).replace("Ordered", "Invented metric MetrA1")
    )
    code, out, told = run("plan", "--detailed-exitcode")
    assert code == 2, told
    assert "Others" in out
    file = tmp_path / "flows" / "texts.yaml"
    file.write_text(file.read_text().replace("body: Hello", "body: Good evening"))
    assert run("plan", "--target", "Others", "--detailed-exitcode")[0] == 2
    assert run("plan", "--target", "Texts", "--detailed-exitcode")[0] == 3


def test_a_live_flow_that_names_something_deleted_is_compared_but_not_written(tmp_path: Path, run: Any):
    live_flow(tmp_path, run, {"type": "list", "id": "ListA1"})
    store = Store(tmp_path / "one.db")
    with store.writing() as view:
        view.delete("list", "ListA1")
    store.close()
    (tmp_path / "flows" / "texts.yaml").unlink()
    assert run("pull")[0] == 0
    assert "id: ListA1" in (tmp_path / "flows" / "texts.yaml").read_text()
    assert run("plan", "--detailed-exitcode")[:2] == (0, NONE)
    code, out, _ = run("plan", "--account", "two", "--format", "json")
    assert code == 3
    assert "F315" in {one["code"] for one in json.loads(out)["diagnostics"]}


TEST = """\
kind: flow
name: Compared
status: live
trigger: {metric: Ordered}
steps:
  - ab-test:
      winner_metric: unique-opens
      main:
        send-email: {name: Main, subject_line: Main, from_email: a@example.com, from_label: A, template: Base}
      variations:
        - allocation: 0.8
          send-email: {name: One, subject_line: One, from_email: a@example.com, from_label: A, template: Base}
        - allocation: 0.2
          send-email: {name: Two, subject_line: Two, from_email: a@example.com, from_label: A, template: Base}
  - time-delay: {value: 2, unit: days, delay_until_weekdays: []}
  - send-email: {name: After, subject_line: After, from_email: a@example.com, from_label: A, template: Base}
"""


def test_a_test_that_starts_as_its_flow_goes_live_is_what_was_planned(tmp_path: Path, run: Any):
    make_accounts(tmp_path)
    store = Store(tmp_path / "one.db")
    put_metric(store, "Ordered")
    with store.writing() as view:
        view.put("template", "TmplA1", {"name": "Base", "editor_type": "CODE", "html": "<p>"}, parent="")
    store.close()
    (tmp_path / "flows" / "compared.yaml").write_text(TEST)
    code, _, told = run("apply", "--yes", *ALLOW)
    assert code == 0, told
    assert run("plan", "--detailed-exitcode")[:2] == (0, NONE)
    (tmp_path / "flows" / "compared.yaml").unlink()
    assert run("pull")[0] == 0
    assert "experiment_status: live" in (tmp_path / "flows" / "compared.yaml").read_text()
    assert run("plan", "--detailed-exitcode")[:2] == (0, NONE)
    lend(tmp_path / "one.db", tmp_path / "two.db")
    code, _, told = run("apply", "--account", "two", "--yes", *ALLOW)
    assert code == 0, told
    assert run("plan", "--account", "two", "--detailed-exitcode")[:2] == (0, NONE)
