"""What steps, triggers, conditions and filters are called."""

import pytest

from compiler import kinds
from compiler.actions import lower_action
from compiler.codecs.base import Run
from compiler.codecs.conditions import kind_codec
from compiler.codecs.shapes import SHAPES
from compiler.labels.conditions import KINDS as CONDITIONS
from compiler.labels.conditions import condition, deed, question, statement
from compiler.labels.filters import listed, named, predicate, property_name, times, when
from compiler.labels.steps import KINDS as ACTIONS
from compiler.labels.steps import step_label, trigger_label
from compiler.labels.triggers import TRIGGERS
from compiler.triggers import lower_trigger

REVISION = kinds.default_revision()
ORDERS = {"type": "metric", "id": "@metric:Placed Order"}


def said(kind, body):
    run = Run(REVISION, ORDERS)
    api = kind_codec(kind, REVISION).lower(body, None, run)
    assert not run.mistakes
    return condition(api, {})


@pytest.mark.parametrize(
    ("kind", "body", "words"),
    [
        (
            "action-output",
            {"output_config_id": 1, "field": "score", "greater-than": 0.5},
            "output score is more than 0.5",
        ),
        (
            "custom-object-property",
            {"custom_object_label": "Plan", "field": "size", "equals": "XL"},
            "Plan size is “XL”",
        ),
        (
            "custom-object-trigger-property",
            {"property_id": 7, "equals": True},
            "triggering object's property 7 is true",
        ),
        ("low-inventory-property", {"field": "brand", "equals": "Acme"}, "product brand is “Acme”"),
        ("metric-property", {"field": "$value", "between": [1, 2.5]}, "value is between 1 and 2.5"),
        ("price-drop-property", {"field": "brand", "not-equals": "Acme"}, "product brand is not “Acme”"),
        (
            "profile-group-membership",
            {"is_member": True, "groups": ["A", {"list": "B"}, {"segment": "C"}]},
            "is in A, B or C",
        ),
        ("profile-group-membership", {"is_member": False, "groups": ["A"]}, "is not in A"),
        (
            "profile-group-membership",
            {"is_member": True, "groups": ["A"], "timeframe": {"in-the-last": "1 day"}},
            "is in A, joined in the last 1 day",
        ),
        (
            "profile-has-custom-object",
            {
                "object_type_id": "OT1",
                "object_type_relationship_id": "OR1",
                "count": {"greater-than-or-equal": 1},
                "filters": [{"property_id": 4, "equals": "x"}],
            },
            "has at least 1 object of type OT1 where property 4 is “x”",
        ),
        (
            "profile-marketing-consent",
            {"channel": "email", "can_receive_marketing": True, "subscription": "subscribed"},
            "can receive email marketing",
        ),
        (
            "profile-marketing-consent",
            {"channel": "sms", "can_receive_marketing": False, "subscription": "unsubscribed"},
            "cannot receive SMS marketing and is unsubscribed",
        ),
        (
            "profile-marketing-consent",
            {"channel": "email", "can_receive_marketing": True, "subscription": "never_subscribed"},
            "can receive email marketing and has never subscribed",
        ),
        (
            "profile-marketing-consent",
            {
                "channel": "email",
                "can_receive_marketing": True,
                "subscription": "subscribed",
                "filters": [
                    {"field": "is_double_opt_in", "equals": True},
                    {"field": "method", "method": "form", "in": [{"form": "Popup"}]},
                    {"field": "method", "method": "manual_add"},
                ],
            },
            "can receive email marketing (double opt-in is true, by form is “Popup”, by manual add)",
        ),
        (
            "profile-metric",
            {"metric": "Placed Order", "count": 0, "timeframe": "flow-start"},
            "has placed an order 0 times since starting this flow",
        ),
        (
            "profile-metric",
            {
                "metric": "Played Quiz",
                "count": {"greater-than": 0},
                "timeframe": {"between": ["1 day", "3 days"]},
            },
            "has done “Played Quiz” at least once between 1 and 3 days ago",
        ),
        (
            "profile-metric",
            {
                "metric": {"name": "Placed Order", "integration": "Shopify"},
                "sum": {"greater-than": 100},
                "timeframe": "alltime",
                "metric_filters": [
                    {"property": "$value", "greater-than": 5},
                    {"property": "Brand", "contains": "Ac"},
                ],
            },
            "has placed an order where value is more than 5 and Brand contains “Ac” for a total of more than 100 over all time",
        ),
        (
            "profile-metric-funnel",
            {
                "timeframe": {"in-the-last": "90 days"},
                "completion_window_seconds": "DAYS_3",
                "steps": [
                    {"metric": "Viewed Product", "metric_exists": True},
                    {"metric": "Placed Order", "metric_exists": False},
                ],
            },
            "has viewed a product, then has not placed an order, within 3 days, in the last 90 days",
        ),
        ("profile-not-in-flow", {"in-the-last": "30 days"}, "has not been in this flow in the last 30 days"),
        ("profile-not-sent-email", {"in-the-last": "16 hours"}, "was sent no email in the last 16 hours"),
        ("profile-not-sent-push", {"in-the-last": "16 hours"}, "was sent no push in the last 16 hours"),
        ("profile-not-sent-sms", {"in-the-last": "16 hours"}, "was sent no SMS in the last 16 hours"),
        (
            "profile-permissions",
            {"channel": "whatsapp_marketing", "reachable_status": "implicitly_reachable"},
            "is implicitly reachable for WhatsApp marketing",
        ),
        (
            "profile-permissions",
            {
                "channel": "whatsapp_marketing",
                "reachable_status": "explicitly_reachable",
                "filters": [{"field": "effective_date", "after": "2026-01-31"}],
            },
            "is explicitly reachable for WhatsApp marketing (effective date is after 2026-01-31)",
        ),
        (
            "profile-postal-code-distance",
            {"country_code": "USA", "postal_code": "02141", "unit": "miles", "less-than": 10},
            "lives less than 10 miles from 02141 (USA)",
        ),
        (
            "profile-predictive-analytics",
            {"dimension": "predicted_clv", "greater-than": 80},
            "predicted lifetime value is more than 80",
        ),
        (
            "profile-predictive-analytics",
            {
                "dimension": "channel_affinity",
                "measurement": "rank",
                "predicted_channel": "sms",
                "equals": "high",
            },
            "channel affinity rank of sms is “high”",
        ),
        (
            "profile-property",
            {"property": "properties['Tier']", "in": ["Gold", "Silver"]},
            "Tier is “Gold” or “Silver”",
        ),
        ("profile-region", {"in_region": False, "region": "united_states"}, "is outside the United States"),
        ("profile-sample", 50, "is in a random 50% of people"),
    ],
)
def test_a_condition_is_said_in_words(kind, body, words):
    assert said(kind, body) == words


