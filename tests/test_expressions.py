"""Expressions between ``${{`` and ``}}``: typed, strict, sandboxed, bounded; all else is untouched."""

from __future__ import annotations

import pytest
from generate import ODD_TEXTS
from hypothesis import given
from hypothesis import strategies as st

from compiler.expressions import escape, evaluate, has_expression
from compiler.sandbox import HIGHEST, LARGEST, LONGEST, ExpressionError

SCOPE = {
    "params": {"name": "Spring Sale", "count": 3, "rate": 0.5, "on": True, "nothing": None, "items": ["a", "b"], "deep": {"x": {"y": "z"}}, "empty": "", "big": 1e300},
    "vars": {"brand": "Acme"},
    "account": {"name": "sandbox"},
    "each": {"locale": "fr"},
}  # fmt: skip


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("${{ params.count }}", 3), ("${{ params.rate }}", 0.5), ("${{ params.on }}", True), ("${{ params.nothing }}", None), ("${{params.items}}", ["a", "b"]),
        ("${{ params.deep }}", {"x": {"y": "z"}}), ("${{ params.deep.x.y }}", "z"), ("${{ params['name'] }}", "Spring Sale"), ("${{ params.items[1] }}", "b"),
        ("a ${{ params.count }} b", "a 3 b"), ("${{ params.on }}!", "true!"), ("${{ params.nothing }}.", "."), ("${{ params.name }}${{ each.locale }}", "Spring Salefr"),
        ("${{ params.count + 1 }}", 4), ("${{ params.count * 2 }}", 6), ("${{ 7 % 4 }}", 3), ("${{ 7 // 2 }}", 3), ("${{ -1 }}", -1), ("${{ 'a' ~ 1 }}", "a1"),
        ("${{ 'a' + 'b' }}", "ab"), ("${{ 'x' if params.on else 'y' }}", "x"), ("${{ params.count > 2 }}", True), ("${{ 'a' in params.items }}", True),
        ("${{ params.name | upper }}", "SPRING SALE"), ("${{ params.name | slug }}", "spring-sale"), ("${{ params.name | replace('Sale', 'x') }}", "Spring x"),
        ("${{ params.name | replace('', 'x') }}", "Spring Sale"), ("${{ params.missing | default('d') }}", "d"), ("${{ 1234567 | format_number }}", "1,234,567"),
        ("${{ params.items | join('-') }}", "a-b"), ("${{ params.items | length }}", 2), ("${{ 2.567 | round(1) }}", 2.6), ("${{ '5' | int }}", 5),
        ("${{ {'a': [1, 2]} }}", {"a": [1, 2]}), ("${{ '}}' }}", "}}"), ("${{ \"a'}}b\" }}", "a'}}b"), ("${{ {'a': {'b': 1}} }}", {"a": {"b": 1}}), ("${{ '\\'}}' }}", "'}}"),
        ("", ""), ("plain", "plain"), ("{{ first_name }} {% if x %}y{% endif %} {# c #}", "{{ first_name }} {% if x %}y{% endif %} {# c #}"),
        ("$${{ event.total }}", "${{ event.total }}"), ("$$${{ x }}", "$${{ x }}"), ("a $${{ b }} ${{ params.count }} $${{", "a ${{ b }} 3 ${{"), ("$ {{ x }}", "$ {{ x }}"),
        ("${{ '{{ first_name }}' }}\r\n", "{{ first_name }}\r\n"), ("é ${{ vars.brand }}\n\n", "é Acme\n\n"),
    ],
)  # fmt: skip
def test_an_expression_has_its_value(text, value):
    found = evaluate(text, SCOPE)
    assert found == value
    assert type(found) is type(value)


