"""Canonical text: order, one line or block by shape, quotes only where needed, byte for byte the same again."""

from __future__ import annotations

import json
from random import Random

import pytest
import yaml
from generate import ODD_TEXTS, Maker
from hypothesis import given, settings
from hypothesis import strategies as st
from through_yaml import compiled, decompile

from compiler.codecs.base import same
from compiler.diagnostics import Problems
from compiler.emit import Comment, emit
from compiler.lift import lift_flow
from compiler.scalars import is_plain, scalar
from compiler.source import load

HEAD = {"kind": "flow", "name": "A", "status": "draft"}
ANY_TEXT = st.one_of(
    st.sampled_from(ODD_TEXTS), st.text(max_size=30), st.text(alphabet=" \n\t#:-'\"ab{}[]|>", max_size=12)
)


def steps(*items: object) -> str:
    return emit({**HEAD, "steps": list(items)}).split("steps:", 1)[1]


def read(text: str) -> object:
    problems = Problems()
    source = load("a.yaml", text, problems)
    assert list(problems) == [], [str(each) for each in problems]
    return source.data


@settings(max_examples=300)
@given(ANY_TEXT, st.booleans())
def test_a_text_means_itself_wherever_it_stands(text, flow):
    written = f"a: [{scalar(text, flow=True)}, x]" if flow else f"a: {scalar(text, flow=False)}\nb: 1"
    assert read(written)["a"] == ([text, "x"] if flow else text)
    assert read(
        f"{scalar(text, flow=False)}: 1" if len(text) < 150 else f"? {scalar(text, flow=False)}\n: 1"
    ) == {text: 1}


@settings(max_examples=300)
@given(ANY_TEXT)
def test_an_unquoted_text_is_a_text_to_yaml_1_1_too(text):
    if is_plain(text, flow=False):
        assert yaml.safe_load(f"a: {text}") == {"a": text}


@settings(max_examples=150)
@given(st.dictionaries(ANY_TEXT, ANY_TEXT, max_size=4), ANY_TEXT)
def test_a_document_of_odd_texts_reads_back(headers, body):
    document = {
        **HEAD,
        "name": body,
        "steps": [{"send-webhook": {"url": "https://a.example", "headers": headers, "body": body}}],
    }
    assert read(emit(document)) == document


@pytest.mark.parametrize(
    ("text", "written"),
    [
        ("plain", "plain"), ("two words", "two words"), ("a-b_c.d/e", "a-b_c.d/e"), ("Größe", "Größe"), ("50% off", "50% off"), ("it's", "it's"), ("日本語", "日本語"), ("😀", "😀"),
        ("", '""'), ("NO", '"NO"'), ("yes", '"yes"'), ("y", '"y"'), ("null", '"null"'), ("~", '"~"'), ("5", '"5"'), ("1.5", '"1.5"'), ("1e3", '"1e3"'), ("0o17", '"0o17"'),
        ("10:30", '"10:30"'), ("2026-01-01", '"2026-01-01"'), ("Email #1", '"Email #1"'), ("a: b", '"a: b"'), ("- a", '"- a"'), ("@a", '"@a"'), ("{{ a }}", '"{{ a }}"'),
        (" a", '" a"'), ("a ", '"a "'), ("a\tb", '"a\\tb"'), ("a\nb", '"a\\nb"'), ("\x00", '"\\0"'), ("\x07", '"\\x07"'), ("\x85", '"\\N"'), ("\u2028", '"\\L"'), ("\u2029", '"\\P"'),
        ("\ufeff", '"\\ufeff"'), ("\xa0", '"\\xa0"'), ('say "hi"', 'say "hi"'), ('"hi"', '"\\"hi\\""'), ("back\\slash", "back\\slash"), ("=", '"="'), ("<<", '"<<"'),
    ],
)  # fmt: skip
def test_a_text_is_quoted_only_where_it_must_be(text, written):
    found = scalar(text, flow=False)
    assert found == written or (text == "\xa0" and read(f"a: {found}") == {"a": text})


@pytest.mark.parametrize(
    ("value", "written"),
    [
        (None, "null"),
        (True, "true"),
        (False, "false"),
        (5, "5"),
        (-1.5, "-1.5"),
        (1e21, "1e+21"),
        (10**20, str(10**20)),
    ],
)
def test_other_scalars_are_written_plainly(value, written):
    assert scalar(value, flow=False) == written
    assert same(read(f"a: {written}")["a"], value)


def test_keys_stand_in_the_schema_s_order_and_free_maps_keep_theirs():
    document = {
        "steps": [{"send-webhook": {"headers": {"z": "1", "a": "2"}, "url": "u", "name": "Hook"}, "id": "x"}],
        "name": "A",
        "kind": "flow",
    }
    assert emit(document) == (
        'kind: flow\nname: A\nsteps:\n  - id: x\n    send-webhook:\n      name: Hook\n      url: u\n      headers:\n        z: "1"\n        a: "2"\n'
    )


