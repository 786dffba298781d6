"""Actions over HTTP: change, delete, insert, under every answer that the API leaves open."""

from __future__ import annotations

import copy

import pytest
from account_kit import fork, label, mail, open_account, problem, split, wait

POINTER = "/data/attributes/definition"


@pytest.fixture
def account(tmp_path):
    opened = open_account(tmp_path / "account.db")
    yield opened
    opened.store.close()


def actions(account, flow):
    return {label(action): action for action in account.read(flow)["actions"]}


def patch(account, action, **changed):
    sent = {**copy.deepcopy(action), **changed}
    return account.send(
        "PATCH", f"flow-actions/{action['id']}", "flow-action", {"definition": sent}, action["id"]
    )


def insert(account, definition, **attributes):
    relationships = attributes.pop("relationships", None)
    rest = {"relationships": relationships} if relationships else {}
    return account.send(
        "POST", "flow-actions", "flow-action", {"definition": definition, **attributes}, None, **rest
    )


def anchor(action, where, temporary):
    given = {"type": action["type"], "links": {where: temporary}}
    return {
        "anchor-action": {
            "data": {"type": "flow-action", "id": action["id"], "attributes": {"definition": given}}
        }
    }


def new_wait(value=9):
    made = wait("new", value=value)
    del made["links"]
    return made


# change


def test_a_changed_action_keeps_its_ids_and_the_flow_its_date(account):
    flow = account.flow(mail("a", "b"), wait("b"))
    before = account.data(f"flows/{flow}")["attributes"]["updated"]
    action = actions(account, flow)["a"]
    account.clock.pass_seconds(90)
    message = {**action["data"]["message"], "subject_line": "New"}
    answer = patch(account, action, data={"message": message, "status": "live"})
    read = answer.json()["data"]["attributes"]
    assert read["definition"]["data"]["message"]["id"] == action["data"]["message"]["id"]
    assert read["definition"]["data"]["message"]["subject_line"] == "New"
    assert read["updated"] > read["created"]
    assert account.data(f"flows/{flow}")["attributes"]["updated"] == before


@pytest.mark.parametrize(("answer", "status"), [("follows", "live"), ("separate", "draft")])
def test_the_status_of_a_flow_follows_its_actions_or_not(account, answer, status):
    account.switch(flow_status=answer)
    flow = account.flow(mail("a"))
    action = actions(account, flow)["a"]
    patch(account, action, data={**action["data"], "status": "live"})
    assert account.data(f"flows/{flow}")["attributes"]["status"] == status


@pytest.mark.parametrize("answer", ["ignored", "honoured", "refused"])
def test_changed_links_are_ignored_honoured_or_refused(account, answer):
    account.switch(patch_links=answer)
    flow = account.flow(mail("a", "b"), wait("b", "c"), mail("c"))
    found = actions(account, flow)
    got = patch(account, found["a"], links={"next": found["c"]["id"]})
    if answer == "refused":
        assert problem(got) == (
            400,
            "The links of an action cannot be changed.",
            {"pointer": f"{POINTER}/links"},
        )
    expected = {"ignored": ["a", "wait 1", "c"], "honoured": ["a", "c"], "refused": ["a", "wait 1", "c"]}
    assert account.shape(flow) == expected[answer]


def test_honoured_links_must_lead_to_actions_of_the_flow(account):
    account.switch(patch_links="honoured")
    flow = account.flow(mail("a", "b"), wait("b"))
    got = patch(account, actions(account, flow)["a"], links={"next": "123"})
    assert problem(got)[2] == {"pointer": f"{POINTER}/links/next"}


def test_what_was_read_is_refused_for_a_delay_in_hours_with_the_seven_weekdays(account):
    flow = account.flow(wait("a"))
    got = patch(account, actions(account, flow)["wait 1"])
    assert problem(got)[0] == 400
    assert "unless unit is 'days'" in problem(got)[1]


