"""Flows over HTTP: what is sent, what is read back, lists, pages, statuses."""

from __future__ import annotations

import pytest
from account_kit import NOW, fork, mail, open_account, problem, split, wait

SEVEN = ["monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday"]


@pytest.fixture
def account(tmp_path):
    opened = open_account(tmp_path / "account.db")
    yield opened
    opened.store.close()


def test_temporary_ids_become_digits_and_messages_get_ids(account):
    definition = account.read(account.flow(wait("first", "second"), mail("second")))
    first, second = definition["actions"]
    assert definition["entry_action_id"] == first["id"]
    assert first["links"]["next"] == second["id"]
    assert first["id"].isdigit()
    assert "temporary_id" not in first
    assert len(second["data"]["message"]["id"]) == 6


def test_actions_are_read_level_by_level_with_the_true_branch_first(account):
    flow = account.flow(
        wait("start", "fork"), mail("no 2"), mail("no", "no 2"), split("fork", "yes", "no"), mail("yes")
    )
    assert account.shape(flow) == ["wait 1", "conditional-split", "yes", "no", "no 2"]


def test_a_template_is_cloned_so_that_later_changes_never_reach_the_flow(account):
    template = account.template("<p>before</p>")
    flow = account.flow(mail("letter", template_id=template))
    message = account.read(flow)["actions"][0]["data"]["message"]
    assert message["template_id"] != template
    account.send("PATCH", f"templates/{template}", "template", {"html": "<p>after</p>"}, template)
    cloned = account.data(f"flow-messages/{message['id']}/template")
    assert cloned["id"] == message["template_id"]
    assert cloned["attributes"]["html"] == "<p>before</p>"
    linked = account.data(f"flow-messages/{message['id']}/relationships/template")
    assert linked == {"type": "template", "id": message["template_id"]}


def test_a_cloned_template_is_no_part_of_the_library(account):
    template = account.template()
    flow = account.flow(mail("letter", template_id=template))
    clone = account.read(flow)["actions"][0]["data"]["message"]["template_id"]
    assert [entry["id"] for entry in account.data("templates")] == [template]
    assert account.get(f"templates/{clone}").status_code == 404


def test_the_fields_of_an_email_are_filled_in(account):
    bare = {"temporary_id": "a", "type": "send-email", "data": {"message": {"from_email": "a@example.com"}}}
    message = account.read(account.flow(bare))["actions"][0]["data"]["message"]
    assert message["reply_to_email"] == "a@example.com"
    assert message["cc_email"] is None
    assert message["preview_text"] == ""
    assert message["name"] == "Email #1"
    assert message["smart_sending_enabled"] is True


def test_a_text_message_gets_its_defaults_and_accounts_with_rcs_repeat_the_body(account):
    text = {"temporary_id": "a", "type": "send-sms", "data": {"message": {"body": "Hi"}}}
    message = account.read(account.flow(text))["actions"][0]["data"]["message"]
    assert message["name"] == "Text message #1"
    assert message["image_id"] is None
    assert "message_hierarchy" not in message
    account.switch(message_hierarchy="repeated")
    message = account.read(account.flow(text, name="B"))["actions"][0]["data"]["message"]
    assert message["message_hierarchy"][0]["body"] == "Hi"


def test_integers_of_metric_filters_become_floats_and_measurements_stay(account):
    metric = account.metric()
    test = {"property": "Size", "filter": {"type": "numeric", "operator": "equals", "value": 30}}
    condition = {
        "type": "profile-metric",
        "metric_id": metric,
        "measurement": "count",
        "measurement_filter": {"type": "numeric", "operator": "equals", "value": 0},
        "timeframe_filter": {"type": "date", "operator": "flow-start"},
        "metric_filters": [test],
    }
    definition = account.definition(wait("a"))
    definition["profile_filter"] = {"condition_groups": [{"conditions": [condition]}]}
    answer = account.create(definition)
    read = answer.json()["data"]["attributes"]["definition"]["profile_filter"]
    found = read["condition_groups"][0]["conditions"][0]
    assert repr(found["metric_filters"][0]["filter"]["value"]) == "30.0"
    assert repr(found["measurement_filter"]["value"]) == "0"


