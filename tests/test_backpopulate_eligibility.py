"""May a flow be back-populated: each reason has a flow that it stops."""

import pytest
from backpopulate_worlds import chain, ladder

from compiler.backpopulate import check_eligibility, read_shape, timeline
from compiler.backpopulate.actions import delay_text, plain_delay, span_text
from compiler.backpopulate.paths import beyond_text, ranges_text, stop_text, window_text
from compiler.diagnostics import Fatal


def verdict(flow, templates=None, allowed=(), status=None):
    return check_eligibility(read_shape(flow, "flow", status), templates or {}, frozenset(allowed))


def codes(found):
    return [(reason.code, reason.verdict) for reason in found.reasons]


def test_a_metric_flow_with_a_delay_and_a_live_message_is_eligible():
    found = verdict(chain(["2 days", "mail"]))
    assert found.eligible
    assert found.reasons == ()


@pytest.mark.parametrize("trigger", ["date", "price-drop", "low-inventory", "something-new"])
def test_a_trigger_that_is_no_metric_list_or_segment_blocks(trigger):
    found = verdict(chain(["2 days", "mail"], trigger=trigger))
    assert ("trigger", "blocks") in codes(found)
    assert not found.eligible


@pytest.mark.parametrize(
    ("trigger", "level"), [("metric", "blocks"), ("list", "warns"), ("segment", "warns")]
)
def test_a_flow_without_a_delay_adds_nobody_relative_to_an_event(trigger, level):
    assert codes(verdict(chain(["mail"], trigger=trigger))) == [("no-delay", level)]


def test_a_delay_behind_the_last_live_message_is_no_delay():
    assert ("no-delay", "blocks") in codes(verdict(chain(["mail", "2 days", "draft mail"])))


def test_drafts_alone_block_and_some_drafts_warn():
    assert ("drafts", "blocks") in codes(verdict(chain(["2 days", "draft mail"])))
    found = verdict(chain(["2 days", "draft mail", "mail"]))
    assert codes(found) == [("some-drafts", "warns")]
    assert found.eligible


def test_a_manual_flow_is_eligible_and_a_draft_flow_is_not():
    assert verdict(chain(["2 days", "manual mail"]), status="manual").eligible
    assert codes(verdict(chain(["2 days", "mail"]), status="draft")) == [("flow-status", "blocks")]


def test_a_dynamic_coupon_in_a_template_names_its_message_and_can_be_overridden():
    flow = chain(["2 days", "mail"])
    flow["actions"][1]["data"]["message"]["template_id"] = "T1"
    html = "<p>{% coupon_code 'WELCOME' %}</p>"
    found = verdict(flow, {"T1": html})
    assert codes(found) == [("coupon", "blocks")]
    assert '"mail"' in found.reasons[0].text
    allowed = verdict(flow, {"T1": html}, ["coupon"])
    assert allowed.eligible
    assert codes(allowed) == [("coupon", "overridden")]


def test_a_dynamic_coupon_in_a_text_message_blocks():
    flow = chain(["2 days", "text"])
    flow["actions"][1]["data"]["message"]["body"] = "Use {%- coupon_code 'X' %}"
    assert codes(verdict(flow)) == [("coupon", "blocks")]


def test_a_coupon_in_a_variation_of_a_test_is_found():
    variation = {"type": "send-email", "data": {"message": {"template_id": "T2"}}}
    data = {
        "status": "live",
        "main_action": {"type": "send-email", "data": {"message": {"name": "tested"}}},
        "current_experiment": {"variations": [variation]},
    }
    flow = chain(["2 days", "mail"])
    flow["actions"][1] |= {"type": "ab-test", "data": data}
    assert codes(verdict(flow, {"T2": "{% coupon_code 'X' %}"})) == [("coupon", "blocks")]


def test_a_coupon_block_only_warns_and_an_unread_template_is_said():
    flow = chain(["2 days", "mail"])
    flow["actions"][1]["data"]["message"]["template_id"] = "T1"
    assert codes(verdict(flow, {"T1": '<td class="kl coupon">'})) == [("coupon-block", "warns")]
    assert codes(verdict(flow)) == [("templates", "warns")]
    assert verdict(flow, {"T1": "<p>plain</p>"}).reasons == ()


def test_a_wait_for_stock_warns():
    flow = chain(["2 days", "mail", "mail 2"])
    flow["actions"][1] |= {"type": "back-in-stock-delay", "data": None}
    assert ("wait", "warns") in codes(verdict(flow))


