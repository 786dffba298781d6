"""The reference evaluator follows the documented meanings, boundary by boundary."""

from datetime import UTC, datetime, timedelta

import pytest

from compiler.logic import Profile, Record, Standing, Subject, matches

TODAY = datetime(2023, 6, 17, 9, 30, tzinfo=UTC)
TICK = timedelta(microseconds=1)


def day(number, month=6, **fields):
    return datetime(2023, month, number, tzinfo=UTC).replace(**fields)


def rule(condition):
    return {"condition_groups": [{"conditions": [condition]}]}


def holds(test, value, name="Date"):
    condition = {"type": "profile-property", "property": name, "filter": test}
    return matches(rule(condition), Profile({Subject("property", name): value}), TODAY)


def dated(operator, **fields):
    return {"type": "date", "operator": operator, **fields}


BOUNDARIES = [
    (
        "in the last 3 days begins at midnight three days back",
        dated("in-the-last", unit="day", quantity=3),
        day(14),
    ),
    ("between 3 and 5 days counts both days", dated("between", unit="day", start=3, end=5), day(12)),
    ("after a day begins the day after", dated("after", date="2023-06-10"), day(11)),
    (
        "between dates begins with the first",
        dated("between-static", start="2023-06-10", end="2023-06-15"),
        day(10),
    ),
    (
        "in the next 3 days leaves out the start of today",
        dated("in-the-next", unit="day", quantity=3),
        day(17) + TICK,
    ),
    ("hours are exact", dated("in-the-last", unit="hour", quantity=5), TODAY - timedelta(hours=5)),
]
ENDS = [
    ("in the last ends now", dated("in-the-last", unit="day", quantity=3), TODAY + TICK),
    ("between 3 and 5 days ends with the day 3 back", dated("between", unit="day", start=3, end=5), day(15)),
    ("at least 3 days leaves out the day 3 back", dated("at-least", unit="day", quantity=3), day(14)),
    ("before a day ends at its midnight", dated("before", date="2023-06-10"), day(10)),
    (
        "between dates ends with the last",
        dated("between-static", start="2023-06-10", end="2023-06-15"),
        day(16),
    ),
    ("in the next 3 days ends with the third day", dated("in-the-next", unit="day", quantity=3), day(21)),
    ("at least hours are exact", dated("at-least", unit="hour", quantity=5), TODAY - timedelta(hours=5)),
]


@pytest.mark.parametrize(
    ("test", "first"), [case[1:] for case in BOUNDARIES], ids=[case[0] for case in BOUNDARIES]
)
def test_a_window_begins(test, first):
    assert (holds(test, first - TICK), holds(test, first)) == (False, True)


@pytest.mark.parametrize(("test", "end"), [case[1:] for case in ENDS], ids=[case[0] for case in ENDS])
def test_a_window_ends(test, end):
    assert (holds(test, end - TICK), holds(test, end)) == (True, False)


def test_a_member_of_last_month_leaves_on_day_31():
    order = {
        "type": "profile-metric",
        "metric_id": "Ordered",
        "measurement": "count",
        "measurement_filter": {"type": "numeric", "operator": "greater-than-or-equal", "value": 1},
        "timeframe_filter": dated("in-the-last", unit="day", quantity=30),
    }
    buyer = Profile(records={Subject("metric", "Ordered"): (Record(TODAY),)})
    assert matches(rule(order), buyer, TODAY + timedelta(days=30))
    assert not matches(rule(order), buyer, TODAY + timedelta(days=31))
    assert not matches(rule(order), buyer, TODAY - timedelta(days=1))


@pytest.mark.parametrize(
    ("test", "value", "expected"),
    [
        (dated("anniversary"), datetime(1990, 6, 17, 23, tzinfo=UTC), True),
        (dated("anniversary"), day(18), False),
        (dated("anniversary-month"), datetime(1990, 6, 1, tzinfo=UTC), True),
        (dated("calendar-month", value=2), datetime(1992, 2, 29, tzinfo=UTC), True),
        (dated("anniversary-last", unit="day", quantity=2), datetime(1990, 6, 15, tzinfo=UTC), True),
        (dated("anniversary-last", unit="day", quantity=2), datetime(1990, 6, 14, tzinfo=UTC), False),
        (dated("anniversary-next", unit="week", quantity=1), datetime(1990, 6, 24, tzinfo=UTC), True),
        (dated("anniversary-next", unit="week", quantity=1), datetime(1990, 6, 17, tzinfo=UTC), False),
        (dated("at-least", unit="week", quantity=10**9), day(1), False),
        (dated("in-the-last", unit="day", quantity=10**6), datetime(1, 1, 1, tzinfo=UTC), True),
    ],
)
def test_a_date_recurs_and_the_calendar_has_ends(test, value, expected):
    assert holds(test, value) is expected


def text(operator, value):
    return {"type": "string", "operator": operator, "value": value}


def listed(operator, value):
    return {"type": "list", "operator": operator, "value": value}


