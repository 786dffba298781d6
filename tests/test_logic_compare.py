"""Verdicts that a marketer would check by hand, the traps first."""

from datetime import UTC, datetime, timedelta
from functools import partialmethod

import pytest

from compiler.logic import (
    Library,
    NotADefinition,
    Profile,
    Record,
    Subject,
    compare,
    describe,
    empty,
    matches,
    nearly_all,
    relation,
    verdicts,
)
from compiler.logic.search import Search

AT = datetime(2026, 11, 20, 15, 30, tzinfo=UTC)
ALL_TIME = {"type": "date", "operator": "alltime"}


def rule(*groups):
    return {
        "condition_groups": [
            {"conditions": group if isinstance(group, list) else [group]} for group in groups
        ]
    }


def last(days, unit="day"):
    return {"type": "date", "operator": "in-the-last", "unit": unit, "quantity": days}


def at_least(days):
    return {"type": "date", "operator": "at-least", "unit": "day", "quantity": days}


def between(start, end):
    return {"type": "date", "operator": "between", "unit": "day", "start": start, "end": end}


def static(start, end):
    return {"type": "date", "operator": "between-static", "start": start, "end": end}


OPERATORS = {
    "=": "equals",
    "!=": "not-equals",
    ">=": "greater-than-or-equal",
    ">": "greater-than",
    "<": "less-than",
    "<=": "less-than-or-equal",
}


def metric(test, value, timeframe=ALL_TIME, *filters, measurement="count", name="Ordered"):
    return {
        "type": "profile-metric",
        "metric_id": name,
        "measurement": measurement,
        "measurement_filter": {"type": "numeric", "operator": OPERATORS[test], "value": value},
        "timeframe_filter": timeframe,
        "metric_filters": [{"property": key, "filter": test_} for key, test_ in filters] or None,
    }


def number(test, value):
    return {"type": "numeric", "operator": OPERATORS[test], "value": value}


def text(operator, value):
    return {"type": "string", "operator": operator, "value": value}


def prop(name, test):
    return {"type": "profile-property", "property": name, "filter": test}


SET = {"type": "existence", "operator": "is-set"}
NOT_SET = {"type": "existence", "operator": "not-set"}


def consent(channel, can, subscription, *filters):
    can = can == "can"
    status = {"subscription": subscription, "filters": list(filters)}
    return {
        "type": "profile-marketing-consent",
        "consent": {"channel": channel, "can_receive_marketing": can, "consent_status": status},
    }


def member(*groups, inside=True, **more):
    return {"type": "profile-group-membership", "is_member": inside, "group_ids": list(groups), **more}


def verdict(a, b, **options):
    return compare(a, b, AT, **options).verdict


