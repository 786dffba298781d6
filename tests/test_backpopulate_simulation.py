"""What a simulation counts: who is left out and why, doubts, queue, days; and bad data."""

import shutil
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from backpopulate_worlds import CLUB, GROUP, ORDER, TRIGGER_METRIC, VIEW, chain, event, person, write_people

from compiler.backpopulate import Settings, back_populate, read_quiet_hours, read_shape, simulate
from compiler.backpopulate.clocks import fixed, make_clocks
from compiler.backpopulate.queueing import text_queue
from compiler.backpopulate.tables import checkpointed
from compiler.diagnostics import Fatal, Problems
from compiler.evaluate import Named, open_tables, write_events, write_profiles

pytest.importorskip("ibis")
AT = datetime(2026, 6, 10, 15, 30, tzinfo=UTC)
DAY = timedelta(days=1)


def run(folder, flow, people, **settings):
    write_people(folder, people)
    return simulate(read_shape(flow, "flow"), open_tables(folder), Settings(at=AT, **settings))


def left_out(found):
    return {row.reason: row.count for row in found.left_out}


def doubts(found):
    return {row.code: row.count for row in found.doubts}


def outcomes(found):
    return {row.name: dict(row.counts) for row in found.outcomes}


def none_since_start(metric=TRIGGER_METRIC):
    number = {"type": "numeric", "operator": "equals", "value": 0}
    when = {"type": "date", "operator": "flow-start"}
    condition = {
        "type": "profile-metric",
        "metric_id": metric,
        "measurement": "count",
        "measurement_filter": number,
        "timeframe_filter": when,
    }
    return {"condition_groups": [{"conditions": [condition]}]}


def test_everybody_who_triggered_is_added_or_left_out_for_one_reason(tmp_path):
    people = [
        person("in", AT, 4 * DAY),
        person("late", AT, 40 * DAY),
        person("future", AT, -DAY),
        person("ordered", AT, 4 * DAY, orders=[AT - DAY]),
        person("cheap", AT, 4 * DAY, events=[(AT - 4 * DAY, "e", 1)]),
    ]
    flow = chain(["10 days", "mail"])
    number = {"type": "numeric", "operator": "greater-than", "value": 5}
    test = {"type": "metric-property", "field": "$value", "filter": number}
    flow["triggers"][0]["trigger_filter"] = {"condition_groups": [{"conditions": [test]}]}
    flow["profile_filter"] = none_since_start(ORDER)
    found = run(tmp_path, flow, people)
    assert (found.triggered, found.added) == (5, 1)
    assert left_out(found) == {"beyond": 1, "future": 1, "filter": 1, "trigger-filter": 1}
    assert sum(left_out(found).values()) + found.added == found.triggered


def test_events_of_people_without_a_profile_are_counted(tmp_path):
    write_people(tmp_path, [person("known", AT, DAY)])
    stranger = event({"id": "stranger"}, TRIGGER_METRIC, AT - DAY, "e9")
    write_events(tmp_path, [stranger], Named((), (("$message", "s"),)), Problems(), part=1)
    found = simulate(read_shape(chain(["5 days", "mail"]), "flow"), open_tables(tmp_path), Settings(at=AT))
    assert (found.added, left_out(found)) == (1, {"unknown-profile": 1})


def test_who_has_no_live_action_left_on_the_path_is_not_added(tmp_path):
    flow = chain(["5 days", "mail"])
    tier = {
        "type": "profile-property",
        "property": "properties['tier']",
        "filter": {"type": "string", "operator": "equals", "value": "gold"},
    }
    split = {
        "temporary_id": "s",
        "type": "conditional-split",
        "data": {"profile_filter": {"condition_groups": [{"conditions": [tier]}]}},
        "links": {"next_if_true": "1", "next_if_false": None},
    }
    flow["actions"][0]["links"]["next"] = "s"
    flow["actions"].append(split)
    found = run(tmp_path, flow, [person("gold", AT, DAY, tier="gold"), person("plain", AT, DAY)])
    assert (found.added, left_out(found)) == (1, {"nothing-left": 1})