def test_every_condition_action_and_trigger_has_words():
    assert set(CONDITIONS) == set(kinds.kinds("conditions"))
    assert set(ACTIONS) == set(kinds.kinds("actions"))
    assert set(TRIGGERS) == {kind.name for kind in kinds.kinds("triggers").values()}


VALUES = {"string": "a", "numeric": 2, "boolean": True, "list": "a"}
WORDS = {
    ("string", "equals"): "is “a”",
    ("string", "not-equals"): "is not “a”",
    ("string", "contains"): "contains “a”",
    ("string", "not-contains"): "does not contain “a”",
    ("string", "starts-with"): "starts with “a”",
    ("string", "not-starts-with"): "does not start with “a”",
    ("string", "ends-with"): "ends with “a”",
    ("string", "not-ends-with"): "does not end with “a”",
    ("string", "regex"): "matches the pattern “a”",
    ("string", "nregex"): "does not match the pattern “a”",
    ("string", "in"): "is “a” or “b”",
    ("string", "not-in"): "is none of “a” or “b”",
    ("string", "phone-country-code-in"): "has the country code “a” or “b”",
    ("string", "phone-country-code-not-in"): "has none of the country codes “a” or “b”",
    ("numeric", "equals"): "is 2",
    ("numeric", "not-equals"): "is not 2",
    ("numeric", "greater-than"): "is more than 2",
    ("numeric", "greater-than-or-equal"): "is at least 2",
    ("numeric", "less-than"): "is less than 2",
    ("numeric", "less-than-or-equal"): "is at most 2",
    ("numeric", "between"): "is between 1 and 3",
    ("boolean", "equals"): "is true",
    ("date", "after"): "is after 2026-01-31",
    ("date", "before"): "is before 2026-01-31",
    ("date", "between-static"): "is between 2026-01-31 and 2026-02-01 12:00:00+00:00",
    ("date", "at-least"): "is at least 2 days ago",
    ("date", "in-the-last"): "is in the last 2 days",
    ("date", "in-the-next"): "is in the next 2 days",
    ("date", "anniversary-last"): "has its anniversary in the last 2 days",
    ("date", "anniversary-next"): "has its anniversary in the next 2 days",
    ("date", "between"): "is between 1 and 3 days ago",
    ("date", "calendar-month"): "is in May",
    ("date", "anniversary"): "has its anniversary today",
    ("date", "anniversary-month"): "has its anniversary this month",
    ("date", "alltime"): "is over all time",
    ("date", "flow-start"): "is since starting this flow",
    ("list", "contains"): "contains “a”",
    ("list", "not-contains"): "does not contain “a”",
    ("list", "length-equals"): "has 2 entries",
    ("list", "length-greater-than"): "has more than 2 entries",
    ("list", "length-greater-than-or-equal"): "has at least 2 entries",
    ("list", "length-less-than"): "has less than 2 entries",
    ("list", "length-less-than-or-equal"): "has at most 2 entries",
    ("list", "contains-all"): "contains all of “a” and “b”",
    ("list", "contains-any"): "contains any of “a” or “b”",
    ("list", "not-contains-all"): "does not contain all of “a” and “b”",
    ("list", "not-contains-any"): "contains none of “a” or “b”",
    ("list", "contains-substring"): "has an entry with “a”",
    ("list", "not-contains-substring"): "has no entry with “a”",
    ("existence", "is-set"): "is set",
    ("existence", "not-set"): "is not set",
}


