"""Nothing is lost between a definition and its YAML, in either direction."""

from __future__ import annotations

import json
from random import Random
from typing import Any

import pytest
from equality import canonical
from generate import ACTION_KINDS, CONSENTS, ODD_TEXTS, Maker, flows, graph_flow, segments
from hypothesis import given, settings
from hypothesis import strategies as st
from through_yaml import compiled, decompile, documents

from compiler import kinds
from compiler.codecs.base import Run, merge, residue, same, tidy
from compiler.diagnostics import Problems
from compiler.lift import lift_flow, lift_segment
from compiler.lower import lower_flow
from compiler.resolve import resolve

REVISION = kinds.default_revision()


def comes_back(definition: Any, *, warned: bool = False) -> str:
    """Assert that a definition comes back through YAML, and its text byte for byte; return the text."""
    definition = json.loads(json.dumps(definition))
    text, lifting = decompile(definition)
    assert lifting.errors == []
    assert warned or lifting.warnings == []
    back = compiled(text)
    assert canonical(back) == canonical(definition)
    assert decompile(back)[0] == text
    return text


# ---------------------------------------------------------------- properties


@settings(max_examples=100)
@given(flows(most=8))
def test_flows_come_back(definition):
    comes_back(definition)


@settings(max_examples=60)
@given(flows(most=6, odd=0.7, named=0.3))
def test_flows_of_odd_texts_come_back(definition):
    comes_back(definition)


@settings(max_examples=40)
@given(flows(most=6, response=True))
def test_answers_of_the_server_come_back(definition):
    comes_back(definition)


@settings(max_examples=60)
@given(flows(most=6, unknown=1.0, odd=0.1))
def test_what_a_future_revision_adds_to_flows_comes_back(definition):
    comes_back(definition, warned=True)


@settings(max_examples=60)
@given(segments(odd=0.2))
def test_segments_come_back(definition):
    comes_back(definition)


@settings(max_examples=60)
@given(segments(unknown=1.0))
def test_what_a_future_revision_adds_to_segments_comes_back(definition):
    comes_back(definition, warned=True)


@pytest.mark.heavy
@settings(max_examples=2_000)
@given(st.integers(0, 2**32))
def test_thousands_of_definitions_come_back(seed):
    random = Random(seed)
    unknown = random.choice((0.0, 0.0, 1.0))
    maker = Maker(
        random,
        odd=random.choice((0.0, 0.2, 0.8)),
        unknown=unknown,
        joins=random.random(),
        response=random.random() < 0.3,
    )
    comes_back(maker.flow(random.randint(0, 20)), warned=bool(unknown))
    comes_back(maker.segment(), warned=bool(unknown))


@pytest.mark.parametrize("kind", ACTION_KINDS)
def test_each_kind_of_action_comes_back_in_many_forms(kind):
    for seed in range(12):
        comes_back(Maker(Random(f"{kind}{seed}")).flow(2, (kind,)))


@pytest.mark.parametrize("row", range(len(CONSENTS)))
def test_each_variant_of_marketing_consent_comes_back(row):
    maker = Maker(Random(row))
    for _ in range(10):
        comes_back(
            {
                "condition_groups": [
                    {"conditions": [{"type": "profile-marketing-consent", **maker.consent(row)}]}
                ]
            }
        )


# ---------------------------------------------------------------- odd texts, everywhere