def test_an_undated_member_cannot_be_placed_and_starts_with_everybody_at_the_beginning(tmp_path):
    people = [person("dated", AT, DAY), person("undated", AT, DAY, joined=None), person("later", AT, -DAY)]
    flow = chain(["5 days", "mail"], "list")
    found = run(tmp_path, flow, people, mode="throughout")
    assert (found.added, left_out(found)) == (1, {"undated": 1, "future": 1})
    found = run(tmp_path, flow, people, mode="beginning")
    assert (found.added, left_out(found)) == (2, {"future": 1})
    assert [(row.name, row.step, row.count) for row in found.entries] == [("Trigger", None, 2)]


def test_several_events_are_a_doubt_unless_the_filter_settles_it(tmp_path):
    people = [person("twice", AT, [2 * DAY, 3 * DAY]), person("once", AT, 2 * DAY)]
    flow = chain(["5 days", "mail"])
    assert doubts(run(tmp_path, flow, people)) == {"several-events": 1}
    settled = run(tmp_path, {**flow, "profile_filter": none_since_start()}, people)
    assert (settled.added, doubts(settled)) == (2, {})


def test_flow_start_is_counted_from_the_event_and_the_other_reading_is_a_doubt(tmp_path):
    people = [
        person("ordered", AT, 4 * DAY, orders=[AT - DAY]),
        person("quiet", AT, 4 * DAY),
        person("gone", AT, 40 * DAY, orders=[AT - DAY]),
    ]
    found = run(tmp_path, {**chain(["10 days", "mail"]), "profile_filter": none_since_start(ORDER)}, people)
    assert found.added == 1
    assert outcomes(found) == {"mail": {"sent": 1}}
    assert doubts(found) == {"flow-start": 1}


def test_a_click_within_a_day_of_a_boundary_is_a_doubt_but_at_most_half_the_delay(tmp_path):
    people = [
        person(f"p{place}", AT, ago)
        for place, ago in enumerate([9.5 * DAY, 10.5 * DAY, 8 * DAY, 12 * DAY, 10 * DAY])
    ]
    found = run(tmp_path, chain(["10 days", "mail"]), people)
    assert (found.added, doubts(found)) == (2, {"boundary": 3})
    found = run(tmp_path, chain(["1 days", "mail"]), [person("a", AT, 0.6 * DAY), person("b", AT, 0.4 * DAY)])
    assert doubts(found) == {"boundary": 1}
    found = run(
        tmp_path,
        chain(["10 hours", "mail"]),
        [person("c", AT, timedelta(hours=10)), person("d", AT, timedelta(hours=9.9))],
    )
    assert (found.added, doubts(found)) == (1, {"boundary": 1})


def test_missing_zones_consents_and_past_times_are_doubts(tmp_path):
    flow = chain(["0 days", "mail"], "list")
    flow["actions"][0]["data"] |= {"delay_until_time": "10:00"}
    people = [
        person("none", AT, DAY, zone=None, can=None),
        person("bogus", AT, DAY, zone="Not/There"),
        person("good", AT, DAY),
    ]
    found = run(tmp_path, flow, people, mode="beginning")
    assert doubts(found) == {"zone": 2, "time-past": 3, "consent-unknown": 1}


def test_undecided_conditions_are_counted_and_explained(tmp_path):
    unknown = {"condition_groups": [{"conditions": [{"type": "profile-not-in-flow", "flow_id": "F"}]}]}
    flow = chain(["5 days", "mail", "1 days", "mail 2"])
    flow["profile_filter"] = unknown
    flow["actions"][1]["data"]["message"]["additional_filters"] = unknown
    found = run(tmp_path, flow, [person("one", AT, 2 * DAY)])
    assert doubts(found) == {"undecided-filter": 1, "undecided-message": 1}
    assert [line.partition(":")[0] for line in found.undecided] == ["the flow's filter", '"mail"']
    assert outcomes(found)["mail"] == {"sent": 1}


