"""Back-populating under odd flows, moments and data: holds beyond the horizon, many paths, wrong fields, doubts."""

import copy
import random
from datetime import UTC, datetime, timedelta

import pytest
from backpopulate_worlds import TRIGGER_METRIC, chain, flow_and_settings, person, write_people

from compiler.backpopulate import Settings, back_populate, read_quiet_hours, read_shape, simulate
from compiler.backpopulate.lengths import longest, longest_hold, remaining
from compiler.backpopulate.paths import MOST_PATHS, timeline
from compiler.backpopulate.settings import check_settings
from compiler.diagnostics import Exit, Fatal
from compiler.evaluate import open_tables

pytest.importorskip("ibis")
AT = datetime(2026, 6, 10, 15, 30, tzinfo=UTC)
HOUR, DAY = timedelta(hours=1), timedelta(days=1)
NEVER_KNOWN = {"condition_groups": [{"conditions": [{"type": "profile-not-in-flow", "flow_id": "F"}]}]}
SAMPLE = {"condition_groups": [{"conditions": [{"type": "profile-sample", "percentage": 0}]}]}


def run(folder, flow, people, at=AT, **settings):
    write_people(folder, people)
    return simulate(read_shape(flow, "flow"), open_tables(folder), Settings(at=at, **settings))


def doubts(found):
    return {row.code: row.count for row in found.doubts}


def left_out(found):
    return {row.reason: row.count for row in found.left_out}


def split(flow, place, definition, yes, no, kind="conditional-split"):
    """Make a step of a chain a split."""
    key = "trigger_filter" if kind == "trigger-split" else "profile_filter"
    links = {"next_if_true": yes, "next_if_false": no}
    flow["actions"][place] |= {"type": kind, "data": {key: definition}, "links": links}
    return flow


def waiting_for(days, **more):
    """Return a flow of one email after so many days, its delay with more fields."""
    flow = chain([f"{days} days", "mail"])
    flow["actions"][0]["data"] |= more
    return flow


# Holds


def test_texts_that_holds_push_past_a_change_of_clocks_keep_out_of_quiet_hours(tmp_path):
    # Ten waits of 12 hours end at night, and each is held until 11:00: ten days for five of delays.
    at = datetime(2026, 10, 24, 15, tzinfo=UTC)
    people = [person("one", at, DAY, zone="America/New_York")]
    found = run(
        tmp_path,
        chain(["12 hours", "text"] * 10, "list"),
        people,
        at,
        mode="beginning",
        account_zone="America/New_York",
        quiet_hours=read_quiet_hours("20:00-11:00"),
        sms_speed=10,
    )
    sent = [datetime.fromtimestamp(day.done - 1, UTC) for day in found.queue.days]
    assert [moment.hour for moment in sent] == [15] * 7 + [
        16
    ] * 3  # 11:00 in New York before and after 1 November
    assert sent[-1] == datetime(2026, 11, 3, 16, tzinfo=UTC)


def test_a_hold_is_as_long_as_the_longest_windows_that_touch():
    night = read_quiet_hours("21:00-08:00")
    weekend = read_quiet_hours("saturday 00:00-24:00, sunday 00:00-24:00, 21:00-08:00")
    assert longest_hold(None) == 0
    assert longest_hold(night) == 14 * 3600
    assert longest_hold(weekend) == (3 + 48 + 8 + 3) * 3600


def test_every_text_of_the_longest_way_may_be_held_and_no_other_message():
    shape = read_shape(chain(["1 days", "text", "mail", "draft text", "text", "2 days", "mail"]), "flow")
    assert longest(shape) == 3 * 86_400
    assert longest(shape, hold=1000) == 3 * 86_400 + 2000
    assert longest(read_shape({"triggers": [], "actions": []}, "empty"), hold=1000) == 0