@pytest.mark.parametrize("text", ODD_TEXTS, ids=lambda text: ascii(text)[:24])
def test_an_odd_text_comes_back_as_a_value_a_name_and_a_key(text):
    message = {"body": text, "name": text, "smart_sending_enabled": True}
    webhook = {"url": text, "headers": {text: text, "X-Other": text}, "body": text}
    filters = [
        {"type": "string", "operator": "equals", "value": text},
        {"type": "string", "operator": "in", "value": [text, "plain", text]},
        {"type": "list", "operator": "contains", "value": text},
    ]
    conditions = [{"type": "profile-property", "property": text, "filter": each} for each in filters]
    actions = [
        {
            "temporary_id": "1",
            "type": "send-sms",
            "links": {"next": "2"},
            "data": {"message": message, "status": "draft"},
        },
        {
            "temporary_id": "2",
            "type": "send-webhook",
            "links": {"next": "3"},
            "data": {"message": webhook, "status": "draft"},
        },
        {
            "temporary_id": "3",
            "type": "send-mobile-push",
            "links": {"next": None},
            "data": {"message": {"body": text, "kv_pairs": {text: text}}},
        },
    ]
    groups = {"condition_groups": [{"conditions": [each]} for each in conditions]}
    flow = {
        "triggers": [{"type": "list", "id": text or None}],
        "profile_filter": groups,
        "actions": actions,
        "entry_action_id": "1",
    }
    name = text if text.strip() else f"[{text}]"  # no account knows a thing by a blank name
    written, lifting = decompile(flow, name=name)
    assert lifting.warnings == lifting.errors == []
    assert canonical(compiled(written)) == canonical(flow)
    assert decompile(compiled(written), name=name)[0] == written
    problems_free_name(written, name)


def problems_free_name(written: str, name: str) -> None:

    (document,) = documents(written, Problems())
    assert document.data["name"] == name


# ---------------------------------------------------------------- the rewriting table


def delay(**data: Any) -> dict[str, Any]:
    action = {"temporary_id": "1", "type": "time-delay", "links": {"next": None}, "data": data}
    return {"triggers": [{"type": "list", "id": "a"}], "actions": [action], "entry_action_id": "1"}


def test_a_delay_of_an_hour_is_a_phrase():
    text, _ = decompile(delay(unit="hours", value=1, timezone="profile", secondary_value=None))
    assert "- time-delay: 1 hour\n" in text


def test_ninety_minutes_are_not_an_hour_and_a_half():
    minutes, _ = decompile(delay(unit="minutes", value=90, timezone="profile"))
    hours, _ = decompile(delay(unit="hours", value=1, secondary_value=30, timezone="profile"))
    assert "- time-delay: 90 minutes\n" in minutes
    assert "- time-delay: 1 hour 30 minutes\n" in hours


def test_all_seven_weekdays_are_nothing_and_six_are_something():
    week = ["monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday"]
    assert (
        "- time-delay: 2 days\n"
        in decompile(delay(unit="days", value=2, timezone="profile", delay_until_weekdays=week))[0]
    )
    assert (
        "delay_until_weekdays"
        in decompile(delay(unit="days", value=2, timezone="profile", delay_until_weekdays=week[:6]))[0]
    )


def test_a_time_of_day_loses_zero_seconds_only():
    assert (
        'delay_until_time: "10:00"}'
        in decompile(delay(unit="days", value=2, timezone="profile", delay_until_time="10:00:00"))[0]
    )
    assert (
        'delay_until_time: "10:00:30"}'
        in decompile(delay(unit="days", value=2, timezone="profile", delay_until_time="10:00:30"))[0]
    )


def test_a_delay_without_its_timezone_says_null():
    text = comes_back(delay(unit="days", value=2))
    assert "time-delay: {value: 2, unit: days, timezone: null}" in text


def test_the_server_s_ids_of_messages_go():
    email = {
        "id": "123",
        "type": "send-email",
        "links": {"next": None},
        "data": {"message": {"id": "AbCdEf", "name": "A"}, "status": "live"},
    }
    text, _ = decompile(
        {"triggers": [{"type": "list", "id": "a"}], "actions": [email], "entry_action_id": "123"}
    )
    assert "AbCdEf" not in text
    assert "123" not in text


# ---------------------------------------------------------------- status


def status_flow(*statuses: str | None) -> dict[str, Any]:
    actions = []
    for number, status in enumerate(statuses, 1):
        data = {"message": {"subject_line": "Hello"}} | ({} if status is None else {"status": status})
        links = {"next": str(number + 1) if number < len(statuses) else None}
        actions.append({"temporary_id": str(number), "type": "send-email", "links": links, "data": data})
    return {"triggers": [{"type": "list", "id": "a"}], "actions": actions, "entry_action_id": "1"}


def test_a_bare_definition_has_the_most_frequent_status():
    text = comes_back(status_flow("live", "live", "draft", None, "disabled"))
    assert text.splitlines()[2] == "status: live"
    assert text.count("status: draft") == 1
    assert text.count("status: null") == 1
    assert text.count("status: disabled") == 1


