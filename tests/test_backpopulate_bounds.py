"""The bounds of delays in a row hold whatever moment a profile triggers at, by the simulation's own clocks."""

from datetime import UTC, datetime, timedelta

import pytest
from backpopulate_worlds import answers, chain, person, write_people
from hypothesis import given
from hypothesis import strategies as st

from compiler.backpopulate import Settings, back_populate, bounds, read_shape, timeline
from compiler.backpopulate.actions import DAY, HOUR, Delay
from compiler.backpopulate.bounds import START, either, wait_at
from compiler.backpopulate.clocks import Clock
from compiler.backpopulate.lengths import longest
from compiler.backpopulate.timing import delay_end
from compiler.evaluate import open_tables

pytest.importorskip("ibis")
ZONES = {"profile": 9 * HOUR, "Etc/GMT+5": -5 * HOUR, "Asia/Kolkata": 19_800}  # none changes its clocks
MONDAY = 1_780_876_800  # 2026-06-08T00:00:00Z
WEEK_AND_MORE = 8
HOURS = st.sampled_from([0, 1, 5 * HOUR, 10 * HOUR, 10 * HOUR + 60, DAY - 60])
WEEKDAYS = st.frozensets(st.integers(0, 6), max_size=3)
PLAIN = st.builds(Delay, st.integers(0, 50), st.sampled_from(["days", "hours", "minutes"]))


class Number(int):
    """A whole number that computes as a column does."""

    def __add__(self, other):
        return Number(int(self) + int(other))

    __radd__ = __add__

    def __sub__(self, other):
        return Number(int(self) - int(other))

    def __mod__(self, other):
        return Number(int(self) % int(other))

    def __eq__(self, other):
        return Truth(int(self) == int(other))

    def __lt__(self, other):
        return Truth(int(self) < int(other))

    __hash__ = int.__hash__


class Truth(int):
    """An answer that chooses as a column does."""

    def ifelse(self, yes, no):
        return yes if self else no


def clocked(zones=("profile",)):
    until = st.builds(
        Delay, st.integers(0, 9), st.just("days"), until=HOURS, weekdays=WEEKDAYS, zone=st.sampled_from(zones)
    )
    on_weekdays = st.builds(
        Delay,
        st.integers(0, 9),
        st.just("days"),
        weekdays=st.frozensets(st.integers(0, 6), min_size=1, max_size=3),
        zone=st.sampled_from(zones),
    )
    return until, on_weekdays


def walked(delays, start):
    """Return when each delay of a row ends, in seconds after its start, by the simulation's clocks."""
    now, found = Number(start), []
    for delay in delays:
        now = Number(delay_end(delay, now, Clock(ZONES[delay.zone], ())))
        found.append(int(now) - start)
    return found


def bounded(delays):
    found, now = [], START
    for delay in delays:
        found.append(wait_at(delay, now))
        now = found[-1].after
    return found


def starts(delays, zone="profile"):
    """Return moments of a week at which some delay may turn: midnights and times of day, less what came before."""
    times = {0, *(delay.until for delay in delays if delay.until is not None)}
    plain = [0]
    for delay in delays:
        if not delay.needs_clock:
            plain.append(plain[-1] + delay.seconds)
    turns = {(second - before) % DAY + near for second in times for before in plain for near in (-1, 0, 1)}
    return [MONDAY - ZONES[zone] + day * DAY + turn for day in range(WEEK_AND_MORE) for turn in turns]


@given(st.data())
def test_no_profile_waits_or_gets_a_message_outside_the_bounds(data):
    until, on_weekdays = clocked(tuple(ZONES))
    delays = data.draw(st.lists(st.one_of(PLAIN, until, on_weekdays), min_size=1, max_size=5))
    moments = data.draw(st.lists(st.integers(MONDAY, MONDAY + 14 * DAY), max_size=20))
    waits = bounded(delays)
    for start in [*moments, *starts(delays)[:: len(delays)]]:
        before = 0
        for wait, end in zip(waits, walked(delays, start), strict=True):
            assert wait.after.least <= end <= wait.after.most
            if end > before:
                assert wait.some[0] <= before < end <= wait.some[1]
            since, till = wait.all_
            assert since >= till or before <= since < till <= end
            before = end


@given(st.data())
def test_the_bounds_of_delays_in_one_zone_are_reached(data):
    until, on_weekdays = clocked()
    first = data.draw(st.lists(PLAIN, max_size=2))
    delays = [*first, *data.draw(st.lists(st.one_of(until, PLAIN), min_size=1, max_size=5))]
    if data.draw(st.booleans()):
        delays.insert(0, data.draw(on_weekdays))
    ends = [walked(delays, start) for start in starts(delays)]
    for place, wait in enumerate(bounded(delays)):
        reached = [row[place] for row in ends]
        assert 0 <= wait.after.most - max(reached) <= 1
        assert 0 <= min(reached) - wait.after.least <= 1


def days(value, until="10:00:00", **more):
    return {"unit": "days", "value": value, "delay_until_time": until, **more}


def rowed(count, trigger="metric"):
    """A flow that sends a mail on each of some mornings."""
    flow = chain([word for place in range(count) for word in ("1 days", f"E{place + 1}")], trigger)
    for action in flow["actions"][::2]:
        action["data"] |= days(1)
    return flow


