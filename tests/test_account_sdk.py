"""The vendor's own SDK against the account over HTTP on loopback."""

from __future__ import annotations

import threading
import warnings
from datetime import UTC, datetime
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
from account_kit import mail, wait
from waitress.server import create_server

from compiler.account.app import create_app
from compiler.account.seed import seed
from compiler.account.settings import Settings, Switches
from compiler.account.store import EMBEDDED_KEY, Store

NOW = datetime(2026, 11, 20, 12, tzinfo=UTC)


@pytest.fixture(scope="module")
def address(tmp_path_factory):
    store = Store(tmp_path_factory.mktemp("sdk") / "account.db")
    seed(store, seed=4, now=NOW, small=True)
    store.change_switches(Switches(limits="off"))
    channels: dict[int, Any] = {}
    server = create_server(lambda *_: [], map=channels, host="127.0.0.1", port=0, threads=4)
    url = f"http://127.0.0.1:{server.effective_port}"
    server.application = create_app(store, settings=Settings(clock=lambda: datetime.now(UTC), origin=url))
    thread = threading.Thread(target=server.run, daemon=True)
    thread.start()
    yield url

    def stop():
        for channel in list(channels.values()):
            channel.close()

    server.trigger.pull_trigger(stop)
    thread.join(5)
    assert not thread.is_alive()
    store.close()


@pytest.fixture(scope="module")
def sdk(address):
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        from klaviyo_api import KlaviyoAPI  # noqa: PLC0415 - its warnings are silenced here

        return KlaviyoAPI(EMBEDDED_KEY, max_retries=1, test_host=address)


def body(kind, attributes, identifier=None):
    data = {"type": kind, "attributes": attributes}
    return {"data": data | ({"id": identifier} if identifier else {})}


def email_action(name, template):
    action = mail(name, template_id=template)
    action["data"]["message"] |= {"cc_email": None, "bcc_email": None}
    return action


def test_flows_are_listed_with_their_actions_and_paged_to_the_end(sdk):
    seen, cursor = [], None
    while True:
        page = sdk.Flows.get_flows(page_size=6, page_cursor=cursor, include=["flow-actions", "tags"])
        seen += [flow.id for flow in page.data]
        assert page.included
        if page.links.next is None:
            break
        cursor = parse_qs(urlsplit(page.links.next).query)["page[cursor]"][0]
    assert len(set(seen)) == len(seen) == 20


def test_the_link_of_the_next_page_serves_as_cursor_too(sdk):
    first = sdk.Tags.get_tags(page_size=4)
    second = sdk.Tags.get_tags(page_size=4, page_cursor=first.links.next)
    names = [tag.attributes.name for tag in [*first.data, *second.data]]
    assert len(set(names)) == 6


def test_every_seeded_flow_reads_whole(sdk):
    for flow in sdk.Flows.get_flows().data:
        read = sdk.Flows.get_flow(flow.id, additional_fields_flow=["definition"])
        definition = read.data.attributes.definition
        assert definition.entry_action_id == _first(definition.actions)


def _first(actions):
    first = actions[0]
    return getattr(first, "actual_instance", first).id if not isinstance(first, dict) else first["id"]


def test_a_flow_is_created_changed_and_deleted(sdk):
    metric = sdk.Metrics.get_metrics().data[0].id
    template = sdk.Templates.get_templates().data[0].id
    definition = {
        "triggers": [{"type": "metric", "id": metric, "trigger_filter": None}],
        "profile_filter": None,
        "entry_action_id": "wait",
        "actions": [wait("wait", "mail"), email_action("mail", template)],
    }
    made = sdk.Flows.create_flow(body("flow", {"name": "By the SDK", "definition": definition}))
    flow = made.data.id
    assert made.data.attributes.status == "draft"

    actions = sdk.Flows.get_actions_for_flow(flow).data
    sending = sdk.Flows.get_flow_action(actions[1].id, include=["flow", "flow-messages"])
    changed = sending.to_dict()["data"]["attributes"]["definition"]
    changed["data"]["message"]["subject_line"] = "Changed"
    changed["data"]["message"] = {k: v for k, v in changed["data"]["message"].items() if v is not None}
    sdk.Flows.update_flow_action(actions[1].id, body("flow-action", {"definition": changed}, actions[1].id))
    message = sdk.Flows.get_flow_action_messages(actions[1].id).data[0]
    assert message.attributes.to_dict()["definition"]["subject_line"] == "Changed"
    assert sdk.Flows.get_template_for_flow_message(message.id).data.attributes.html

    inserted = {
        "type": "flow-action",
        "attributes": {"definition": {k: v for k, v in wait("new").items() if k != "links"}},
    }
    anchor = {"id": actions[1].id, "type": "flow-action"}
    anchor["attributes"] = {"definition": {"type": "send-email", "links": {"next": "new"}}}
    inserted["attributes"]["anchor-action"] = {"data": anchor}
    new = sdk.Flows.create_flow_action({"data": inserted}).data.id
    assert [action.id for action in sdk.Flows.get_actions_for_flow(flow).data][-1] == new

    assert (
        sdk.Flows.update_flow(flow, body("flow", {"status": "live"}, flow)).data.attributes.status == "live"
    )
    sdk.Flows.delete_flow_action(new)
    assert len(sdk.Flows.get_actions_for_flow(flow).data) == 2
    sdk.Flows.delete_flow(flow)
    assert flow not in {found.id for found in sdk.Flows.get_flows().data}