def test_an_undecided_trigger_filter_counts_every_event(tmp_path):
    flow = chain(["5 days", "mail"])
    flow["triggers"][0]["trigger_filter"] = {"condition_groups": [{"conditions": [{"type": "strange"}]}]}
    found = run(tmp_path, flow, [person("one", AT, 2 * DAY)])
    assert found.added == 1
    assert found.undecided == ('a condition of type "strange" on the trigger is not known',)


def test_a_split_on_an_action_s_answer_and_a_random_one_are_doubts(tmp_path):
    flow = chain(["5 days", "mail", "mail 2"], "list")
    flow["actions"][1] |= {
        "type": "action-output-split",
        "data": {"action_output_filter": {}},
        "links": {"next_if_true": None, "next_if_false": "2"},
    }
    found = run(tmp_path, flow, [person("one", AT, DAY)], mode="throughout")
    assert (found.added, doubts(found)) == (1, {"undecided-split": 1})
    sample = {"condition_groups": [{"conditions": [{"type": "profile-sample", "percentage": 100}]}]}
    flow["actions"][1] |= {
        "type": "conditional-split",
        "data": {"profile_filter": sample},
        "links": {"next_if_true": "2", "next_if_false": None},
    }
    found = run(tmp_path, flow, [person("one", AT, DAY)], mode="throughout")
    assert (found.added, doubts(found)) == (1, {"sample": 1})


def test_a_later_split_on_a_window_of_time_is_a_forecast(tmp_path):
    flow = chain(["5 days", "mail", "mail 2"], "list")
    recent = none_since_start(ORDER)
    recent["condition_groups"][0]["conditions"][0]["timeframe_filter"] = {
        "type": "date",
        "operator": "in-the-last",
        "unit": "day",
        "quantity": 30,
    }
    flow["actions"][1] |= {
        "type": "conditional-split",
        "data": {"profile_filter": recent},
        "links": {"next_if_true": "2", "next_if_false": None},
    }
    found = run(tmp_path, flow, [person("one", AT, DAY)], mode="throughout")
    assert (found.added, doubts(found)) == (1, {"forecast": 1})


def test_who_waits_for_stock_stays_there(tmp_path):
    flow = chain(["1 days", "mail", "mail 2"])
    flow["actions"][1] |= {"type": "back-in-stock-delay", "data": None}
    found = run(
        tmp_path,
        flow,
        [person("waiting", AT, 5 * DAY), person("early", AT, timedelta(hours=2))],
        quiet_hours=read_quiet_hours("20:00-11:00"),
    )
    assert found.added == 2
    assert {row.name: row.count for row in found.entries} == {
        'Wait 1 day, then "Wait until back in stock"': 1,
        'Wait until back in stock, then "mail 2"': 1,
    }
    assert doubts(found) == {"wait-unknown": 2}
    assert outcomes(found) == {"mail 2": {}}


def test_quiet_hours_before_the_click_are_left_out_and_counted(tmp_path):
    flow = chain(["1 days", "text", "5 hours", "mail"])
    # The text came due at 02:30, in quiet hours; held until 08:00, the wait after it would still run.
    people = [person("held", AT, DAY + timedelta(hours=13)), person("free", AT, timedelta(hours=23))]
    found = run(tmp_path, flow, people, quiet_hours=read_quiet_hours("21:00-10:45"))
    assert doubts(found)["quiet-before"] == 1
    none = run(tmp_path, flow, people)
    assert "quiet-before" not in doubts(none)


def test_a_secondary_value_on_days_is_read_as_hours_and_counted(tmp_path):
    flow = chain(["5 days", "mail"])
    flow["actions"][0]["data"]["secondary_value"] = 2
    found = run(tmp_path, flow, [person("one", AT, 2 * DAY)])
    assert doubts(found) == {"extra-hours": 1}
    assert found.entries[0].first == int((AT + 3 * DAY).timestamp()) + 7200