@pytest.mark.parametrize(
    ("expression", "words"),
    [
        ("params.nmae", 'did you mean "name"?'), ("params.x", "params holds"), ("nothing.x", "in scope: account, each, params, vars"), ("params.deep.q", "not defined"),
        ("", "is empty"), ("1 +", "not understood"), ("a b", "not understood"), ("params.name | shout", "not understood"), ("x" * (LONGEST + 1), "longer than"),
        ("params.__class__", "must not hold __"), ("''['__cl' ~ 'ass__']", ""), ("2 ** 3", "must not hold **"), ("1 << 9", "must not hold <<"), ("range(5)", "calls nothing"),
        ("params.items.append(1)", ""), ("'a'.upper()", "calls nothing"), ("lipsum", "not defined"), ("'ab' * 5", "works on numbers only"),
        ("'%s' % 5", "works on numbers only"), ("1 / 0", "division by zero"), ("1 % 0", ""), ("params.items.x", "not defined"), ("params.items[9]", "not defined"), ("5 | first", ""),
        ("'a' + 1", ""), (f"{HIGHEST} + 1", "number over"), ("1e999", ""), ("1e999 - 1e999", ""), ("params.big * params.big", "number over"), ("params.items | round(2)", ""),
        ("5 | round(-1000000000)", "rounds to 0 to 15"), ("5 | round('x')", "rounds to"), ("[" * 300 + "]" * 300, "nested too deep"),
        ("params.items | sort(attribute='x.y')", ""), ("params | slug()()", "calls nothing"), ("self", "no text"),
    ],
)  # fmt: skip
def test_what_is_wrong_with_an_expression_is_said(expression, words):
    with pytest.raises(ExpressionError) as raised:
        evaluate("${{ " + expression + " }}", SCOPE)
    assert words in str(raised.value)


@pytest.mark.parametrize(
    "expression",
    [
        "(" * 450 + "1" + ")" * 450,
        "- " * 400 + "1",
        "not " * 200 + "1",
        "[" * 190 + "1" + "]" * 190,
        "1 + " * 200 + "1",
    ],
)
def test_a_deep_expression_has_a_value_or_is_refused(expression):
    found = refused = None
    try:
        found = evaluate("${{ " + expression + " }}", SCOPE)
    except ExpressionError as error:
        refused = str(error)
    assert found is not None or "nested too deep" in refused or "no text, number" in refused


def test_a_lone_opening_is_an_error_that_names_the_escape():
    with pytest.raises(ExpressionError, match=r"\$\$\{\{"):
        evaluate("costs ${{ much", SCOPE)


def test_a_list_inside_a_text_is_an_error():
    with pytest.raises(ExpressionError, match="inside a text"):
        evaluate("a ${{ params.items }}", SCOPE)


@pytest.mark.parametrize(
    "expression",
    [
        "params.long ~ params.long ~ params.long",
        "params.long | replace('x', params.long)",
        "[params.long, params.long] | join(params.long)",
        "params.long + params.long + params.long",
        "params.many",
    ],
)
def test_results_are_bounded(expression):
    scope = {"params": {"long": "x" * (LARGEST - 10), "many": list(range(20_000))}}
    with pytest.raises(ExpressionError):
        evaluate("${{ " + expression + " }}", scope)


def test_a_text_of_many_expressions_is_bounded():
    scope = {"params": {"long": "x" * (LARGEST - 10)}}
    with pytest.raises(ExpressionError, match="100,000 is the limit"):
        evaluate("${{ params.long }} ${{ params.long }}", scope)


def test_results_are_no_deeper_than_a_document_needs():
    deep: object = "x"
    for _ in range(15):
        deep = [deep]
    with pytest.raises(ExpressionError, match="no text, number, list or mapping"):
        evaluate("${{ params.deep }}", {"params": {"deep": deep}})


def test_what_is_no_plain_data_is_no_result():
    with pytest.raises(ExpressionError, match="no text, number, list or mapping"):
        evaluate("${{ params.x }}", {"params": {"x": object()}})


@given(st.one_of(st.sampled_from(ODD_TEXTS), st.text(alphabet="${}ab '\"\n", max_size=20)))
def test_escaped_texts_mean_themselves(text):
    assert evaluate(escape(text), {}) == text
    assert has_expression(escape(text)) == has_expression(text)


def test_escaping_walks_a_document_but_not_its_names():
    document = {
        "kind": "${{",
        "id": "${{",
        "next": "${{",
        "steps": [{"send-sms": {"body": "${{ x }} $${{", "n": 5}}],
    }
    assert escape(document) == {**document, "steps": [{"send-sms": {"body": "$${{ x }} $$${{", "n": 5}}]}
