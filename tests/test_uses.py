"""Which flows a metric, list or segment triggers."""

import pytest
from live_kit import client_of, make_project, snapshot

from compiler.bind import Names
from compiler.build import build_project
from compiler.diagnostics import Fatal
from compiler.uses import asked_for, git_uses, live_uses

FLOW = "kind: flow\nname: {name}\ntrigger: {trigger}\nsteps: []\n"


def test_a_metrics_flows_are_those_that_the_account_lists_for_each_of_its_meanings(tmp_path):
    things = asked_for(snapshot(), "metric", "Placed Order")
    with client_of(make_project(tmp_path)) as client:
        found = live_uses(client, things)
    assert [(use.thing.integration, use.name, use.status) for use in found] == [
        ("Harbour Till", "Till Thank-you", "live"),
        ("Shopify", "Customer Winback", "live"),
        ("Shopify", "Post Purchase", "live"),
    ]


@pytest.mark.parametrize(
    ("kind", "name", "flow"),
    [("list", "Newsletter", "Welcome Series"), ("segment", "Sunset candidates", "Sunset")],
)
def test_lists_and_segments_are_answered_too(tmp_path, kind, name, flow):
    with client_of(make_project(tmp_path)) as client:
        found = live_uses(client, asked_for(snapshot(), kind, name))
    assert [use.name for use in found] == [flow]


def test_a_thing_can_be_asked_for_by_its_id():
    [thing] = asked_for(snapshot(), "list", "Newsletter")
    assert asked_for(snapshot(), "list", thing.id) == [thing]


def test_an_unknown_name_names_the_nearest():
    with pytest.raises(Fatal, match='no segment "Vip"; did you mean "VIP"'):
        asked_for(snapshot(), "segment", "Vip")


def test_the_flows_in_git_are_those_whose_trigger_means_the_thing(tmp_path):
    things = asked_for(snapshot(), "metric", "Placed Order")
    shop = next(thing for thing in things if thing.integration == "Shopify")
    triggers = {
        "named": "{metric: {name: Placed Order, integration: Shopify}}",
        "both": "{metric: Placed Order}",
        "byid": f"{{metric: {{id: {shop.id}}}}}",
        "till": "{metric: {name: Placed Order, integration: Harbour Till}}",
        "typo": "{metric: {name: Placed Order, integration: Nobody}}",
        "other": "{list: Newsletter}",
        "none": "{price-drop: {audience: viewed_product}}",
    }
    files = {
        stem: FLOW.format(name=stem, trigger=trigger) for stem, trigger in triggers.items() if stem != "none"
    }
    project = make_project(tmp_path, full=False, segment="kind: segment\nname: S\ndefinition: []\n", **files)
    built = build_project(project, lint=False).built
    found = git_uses(built, [shop], Names(snapshot().things()))
    assert [item.name for item in found] == ["both", "byid", "named"]