def test_texts_queue_at_the_speed_of_the_sender_and_days_are_the_account_s(tmp_path):
    people = [person(f"p{place}", AT, DAY) for place in range(25)]
    found = run(
        tmp_path, chain(["text"], "list"), people, mode="beginning", sms_speed=10, account_zone="Asia/Tokyo"
    )
    assert (found.queue.longest, found.queue.wait, found.queue.done - int(AT.timestamp())) == (25, 3, 3)
    assert [(row.day, row.texts) for row in found.queue.days] == [("2026-06-11", 25)]
    assert [(row.day, row.outcome, row.count) for row in found.days] == [("2026-06-11", "sent", 25)]
    assert run(tmp_path, chain(["text"], "list"), people, mode="beginning").queue is None


def test_no_text_that_goes_out_makes_no_queue(tmp_path):
    found = run(
        tmp_path,
        chain(["text"], "list"),
        [person("deaf", AT, DAY, sms=False)],
        mode="beginning",
        sms_speed=10,
    )
    assert found.queue is None
    assert outcomes(found) == {"text": {"no-consent": 1}}


def test_a_queue_that_drains_between_two_bursts_starts_again():
    import ibis  # noqa: PLC0415 - heavy, loaded where data is read
    import pyarrow as pa  # noqa: PLC0415 - heavy, loaded where data is read

    clock = fixed(make_clocks([], [], "UTC", (0, 10**6)).account)
    parts = [
        ibis.memtable(pa.table({"t": [0, 5], "texts": [40, 30]})),
        ibis.memtable(pa.table({"t": [86_400 * 2, 5], "texts": [15, 10]})),
    ]
    queue = text_queue(parts, 10, clock)
    # 40 at 0 leave 0 at second 4; 40 at 5; 15 two days later.
    assert (queue.longest, queue.wait, queue.done) == (40, 4, 86_400 * 2 + 2)
    assert [(row.day, row.texts, row.longest, row.done) for row in queue.days] == [
        ("1970-01-01", 80, 40, 9),
        ("1970-01-03", 15, 15, 172_802),
    ]


def test_more_messages_than_bits_in_a_word_are_told_apart(tmp_path):
    steps = [f"mail {place}" for place in range(65)]
    found = run(tmp_path, chain([*steps[:-1], "5 days", steps[-1]]), [person("one", AT, DAY)])
    assert [row.counts for row in found.outcomes] == [{"missed": 1}] * 64 + [{"sent": 1}]


def test_profiles_with_nothing_but_an_id_are_simulated_with_what_is_known(tmp_path):
    import pyarrow as pa  # noqa: PLC0415 - heavy, loaded where data is read
    from pyarrow import parquet  # noqa: PLC0415 - heavy, loaded where data is read

    write_people(tmp_path, [person("bare", AT, DAY)])
    parquet.write_table(pa.table({"profile_id": ["bare"]}), tmp_path / "profiles" / "part-00000.parquet")
    shutil.rmtree(tmp_path / "events" / "metric=Received%20Email")
    flow = chain(["9 days", "mail"])
    flow["actions"][0]["data"]["delay_until_time"] = "10:00"
    found = simulate(
        read_shape(flow, "flow"), open_tables(tmp_path), Settings(at=AT, account_zone="Europe/Berlin")
    )
    assert (found.added, doubts(found)) == (1, {"zone": 1, "consent-unknown": 1})
    assert found.notes == (
        "What profiles received by email before the click is not in the data; nobody is left out for it.",
    )


@pytest.mark.parametrize(
    ("settings", "words"),
    [
        ({"account_zone": "Europe/Atlantis"}, "no IANA time zone"),
        ({"account_zone": "profile"}, "IANA name"),
        ({"quiet_hours": replace(read_quiet_hours("21:00-08:00"), zone="Mars/Base")}, "no IANA time zone"),
        ({"mode": "beginning"}, "mode relative, not beginning"),
    ],
)
def test_settings_that_cannot_be_are_refused(tmp_path, settings, words):
    with pytest.raises(Fatal, match=words):
        run(tmp_path, chain(["2 days", "mail"]), [person("one", AT, DAY)], **settings)


