"""Templates, tags, campaigns, metrics, images and the account itself over HTTP."""

from __future__ import annotations

import pytest
from account_kit import NOW, open_account, problem

from compiler.account.seed import seed


@pytest.fixture
def account(tmp_path):
    opened = open_account(tmp_path / "account.db")
    yield opened
    opened.store.close()


@pytest.fixture(scope="module")
def brand(tmp_path_factory):
    opened = open_account(tmp_path_factory.mktemp("brand") / "brand.db")
    seed(opened.store, seed=3, now=NOW, small=True)
    yield opened
    opened.store.close()


# templates


def test_templates_are_made_changed_cloned_and_deleted(account):
    made = account.template("<p>one</p>")
    answer = account.send("PATCH", f"templates/{made}", "template", {"html": None, "text": "t"}, made)
    assert answer.json()["data"]["attributes"]["html"] == ""
    assert answer.json()["data"]["attributes"]["text"] == "t"
    clone = account.send("POST", "template-clone", "template", {"name": "Copy"}, made).json()["data"]
    assert clone["attributes"]["name"] == "Copy"
    assert clone["id"] != made
    unnamed = account.send("POST", "template-clone", "template", {}, made).json()["data"]
    assert unnamed["attributes"]["name"] == "Letter (Clone)"
    assert account.client.delete(f"/api/templates/{made}").status_code == 204
    assert account.get(f"templates/{made}").status_code == 404
    assert problem(account.send("POST", "template-clone", "template", {}, made))[0] == 404
    found = account.data(
        "templates", {"filter": 'contains(name,"cop")', "additional-fields[template]": "definition"}
    )
    assert [entry["id"] for entry in found] == [clone["id"]]
    assert found[0]["attributes"]["definition"] is None


def test_a_template_needs_a_name_and_an_editor(account):
    answer = account.send("POST", "templates", "template", {"name": "T", "editor_type": "PAINT"})
    assert problem(answer)[2] == {"pointer": "/data/attributes/editor_type"}
    made = account.template()
    assert problem(account.send("PATCH", f"templates/{made}", "template", {"name": ""}, made))[0] == 400


def test_an_account_holds_a_thousand_templates(account):
    with account.store.writing() as view:
        for n in range(1000):
            view.put("template", f"t{n}", {"name": f"T{n}"}, parent="")
    answer = account.send("POST", "templates", "template", {"name": "T", "editor_type": "CODE"})
    assert "1000" in problem(answer)[1]


def test_a_rendered_template_has_its_variables_filled(account):
    made = account.template("<p>{{ person.first_name|default:'you' }} {{ missing.deep }}</p>")
    account.send("PATCH", f"templates/{made}", "template", {"text": "{{ n }}"}, made)
    context = {"person": {"first_name": "Ada"}, "n": 3}
    answer = account.send("POST", "template-render", "template", {"context": context}, made)
    assert answer.json()["data"]["attributes"]["html"] == "<p>Ada </p>"
    assert answer.json()["data"]["attributes"]["text"] == "3"
    assert problem(account.send("POST", "template-render", "template", {}, made))[0] == 400


# tags


def test_tags_stand_in_the_default_group_unless_another_is_named(account):
    tag = account.make("tags", "tag", name="one")
    group = account.data(f"tags/{tag}/tag-group")
    assert group["attributes"] == {"name": "Default Tag Group", "exclusive": False, "default": True}
    other = account.make("tag-groups", "tag-group", name="Mine", exclusive=True)
    named = {"tag-group": {"data": {"type": "tag-group", "id": other}}}
    answer = account.send("POST", "tags", "tag", {"name": "two"}, relationships=named)
    assert account.data(f"tag-groups/{other}/tags")[0]["id"] == answer.json()["data"]["id"]
    read = account.get(f"tags/{tag}", include="tag-group").json()
    assert read["included"][0]["id"] == group["id"]
    named["tag-group"]["data"]["id"] = "none"
    answer = account.send("POST", "tags", "tag", {"name": "three"}, relationships=named)
    assert problem(answer)[2] == {"pointer": "/data/relationships/tag-group/data/id"}


