"""What the account refuses of definitions, and that nothing makes it fail."""

from __future__ import annotations

import copy
from typing import Any

import httpx
import pytest
from account_kit import Account, fork, mail, open_account, problem, split, wait
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from compiler.account.app import create_app
from compiler.account.settings import Settings

ROOT = "/data/attributes/definition"


@pytest.fixture
def account(tmp_path):
    opened = open_account(tmp_path / "account.db")
    yield opened
    opened.store.close()


def condition(metric):
    return {
        "type": "profile-metric",
        "metric_id": metric,
        "measurement": "count",
        "measurement_filter": {"type": "numeric", "operator": "equals", "value": 0},
        "timeframe_filter": {"type": "date", "operator": "alltime"},
    }


def groups(found):
    return {"condition_groups": [{"conditions": [found]}]}


def refusal(account, *actions, **changed):
    return problem(account.create({**account.definition(*actions), **changed}))


def test_a_delay_in_hours_with_weekdays_is_refused_in_the_words_of_the_api(account):
    status, detail, source = refusal(account, wait("a", delay_until_weekdays=["monday"]))
    assert status == 400
    assert detail == "Not allowed to set delay_until_time or delay_until_weekdays unless unit is 'days'"
    assert source == {"pointer": f"{ROOT}/actions/0/data"}
    assert refusal(account, wait("a", unit="minutes", delay_until_time="10:00"))[1] == detail


def test_more_than_one_trigger_and_none_are_refused(account):
    two = account.definition(wait("a"))
    two["triggers"] *= 2
    assert problem(account.create(two))[2] == {"pointer": f"{ROOT}/triggers"}
    assert refusal(account, wait("a"), triggers=[])[2] == {"pointer": f"{ROOT}/triggers"}


def test_ids_are_refused_on_create(account):
    assert refusal(account, {**wait("a"), "id": "1"})[2] == {"pointer": f"{ROOT}/actions/0/id"}
    with_message = mail("a", id="abc123")
    assert refusal(account, with_message)[2] == {"pointer": f"{ROOT}/actions/0/data/message/id"}
    missing = wait("a")
    del missing["temporary_id"]
    found = account.create({**account.definition(wait("a")), "actions": [missing]})
    assert {"pointer": f"{ROOT}/actions/0/temporary_id"} in [
        error["source"] for error in found.json()["errors"]
    ]


def test_the_state_of_an_experiment_is_refused_on_create(account):
    experiment = {"id": "x", "variations": [mail("one")]}
    data = {"experiment_status": "live", "main_action": mail("m"), "current_experiment": experiment}
    answer = account.create(account.definition({"temporary_id": "a", "type": "ab-test", "data": data}))
    pointers = [error["source"]["pointer"] for error in answer.json()["errors"]]
    assert f"{ROOT}/actions/0/data/experiment_status" in pointers
    assert f"{ROOT}/actions/0/data/current_experiment/id" in pointers


def test_links_that_lead_nowhere_are_refused(account):
    assert refusal(account, wait("a", "b"))[2] == {"pointer": f"{ROOT}/actions/0/links/next"}
    assert refusal(account, fork("a", "b"))[2] == {"pointer": f"{ROOT}/actions/0/data/branches/0/links/next"}
    assert refusal(account, wait("a"), entry_action_id="z")[2] == {"pointer": f"{ROOT}/entry_action_id"}


def test_circles_repeated_ids_and_lost_actions_are_refused(account):
    assert "leads back" in refusal(account, wait("a", "b"), wait("b", "a"))[1]
    assert "twice" in refusal(account, wait("a"), wait("a"))[1]
    assert "cannot be reached" in refusal(account, wait("a"), wait("b"))[1]


