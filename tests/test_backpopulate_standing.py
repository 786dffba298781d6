"""``flowc backpopulate --account``: flows that are not there yet, that differ, that are archived, that a loop stamps."""

import csv
import io
import json
import shutil
from pathlib import Path

import pytest
from click.testing import CliRunner
from sandbox_kit import PROJECT, call, database

from compiler.commands.account import account
from compiler.commands.backpopulate import backpopulate
from compiler.commands.live import pull
from compiler.diagnostics import Exit, Fatal

pytest.importorskip("ibis")
FLOW, SPEC = "Customer Winback", "flows/customer-winback.yaml"
STAMPED = """kind: flow
for_each: {wait: [60 days, 75 days]}
name: Winback after ${{ each.wait }}
status: live
trigger: {metric: {name: Placed Order, integration: Shopify}}
steps:
  - time-delay: ${{ each.wait }}
  - send-email: {name: Mail 1, subject_line: Hello, from_email: a@example.com, from_label: A, template: Winback 1}
"""
STAMPS = "flows/stamped.yaml"


@pytest.fixture(scope="module")
def made(tmp_path_factory):
    folder = tmp_path_factory.mktemp("made")
    (folder / "flowc.yaml").write_text(PROJECT, encoding="utf-8")
    with pytest.MonkeyPatch.context() as patch:
        patch.chdir(folder)
        call(account, "seed", "--small")
        call(pull, FLOW)
    (folder / STAMPS).write_text(STAMPED, encoding="utf-8")
    return folder


@pytest.fixture
def project(made, tmp_path, monkeypatch):
    shutil.copytree(made, tmp_path, dirs_exist_ok=True)
    monkeypatch.chdir(tmp_path)
    return tmp_path


def said(*words, form="json"):
    code, text = call(backpopulate, *words, "--account", "sandbox", "--format", form)
    return code, json.loads(text) if form == "json" else text


def changed(called, kind="flow", **about):
    """Change what the account has of a name; returns its id."""
    with database() as found:
        rows = found.execute("select id, body from resources where type = ?", (kind,)).fetchall()
        [(one, body)] = [(row[0], json.loads(row[1])) for row in rows if json.loads(row[1])["name"] == called]
        found.execute("update resources set body = ? where id = ?", (json.dumps({**body, **about}), one))
    return one


def respelled(old, new):
    text = Path(SPEC).read_text(encoding="utf-8")
    assert old in text
    Path(SPEC).write_text(text.replace(old, new, 1), encoding="utf-8")


# a spec that is to be applied first


def test_a_spec_that_is_its_live_flow_has_nothing_to_apply(project):
    code, found = said(SPEC)
    assert (code, found["reasons"]) == (Exit.DONE, [])
    assert not any("apply" in line.lower() for line in found["runbook"]["before"])


@pytest.mark.parametrize(
    ("old", "new", "words"),
    [
        (f"name: {FLOW}\n", "name: Newer\n", "The account has no flow of this name yet."),
        (f"name: {FLOW}\n", f"name: Newer\nwas: {FLOW}\n", "The account's flow is not what this one says."),
        (
            "add_tracking_params: true",
            "add_tracking_params: false",
            "The account's flow is not what this one says.",
        ),
    ],
)
def test_a_spec_that_the_account_lacks_or_has_otherwise_is_to_be_applied_first(project, old, new, words):
    respelled(old, new)
    code, found = said(SPEC)
    assert (code, found["eligible"]) == (Exit.DONE, True)
    assert [(row["code"], row["verdict"], row["text"]) for row in found["reasons"]] == [
        ("not-applied", "warns", words)
    ]
    assert found["runbook"]["before"][0] == f"{words} Apply it first: flowc plan shows what that changes."


def test_a_live_flow_of_another_status_is_to_be_applied_first(project):
    changed(FLOW, status="manual")
    assert [row["code"] for row in said(SPEC)[1]["reasons"]] == ["not-applied"]


def test_each_format_says_that_a_spec_is_to_be_applied_first(project):
    respelled(f"name: {FLOW}\n", "name: Newer\n")
    words = "The account has no flow of this name yet."
    text = said(SPEC, form="text")[1]
    assert "MAY I? Yes, once it is applied." in text
    assert f"warns: {words}" in text
    assert f"1. {words} Apply it first" in " ".join(text.split())
    page = said(SPEC, form="html")[1]
    assert "May be back-populated, once it is applied" in page
    assert f"<li>{words} Apply it first" in page
    rows = list(csv.DictReader(io.StringIO(said(SPEC, form="csv")[1])))
    assert [row["name"] for row in rows if row["about"] == "reason"] == [words]