def test_the_branches_of_a_changed_split_keep_their_ids_and_links(account):
    flow = account.flow(fork("f", "x", None), mail("x"))
    action = actions(account, flow)["multi-branch-split"]
    changed = copy.deepcopy(action["data"])
    changed["branches"][0]["name"] = "renamed"
    patch(account, action, data=changed)
    after = actions(account, flow)["multi-branch-split"]["data"]["branches"]
    assert after[0] == {**action["data"]["branches"][0], "name": "renamed"}
    assert after[1:] == action["data"]["branches"][1:]


@pytest.mark.parametrize(("answer", "same"), [("kept", True), ("cloned", False)])
def test_the_own_template_of_a_message_is_kept_or_cloned_again(account, answer, same):
    account.switch(same_template=answer)
    flow = account.flow(mail("a", template_id=account.template("<p>mine</p>")))
    action = actions(account, flow)["a"]
    old = action["data"]["message"]["template_id"]
    new = patch(account, action).json()["data"]["attributes"]["definition"]["data"]["message"]
    assert (new["template_id"] == old) is same
    assert account.data(f"flow-messages/{new['id']}/template")["attributes"]["html"] == "<p>mine</p>"


def test_another_template_is_cloned_and_replaces_the_old_clone(account):
    flow = account.flow(mail("a", template_id=account.template("<p>old</p>")))
    action = actions(account, flow)["a"]
    message = {**action["data"]["message"], "template_id": account.template("<p>new</p>")}
    patch(account, action, data={"message": message, "status": "draft"})
    html = account.data(f"flow-messages/{message['id']}/template")["attributes"]["html"]
    assert html == "<p>new</p>"


def test_neither_the_type_nor_the_id_of_an_action_can_be_changed(account):
    flow = account.flow(mail("a"))
    action = actions(account, flow)["a"]
    assert problem(patch(account, action, type="send-sms"))[2] == {"pointer": f"{POINTER}/type"}
    sent = {**action, "id": "1"}
    got = account.send(
        "PATCH", f"flow-actions/{action['id']}", "flow-action", {"definition": sent}, action["id"]
    )
    assert problem(got)[2] == {"pointer": f"{POINTER}/id"}
    got = account.send("PATCH", f"flow-actions/{action['id']}", "flow-action", {}, action["id"])
    assert problem(got)[2] == {"pointer": POINTER}


def test_an_experiment_keeps_its_children_and_drops_the_messages_of_those_gone(account):
    template = account.template()
    children = [{**mail(name, template_id=template)} for name in ("one", "two", "three")]
    data = {"main_action": mail("main"), "current_experiment": {"variations": children}}
    flow = account.flow({"temporary_id": "t", "type": "ab-test", "data": data})
    action = account.read(flow)["actions"][0]
    before = [child["id"] for child in action["data"]["current_experiment"]["variations"]]
    action["data"]["current_experiment"]["variations"].pop()
    del action["data"]["current_experiment"]["allocations"]
    read = patch(account, action).json()["data"]["attributes"]["definition"]
    assert [child["id"] for child in read["data"]["current_experiment"]["variations"]] == before[:2]
    assert len(account.data(f"flow-actions/{action['id']}/flow-messages")) == 3


# delete


@pytest.mark.parametrize(("answer", "left"), [("splice", ["a", "c"]), ("cut", ["a"])])
def test_a_deleted_middle_step_is_spliced_or_cut(account, answer, left):
    account.switch(delete_links=answer)
    flow = account.flow(mail("a", "b"), wait("b", "c"), mail("c"))
    identifier = actions(account, flow)["wait 1"]["id"]
    assert account.client.delete(f"/api/flow-actions/{identifier}").status_code == 204
    assert account.shape(flow) == left
    assert account.get(f"flow-actions/{identifier}").status_code == 404


@pytest.mark.parametrize(("answer", "left"), [("splice", ["b"]), ("cut", [])])
def test_a_deleted_first_step_hands_the_entry_on_or_empties_the_flow(account, answer, left):
    account.switch(delete_links=answer)
    flow = account.flow(mail("a", "b"), mail("b"))
    account.client.delete(f"/api/flow-actions/{actions(account, flow)['a']['id']}")
    assert account.shape(flow) == left