def test_who_was_held_for_days_before_the_click_is_still_walked_for_the_doubt(tmp_path):
    # 10 June 2026 is a Wednesday. The text came due on Friday and went on Monday at 08:00; then 2 days run on.
    quiet = read_quiet_hours("friday 12:00-24:00, saturday sunday 00:00-24:00, 23:00-08:00")
    flow = chain(["1 hours", "text", "60 hours", "mail"])
    held = person("held", AT, timedelta(days=4, hours=23))
    found = run(tmp_path, flow, [held], quiet_hours=quiet)
    assert (found.added, doubts(found)) == (0, {"quiet-before": 1})


# Many paths


def diamonds(count, days):
    """Return a flow of that many splits that join again; the first one's no waits so many days."""
    actions = [
        {
            "id": f"s{place}",
            "type": "conditional-split",
            "data": {"profile_filter": None},
            "links": {"next_if_true": f"y{place}", "next_if_false": f"n{place}"},
        }
        for place in range(count)
    ]
    for place in range(count):
        following = {"next": f"s{place + 1}" if place + 1 < count else "mail"}
        long = {"value": days if place == 0 else 1, "unit": "days"}
        actions.append(
            {
                "id": f"y{place}",
                "type": "time-delay",
                "data": {"value": 1, "unit": "hours"},
                "links": following,
            }
        )
        actions.append({"id": f"n{place}", "type": "time-delay", "data": long, "links": following})
    actions.append({"id": "mail", "type": "send-email", "data": {"status": "live"}, "links": {"next": None}})
    trigger = {"type": "metric", "id": TRIGGER_METRIC}
    return {"triggers": [trigger], "entry_action_id": "s0", "actions": actions}


def test_the_horizon_is_that_of_the_longest_path_though_it_is_not_listed():
    found = timeline(read_shape(diamonds(7, 100), "many"))
    assert (found.count, len(found.paths)) == (128, MOST_PATHS)
    assert max(path.horizon for path in found.paths) < 10 * 86_400
    assert found.horizon == (100 + 6) * 86_400


@pytest.mark.parametrize("seed", range(40))
def test_the_horizon_on_the_graph_is_the_longest_of_all_listed_paths(seed):
    flow, _, _ = flow_and_settings(random.Random(seed))
    found = timeline(read_shape(flow, "flow"))
    longest_listed = max(path.horizon for path in found.paths)
    assert found.horizon == longest_listed if found.count <= MOST_PATHS else found.horizon >= longest_listed


def test_the_horizon_of_a_flow_by_dates_ends_with_the_countdown_and_that_of_a_wait_where_it_starts():
    countdown = {"type": "countdown-delay", "data": {"value": 2, "unit": "days"}}
    flow = chain(["5 hours", "mail", "mail"])
    flow["actions"][1] |= {**countdown, "links": {"next": "2"}}
    flow["triggers"] = [{"type": "date", "timedelta_value_before_date": 10}]
    assert timeline(read_shape(flow, "dated")).horizon == 8 * 86_400
    flow["actions"][1] |= {"type": "back-in-stock-delay", "data": None}
    assert timeline(read_shape(flow, "stock")).horizon == 5 * 3600


# Fields


WRONG_DELAYS = [
    ({"unit": "weeks"}, 'data.unit is "weeks"; it should be days or hours or minutes'),
    ({"unit": ["days"]}, r"data.unit is \[\"days\"\]"),
    ({"value": "two"}, 'data.value is "two"; it should be a whole number from 0 to'),
    ({"value": 1.5}, "data.value is 1.5"),
    ({"value": None}, "data.value is null"),
    ({"value": True}, "data.value is true"),
    ({"value": -3}, "data.value is -3"),
    ({"value": 10**7}, "data.value is 10000000"),
    ({"value": 10**90}, r"data.value is 10{59}\.\.\.;"),
    ({"secondary_value": "x"}, 'data.secondary_value is "x"'),
    ({"delay_until_time": "3pm"}, 'data.delay_until_time is "3pm"; it should be a time of day'),
    ({"delay_until_time": "25:00:00"}, "data.delay_until_time"),
    ({"delay_until_time": 10}, "data.delay_until_time is 10"),
    ({"delay_until_weekdays": ["funday"]}, "data.delay_until_weekdays"),
    ({"delay_until_weekdays": "monday"}, 'data.delay_until_weekdays is "monday"; it should be a list'),
    ({"timezone": 5}, "data.timezone is 5; it should be a text"),
]