@pytest.mark.parametrize(
    ("statuses", "expected"),
    [((), "draft"), (("disabled",), "draft"), (("manual", "live"), "manual"), (("live", "draft"), "draft")],
)
def test_a_tie_goes_to_draft_before_manual_before_live(statuses, expected):
    definition = status_flow(*statuses)
    definition["entry_action_id"] = "1" if statuses else None
    assert f"\nstatus: {expected}\n" in comes_back(definition)


# ---------------------------------------------------------------- implied defaults and revisions


def test_a_switch_is_written_only_where_it_differs_and_null_leaves_it_out():
    switches = {"smart_sending_enabled": True, "transactional": True}
    definition = status_flow("draft")
    definition["actions"][0]["data"]["message"] |= switches
    text = comes_back(definition)
    assert "smart_sending_enabled" not in text
    assert "transactional: true" in text
    assert "add_tracking_params: null" in text


def test_quiet_hours_have_their_older_name_in_the_beta():
    message = {
        "body": "Kiln opens at nine", "smart_sending_enabled": True, "respecting_sms_quiet_hours": False, "transactional": False,
        "add_tracking_params": False, "custom_tracking_params": None, "additional_filters": None, "name": "Kiln",
    }  # fmt: skip
    action = {
        "temporary_id": "a",
        "type": "send-sms",
        "links": {"next": None},
        "data": {"message": message, "status": "draft"},
    }
    definition = {
        "triggers": [{"type": "list", "id": "a"}],
        "actions": [action],
        "entry_action_id": "a",
        "profile_filter": None,
    }
    text, lifting = decompile(definition, "2024-10-15.pre")
    assert lifting.warnings == lifting.errors == []
    assert "sms_quiet_hours_enabled: false" in text
    assert "null" not in text, "fields that the revision lacks are not left out one by one"
    assert canonical(compiled(text, "2024-10-15.pre")) == canonical(definition)
    assert "respecting" not in json.dumps(compiled(text, REVISION))


def beta_flow() -> dict[str, Any]:
    """A pottery's flow as a create body of the beta, of the kinds that seed 002 shows."""
    filters = {"condition_groups": [{"conditions": [{
        "type": "profile-metric", "metric_id": "Kiln01", "measurement": "count", "metric_filters": None,
        "measurement_filter": {"type": "numeric", "operator": "greater-than", "value": 0},
        "timeframe_filter": {"type": "date", "operator": "alltime"},
    }]}]}  # fmt: skip
    email = {
        "from_email": "studio@pottery.example", "from_label": "Pottery", "reply_to_email": None, "cc_email": None, "bcc_email": None,
        "subject_line": "Your bowl is glazed", "preview_text": "Come and see", "template_id": "Glaze1", "smart_sending_enabled": True,
        "transactional": False, "add_tracking_params": False, "custom_tracking_params": None, "additional_filters": None, "name": "Bowl", "id": "MsgOne",
    }  # fmt: skip
    sms = {
        "body": "Your bowl waits", "respecting_sms_quiet_hours": True, "smart_sending_enabled": True, "transactional": False, "add_tracking_params": False,
        "custom_tracking_params": None, "additional_filters": None, "name": "Bowl SMS", "id": "MsgTwo",
    }  # fmt: skip
    wait = {
        "unit": "hours", "value": 1, "secondary_value": 0, "timezone": "profile", "delay_until_time": None,
        "delay_until_weekdays": ["monday", "tuesday", "wednesday"],
    }  # fmt: skip
    return {
        "triggers": [{"type": "metric", "id": "Kiln01", "trigger_filter": None}],
        "profile_filter": filters,
        "actions": [
            {
                "temporary_id": "fork",
                "type": "conditional-split",
                "data": {"profile_filter": filters},
                "links": {"next_if_true": "mail", "next_if_false": "wait"},
            },
            {"temporary_id": "wait", "type": "time-delay", "data": wait, "links": {"next": "text"}},
            {
                "temporary_id": "mail",
                "type": "send-email",
                "data": {"message": email, "status": "draft"},
                "links": {"next": None},
            },
            {
                "temporary_id": "text",
                "type": "send-sms",
                "data": {"message": sms, "status": "draft"},
                "links": {"next": None},
            },
        ],
        "entry_action_id": "fork",
    }