@pytest.mark.parametrize("text", ["21:00", "25:00-08:00", "08:00-08:00", "late-early", ""])
def test_quiet_hours_are_two_times_of_a_day(text):
    with pytest.raises(Fatal, match="quiet hours"):
        read_quiet_hours(text)


def test_a_trigger_that_is_not_in_the_data_is_named_with_what_is(tmp_path):
    flow = chain(["2 days", "mail"])
    flow["triggers"][0]["id"] = '@metric:{"name": "Placed Order", "integration": "Shopify"}'
    with pytest.raises(Fatal, match=r'events of the metric "Placed Order".*Trig01'):
        run(tmp_path, flow, [person("one", AT, DAY)])
    elsewhere = {**chain(["2 days", "mail"], "list"), "triggers": [{"type": "list", "id": "Elsewhere"}]}
    shape, tables = read_shape(elsewhere, "flow"), open_tables(tmp_path)
    with pytest.raises(Fatal, match='members of the list "Elsewhere"'):
        simulate(shape, tables, Settings(at=AT, mode="throughout"))


@pytest.mark.parametrize(
    ("hours", "wait"),
    [
        ("15:00-16:10", timedelta(minutes=40)),
        ("15:30-15:31", timedelta(minutes=1)),
        ("14:00-15:30", timedelta()),
    ],
)
def test_quiet_hours_within_a_day_hold_until_their_end_which_is_no_part_of_them(tmp_path, hours, wait):
    quiet = read_quiet_hours(hours)
    found = run(
        tmp_path,
        chain(["text"], "list"),
        [person("one", AT, DAY)],
        mode="beginning",
        sms_speed=1,
        quiet_hours=quiet,
    )
    assert found.queue.done == int((AT + wait).timestamp()) + 1


def test_a_broken_file_and_profiles_without_ids_stop_with_clear_words(tmp_path):
    write_people(tmp_path, [person("one", AT, DAY)])
    broken = tmp_path / "memberships" / f"group={GROUP}" / "part-00000.parquet"
    broken.write_bytes(b"no parquet")
    with pytest.raises(Fatal, match="no readable Parquet file"):
        open_tables(tmp_path)
    write_profiles(tmp_path / "other", [], Named(), Problems())
    (tmp_path / "other" / "profiles" / "part-00000.parquet").unlink()
    with pytest.raises(Fatal, match="holds no data"):
        open_tables(tmp_path / "other")


def test_data_with_damaged_pages_stops_with_clear_words(tmp_path):
    write_people(tmp_path, [person("one", AT, DAY)])
    path = tmp_path / "events" / f"metric={TRIGGER_METRIC}" / "part-00000.parquet"
    raw = path.read_bytes()
    footer = 8 + int.from_bytes(raw[-8:-4], "little")
    path.write_bytes(raw[:4] + b"\xff" * (len(raw) - 4 - footer) + raw[-footer:])
    shape, tables = read_shape(chain(["2 days", "mail"]), "flow"), open_tables(tmp_path)
    with pytest.raises(Fatal, match="the data could not be read: "):
        simulate(shape, tables, Settings(at=AT))


def put_events(folder, profiles, moments):
    """Write events of the trigger as an export might: any of the columns null."""
    import pyarrow as pa  # noqa: PLC0415 - heavy, loaded where data is read
    from pyarrow import parquet  # noqa: PLC0415 - heavy, loaded where data is read

    path = folder / "events" / f"metric={TRIGGER_METRIC}" / "part-00000.parquet"
    schema = parquet.read_schema(path)
    columns = {name: pa.nulls(len(profiles), schema.field(name).type) for name in schema.names}
    columns["metric_id"] = pa.array([TRIGGER_METRIC] * len(profiles))
    columns["profile_id"] = pa.array(profiles, "string")
    columns["ts"] = pa.array(
        [moment and moment.replace(tzinfo=None) for moment in moments], pa.timestamp("us")
    )
    parquet.write_table(pa.table(columns, schema=schema), path)


