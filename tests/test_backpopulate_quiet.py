"""Quiet hours: several windows, weekdays, a zone; and how they are spelled."""

from datetime import UTC, datetime

import pytest

from compiler.backpopulate import QuietHours, QuietWindow, read_quiet_hours
from compiler.backpopulate.clocks import fixed, make_clocks
from compiler.backpopulate.timing import held, released
from compiler.diagnostics import Exit, Fatal

ibis = pytest.importorskip("ibis")
HOUR, DAY = 3_600, 86_400


def goes(hours, at, zone="America/New_York"):
    """Return when a text of an instant goes, as wall time in the zone."""
    quiet = read_quiet_hours(hours, zone)
    second = int(datetime.fromisoformat(at).replace(tzinfo=UTC).timestamp())
    clock = fixed(make_clocks([zone], [], "UTC", (second - 10 * DAY, second + 10 * DAY)).zones[zone])
    moment = ibis.literal(second, "int64")
    wall = clock.wall(released(moment, *held(quiet, moment, clock), clock))
    found = ibis.duckdb.connect().to_pyarrow(wall).as_py()
    return datetime.fromtimestamp(found, UTC).strftime("%a %H:%M:%S")


TEXAS = "20:00-11:00, sunday 00:00-14:00"
FRANCE = "22:00-08:00, sunday 00:00-24:00"


@pytest.mark.parametrize(
    ("hours", "at", "expected"),
    [
        (TEXAS, "2026-06-13T15:00:00", "Sat 11:00:00"),  # a Saturday, 11:00: no window
        (TEXAS, "2026-06-14T15:00:00", "Sun 14:00:00"),  # a Sunday at 11:00 waits for 14:00
        (TEXAS, "2026-06-14T01:30:00", "Sun 14:00:00"),  # Saturday 21:30: the night and the morning are one
        (TEXAS, "2026-06-15T02:00:00", "Mon 11:00:00"),
        (FRANCE, "2026-06-14T03:00:00", "Mon 08:00:00"),  # Saturday 23:00: all of Sunday, and its night
        (FRANCE, "2026-06-12T16:00:00", "Fri 12:00:00"),
        ("21:00-08:00", "2026-06-12T12:00:00", "Fri 08:00:00"),  # the end is no part of it
        ("21:00-08:00", "2026-06-12T01:00:00", "Fri 08:00:00"),  # the start is
    ],
)
def test_a_text_waits_for_the_end_of_all_windows_that_touch(hours, at, expected):
    assert goes(hours, at) == expected


def test_an_end_that_clocks_skip_goes_forward_by_the_gap():
    assert goes("22:00-02:30", "2026-03-08T06:00:00") == "Sun 03:30:00"


def test_an_end_in_an_hour_that_comes_twice_is_never_before_the_text():
    # 1 November 2026 in New York: 01:00 to 02:00 comes twice, first at 05:00 UTC, then at 06:00 UTC.
    assert goes("00:30-01:30", "2026-11-01T05:10:00") == "Sun 01:30:00"
    second = int(datetime(2026, 11, 1, 6, 10, tzinfo=UTC).timestamp())
    clock = fixed(
        make_clocks(["America/New_York"], [], "UTC", (second - DAY, second + DAY)).zones["America/New_York"]
    )
    quiet, moment = read_quiet_hours("00:30-01:30"), ibis.literal(second, "int64")
    end = released(moment, *held(quiet, moment, clock), clock)
    assert ibis.duckdb.connect().to_pyarrow(end).as_py() == second + 20 * 60


def test_windows_that_touch_or_overlap_are_one_span():
    found = read_quiet_hours("12:00-14:00, 13:00-15:00, 15:00-16:00, 22:00-02:00")
    assert found.period == DAY
    assert found.spans == ((-2 * HOUR, 2 * HOUR), (12 * HOUR, 16 * HOUR), (22 * HOUR, 26 * HOUR))


def test_weekdays_stand_before_the_times():
    found = read_quiet_hours("saturday sunday 00:00-24:00, 21:00-08:00", "Europe/Paris")
    assert found == QuietHours(
        (QuietWindow(0, DAY, frozenset({5, 6})), QuietWindow(21 * HOUR, 8 * HOUR)), "Europe/Paris"
    )
    assert found.period == 7 * DAY
    assert read_quiet_hours("None") is None


@pytest.mark.parametrize(
    "text",
    ["21:00", "25:00-08:00", "08:00-08:00", "late-early", "", "21:00-08:75", "funday 10:00-11:00", "21:00-24:01", "24:00-08:00", "21:00-08:00,"],
)  # fmt: skip
def test_quiet_hours_that_nobody_can_read_are_refused_with_how_they_are_spelled(text):
    with pytest.raises(Fatal, match="quiet hours are spelled") as caught:
        read_quiet_hours(text)
    assert caught.value.exit_code == Exit.WRONG_SPECS


@pytest.mark.parametrize("text", ["00:00-24:00", "08:00-20:00, 20:00-08:00"])
def test_quiet_hours_of_the_whole_day_leave_no_time_to_send(text):
    with pytest.raises(Fatal, match="leave no time"):
        read_quiet_hours(text)
