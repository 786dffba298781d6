"""Date-triggered flows: who enters by itself, where, and from which date on."""

from datetime import UTC, date, datetime, time

import pytest

from compiler.backpopulate import Settings, back_populate, read_shape, timeline
from compiler.backpopulate.countdown import Countdown
from compiler.backpopulate.dates import date_windows, enter_dated, window_sentence
from compiler.backpopulate.paths import stop_text

wall = datetime.fromisoformat


def dated(steps, trigger=None, recurrence="never"):
    """A date flow of ``mail``, ``draft mail``, ``2 days``, ``{countdown}`` and so on."""
    actions = []
    for place, step in enumerate(steps):
        if isinstance(step, dict):
            kind, data = "countdown-delay", step
        elif step == "stock":
            kind, data = "back-in-stock-delay", None
        elif step.split()[-1] in ("days", "hours"):
            value, unit = step.split()
            kind, data = "time-delay", {"value": int(value), "unit": unit, "timezone": "profile"}
        else:
            status = "draft" if step.startswith("draft") else "live"
            kind, data = "send-email", {"message": {"name": step}, "status": status}
        following = str(place + 1) if place + 1 < len(steps) else None
        actions.append({"temporary_id": str(place), "type": kind, "data": data, "links": {"next": following}})
    triggers = [{"type": "date", "recurrence_frequency": recurrence, **(trigger or {})}]
    return {"triggers": triggers, "entry_action_id": "0", "actions": actions}


def enters(flow, day, happens, since, check=None):
    shape = read_shape(flow, "flow")
    return enter_dated(
        list(shape.steps), shape.dated, date.fromisoformat(day), happens, datetime.fromisoformat(since), check
    )


def gets(found):
    return {message.name: message.gets for message in found.messages}


def week_before(time_of_day=None):
    return {
        "timedelta_value_before_date": 1,
        "timedelta_unit_before_date": "weeks",
        "trigger_time": time_of_day,
    }


@pytest.mark.parametrize(("since", "answer"), [("2026-05-10T10:00", "yes"), ("2026-05-10T13:00", "no")])
def test_a_date_added_on_its_day_gets_the_message_of_noon_only_before_noon(since, answer):
    flow = dated(["mail", "1 days", "mail 2"], {"trigger_time": "12:00"})
    found = enters(flow, "2026-05-10", "date-added", since)
    assert gets(found) == {"mail": answer, "mail 2": "yes"}
    assert found.enters == "yes"
    assert found.waits_at == (None if answer == "yes" else "Wait 1 day")


def test_a_date_that_is_over_does_not_enter_and_a_coming_one_waits():
    flow = dated([{"value": 3, "unit": "days", "delay_until_time": "09:00"}, "mail"], week_before())
    found = enters(flow, "2026-05-10", "date-added", "2026-05-08T10:00")
    assert (found.enters, found.waits_at, gets(found)) == ("no", None, {"mail": "no"})
    found = enters(flow, "2026-05-20", "date-added", "2026-05-08T10:00")
    assert found.waits_at == "Wait until 3 days before the date at 09:00"
    assert found.goes_on == wall("2026-05-17T09:00")
    assert not found.messages[0].whole


def test_drafts_get_nobody_and_a_wait_for_stock_ends_what_is_known():
    flow = dated(["draft mail", "mail", "stock", "mail 2"])
    assert gets(enters(flow, "2026-05-10", "date-added", "2026-05-01T10:00")) == {"mail": "yes"}


def test_a_flow_set_live_reaches_the_messages_of_the_day_after_next_for_sure():
    flow = dated(["mail", "1 days", "mail 2", "1 days", "mail 3"])
    found = enters(flow, "2026-05-10", "set-live", "2026-05-10T08:00")
    assert gets(found) == {"mail": "no", "mail 2": "maybe", "mail 3": "yes"}
    assert (found.enters, found.waits_at) == ("yes", "Wait 1 day")
    assert enters(dated(["mail"]), "2026-05-11", "set-live", "2026-05-10T08:00").enters == "maybe"
    assert enters(dated(["mail"]), "2026-05-11", "set-live", "2026-05-10T08:00", time(9)).enters == "yes"
    assert enters(dated(["mail"]), "2026-05-11", "set-live", "2026-05-10T09:00", time(9)).enters == "no"


