"""The inventory: what is read, and that it comes back from JSON."""

import json
from dataclasses import replace

import pytest
from live_kit import REVISION, change, client_of, make_project, put, snapshot, store_of

from compiler.account.store import EMBEDDED_KEY
from compiler.client import Client
from compiler.diagnostics import Exit, Fatal
from compiler.live import load, read, save


def test_a_snapshot_holds_the_whole_seeded_account():
    found = snapshot()
    counts = {
        part: len(getattr(found, part)) for part in ("metrics", "lists", "segments", "templates", "flows")
    }
    assert counts == {"metrics": 40, "lists": 12, "segments": 60, "templates": 30, "flows": 20}
    assert (found.account.timezone, found.account.currency) == ("America/New_York", "USD")
    assert found.images
    assert found.tags


def test_two_metrics_of_one_name_differ_by_their_integration():
    orders = [metric for metric in snapshot().metrics if metric.name == "Placed Order"]
    assert sorted(metric.integration for metric in orders) == ["Harbour Till", "Shopify"]


def test_flows_and_segments_carry_their_tags_by_name():
    found = snapshot()
    tagged = [item.tags for item in (*found.flows, *found.segments) if item.tags]
    assert len(tagged) == 27
    assert {tag for tags in tagged for tag in tags} <= {tag.name for tag in found.tags}


def test_a_snapshot_comes_back_from_json_equal():
    assert load(save(snapshot())) == snapshot()
    assert json.loads(save(snapshot()))["format_version"] == 1


@pytest.mark.parametrize(
    "text", ["", "[]", "{}", '{"format_version": 2}', '{"format_version": 1, "account": {}}']
)
def test_a_text_that_is_no_snapshot_is_one_message(text):
    with pytest.raises(Fatal, match="snapshot"):
        load(text)


def test_only_the_parts_that_were_asked_for_are_read(tmp_path):
    with client_of(make_project(tmp_path)) as client:
        found = read(client, REVISION, parts=("lists",))
    assert len(found.lists) == 12
    assert [*found.metrics, *found.segments, *found.flows] == []


def test_names_alone_come_without_definitions_and_tags(tmp_path):
    with client_of(make_project(tmp_path)) as client:
        found = read(client, REVISION, parts=("segments", "flows"), names_only=True)
    assert {segment.name for segment in found.segments} == {segment.name for segment in snapshot().segments}
    assert not any(segment.definition or segment.tags for segment in found.segments)


def test_templates_come_with_their_content_only_where_it_is_asked_for(tmp_path):
    with client_of(make_project(tmp_path)) as client:
        found = read(client, REVISION, parts=("templates",))
    assert all(template.html is None for template in found.templates)
    assert all(template.html for template in snapshot().templates)


def test_a_retired_flow_has_no_name(tmp_path):
    project = make_project(tmp_path)
    tag = put(project, "tag", "flowc-retired 2026-11-01T00:00:00Z", group="")
    flow = next(flow for flow in snapshot().flows if flow.name == "Sunset")
    with store_of(project) as store, store.writing() as view:
        view.put("tagging", f"{tag}/flow/{flow.id}", {"type": "flow", "id": flow.id}, parent=tag)
    with client_of(project) as client:
        found = read(client, REVISION)
    assert [flow.name for flow in found.flows if flow.retired] == ["Sunset"]
    assert not [thing for thing in found.things() if (thing.kind, thing.name) == ("flow", "Sunset")]


def test_an_archived_flow_has_its_name_only_where_no_other_flow_has_it():
    flow = replace(snapshot().flows[0], archived=True)
    named = [thing.id for thing in replace(snapshot(), flows=(flow,)).things() if thing.kind == "flow"]
    both = (flow, replace(flow, id="Newer1", archived=False))
    assert named == [flow.id]
    assert [thing.id for thing in replace(snapshot(), flows=both).things() if thing.kind == "flow"] == [
        "Newer1"
    ]


def test_a_key_without_the_scope_for_images_reads_the_rest(tmp_path):
    project = make_project(tmp_path)
    scopes = ["accounts", "lists", "metrics", "segments", "templates", "tags", "flows"]
    with store_of(project) as store:
        store.add_key(EMBEDDED_KEY, [f"{scope}:read" for scope in scopes])
    with client_of(project) as client:
        found = read(client, REVISION)
    assert not found.images
    assert found.flows


def test_a_key_without_another_scope_is_told_which(tmp_path):
    project = make_project(tmp_path)
    with store_of(project) as store:
        store.add_key(EMBEDDED_KEY, ["accounts:read"])
    with client_of(project) as client, pytest.raises(Fatal, match="needs the scope lists:read") as caught:
        read(client, REVISION, parts=("lists",))
    assert caught.value.exit_code is Exit.CREDENTIALS


def test_an_account_that_expects_another_id_is_refused_before_anything_is_read(tmp_path):
    project = make_project(tmp_path)
    with pytest.raises(Fatal, match="expects Wrong1") as caught, client_of(project, account_id="Wrong1"):
        pass
    assert caught.value.exit_code is Exit.CREDENTIALS


def test_an_account_without_timezone_and_currency_is_read(tmp_path):
    project = make_project(tmp_path)
    own = snapshot().account.id
    change(project, "account", own, lambda body: body.update(timezone=None, preferred_currency=None))
    with client_of(project) as client:
        assert read(client, REVISION, parts=()).account.timezone == ""


def test_the_account_is_read_once_where_its_id_was_checked_before(tmp_path, monkeypatch):
    project = make_project(tmp_path)
    asked, asking = [], Client.read
    monkeypatch.setattr(
        Client, "read", lambda *given, **more: asked.append(given[1].endpoint) or asking(*given, **more)
    )
    with client_of(project, account_id=snapshot().account.id) as client:
        read(client, REVISION, parts=("tags",))
    assert sorted(asked) == ["GET /api/accounts", "GET /api/tags"]
