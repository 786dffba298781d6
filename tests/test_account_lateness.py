"""Reads that lag, writes that act late: the account as it was, and as it will be."""

from __future__ import annotations

import pytest
from account_kit import mail, open_account, problem, wait


@pytest.fixture
def account(tmp_path):
    opened = open_account(tmp_path / "account.db")
    yield opened
    opened.store.close()


def test_a_new_flow_shows_only_after_the_lag(account):
    account.switch(read_lag=5)
    flow = account.flow(wait("a", "b"), mail("b"))
    assert account.get(f"flows/{flow}").status_code == 404
    assert account.data("flows") == []
    account.clock.pass_seconds(6)
    assert account.shape(flow) == ["wait 1", "b"]


def test_a_changed_and_a_deleted_action_show_their_past(account):
    flow = account.flow(mail("a", "b"), mail("b"))
    account.switch(read_lag=5)
    account.clock.pass_seconds(60)
    first, second = account.read(flow)["actions"]
    changed = {**first, "data": {**first["data"], "status": "live"}}
    answer = account.send(
        "PATCH", f"flow-actions/{first['id']}", "flow-action", {"definition": changed}, first["id"]
    )
    assert answer.json()["data"]["attributes"]["definition"]["data"]["status"] == "live"
    account.clock.pass_seconds(2)
    account.client.delete(f"/api/flow-actions/{second['id']}")
    assert [action["data"]["status"] for action in account.read(flow)["actions"]] == ["draft", "draft"]
    account.clock.pass_seconds(4)
    assert [action["data"]["status"] for action in account.read(flow)["actions"]] == ["live", "draft"]
    account.clock.pass_seconds(2)
    assert account.shape(flow) == ["a"]


def test_what_was_gone_long_ago_is_forgotten(account):
    account.switch(read_lag=5)
    for _ in range(4):
        account.template()
        account.clock.pass_seconds(10)
    account.template()
    kept = account.store.connection.execute("SELECT count(*) FROM undo").fetchone()[0]
    assert kept == 1


def test_writes_see_what_reads_do_not_yet(account):
    account.switch(read_lag=5)
    tag = account.make("tags", "tag", name="one")
    answer = account.send("POST", "tags", "tag", {"name": "one"})
    assert problem(answer)[0] == 409
    assert account.get(f"tags/{tag}").status_code == 404


def test_a_late_write_answers_504_and_acts_when_its_time_has_come(account):
    definition = account.definition(wait("a"))
    account.switch(write_lateness=20)
    answer = account.create(definition)
    assert problem(answer)[0] == 504
    assert account.data("flows") == []
    account.clock.pass_seconds(21)
    assert [flow["attributes"]["name"] for flow in account.data("flows")] == ["A flow"]
    assert len(account.data("flows")) == 1


def test_late_writes_act_in_their_order_and_refused_ones_leave_nothing(account):
    flow = account.flow(mail("a"))
    account.switch(write_lateness=10)
    account.send("PATCH", f"flows/{flow}", "flow", {"status": "manual"}, flow)
    account.create({"triggers": []})
    account.clock.pass_seconds(1)
    account.send("PATCH", f"flows/{flow}", "flow", {"status": "live"}, flow)
    account.client.delete("/api/flows/unknown")
    account.switch(write_lateness=0)
    account.clock.pass_seconds(9)
    assert account.data(f"flows/{flow}")["attributes"]["status"] == "manual"
    account.clock.pass_seconds(1)
    assert account.data(f"flows/{flow}")["attributes"]["status"] == "live"
    assert len(account.data("flows")) == 1


def test_late_writes_survive_the_program(account, tmp_path):
    flow = account.flow(mail("a"))
    account.switch(write_lateness=10)
    account.client.delete(f"/api/flows/{flow}")
    account.store.close()
    again = open_account(tmp_path / "account.db")
    assert len(again.data("flows")) == 1
    again.clock.pass_seconds(11)
    assert again.data("flows") == []
    again.store.close()
