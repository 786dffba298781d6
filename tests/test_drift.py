"""``plan --detailed-exitcode`` in a scheduled job: it shows the differences, and its exit code says whether there are any."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from account_kit import Account, open_account
from apply_worlds import SETTINGS, flow, put_metric, segment, write_specs
from two_accounts import ALLOW, NONE, brand, set_switches

SERIES = flow("Series", "Ordered", "live", "One a", "2", "Two a", "Three a")


@pytest.fixture
def deployed(tmp_path: Path, run: Any) -> Any:
    """A project whose account holds what its files say."""
    write_specs(tmp_path, {"series": SERIES, "buyers": segment("Buyers", 3)})
    set_switches(tmp_path / "sandbox.db")
    account = open_account(tmp_path / "sandbox.db")
    put_metric(account.store, "Ordered")
    account.store.close()
    code, _, told = run("apply", "--yes", *ALLOW)
    assert code == 0, told
    return run


def series(account: Account) -> str:
    return next(row["id"] for row in account.data("flows") if row["attributes"]["name"] == "Series")


def steps(account: Account, kind: str) -> list[dict[str, Any]]:
    return [one for one in account.read(series(account))["actions"] if one["type"] == kind]


def edited(kind: str, place: int, change: Callable[[dict[str, Any]], Any]) -> Callable[[Account], None]:
    def by_hand(account: Account) -> None:
        step = steps(account, kind)[place]
        change(step["data"])
        answer = account.send(
            "PATCH", f"flow-actions/{step['id']}", "flow-action", {"definition": step}, step["id"]
        )
        assert answer.status_code == 200, answer.text

    return by_hand


def removed(account: Account) -> None:
    gone = steps(account, "send-email")[1]["id"]
    assert account.client.delete(f"/api/flow-actions/{gone}").status_code == 204


def stopped(account: Account) -> None:
    identifier = series(account)
    assert (
        account.send("PATCH", f"flows/{identifier}", "flow", {"status": "draft"}, identifier).status_code
        == 200
    )


def deleted(account: Account) -> None:
    assert account.client.delete(f"/api/flows/{series(account)}").status_code == 204


def broadened(account: Account) -> None:
    row = next(row for row in account.data("segments") if row["attributes"]["name"] == "Buyers")
    definition = row["attributes"]["definition"]
    definition["condition_groups"][0]["conditions"][0]["measurement_filter"]["value"] = 1
    answer = account.send("PATCH", f"segments/{row['id']}", "segment", {"definition": definition}, row["id"])
    assert answer.status_code == 200, answer.text


DRIFT: dict[str, tuple[Callable[[Account], None], str, tuple[str, ...]]] = {
    "another subject": (
        edited("send-email", 0, lambda data: data["message"].update(subject_line="Just for you")),
        "Series",
        ("Just for you", "About One"),
    ),
    "another wait": (edited("time-delay", 0, lambda data: data.update(value=9)), "Series", ("9", "2")),
    "one message stopped": (
        edited("send-email", 2, lambda data: data.update(status="draft")),
        "Series",
        ("draft", "live"),
    ),
    "a message gone": (removed, "Series", ("Two",)),
    "the flow stopped": (stopped, "Series", ("draft", "live")),
    "the flow deleted": (deleted, "Series", ("One", "Two", "Three")),
    "a broader segment": (broadened, "Buyers", ("1", "3")),
}


@pytest.mark.parametrize("what", DRIFT)
def test_what_was_changed_by_hand_is_shown_and_the_code_is_2(deployed: Any, tmp_path: Path, what: str):
    assert deployed("plan", "--detailed-exitcode")[:2] == (0, NONE)
    change, name, shown = DRIFT[what]
    account = open_account(tmp_path / "sandbox.db")
    change(account)
    account.store.close()
    code, out, _ = deployed("plan", "--detailed-exitcode", "--format", "json")
    document = json.loads(out)
    assert (code, document["exit_code"], document["error"]) == (2, 2, None)
    (unit,) = [unit for unit in document["plan"]["units"] if unit["stages"]]
    assert unit["name"] == name
    text = json.dumps(unit["changes"], ensure_ascii=False)
    for word in shown:
        assert word in text, text
    assert deployed("plan")[0] == 0
    for style in ("text", "markdown"):
        code, out, _ = deployed("plan", "--detailed-exitcode", "--format", style)
        assert (code, name in out) == (2, True)
        for word in shown:
            assert word in out
    code, _, told = deployed("apply", "--yes", *ALLOW)
    assert code == 0, told
    assert deployed("plan", "--detailed-exitcode")[:2] == (0, NONE)


def test_the_six_changes_of_the_seeded_brand_are_each_shown_with_their_step_or_field(
    tmp_path: Path, run: Any
):
    brand(tmp_path, "all")
    code, _, told = run("account", "seed", "--small")
    assert code == 0
    names = [line.split('"')[1] for line in told.splitlines() if "is live, but" in line]
    assert len(names) == 6
    code, out, _ = run("plan", "--detailed-exitcode", "--format", "json")
    assert code == 2
    units = {unit["name"]: unit for unit in json.loads(out)["plan"]["units"] if unit["kind"] == "flow"}
    for name in names:
        (change,) = units[name]["changes"]
        assert change["kinds"]
        assert change["fields"] or {"added", "removed"} & set(change["kinds"]), change


def test_failures_are_no_drift_and_machines_get_a_document(
    deployed: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr("compiler.client.delivery.FIRST_PAUSE", 0.001)
    with (tmp_path / "flowc.yaml").open("a") as file:
        file.write("# accounts\n")
    settings = SETTINGS.replace(
        "  sandbox: {embedded: sandbox.db}\n",
        '  sandbox: {embedded: sandbox.db}\n  away: {key_env: AWAY_KEY, url: "http://127.0.0.1:9"}\n',
    )
    (tmp_path / "flowc.yaml").write_text(settings)
    asked = ("plan", "--account", "away", "--detailed-exitcode", "--format", "json")
    for code, environ in ((4, {}), (1, {"AWAY_KEY": "pk_nobody"})):
        found, out, _ = deployed(*asked, **environ)
        document = json.loads(out)
        assert (found, document["exit_code"], document["format_version"]) == (code, code, 1)
        assert document["error"]
    (tmp_path / "sandbox.db").write_bytes(b"no account at all")
    found, out, _ = deployed("plan", "--detailed-exitcode", "--format", "json")
    assert (found, json.loads(out)["exit_code"]) == (1, 1)


def test_a_quick_plan_is_exact_for_actions_and_says_what_it_did_not_read(deployed: Any, tmp_path: Path):
    account = open_account(tmp_path / "sandbox.db")
    edited("time-delay", 0, lambda data: data.update(value=9))(account)
    identifier = series(account)
    with account.store.writing() as view:
        body = view.get("flow", identifier)
        body["frame"] |= {"reentry_criteria": {"duration": 3, "unit": "day"}}
        view.put("flow", identifier, body)
    account.store.close()
    whole, quick = (
        json.loads(deployed("plan", "--format", "json", *more)[1])["plan"] for more in ((), ("--quick",))
    )
    (seen,) = [unit for unit in quick["units"] if unit["stages"]]
    assert seen["change"] == "update"
    (full,) = [unit for unit in whole["units"] if unit["stages"]]
    assert full["change"] == "replace"
    of_steps = [one for one in full["changes"] if one["live_step"]]
    assert [one["fields"] for one in seen["changes"]] == [one["fields"] for one in of_steps]
    assert [one for one in quick["warnings"] if "did not read triggers, filters, re-entry" in one]
    assert not [one for one in whole["warnings"] if "did not read" in one]
    code, out, _ = deployed("plan", "--quick", "--detailed-exitcode")
    assert (code, "did not read triggers" in out) == (2, True)
