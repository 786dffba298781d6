"""The runbook can be followed: numbers that the product shows, places that a person finds, nothing to click for nobody."""

from datetime import UTC, datetime, timedelta

import pytest
from backpopulate_worlds import chain, person, write_people

from compiler.backpopulate import Settings, back_populate, read_shape
from compiler.backpopulate.places import place_names
from compiler.evaluate import open_tables
from compiler.report.backpopulate_html import as_html
from compiler.report.backpopulate_text import as_text

pytest.importorskip("ibis")
AT = datetime(2026, 6, 10, 15, 30, tzinfo=UTC)
DAY = timedelta(days=1)


def found(folder, flow, ages, **settings):
    write_people(folder, [person(f"p{place}", AT, age * DAY) for place, age in enumerate(ages)])
    return back_populate(read_shape(flow, "F"), Settings(at=AT, **settings), {}, open_tables(folder))


def test_where_nobody_would_be_added_there_is_nothing_to_click(tmp_path):
    none = found(tmp_path, chain(["2 days", "mail"]), [90])
    assert none.runbook.clicks == ("Nothing: by this data a click adds nobody.",)
    assert none.runbook.after == ()
    assert none.runbook.expect[1] == "0 of 1 profiles are added."
    for said in (as_text(none), as_html(none)):
        assert "Confirm" not in said
        assert "Afterwards" not in said
    some = found(tmp_path / "some", chain(["2 days", "mail"]), [1])
    assert some.runbook.clicks[-1].startswith("Confirm. ")


def test_who_starts_at_the_beginning_waits_at_the_first_delay_of_a_path(tmp_path):
    flow = chain(["mail", "2 days", "mail 2", "3 days", "mail 3"], "list")
    book = found(tmp_path, flow, [1, 50], mode="beginning").runbook
    assert "2 enter here: Trigger." in book.expect
    assert book.after[0] == (
        "Who waits within the hour at the first delay of each path, 2 together at the most: "
        'Wait 2 days, then "mail 2".'
    )
    assert not any("the entries above" in line for line in book.after)
    shape, beginning = read_shape(flow, "F"), Settings(at=AT, mode="beginning")
    assert ", 2 together" not in back_populate(shape, beginning, {}).runbook.after[0]
    undelayed = found(tmp_path / "none", chain(["mail"], "list"), [1], mode="beginning").runbook
    assert undelayed.after[0].startswith("Recipient activity")


def test_the_first_delays_of_many_paths_are_not_all_listed():
    actions = []
    for place in range(5):
        links = {"next_if_true": f"d{place}", "next_if_false": f"s{place + 1}" if place < 4 else None}
        split = {"profile_filter": None}
        actions.append({"id": f"s{place}", "type": "conditional-split", "data": split, "links": links})
        wait = {"unit": "days", "value": place + 1}
        actions.append({"id": f"d{place}", "type": "time-delay", "data": wait, "links": {"next": "m"}})
    mail = {"status": "live", "message": {"name": "M"}}
    actions.append({"id": "m", "type": "send-email", "data": mail, "links": {"next": None}})
    flow = {"triggers": [{"type": "list", "id": "L"}], "entry_action_id": "s0", "actions": actions}
    book = back_populate(read_shape(flow, "F"), Settings(at=AT, mode="beginning"), {}).runbook
    assert book.after[0].endswith(
        'path: Wait 1 day, then "M"; Wait 2 days, then "M"; Wait 3 days, then "M"; 2 more.'
    )


@pytest.mark.parametrize("mode", ["throughout", "beginning"])
def test_only_the_reach_is_compared_with_what_the_dialog_says(mode):
    book = back_populate(
        read_shape(chain(["2 days", "mail"], "list"), "F"), Settings(at=AT, mode=mode), {}
    ).runbook
    assert not any("number of profiles that the dialog" in line for line in book.clicks)
    [line] = [line for line in book.clicks if "how far back" in line]
    assert line.startswith("Compare") == (mode == "throughout")
    assert ("with the first line below" in line) == (mode == "throughout")
    assert book.expect[0].startswith("The flow reaches back 2 days." if mode == "throughout" else "Everybody")


def test_the_reach_of_delays_until_a_time_is_a_most():
    flow = chain(["2 days", "mail"])
    flow["actions"][0]["data"]["delay_until_time"] = "10:00"
    book = back_populate(read_shape(flow, "F"), Settings(at=AT), {}).runbook
    assert book.expect[0] == "The flow reaches back 2 days 10 hours at the most."
    undelayed = back_populate(
        read_shape(chain(["mail"], "list"), "F"), Settings(at=AT, mode="throughout"), {}
    )
    assert undelayed.runbook.expect[0] == "The flow has no delay: it reaches back to nobody."


# names of places


def names(actions, entry):
    flow = {"triggers": [{"type": "list", "id": "L"}], "entry_action_id": entry, "actions": actions}
    shape = read_shape(flow, "F")
    return {shape.steps[index].id: name for index, name in place_names(shape).items()}


def split(name, yes, no):
    links = {"next_if_true": yes, "next_if_false": no}
    return {"id": name, "type": "conditional-split", "data": {"profile_filter": None}, "links": links}


def wait(name, following):
    return {
        "id": name,
        "type": "time-delay",
        "data": {"unit": "days", "value": 2},
        "links": {"next": following},
    }


def mail(name, following=None):
    data = {"status": "live", "message": {"name": name}}
    return {"id": name, "type": "send-email", "data": data, "links": {"next": following}}


def test_delays_of_one_length_before_splits_are_told_apart_by_what_comes_before():
    found = names(
        [wait("a", "s"), split("s", "m", "b"), mail("m", "c"), wait("b", "t"), wait("c", "t"), split("t", "n", None), mail("n")],
        "a",
    )  # fmt: skip
    assert found == {
        "a": 'Wait 2 days, then "Conditional split" (at the trigger)',
        "b": 'Wait 2 days, then "Conditional split" (on "no" of "Conditional split")',
        "c": 'Wait 2 days, then "Conditional split" (after "m")',
    }


def test_delays_that_nothing_else_tells_apart_are_numbered():
    found = names(
        [split("r", "s", "t"), split("s", "a", None), split("t", "b", None), wait("a", "m"), wait("b", "m"), mail("m")], "r"
    )  # fmt: skip
    before = 'Wait 2 days, then "m" (on "yes" of "Conditional split")'
    assert found == {
        "a": f"{before} (delay 1 of 2 from the trigger)",
        "b": f"{before} (delay 2 of 2 from the trigger)",
    }


def test_a_place_to_which_many_ways_lead_names_two():
    found = names(
        [split("r", "x", "s"), split("s", "y", "z"), mail("x", "a"), mail("y", "a"), mail("z", "a"), wait("a", "m"), mail("m", "b"), wait("b", "m2"), {**mail("m2"), "data": {"status": "live", "message": {"name": "m"}}}],
        "r",
    )  # fmt: skip
    assert found["a"] == 'Wait 2 days, then "m" (after "x" or after "y" or 1 more)'
    assert found["b"] == 'Wait 2 days, then "m" (after "m")'


def test_a_delay_of_its_own_name_and_one_that_nothing_follows_keep_it_short():
    assert names([wait("a", "m"), mail("m", "b"), wait("b", None)], "a") == {
        "a": 'Wait 2 days, then "m"',
        "b": "Wait 2 days",
    }