PAIRS = {
    "more days hold fewer days": (
        rule(metric(">=", 1, last(30))),
        rule(metric(">=", 1, last(60))),
        "contained",
    ),
    "none in 30 days does not give none in 90": (
        rule(metric("=", 0, last(30))),
        rule(metric("=", 0, last(90))),
        "contains",
    ),
    "one in 30 days is not one in 90": (
        rule(metric("=", 1, last(30))),
        rule(metric("=", 1, last(90))),
        "overlapping",
    ),
    "a day is more than its hours": (
        rule(metric(">=", 1, last(24, "hour"))),
        rule(metric(">=", 1, last(1))),
        "contained",
    ),
    "two weeks are fourteen days": (
        rule(metric(">=", 1, last(2, "week"))),
        rule(metric(">=", 1, last(14))),
        "equal",
    ),
    "between zero days is in the last": (
        rule(metric(">=", 1, between(0, 9))),
        rule(metric(">=", 1, last(9))),
        "equal",
    ),
    "both ends of between count": (
        rule(metric(">=", 1, between(7, 30))),
        rule(metric(">=", 1, last(29))),
        "overlapping",
    ),
    "more than zero is at least one": (rule(metric(">", 0)), rule(metric(">=", 1)), "equal"),
    "none now and none before is never": (
        rule(metric("=", 0, last(30)), metric("=", 0, at_least(30))),
        rule(metric("=", 0)),
        "equal",
    ),
    "one ever and none in 60 days is one long ago": (
        rule(metric("=", 1), metric("=", 0, last(60))),
        rule(metric(">=", 1, at_least(60))),
        "contained",
    ),
    "two in 7 and at most three in 30 leave one": (
        rule(metric(">=", 2, last(7)), metric("<=", 3, last(30))),
        rule(metric("<=", 1, between(8, 30))),
        "contained",
    ),
    "a filter makes none weaker": (
        rule(metric("=", 0)),
        rule(metric("=", 0, ALL_TIME, ("Item", text("equals", "Hat")))),
        "contained",
    ),
    "none above ten does not give none above five": (
        rule(metric("=", 0, ALL_TIME, ("Price", number(">", 10)))),
        rule(metric("=", 0, ALL_TIME, ("Price", number(">", 5)))),
        "contains",
    ),
    "no hats and no other items is not nothing": (
        rule(
            metric("=", 0, ALL_TIME, ("Item", text("equals", "Hat"))),
            metric("=", 0, ALL_TIME, ("Item", text("not-equals", "Hat"))),
        ),
        rule(metric("=", 0)),
        "contains",
    ),
    "a positive sum needs an event": (
        rule(metric(">", 0, measurement="sum")),
        rule(metric(">=", 1)),
        "contained",
    ),
    "a sum of zero does not need none": (
        rule(metric("=", 0, measurement="sum")),
        rule(metric("=", 0)),
        "contains",
    ),
    "equals is in": (
        rule(prop("plan", text("equals", "Gold"))),
        rule(prop("plan", text("in", ["Gold", "Silver"]))),
        "contained",
    ),
    "a longer part has the shorter one": (
        rule(prop("email", text("contains", "gmail.com"))),
        rule(prop("email", text("contains", "gmail"))),
        "contained",
    ),
    "unset is neither": (
        rule(prop("plan", text("equals", "Gold"))),
        rule(prop("plan", text("not-equals", "Gold"))),
        "disjoint",
    ),
    "a negative operator needs a value": (
        rule(prop("plan", text("not-equals", "Gold"))),
        rule(prop("plan", SET)),
        "contained",
    ),
    "a set value can be of another type": (
        rule(prop("plan", SET)),
        rule([prop("plan", text("not-equals", "Gold")), prop("plan", text("not-equals", "Silver"))]),
        "contains",
    ),
    "a value is not of two types": (
        rule(prop("x", text("contains", "1"))),
        rule(prop("x", number(">", 0))),
        "disjoint",
    ),
    "one that cannot receive sms may never have subscribed": (
        rule(consent("sms", "cannot", "any")),
        rule(consent("sms", "cannot", "unsubscribed")),
        "contains",
    ),
    "any is more than subscribed": (
        rule(consent("email", "can", "any")),
        rule(consent("email", "can", "subscribed")),
        "contains",
    ),
    "a method narrows a consent": (
        rule(consent("email", "can", "subscribed", {"field": "method", "method": "form"})),
        rule(consent("email", "can", "subscribed")),
        "contained",
    ),
    "two methods exclude each other": (
        rule(consent("email", "can", "subscribed", {"field": "method", "method": "form"})),
        rule(consent("email", "can", "subscribed", {"field": "method", "method": "api"})),
        "disjoint",
    ),
    "a member of one is a member of one of two": (rule(member("A")), rule(member("A", "B")), "contained"),
    "in none of two is in neither": (
        rule(member("A", "B", inside=False)),
        rule(member("A", inside=False)),
        "contained",
    ),
    "a recent member is a member": (
        rule(member("A", timeframe_filter=last(9))),
        rule(member("A")),
        "contained",
    ),
    "joined lately or long ago is joined": (
        rule([member("A", timeframe_filter=last(9)), member("A", timeframe_filter=at_least(9))]),
        rule(member("A")),
        "equal",
    ),
    "inside and outside a region": (
        rule({"type": "profile-region", "in_region": True, "region": "united_states"}),
        rule({"type": "profile-region", "in_region": False, "region": "united_states"}),
        "disjoint",
    ),
    "a mile is more than a kilometer": (
        rule(
            {
                "type": "profile-postal-code-distance",
                "country_code": "USA",
                "postal_code": "1",
                "unit": "kilometers",
                "filter": number("<", 30),
            }
        ),
        rule(
            {
                "type": "profile-postal-code-distance",
                "country_code": "USA",
                "postal_code": "1",
                "unit": "miles",
                "filter": number("<", 30),
            }
        ),
        "contained",
    ),
    "unlike subjects overlap": (rule(metric(">=", 1)), rule(consent("push", "can", "any")), "overlapping"),
    "a birthday today is a birthday this month": (
        rule(prop("Birthday", {"type": "date", "operator": "anniversary"})),
        rule(prop("Birthday", {"type": "date", "operator": "anniversary-month"})),
        "contained",
    ),
    "a month is a birthday month in its month": (
        rule(prop("Birthday", {"type": "date", "operator": "calendar-month", "value": 11})),
        rule(prop("Birthday", {"type": "date", "operator": "anniversary-month"})),
        "equal",
    ),
    "a list with all has any": (
        rule(prop("tags", {"type": "list", "operator": "contains-all", "value": ["a", "b"]})),
        rule(prop("tags", {"type": "list", "operator": "contains-any", "value": ["a", "b"]})),
        "contained",
    ),
    "two elements need a length of two": (
        rule(prop("tags", {"type": "list", "operator": "contains-all", "value": ["a", "b"]})),
        rule(prop("tags", {"type": "list", "operator": "length-less-than", "value": 2})),
        "disjoint",
    ),
    "an equal regular expression": (
        rule(prop("plan", text("regex", "^G"))),
        rule(prop("plan", text("regex", "^G")), metric(">=", 1)),
        "contains",
    ),
}


