"""Definitions from files: responses as they were shown, create bodies and bare definitions as the server takes them."""

from __future__ import annotations

import json

import pytest
from account_kit import NOW, fork, mail, open_account, wait

from compiler.account.load import load_definitions
from compiler.diagnostics import Fatal


@pytest.fixture
def account(tmp_path):
    opened = open_account(tmp_path / "account.db")
    yield opened
    opened.store.close()


@pytest.fixture
def folder(tmp_path):
    made = tmp_path / "definitions"
    made.mkdir()
    return made


def write(folder, name, document):
    (folder / f"{name}.json").write_text(json.dumps(document))


def as_read(prefix="1", template="TmplA1"):
    def number(n):
        return f"{prefix}0000000{n}"

    message = {"from_email": "a@example.com", "template_id": template, "name": "One", "id": f"Msg{prefix}01"}
    child = {
        "id": number(5),
        "type": "send-email",
        "data": {"message": {"id": f"Msg{prefix}02"}, "status": "live"},
    }
    experiment = {"variations": [child], "allocations": {number(5): 1.0}, "started": None}
    test = {"status": "live", "main_action": {**child, "id": number(6)}, "current_experiment": experiment}
    return {
        "triggers": [{"type": "segment", "id": "SegmA1"}],
        "profile_filter": {
            "condition_groups": [
                {
                    "conditions": [
                        {"type": "profile-metric", "metric_id": "MetrA1", "metric_filters": None},
                        {
                            "type": "profile-group-membership",
                            "is_member": False,
                            "group_ids": ["ListA1", "SegmA1"],
                        },
                    ]
                }
            ]
        },
        "actions": [
            {
                "id": number(1),
                "type": "time-delay",
                "data": {"unit": "hours", "value": 1, "odd": [1]},
                "links": {"next": number(2)},
            },
            {
                "id": number(2),
                "type": "send-email",
                "data": {"message": message, "status": "live"},
                "links": {"next": number(3)},
            },
            {"id": number(3), "type": "ab-test", "data": test, "links": {"next": None}},
        ],
        "entry_action_id": number(1),
        "reentry_criteria": {"duration": 3, "unit": "day"},
    }


def response(definition, identifier="FlowA1", name="Shown"):
    attributes = {"name": name, "status": "live", "archived": True, "created": "2026-01-01T00:00:00+00:00"}
    attributes |= {
        "updated": "2026-02-01T00:00:00+00:00",
        "trigger_type": "Added to List",
        "definition": definition,
    }
    return {"data": {"type": "flow", "id": identifier, "attributes": attributes}, "links": {}}


def test_a_response_is_stored_exactly_as_it_was_shown(account, folder):
    write(folder, "shown", response(as_read()))
    assert load_definitions(account.store, folder, now=NOW) == {"flow": 1, "segment": 0}
    assert json.dumps(account.read("FlowA1")) == json.dumps(as_read())
    shown = account.data("flows/FlowA1")["attributes"]
    assert (shown["name"], shown["archived"], shown["updated"]) == (
        "Shown",
        True,
        "2026-02-01T00:00:00+00:00",
    )


def test_what_a_definition_names_is_invented(account, folder):
    write(folder, "shown", response(as_read()))
    load_definitions(account.store, folder, now=NOW)
    assert account.data("metrics/MetrA1")["attributes"]["name"] == "Invented metric MetrA1"
    assert account.data("segments/SegmA1")["attributes"]["name"] == "Invented segment SegmA1"
    assert account.data("lists/ListA1")["attributes"]["opt_in_process"] == "double_opt_in"
    assert account.get("lists/SegmA1").status_code == 404
    assert "TmplA1" in account.data("flow-messages/Msg101/template")["attributes"]["html"]
    assert account.get("templates/TmplA1").status_code == 404


def test_a_second_flow_of_the_same_ids_gets_ids_and_a_name_of_its_own(account, folder):
    write(folder, "a", response(as_read()))
    write(folder, "b", response(as_read()))
    load_definitions(account.store, folder, now=NOW)
    names = {flow["attributes"]["name"]: flow["id"] for flow in account.data("flows")}
    assert set(names) == {"Shown", "Shown (2)"}
    assert account.read("FlowA1") == as_read()
    copy = account.read(names["Shown (2)"])
    assert [action["type"] for action in copy["actions"]] == ["time-delay", "send-email", "ab-test"]
    assert not {action["id"] for action in copy["actions"]} & {
        action["id"] for action in as_read()["actions"]
    }
    experiment = copy["actions"][2]["data"]["current_experiment"]
    assert list(experiment["allocations"]) == [experiment["variations"][0]["id"]]
    message = copy["actions"][1]["data"]["message"]
    assert account.data(f"flow-messages/{message['id']}/template")["id"] == message["template_id"] != "TmplA1"
    assert account.data("flow-messages/Msg101/template")["id"] == "TmplA1"


def test_a_bare_definition_takes_the_name_of_its_file(account, folder):
    definition = as_read("2", "TmplB1")
    write(folder, "winback", definition)
    load_definitions(account.store, folder, now=NOW)
    flow = account.data("flows")[0]
    assert flow["attributes"]["name"] == "winback"
    assert flow["attributes"]["status"] == "live"
    assert account.read(flow["id"]) == definition