def test_joins_are_accepted_or_refused(account):
    steps = (split("s", "yes", "no"), mail("yes", "j"), mail("no", "j"), wait("j"))
    flow = account.flow(*steps)
    assert account.shape(flow) == ["conditional-split", "yes", "no", "wait 1"]
    account.switch(joins_at_create="refused")
    assert refusal(account, *steps)[2] == {"pointer": f"{ROOT}/actions/3"}


def test_unknown_metrics_lists_segments_templates_and_images_are_refused(account):
    assert refusal(account, wait("a"), triggers=[{"type": "list", "id": "nope"}])[2] == {
        "pointer": f"{ROOT}/triggers/0/id"
    }
    assert "does not exist" in refusal(account, wait("a"), profile_filter=groups(condition("nope")))[1]
    assert refusal(account, mail("a", template_id="nope"))[2] == {
        "pointer": f"{ROOT}/actions/0/data/message/template_id"
    }
    member = {"type": "profile-group-membership", "is_member": True, "group_ids": ["nope"]}
    assert "list or segment" in refusal(account, wait("a"), profile_filter=groups(member))[1]
    text = {"temporary_id": "a", "type": "send-sms", "data": {"message": {"body": "", "image_id": "nope"}}}
    assert "image" in refusal(account, text)[1]


def test_empty_copies_and_unknown_statuses_are_refused(account):
    assert refusal(account, mail("a", cc_email=""))[2] == {
        "pointer": f"{ROOT}/actions/0/data/message/cc_email"
    }
    assert refusal(account, mail("a", status="paused"))[2] == {"pointer": f"{ROOT}/actions/0/data/status"}


def test_all_problems_of_a_definition_are_told_at_once(account):
    answer = account.create(account.definition(wait("a", "b", delay_until_time="9:00"), wait("c")))
    assert len(answer.json()["errors"]) == 3
    assert len({error["id"] for error in answer.json()["errors"]}) == 3


def test_a_refused_create_leaves_nothing_behind(account):
    template = account.template()
    account.create(account.definition(mail("a", "b", template_id=template)))
    assert account.data("flows") == []
    assert len(account.data("templates")) == 1


def test_the_checker_of_shapes_speaks_first(tmp_path):
    account = open_account(tmp_path / "a.db")
    seen = []

    def check(family, definition, revision):
        seen.append((family, revision))
        return [("/actions/0/data/value", "Too long.")] if family != "segment" else []

    app = create_app(account.store, settings=Settings(clock=account.clock, check_definition=check))
    client = httpx.Client(
        transport=httpx.WSGITransport(app), base_url="http://a", headers=dict(account.client.headers)
    )
    body = {
        "data": {"type": "flow", "attributes": {"name": "A", "definition": account.definition(wait("a"))}}
    }
    assert problem(client.post("/api/flows", json=body)) == (
        400,
        "Too long.",
        {"pointer": f"{ROOT}/actions/0/data/value"},
    )
    assert seen == [("flow", "2026-10-15")]
    account.store.close()


@pytest.mark.parametrize(
    "body",
    [
        b"{",
        b"[]",
        b"null",
        b'{"data": 3}',
        b'{"data": {"type": "list"}}',
        b'{"data": {"type": "flow", "attributes": 1}}',
        b'{"data": {"type": "flow", "attributes": {"name": " "}}}',
        b'{"data": {"type": "flow", "attributes": {"name": "A", "definition": []}}}',
    ],
)
def test_a_body_that_is_no_document_is_refused(account, body):
    assert problem(account.client.post("/api/flows", content=body))[0] == 400


def test_the_id_of_a_body_must_be_that_of_the_path(account):
    flow = account.flow(wait("a"))
    answer = account.send("PATCH", f"flows/{flow}", "flow", {"status": "live"}, "other")
    assert problem(answer)[2] == {"pointer": "/data/id"}


JUNK = st.sampled_from(
    [None, True, 7, -1.5, "text", "", [], {}, [None], [{}], {"next": 3}, {"type": "time-delay"}]
)