@pytest.mark.parametrize("name", PAIRS)
def test_the_verdict_is(name):
    a, b, expected = PAIRS[name]
    assert verdict(a, b) == expected
    turned = {"contained": "contains", "contains": "contained"}
    assert verdict(b, a) == turned.get(expected, expected)


def test_sums_grow_with_their_window_only_where_values_are_declared_never_negative():
    a, b = (
        rule(metric(">=", 100, last(30), measurement="sum")),
        rule(metric(">=", 100, last(90), measurement="sum")),
    )
    assert verdict(a, b) == "overlapping"
    assert verdict(a, b, positive=["Ordered"]) == "contained"
    refund = compare(a, b, AT).only_a
    assert min(record.value for record in refund.records[Subject("metric", "Ordered")]) < 0


def test_a_verdict_on_fixed_and_moving_dates_carries_its_date_and_can_change():
    lapsed = rule(metric(">=", 1), metric("=", 0, last(365)))
    holiday = rule(metric(">=", 1, static("2025-11-27T00:00:00Z", "2025-12-02T00:00:00Z")))
    today, later = compare(lapsed, holiday, AT), compare(lapsed, holiday, AT + timedelta(days=14))
    assert (today.verdict, today.as_of) == ("disjoint", AT)
    assert (later.verdict, later.as_of) == ("overlapping", AT + timedelta(days=14))


def test_a_verdict_on_moving_dates_alone_carries_no_date():
    assert compare(rule(metric(">=", 1, last(30))), rule(metric(">=", 1, last(60))), AT).as_of is None


@pytest.mark.parametrize(
    "condition",
    [
        metric(">=", 1, {"type": "date", "operator": "after", "date": "2027-01-01"}),
        member("A", timeframe_filter={"type": "date", "operator": "after", "date": "2027-01-01"}),
    ],
)
def test_what_only_the_future_can_fill_is_empty_as_of_today(condition):
    found = empty(rule(condition), AT)
    assert found.holds
    assert found.as_of == AT