def filter_of(kind, operator):
    value = VALUES.get(kind)
    if operator in (
        "in",
        "not-in",
        "phone-country-code-in",
        "phone-country-code-not-in",
        *SHAPES["list-set"].operators,
    ):
        value = ["a", "b"]
    elif operator.startswith("length-"):
        value = 2
    elif operator == "calendar-month":
        value = 5
    spread = {"start": 1, "end": 3, "unit": "day"} if operator == "between" else {}
    if operator == "between-static":
        spread = {"start": "2026-01-31T00:00:00+00:00", "end": "2026-02-01T12:00:00+00:00"}
    return {
        "type": kind,
        "operator": operator,
        "value": value,
        "date": "2026-01-31T00:00:00Z",
        "unit": "day",
        "quantity": 2,
        **spread,
    }


@pytest.mark.parametrize(("kind", "operator"), sorted(WORDS))
def test_a_filter_is_said_in_words(kind, operator):
    assert predicate(filter_of(kind, operator), {}) == WORDS[kind, operator]


def test_every_operator_of_every_filter_has_words():
    assert set(WORDS) == {(shape.type, operator) for shape in SHAPES.values() for operator in shape.operators}


def test_what_a_later_revision_adds_gives_its_own_name():
    assert condition({"type": "profile-mood"}, {}) == "profile mood"
    assert condition({}, {}) == "an unknown condition"
    assert predicate({"type": "string", "operator": "sounds-like", "value": "a"}, {}) == "sounds like “a”"
    assert predicate({"type": "numeric", "operator": "near", "value": 5}, {}) == "is near 5"
    assert (
        when({"operator": "anniversary-next", "quantity": 1, "unit": "week"})
        == "with its anniversary in the next 1 week"
    )
    assert when({"operator": "before-lunch"}) == "before lunch"
    assert when({"operator": "calendar-month", "value": 13}) == "in month 13"
    assert step_label({"type": "send-fax"}, {}).title == "Send fax"
    assert trigger_label({"triggers": [{"type": "full-moon"}]}, {}).text == "Full moon"
    assert trigger_label({"triggers": []}, {}).text == "Nothing"


def test_groups_are_joined_by_and_alternatives_by_or():
    one, two = {"type": "profile-sample", "percentage": 1}, {"type": "profile-sample", "percentage": 2.0}
    first, second = "is in a random 1% of people", "is in a random 2% of people"
    assert (
        statement({"condition_groups": [{"conditions": [one]}, {"conditions": [one, two]}]}, {})
        == f"{first} and ({first} or {second})"
    )
    assert question({"condition_groups": [{"conditions": [one, two]}]}, {}) == f"I{first[1:]} or {second}?"
    assert statement({"condition_groups": []}, {}) == "anything holds"
    assert statement({"condition_groups": [{"conditions": []}]}, {}) == "nothing"


