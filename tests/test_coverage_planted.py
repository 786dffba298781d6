"""Coverage finds every case that the seeded brand holds, and nothing else."""

from __future__ import annotations

import json
from collections import Counter
from dataclasses import replace

import pytest
from coverage_kit import (
    NOW,
    brand,
    client_of,
    days,
    earlier,
    evidence_of,
    found,
    inventory_of,
    report_of,
    rule,
    segment,
    spec,
)

from compiler.client import calls
from compiler.coverage import load_inventory, save_inventory
from compiler.coverage.catalog import shipped
from compiler.coverage.findings import RULES
from compiler.coverage.pulling import pull_data
from compiler.coverage.reading import _figures
from compiler.coverage.wishes import wish_for
from compiler.diagnostics import Problems
from compiler.evaluate import evaluate_many, open_tables
from compiler.live import read as read_live

SPECS = (
    spec("New subscribers", "new_subscribers", owner="growth@fern.example"),
    spec("SMS subscribers", "sms_consented"),
)

# What the brand is seeded with: by rule, the segments (entries of the catalog for the first four).
PLANTED = {
    "F700": {"new_subscribers", "sms_consented"},
    "F701": {
        "active_customers", "at_risk_behavioral", "cart_abandoners", "email_not_sms", "engaged_30", "engaged_60", "engaged_90",
        "first_time_buyers", "lapsed", "new_no_purchase", "one_and_done", "repeat_buyers", "unengaged_90",
    },
    "F702": {
        "birthday_month", "browse_abandoners", "cross_sell", "discount_shoppers", "engaged_non_buyers", "former_vip", "high_intent",
        "holiday_shoppers", "near_store", "never_engaged", "order_anniversary", "product_interest", "refunded_recently",
        "replenishment_product", "rfm_champions", "soft_bounced", "sunset", "vip",
    },
    "F703": {"churn_risk_predictive", "high_aov", "high_predicted_clv", "low_predicted_clv", "replenishment_due"},
    "F710": {"Openers 90 (old)", "VIP (old)", "Test addresses (old)"},
    "F711": {"Quiz done, not bought", "New and not bought", "Hot this fortnight"},
    "F713": {"Store and web", "Subscribers to tea"},
    "F714": {"Bought in store", "Cancelled subscription"},
    "F715": {"Test addresses", "Points redeemed lately"},
    "F716": {"Holiday shoppers 2024", "Reviewers 2023", "Points redeemed lately"},
    "F720": {"Bought twice", "VIP (old)"},
    "F721": {"Bought this quarter", "Engaged last month"},
    "F723": {"All customers", "United States", "Neither green nor oolong", "VIP", "Lapsed 120-365 days", "Waiting for stock"},
    "F724": {"Back after a break", "Once and again"},
    "F725": {"Tasting panel A", "Tasting panel B"},
    "F726": {"Openers 90 (old)", "Opened in 30 days"},
    "F727": {"At risk by prediction", "High basket"},
}  # fmt: skip
USED = {
    "Engaged 90 days", "Engaged 120 days", "Unengaged 90 days", "Sunset candidates", "Staff and press", "Bought in 30 days", "VIP",
    "Lapsed 120-365 days", "Waiting for stock",
}  # fmt: skip
TOUCHED = {"Quiz done, not bought", "New and not bought"}
HIDDEN = {
    "has placed an order 0 times in the last 30 days": {"Site Abandonment", "Price Drop"},
    "club is true": {"Subscription Goodbye", "Birthday"},
    "Newsletter without Staff and press, Unengaged 90 days": {"January letter", "October letter"},
    "Engaged 90 days without Staff and press, Sunset candidates": {"New: Smoked Fern", "New: Winter Spice"},
}


@pytest.fixture(scope="module")
def store(tmp_path_factory):
    opened = brand(tmp_path_factory.mktemp("brand") / "brand.db")
    yield opened
    opened.close()