def test_hours_and_days_depend_on_the_time_of_day():
    a, b = rule(metric(">=", 1, last(30, "hour"))), rule(metric(">=", 1, last(1)))
    assert compare(a, b, AT).as_of == AT
    assert compare(a, b, AT.replace(hour=3)).verdict == "contains"
    assert compare(a, b, AT.replace(hour=23)).verdict == "contained"


def test_recurring_dates_beside_each_other_carry_the_date():
    month = prop("Birthday", {"type": "date", "operator": "anniversary-month"})
    days = prop("Birthday", {"type": "date", "operator": "anniversary-next", "unit": "week", "quantity": 1})
    found = compare(rule(month), rule(days), AT)
    assert (found.verdict, found.as_of) == ("contains", AT)


def test_an_empty_rule_says_on_what_its_conditions_clash():
    found = empty(rule(metric("=", 0, last(30)), metric(">=", 1, between(30, 30))), AT)
    assert found.holds
    assert found.reason == 'its conditions clash on metric "Ordered"'


def test_an_empty_rule_is_contained_in_every_rule():
    nobody = rule(metric("=", 0), metric(">=", 1))
    assert verdict(nobody, rule(consent("sms", "can", "subscribed"))) == "contained"


def test_a_rule_that_is_not_empty_shows_who_matches():
    a = rule(metric(">=", 2, last(30)))
    found = empty(a, AT)
    assert found.holds is False
    assert matches(a, found.witness, AT)
    assert '2 x metric "Ordered" on 2026-11-19' in found.reason


def test_negatives_joined_by_or_take_nearly_everybody():
    wide = rule([prop("country", text("not-equals", "US")), prop("country", text("not-equals", "CA"))])
    found = nearly_all(wide, AT)
    assert found.holds
    assert "whose properties are set" in found.reason
    assert matches(wide, found.witness, AT) is False


@pytest.mark.parametrize(
    "narrow",
    [
        rule(prop("country", text("not-equals", "US"))),
        rule(prop("country", SET)),
        rule(metric("=", 0)),
        rule([prop("country", text("not-equals", "US"))], [metric(">=", 1)]),
    ],
)
def test_what_leaves_people_out_does_not_take_nearly_all(narrow):
    found = nearly_all(narrow, AT)
    assert found.holds is False
    assert matches(narrow, found.witness, AT) is False


def test_a_rule_that_nobody_fails_takes_all():
    found = nearly_all(rule([consent("email", "can", "any"), consent("email", "cannot", "any")]), AT)
    assert found.holds
    assert found.witness is None


SAMPLE = {"type": "profile-sample", "percentage": 50}


def test_a_condition_that_only_the_account_decides_equals_itself():
    assert verdict(rule(SAMPLE), rule(SAMPLE)) == "equal"
    assert verdict(rule(SAMPLE, metric(">=", 1)), rule(metric(">=", 1))) == "contained"
    assert verdict(rule(SAMPLE, metric(">=", 1)), rule(metric("=", 0))) == "disjoint"


def test_a_condition_that_only_the_account_decides_leaves_questions_open_with_the_reason():
    other = rule({"type": "profile-sample", "percentage": 60})
    found = compare(rule(SAMPLE), other, AT)
    assert found.verdict == "undecided"
    assert "a profile-sample condition of this form is compared only for being the same" in found.reason
    assert empty(rule(SAMPLE), AT).holds is None
    assert nearly_all(rule(SAMPLE), AT).holds is None


def test_containment_shown_without_strictness_says_what_is_open():
    found = compare(rule(SAMPLE, metric(">=", 1)), rule(metric(">=", 1)), AT)
    assert "whether they are equal is open" in found.reason


def test_a_region_and_a_country_are_not_taken_for_independent():
    region = rule({"type": "profile-region", "in_region": True, "region": "united_states"})
    country = rule(prop("location['country']", text("equals", "United States")))
    found = compare(region, country, AT)
    assert found.verdict == "undecided"
    assert "depend on each other" in found.reason


def test_a_property_read_as_text_and_as_date_is_undecided():
    a = rule(prop("Joined", last(3)))
    b = rule(prop("Joined", text("not-contains", "1999")))
    assert compare(a, b, AT).reason == "one property is read both as a text and as a date"