def test_equal_tag_names_are_refused_or_accepted(account):
    account.make("tags", "tag", name="one")
    two = account.make("tags", "tag", name="two")
    assert problem(account.send("POST", "tags", "tag", {"name": "one"}))[0] == 409
    assert problem(account.send("PATCH", f"tags/{two}", "tag", {"name": "one"}, two))[0] == 409
    assert account.send("PATCH", f"tags/{two}", "tag", {"name": "two"}, two).status_code == 204
    account.switch(equal_tag_names="accepted")
    account.make("tags", "tag", name="one")
    assert len(account.data("tags", {"filter": 'equals(name,"one")'})) == 2


def test_five_hundred_tags_are_the_most(account):
    with account.store.writing() as view:
        for n in range(500):
            view.put("tag", f"t{n}", {"name": f"T{n}", "group": "g"}, parent="")
    assert "500" in problem(account.send("POST", "tags", "tag", {"name": "more"}))[1]


def test_a_group_is_renamed_and_deleted_with_its_tags_but_not_the_default_one(account):
    tag = account.make("tags", "tag", name="one")
    default = account.data(f"tags/{tag}/relationships/tag-group")["id"]
    assert problem(account.client.delete(f"/api/tag-groups/{default}"))[0] == 400
    other = account.make("tag-groups", "tag-group", name="Mine")
    named = {"tag-group": {"data": {"type": "tag-group", "id": other}}}
    account.send("POST", "tags", "tag", {"name": "two"}, relationships=named)
    assert (
        account.send("PATCH", f"tag-groups/{other}", "tag-group", {"name": "Ours"}, other).status_code == 204
    )
    assert account.data(f"tag-groups/{other}")["attributes"]["name"] == "Ours"
    assert account.client.delete(f"/api/tag-groups/{other}").status_code == 204
    assert [entry["attributes"]["name"] for entry in account.data("tags")] == ["one"]
    assert len(account.data("tag-groups", {"filter": "equals(default,true)"})) == 1


def test_an_exclusive_group_puts_one_tag_on_a_resource(account):
    group = account.make("tag-groups", "tag-group", name="One of", exclusive=True)
    place = {"tag-group": {"data": {"type": "tag-group", "id": group}}}
    tags = [
        account.send("POST", "tags", "tag", {"name": name}, relationships=place).json()["data"]["id"]
        for name in "ab"
    ]
    target = {"data": [{"type": "list", "id": account.make("lists", "list", name="L")}]}
    paths = [f"/api/tags/{tag}/relationships/lists" for tag in tags]
    assert account.client.post(paths[0], json=target).status_code == 204
    assert account.client.post(paths[0], json=target).status_code == 204
    assert "exclusive" in problem(account.client.post(paths[1], json=target))[1]
    account.client.request("DELETE", paths[0], json=target)
    assert account.client.post(paths[1], json=target).status_code == 204


@pytest.mark.parametrize(
    "data", [None, [], [3], [{"type": "list", "id": "x"}], [{"type": "flow", "id": "unknown"}]]
)
def test_only_known_resources_are_tagged(account, data):
    tag = account.make("tags", "tag", name="one")
    answer = account.client.post(f"/api/tags/{tag}/relationships/flows", json={"data": data})
    assert problem(answer)[0] == 400


# campaigns, metrics, images, account


def test_campaigns_hold_their_audiences_inside_up_to_2026_07_15(brand):
    revision = {"revision": "2026-07-15"}
    refused = brand.client.get("/api/campaigns", headers=revision)
    assert problem(refused)[2] == {"parameter": "filter"}
    params = {"filter": 'equals(messages.channel,"sms")', "include": "campaign-messages"}
    page = brand.client.get("/api/campaigns", headers=revision, params=params).json()
    assert {entry["attributes"]["definition"]["channel"] for entry in page["included"]} == {"sms"}
    audiences = page["data"][0]["attributes"]["audiences"]
    assert len(audiences["included"]) == 1
    assert "campaign-audiences" not in page["data"][0]["relationships"]