def test_a_create_body_goes_through_the_servers_rewriting(account, folder):
    definition = {
        "triggers": [{"type": "list", "id": "ListB1"}],
        "profile_filter": None,
        "entry_action_id": "a",
        "actions": [wait("a", "f"), fork("f", "m"), mail("m", template_id="TmplB1", image_id="ImgB1")],
    }
    write(
        folder, "body", {"data": {"type": "flow", "attributes": {"name": "Sent", "definition": definition}}}
    )
    load_definitions(account.store, folder, now=NOW)
    flow = account.data("flows", {"filter": 'equals(name,"Sent")'})[0]["id"]
    assert account.shape(flow) == ["wait 1", "multi-branch-split", "m"]
    assert account.data("templates/TmplB1")["attributes"]["name"] == "Invented template TmplB1"
    assert account.data("images/ImgB1")["attributes"]["format"] == "png"


def test_segments_are_loaded_from_responses_bodies_and_bare_definitions(account, folder):
    region = {"type": "profile-region", "in_region": True, "region": "united_states"}
    definition = {"condition_groups": [{"conditions": [region]}]}
    attributes = {"name": "Read", "definition": definition, "is_active": False, "is_starred": True}
    write(folder, "read", {"data": {"type": "segment", "id": "SegmR1", "attributes": attributes}})
    write(folder, "bare", definition)
    write(folder, "named", {"name": "Named", "definition": definition, "key": "k"})
    assert load_definitions(account.store, folder, now=NOW) == {"flow": 0, "segment": 3}
    shown = account.data("segments/SegmR1")["attributes"]
    assert (shown["is_active"], shown["is_starred"], shown["definition"]) == (False, True, definition)
    assert {entry["attributes"]["name"] for entry in account.data("segments")} == {"Read", "bare", "Named"}


def test_a_loaded_segment_is_known_as_one_to_the_flows_beside_it(account, folder):
    region = {"type": "profile-region", "in_region": True, "region": "united_states"}
    body = {"name": "Read", "definition": {"condition_groups": [{"conditions": [region]}]}}
    write(folder, "z", {"data": {"type": "segment", "id": "ListA1", "attributes": body}})
    write(folder, "a", response(as_read()))
    load_definitions(account.store, folder, now=NOW)
    assert account.data("segments/ListA1")["attributes"]["name"] == "Read"


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("{", "not JSON"),
        ("[]", "neither a flow nor a segment"),
        ('{"data": []}', "neither a flow nor a segment"),
        ('{"data": {"attributes": {"definition": {"name": "x"}}}}', "neither a flow nor a segment"),
        ('{"triggers": [], "actions": []}', "/triggers: Exactly one trigger"),
    ],
)
def test_a_file_without_a_definition_is_named_and_nothing_is_loaded(account, folder, text, message):
    write(folder, "a", response(as_read()))
    (folder / "z.json").write_text(text)
    with pytest.raises(Fatal, match=message):
        load_definitions(account.store, folder, now=NOW)
    assert account.data("flows") == []


def test_an_empty_folder_is_an_error(account, folder):
    with pytest.raises(Fatal, match=r"no \.json files"):
        load_definitions(account.store, folder, now=NOW)


def test_a_trigger_may_name_nothing(account, folder):
    for number, kind in enumerate(("segment", "list", "metric"), 1):
        definition = as_read(str(number), f"Tmpl{number}")
        definition["triggers"] = [{"type": kind}]
        write(folder, kind, response(definition, f"Flow{number}", kind))
    assert load_definitions(account.store, folder, now=NOW)["flow"] == 3
    assert account.read("Flow1")["triggers"] == [{"type": "segment"}]


def test_what_a_read_flow_does_not_say_reads_as_null(account, folder):
    definition = as_read()
    del definition["profile_filter"]
    del definition["entry_action_id"]
    write(folder, "shown", response(definition))
    load_definitions(account.store, folder, now=NOW)
    shown = account.read("FlowA1")
    assert (shown["profile_filter"], shown["entry_action_id"]) == (None, None)
    listed = account.data("flows", {"include": "flow-actions", "fields[flow-action]": "definition"})
    assert [row["id"] for row in listed] == ["FlowA1"]


@pytest.mark.parametrize(
    ("changed", "message"),
    [
        ({"triggers": None}, "/triggers: A list of objects"),
        ({"triggers": [{"id": "X"}]}, "/triggers/0/type: A type"),
        ({"entry_action_id": 7}, "/entry_action_id: The entry"),
        ({"actions": [{"id": "1", "links": {"next": None}}]}, "/actions/0/type: A type"),
        ({"actions": [{"id": "1", "type": "code", "links": {"next": 7}}]}, "/actions/0/links/next: A link"),
    ],
)
def test_a_read_flow_that_is_built_as_none_is_refused_by_its_place(account, folder, changed, message):
    write(folder, "shown", response({**as_read(), **changed}))
    with pytest.raises(Fatal, match=rf"shown\.json: /data/attributes/definition{message}"):
        load_definitions(account.store, folder, now=NOW)
    assert account.data("flows") == []


def test_a_segment_without_conditions_is_refused_as_on_create_and_nobody_is_in_one_that_was_read(
    account, folder
):
    write(folder, "bare", {"condition_groups": []})
    with pytest.raises(Fatal, match="At least one condition group"):
        load_definitions(account.store, folder, now=NOW)
    (folder / "bare.json").unlink()
    for number, groups in enumerate(([], [{"conditions": []}])):
        attributes = {"name": f"Read {number}", "definition": {"condition_groups": groups}}
        write(
            folder,
            f"read{number}",
            {"data": {"type": "segment", "id": f"SegmR{number}", "attributes": attributes}},
        )
    listed = {"type": "profile-property", "property": "properties['Tags']"}
    listed["filter"] = {"type": "list", "operator": "contains-any", "value": []}
    write(folder, "none", {"condition_groups": [{"conditions": [listed]}]})
    assert load_definitions(account.store, folder, now=NOW)["segment"] == 3
    for row in account.data("segments"):
        members = account.data(f"segments/{row['id']}/profiles")
        assert members == []