def places(node: Any, path: tuple[Any, ...] = ()) -> list[tuple[Any, ...]]:
    found = [path] if path else []
    items = node.items() if isinstance(node, dict) else enumerate(node) if isinstance(node, list) else ()
    for key, value in items:
        found += places(value, (*path, key))
    return found


def everything(account: Account) -> dict[str, Any]:
    template = account.template()
    children = {
        "main_action": mail("m"),
        "current_experiment": {"variations": [mail("v", template_id=template)]},
    }
    metric = account.metric()
    definition = account.definition(
        wait("start", "s", unit="days", delay_until_time="10:00", delay_until_weekdays=["monday"]),
        split("s", "x", "f"),
        mail("x", "t", template_id=template, additional_filters=groups(condition(metric))),
        fork("f", "y", None),
        mail("y"),
        {"temporary_id": "t", "type": "ab-test", "data": children, "links": {"next": None}},
    )
    with_filters = condition(metric)
    with_filters["metric_filters"] = [
        {"property": "a", "filter": {"type": "numeric", "operator": "equals", "value": 1}}
    ]
    return definition | {
        "profile_filter": groups(with_filters),
        "reentry_criteria": {"duration": 1, "unit": "day"},
    }


@pytest.fixture(scope="module")
def lasting(tmp_path_factory):
    opened = open_account(tmp_path_factory.mktemp("fuzz") / "account.db")
    yield opened, everything(opened)
    opened.store.close()


@settings(max_examples=120, deadline=None, suppress_health_check=list(HealthCheck))
@given(data=st.data())
def test_no_body_however_wrong_makes_the_account_fail(lasting, data):
    account, sound = lasting
    body = {"data": {"type": "flow", "attributes": {"name": "Fuzz", "definition": copy.deepcopy(sound)}}}
    for _ in range(data.draw(st.integers(1, 3))):
        path = data.draw(st.sampled_from(places(body)))
        *parents, last = path
        node = body
        for key in parents:
            node = node[key]
        if data.draw(st.booleans()):
            node[last] = data.draw(JUNK)
        else:
            del node[last]
        if not body:
            break
    answer = account.client.post("/api/flows", json=body)
    assert answer.status_code in (201, 400), answer.text
    if answer.status_code == 201:
        flow = answer.json()["data"]["id"]
        assert account.read(flow)
        assert account.send("PATCH", f"flows/{flow}", "flow", {"status": "live"}, flow).status_code == 200
        account.client.delete(f"/api/flows/{flow}")


@settings(max_examples=80, deadline=None, suppress_health_check=list(HealthCheck))
@given(data=st.data())
def test_no_segment_however_wrong_makes_the_account_fail(lasting, data):
    account, sound = lasting
    kinds = [
        {
            "type": "profile-property",
            "property": "email",
            "filter": {"type": "string", "operator": "equals", "value": "a"},
        },
        {"type": "profile-region", "in_region": True, "region": "european_union"},
        {
            "type": "profile-predictive-analytics",
            "dimension": "total_clv",
            "filter": {"type": "numeric", "operator": "equals", "value": 1},
        },
        {
            "type": "profile-marketing-consent",
            "consent": {
                "channel": "email",
                "can_receive_marketing": True,
                "consent_status": {"subscription": "subscribed", "filters": None},
            },
        },
        sound["profile_filter"]["condition_groups"][0]["conditions"][0],
    ]
    definition = {"condition_groups": [{"conditions": copy.deepcopy(kinds)}]}
    path = data.draw(st.sampled_from(places(definition)))
    node: Any = definition
    for key in path[:-1]:
        node = node[key]
    node[path[-1]] = data.draw(JUNK)
    account.switch(segment_processing=0)
    answer = account.send("POST", "segments", "segment", {"name": "Fuzz", "definition": definition})
    assert answer.status_code in (201, 400), answer.text
    if answer.status_code == 201:
        account.client.delete(f"/api/segments/{answer.json()['data']['id']}")