@pytest.fixture(scope="module")
def inventory(store):
    return inventory_of(store)


@pytest.fixture(scope="module")
def report(inventory):
    return report_of(inventory, specs=SPECS, previous=earlier(inventory))


@pytest.fixture(scope="module")
def tables(store, inventory, tmp_path_factory):
    folder, problems = tmp_path_factory.mktemp("data"), Problems()
    wish = wish_for(inventory, [shipped(problems)], "2026-10-15", [], problems)
    with client_of(store) as client:
        pull_data(client, folder, wish, NOW, problems, len)
    assert list(problems) == []
    return open_tables(folder)


@pytest.mark.parametrize("code", PLANTED)
def test_a_rule_finds_what_was_planted_for_it_and_nothing_else(report, code):
    assert found(report, code) == PLANTED[code]
    assert len(PLANTED[code]) >= 2


def test_unused_is_what_no_campaign_flow_or_segment_uses(report, inventory):
    active = {segment.name for segment in inventory.snapshot.segments if segment.is_active}
    assert found(report, "F712") == active - USED - TOUCHED


def test_rules_that_flows_and_campaigns_repeat_are_found_with_their_places(report):
    evidence = [finding.evidence for finding in report.findings if finding.code == "F728"]
    assert len(evidence) == len(HIDDEN)
    for words, places in HIDDEN.items():
        [own] = [text for text in evidence if text.startswith(words)]
        assert any(place in own for place in places)


# Every state that the design lists, by the rule that finds it.
STATES = {
    "covered": "F700", "covered, unmanaged": "F701", "missing": "F702", "blocked": "F703", "inactive": "F710",
    "about to go inactive": "F711", "unused": "F712", "stuck": "F713", "frozen": "F714", "empty or tiny": "F715",
    "stale definition": "F716", "exact duplicate": "F720", "near duplicate": "F721", "contained": "F722",
    "too broad": "F723", "contradictory": "F724", "over-long": "F725", "open-only engagement": "F726",
    "predictive without data": "F727", "hidden in one-off logic": "F728",
}  # fmt: skip


def test_every_state_has_a_rule_and_was_planted_twice_or_more(report):
    assert {rule.name: rule.code for rule in RULES} == STATES
    counts = Counter(finding.name for finding in report.findings)
    assert {state for state in STATES if counts[state] < 2} == set()


def test_every_reason_to_call_a_rule_too_broad_or_stale_was_planted(report):
    broad = [finding.evidence for finding in report.findings if finding.code == "F723"]
    for words in ("it takes in nearly everybody", "does not ask for consent", "no timeframe, and"):
        assert any(words in text for text in broad), words
    stale = [finding.evidence for finding in report.findings if finding.code == "F716"]
    for words in ("its window ended on", "its name says", "had no events in"):
        assert any(words in text for text in stale), words


def test_there_are_no_other_rules_and_each_state_was_planted(report):
    codes = {finding.code for finding in report.findings}
    assert codes == {*PLANTED, "F712", "F722", "F728"}


def test_each_containment_holds_for_the_account_s_own_people(report, inventory, tables):
    pairs = [finding.segments for finding in report.findings if finding.code == "F722"]
    definitions = {segment.name: segment.definition for segment in inventory.snapshot.segments}
    evaluation = evaluate_many(definitions, tables, NOW)
    assert ("Engaged 30 days", "Engaged last month") in pairs
    assert ("First-time buyers", "Bought in 90 days") in pairs
    assert len(pairs) > 20
    for one, two in pairs:
        assert evaluation.overlap(one, two) == evaluation.count(one), (one, two)


def test_the_same_is_found_through_a_saved_inventory_and_an_earlier_revision(store, inventory, report):
    again = load_inventory(save_inventory(inventory))
    assert again == inventory
    other = inventory_of(store, "2026-07-15")
    assert {campaign.name: campaign.included for campaign in other.campaigns} == {
        campaign.name: campaign.included for campaign in inventory.campaigns
    }
    second = report_of(other, specs=SPECS, previous=earlier(other))
    assert {code: found(second, code) for code in PLANTED} == PLANTED
    assert report_of(again, specs=SPECS, previous=earlier(again)).rows == report.rows