def test_a_deleted_split_leaves_its_true_branch_at_most(account):
    flow = account.flow(wait("a", "s"), split("s", "yes", "no"), mail("yes"), mail("no"))
    account.client.delete(f"/api/flow-actions/{actions(account, flow)['conditional-split']['id']}")
    assert account.shape(flow) == ["wait 1", "yes"]


def test_every_parent_of_a_deleted_join_goes_on(account):
    flow = account.flow(
        split("s", "yes", "no"), mail("yes", "j"), mail("no", "j"), wait("j", "end"), mail("end")
    )
    account.client.delete(f"/api/flow-actions/{actions(account, flow)['wait 1']['id']}")
    found = actions(account, flow)
    assert found["yes"]["links"] == found["no"]["links"] == {"next": found["end"]["id"]}


# insert


def test_an_anchor_puts_a_new_action_behind_an_existing_one(account):
    flow = account.flow(mail("a", "b"), mail("b"))
    answer = insert(account, new_wait(), **anchor(actions(account, flow)["a"], "next", "new"))
    assert answer.status_code == 201
    assert account.shape(flow) == ["a", "wait 9", "b"]


def test_an_anchor_fills_an_empty_branch(account):
    flow = account.flow(split("s", "yes", None), mail("yes"))
    insert(account, new_wait(), **anchor(actions(account, flow)["conditional-split"], "next_if_false", "new"))
    assert account.shape(flow) == ["conditional-split", "yes", "wait 9"]


def test_an_anchor_in_a_split_of_many_branches_is_found_by_its_branch(account):
    flow = account.flow(fork("f", "x", None), mail("x"))
    stored = actions(account, flow)["multi-branch-split"]
    branch = {"branch_id": stored["data"]["branches"][1]["branch_id"], "links": {"next": "new"}}
    given = {"type": "multi-branch-split", "data": {"branches": [branch]}}
    place = {"data": {"type": "flow-action", "id": stored["id"], "attributes": {"definition": given}}}
    assert insert(account, new_wait(), **{"anchor-action": place}).status_code == 201
    links = actions(account, flow)["multi-branch-split"]["data"]["branches"][1]["links"]
    assert links == {"next": actions(account, flow)["wait 9"]["id"]}
    branch["branch_id"] = "ffffff"
    assert problem(insert(account, new_wait(), **{"anchor-action": place}))[0] == 400


def test_a_link_of_the_new_action_puts_it_before_an_existing_one(account):
    flow = account.flow(mail("a", "b"), mail("b"))
    found = actions(account, flow)
    assert insert(account, wait("new", found["a"]["id"], 7)).status_code == 201
    assert insert(account, wait("new", found["b"]["id"], 8)).status_code == 201
    assert account.shape(flow) == ["wait 7", "a", "wait 8", "b"]


@pytest.mark.parametrize(("answer", "parents"), [("every", 2), ("first", 1)])
def test_inserting_before_a_join_turns_every_parent_or_the_first(account, answer, parents):
    account.switch(insert_at_join=answer)
    flow = account.flow(split("s", "yes", "no"), mail("yes", "j"), mail("no", "j"), mail("j"))
    insert(account, wait("new", actions(account, flow)["j"]["id"], 9))
    found = actions(account, flow)
    turned = [name for name in ("yes", "no") if found[name]["links"]["next"] == found["wait 9"]["id"]]
    assert len(turned) == parents


def test_a_flow_without_actions_gets_its_first_one(account):
    flow = account.flow()
    place = {"flow": {"data": {"type": "flow", "id": flow}}}
    assert insert(account, new_wait(), relationships=place).status_code == 201
    assert account.shape(flow) == ["wait 9"]
    assert problem(insert(account, new_wait(), relationships=place))[0] == 400
    assert problem(insert(account, new_wait(), relationships={"flow": {"data": {"id": "no"}}}))[0] == 404


def test_exactly_one_placement_is_needed(account):
    flow = account.flow(mail("a"))
    found = actions(account, flow)["a"]
    assert problem(insert(account, new_wait()))[0] == 400
    both = insert(account, wait("new", found["id"]), **anchor(found, "next", "new"))
    assert problem(both)[2] == {"pointer": "/data/attributes"}