def test_a_segment_is_created_read_changed_and_deleted(sdk):
    group = sdk.Lists.get_lists().data[0].id
    condition = {"type": "profile-group-membership", "is_member": True, "group_ids": [group]}
    definition = {"condition_groups": [{"conditions": [condition | {"timeframe_filter": None}]}]}
    made = sdk.Segments.create_segment(body("segment", {"name": "By the SDK", "definition": definition}))
    segment = made.data.id
    read = sdk.Segments.get_segment(segment, additional_fields_segment=["profile_count"])
    assert read.data.attributes.profile_count > 0
    renamed = sdk.Segments.update_segment(segment, body("segment", {"name": "Renamed"}, segment))
    assert renamed.data.attributes.name == "Renamed"
    assert len(sdk.Segments.get_profiles_for_segment(segment).data) == 20
    sdk.Segments.delete_segment(segment)
    assert not sdk.Segments.get_segments(filter='equals(name,"Renamed")').data


def test_every_page_of_segments_parses(sdk):
    seen, cursor = 0, None
    while True:
        page = sdk.Segments.get_segments(page_cursor=cursor, include=["flow-triggers", "tags"])
        seen += len(page.data)
        cursor = page.links.next
        if cursor is None:
            break
    assert seen == 60


def test_a_template_is_created_cloned_changed_and_deleted(sdk):
    made = sdk.Templates.create_template(
        body("template", {"name": "T", "editor_type": "CODE", "html": "<p>1</p>"})
    )
    template = made.data.id
    clone = sdk.Templates.clone_template(body("template", {"name": "T clone"}, template)).data
    sdk.Templates.update_template(template, body("template", {"html": "<p>2</p>"}, template))
    assert sdk.Templates.get_template(template).data.attributes.html == "<p>2</p>"
    assert sdk.Templates.get_template(clone.id).data.attributes.html == "<p>1</p>"
    sdk.Templates.delete_template(template)
    assert not sdk.Templates.get_templates(filter='equals(name,"T")').data


def test_a_tag_is_created_put_on_a_flow_renamed_and_deleted(sdk):
    flow = sdk.Flows.get_flows().data[0].id
    tag = sdk.Tags.create_tag(body("tag", {"name": "by-sdk"})).data.id
    sdk.Tags.tag_flows(tag, {"data": [{"type": "flow", "id": flow}]})
    assert [found.id for found in sdk.Tags.get_flow_ids_for_tag(tag).data] == [flow]
    assert tag in {found.id for found in sdk.Flows.get_tags_for_flow(flow).data}
    sdk.Tags.remove_tag_from_flows(tag, {"data": [{"type": "flow", "id": flow}]})
    sdk.Tags.update_tag(tag, body("tag", {"name": "renamed"}, tag))
    assert sdk.Tags.get_tag(tag, include=["tag-group"]).data.attributes.name == "renamed"
    sdk.Tags.delete_tag(tag)
    assert not sdk.Tags.get_tags(filter='equals(name,"renamed")').data


def test_the_other_families_parse(sdk):
    campaigns = sdk.Campaigns.get_campaigns(include=["campaign-audiences", "campaign-messages"])
    assert len(campaigns.data) == 25
    audience = sdk.Campaigns.get_campaign_audience(_included(campaigns, "campaign-audience"))
    assert audience.data.attributes.definition.included
    assert sdk.Accounts.get_accounts().data[0].attributes.timezone == "America/New_York"
    assert sdk.Images.get_images().data
    assert sdk.Metrics.get_mapped_metrics(include=["metric"]).data
    people = sdk.Profiles.get_profiles(additional_fields_profile=["subscriptions", "predictive_analytics"])
    assert people.data[0].attributes.subscriptions.email.marketing.consent
    assert sdk.Events.get_events(include=["metric", "profile"], page_size=5).data[0].attributes.timestamp


def _included(page, kind):
    return next(entry["id"] for entry in page.to_dict()["included"] if entry["type"] == kind)


def test_a_refusal_reaches_the_sdk_with_its_pointer(sdk):
    from openapi_client.exceptions import ApiException  # noqa: PLC0415 - costs seconds, and warns

    definition = {"triggers": [], "profile_filter": None, "entry_action_id": None, "actions": []}
    with pytest.raises(ApiException) as refused:
        sdk.Flows.create_flow(body("flow", {"name": "None", "definition": definition}))
    assert refused.value.status == 400
    assert "/data/attributes/definition/triggers" in str(refused.value.body)