def test_a_body_of_the_beta_comes_back_for_the_beta():
    definition = beta_flow()
    text, lifting = decompile(definition, "2024-10-15.pre")
    assert lifting.warnings == lifting.errors == []
    assert "delay_until_weekdays: [monday, tuesday, wednesday]" in text
    back = compiled(text, "2024-10-15.pre")
    assert canonical(back) == canonical(definition)
    message = back["actions"][3]["data"]["message"]
    assert message["respecting_sms_quiet_hours"] is True
    assert "sms_quiet_hours_enabled" not in message


def test_an_hours_delay_on_weekdays_is_diagnosed_where_the_api_refuses_it():
    _, lifting = decompile(beta_flow() | {"actions": beta_flow()["actions"][1:2], "entry_action_id": "wait"})
    assert [mistake.code for mistake in lifting.warnings][:1] == ["F489"]


@pytest.mark.parametrize(
    ("step", "revision", "words"),
    [
        ({"multi-branch-split": {"name": "A", "branches": []}}, "2026-01-15", "no multi-branch-split; the first that has it is 2026-04-15"),
        ({"send-whatsapp": {"name": "A"}}, "2025-07-15", "no send-whatsapp; the first that has it is 2025-10-15"),
        ({"ab-test": {"main": {"send-email": None}}}, "2024-10-15.pre", "no ab-test; the first that has it is 2025-01-15"),
        ({"send-sms": {"body": "A", "message_hierarchy": []}}, "2026-04-15", 'no "message_hierarchy"; the first that has it is 2026-07-15'),
        ({"send-sms": {"body": "A", "template": "T"}}, "2026-01-15", 'no "template"; the first that has it is 2026-04-15'),
        ({"send-mobile-push": {"body": "A", "action_buttons": []}}, "2026-01-15", 'no "action_buttons"; the first that has it is 2026-04-15'),
        ({"send-mobile-push": {"body": "A", "web_url": "https://a.example"}}, "2026-04-15", 'no "web_url"; the first that has it is 2026-07-15'),
    ],
)  # fmt: skip
def test_what_a_revision_lacks_names_the_first_that_has_it(step, revision, words):
    flow, _ = resolve({"name": "A", "trigger": {"metric": "B"}, "steps": [step]})
    run = Run(revision)
    lower_flow(flow, run)
    assert [(mistake.code, words in mistake.message) for mistake in run.mistakes] == [("F501", True)]
    newest = Run(REVISION)
    lower_flow(flow, newest)
    assert newest.mistakes == []


def test_reentry_and_kinds_of_later_revisions_are_diagnosed_in_older_ones():
    condition = {
        "profile-predictive-analytics": {
            "dimension": "channel_affinity",
            "measurement": "rank",
            "predicted_channel": "sms",
            "equals": "high",
        }
    }
    date = {
        "date_field_type": "custom-object",
        "custom_object_label": "A",
        "custom_object_property_id": 1,
        "object_type_id": "a",
    }
    trigger = {
        "date": {**date, "object_type_relationship_id": "b", "before": "1 week", "trigger_time": "09:00"}
    }
    flow, _ = resolve(
        {"name": "A", "trigger": trigger, "reentry": "never", "profile_filter": [condition], "steps": []}
    )
    run = Run("2026-01-15")
    lower_flow(flow, run)
    messages = " | ".join(mistake.message for mistake in run.mistakes)
    assert {mistake.code for mistake in run.mistakes} == {"F501"}
    assert "no reentry; the first that has it is 2026-04-15" in messages
    assert "no date of a custom object trigger; the first that has it is 2026-07-15" in messages


# ---------------------------------------------------------------- what no text can say


def broken(**changes: Any) -> tuple[str, list[str]]:
    definition = graph_flow([[1], [2], [None]]) | changes
    text, lifting = decompile(definition)
    assert compiled(text)["triggers"] is not None
    return text, [mistake.code for mistake in lifting.errors]


