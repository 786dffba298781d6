"""Two spellings of one rule have one canonical form; two rules have two."""

import copy
import json
import random
from datetime import UTC, date, datetime

import pytest
from test_logic_pairs import definition

from compiler.logic import canonical, compare, digest
from compiler.logic.model import Subject
from compiler.logic.read import READERS, read

AT = datetime(2026, 11, 20, 15, 30, tzinfo=UTC)


def rule(*groups):
    return {"condition_groups": [{"conditions": list(group)} for group in groups]}


def metric(**changes):
    return {
        "type": "profile-metric",
        "metric_id": "@metric:Placed Order",
        "measurement": "count",
        "measurement_filter": {"type": "numeric", "operator": "equals", "value": 0},
        "timeframe_filter": {"type": "date", "operator": "alltime"},
        "metric_filters": None,
    } | changes


def prop(name, **test):
    return {"type": "profile-property", "property": name, "filter": test}


def days(operator="in-the-last", **fields):
    return {"type": "date", "operator": operator, **fields}


A, B = (prop("plan", type="string", operator="equals", value=value) for value in "AB")
NOT_A, NOT_B = (prop("plan", type="string", operator="not-equals", value=value) for value in "AB")
SCORE = "properties['Score']"
CONSENT = {"channel": "email", "can_receive_marketing": True}


def consent(**status):
    return {"type": "profile-marketing-consent", "consent": {**CONSENT, "consent_status": status}}


def member(*groups, **more):
    return {"type": "profile-group-membership", "is_member": True, "group_ids": list(groups), **more}


SPELLINGS = {
    "order of groups": (rule([A], [metric()]), rule([metric()], [A])),
    "order of conditions": (rule([NOT_A, metric()]), rule([metric(), NOT_A])),
    "repetition": (rule([A, A], [A]), rule([A])),
    "a group implied by another": (rule([A], [A, metric()]), rule([A])),
    "absent and empty filters": (rule([metric(metric_filters=[])]), rule([metric(metric_filters=None)])),
    "absent timeframe": (rule([metric(timeframe_filter=None)]), rule([metric()])),
    "weeks": (
        rule([metric(timeframe_filter=days(unit="week", quantity=2))]),
        rule([metric(timeframe_filter=days(unit="day", quantity=14))]),
    ),
    "between from now": (
        rule([metric(timeframe_filter=days("between", unit="day", start=0, end=9))]),
        rule([metric(timeframe_filter=days(unit="day", quantity=9))]),
    ),
    "days of instants": (
        rule([metric(timeframe_filter=days("before", date="2026-01-01T23:00:00-02:00"))]),
        rule([metric(timeframe_filter=days("before", date="2026-01-02"))]),
    ),
    "dates that YAML read": (
        rule([metric(timeframe_filter=days("between-static", start=date(2026, 1, 1), end=AT))]),
        rule(
            [metric(timeframe_filter=days("between-static", start="2026-01-01", end="2026-11-20T00:00:00Z"))]
        ),
    ),
    "numbers of counts": (
        rule([metric(measurement_filter={"type": "numeric", "operator": "less-than", "value": 1})]),
        rule(
            [metric(measurement_filter={"type": "numeric", "operator": "less-than-or-equal", "value": 0.0})]
        ),
    ),
    "integers and floats": (
        rule([prop(SCORE, type="numeric", operator="equals", value=30)]),
        rule([prop(SCORE, type="numeric", operator="equals", value=30.0)]),
    ),
    "quotes of a path": (
        rule([prop(SCORE, type="existence", operator="is-set")]),
        rule([prop('properties["Score"]', type="existence", operator="is-set")]),
    ),
    "equals or equals": (rule([A, B]), rule([prop("plan", type="string", operator="in", value=["B", "A"])])),
    "not and not": (
        rule([NOT_A], [NOT_B]),
        rule([prop("plan", type="string", operator="not-in", value=["A", "B"])]),
    ),
    "a range": (
        rule(
            [prop(SCORE, type="numeric", operator="greater-than", value=1)],
            [prop(SCORE, type="numeric", operator="less-than", value=5)],
            [prop(SCORE, type="numeric", operator="less-than", value=9)],
        ),
        rule(
            [prop(SCORE, type="numeric", operator="less-than", value=5)],
            [prop(SCORE, type="numeric", operator="greater-than", value=1)],
        ),
    ),
    "joined numbers": (
        rule(
            [
                prop(SCORE, type="numeric", operator="greater-than", value=1),
                prop(SCORE, type="numeric", operator="equals", value=1),
            ]
        ),
        rule([prop(SCORE, type="numeric", operator="greater-than-or-equal", value=1)]),
    ),
    "counts joined by or": (
        rule([metric(), metric(measurement_filter={"type": "numeric", "operator": "equals", "value": 1})]),
        rule([metric(measurement_filter={"type": "numeric", "operator": "less-than", "value": 2})]),
    ),
    "counts joined by and": (
        rule(
            [metric()], [metric(measurement_filter={"type": "numeric", "operator": "less-than", "value": 9})]
        ),
        rule([metric()]),
    ),
    "one element": (
        rule([prop("tags", type="list", operator="contains-all", value=["a"])]),
        rule([prop("tags", type="list", operator="contains", value="a")]),
    ),
    "any of two elements": (
        rule([prop("tags", type="list", operator="contains-any", value=["a", "b"])]),
        rule(
            [
                prop("tags", type="list", operator="contains", value="b"),
                prop("tags", type="list", operator="contains", value="a"),
            ]
        ),
    ),
    "all of two elements": (
        rule([prop("tags", type="list", operator="contains-all", value=["a", "b"])]),
        rule(
            [prop("tags", type="list", operator="contains", value="b")],
            [prop("tags", type="list", operator="contains", value="a")],
        ),
    ),
    "none of two elements": (
        rule([prop("tags", type="list", operator="not-contains-any", value=["a", "b"])]),
        rule(
            [prop("tags", type="list", operator="not-contains", value="b")],
            [prop("tags", type="list", operator="not-contains", value="a")],
        ),
    ),
    "subscriptions joined by or": (
        rule([consent(subscription="subscribed"), consent(subscription="never_subscribed")]),
        rule([consent(subscription="any", filters=None)]),
    ),
    "subscriptions joined by and": (
        rule([consent(subscription="subscribed")], [consent(subscription="any")]),
        rule([consent(subscription="subscribed", filters=[])]),
    ),
    "members of one of two": (rule([member("L1", "L2")]), rule([member("L2"), member("L1")])),
    "members of neither of two": (
        rule([{"type": "profile-group-membership", "is_member": False, "group_ids": ["L1", "L2"]}]),
        rule(
            *[
                [{"type": "profile-group-membership", "is_member": False, "group_ids": [name]}]
                for name in ("L2", "L1")
            ]
        ),
    ),
    "members since ever": (rule([member("L1", timeframe_filter=days("alltime"))]), rule([member("L1")])),
    "nulls of a condition that is not read": (
        rule([{"type": "profile-sample", "percentage": 5, "note": None}]),
        rule([{"percentage": 5, "type": "profile-sample"}]),
    ),
    "miles": (
        rule(
            [
                {
                    "type": "profile-postal-code-distance",
                    "country_code": "USA",
                    "postal_code": "1",
                    "unit": unit,
                    "filter": {"type": "numeric", "operator": "less-than", "value": value},
                }
            ]
        )
        for unit, value in (("miles", 100), ("kilometers", 160.9344))
    ),
}