def listed(operator, value):
    return {"type": "list", "operator": operator, "value": value}


@pytest.mark.parametrize("other", [text("equals", "b"), text("not-equals", "b"), text("starts-with", "b")])
def test_a_property_read_as_a_list_and_as_a_whole_text_is_undecided(other):
    a, b = rule(prop("x", listed("contains", "a"))), rule(prop("x", other))
    for one, two in ((a, b), (b, a)):
        found = compare(one, two, AT)
        assert (found.verdict, found.reason) == (
            "undecided",
            "one property is read both as a list and as a whole text",
        )
    assert empty(rule(prop("x", listed("contains", "a")), prop("x", other)), AT).holds is None


def test_a_property_read_as_a_list_and_for_what_its_elements_contain_is_decided():
    a, b = rule(prop("x", listed("contains", "ab"))), rule(prop("x", text("contains", "a")))
    assert compare(a, b, AT).verdict == "contained"


def test_the_events_that_nobody_has_are_undecided_alike():
    tea = metric("=", 0, ALL_TIME, ("Categories", listed("contains", "Tea")))
    coffee = metric("=", 0, ALL_TIME, ("Categories", text("equals", "Coffee")))
    assert compare(rule(coffee), rule(tea), AT).verdict == "undecided"


def birthday(operator, days):
    return rule(
        prop(
            "Birthday",
            {"type": "date", "operator": f"anniversary-{operator}", "unit": "day", "quantity": days},
        )
    )


def test_whole_years_around_a_birthday_are_equal_or_not_by_where_february_29_lies():
    in_june = datetime(2027, 6, 1, 15, 30, tzinfo=UTC)
    found = [compare(birthday("last", 365), birthday("next", 365), at) for at in (AT, in_june)]
    assert {one.as_of for one in found} == {AT, in_june}
    assert len({one.verdict for one in found}) == 2
    assert compare(birthday("last", 7), birthday("next", 7), AT).as_of is None


FUNNEL = {
    "type": "profile-metric-funnel",
    "timeframe_filter": last(30),
    "completion_window_seconds": "DAYS_3",
    "steps": [
        {"metric_id": "Viewed", "metric_exists": True},
        {"metric_id": "Ordered", "metric_exists": True},
    ],
}


def test_a_funnel_needs_its_steps():
    assert verdict(rule(FUNNEL), rule(metric(">=", 1, last(30)))) == "contained"
    assert verdict(rule(FUNNEL), rule(metric("=", 0, last(30), name="Viewed"))) == "disjoint"
    assert verdict(rule(FUNNEL), rule(metric(">=", 2, last(30)))) == "overlapping"


def steps(*names, **more):
    return {**FUNNEL, "steps": [{"metric_id": name, "metric_exists": True} for name in names], **more}


def test_a_funnel_through_one_metric_needs_an_event_for_each_step():
    twice = rule(steps("Ordered", "Ordered"))
    assert empty(rule(steps("Ordered", "Ordered"), metric("=", 1, last(30))), AT).holds
    assert verdict(twice, rule(metric("=", 1, last(30)))) == "disjoint"
    assert verdict(twice, rule(metric(">=", 2, last(30)))) == "contained"
    assert verdict(twice, rule(metric(">=", 3, last(30)))) == "overlapping"


def test_a_funnel_needs_an_event_for_each_step_however_the_steps_are_filtered():
    where = [{"property": "Item", "filter": text("equals", "Hat")}]
    mixed = steps("Ordered", "Ordered")
    mixed["steps"][1]["metric_filters"] = where
    assert empty(rule(mixed, metric("<=", 1, last(30))), AT).holds
    assert empty(rule(mixed, metric("=", 2, last(30))), AT).holds is False