def test_a_condition_without_its_filter_and_an_empty_value_have_words():
    assert condition({"type": "profile-property", "property": "email"}, {}) == "email is anything"
    assert predicate({"type": "string", "operator": "equals", "value": None}, {}) == "is empty"
    assert predicate({"type": "list", "operator": "contains", "value": 5}, {}) == "contains 5"
    assert predicate({"type": "list", "operator": "length-equals", "value": 1}, {}) == "has 1 entry"
    assert times({"operator": "equals", "value": 1}) == "once"
    assert times({"operator": "less-than", "value": 1}) == "less than 1 time"
    assert times({"operator": "between", "start": 1, "end": 2.0}) == "between 1 and 2 times"


def test_names_come_from_placeholders_and_from_the_account():
    assert named("@metric:Placed Order", {}) == "Placed Order"
    assert named('@metric:{"name": "Placed Order", "integration": "Shopify"}', {}) == "Placed Order"
    assert named('@template:{"file": "a.html"}', {}) == "a.html"
    assert named("AbC123", {"AbC123": "Newsletter"}) == "Newsletter"
    assert named("AbC123", {}) == "AbC123"
    assert deed("X1", {"X1": "Clicked Email"}) == "clicked an email"
    assert [
        property_name(key) for key in ("properties['a']b']", "location['city']", "$value", "first_name")
    ] == ["a']b", "city", "value", "first name"]
    assert [listed(texts) for texts in ([], ["a"], ["a", "b"], ["a", "b", "c"])] == [
        "nothing",
        "a",
        "a or b",
        "a, b or c",
    ]


def labelled(kind, body):
    run = Run(REVISION, ORDERS)
    api = lower_action(kind, body, None, run)
    assert not run.mistakes
    return step_label(api, {})


@pytest.mark.parametrize(
    ("kind", "body", "title", "details"),
    [
        ("time-delay", "1 hour", "Wait 1 hour", ()),
        ("time-delay", "1 hour 30 minutes", "Wait 1 hour 30 minutes", ()),
        (
            "time-delay",
            {"value": 2, "unit": "days", "delay_until_time": "10:00", "timezone": "Europe/Berlin"},
            "Wait 2 days",
            ("then until 10:00, Europe/Berlin time",),
        ),
        (
            "time-delay",
            {"value": 2, "unit": "days", "delay_until_weekdays": ["monday"]},
            "Wait 2 days",
            ("then until on Monday",),
        ),
        ("countdown-delay", "2 weeks", "Wait until 2 weeks before the date", ()),
        ("countdown-delay", "-1 days", "Wait until 1 day after the date", ()),
        (
            "countdown-delay",
            {"value": 0, "unit": "days", "delay_until_time": "09:00"},
            "Wait until the date",
            ("at 09:00",),
        ),
        (
            "target-date",
            {"target_time": "10:00", "target_days": ["monday", "friday"]},
            "Wait until 10:00 on Monday or Friday",
            (),
        ),
        ("back-in-stock-delay", {}, "Wait until the product is back in stock", ()),
        ("code", {}, "Run code", ()),
        ("send-email", {"name": "Email #1", "subject_line": "Hello"}, "Email: Hello", ("Email #1",)),
        ("send-email", {"name": "Hello", "subject_line": "Hello"}, "Email: Hello", ()),
        ("send-email", {}, "Email: without a text", ()),
        ("send-mobile-push", {"name": "P", "body": "Body"}, "Push: Body", ("P",)),
        ("send-whatsapp", {"name": "W", "vendor_id": "1"}, "WhatsApp: W", ()),
        ("send-webhook", {"url": "https://a.example/x"}, "Webhook: a.example", ("to a.example",)),
        ("send-webhook", {"name": "W", "url": ""}, "Webhook: W", ()),
        (
            "send-internal-alert",
            {"name": "A", "subject_line": "S", "to_emails": ["a@x.example", "b@x.example"]},
            "Internal alert: S",
            ("A", "to a@x.example and b@x.example"),
        ),
        ("send-internal-alert", {"name": "A"}, "Internal alert: A", ()),
        (
            "list-update",
            {"name": "Off", "on_execution": False, "list": "VIP"},
            "Update list: take off VIP",
            ("Off",),
        ),
        ("list-update", {"on_execution": True}, "Update list: add to no list", ()),
        (
            "internal-service",
            {"service_configuration": {"service_method_type": "unknown"}},
            "Internal service: unknown",
            (),
        ),
        ("update-profile", [], "Update profile: nothing", ()),
        (
            "update-profile",
            [
                {
                    "operator": "update",
                    "property_type": "boolean",
                    "property_key": "properties['A']",
                    "property_value": True,
                },
                {
                    "operator": "create",
                    "property_type": "numeric",
                    "property_key": "b",
                    "property_value": 5.0,
                },
                {
                    "operator": "update",
                    "property_type": "list",
                    "property_operation": "remove",
                    "property_key": "c",
                    "property_value": "x",
                },
            ],
            "Update profile: set A to true; set b to 5; take “x” off c",
            (),
        ),
    ],
)
def test_a_step_is_said_in_words(kind, body, title, details):
    label = labelled(kind, body)
    assert (label.title, label.details) == (title, details)


