"""Filters: the operator is the key in YAML and a field in the API; each spelling of the contract, both ways."""

from __future__ import annotations

from random import Random
from typing import Any

import pytest
from generate import FILTERS, Maker
from hypothesis import given
from hypothesis import strategies as st

from compiler.codecs import filters
from compiler.codecs.base import ABSENT, Run, same, tidy
from compiler.codecs.shapes import OPERATORS, SHAPES
from compiler.codecs.timeframes import Measure, Timeframe

REVISION = "2026-10-15"


def run() -> Run:
    return Run(REVISION)


def lowered(body: Any) -> Any:
    state = run()
    out = filters.lower(body, None, state)
    assert state.mistakes == [], state.mistakes
    return out


TABLE: list[tuple[dict[str, Any], dict[str, Any]]] = [
    ({"equals": "Gold"}, {"type": "string", "operator": "equals", "value": "Gold"}),
    ({"equals": "5"}, {"type": "string", "operator": "equals", "value": "5"}),
    ({"equals": None}, {"type": "string", "operator": "equals", "value": None}),
    ({"equals": 5}, {"type": "numeric", "operator": "equals", "value": 5}),
    ({"equals": True}, {"type": "boolean", "operator": "equals", "value": True}),
    ({"equals": {"flow": "Winback"}}, {"type": "string", "operator": "equals", "value": "@flow:Winback"}),
    ({"nregex": "^a"}, {"type": "string", "operator": "nregex", "value": "^a"}),
    ({"contains": "vip"}, {"type": "string", "operator": "contains", "value": "vip"}),
    ({"contains": "vip", "type": "list"}, {"type": "list", "operator": "contains", "value": "vip"}),
    ({"not-contains": None, "type": "list"}, {"type": "list", "operator": "not-contains", "value": None}),
    ({"contains": 5}, {"type": "list", "operator": "contains", "value": 5}),
    ({"contains-any": ["a", "5"]}, {"type": "list", "operator": "contains-any", "value": ["a", "5"]}),
    ({"contains-substring": "a"}, {"type": "list", "operator": "contains-substring", "value": "a"}),
    ({"length-equals": 2}, {"type": "list", "operator": "length-equals", "value": 2}),
    ({"in": ["a", "NO", {"list": "X"}]}, {"type": "string", "operator": "in", "value": ["a", "NO", "@list:X"]}),
    ({"phone-country-code-in": ["NO"]}, {"type": "string", "operator": "phone-country-code-in", "value": ["NO"]}),
    ({"greater-than-or-equal": 1.5}, {"type": "numeric", "operator": "greater-than-or-equal", "value": 1.5}),
    ({"between": [10, 20.5]}, {"type": "numeric", "operator": "between", "start": 10, "end": 20.5}),
    ({"between": ["120 days", "395 days"]}, {"type": "date", "operator": "between", "start": 120, "end": 395, "unit": "day"}),
    ({"in-the-last": "1 week"}, {"type": "date", "operator": "in-the-last", "unit": "week", "quantity": 1}),
    ({"anniversary-next": "2 weeks"}, {"type": "date", "operator": "anniversary-next", "unit": "week", "quantity": 2}),
    ({"after": "2026-01-01"}, {"type": "date", "operator": "after", "date": "2026-01-01T00:00:00+00:00"}),
    ({"before": "2026-01-01T09:00:00Z"}, {"type": "date", "operator": "before", "date": "2026-01-01T09:00:00Z"}),
    ({"between-static": ["2026-01-01", "2026-02-01T01:00:00+01:00"]}, {"type": "date", "operator": "between-static", "start": "2026-01-01T00:00:00+00:00", "end": "2026-02-01T01:00:00+01:00"}),
    ({"calendar-month": 5}, {"type": "date", "operator": "calendar-month", "value": 5}),
    ({"anniversary": True}, {"type": "date", "operator": "anniversary"}),
    ({"alltime": True}, {"type": "date", "operator": "alltime"}),
    ({"is-set": True}, {"type": "existence", "operator": "is-set"}),
    ({"not-set": True}, {"type": "existence", "operator": "not-set"}),
]  # fmt: skip


@pytest.mark.parametrize(("said", "api"), TABLE, ids=lambda value: str(value)[:40])
def test_a_filter_is_spelled_by_its_operator_both_ways(said, api):
    assert lowered(said) == api
    assert filters.lift(api, run()) == said


@given(st.integers(0, 2**32), st.sampled_from(sorted(FILTERS)))
def test_every_filter_of_the_contract_comes_back(seed, shape):
    api = FILTERS[shape](Maker(Random(seed), odd=0.3, named=0.3))
    said = filters.lift(api, run())
    assert "filter" not in said
    assert same(tidy(lowered(said)), tidy(api))


@pytest.mark.parametrize(
    "api",
    [
        {"type": "numeric", "operator": "equals", "value": 5, "precision": 2}, {"type": "string", "operator": "resembles", "value": "a"}, {"type": "date", "operator": "in-the-last", "unit": "moon", "quantity": 1},
        {"type": "date", "operator": "in-the-last", "unit": "day", "quantity": 1.5}, {"type": "date", "operator": "between", "start": "a", "end": 2, "unit": "day"}, {"type": "date", "operator": "in-the-last", "unit": 5, "quantity": 1},
        {"type": "boolean", "operator": "not-equals", "value": True}, {"operator": ["equals"]}, {"type": "string", "operator": "equals", "value": {"a": 1}}, "text", 5,
    ],
    ids=str,
)  # fmt: skip
def test_what_the_spelling_cannot_say_stands_as_it_is(api):
    try:
        said = filters.lift(api, run())
    except (AttributeError, TypeError, ValueError):
        assert not isinstance(api, dict) or isinstance(api.get("value"), dict)
        return
    assert said == {"filter": api}