@pytest.mark.parametrize("name", SPELLINGS)
def test_one_rule_has_one_digest_however_spelled(name):
    one, two = SPELLINGS[name]
    assert canonical(one) == canonical(two)
    assert digest(one) == digest(two)
    assert compare(one, two, AT).verdict == "equal"


def test_the_canonical_form_reads_as_sentences():
    filters = [{"property": "Item", "filter": {"type": "string", "operator": "equals", "value": 'a "b"'}}]
    window = days("between", unit="week", start=1, end=5)
    found = canonical(rule([A], [metric(timeframe_filter=window, metric_filters=filters)]))
    assert found == {
        "all": [
            {
                "any": [
                    'count of metric "@metric:Placed Order" in [0, 0] between 7 and 35 days where "Item" text in ["a \\"b\\""]'
                ]
            },
            {"any": ['property "plan" text in ["A"]']},
        ]
    }


def test_generated_rules_keep_their_digest_when_shuffled_and_change_it_when_changed():
    rng = random.Random(11)
    digests = {}
    for _ in range(300):
        one = definition(rng)
        two = copy.deepcopy(one)
        rng.shuffle(two["condition_groups"])
        for group in two["condition_groups"]:
            rng.shuffle(group["conditions"])
        assert digest(one) == digest(two)
        digests.setdefault(digest(one), read(one))
        assert digests[digest(one)] == read(one)
    assert len(digests) > 290


def test_the_canonical_form_is_plain_json():
    found = canonical(rule([A, metric(), {"type": "profile-sample", "percentage": 5}]))
    assert json.loads(json.dumps(found)) == found