def test_of_two_flows_of_a_spec_s_name_nobody_knows_which_to_click(project):
    changed("Welcome Series", name=FLOW)
    [reason] = said(SPEC)[1]["reasons"]
    assert (reason["code"], reason["text"]) == (
        "several-flows",
        "Several flows of the account have this name: nobody knows which of them this one is.",
    )


# flows that are out of service


@pytest.mark.parametrize(
    ("about", "code", "words"),
    [
        ({"archived": True}, "archived", "The flow is archived"),
        ({}, "retired", "The flow was retired"),
    ],
)
def test_a_flow_that_is_out_of_service_is_blocked_by_its_id(project, about, code, words):
    identifier = changed(FLOW, **about)
    if code == "retired":
        changed("lifecycle", "tag", name="flowc-retired-2026-06-01")
    found_code, found = said(identifier)
    assert (found_code, found["eligible"]) == (Exit.WRONG_SPECS, False)
    assert [(row["code"], row["verdict"]) for row in found["reasons"]] == [(code, "blocks")]
    assert found["reasons"][0]["text"].startswith(words)
    assert found["runbook"]["clicks"] == []
    shutil.rmtree("flows")
    with pytest.raises(
        Fatal, match=rf'the flow "{FLOW}" of the account is {code}, so that .* id: {identifier}'
    ) as caught:
        said(FLOW)
    assert caught.value.exit_code == Exit.WRONG_SPECS


def test_the_spec_of_an_archived_flow_is_meant_by_its_name(project):
    changed(FLOW, archived=True)
    assert [row["code"] for row in said(FLOW)[1]["reasons"]] == ["not-applied"]


# a spec that a loop stamps


def test_a_stamped_flow_is_picked_by_its_name_from_its_file(project):
    with pytest.raises(
        Fatal, match="holds 2 flows; pick one of them by --name: Winback after 60 days, Winback"
    ):
        said(STAMPS)
    code, found = said(STAMPS, "--name", "Winback after 60 days")
    assert (code, found["flow"], found["timeline"]["horizon"]) == (
        Exit.DONE,
        "Winback after 60 days",
        60 * 86_400,
    )
    assert [row["code"] for row in found["reasons"]] == ["not-applied"]


def test_a_flow_that_the_account_lacks_is_the_project_s_of_that_name(project):
    code, found = said("Winback after 75 days")
    assert (code, found["flow"]) == (Exit.DONE, "Winback after 75 days")
    assert [row["code"] for row in found["reasons"]] == ["not-applied"]


def test_of_a_name_that_both_have_the_account_s_flow_is_meant_and_the_spec_by_its_file(project):
    changed(FLOW, name="Winback after 60 days")
    assert said("Winback after 60 days")[1]["timeline"]["horizon"] > 60 * 86_400
    found = said(STAMPS, "--name", "Winback after 60 days")[1]
    assert found["timeline"]["horizon"] == 60 * 86_400
    assert [row["text"] for row in found["reasons"]] == ["The account's flow is not what this one says."]


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (
            (STAMPS, "--name", "Winback after 6 days"),
            f'{STAMPS} holds no flow "Winback after 6 days"; did you mean',
        ),
        ((FLOW, "--name", FLOW), f'--name picks a flow of a file, and "{FLOW}" is no file'),
    ],
)
def test_a_name_that_picks_nothing_is_refused(project, words, message):
    with pytest.raises(Fatal, match=message) as caught:
        said(*words)
    assert caught.value.exit_code == Exit.WRONG_SPECS
    with pytest.raises(Fatal, match=message):
        call(backpopulate, *words)


def test_a_definition_is_picked_from_a_listing_in_json(project):
    rows = [
        {
            "type": "flow",
            "id": name,
            "attributes": {"name": name, "definition": {"triggers": [], "actions": []}},
        }
        for name in ("one", "two")
    ]
    Path("listing.json").write_text(json.dumps({"data": rows}), encoding="utf-8")
    with pytest.raises(Fatal, match="holds 2 flows; pick one of them by --name: one, two"):
        call(backpopulate, "listing.json")
    _, text = call(backpopulate, "listing.json", "--name", "two", "--format", "json")
    assert json.loads(text)["flow"] == "two"
    rows[0]["attributes"]["name"] = "two"
    Path("listing.json").write_text(json.dumps({"data": rows}), encoding="utf-8")
    with pytest.raises(Fatal, match='2 flows are called "two"; rename one'):
        call(backpopulate, "listing.json", "--name", "two")


def test_the_help_says_which_flow_a_name_means():
    text = " ".join(CliRunner().invoke(backpopulate, ["--help"]).stdout.split())
    assert "A name means the account's flow before the project's" in text