def test_two_hundred_segments_are_counted_in_two_calls(store, tmp_path, monkeypatch):
    with client_of(store) as client:
        asked = []
        read = client.read
        monkeypatch.setattr(
            client, "read", lambda call, *rest, **more: asked.append(call) or read(call, *rest, **more)
        )
        snapshot = read_live(client, "2026-10-15", parts=("segments",))
        listed = [segment.id for segment in snapshot.segments]
        many = tuple(
            replace(snapshot.segments[n % 60], id=listed[n % 60] if n < 60 else f"Zz{n:04}")
            for n in range(200)
        )
        asked.clear()
        counted = _figures(client, replace(snapshot, segments=many))
    assert asked == [calls.QUERY_SEGMENT_SERIES] * 2
    assert set(counted) == set(listed)


@pytest.fixture(scope="module")
def measured(inventory, tables):
    """The report with data, of an account with one segment more, whose people are nearly all the customers."""
    order = next(one for one in inventory.snapshot.segments if one.name == "All customers").definition
    condition = order["condition_groups"][0]["conditions"][0]
    years = rule(condition | {"timeframe_filter": days(740)})
    more = (*inventory.snapshot.segments, segment("Customers of two years", years, updated=NOW.isoformat()))
    wider = replace(inventory, snapshot=replace(inventory.snapshot, segments=more))
    return report_of(wider, specs=SPECS, previous=earlier(inventory), tables=tables)


def test_data_gives_members_revenue_and_who_is_in_no_stage(measured):
    rows = {row.entry: row for row in measured.rows if row.kind == "entry"}
    repeat = rows["repeat_buyers"]
    assert repeat.members > repeat.mailable > 0
    assert repeat.revenue > 0
    assert rows["near_store"].members is None
    assert measured.base.source == "evaluated profiles"
    assert 0 < measured.stages.outside.share < 1
    assert 0 <= measured.stages.outside.revenue_share < measured.stages.outside.share
    assert measured.behaviour.buying_cycle > 0
    assert any("buying cycle" in row.evidence for row in rows.values())
    assert (repeat.recommended, rows["active_customers"].recommended) == (
        "Repeat buyers",
        "Bought in 90 days",
    )
    assert '100% of its people are in "Engaged 60 days" too' in rows["engaged_30"].evidence
    assert "the data does not decide it" not in rows["engaged_30"].evidence


def test_segments_with_the_same_people_are_near_duplicates_by_their_members(measured):
    assert found(measured, "F721") == {*PLANTED["F721"], "Customers of two years"}
    assert "of the members of either are in both" in evidence_of(measured, "F721", "Customers of two years")


@pytest.mark.parametrize("code", [code for code in PLANTED if code not in ("F721", "F701", "F702")])
def test_data_changes_nothing_of_what_was_planted(measured, code):
    assert found(measured, code) == PLANTED[code]


@pytest.mark.heavy
def test_the_whole_brand_holds_the_same_cases_but_has_the_data_for_predictions(tmp_path):
    opened = brand(tmp_path / "whole.db", 20_000, 300_000)
    inventory = inventory_of(opened)
    opened.close()
    report = report_of(inventory, specs=SPECS, previous=earlier(inventory))
    expected = {code: names for code, names in PLANTED.items() if code not in ("F702", "F703", "F727")}
    assert {code: found(report, code) for code in expected} == expected
    assert found(report, "F702") >= PLANTED["F702"]
    assert found(report, "F703") == found(report, "F727") == set()


def test_an_inventory_file_holds_no_people(inventory):
    text = json.dumps(json.loads(save_inventory(inventory)))
    assert "@example.com" not in text