FIELD = {"type": "string", "operator": "equals", "value": "x"}
FLOW_ONLY = {
    "metric-property": ({"metric_id": "M", "field": "Item"}, Subject("trigger-event", "M", "Item")),
    "action-output": ({"output_config_id": 3, "field": "Score"}, Subject("action-output", "3", "Score")),
    "custom-object-property": (
        {"custom_object_label": "Pet", "field": "Name"},
        Subject("custom-object-property", "Pet", "Name"),
    ),
    "custom-object-trigger-property": (
        {"property_id": 4},
        Subject("trigger-object", "custom-object-trigger-property", "4"),
    ),
    "low-inventory-property": (
        {"metric_id": None, "field": "Stock"},
        Subject("low-inventory", "None", "Stock"),
    ),
    "price-drop-property": ({"metric_id": None, "field": "Price"}, Subject("price-drop", "None", "Price")),
}


@pytest.mark.parametrize("name", FLOW_ONLY)
def test_a_flow_condition_on_one_field_is_a_value(name):
    fields, subject = FLOW_ONLY[name]
    ((condition,),) = read(rule([{"type": name, **fields, "filter": FIELD}])).clauses
    assert condition.subject == subject


UNREAD = [
    "text",
    {"type": "profile-attribute", "attribute": "x"},
    {"type": "profile-not-in-flow", "timeframe_filter": days("alltime")},
    metric(timeframe_filter=days("flow-start")),
    metric(timeframe_filter=days(unit="month", quantity=1)),
    metric(timeframe_filter=days(unit="day", quantity=-1)),
    metric(timeframe_filter=days(unit="day", quantity=1.5)),
    metric(timeframe_filter=days("anniversary-last", unit="hour", quantity=1)),
    metric(timeframe_filter=days("before", date="soon")),
    metric(timeframe_filter=days("sometimes")),
    metric(timeframe_filter="always"),
    metric(measurement="average"),
    metric(measurement_filter={"type": "numeric", "operator": "roughly", "value": 1}),
    metric(measurement_filter={"type": "numeric", "operator": "equals", "value": "1"}),
    metric(measurement_filter={"type": "numeric", "operator": "equals", "value": float("nan")}),
    metric(measurement_filter=3),
    metric(metric_filters=[{"property": "x"}]),
    prop("x", type="string", operator="equals", value=None),
    prop("x", type="string", operator="in", value="a"),
    prop("x", type="list", operator="contains-any", value=[1]),
    prop("x", type="list", operator="contains", value=None),
    prop("x", type="list", operator="length-roughly", value=1),
    prop("x", type="boolean", operator="equals", value="true"),
    prop("x", type="existence", operator="exists"),
    prop("x", type="colour"),
    {"type": "profile-property", "property": "x", "filter": "equals"},
    prop("x", type="list", operator="contains-sometimes", value=["a"]),
    member(),
    {"type": "profile-marketing-consent", "consent": CONSENT},
    {
        "type": "profile-marketing-consent",
        "consent": {**CONSENT, "consent_status": {"subscription": "maybe"}},
    },
    {
        "type": "profile-permissions",
        "channel": "whatsapp_marketing",
        "permission": {"reachable_status": "maybe"},
    },
    {"type": "profile-metric-funnel", "steps": [], "timeframe_filter": days(unit="day", quantity=1)},
    {
        "type": "profile-postal-code-distance",
        "country_code": "U",
        "postal_code": "1",
        "unit": "miles",
        "filter": {"operator": "equals", "value": 1},
    },
    {
        "type": "profile-postal-code-distance",
        "country_code": "U",
        "postal_code": "1",
        "unit": "miles",
        "filter": {"operator": "less-than", "value": -1},
    },
]


@pytest.mark.parametrize("raw", UNREAD, ids=lambda raw: str(raw)[:60])
def test_a_condition_that_is_not_understood_equals_itself_and_nothing_else(raw):
    ((condition,),) = read(rule([raw])).clauses
    assert condition.subject.kind == "opaque"
    assert compare(rule([raw]), rule([raw]), AT).verdict == "equal"
    assert compare(rule([raw]), rule([A]), AT).verdict == "undecided"


def test_every_condition_type_of_the_contract_has_a_reader():
    segment_types = {f"profile-{name}" for name in (
        "metric", "metric-funnel", "property", "group-membership", "marketing-consent", "permissions",
        "predictive-analytics", "region", "postal-code-distance", "has-custom-object",
    )}  # fmt: skip
    assert segment_types < set(READERS)


def test_every_sentence_of_a_condition_can_be_written():
    steps = [{"metric_id": "A", "metric_exists": True}, {"metric_id": "B", "metric_exists": False}]
    funnel = {
        "type": "profile-metric-funnel",
        "steps": steps,
        "timeframe_filter": days(unit="day", quantity=3),
    }
    month = prop("Birthday", type="date", operator="calendar-month", value=5)
    found = canonical(rule([funnel, month, consent(subscription="subscribed")]))
    assert found["all"][0]["any"] == [
        'consent "email" is can subscribed',
        'metric "A" then no metric "B" in-the-last 3 days',
        'property "Birthday" date calendar-month 5',
    ]