@pytest.mark.parametrize(("fields", "words"), WRONG_DELAYS)
def test_a_delay_that_the_contract_does_not_allow_is_refused_with_action_and_field(fields, words):
    with pytest.raises(Fatal, match=rf"the action 0 \(time-delay\): {words}") as caught:
        read_shape(waiting_for(2, **fields), "flow")
    assert caught.value.exit_code == Exit.WRONG_SPECS


@pytest.mark.parametrize(
    ("change", "words"),
    [
        (lambda flow: flow["actions"][0].pop("data"), "data.value is missing"),
        (lambda flow: flow["actions"][0].update(data=[]), r"data is \[\]; it should be an object"),
        (lambda flow: flow["actions"][0].pop("type"), "the action 0: type is missing"),
        (lambda flow: flow["actions"][0].update(links={"next": [1]}), "links.next is"),
        (lambda flow: flow.update(actions=[None]), "the flow: actions is"),
        (lambda flow: flow.update(profile_filter={"condition_groups": "x"}), "profile_filter.condition_groups is"),
        (lambda flow: flow["triggers"][0].update(type=5), r"triggers\[0\].type is 5"),
        (
            lambda flow: flow["triggers"][0].update(type="date", timedelta_value_before_date=10**6),
            r"triggers\[0\].timedelta_value_before_date is",
        ),
        (lambda flow: flow["triggers"][0].update(type="date", trigger_time="noon"), r"triggers\[0\].trigger_time"),
        (
            lambda flow: flow["actions"][0].update(type="countdown-delay", data={"unit": "hours"}),
            r"the action 0 \(countdown-delay\): data.unit is .*days or weeks or months",
        ),
        (
            lambda flow: split(flow, 0, {"condition_groups": [{"conditions": [{"type": "profile-sample"}]}]}, "1", None),
            r"the action 0 \(conditional-split\): .*percentage is missing; it should be a whole number from 0 to 100",
        ),
        (
            lambda flow: flow["actions"][0].update(type="multi-branch-split", data={"branches": [{"order": "x"}]}),
            r"data.branches\[0\].order is",
        ),
        (
            lambda flow: flow["triggers"][0].update(
                trigger_filter={"condition_groups": [{"conditions": [{"type": "metric-property", "field": "$value"}]}]}
            ),
            r"trigger_filter.condition_groups\[0\].conditions\[0\].filter is missing",
        ),
        (
            lambda flow: flow["actions"][1]["data"].update(current_experiment={"variations": [{"data": 5}]}),
            r"data.current_experiment.variations\[0\].data is 5",
        ),
    ],
)  # fmt: skip
def test_any_other_part_of_a_wrong_shape_is_refused_with_its_place(change, words):
    flow = chain(["2 days", "mail"])
    change(flow)
    with pytest.raises(Fatal, match=words) as caught:
        read_shape(flow, "flow")
    assert caught.value.exit_code == Exit.WRONG_SPECS


def test_delays_that_add_up_to_decades_are_refused():
    assert timeline(read_shape(waiting_for(7_000), "long")).horizon == 7_000 * 86_400
    with pytest.raises(Fatal, match="the flow: its delays add up to more than 20 years"):
        read_shape(chain(["7000 days", "mail", "7000 days", "mail"]), "flow")


def test_what_the_contract_leaves_open_is_read():
    open_fields = {"unit": None, "secondary_value": None, "delay_until_time": None, "timezone": None}
    flow = waiting_for(2, delay_until_weekdays=None, **open_fields)
    flow["actions"][1] |= {"links": None}
    flow["actions"][1]["data"] |= {"current_experiment": None}
    shape = read_shape({**flow, "profile_filter": None}, "flow")
    assert shape.steps[0].delay.seconds == 2 * 86_400
    assert read_shape(waiting_for(2, delay_until_time="09:30:15"), "flow").steps[0].delay.until == 34_215