def mistake(body: Any) -> str:
    state = run()
    filters.lower(body, None, state)
    (found,) = state.mistakes
    return f"{found.code} {found.message}"


@pytest.mark.parametrize(
    ("body", "message"),
    [
        ({"equals": 1, "contains": 2}, "F505 two operators, equals and contains; write two conditions"),
        ({"type": "list"}, 'F505 "type: list" goes with contains or not-contains'),
        ({"equals": "a", "type": "list"}, 'F505 "type: list" goes with contains or not-contains and a text'),
        ({"contains": 5, "type": "list"}, 'F505 "type: list" goes with contains or not-contains and a text'),
        ({"contains": "a", "type": "text"}, 'F505 "type: list" goes with contains or not-contains and a text'),
        ({"not-equals": True}, "F505 not-equals takes no true or false; only equals does"),
        ({"starts-with": 5}, 'F505 starts-with takes a text; quote the number: "5"'),
        ({"contains": 1.5}, 'F505 contains takes a text; quote the number: "1.5"'),
        ({"greater-than": "5"}, "F505 greater-than takes a number, not '5'"),
        ({"is-set": False}, 'F505 write "not-set: true" instead of "is-set: False"'),
        ({"alltime": 1}, 'F505 write "alltime: true"'),
        ({"in-the-last": "3 moons"}, 'F502 "moons" is no unit here (hours, days, weeks)'),
        ({"in-the-last": "soon"}, "F502 'soon' is no length of time; write one like \"2 hours\" (hours, days, weeks)"),
        ({"between": ["1 day", "x"]}, "F502 'x' is no length of time"),
        ({"between": ["1 day", "2 weeks"]}, "F502 both ends of between need one unit"),
        ({"after": "yesterday"}, "F503 'yesterday' is no date"),
        ({"after": "2026-01-01T10:00:00"}, "F503 '2026-01-01T10:00:00' is no date"),
        ({"after": 5}, "F503 5 is no date"),
        ({"calendar-month": 0}, "F503 0 is no month; write 1 to 12"),
        ({"filter": {"type": "date", "operator": "in-the-last", "value": 5}}, "F505 in-the-last has quantity and unit, not value"),
        ({"filter": {"type": "date", "operator": "alltime", "value": 5}}, "F505 alltime has nothing beside it, not value"),
    ],
)  # fmt: skip
def test_a_wrong_filter_is_explained(body, message):
    assert mistake(body).startswith(message)


def test_a_mapping_without_an_operator_has_no_filter():
    assert lowered({"property": "a"}) is ABSENT


def test_the_api_s_own_object_passes():
    own = {"type": "string", "operator": "resembles", "value": "a"}
    assert lowered({"filter": own}) == own
    assert (
        lowered({"filter": {"type": "date", "operator": "between", "start": 1, "end": 2, "unit": "day"}})[
            "unit"
        ]
        == "day"
    )


def test_operators_are_those_of_the_shapes():
    assert {"equals", "between", "flow-start", "phone-country-code-not-in", "contains-all"} <= OPERATORS
    assert len(SHAPES) == 32


# ---------------------------------------------------------------- timeframes and measures


@pytest.mark.parametrize(
    ("said", "api"),
    [
        ("alltime", {"type": "date", "operator": "alltime"}), ("flow-start", {"type": "date", "operator": "flow-start"}),
        ({"in-the-last": "30 days"}, {"type": "date", "operator": "in-the-last", "unit": "day", "quantity": 30}),
        ({"operator": "since-dawn", "type": "date"}, {"type": "date", "operator": "since-dawn"}),
    ],
)  # fmt: skip
def test_a_timeframe_is_a_word_or_an_operator(said, api):
    assert Timeframe().lower(said, None, run()) == api
    assert Timeframe().lift(api, run()) == said


def test_a_timeframe_that_is_none_is_left_to_the_patch():
    assert Timeframe().lift("always", run()) is ABSENT
    assert Timeframe().lift({"type": "date"}, run()) is ABSENT


@pytest.mark.parametrize(
    ("said", "code"),
    [("someday", "F503"), ({}, "F503"), ({"type": "date"}, "F503"), ({"after": "x"}, "F503")],
)
def test_a_wrong_timeframe_is_a_mistake(said, code):
    state = run()
    Timeframe().lower(said, None, state)
    assert [found.code for found in state.mistakes] == [code]


@pytest.mark.parametrize(
    ("said", "api"),
    [
        (0, {"type": "numeric", "operator": "equals", "value": 0}), ({"greater-than": 5}, {"type": "numeric", "operator": "greater-than", "value": 5}),
        ({"type": "numeric", "operator": "about", "value": 5}, {"type": "numeric", "operator": "about", "value": 5}),
    ],
)  # fmt: skip
def test_a_measure_is_a_number_or_an_operator(said, api):
    assert Measure().lower(said, None, run()) == api
    assert Measure().lift(api, run()) == said


def test_a_measure_that_is_none_is_left_to_the_patch():
    assert Measure().lift(5, run()) is ABSENT
    assert Measure().lift({"type": "numeric"}, run()) is ABSENT
    assert Measure().lift({"type": "string", "operator": "equals", "value": "5"}, run()) == {
        "type": "string",
        "operator": "equals",
        "value": "5",
    }


@pytest.mark.parametrize("said", [{}, {"equals": 1, "less-than": 2}, {"equals": None}])
def test_a_wrong_measure_is_a_mistake(said):
    state = run()
    assert Measure().lower(said, None, state) is ABSENT
    assert [found.code for found in state.mistakes] == ["F505"]
