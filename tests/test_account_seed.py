"""The brand that an account is seeded with."""

from __future__ import annotations

import time
from collections import Counter

import pytest
from account_kit import NOW, open_account

from compiler.account.brand.conditions import Names
from compiler.account.brand.flows import flows
from compiler.account.brand.segments import segments
from compiler.account.checking import Checker
from compiler.account.seed import seed
from compiler.account.settings import Switches
from compiler.account.store import Store
from compiler.diagnostics import Fatal


@pytest.fixture(scope="module")
def brand(tmp_path_factory):
    opened = open_account(tmp_path_factory.mktemp("brand") / "brand.db")
    opened.counts = seed(opened.store, seed=1, now=NOW, small=True)
    yield opened
    opened.store.close()


def test_the_brand_has_what_it_should(brand):
    assert brand.store.counts() == brand.counts
    assert brand.counts == {
        "metric": 40,
        "list": 12,
        "segment": 60,
        "template": 30,
        "campaign": 25,
        "tag": 6,
        "flow": 20,
        "profiles": 300,
        "events": 3000,
    }


def test_every_flow_is_live_and_starts_by_something_that_exists(brand):
    page = brand.data("flows")
    assert {flow["attributes"]["status"] for flow in page} == {"live"}
    kinds = Counter(brand.read(flow["id"])["triggers"][0]["type"] for flow in page)
    assert kinds == {"metric": 13, "list": 3, "segment": 2, "price-drop": 1, "date": 1}


def test_segments_hold_those_for_whom_they_are_made(brand):
    def count(name):
        found = brand.data("segments", {"filter": f'equals(name,"{name}")'})[0]["id"]
        more = {"additional-fields[segment]": "profile_count"}
        return brand.data(f"segments/{found}", more)["attributes"]["profile_count"]

    assert 0 < count("Engaged 30 days") < count("Engaged 90 days") < count("Engaged 365 days") < 300
    assert count("All customers") > count("Repeat buyers") > 0
    assert count("VIP") == count("VIP (old)")


def test_everything_lies_in_the_past(brand):
    latest = brand.data("events", {"page[size]": "1"})[0]["attributes"]["datetime"]
    assert latest < NOW.isoformat()
    assert max(profile["attributes"]["created"] for profile in brand.data("profiles")) < NOW.isoformat()


def test_buyers_have_predictions_that_fit_their_orders(brand):
    more = {"additional-fields[profile]": "predictive_analytics", "page[size]": "100"}
    shown = [p["attributes"]["predictive_analytics"] for p in brand.data("profiles", more)]
    buyers = [prediction for prediction in shown if prediction]
    assert buyers
    for figures in buyers:
        assert 0 < figures["churn_probability"] < 1
        value = figures["historic_clv"] / figures["historic_number_of_orders"]
        assert figures["average_order_value"] == pytest.approx(value, abs=0.01)


def test_members_of_a_segment_did_not_all_join_at_once(brand):
    found = brand.data("segments", {"filter": 'equals(name,"Email subscribers")'})[0]["id"]
    joined = {p["attributes"]["joined_group_at"] for p in brand.data(f"segments/{found}/profiles")}
    assert len(joined) > 10


def content(path):
    store = Store(path)
    tables = ("resources", "profiles", "events", "members")
    read = [
        store.connection.execute(f"SELECT * FROM {table} ORDER BY 1, 2, 3").fetchall() for table in tables
    ]
    store.close()
    return read


def test_one_seed_gives_one_account_and_another_seed_another(tmp_path):
    for name, number in (("a", 5), ("b", 5), ("c", 6)):
        store = Store(tmp_path / f"{name}.db")
        seed(store, seed=number, now=NOW, small=True)
        store.close()
    assert content(tmp_path / "a.db") == content(tmp_path / "b.db")
    assert content(tmp_path / "a.db") != content(tmp_path / "c.db")


def test_an_account_that_holds_anything_is_not_seeded(brand):
    with pytest.raises(Fatal, match="not empty"):
        seed(brand.store, seed=1, now=NOW, small=True)


def test_the_written_flows_and_segments_would_be_accepted_by_the_account(brand):
    with brand.store.reading() as view:
        ids = {
            kind: {row.body["name"]: row.id for row in view.rows(kind, parent="")}
            for kind in ("metric", "list", "segment", "template")
        }
        for row in view.rows("metric"):
            ids["metric"][f"{row.body['name']}/{row.body['integration']['name']}"] = row.id
        names = Names(ids["metric"], ids["list"], ids["segment"], ids["template"])
        checker = Checker(view, Switches(joins_at_create="refused"), "2026-10-15")
        for name, definition in flows(names):
            assert list(checker.flow(definition)) == [], name
        for kept in segments(names, NOW):
            assert list(checker.segment(kept.definition)) == [], kept.name


@pytest.mark.heavy
def test_the_whole_brand_is_there_in_under_a_minute(tmp_path):
    store = Store(tmp_path / "whole.db")
    began = time.monotonic()
    counts = seed(store, seed=1, now=NOW)
    assert time.monotonic() - began < 60
    assert (counts["profiles"], counts["events"]) == (20_000, 300_000)
    store.close()