@pytest.mark.parametrize(("habit", "read"), [("all", SEVEN), ("absent", None)])
def test_weekdays_follow_the_habit_of_the_account(account, habit, read):
    account.switch(weekdays=habit)
    plain = account.read(account.flow(wait("a", "b"), wait("b", unit="days", delay_until_weekdays=SEVEN)))
    for action in plain["actions"]:
        assert action["data"].get("delay_until_weekdays") == read


def test_a_choice_of_weekdays_stays_under_either_habit(account):
    for habit in ("all", "absent"):
        account.switch(weekdays=habit)
        flow = account.flow(wait("a", unit="days", delay_until_weekdays=["monday"]), name=habit)
        assert account.read(flow)["actions"][0]["data"]["delay_until_weekdays"] == ["monday"]


def test_times_get_seconds_and_hours_a_second_value(account):
    flow = account.flow(wait("a", "b"), wait("b", unit="days", delay_until_time="10:00"))
    hours, days = (action["data"] for action in account.read(flow)["actions"])
    assert hours["secondary_value"] == 0
    assert "delay_until_time" not in hours
    assert days["delay_until_time"] == "10:00:00"
    assert days["secondary_value"] is None


def test_a_split_of_many_branches_has_no_links_and_fresh_branch_ids(account):
    action = account.read(account.flow(fork("fork", "x", None), mail("x")))["actions"][0]
    assert "links" not in action
    first, second, rest = action["data"]["branches"]
    assert first["links"] == {"next": account_next(account)}
    assert second["links"] is None
    assert rest == {"branch_id": rest["branch_id"], "branch_filter": None, "links": None, "is_else": True}
    assert len(first["branch_id"]) == 6


def account_next(account):
    flow = account.data("flows")[0]["id"]
    return account.data(f"flows/{flow}/flow-actions")[1]["id"]


def test_a_trigger_split_gains_its_subtype(account):
    trigger = account.metric()
    data = {"trigger_filter": None, "trigger_id": trigger, "trigger_type": "metric"}
    action = {"temporary_id": "a", "type": "trigger-split", "data": data}
    flow = account.flow({**action, "links": {"next_if_true": None, "next_if_false": None}})
    assert account.read(flow)["actions"][0]["data"]["trigger_subtype"] is None


def ab_test(template):
    def child(name):
        made = mail(name, template_id=template)
        return {**made, "temporary_id": name}

    experiment = {
        "name": "Which?",
        "variations": [child("one"), child("two")],
        "allocations": {"a": 0.4, "b": 0.6},
        "winner_metric": "unique-clicks",
    }
    data = {"main_action": child("main"), "current_experiment": experiment}
    return {"temporary_id": "test", "type": "ab-test", "data": data, "links": {"next": None}}


def test_an_experiment_loses_its_name_and_keys_its_shares_by_children(account):
    flow = account.flow(ab_test(account.template()))
    data = account.read(flow)["actions"][0]["data"]
    experiment = data["current_experiment"]
    children = [child["id"] for child in experiment["variations"]]
    assert experiment["name"] is None
    assert experiment["allocations"] == dict(zip(children, (0.4, 0.6), strict=True))
    assert experiment["started"] is None
    assert data["experiment_status"] == "draft"
    assert len(account.data(f"flow-actions/{account.read(flow)['actions'][0]['id']}/flow-messages")) == 3


def test_an_experiment_starts_when_its_flow_goes_live(account):
    flow = account.flow(ab_test(account.template()))
    account.send("PATCH", f"flows/{flow}", "flow", {"status": "live"}, flow)
    data = account.read(flow)["actions"][0]["data"]
    assert data["experiment_status"] == data["main_action"]["data"]["status"] == "live"
    assert data["current_experiment"]["started"] == NOW.isoformat()


def test_shares_of_an_experiment_may_be_left_out(account):
    action = ab_test(account.template())
    del action["data"]["current_experiment"]["allocations"]
    data = account.read(account.flow(action))["actions"][0]["data"]
    assert list(data["current_experiment"]["allocations"].values()) == [0.5, 0.5]


def test_the_status_of_a_flow_sets_that_of_every_action_and_moves_updated(account):
    flow = account.flow(mail("a", "b"), wait("b", "c"), mail("c", status="manual"))
    assert account.data(f"flows/{flow}")["attributes"]["status"] == "manual"
    account.clock.pass_seconds(60)
    answer = account.send("PATCH", f"flows/{flow}", "flow", {"status": "live"}, flow)
    assert answer.json()["data"]["attributes"]["updated"] > answer.json()["data"]["attributes"]["created"]
    assert [action["data"].get("status") for action in account.read(flow)["actions"]] == [
        "live",
        None,
        "live",
    ]