def test_events_without_a_time_or_a_profile_are_told_and_trigger_nothing(tmp_path):
    write_people(tmp_path, [person(name, AT, DAY) for name in ("one", "two", "three")])
    moments = [AT - DAY, None, None, AT - DAY, AT - DAY, None, AT + DAY]
    put_events(tmp_path, ["one", "one", "two", None, "", None, "three"], moments)
    found = simulate(read_shape(chain(["5 days", "mail"]), "flow"), open_tables(tmp_path), Settings(at=AT))
    assert (found.triggered, found.added, left_out(found)) == (2, 1, {"future": 1})
    assert found.notes[:2] == (
        "Left out for want of a profile id: 3 of the trigger's events.",
        "Left out for want of a time: 2 of the trigger's events.",
    )


def test_members_without_a_profile_are_told_and_trigger_nothing(tmp_path):
    import pyarrow as pa  # noqa: PLC0415 - heavy, loaded where data is read
    from pyarrow import parquet  # noqa: PLC0415 - heavy, loaded where data is read

    write_people(tmp_path, [person("one", AT, DAY)])
    joined = pa.array([(AT - DAY).replace(tzinfo=None)] * 3 + [None], pa.timestamp("us"))
    rows = {"group_id": [GROUP] * 4, "profile_id": ["one", None, "", "gone"], "joined_at": joined}
    parquet.write_table(pa.table(rows), tmp_path / "memberships" / f"group={GROUP}" / "part-00000.parquet")
    shape = read_shape(chain(["5 days", "mail"], "list"), "flow")
    for mode, out in (("throughout", {"undated": 1}), ("beginning", {"unknown-profile": 1})):
        found = simulate(shape, open_tables(tmp_path), Settings(at=AT, mode=mode))
        assert (found.triggered, found.added, left_out(found)) == (2, 1, out)
        assert found.notes[0] == "Left out for want of a profile id: 2 of the list's members."


def test_a_filter_a_split_and_a_message_that_ask_for_two_metrics_and_a_list_each_are_answered(tmp_path):
    def several(metric, operator, value):
        number = {"type": "numeric", "operator": operator, "value": value}
        condition = {**none_since_start(metric)["condition_groups"][0]["conditions"][0]}
        return [{**condition, "measurement_filter": number}]

    member = {"type": "profile-group-membership", "is_member": True, "group_ids": [CLUB]}

    def both(first, second):
        groups = [several(ORDER, *first), several(VIEW, *second), [member]]
        return {"condition_groups": [{"conditions": group} for group in groups]}

    flow = chain(["1 hours", "mail 1", "1 hours", "mail 2", "mail 3"], "list")
    flow["profile_filter"] = both(("less-than", 3), ("greater-than", 0))
    flow["actions"][2] |= {
        "type": "conditional-split",
        "data": {"profile_filter": both(("equals", 0), ("less-than", 3))},
        "links": {"next_if_true": "3", "next_if_false": "4"},
    }
    flow["actions"][3]["links"] = {"next": None}
    for place in (3, 4):
        own = both(("greater-than", -1), ("equals", 1))
        flow["actions"][place]["data"]["message"]["additional_filters"] = own

    def one(name, orders, views, *groups):
        when = AT - timedelta(minutes=5)
        return person(
            name,
            AT,
            timedelta(minutes=30),
            orders=[when] * orders,
            views=[(when, None)] * views,
            groups=groups,
        )

    people = [
        one("viewed", 0, 1, CLUB),
        one("viewed-twice", 0, 2, CLUB),
        one("ordered", 1, 1, CLUB),
        one("ordered-twice", 2, 2, CLUB),
        one("ordered-often", 3, 1, CLUB),
        one("idle", 0, 0, CLUB),
        one("stranger", 0, 1),
    ]
    found = run(tmp_path, flow, people, mode="throughout")
    assert (found.triggered, found.added, left_out(found)) == (7, 4, {"filter": 3})
    assert outcomes(found) == {
        "mail 1": {"sent": 4},
        "mail 2": {"sent": 1, "message-filter": 1},
        "mail 3": {"sent": 1, "message-filter": 1},
    }