def test_what_shows_that_a_funnel_can_be_taken_takes_its_steps_in_order():
    window = "HOURS_1"
    first, second = steps("Viewed", "Ordered"), steps("Ordered", "Viewed", completion_window_seconds=window)
    for funnel in (first, second, steps("Viewed", "Ordered", "Viewed", "Ordered")):
        shown = empty(rule(funnel, metric(">=", 1, last(1)), metric(">=", 1, last(7), name="Viewed")), AT)
        assert shown.holds is False
        assert matches(rule(funnel), shown.witness, AT)
    assert verdict(rule(first), rule(second)) == "undecided"  # both take a third event, which is not sought
    assert verdict(
        rule(first), rule(metric(">=", 1, last(30)), metric(">=", 1, last(30), name="Viewed"))
    ) == ("contained")


def test_what_an_example_of_a_funnel_is_moved_by_leaves_its_counts_as_they_are():
    apart = rule(
        steps("Ordered", "Viewed"), metric("=", 1, between(0, 1)), metric("=", 0, last(0), name="Viewed")
    )
    shown = empty(apart, AT)
    assert shown.holds is not True
    assert shown.witness is None or matches(apart, shown.witness, AT)


def test_regular_expressions_are_compared_only_when_they_are_the_same():
    found = compare(rule(prop("plan", text("regex", "^G"))), rule(prop("plan", text("regex", "^Go*ld$"))), AT)
    assert found.verdict == "undecided"
    assert "regular expressions" in found.reason


def test_a_library_answers_for_many_and_explains_one():
    library = Library(AT)
    library.add("month", rule(metric(">=", 1, last(30))))
    library.add("quarter", rule(metric(">=", 1, last(90))))
    library.add("never", rule(metric("=", 0)))
    pairs = [("month", "quarter"), ("quarter", "never")]
    assert [found for *_, found in verdicts(library, pairs)] == ["contained", "disjoint"]
    assert "only b matches someone with" in relation(library, "month", "quarter").reason
    library.add("hats", rule(metric(">=", 1, last(30), ("Item", text("equals", "Hat")))))
    assert relation(library, "hats", "month").verdict == "contained"
    with pytest.raises(KeyError):
        library.add("hats", rule(SAMPLE))


@pytest.mark.parametrize(
    "value",
    [
        None,
        {},
        {"condition_groups": {}},
        {"condition_groups": [{}]},
        {"condition_groups": [{"conditions": []}]},
        {"condition_groups": ["x"]},
    ],
)
def test_what_is_no_definition_is_refused(value):
    with pytest.raises(NotADefinition):
        empty(value, AT)


def test_too_many_events_for_a_witness_is_said():
    found = empty(rule(metric(">=", 1_000_000)), AT)
    assert found.holds is None
    assert "2000 events" in found.reason


def test_too_many_alternatives_are_said():
    sizes = [metric("!=", 3, last(days)) for days in range(1, 9)]
    assert empty(rule(*sizes), AT).holds is None


def test_too_many_sets_of_property_filters_are_said():
    sets = [metric(">=", 1, ALL_TIME, ("Item", text("equals", f"Item {number_}"))) for number_ in range(7)]
    assert "too many sets of property filters" in empty(rule(*sets), AT).reason


def test_many_sums_over_many_windows_are_said():
    sums = [metric(">", days, last(days), measurement="sum") for days in range(1, 9)]
    assert "sums" in empty(rule(*sums), AT).reason


def test_a_search_that_grows_too_large_is_given_up_with_its_reason():
    samples = [{"type": "profile-sample", "percentage": number_} for number_ in range(1, 21)]
    groups = [[samples[number_], samples[number_ + 1]] for number_ in range(0, 20, 2)]
    assert empty(rule(*groups), AT).holds is None


def test_long_lists_of_elements_are_not_all_tried():
    many = prop("tags", {"type": "list", "operator": "contains-any", "value": [f"t{n}" for n in range(12)]})
    assert empty(rule(many), AT).holds is False
    two = prop("tags", {"type": "list", "operator": "length-equals", "value": 2})
    some = prop(
        "tags", {"type": "list", "operator": "not-contains-all", "value": [f"t{n}" for n in range(12)]}
    )
    found = empty(rule(many, two, some), AT)
    assert found.holds is None
    assert "too many list elements" in found.reason


