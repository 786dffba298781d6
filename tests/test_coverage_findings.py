"""What each rule finds and what it leaves alone, on accounts of a few segments."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest
from coverage_kit import (
    METRICS,
    NOW,
    account,
    days,
    did,
    earlier,
    evidence_of,
    found,
    mail,
    metric,
    report_of,
    rule,
    segment,
    spec,
    volume,
)

from compiler.coverage.inventory import Campaign, Figures
from compiler.coverage.model import Finding
from compiler.diagnostics import Problems
from compiler.live import Thing

BUYERS = rule(did("Placed Order"))
LATELY = rule(did("Placed Order", when=days(60)))


def ago(number):
    return (NOW - timedelta(days=number)).isoformat()


def campaign(name, *included, without=(), status="sent", at=10):
    return Campaign(name, name, status, ago(at), included, tuple(without))


def codes(inventory, **wanted):
    return {finding.code for finding in report_of(inventory, **wanted).findings} - {
        "F700",
        "F701",
        "F702",
        "F703",
        "F712",
        "F722",
    }


def figures(total, added=5, removed=5):
    return Figures(total, added, removed)


def flow(*conditions, more=()):
    groups = [{"conditions": [one]} for one in conditions]
    return {"triggers": [], "profile_filter": {"condition_groups": groups}, "actions": list(more)}


def test_an_account_without_segments_lacks_everything_and_nothing_else_is_found():
    report = report_of(account())
    assert {finding.code for finding in report.findings} == {"F702"}
    assert report.covered == 0
    assert report.summary["ready to create"]


@pytest.mark.parametrize(("idle", "starred", "warned"), [(29, False, False), (30, False, True), (45, False, True), (46, False, False), (46, True, False), (350, True, True), (366, True, False)])  # fmt: skip
def test_a_segment_is_about_to_go_inactive_in_the_two_weeks_before(idle, starred, warned):
    report = report_of(account(segment("Ours", BUYERS, updated=ago(idle), is_starred=starred)))
    assert ("Ours" in found(report, "F711")) == warned


@pytest.mark.parametrize(
    "use",
    [
        {"campaigns": [campaign("Letter", "Ours")]},
        {"campaigns": [campaign("Letter", without=["Ours"])]},
        {"flows": {"Welcome": {"triggers": [{"type": "segment", "id": "Ours"}], "actions": []}}},
        {
            "flows": {
                "Welcome": flow(
                    {"type": "profile-group-membership", "is_member": False, "group_ids": ["Ours"]}
                )
            }
        },
    ],
)
def test_a_segment_in_use_is_neither_unused_nor_about_to_go_inactive(use):
    report = report_of(account(segment("Ours", BUYERS, updated=ago(40)), **use))
    assert found(report, "F711") | found(report, "F712") == set()


def test_a_segment_that_another_one_asks_for_is_in_use():
    asks = rule(
        {
            "type": "profile-group-membership",
            "is_member": True,
            "group_ids": ["Ours"],
            "timeframe_filter": None,
        }
    )
    report = report_of(account(segment("Ours", BUYERS), segment("Asks", asks)))
    assert found(report, "F712") == {"Asks"}


def test_a_draft_campaign_and_one_of_long_ago_are_no_use():
    listed = [campaign("Drawer", "Ours", status="draft"), campaign("Old", "Ours", at=100)]
    report = report_of(account(segment("Ours", BUYERS), campaigns=listed))
    assert found(report, "F712") == {"Ours"}
    assert "no use visible since" in evidence_of(report, "F712", "Ours")
    assert [finding.confidence for finding in report.findings if finding.code == "F712"] == ["low"]
    assert all(row.action != "retire" for row in report.rows)


def test_stuck_needs_two_readings_an_hour_apart():
    inventory = account(segment("Ours", BUYERS, is_processing=True))
    assert "F713" not in codes(inventory)
    assert "F713" not in codes(inventory, previous=earlier(inventory, 0.5))
    assert found(report_of(inventory, previous=earlier(inventory)), "F713") == {"Ours"}
    done = account(segment("Ours", BUYERS))
    assert "F713" not in codes(inventory, previous=earlier(done))


def test_frozen_is_only_what_time_should_move():
    still = {"Ours": figures(50, 0, 0)}
    assert "F714" in codes(account(segment("Ours", LATELY), figures=still))
    assert "F714" not in codes(account(segment("Ours", BUYERS), figures=still))
    assert "F714" not in codes(account(segment("Ours", LATELY), figures={"Ours": figures(50, 1, 0)}))
    assert "F714" not in codes(account(segment("Ours", LATELY, created=ago(30)), figures=still))
    assert "F714" not in codes(account(segment("Ours", LATELY, is_active=False), figures=still))


def test_empty_waits_a_day_and_for_the_end_of_processing():
    none = {"Ours": figures(0)}
    assert "F715" in codes(account(segment("Ours", LATELY), figures=none))
    assert "F715" not in codes(account(segment("Ours", LATELY, created=ago(0)), figures=none))
    assert "F715" not in codes(account(segment("Ours", LATELY, is_processing=True), figures=none))
    assert "F715" not in codes(account(segment("Ours", LATELY)))


def test_tiny_is_under_a_hundred_and_under_a_thousandth_of_the_base():
    def counted(total, base):
        inventory = account(
            segment("Ours", LATELY),
            segment("All", rule(mail("any"))),
            figures={"Ours": figures(total), "All": figures(base)},
        )
        return "Ours" in found(report_of(inventory), "F715")

    assert counted(50, 100_000)
    assert not counted(50, 1_000)
    assert not counted(150, 1_000_000)


def test_a_definition_is_stale_by_a_past_window_or_name_or_by_what_is_gone():
    def window(end):
        between = {"type": "date", "operator": "between-static", "start": "2019-01-01T00:00:00Z", "end": end}
        return rule(did("Placed Order", when=between))

    assert "ended on 2020-01-01" in evidence_of(
        report_of(account(segment("Ours", window("2020-01-01T00:00:00Z")))), "F716", "Ours"
    )
    assert "F716" not in codes(account(segment("Ours", window("2026-10-01T00:00:00Z"))))
    assert "its name says 2021" in evidence_of(
        report_of(account(segment("Best of 2021", LATELY))), "F716", "Best of 2021"
    )
    assert "F716" not in codes(account(segment("Best of 2025", LATELY)))
    gone = rule(
        {
            "type": "profile-group-membership",
            "is_member": True,
            "group_ids": ["Nowhere"],
            "timeframe_filter": None,
        }
    )
    assert "Nowhere any more" in evidence_of(report_of(account(segment("Ours", gone))), "F716", "Ours")
    assert "no metric LeftReview" in evidence_of(
        report_of(account(segment("Ours", rule(did("Left Review"))))), "F716", "Ours"
    )


@pytest.mark.parametrize(
    ("name", "condition", "stale"),
    [
        ("Joined after 2020", "after 2020-01-01", False),
        ("Joined after 2020", "after 2019-12-31", False),
        ("Joined after 2020", "after 2018-06-01", True),
        ("Class of 2019", 2019, False),
        ("Class of 2019", "2019", False),
        ("Class of 2019", 2018, True),
        ("Class of 2019", True, True),
    ],
)
def test_a_year_in_a_name_that_the_rule_names_too_is_not_stale(name, condition, stale):
    if str(condition).startswith("after"):
        day = {"type": "date", "operator": "after", "date": f"{condition.split()[1]}T00:00:00Z"}
        asks = did("Placed Order", when=day)
    else:
        kind = {bool: "boolean", int: "numeric", str: "string"}[type(condition)]
        test = {"type": kind, "operator": "equals", "value": condition}
        asks = {"type": "profile-property", "property": "properties['class']", "filter": test}
    assert ("F716" in codes(account(segment(name, rule([asks]))))) is stale


@pytest.mark.parametrize("operator", ["anniversary-last", "anniversary-next", "in-the-last", "at-least"])
def test_what_moves_with_time_and_never_changes_is_frozen_however_it_moves(operator):
    born = {"type": "profile-property", "property": "properties['born']", "filter": days(7, operator)}
    still = {"Ours": figures(50, 0, 0)}
    assert "F714" in codes(account(segment("Ours", rule(born)), figures=still))


def test_a_metric_is_silent_after_ninety_days_without_events_and_only_if_it_was_read():
    def silent(volumes):
        return "F716" in codes(account(segment("Ours", LATELY), volumes=volumes))

    assert silent({metric("Placed Order"): volume(until=30)})
    assert not silent({metric("Placed Order"): volume(until=45)})
    assert not silent({})


def test_equal_rules_are_duplicates_of_the_one_in_git_then_in_use_then_older():
    other = rule(did("Placed Order", "greater-than-or-equal", 1))
    one, two = segment("One", BUYERS), segment("Two", other, created="2026-01-01T00:00:00+00:00")
    [finding] = [f for f in report_of(account(one, two)).findings if f.code == "F720"]
    assert (finding.segments, finding.target, finding.action) == (("Two", "One"), "One", "merge into")
    assert "older" in finding.evidence
    used = report_of(account(one, two, campaigns=[campaign("Letter", "Two")]))
    assert found(used, "F720") == {"One"}
    assert found(report_of(account(one, two), specs=(spec("Two"),)), "F720") == {"One"}
    dead = account(replace(one, is_active=False), replace(two, is_active=False))
    assert "inactive too" in evidence_of(report_of(dead), "F720", "Two")


def test_near_duplicates_are_one_threshold_and_a_quarter_apart():
    def near(first, second):
        return "F721" in codes(
            account(
                segment("One", rule(did("Placed Order", when=first))),
                segment("Two", rule(did("Placed Order", when=second))),
            )
        )

    assert near(days(30), days(31))
    assert not near(days(30), days(60))
    assert not near(days(0), days(1))
    two = account(
        segment("One", rule(did("Placed Order", "greater-than", 4, days(30)))),
        segment("Two", rule(did("Placed Order", "greater-than", 5, days(31)))),
    )
    assert "F721" not in codes(two)


def test_containment_is_told_for_the_nearest_holder_and_tiers_are_no_defect():
    listed = [segment(f"Last {n}", rule(did("Clicked Email", when=days(n)))) for n in (30, 60, 90)]
    report = report_of(account(*listed))
    pairs = {finding.segments for finding in report.findings if finding.code == "F722"}
    assert pairs == {("Last 30", "Last 60"), ("Last 60", "Last 90")}
    assert "tiers" in evidence_of(report, "F722", "Last 30")
    assert {finding.action for finding in report.findings if finding.code == "F722"} == {"leave"}


def test_a_rule_without_consent_is_too_broad_only_where_campaigns_include_it():
    assert "F723" in codes(account(segment("Ours", LATELY), campaigns=[campaign("Letter", "Ours")]))
    assert "F723" not in codes(
        account(segment("Ours", LATELY), campaigns=[campaign("Letter", without=["Ours"])])
    )
    assert "F723" not in codes(
        account(segment("Ours", rule(mail(), did("Placed Order"))), campaigns=[campaign("Letter", "Ours")])
    )


def test_most_of_the_base_is_too_broad_without_a_timeframe():
    def broad(definition):
        listed = [segment("Ours", definition), segment("All", rule(mail("any")))]
        report = report_of(account(*listed, figures={"Ours": figures(800), "All": figures(1000)}))
        return "Ours" in found(report, "F723")

    assert broad(BUYERS)
    assert not broad(LATELY)
    assert not broad(rule(mail()))


def test_impossible_rules_are_urgent_and_not_called_empty_beside():
    report = report_of(
        account(
            segment("Ours", rule(did("Placed Order"), did("Placed Order", "equals", 0))),
            figures={"Ours": figures(0)},
        )
    )
    [finding] = [f for f in report.findings if f.code == "F724"]
    assert finding.level == "urgent"
    assert finding.evidence == "nobody can match: its conditions clash on metric Placed Order"
    assert "F715" not in {f.code for f in report.findings}


@pytest.mark.parametrize(("count", "level"), [(20, None), (21, "warning"), (101, "urgent")])
def test_long_rules_are_found_and_those_that_the_account_refuses_are_urgent(count, level):
    mails = [
        {
            "type": "profile-property",
            "property": "email",
            "filter": {"type": "string", "operator": "contains", "value": f"a{n}"},
        }
        for n in range(count)
    ]
    report = report_of(account(segment("Ours", rule(mails))))
    assert [f.level for f in report.findings if f.code == "F725"] == ([level] if level else [])


def test_opens_alone_are_no_engagement_unless_machines_are_left_out():
    opened = did("Opened Email", when=days(30))
    people = [
        {"property": "Machine Open", "filter": {"type": "boolean", "operator": "equals", "value": False}}
    ]
    assert "F726" in codes(account(segment("Ours", rule(opened))))
    assert "F726" not in codes(account(segment("Ours", rule([opened, did("Clicked Email")]))))
    assert "F726" not in codes(account(segment("Ours", rule(opened | {"metric_filters": people}))))
    assert "F726" not in codes(account(segment("Ours", rule(did("Opened Email", "equals", 0)))))
    assert "F726" not in codes(account(segment("Ours", rule(opened)), metrics=[("Clicked Email", "Klaviyo")]))


PREDICTED = rule({"type": "profile-predictive-analytics", "dimension": "churn_probability", "filter": {"type": "numeric", "operator": "greater-than", "value": 0.5}})  # fmt: skip


@pytest.mark.parametrize(
    ("orders", "says"),
    [
        (volume(2, since=20), "at most 64 people ordered"),
        (volume(1000, since=40), "orders reach back 84 days"),
        (volume(1000, until=40), "no order in 30 days"),
        (volume(1000), None),
        (volume(2), None),
    ],
)
def test_predictions_without_data_are_found_only_where_the_bounds_say_so(orders, says):
    report = report_of(account(segment("Ours", PREDICTED), volumes={metric("Placed Order"): orders}))
    evidence = [f.evidence for f in report.findings if f.code == "F727"]
    assert [says in one for one in evidence] == [True] if says else evidence == []


def test_a_segment_of_all_buyers_bounds_their_number():
    listed = [segment("Ours", PREDICTED), segment("Buyers", BUYERS)]
    few = account(*listed, volumes={metric("Placed Order"): volume(2)}, figures={"Buyers": figures(300)})
    assert "at most 300 people ordered" in evidence_of(report_of(few), "F727", "Ours")
    many = account(*listed, volumes={metric("Placed Order"): volume(2)}, figures={"Buyers": figures(3000)})
    assert "F727" not in codes(many)


def test_predictions_in_an_account_without_orders_are_found():
    report = report_of(account(segment("Ours", PREDICTED), metrics=[("Opened Email", "Klaviyo")], volumes={}))
    assert "no metric of orders" in evidence_of(report, "F727", "Ours")
    unread = account(segment("Ours", PREDICTED), volumes={})
    assert "F727" not in codes(unread)


def test_rules_that_two_flows_repeat_are_hidden_but_what_only_a_flow_knows_is_not():
    quiet = did("Placed Order", "equals", 0, days(30))
    since = did("Checkout Started", "equals", 0, {"type": "date", "operator": "flow-start"})
    sample = {"type": "profile-sample", "percentage": 50}
    split = {
        "type": "conditional-split",
        "data": {"profile_filter": {"condition_groups": [{"conditions": [quiet]}]}},
    }
    flows = {
        "One": flow(quiet, since),
        "Two": flow(since, sample, more=[split]),
        "Three": flow(since, mail()),
    }
    report = report_of(account(flows=flows))
    [finding] = [f for f in report.findings if f.code == "F728"]
    assert "has placed an order 0 times in the last 30 days" in finding.evidence
    assert '"One", "Two"' in finding.evidence
    [row] = [row for row in report.rows if row.kind == "logic"]
    assert row.status == "hidden in one-off logic"
    saved = account(segment("Quiet", rule(mail(), quiet)), flows=flows)
    assert "F728" not in codes(saved)
    assert "F728" not in codes(account(flows={"One": flow(quiet)}))


def test_consent_is_set_aside_in_flows_as_it_is_in_segments():
    quiet = did("Placed Order", "equals", 0, days(30))
    one, two = flow(mail(), quiet), flow(quiet)
    [finding] = [f for f in report_of(account(flows={"One": one, "Two": two})).findings if f.code == "F728"]
    assert '"One", "Two"' in finding.evidence
    for definition in (rule(mail(), quiet), rule(quiet), rule(mail("any"), quiet)):
        saved = account(segment("Quiet", definition), flows={"One": one, "Two": flow(mail(), quiet)})
        assert "F728" not in codes(saved), definition


ONLY_OF_FLOWS = [
    {"type": "price-drop-property", "metric_id": "PriceDrop", "field": "discount_percentage"},
    {"type": "low-inventory-property", "metric_id": "LowStock", "field": "quantity"},
    {"type": "custom-object-trigger-property", "property_id": 7},
    {"type": "custom-object-property", "custom_object_label": "Subscription", "field": "plan"},
    {"type": "metric-property", "metric_id": "PlacedOrder", "field": "Items"},
]


@pytest.mark.parametrize("condition", ONLY_OF_FLOWS, ids=[one["type"] for one in ONLY_OF_FLOWS])
def test_what_only_a_flow_can_ask_for_is_no_segment_to_make(condition):
    asks = condition | {"filter": {"type": "numeric", "operator": "greater-than", "value": 10}}
    trigger = {"type": "metric", "id": "PlacedOrder", "trigger_filter": rule(asks)}
    flows = {name: {"triggers": [trigger], "actions": []} for name in ("One", "Two")}
    assert "F728" not in codes(account(flows=flows))


def test_audiences_that_campaigns_put_together_again_are_hidden():
    lists = tuple(Thing("list", name, "", name) for name in ("News", "Club", "Staff"))
    letters = [campaign(f"Letter {n}", "News", without=["Club", "Staff"]) for n in range(5)]
    report = report_of(account(campaigns=letters, lists=lists))
    [finding] = [f for f in report.findings if f.code == "F728"]
    assert "News without Club, Staff: in 5 places" in finding.evidence
    assert "and 1 more" in finding.evidence
    assert "F728" not in codes(account(campaigns=letters[:1], lists=lists))
    assert "F728" not in codes(
        account(campaigns=[replace(one, excluded=("Club",)) for one in letters], lists=lists)
    )


def test_a_definition_that_cannot_be_read_is_said_and_the_rest_is_reported():
    report = report_of(
        account(
            segment("Broken", {"surprise": 1}),
            segment("Ours", rule(mail(), did("Placed Order", "greater-than", 1))),
        )
    )
    assert found(report, "F701") == {"repeat_buyers"}
    assert any('"Broken" cannot be read' in note for note in report.notes)


def test_an_account_without_orders_or_consent_says_so_and_reports_the_rest():
    problems = Problems()
    inventory = account(segment("Ours", LATELY), volumes={metric("Placed Order"): volume(0)})
    report = report_of(inventory, problems=problems)
    assert list(problems) == []
    assert any("no orders in a year" in note for note in report.notes)
    assert any("Who can be mailed is not known" in note for note in report.notes)
    assert report.base is None
    assert report.rows


def test_a_deleted_metric_is_named_where_it_is_used_and_the_rest_is_reported():
    gone = [one for one in METRICS if one[0] != "Placed Order"]
    listed = [
        segment("Buyers", BUYERS),
        segment(
            "Openers", rule(mail(), [did("Opened Email", when=days(30)), did("Clicked Email", when=days(30))])
        ),
    ]
    flows = {"Welcome": flow(did("Placed Order", "equals", 0))}
    problems = Problems()
    inventory = account(*listed, metrics=gone, flows=flows)
    report = report_of(replace(inventory, mapped={"revenue": metric("Placed Order")}), problems=problems)
    assert list(problems) == []
    assert evidence_of(report, "F716", "Buyers").startswith("the account has no metric PlacedOrder any more")
    assert "placed_order" in evidence_of(report, "F703", "vip")
    assert found(report, "F701") == {"engaged_30"}
    assert any("No metric of orders was found" in note for note in report.notes)


def test_what_could_not_be_read_is_in_the_notes():
    inventory = replace(account(), missing=("campaigns: the key lacks campaigns:read",))
    assert "Not read: campaigns: the key lacks campaigns:read" in report_of(inventory).notes


def test_a_declared_segment_covers_its_entry_and_its_rule_is_still_compared():
    def says(definition, **more):
        report = report_of(
            account(segment("Ours", definition)), specs=(spec("Ours", "repeat_buyers", **more),)
        )
        return evidence_of(report, "F700", "repeat_buyers")

    assert "the same rule" in says(rule(mail(), did("Placed Order", "greater-than", 1)))
    assert "narrower" in says(rule(mail(), did("Placed Order", "greater-than", 3)))
    assert "wider" in says(rule(did("Placed Order")))
    assert "overlap" in says(rule(did("Clicked Email")))
    assert "exclude each other" in says(rule(did("Placed Order", "equals", 0)))
    assert "cannot be compared" in says({"surprise": 1})


def test_findings_carry_their_rule_evidence_source_and_confidence():
    for finding in report_of(account(segment("Ours", LATELY))).findings:
        assert isinstance(finding, Finding)
        assert all(
            (finding.code, finding.name, finding.level, finding.evidence, finding.source, finding.confidence)
        )


def test_a_moment_that_cannot_be_read_counts_as_none():
    odd = [
        replace(campaign("Letter", "Ours"), at="soon"),
        replace(campaign("Letter", "Ours"), at="2026-11-01T00:00:00"),
    ]
    report = report_of(account(segment("Ours", BUYERS, created="", updated="never"), campaigns=odd))
    assert found(report, "F711") | found(report, "F712") == set()
    assert (
        found(report_of(account(segment("Ours", LATELY, created=""), figures={"Ours": figures(0)})), "F715")
        == set()
    )


@pytest.mark.parametrize(("letters", "window"), [(0, None), (3, 90.0), (20, 60.0), (60, 30.0)])
def test_the_days_of_engagement_follow_how_often_campaigns_go_out(letters, window):
    listed = [campaign(f"Letter {n}", at=n % 80) for n in range(letters)]
    assert report_of(account(campaigns=listed)).behaviour.engaged_window == window


def test_a_filter_in_a_flow_that_cannot_be_read_is_passed_over():
    odd = {"triggers": [], "profile_filter": {"condition_groups": [{"surprise": 1}]}, "actions": []}
    assert codes(account(flows={"One": odd, "Two": odd})) == set()