def test_an_unreachable_action_is_reported_and_left_out():
    definition = graph_flow([[None], [None]])
    text, lifting = decompile(definition)
    assert [(mistake.code, mistake.path) for mistake in lifting.errors] == [("F486", ("actions", 1))]
    assert len(compiled(text)["actions"]) == 1


def test_a_cycle_is_reported_and_broken():
    actions = graph_flow([[1], [2, None], [None]])["actions"]
    actions[2]["links"]["next"] = actions[0]["temporary_id"]
    text, codes = broken(actions=actions)
    assert codes == ["F485"]
    assert len(compiled(text)["actions"]) == 3


def test_a_link_to_nothing_is_reported_and_ends():
    actions = graph_flow([[1], [None]])["actions"]
    actions[1]["links"]["next"] = "nowhere"
    assert broken(actions=actions)[1] == ["F484"]


def test_an_entry_that_is_no_action_is_reported():
    assert broken(entry_action_id="nowhere")[1] == ["F483"]
    assert broken(entry_action_id=None)[1] == ["F483"]


def test_two_actions_of_one_id_are_reported():
    actions = graph_flow([[1], [None]])["actions"]
    assert broken(actions=[*actions, actions[1]])[1] == ["F482"]


@pytest.mark.parametrize("count", [0, 2])
def test_more_or_fewer_than_one_trigger_are_reported(count):
    assert broken(triggers=[{"type": "list", "id": "a"}] * count)[1] == ["F487"]


# ---------------------------------------------------------------- unknown things


def test_an_unknown_field_is_a_patch_with_a_warning():
    definition = status_flow("draft")
    definition["actions"][0]["data"]["message"]["shiny"] = {"deep": [1, {"x": "é"}]}
    text, lifting = decompile(definition)
    assert [mistake.code for mistake in lifting.warnings] == ["F481"]
    assert "shiny" in lifting.warnings[0].message
    assert lifting.warnings[0].path == ("actions", 0)
    assert canonical(compiled(text)) == canonical(definition)


def test_an_unknown_kind_is_a_whole_raw_step_in_its_place():
    actions = graph_flow([[1], [2], [None]])["actions"]
    actions[1] = {
        "temporary_id": "fax",
        "type": "send-fax",
        "links": {"next": "hello-2"},
        "data": {"paper": "A4"},
    }
    actions[0]["links"]["next"] = "fax"
    definition = graph_flow([]) | {"actions": actions, "entry_action_id": "hello-0"}
    text = comes_back(definition, warned=True)
    assert "- id: fax\n    raw:\n      type: send-fax\n" in text


def test_an_unknown_kind_with_two_exits_keeps_its_branches():
    fork = {
        "temporary_id": "fork",
        "type": "coin-toss",
        "links": {"next_if_true": "hello-1", "next_if_false": None},
        "data": {},
    }
    actions = graph_flow([[1], [None]])["actions"]
    definition = graph_flow([]) | {"actions": [fork, actions[1]], "entry_action_id": "fork"}
    comes_back(definition, warned=True)


def test_an_unknown_message_in_a_test_comes_back():
    child = {"temporary_id": "c1", "type": "send-fax", "data": {"status": "draft", "paper": "A4"}}
    data = {
        "status": "draft",
        "main_action": child,
        "current_experiment": {
            "variations": [child, {**child, "temporary_id": "c2"}],
            "allocations": {"c1": 0.5, "c2": 0.5},
        },
    }
    action = {"temporary_id": "1", "type": "ab-test", "links": {"next": None}, "data": data}
    comes_back(
        {"triggers": [{"type": "list", "id": "a"}], "actions": [action], "entry_action_id": "1"}, warned=True
    )


@pytest.mark.parametrize("allocations", [{}, {"c1": 1}, {"other": 1}, {"c1": 0.5, "other": 0.5}, None])
def test_shares_come_back_whether_they_name_variations_or_not(allocations):
    child = {
        "temporary_id": "c1",
        "type": "send-email",
        "data": {"message": {"name": "A"}, "status": "draft"},
    }
    data = {
        "status": "draft",
        "main_action": child,
        "current_experiment": {"variations": [child], "allocations": allocations},
    }
    action = {"temporary_id": "1", "type": "ab-test", "links": {"next": None}, "data": data}
    comes_back({"triggers": [{"type": "list", "id": "a"}], "actions": [action], "entry_action_id": "1"})