@pytest.mark.parametrize(
    ("recurrence", "day", "due"),
    [
        ("annually", "1990-05-20", wall("2026-05-20")),
        ("annually", "1990-05-01", wall("2027-05-01")),
        ("annually", "2000-02-29", wall("2027-02-28")),
        ("monthly", "2026-01-31", wall("2026-05-31")),
        ("monthly", "2025-12-09", wall("2026-06-09")),
        ("weekly", "2026-01-05", wall("2026-05-11")),
        ("never", "2025-05-20", wall("2025-05-20")),
    ],
)
def test_a_date_that_comes_again_is_the_next_whose_messages_are_not_over(recurrence, day, due):
    found = enters(dated(["mail"], recurrence=recurrence), day, "date-added", "2026-05-10T10:00")
    assert found.messages[0].due == due
    assert found.enters == ("no" if recurrence == "never" else "yes")


@pytest.mark.parametrize(
    ("countdown", "end", "text"),
    [
        (Countdown(1, "months"), wall("2026-02-28"), "1 month before the date"),
        (Countdown(2, "weeks", 9 * 3600), wall("2026-03-17T09:00"), "2 weeks before the date at 09:00"),
        (Countdown(-1, "days"), wall("2026-04-01"), "1 day after the date"),
        (Countdown(), wall("2026-03-31"), "the date"),
        (
            Countdown(2, "days", None, frozenset({0})),
            wall("2026-03-30"),
            "2 days before the date on Monday",
        ),
    ],
)
def test_a_countdown_ends_so_long_before_the_date(countdown, end, text):
    assert countdown.end(date(2026, 3, 31)) == end
    assert countdown.text == text


def test_time_delays_go_on_by_the_wall_clock():
    flow = dated(["5 hours", "mail", "2 days", "mail 2", "0 days", "mail 3"], {"trigger_time": "20:00"})
    flow["actions"][2]["data"] |= {"delay_until_time": "10:00", "delay_until_weekdays": ["monday"]}
    flow["actions"][4]["data"] |= {"delay_until_time": "09:00"}
    found = enters(flow, "2026-05-10", "date-added", "2026-05-01T10:00")  # a Sunday
    assert [message.due.isoformat() for message in found.messages] == [
        "2026-05-11T01:00:00",
        "2026-05-18T10:00:00",
        "2026-05-19T09:00:00",
    ]


def test_the_timeline_of_a_date_flow_is_counted_from_its_entry_through_countdowns():
    flow = dated(
        [
            "mail",
            {"value": 3, "unit": "days", "delay_until_time": "09:00"},
            "mail 2",
            {"value": 1, "unit": "days", "delay_until_weekdays": ["friday"]},
            "mail 3",
        ],
        week_before("08:00"),
    )
    found = timeline(read_shape(flow, "flow"))
    assert found.counted_from == "1 week before the date at 08:00"
    assert [stop_text(stop) for stop in found.paths[0].stops] == [
        "at once",
        "after 4 days 1 hour",
        "after 5 days 16 hours to 11 days 16 hours",
    ]
    months = dated(
        [{"value": 7, "unit": "months"}, "mail"],
        {"timedelta_value_before_date": 12, "timedelta_unit_before_date": "months"},
    )
    assert stop_text(timeline(read_shape(months, "flow")).paths[0].stops[0]) == "after 140 days to 155 days"


def test_the_first_dates_of_each_message_are_told_instead_of_a_click():
    flow = dated(["mail", {"value": 2, "unit": "days"}, "mail 2"], week_before())
    shape = read_shape(flow, "flow")
    windows = date_windows(shape, wall("2026-05-10T08:00"))
    assert [(row.name, str(row.maybe), str(row.certain)) for row in windows] == [
        ("mail", "2026-05-18", "2026-05-19"),
        ("mail 2", "2026-05-13", "2026-05-14"),
    ]
    assert window_sentence(windows[0]) == (
        '"mail" comes to dates from 2026-05-19 on; to 2026-05-18 it may, by the hour of the daily check; not to earlier ones'
    )
    found = back_populate(
        shape, Settings(at=datetime(2026, 5, 10, 3, tzinfo=UTC), account_zone="America/New_York"), {}
    )
    assert str(found.dated[0].certain) == "2026-05-18"  # it is still the ninth there
    assert not found.eligibility.eligible
    assert [reason.code for reason in found.eligibility.reasons] == [
        "trigger"
    ]  # a countdown is told by the date
    assert found.runbook.clicks == ()


def test_a_flow_without_a_date_has_no_dates():
    shape = read_shape({"triggers": [{"type": "metric", "id": "M"}], "actions": []}, "flow")
    assert date_windows(shape, wall("2026-05-10")) == ()