@pytest.mark.parametrize(
    ("test", "value", "expected"),
    [
        (text("equals", "Gold"), "Gold", True),
        (text("equals", "Gold"), "gold", False),
        (text("not-equals", "Gold"), "Silver", True),
        (text("not-equals", "Gold"), None, False),
        (text("not-equals", "7"), 7, False),
        (text("not-in", ["a"]), "b", True),
        (text("contains", "ol"), "Gold", True),
        (text("not-contains", "ol"), "Gold", False),
        (text("starts-with", "Go"), "Gold", True),
        (text("not-ends-with", "ld"), "Gone", True),
        (text("regex", "^G.+d$"), "Gold", True),
        (text("nregex", "^G"), "Gold", False),
        (text("regex", "("), "Gold", None),
        (text("equals", "Gold"), day(1), None),
        (dated("anniversary"), "1990-06-17", None),
        ({"type": "numeric", "operator": "equals", "value": 0.1}, 0.1, True),
        ({"type": "numeric", "operator": "equals", "value": 1}, True, False),
        ({"type": "numeric", "operator": "greater-than", "value": 1}, "2", False),
        ({"type": "boolean", "operator": "equals", "value": False}, False, True),
        ({"type": "boolean", "operator": "equals", "value": False}, None, False),
        ({"type": "existence", "operator": "not-set"}, None, True),
        ({"type": "existence", "operator": "is-set"}, "", True),
        (listed("contains", "a"), ("a", "b"), True),
        (listed("contains", 1), (True,), False),
        (listed("not-contains", "a"), (), True),
        (listed("not-contains", "a"), None, False),
        (listed("contains-all", ["a", "b"]), ("a",), False),
        (listed("not-contains-all", ["a", "b"]), ("a",), True),
        (listed("length-greater-than", 1), ("a", "b"), True),
        (listed("contains-substring", "ho"), ("shoe", 7), True),
        (listed("not-contains-substring", "ho"), ("shoe",), False),
    ],
)
def test_a_value_passes_a_filter_of_its_own_type_alone(test, value, expected):
    assert holds(test, value, "x") is expected


def funnel(*steps, exists=True, **window):
    return rule(
        {
            "type": "profile-metric-funnel",
            "timeframe_filter": dated("in-the-last", unit="day", quantity=30),
            "steps": [{"metric_id": name, "metric_exists": exists} for name in steps],
            **window,
        }
    )


def visitor(**times):
    return Profile(
        records={Subject("metric", name): tuple(Record(time) for time in at) for name, at in times.items()}
    )


def test_a_funnel_follows_its_order_and_its_window():
    quick = visitor(Viewed=[day(1), day(10)], Ordered=[day(11)])
    assert matches(funnel("Viewed", "Ordered"), quick, TODAY)
    assert matches(funnel("Viewed", "Ordered", completion_window_seconds="DAYS_1"), quick, TODAY)
    assert not matches(funnel("Viewed", "Ordered", completion_window_seconds="HOURS_1"), quick, TODAY)
    assert not matches(funnel("Ordered", "Viewed"), quick, TODAY)
    assert matches(funnel("Viewed", "Ordered", exists=False), quick, TODAY) is None


def test_each_step_of_a_funnel_is_an_event_of_its_own_and_of_a_later_second():
    once, twice = visitor(Ordered=[day(10)]), visitor(Ordered=[day(10), day(12)])
    assert not matches(funnel("Ordered", "Ordered"), once, TODAY)
    assert matches(funnel("Ordered", "Ordered"), twice, TODAY)
    assert not matches(funnel("Ordered", "Ordered", "Ordered"), twice, TODAY)
    together = visitor(Viewed=[day(10)], Ordered=[day(10)])
    within = visitor(Viewed=[day(10)], Ordered=[day(10) + timedelta(milliseconds=900)])
    following = visitor(
        Viewed=[day(10) + timedelta(milliseconds=900)], Ordered=[day(10) + timedelta(seconds=1)]
    )
    assert not matches(funnel("Viewed", "Ordered"), together, TODAY)
    assert not matches(funnel("Viewed", "Ordered"), within, TODAY)
    assert matches(funnel("Viewed", "Ordered"), following, TODAY)


def test_a_between_whose_ends_stand_the_wrong_way_round_holds_nothing_as_in_evaluation():
    turned = dated("between", unit="day", start=5, end=3)
    assert not any(holds(turned, day(n)) for n in range(1, 16))
    assert holds(dated("between", unit="day", start=4, end=4), day(13))


def test_an_event_whose_property_cannot_be_read_leaves_the_count_open():
    test = {"property": "Item", "filter": text("regex", "(")}
    step = {"metric_id": "Ordered", "metric_exists": True, "metric_filters": [test]}
    whole = {
        "type": "profile-metric-funnel",
        "timeframe_filter": dated("in-the-last", unit="day", quantity=9),
        "steps": [step],
    }
    count = {
        "type": "profile-metric",
        "metric_id": "Ordered",
        "measurement": "count",
        "measurement_filter": {"type": "numeric", "operator": "equals", "value": 1},
        "metric_filters": [test],
    }
    buyer = Profile(records={Subject("metric", "Ordered"): (Record(day(15), 1, {"Item": "Hat"}),)})
    assert matches(rule(count), buyer, TODAY) is None
    assert matches(rule(whole), buyer, TODAY) is None


def test_a_profile_without_record_never_subscribed():
    def consent(channel, subscription, can=False):
        status = {
            "channel": channel,
            "can_receive_marketing": can,
            "consent_status": {"subscription": subscription},
        }
        return rule({"type": "profile-marketing-consent", "consent": status})

    assert matches(consent("sms", "never_subscribed"), Profile(), TODAY)
    assert matches(consent("push", "any"), Profile(), TODAY)
    subscribed = Profile(standings={Subject("consent", "email"): Standing("can subscribed")})
    assert matches(consent("email", "any", can=True), subscribed, TODAY)


def test_the_value_of_an_event_is_its_property_of_that_name():
    def total(value):
        test = {"property": "$value", "filter": {"type": "numeric", "operator": "greater-than", "value": 5}}
        return rule(
            {
                "type": "profile-metric",
                "metric_id": "Ordered",
                "measurement": "sum",
                "measurement_filter": {"type": "numeric", "operator": "equals", "value": value},
                "metric_filters": [test],
            }
        )

    amounts = (0.1, 7, 8.2, None)
    buyer = Profile(records={Subject("metric", "Ordered"): tuple(Record(day(3), value) for value in amounts)})
    assert matches(total(15.2), buyer, TODAY)