def test_a_test_is_called_after_its_main_message():
    main = {"type": "send-sms", "data": {"message": {"body": "Hi"}}}
    test = {
        "type": "ab-test",
        "data": {
            "main_action": main,
            "current_experiment": {"variations": [main], "winner_metric": "unique-clicks"},
        },
    }
    label = step_label(test, {})
    assert (label.title, label.details) == ("A/B test: SMS: Hi", ("1 variation", "winner by unique clicks"))
    assert step_label({"type": "ab-test", "data": {}}, {}).title == "A/B test: Empty"


def test_a_multi_branch_split_asks_what_it_is_called():
    assert (
        step_label({"type": "multi-branch-split", "data": {"name": "Which? ", "branches": [{}]}}, {}).title
        == "Which?"
    )
    assert step_label({"type": "multi-branch-split"}, {}).title == "Which branch?"


@pytest.mark.parametrize(
    ("trigger", "words"),
    [
        ({"list": "Newsletter"}, "When someone joins list Newsletter"),
        ({"segment": "VIP"}, "When someone enters segment VIP"),
        ({"metric": "Checkout Started"}, "When someone has started a checkout"),
        ({"metric": {"id": "AbC123"}}, "When someone has done “AbC123”"),
        (
            {"price-drop": {"price_drop_amount_value": 10, "price_drop_amount_unit": "percent", "audience": ["viewed"], "timeframe_days": 30}},
            "When a product that they viewed in the last 30 days costs 10% less",
        ),
        (
            {"price-drop": {"price_drop_amount_value": 5.0, "price_drop_amount_unit": "currency", "currency_type": "usd", "audience": ["viewed", "checkout-started"]}},
            "When a product that they viewed or started to check out costs 5 usd less",
        ),
        (
            {"low-inventory": {"product_level": "variant", "inventory_count": 5, "audience": ["added-to-cart"], "timeframe_days": 1}},
            "When a variant that they added to the cart in the last 1 day has 5 left",
        ),
        (
            {"date": {"date_field_type": "profile-property", "date_profile_property": "properties['Birthday']", "before": "7 days", "recurrence_frequency": "annually", "timezone": "UTC", "trigger_time": "10:00"}},
            "7 days before Birthday, annually, at 10:00, UTC time",
        ),
        (
            {"date": {"date_field_type": "custom-object", "custom_object_label": "Plan", "custom_object_property_id": 3, "object_type_id": "T", "object_type_relationship_id": "R", "before": "0 days", "recurrence_frequency": "never", "trigger_time": "09:30"}},
            "On Plan, at 09:30",
        ),
        (
            {"date": {"date_field_type": "profile-property", "date_profile_property": "properties['Birthday']", "before": "-1 weeks", "trigger_time": "10:00", "recurrence_frequency": "never"}},
            "1 week after Birthday, at 10:00",
        ),
    ],
)  # fmt: skip
def test_a_trigger_is_said_in_words(trigger, words):
    run = Run(REVISION)
    definition = {"triggers": [lower_trigger(trigger, None, run)]}
    assert not run.mistakes
    assert trigger_label(definition, {}).text == words


@pytest.mark.parametrize(
    ("reentry", "words"),
    [
        ({"duration": 1, "unit": "alltime"}, "enters once only"),
        ({"duration": 0, "unit": "alltime"}, "may enter again at any time"),
        ({"duration": 1, "unit": "day"}, "may enter again after 1 day"),
    ],
)
def test_reentry_and_filters_are_details_of_the_trigger(reentry, words):
    groups = {"condition_groups": [{"conditions": [{"type": "profile-sample", "percentage": 10}]}]}
    definition = {
        "triggers": [{"type": "list", "id": "X", "trigger_filter": groups}],
        "profile_filter": groups,
        "reentry_criteria": reentry,
    }
    assert trigger_label(definition, {"X": "News"}).details == (
        "trigger filter: is in a random 10% of people",
        "profile filter: is in a random 10% of people",
        words,
    )