def test_campaigns_have_audiences_of_their_own_since_2026_10_15(brand):
    page = brand.get("campaigns", include="campaign-audiences").json()
    assert len(page["data"]) == 25
    first = page["data"][0]
    assert first["attributes"]["definition"]["name"] == "January letter"
    audience = first["relationships"]["campaign-audiences"]["data"][0]["id"]
    shown = brand.data(f"campaign-audiences/{audience}")["attributes"]["definition"]
    assert (len(shown["included"]), len(shown["excluded"])) == (1, 2)
    assert brand.data(f"campaign-audiences/{audience}/campaign")["id"] == first["id"]
    message = brand.data(f"campaigns/{first['id']}/campaign-messages")[0]
    assert message["attributes"]["definition"]["status"] == "sent"
    assert (
        brand.data(f"campaign-messages/{message['id']}/template")["attributes"]["name"] == "Newsletter base"
    )
    assert (
        brand.data(f"campaign-audiences/{audience}/relationships/campaign-messages")[0]["id"] == message["id"]
    )
    assert brand.data(f"campaigns/{first['id']}/tags") == []


def test_metrics_are_told_apart_by_their_integration(brand):
    named = [entry for entry in brand.data("metrics") if entry["attributes"]["name"] == "Placed Order"]
    assert {entry["attributes"]["integration"]["name"] for entry in named} == {"Shopify", "Harbour Till"}
    shop = brand.data("metrics", {"filter": 'equals(integration.name,"Shopify")'})
    assert len(shop) == 10
    assert brand.data("metrics", {"filter": 'equals(integration.category,"API")'})[0]["attributes"]["name"]


def test_a_mapped_metric_is_read_and_mapped_anew(brand):
    assert brand.data("mapped-metrics/revenue/metric")["attributes"]["name"] == "Placed Order"
    other = brand.data("mapped-metrics/viewed_product/relationships/metric")["id"]
    place = {"metric": {"data": {"type": "metric", "id": other}}}
    answer = brand.send(
        "PATCH", "mapped-metrics/revenue", "mapped-metric", {}, "revenue", relationships=place
    )
    assert answer.status_code == 200
    assert brand.data("mapped-metrics/revenue/relationships/metric")["id"] == other
    refused = brand.send("PATCH", "mapped-metrics/revenue", "mapped-metric", {}, "revenue")
    assert problem(refused)[0] == 400
    assert brand.get("mapped-metrics/revenue/custom-metric").status_code == 404


def test_a_custom_metric_can_be_what_a_standard_one_is_mapped_to(account):
    metric = account.metric()
    stamp = NOW.isoformat()
    definition = {
        "aggregation_method": "count",
        "metric_groups": [{"metric_id": metric, "metric_filters": []}],
    }
    with account.store.writing() as view:
        body = {"name": "Any order", "created": stamp, "updated": stamp, "definition": definition}
        view.put("custom-metric", "custom", body, parent="")
        view.put("mapped-metric", "revenue", {"custom-metric": "custom", "updated": stamp}, parent="")
    assert account.data("custom-metrics/custom/metrics")[0]["id"] == metric
    assert account.data("mapped-metrics/revenue/custom-metric")["attributes"]["name"] == "Any order"


def test_images_are_listed_and_filtered(brand):
    found = brand.data("images", {"filter": 'contains(name,"tea")', "sort": "name"})
    assert [entry["attributes"]["name"] for entry in found] == ["Teapot"]
    assert brand.data(f"images/{found[0]['id']}")["attributes"]["format"] == "png"


def test_the_account_says_who_it_is(brand):
    shown = brand.data("accounts")[0]
    assert shown["attributes"]["contact_information"]["organization_name"] == "Fern & Tide"
    assert brand.data(f"accounts/{shown['id']}")["attributes"]["public_api_key"] == shown["id"]