JUNK = [None, 0, -1, 2.5, True, "", "x", "9", [], {}, [None], ["x"], {"x": 1}, 10**30]


def places(value, path=()):
    """Yield the path of everything inside a value."""
    items = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    for key, item in items:
        yield (*path, key)
        yield from places(item, (*path, key))


def test_a_flow_with_junk_anywhere_is_refused_or_read_and_never_ends_in_a_traceback():
    draw, refused, told = random.Random(7), [], 0
    for seed in range(400):
        flow, _, settings = flow_and_settings(random.Random(seed % 40))
        flow = copy.deepcopy(flow)
        *before, last = draw.choice(list(places(flow)))
        inside = flow
        for key in before:
            inside = inside[key]
        inside[last] = draw.choice(JUNK)
        try:
            back_populate(read_shape(flow, "flow"), settings, {})
            told += 1
        except Fatal as caught:
            refused.append(caught.exit_code)
    assert min(len(refused), told) > 40
    assert set(refused) == {Exit.WRONG_SPECS}


def test_a_date_filter_with_junk_for_its_operator_is_undecided(tmp_path):
    flow = waiting_for(2)
    flow["profile_filter"] = copy.deepcopy(NEVER_KNOWN)
    condition = flow["profile_filter"]["condition_groups"][0]["conditions"][0]
    condition["timeframe_filter"] = {"type": "date", "operator": {}}
    assert doubts(run(tmp_path, flow, [person("one", AT, 0.5 * DAY)])) == {"undecided-filter": 1}


@pytest.mark.parametrize(
    ("settings", "words"),
    [
        ({"at": datetime(1, 1, 1, tzinfo=UTC)}, "the years 2000 to 2099, not in 1"),
        ({"at": datetime(9999, 12, 31, 23, tzinfo=UTC)}, "not in 9999"),
        (
            {"at": AT, "sms_speed": 99_999_999_999_999_999_999},
            "the speed of texts is 1 to 1,000,000 a second",
        ),
        ({"at": AT, "sms_speed": 0}, "the speed of texts"),
    ],
)
def test_moments_and_speeds_beyond_any_calendar_or_queue_are_refused(settings, words):
    with pytest.raises(Fatal, match=words) as caught:
        check_settings(Settings(**settings), "metric")
    assert caught.value.exit_code == Exit.WRONG_SPECS


# Zones of delays


def test_a_zone_that_nobody_knows_on_a_delay_is_told_and_counted(tmp_path):
    people = [person("added", AT, DAY), person("close", AT, 2.5 * DAY), person("gone", AT, 3.9 * DAY)]
    flow = waiting_for(2, delay_until_time="02:30", timezone="Bogus/Zone")
    found = run(tmp_path, flow, people, account_zone="Europe/Berlin")
    assert found.added == 1
    assert doubts(found)["delay-zone"] == 2
    assert any('names the time zone "Bogus/Zone", which is not known' in note for note in found.notes)
    known = run(tmp_path, waiting_for(2, delay_until_time="02:30", timezone="Europe/Berlin"), people)
    unused = run(tmp_path, waiting_for(2, timezone="Bogus/Zone"), people)
    for one in (known, unused):
        assert "delay-zone" not in doubts(one)
        assert not any("Bogus" in note for note in one.notes)


# Doubts of those who are not added


@pytest.mark.parametrize(
    ("definition", "code"), [(NEVER_KNOWN, "undecided-split"), (SAMPLE, "sample")]
)  # fmt: skip
def test_who_a_doubtful_split_leads_to_nothing_hangs_on_it(tmp_path, definition, code):
    people = [person(f"p{place}", AT, place * DAY) for place in range(1, 5)]
    flow = split(chain(["3 days", "mail", "mail"]), 1, definition, "2", None)
    found = run(tmp_path, flow, people)
    assert (found.added, left_out(found)) == (0, {"beyond": 2, "nothing-left": 2})
    assert doubts(found)[code] == 2