def test_after_one_delay_until_a_time_the_next_until_it_take_whole_days():
    found = timeline(read_shape(rowed(7), "f"))
    [path] = found.paths
    assert found.horizon == path.horizon == 7 * DAY + 10 * HOUR
    assert [(stop.earliest, stop.latest) for stop in path.stops] == [
        (place * DAY + 10 * HOUR, (place + 1) * DAY + 10 * HOUR) for place in range(7)
    ]
    assert [(row.since, row.until) for row in path.windows[:2]] == [
        (0, DAY + 10 * HOUR),
        (10 * HOUR, 2 * DAY + 10 * HOUR),
    ]
    assert [row.surely for row in path.windows[:2]] == [(0, 10 * HOUR), None]


def test_weekdays_are_carried_on_too():
    flow = rowed(2)
    flow["actions"][2]["data"]["delay_until_weekdays"] = ["tuesday"]
    [path] = timeline(read_shape(flow, "f")).paths
    # Monday's first second: Tuesday at 10:00, and the Tuesday after the next day.
    assert (path.stops[1].earliest, path.stops[1].latest) == (DAY + 10 * HOUR, 8 * DAY + 10 * HOUR)


def test_another_zone_s_clock_says_nothing_of_the_hour_before():
    delays = [Delay(1, "days", until=10 * HOUR), Delay(1, "days", until=10 * HOUR, zone="Europe/Berlin")]
    [_, wait] = bounded(delays)
    assert (wait.after.least, wait.after.most) == (20 * HOUR, 2 * DAY + 20 * HOUR)


def test_a_delay_that_holds_nobody_has_no_window():
    flow = chain(["1 days", "a", "0 hours", "b", "0 days", "c", "1 days", "d"])
    for place in (0, 4):
        flow["actions"][place]["data"]["delay_until_time"] = "10:00"
    [path] = timeline(read_shape(flow, "f")).paths
    assert [window.next for window in path.windows] == ["a", "d"]


def test_ways_that_meet_keep_what_both_know():
    morning, noon = (wait_at(Delay(1, "days", until=hour * HOUR), START).after for hour in (10, 12))
    both = either(morning, noon)
    later = wait_at(Delay(1, "days", until=12 * HOUR), both).after
    assert (later.least, later.most) == (DAY + 12 * HOUR, 2 * DAY + 12 * HOUR)
    berlin = wait_at(Delay(1, "days", until=0, zone="Europe/Berlin"), START).after
    assert either(morning, berlin) == bounds.between(0, DAY + 10 * HOUR)
    assert either(START, morning).zone == "profile"


def test_more_ranges_than_can_be_told_apart_leave_sound_bounds(monkeypatch):
    monkeypatch.setattr(bounds, "MOST_CELLS", 3)
    [first, second] = bounded([Delay(1, "days", until=10 * HOUR)] * 2)
    assert first.after.cells == {(0, bounds.WEEK): (10 * HOUR, DAY + 10 * HOUR)}
    assert (second.after.least, second.after.most) == (20 * HOUR, 2 * DAY + 20 * HOUR)


def test_the_horizon_of_a_graph_is_that_of_its_longest_path():
    actions = [
        {"id": "s", "type": "conditional-split", "data": {"profile_filter": None}, "links": {"next_if_true": "a", "next_if_false": "b"}},
        {"id": "a", "type": "time-delay", "data": days(1), "links": {"next": "c"}},
        {"id": "b", "type": "time-delay", "data": days(2, "08:00:00"), "links": {"next": "c"}},
        {"id": "c", "type": "time-delay", "data": days(1), "links": {"next": "m"}},
        {"id": "m", "type": "send-email", "data": {"status": "live", "message": {"name": "M"}}, "links": {"next": None}},
    ]  # fmt: skip
    shape = read_shape(
        {"triggers": [{"type": "list", "id": "L"}], "entry_action_id": "s", "actions": actions}, "f"
    )
    found = timeline(shape)
    assert [path.horizon for path in found.paths] == [2 * DAY + 10 * HOUR, 3 * DAY + 10 * HOUR]
    assert found.horizon == 3 * DAY + 10 * HOUR
    assert longest(shape) >= found.horizon  # what the simulation walks leaves room for changes of clocks


@pytest.mark.parametrize("zone", ["UTC", "Asia/Kolkata", "America/Phoenix"])
def test_the_windows_do_not_contradict_the_simulation_at_any_click(tmp_path, zone):
    at = datetime(2026, 2, 4, 12, 0, tzinfo=UTC)
    ages = {f"p{hours}": timedelta(hours=hours) for hours in range(0, 9 * 24, 5)}
    write_people(tmp_path, [person(name, at, ago, zone=zone) for name, ago in ages.items()])
    flow = rowed(7)
    tables = open_tables(tmp_path)
    said = answers(flow, tables, Settings(at=at))
    [path] = timeline(read_shape(flow, "f")).paths
    windows = {str(window.step): window for window in path.windows}
    for name, ago in ages.items():
        seconds = int(ago.total_seconds())
        if name in said:
            window = windows[said[name][0]]
            assert window.since <= seconds < window.until
        else:
            assert seconds >= path.least
        sure = [
            step for step, row in windows.items() if row.surely and row.surely[0] <= seconds < row.surely[1]
        ]
        assert not sure or said[name][0] == sure[0]
    assert back_populate(read_shape(flow, "f"), Settings(at=at), {}, tables).simulation.added == len(said)
