from typing import Any

import pytest

from compiler.check import check

NOW = "2026-10-15"


def flow(*actions: dict[str, Any], trigger: dict[str, Any] | None = None) -> dict[str, Any]:
    return {
        "triggers": [trigger or {"type": "list", "id": "L"}],
        "profile_filter": None,
        "entry_action_id": None,
        "actions": list(actions),
    }


def delay(**data: Any) -> dict[str, Any]:
    return {"temporary_id": "1", "type": "time-delay", "links": {"next": None}, "data": data}


def mail(**message: Any) -> dict[str, Any]:
    return {
        "temporary_id": "1",
        "type": "send-email",
        "links": {"next": None},
        "data": {"message": message, "status": "draft"},
    }


def test_a_definition_of_the_contract_is_fine() -> None:
    assert (
        check("flow", flow(delay(unit="days", value=1, timezone="profile"), mail(subject_line="s")), NOW)
        == []
    )


@pytest.mark.parametrize(
    ("action", "pointer", "said"),
    [
        (mail(subject="s"), "/actions/0/data/message/subject", "unknown field"),
        (delay(unit="day", value=1), "/actions/0/data/unit", "unit cannot be"),
        (delay(unit="days", value=1, timezone="Mars/Base"), "/actions/0/data/timezone", "Mars/Base"),
        (delay(unit="days"), "/actions/0/data", 'needs "value"'),
        ({"temporary_id": "1", "type": "send-fax"}, "/actions/0/type", "no type of action"),
        ("nothing", "/actions/0", "an action is an object"),
    ],
)
def test_what_is_wrong_has_its_pointer(action: Any, pointer: str, said: str) -> None:
    found = check("flow", flow(action), NOW)
    assert [(where, said in message) for where, message in found] == [(pointer, True)]


def test_a_kind_that_a_revision_lacks_names_the_first_that_has_it() -> None:
    split = {"temporary_id": "1", "type": "multi-branch-split", "data": {"name": "x", "branches": []}}
    ((pointer, message),) = check("flow", flow(split), "2025-10-15")
    assert pointer == "/actions/0/type"
    assert "2026-04-15" in message


def test_the_trigger_and_its_filter_are_judged() -> None:
    assert check("flow", flow(trigger={"type": "metric", "id": "M", "shiny": 1}), NOW) == [
        ("/triggers/0/shiny", "unknown field or value: shiny")
    ]


def test_one_action_alone_is_judged() -> None:
    assert check("action", mail(subject_line="s"), NOW) == []
    assert check("action", mail(subject="s"), NOW) == [
        ("/data/message/subject", "unknown field or value: subject")
    ]


@pytest.mark.parametrize(
    ("condition", "said"),
    [
        ({"type": "profile-region", "in_region": True, "region_id": "european_union"}, "region_id"),
        ({"type": "profile-property", "property": "email"}, "needs an operator"),
        (
            {
                "type": "profile-metric",
                "metric_id": "M",
                "measurement": "count",
                "measurement_filter": {"type": "numeric", "operator": "equals", "value": 0},
                "timeframe_filter": {"type": "date", "operator": "flow-start"},
            },
            "flow-start has no meaning in a segment",
        ),
    ],
)
def test_a_segment_is_judged(condition: dict[str, Any], said: str) -> None:
    found = check("segment", {"condition_groups": [{"conditions": [condition]}]}, NOW)
    assert any(said in message for _, message in found)
    assert all(pointer.startswith("/condition_groups") for pointer, _ in found)


def test_a_good_segment_is_fine() -> None:
    condition = {
        "type": "profile-property",
        "property": "email",
        "filter": {"type": "existence", "operator": "is-set"},
    }
    assert check("segment", {"condition_groups": [{"conditions": [condition]}]}, NOW) == []
