"""A flow that replaces another: may it be back-populated, and who would get a message from both."""

import json
from datetime import UTC, datetime, timedelta

import pytest
from backpopulate_worlds import chain, person, write_people

from compiler.backpopulate import Settings
from compiler.backpopulate.replacing import NO_DATA, Replaced, replacing
from compiler.diff import diff_flows
from compiler.evaluate import open_tables
from compiler.normalise import normalise_pair

pytest.importorskip("ibis")
AT = datetime(2026, 6, 10, 15, 30, tzinfo=UTC)
DAY = timedelta(days=1)


def live(steps, trigger="metric"):
    """A definition as an account has it: actions and messages have ids."""
    flow = chain(steps, trigger)
    for action in flow["actions"]:
        name = action.pop("temporary_id")
        action["id"] = f"9{name}"
        if action["links"]["next"] is not None:
            action["links"]["next"] = f"9{action['links']['next']}"
        if action["type"].startswith("send"):
            action["data"]["message"]["id"] = f"M{name}"
    return {**flow, "entry_action_id": "90"}


def both(old, new, *, goes_on=True, trigger="metric", **more):
    before, after = live(old, trigger), chain(new, trigger)
    pairs = {pair.desired: pair.live for pair in diff_flows(*normalise_pair(before, after, {})).match.pairs}
    return Replaced("Winback", before, after, pairs, goes_on=goes_on, **more)


def test_a_replace_without_data_says_whether_and_how_and_where_the_number_comes_from():
    found = replacing(both(["2 days", "mail"], ["3 days", "mail", "4 days", "mail 2"]), Settings(at=AT))
    assert (found.eligibility.eligible, found.mode, found.shared) == (True, "relative", ("mail",))
    assert found.twice is None
    assert found.lines() == [
        "Past profiles could be added to the new flow, relative to the event.",
        f"Not known: {NO_DATA}.",
    ]
    plain = json.loads(json.dumps(found.plain()))
    assert (plain["eligible"], plain["mode"], plain["twice"], plain["profiles_twice"]) == (
        True,
        "relative",
        None,
        None,
    )


def test_a_flow_that_may_not_be_back_populated_says_why_and_is_not_counted(tmp_path):
    write_people(tmp_path, [person("one", AT, DAY)])
    found = replacing(both(["2 days", "mail"], ["mail"]), Settings(at=AT), open_tables(tmp_path))
    assert found.twice is None
    [line] = found.lines()
    assert line.startswith("Past profiles cannot be added to the new flow: The flow has no time delay")
    dated = replacing(both(["2 days", "mail"], ["2 days", "mail"], trigger="date"), Settings(at=AT))
    assert (dated.mode, dated.lines()[0].partition(":")[0]) == (
        None,
        "Past profiles cannot be added to the new flow",
    )


def test_a_coupon_in_a_template_of_the_new_flow_is_found():
    flows = both(["2 days", "mail"], ["3 days", "mail"])
    flows.new["actions"][1]["data"]["message"]["template_id"] = "T1"
    found = replacing(
        Replaced("Winback", flows.old, flows.new, flows.pairs, {"T1": {"html": "{% coupon_code 'A' %}"}}),
        Settings(at=AT),
    )
    assert not found.eligibility.eligible
    assert "dynamic coupon" in found.lines()[0]


def test_who_had_a_message_and_who_still_waits_for_it_are_counted_by_message(tmp_path):
    people = [
        # Ten days ago: the old flow sent its mail on day 2; the new one would on day 20.
        person("had", AT, 10 * DAY, received=[(AT - 8 * DAY, "M1")]),
        person("never", AT, 10 * DAY),
        # Had it, and has no consent any more: nothing comes a second time.
        person("gone", AT, 10 * DAY, received=[(AT - 8 * DAY, "M1")], can=False),
        # A day ago: the old flow sends tomorrow, and the new one later.
        person("waits", AT, DAY),
        # Had another flow's mail.
        person("other", AT, 9 * DAY, received=[(AT - 8 * DAY, "M7")]),
    ]
    write_people(tmp_path, people)
    flows = both(["2 days", "mail"], ["20 days", "mail", "1 days", "new mail"])
    found = replacing(flows, Settings(at=AT), open_tables(tmp_path))
    assert [(row.name, row.had, row.waiting) for row in found.twice] == [("mail", 1, 1)]
    assert (found.added, found.profiles) == (5, 2)
    assert found.lines() == [
        "Past profiles could be added to the new flow, relative to the event; 5 profiles would be added.",
        "2 profiles would get a message twice.",
        '"mail": 1 had it from the old flow, at most 1 still wait for it there.',
    ]
    stopped = replacing(
        both(["2 days", "mail"], ["20 days", "mail"], goes_on=False), Settings(at=AT), open_tables(tmp_path)
    )
    assert [(row.had, row.waiting) for row in stopped.twice] == [(1, 0)]


def test_a_profile_that_gets_two_messages_twice_is_one_profile(tmp_path):
    people = [person("both", AT, 4 * DAY, received=[(AT - 3 * DAY, "M1"), (AT - 2 * DAY, "M3")])]
    write_people(tmp_path, people)
    flows = both(["1 days", "mail", "1 days", "mail 2"], ["30 days", "mail", "1 days", "mail 2"])
    found = replacing(flows, Settings(at=AT), open_tables(tmp_path))
    assert [(row.name, row.had) for row in found.twice] == [("mail", 1), ("mail 2", 1)]
    assert found.profiles == 1


def test_a_list_flow_takes_the_mode_that_is_asked_for_and_the_old_one_goes_by_joining(tmp_path):
    write_people(tmp_path, [person("old", AT, 50 * DAY), person("new", AT, DAY)])
    flows = both(["2 days", "mail"], ["5 days", "mail"], trigger="list")
    for mode, added, waiting in (("throughout", 1, 1), ("beginning", 2, 1), ("relative", 1, 1)):
        found = replacing(flows, Settings(at=AT, mode=mode), open_tables(tmp_path))
        assert found.mode == ("throughout" if mode == "relative" else mode)
        assert (found.added, found.twice[0].waiting) == (added, waiting)


def test_what_the_data_does_not_say_is_said(tmp_path):
    write_people(tmp_path, [person("one", AT, DAY)])
    flows = both(["2 days", "mail"], ["5 days", "mail"])
    for action in flows.old["actions"]:
        action["data"].get("message", {}).pop("id", None)
    flows.old["triggers"][0]["id"] = "Gone01"
    found = replacing(flows, Settings(at=AT), open_tables(tmp_path))
    assert found.unknown == (
        "who is under way in the old flow is not in the data",
        'who received "mail" is not in the data; flowc data pull --flow reads it',
    )
    assert found.lines()[1] == "At least 0 profiles would get a message twice."


def test_flows_that_share_no_message_give_nobody_one_twice(tmp_path):
    write_people(tmp_path, [person("one", AT, DAY)])
    flows = both(["2 days", "text"], ["5 days", "mail"])
    found = replacing(flows, Settings(at=AT), open_tables(tmp_path))
    assert (found.shared, found.twice, found.profiles) == ((), (), 0)
    assert (
        found.lines()[1]
        == "No message of the old flow is in the new one, so that nobody would get one twice."
    )
    assert replacing(flows, Settings(at=AT)).unknown == ()