def test_nothing_but_the_status_of_a_flow_can_be_changed(account):
    flow = account.flow(wait("a"))
    answer = account.send("PATCH", f"flows/{flow}", "flow", {"name": "B"}, flow)
    assert problem(answer)[0] == 400
    assert problem(answer)[2] == {"pointer": "/data/attributes/name"}
    answer = account.send("PATCH", f"flows/{flow}", "flow", {"status": "paused"}, flow)
    assert problem(answer)[2] == {"pointer": "/data/attributes/status"}


def test_a_deleted_flow_takes_its_actions_messages_and_taggings_along(account):
    flow = account.flow(mail("a", template_id=account.template()))
    action = account.read(flow)["actions"][0]
    tag = account.make("tags", "tag", name="kept")
    account.client.post(f"/api/tags/{tag}/relationships/flows", json={"data": [{"type": "flow", "id": flow}]})
    assert account.client.delete(f"/api/flows/{flow}").status_code == 204
    assert account.get(f"flows/{flow}").status_code == 404
    assert account.get(f"flow-actions/{action['id']}").status_code == 404
    assert account.get(f"flow-messages/{action['data']['message']['id']}").status_code == 404
    assert account.data(f"tags/{tag}/relationships/flows") == []


def test_a_second_flow_of_one_name_is_accepted_or_refused(account):
    account.flow(wait("a"), name="Same")
    assert account.create(account.definition(wait("a")), "Same").status_code == 201
    account.switch(equal_flow_names="refused")
    assert problem(account.create(account.definition(wait("a")), "Same"))[0] == 409
    assert account.create(account.definition(wait("a")), "Other").status_code == 201


def test_flows_are_filtered_sorted_and_paged(account):
    for n, name in enumerate(["Beta", "Alpha", "Gamma", 'Say "hi", (twice)']):
        account.clock.pass_seconds(n)
        account.flow(wait("a"), name=name)

    def names(**params):
        return [flow["attributes"]["name"] for flow in account.data("flows", params)]

    assert names(sort="name")[:3] == ["Alpha", "Beta", "Gamma"]
    assert names(sort="-created")[-1] == "Beta"
    assert names(filter='contains(name,"PH")') == ["Alpha"]
    assert names(filter='equals(name,"Say \\"hi\\", (twice)")') == ['Say "hi", (twice)']
    assert names(filter='and(starts-with(name,"b"),equals(status,"draft"))') == ["Beta"]
    assert names(filter="equals(archived,false),ends-with(name,'ma')") == ["Gamma"]
    assert names(filter="greater-than(created,2026-11-20T12:00:01Z)", sort="name") == [
        "Gamma",
        'Say "hi", (twice)',
    ]
    ids = [flow["id"] for flow in account.data("flows")]
    assert names(filter=f'any(id,["{ids[0]}","{ids[2]}"])') == ["Beta", "Gamma"]
    first = account.client.get("/api/flows", params={"page[size]": "3", "sort": "-name"}).json()
    assert "next" in first["links"]
    second = account.client.get(first["links"]["next"].replace("https://a.klaviyo.com", "")).json()
    assert [flow["attributes"]["name"] for flow in second["data"]] == ["Alpha"]
    assert "next" not in second["links"]


def test_fifty_flows_a_page_bring_every_action_with_its_definition(account):
    tag = account.make("tags", "tag", name="mine")
    flow = account.flow(wait("a", "b"), mail("b"))
    account.client.post(f"/api/tags/{tag}/relationships/flows", json={"data": [{"type": "flow", "id": flow}]})
    fields = {"fields[flow-action]": "definition.data.value,definition.id", "fields[flow]": "name"}
    page = account.client.get("/api/flows", params={"include": "flow-actions,tags", **fields}).json()
    shown = page["data"][0]
    assert shown["attributes"] == {"name": "A flow"}
    assert [entry["id"] for entry in shown["relationships"]["tags"]["data"]] == [tag]
    actions = [entry for entry in page["included"] if entry["type"] == "flow-action"]
    assert [entry["id"] for entry in shown["relationships"]["flow-actions"]["data"]] == [
        entry["id"] for entry in actions
    ]
    assert actions[0]["attributes"]["definition"] == {"data": {"value": 1}, "id": actions[0]["id"]}