@pytest.mark.parametrize(
    ("change", "words"),
    [
        (
            {"actions": [{"temporary_id": "1", "type": "send-email", "data": {}, "links": {"next": "9"}}]},
            "leads to 9",
        ),
        ({"actions": [{"type": "send-email", "data": {}}]}, "missing or used twice"),
        (
            {
                "entry_action_id": "1",
                "actions": [
                    {"id": "1", "type": "update-profile", "data": {}, "links": {"next": "2"}},
                    {"id": "2", "type": "update-profile", "data": {}, "links": {"next": "1"}},
                ],
            },
            "loop",
        ),
        (
            {
                "entry_action_id": "1",
                "actions": [
                    {"id": "1", "type": "update-profile", "data": {}, "links": {"next": "2"}},
                    {"id": "2", "type": "update-profile", "data": {}, "links": {"next": "2"}},
                ],
            },
            "loop",
        ),
    ],
)
def test_what_is_no_flow_is_refused(change, words):
    with pytest.raises(Fatal, match=words):
        read_shape({"triggers": [], **change}, "flow")


def test_a_flow_of_nothing_has_no_paths():
    found = timeline(read_shape({"triggers": [], "actions": []}, "flow"))
    assert (found.paths, found.count, found.horizon) == ((), 0, 0)


def test_the_windows_of_a_winback_say_who_waits_where_and_who_is_too_late():
    found = timeline(read_shape(chain(["75 days", "mail 1", "10 days", "mail 2"]), "flow"))
    (path,) = found.paths
    assert [window_text(row, "metric") for row in path.windows] == [
        'triggered just now to 75 days ago: waits at "Wait 75 days" for "mail 1"',
        'triggered 75 days to 85 days ago: misses "mail 1", waits at "Wait 10 days" for "mail 2"',
    ]
    assert beyond_text(path, "metric") == "triggered 85 days ago or longer: not added"
    assert [stop_text(stop) for stop in path.stops] == ["after 75 days", "after 85 days"]
    assert found.horizon == 85 * 86_400


def test_a_time_of_day_makes_a_stop_a_range():
    flow = chain(["2 days", "mail"])
    flow["actions"][0]["data"] |= {"delay_until_time": "10:00", "delay_until_weekdays": ["tuesday"]}
    (path,) = timeline(read_shape(flow, "flow")).paths
    assert stop_text(path.stops[0]) == "after 1 day 10 hours to 8 days 10 hours"
    assert window_text(path.windows[0], "list") == (
        "joined just now to 8 days 10 hours ago (all to 1 day 10 hours): waits at "
        '"Wait 2 days until 10:00 on Tuesday" for "mail"'
    )
    assert (
        beyond_text(path, "list")
        == "joined 8 days 10 hours ago or longer (some from 1 day 10 hours on): not added"
    )


def test_windows_of_delays_until_times_overlap_and_say_who_is_sure():
    flow = chain(["1 days", "a", "3 days", "b", "1 days", "c"])
    for action in flow["actions"][::2]:
        action["data"]["delay_until_time"] = "10:00"
    found = timeline(read_shape(flow, "flow"))
    (path,) = found.paths
    assert [window_text(row, "metric").partition(" ago")[2].partition(":")[0] for row in path.windows] == [
        " (all to 10 hours)",
        " (all from 1 day 10 hours to 3 days 10 hours)",
        " (some)",
    ]
    assert ranges_text(found).startswith("Within a range the weekday and the time of day")
    assert ranges_text(timeline(read_shape(chain(["1 days", "a"]), "flow"))) is None


def test_every_way_through_splits_is_a_path_and_beyond_sixty_they_are_only_counted():
    actions = ladder(8)
    actions.append({"id": "s8", "type": "send-email", "data": {"status": "live", "message": {}}, "links": {}})
    found = timeline(read_shape({"triggers": [{"type": "list", "id": "L"}], "actions": actions}, "flow"))
    assert (found.count, len(found.paths)) == (256, 60)
    assert len({path.branches for path in found.paths}) == 60


@pytest.mark.parametrize(
    ("data", "words"),
    [
        ({"value": 1, "unit": "days"}, "1 day"),
        ({"value": 2, "unit": "hours", "secondary_value": 30}, "2 hours 30 minutes"),
        ({"value": 2, "unit": "days", "secondary_value": 3}, "2 days 3 hours"),
        (
            {
                "value": 2,
                "unit": "days",
                "delay_until_time": "09:05:00",
                "delay_until_weekdays": ["monday", "friday", "sunday"],
            },
            "2 days until 09:05 on Monday, Friday or Sunday",
        ),
        ({"value": 2, "unit": "days", "delay_until_weekdays": ["monday"]}, "2 days on Monday"),
    ],
)
def test_a_delay_is_said_in_words(data, words):
    assert delay_text(plain_delay(data)) == words


@pytest.mark.parametrize(
    ("seconds", "words"), [(0, "at once"), (61, "1 minute 1 second"), (86_400 + 7_200 + 60, "1 day 2 hours")]
)
def test_a_span_has_its_two_largest_units(seconds, words):
    assert span_text(seconds) == words