def test_an_unknown_trigger_and_an_unknown_condition_come_back():
    filters = {"condition_groups": [{"conditions": [{"type": "profile-moon", "phase": "full"}]}]}
    definition = graph_flow([[None]]) | {
        "triggers": [{"type": "tide", "height": 3}],
        "profile_filter": filters,
        "season": "spring",
    }
    text = comes_back(definition, warned=True)
    assert "- raw: " in text or "- raw:\n" in text


def test_a_segment_s_unknown_fields_come_back():
    condition = {"type": "profile-region", "in_region": True, "region": "european_union"}
    text = comes_back({"condition_groups": [{"conditions": [condition]}], "season": "spring"}, warned=True)
    assert "raw:\n  season: spring\n" in text
    comes_back({"condition_groups": [{"conditions": [condition], "season": "spring"}]}, warned=True)


# ---------------------------------------------------------------- handles


@pytest.mark.parametrize(
    ("temporary", "kept"),
    [
        ("nudge", True),
        ("Nudge_2-x", True),
        ("1", False),
        ("end", False),
        ("none", False),
        ("a b", False),
        ("é", False),
    ],
)
def test_a_legal_temporary_id_is_kept(temporary, kept):
    definition = graph_flow([[None]])
    definition["actions"][0]["temporary_id"] = definition["entry_action_id"] = temporary
    text, _ = decompile(definition)
    assert (f"- id: {temporary}\n" in text) is kept
    assert (compiled(text)["actions"][0]["temporary_id"] == temporary) is (kept or temporary == "1")


def test_a_step_that_a_jump_leads_to_has_the_slug_of_its_message_s_name():
    definition = graph_flow([[1, 2], [3, None], [3], [None]], name="{}")
    shared = definition["actions"][3]
    shared |= {"type": "send-email", "data": {"message": {"name": "Last Chance!"}, "status": "draft"}}
    text = comes_back(definition)
    assert "id: last-chance" in text
    other = graph_flow([[1, 2], [3, None], [3], [None]], name="{}")
    assert "id: time-delay\n" in comes_back(other)


# ---------------------------------------------------------------- pieces


def test_a_patch_turns_what_was_said_into_what_was_meant():
    said = {"a": 1, "b": {"c": [1], "d": None}, "e": "x"}
    meant = {"b": {"c": [2], "d": None}, "e": "x", "f": {"g": True}}
    patch = residue(said, meant)
    assert patch == {"a": None, "b": {"c": [2]}, "f": {"g": True}}
    assert merge(said, patch) == {"b": {"c": [2], "d": None}, "e": "x", "f": {"g": True}}
    assert residue(meant, meant) == {}
    assert merge({"a": 1}, [1]) == [1]


@pytest.mark.parametrize(
    ("left", "right", "equal"),
    [
        (30, 30.0, True),
        (True, 1, False),
        (0, False, False),
        ("1", 1, False),
        ([1], (1,), True),
        ({"a": None}, {}, False),
    ],
)
def test_numbers_are_equal_by_value_and_truth_is_no_number(left, right, equal):
    assert same(left, right) is equal


def test_tidying_drops_what_is_nothing_and_keeps_what_is_empty():
    assert tidy({"a": None, "b": [], "c": {}, "unit": "hours", "secondary_value": 0}) == {
        "b": [],
        "c": {},
        "unit": "hours",
    }
    assert tidy({"unit": "days", "secondary_value": 0}) == {"unit": "days", "secondary_value": 0}
    assert tidy([{"trigger_time": "09:00"}]) == [{"trigger_time": "09:00:00"}]


def test_a_chain_of_five_thousand_steps_comes_back():
    comes_back(graph_flow([[number + 1] for number in range(4_999)] + [[None]]))


def test_lifting_names_the_document():
    document, _ = lift_flow(graph_flow([[None]]), "A flow", "live", REVISION)
    assert list(document) == ["kind", "name", "status", "trigger", "steps"]
    assert (document["name"], document["status"]) == ("A flow", "live")
    segment, _ = lift_segment({"condition_groups": []}, "A segment", REVISION)
    assert segment == {"kind": "segment", "name": "A segment", "definition": []}