def test_actions_of_a_flow_are_filtered_by_kind_and_status(account):
    flow = account.flow(wait("a", "b"), mail("b", "c"), mail("c", status="live"))
    found = account.data(f"flows/{flow}/flow-actions", {"filter": 'equals(action_type,"send-email")'})
    assert len(found) == 2
    live = account.data(f"flows/{flow}/relationships/flow-actions", {"filter": 'equals(status,"live")'})
    assert live == [{"type": "flow-action", "id": found[1]["id"]}]
    action = found[0]["id"]
    assert account.data(f"flow-actions/{action}/flow")["id"] == flow
    assert account.data(f"flow-actions/{action}/relationships/flow") == {"type": "flow", "id": flow}
    read = account.get(f"flow-actions/{action}", include="flow,flow-messages").json()
    assert {entry["type"] for entry in read["included"]} == {"flow", "flow-message"}
    assert read["data"]["relationships"]["flow"]["data"]["id"] == flow
    message = account.data(f"flow-actions/{action}/relationships/flow-messages")[0]["id"]
    assert account.data(f"flow-messages/{message}/flow-action")["id"] == action
    assert account.data(f"flow-messages/{message}/relationships/flow-action")["id"] == action
    assert account.get(f"flow-messages/{message}/template").status_code == 404
    assert account.data(f"flow-messages/{message}/relationships/template") is None


@pytest.mark.parametrize(
    ("trigger", "word"),
    [
        ({"type": "date", "date_field_type": "profile-property"}, "Date Based"),
        ({"type": "price-drop"}, "Price Drop"),
        ({"type": "low-inventory"}, "Low Inventory"),
        ({"type": "list", "id": None}, "Added to List"),
        ({"type": "segment", "id": None}, "Added to List"),
    ],
)
def test_the_trigger_type_is_worded_as_the_api_does(account, trigger, word):
    definition = account.definition(wait("a")) | {"triggers": [trigger]}
    assert account.create(definition).json()["data"]["attributes"]["trigger_type"] == word


def test_reentry_is_read_only_since_the_revision_that_knows_it(tmp_path):
    account = open_account(tmp_path / "a.db")
    definition = account.definition(wait("a")) | {"reentry_criteria": {"duration": 7, "unit": "day"}}
    flow = account.create(definition).json()["data"]["id"]
    assert account.read(flow)["reentry_criteria"] == {"duration": 7, "unit": "day"}
    account.client.headers["revision"] = "2026-01-15"
    assert "reentry_criteria" not in account.read(flow)
    account.store.close()


def test_the_beta_calls_quiet_hours_otherwise(tmp_path):
    account = open_account(tmp_path / "a.db", revision="2024-10-15.pre")
    account.clock.now = NOW.replace(year=2026, month=9)
    text = {"body": "Hi", "respecting_sms_quiet_hours": False, "id": "given"}
    flow = account.flow({"temporary_id": "a", "type": "send-sms", "data": {"message": text}})
    assert account.read(flow)["actions"][0]["data"]["message"]["respecting_sms_quiet_hours"] is False
    account.client.headers["revision"] = "2026-07-15"
    assert account.read(flow)["actions"][0]["data"]["message"]["sms_quiet_hours_enabled"] is False
    account.store.close()


def test_other_kinds_with_a_status_are_drafts_unless_they_say_otherwise(account):
    actions = [
        {
            "temporary_id": "a",
            "type": "update-profile",
            "data": {"profile_operations": []},
            "links": {"next": "b"},
        },
        {"temporary_id": "b", "type": "code", "data": None, "links": {"next": "c"}},
        {"temporary_id": "c", "type": "back-in-stock-delay", "links": {"next": "d"}},
        {"temporary_id": "d", "type": "send-webhook", "data": {"message": None}},
    ]
    read = account.read(account.flow(*actions))["actions"]
    assert read[0]["data"]["status"] == "draft"
    assert read[1]["data"] is None
    assert "data" not in read[2]
    assert read[3]["data"] == {"message": None, "status": "draft"}