def texting(*steps):
    """Return a flow of one list whose texts keep to Smart Sending."""
    flow = chain(list(steps), "list")
    for action in flow["actions"]:
        if "message" in action["data"]:
            action["data"]["message"]["smart_sending_enabled"] = True
    return flow


def test_smart_sending_of_texts_goes_by_the_number_and_of_emails_by_the_profile(tmp_path):
    shared = {"phone": "+14155550100", "email": "both@example.com"}
    early, late = AT - timedelta(hours=2), AT - timedelta(hours=1)
    people = [
        person("texted", AT, DAY, texts=[(early, None)], received=[(early, None)], **shared),
        person("other", AT, DAY, **shared),
        person("outside", AT, DAY, member=False, texts=[(late, None)], **shared),
        person("alone", AT, DAY, phone="+14155550101"),
        person("silent", AT, DAY, phone=None),
    ]
    flow = texting("text", "mail", "22 hours", "text 2")
    found = run(tmp_path, flow, people, mode="beginning")
    # The timer of the shared number began an hour ago, with the text to somebody outside the list.
    assert outcomes(found) == {
        "text": {"sent": 1, "no-address": 1, "smart-sending": 2},
        "mail": {"sent": 3, "smart-sending": 1},
        "text 2": {"no-address": 1, "smart-sending": 3},
    }
    assert doubts(found) == {}


def test_who_share_a_number_are_a_doubt_where_a_text_to_one_may_keep_back_another(tmp_path):
    people = [person(f"p{place}", AT, DAY, phone="+14155550100") for place in range(2)]
    people += [person("deaf", AT, DAY, phone="+14155550100", sms=False), person("alone", AT, DAY)]
    people += [person(f"none {place}", AT, DAY, phone=None) for place in range(2)]
    found = run(tmp_path, texting("text"), people, mode="beginning")
    assert doubts(found) == {"shared-number": 2}
    assert outcomes(found) == {"text": {"sent": 3, "no-consent": 1, "no-address": 2}}
    for harmless in (chain(["text"], "list"), texting("mail"), texting("draft text", "mail")):
        assert doubts(run(tmp_path, harmless, people, mode="beginning")) == {}


def test_a_flow_that_is_not_eligible_is_not_simulated(tmp_path):
    write_people(tmp_path, [person("one", AT, DAY)])
    found = back_populate(read_shape(chain(["mail"]), "flow"), Settings(at=AT), {}, open_tables(tmp_path))
    assert not found.eligibility.eligible
    assert found.simulation is None


def test_the_same_click_gives_the_same_answer(tmp_path):
    people = [person(f"p{place}", AT, place * DAY / 7) for place in range(60)]
    flow = chain(["1 days", "mail", "5 days", "text"])
    assert run(tmp_path, flow, people, sms_speed=1) == run(tmp_path, flow, people, sms_speed=1)


def test_a_table_of_spark_is_computed_without_its_past_and_leaves_no_view_behind():
    import ibis  # noqa: PLC0415 - heavy, loaded where data is read

    connection, views = ibis.duckdb.connect(), []

    class Frame:
        """Stands in for a Spark frame: a view is a table of DuckDB."""

        def __init__(self, sql):
            self.sql = sql
            self.sparkSession = self.catalog = self

        def localCheckpoint(self):  # noqa: N802 - Spark's own spelling
            views.append("checkpoint")
            return self

        def createOrReplaceTempView(self, name):  # noqa: N802 - the same
            connection.raw_sql(f'create table "{name}" as {self.sql}')

        def dropTempView(self, name):  # noqa: N802 - the same
            views.append(name)

    class Spark:
        compile = staticmethod(lambda table: str(ibis.to_sql(table)))
        raw_sql = staticmethod(Frame)
        table = staticmethod(connection.table)

    connection.raw_sql("create table source as select unnest([1, 2, 3]) as t")
    source = connection.table("source")
    kept = checkpointed(Spark, source.filter(source.t > 1))
    assert kept.t.sum().to_pyarrow().as_py() == 5
    assert [views[0], len(views)] == ["checkpoint", 2]
    kept.release()
