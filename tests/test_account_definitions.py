"""Every definition that the account answers is one that the project's own schemas allow, at every revision."""

from __future__ import annotations

import pytest
from account_kit import LATEST, NOW, fork, mail, open_account, split, wait

from compiler import kinds
from compiler.account.seed import seed
from compiler.check import check

REVISIONS = ("2026-07-15", LATEST)


@pytest.fixture(scope="module")
def brand(tmp_path_factory):
    opened = open_account(tmp_path_factory.mktemp("brand") / "brand.db")
    seed(opened.store, seed=1, now=NOW, small=True)
    opened.flow(
        wait("w", "s", unit="days", delay_until_time="10:00", delay_until_weekdays=["monday"]),
        split("s", "f", "m3"),
        fork("f", "m1", "m2"),
        mail("m1"),
        mail("m2", status="live"),
        mail("m3", "w2"),
        wait("w2"),
        name="Of every shape",
    )
    yield opened
    opened.store.close()


def pages(account, path, **given):
    """Every row of a listing."""
    target, rows = f"/api/{path}", []
    while target:
        answer = account.client.get(target, params=given).json()
        rows += answer["data"]
        target, given = (answer.get("links") or {}).get("next"), None
    return rows


@pytest.mark.parametrize("revision", REVISIONS)
def test_flows_as_they_are_read(brand, revision):
    brand.client.headers["revision"] = revision
    read = [brand.read(row["id"]) for row in pages(brand, "flows")]
    assert len(read) == 21
    assert [found for definition in read for found in check("flow", definition, revision)] == []


@pytest.mark.parametrize("revision", REVISIONS)
def test_actions_as_the_listing_and_each_by_itself_show_them(brand, revision):
    brand.client.headers["revision"] = revision
    listed = brand.client.get("/api/flows", params={"include": "flow-actions", "page[size]": "50"}).json()
    actions = {row["id"]: row["attributes"]["definition"] for row in listed["included"]}
    assert len(actions) > 70
    assert [found for action in actions.values() for found in check("action", action, revision)] == []
    some = list(actions)[::7]
    assert [brand.data(f"flow-actions/{one}")["attributes"]["definition"] for one in some] == [
        actions[one] for one in some
    ]


@pytest.mark.parametrize("revision", REVISIONS)
def test_segments_as_they_are_read(brand, revision):
    brand.client.headers["revision"] = revision
    read = [row["attributes"]["definition"] for row in pages(brand, "segments")]
    assert len(read) == 60
    assert [found for definition in read for found in check("segment", definition, revision)] == []


def test_what_comes_back_from_a_create_and_a_change(brand):
    brand.client.headers["revision"] = LATEST
    made = brand.create(brand.definition(wait("w", "m"), mail("m")), "Another").json()["data"]["attributes"]
    assert check("flow", made["definition"], LATEST) == []
    letter = made["definition"]["actions"][1]
    letter["data"]["message"]["subject_line"] = "Other"
    changed = brand.send(
        "PATCH", f"flow-actions/{letter['id']}", "flow-action", {"definition": letter}, letter["id"]
    )
    assert changed.status_code == 200, changed.text
    definition = changed.json()["data"]["attributes"]["definition"]
    assert definition["data"]["message"]["subject_line"] == "Other"
    assert check("action", definition, LATEST) == []


def test_the_check_finds_what_no_schema_has(brand):
    row = pages(brand, "flows")[0]
    definition = brand.read(row["id"])
    definition["actions"][0]["data"]["colour"] = 1
    assert any("colour" in message for _, message in check("flow", definition, LATEST))
    assert kinds.default_revision() == LATEST