def test_a_witness_reads_as_a_sentence():
    someone = Profile(
        values={
            Subject("property", "plan"): None,
            Subject("property", "tags"): ("a", 7),
            Subject("property", "x"): 1.5,
        },
        records={
            Subject("metric", "Ordered"): (Record(AT, 3, {"Item": "Hat"}), Record(AT, 3, {"Item": "Hat"})),
            Subject("metric", "Opened"): (),
        },
    )
    assert describe(someone) == (
        'property "plan" not set; property "tags" [\'a\', 7]; property "x" 1.5; no metric "Opened"; '
        "2 x metric \"Ordered\" on 2026-11-20 15:30 of value 3 (Item 'Hat')"
    )
    assert describe(Profile()) == "nothing recorded"


def test_every_unset_property_that_must_not_be_set_stays_unset():
    found = empty(rule(prop("plan", NOT_SET)), AT)
    assert found.witness.values == {Subject("property", "plan"): None}


def test_a_value_filter_bounds_the_sum_of_the_events_that_pass_it():
    cheap = rule(metric(">", 5, ALL_TIME, ("$value", number("<", 0)), measurement="sum"))
    assert empty(cheap, AT).holds
    several = rule(metric(">", 99, ALL_TIME, ("$value", number(">", 2)), measurement="sum"))
    assert empty(several, AT).holds is False
    unset = rule(metric("!=", 0, ALL_TIME, ("$value", NOT_SET), measurement="sum"))
    assert empty(unset, AT).holds


@pytest.mark.parametrize("total", [-5, 5])
def test_a_filter_that_leaves_values_on_both_sides_lets_sums_lie_on_both_sides(total):
    but_two = metric("=", total, last(31, "hour"), ("$value", number("!=", 2)), measurement="sum")
    assert empty(rule(but_two), AT).holds is False


@pytest.mark.parametrize("value_filter", [number(">", 5), NOT_SET])
def test_an_event_that_fails_a_value_filter_can_have_any_other_value(value_filter):
    none = metric("=", 0, ALL_TIME, ("$value", value_filter))
    assert empty(rule(none, metric("<=", -5, measurement="sum")), AT).holds is False


def test_a_value_filter_says_nothing_of_events_outside_its_window():
    large = metric(">=", 1, last(3), ("$value", number(">", 5)))
    small = metric("<", -5, at_least(30), measurement="sum")
    assert empty(rule(large, small), AT).holds is False


def test_events_without_a_value_add_nothing_to_a_sum():
    unset = [metric(">=", 1, ALL_TIME, ("$value", NOT_SET)), metric("=", 0, ALL_TIME, ("$value", SET))]
    assert empty(rule(*unset, metric("=", 0, measurement="sum")), AT).holds is False
    assert empty(rule(*unset, metric("!=", 0, measurement="sum")), AT).holds


def test_a_text_cannot_be_the_value_of_an_event():
    odd = rule(metric(">=", 1, ALL_TIME, ("$value", text("equals", "x"))))
    assert empty(odd, AT).holds


def test_a_regular_expression_in_a_filter_of_an_event_can_leave_it_open():
    hard = [("Item", text("regex", "^(?=x)(?!x)")), ("Item", text("contains", "x"))]
    assert "regular expressions" in empty(rule(metric(">=", 1, ALL_TIME, *hard)), AT).reason
    method = {"field": "custom_source", "filter": text("equals", "x")}
    pattern = {"field": "custom_source", "filter": text("regex", "^(?=x)(?!x)")}
    assert empty(rule(consent("email", "can", "subscribed", method, pattern)), AT).holds is None


def test_an_impossible_step_of_a_funnel_empties_it():
    nothing = {**FUNNEL, "timeframe_filter": static("2030-01-01", "2030-01-02")}
    assert empty(rule(nothing), AT).holds


def test_a_search_is_bounded(monkeypatch):
    monkeypatch.setattr(Search, "__init__", partialmethod(Search.__init__, steps=0))
    assert "given up" in empty(rule(metric(">=", 1)), AT).reason