def test_who_is_beyond_by_a_doubtful_split_hangs_on_it_unless_every_exit_is_too_late(tmp_path):
    # The way that cannot be decided waits 11 days, the other 1.
    flow = split(chain(["mail", "10 days", "mail", "1 days", "mail"]), 0, NEVER_KNOWN, "1", "3")
    people = [person("short", AT, 0.5 * DAY), person("long", AT, 5 * DAY), person("gone", AT, 11.4 * DAY)]
    found = run(tmp_path, flow, people)
    assert (found.added, left_out(found)) == (1, {"beyond": 2})
    assert doubts(found)["undecided-split"] == 2


def test_who_a_wait_below_a_doubtful_split_would_keep_hangs_on_it(tmp_path):
    flow = split(chain(["mail", "mail", "mail", "1 days", "mail"]), 0, NEVER_KNOWN, "1", "3")
    flow["actions"][1] |= {"type": "back-in-stock-delay", "data": None}
    found = run(tmp_path, flow, [person("gone", AT, 400 * DAY)])
    assert (found.added, doubts(found)) == (0, {"undecided-split": 1})


def test_who_a_forecast_leads_to_nothing_hangs_on_it(tmp_path):
    recent = {
        "type": "profile-metric",
        "metric_id": "Order1",
        "measurement": "count",
        "measurement_filter": {"type": "numeric", "operator": "greater-than", "value": 0},
        "timeframe_filter": {"type": "date", "operator": "in-the-last", "unit": "day", "quantity": 30},
    }
    definition = {"condition_groups": [{"conditions": [recent]}]}
    flow = split(chain(["5 days", "mail", "mail"]), 1, definition, "2", None)
    found = run(tmp_path, flow, [person("one", AT, DAY)])
    assert (found.added, doubts(found)) == (0, {"forecast": 1})
    recent["timeframe_filter"] = {"type": "date", "operator": "flow-start"}
    # After the event, before the click: the two readings of flow-start part at the split.
    flow["actions"][1]["data"]["profile_filter"]["condition_groups"][0]["conditions"][0][
        "measurement_filter"
    ] = {
        "type": "numeric",
        "operator": "equals",
        "value": 0,
    }
    found = run(tmp_path, flow, [person("one", AT, 2 * DAY, orders=[AT - DAY])])
    assert (found.added, doubts(found)) == (0, {"flow-start": 1, "forecast": 1})


def test_who_an_earlier_event_would_add_hangs_on_several_events(tmp_path):
    number = {"type": "numeric", "operator": "greater-than", "value": 50}
    dear = {
        "condition_groups": [
            {"conditions": [{"type": "metric-property", "field": "$value", "filter": number}]}
        ]
    }
    flow = split(chain(["5 days", "mail", "mail"]), 1, dear, "2", None, "trigger-split")
    events = [(AT - DAY, "late", 10), (AT - 2 * DAY, "early", 60)]
    people = [person("two", AT, DAY, events=events), person("one", AT, DAY, events=events[:1])]
    found = run(tmp_path, flow, people)
    assert (found.added, doubts(found)) == (0, {"several-events": 1})


def test_who_another_zone_could_add_hangs_on_the_zone(tmp_path):
    # The wait ended today at 10:00 in the account's zone; in Honolulu it is still before ten.
    flow = waiting_for(2, delay_until_time="10:00")
    people = [
        person("close", AT, 2 * DAY, zone=None),
        person("gone", AT, 4 * DAY, zone="Not/There"),
        person("known", AT, 2 * DAY),
        person("added", AT, DAY, zone=None),
    ]
    found = run(tmp_path, flow, people)
    assert found.added == 1
    assert doubts(found)["zone"] == 2
    days = run(tmp_path, waiting_for(2, delay_until_time="10:00", delay_until_weekdays=["wednesday"]), people)
    assert doubts(days)["zone"] == 3


def test_no_length_remains_below_the_last_step():
    shape = read_shape(chain(["1 days", "mail", "2 hours", "text"]), "flow")
    assert [remaining(shape)[step.index] for step in shape.steps] == [93_600, 7_200, 7_200, 0]