def test_delays_conditions_references_and_filters_stand_on_one_line():
    condition = {
        "profile-metric": {
            "metric": {"name": "Placed Order", "integration": "Shopify"},
            "count": {"greater-than": 1},
            "timeframe": {"in-the-last": "30 days"},
        }
    }
    delay = {
        "time-delay": {
            "value": 2,
            "unit": "days",
            "delay_until_time": "10:00",
            "delay_until_weekdays": ["tuesday"],
        }
    }
    assert steps({"conditional-split": {"if": [condition]}}, delay) == (
        "\n  - conditional-split:\n      if:\n"
        "        - profile-metric: {metric: {name: Placed Order, integration: Shopify}, count: {greater-than: 1}, timeframe: {in-the-last: 30 days}}\n"
        '  - time-delay: {value: 2, unit: days, delay_until_time: "10:00", delay_until_weekdays: [tuesday]}\n'
    )


def test_a_list_of_mappings_or_a_long_list_makes_a_block():
    filters = {
        "profile-metric": {
            "metric": "A",
            "count": 0,
            "timeframe": "alltime",
            "metric_filters": [{"property": "Items", "equals": "Mug"}],
        }
    }
    long = {"profile-property": {"property": "City", "in": ["x" * 30, "y" * 30, "z" * 30]}}
    short = {"profile-property": {"property": "City", "in": ["a", "b"]}}
    assert steps({"conditional-split": {"if": [filters, long, short]}}).split("if:\n")[1] == (
        "        - profile-metric:\n            metric: A\n            count: 0\n            timeframe: alltime\n            metric_filters:\n"
        "              - {property: Items, equals: Mug}\n"
        f"        - profile-property:\n            property: City\n            in:\n              - {'x' * 30}\n              - {'y' * 30}\n              - {'z' * 30}\n"
        "        - profile-property: {property: City, in: [a, b]}\n"
    )


def test_a_longer_name_never_changes_the_shape():
    for length in (1, 50, 200):
        text = steps(
            {"conditional-split": {"if": [{"profile-property": {"property": "p" * length, "equals": "x"}}]}}
        )
        assert text.count("\n") == 4


def test_lines_stand_in_a_block_unless_there_are_blanks_that_nobody_sees():
    assert (
        steps({"send-sms": {"body": "one\ntwo"}})
        == "\n  - send-sms:\n      body: |-\n        one\n        two\n"
    )
    assert (
        steps({"send-sms": {"body": "one\n\ntwo\n"}})
        == "\n  - send-sms:\n      body: |\n        one\n\n        two\n"
    )
    assert steps({"send-sms": {"body": "one \ntwo"}}) == '\n  - send-sms:\n      body: "one \\ntwo"\n'
    assert steps({"send-sms": {"body": "\none"}}) == '\n  - send-sms:\n      body: "\\none"\n'


def test_empty_things_and_kinds_without_fields():
    assert steps() == " []\n"
    assert steps({"code": None}, {"back-in-stock-delay": None}) == "\n  - code:\n  - back-in-stock-delay:\n"
    assert "any: []" in emit({"kind": "segment", "name": "A", "definition": [{"any": []}]})
    assert "headers: {}" in steps({"send-webhook": {"url": "u", "headers": {}}})
    assert "status: null" in steps({"status": None, "send-email": {"name": "x"}})


def test_lists_in_lists_are_blocks_in_blocks():
    document = {**HEAD, "steps": [], "raw": {"grid": [[{"a": 1}], [[1, 2], ["line\none"]], []]}}
    assert read(emit(document)) == document


def test_a_key_longer_than_yaml_reads_has_a_question_mark():
    key = "k" * 2_000
    document = {
        **HEAD,
        "steps": [{"send-webhook": {"url": "u", "headers": {key: "v", "b": "c"}}}],
        "raw": {"x": [{key: {"deep": key}}]},
    }
    text = emit(document)
    assert f"? {key}\n" in text
    assert read(text) == document


def test_comments_stand_where_they_belong():
    comments = {
        ("name",): Comment(("# its name",), "# short"),
        ("steps", 0): Comment(("# first",), ""),
        ("#end",): Comment(("# the end",)),
    }
    text = emit({**HEAD, "steps": [{"time-delay": "1 day"}]}, comments)
    assert (
        text
        == "kind: flow\n# its name\nname: A # short\nstatus: draft\nsteps:\n  # first\n  - time-delay: 1 day\n# the end\n"
    )


@pytest.mark.parametrize("seed", range(20))
def test_text_is_the_same_again_byte_for_byte(seed):
    maker = Maker(Random(seed), odd=0.3)
    text, _ = decompile(maker.flow(6))
    assert decompile(compiled(text))[0] == text
    assert emit(read(text)) == text


def test_the_order_of_the_definition_s_keys_does_not_matter():
    definition = Maker(Random(5)).flow(8)
    turned = json.loads(json.dumps(definition), object_pairs_hook=lambda pairs: dict(reversed(pairs)))
    first, second = (emit(lift_flow(each, "A", None, "2026-10-15")[0]) for each in (definition, turned))
    headers = [line for line in first.splitlines() if line not in second.splitlines()]
    assert len(headers) <= 8, "only free maps keep their order"