def test_messages_arrive_as_drafts_and_are_numbered_on(account):
    flow = account.flow(mail("a", status="live"))
    new = mail("new", status="live")
    del new["links"], new["data"]["message"]["name"]
    answer = insert(account, new, **anchor(actions(account, flow)["a"], "next", "new"))
    read = answer.json()["data"]["attributes"]["definition"]["data"]
    assert (read["status"], read["message"]["name"]) == ("draft", "Email #2")


def test_timing_steps_need_leave_to_enter_a_live_flow(account):
    flow = account.flow(mail("a", status="live"))
    place = anchor(actions(account, flow)["a"], "next", "new")
    refused = insert(account, new_wait(), **place)
    assert problem(refused)[2] == {"pointer": "/data/attributes/allow_live_action"}
    assert insert(account, new_wait(), allow_live_action=True, **place).status_code == 201
    update = {"temporary_id": "new", "type": "update-profile", "data": {"profile_operations": []}}
    assert insert(account, update, **place).status_code == 201


def test_splits_and_tests_are_not_inserted(account):
    flow = account.flow(mail("a"))
    for kind in (
        "conditional-split",
        "trigger-split",
        "action-output-split",
        "ab-test",
        "content-experiment",
    ):
        got = insert(
            account,
            {"temporary_id": "new", "type": kind},
            **anchor(actions(account, flow)["a"], "next", "new"),
        )
        assert problem(got)[2] == {"pointer": f"{POINTER}/type"}


def test_a_split_of_many_branches_is_inserted_at_an_end_or_joined_to_what_follows(account):
    flow = account.flow(mail("a", "b"), mail("b"))
    found = actions(account, flow)
    new = fork("new", None, None)
    assert insert(account, new, **anchor(found["b"], "next", "new")).status_code == 201
    assert problem(insert(account, new, **anchor(found["a"], "next", "new")))[0] == 400
    new["data"]["branches"][1]["joined"] = True
    joined = insert(account, new, **anchor(found["a"], "next", "new")).json()["data"]["attributes"][
        "definition"
    ]
    assert joined["data"]["branches"][1]["links"] == {"next": found["b"]["id"]}
    assert "joined" not in joined["data"]["branches"][1]


@pytest.mark.parametrize(
    ("change", "status"),
    [
        ({"data": {"id": "999", "attributes": {"definition": {"type": "send-email"}}}}, 404),
        ({"data": None}, 400),
        ({"data": {"id": "999"}}, 400),
    ],
)
def test_a_wrong_anchor_is_refused(account, change, status):
    assert problem(insert(account, new_wait(), **{"anchor-action": change}))[0] == status


def test_an_anchor_must_be_of_its_type_and_point_at_the_new_action(account):
    flow = account.flow(mail("a"))
    action = actions(account, flow)["a"]
    wrong = insert(account, new_wait(), **anchor({**action, "type": "time-delay"}, "next", "new"))
    assert problem(wrong)[2]["pointer"].endswith("/definition/type")
    nowhere = insert(account, new_wait(), **anchor(action, "next", "other"))
    assert problem(nowhere)[2]["pointer"].endswith("/definition/links")


@pytest.mark.parametrize(
    "definition", [None, {"type": 3}, {"type": "time-delay", "id": "1", "temporary_id": "new"}]
)
def test_a_new_action_needs_a_type_and_a_temporary_id(account, definition):
    assert problem(insert(account, definition))[0] == 400


def test_the_target_of_a_new_actions_link_must_exist(account):
    account.flow(mail("a"))
    assert problem(insert(account, wait("new", "404")))[2] == {"pointer": f"{POINTER}/links/next"}


def test_a_retried_insert_makes_a_second_action(account):
    flow = account.flow(mail("a"))
    place = anchor(actions(account, flow)["a"], "next", "new")
    insert(account, new_wait(), **place)
    insert(account, new_wait(), **place)
    assert account.shape(flow) == ["a", "wait 9", "wait 9"]
