"""JSON in: responses, create bodies, bare definitions, listings; mistakes at their own line."""

from __future__ import annotations

import json
from pathlib import Path
from random import Random

import pytest
from equality import canonical
from generate import Maker, body, graph_flow
from through_yaml import compiled

from compiler import definitions, kinds
from compiler.convert import decompile_file
from compiler.diagnostics import Problems

REVISION = kinds.default_revision()


def found(data: object) -> list[definitions.Definition]:
    problems = Problems()
    out = definitions.read("a.json", json.dumps(data), problems)
    assert list(problems) == []
    return out


def test_a_bare_definition_a_create_body_and_a_response_are_found():
    definition = graph_flow([[None]])
    response = {"data": {"id": "x", "attributes": {"name": "B", "status": "live", "definition": definition}}}
    bare, create, answer = found(definition), found(body(definition, "A")), found(response)
    assert [(each[0].kind, each[0].name, each[0].status) for each in (bare, create, answer)] == [
        ("flow", None, None),
        ("flow", "A", None),
        ("flow", "B", "live"),
    ]
    assert answer[0].path == ("data", "attributes", "definition")
    assert answer[0].data == definition


def test_a_listing_holds_several_and_a_segment_is_one():
    groups = {"condition_groups": []}
    listing = {
        "data": [
            {"attributes": {"name": "A", "definition": groups}},
            {"attributes": {"name": "B", "definition": groups}},
        ]
    }
    assert [(each.kind, each.name) for each in found(listing)] == [("segment", "A"), ("segment", "B")]


@pytest.mark.parametrize(
    ("text", "code", "line"),
    [
        ("{", "F003", 1),
        ('{\n  "a": 1,\n}', "F003", 3),
        ("[]", "F488", 1),
        ("[" * 5_000 + "]" * 5_000, "F005", 1),
    ],
)
def test_what_is_no_definition_is_said(text, code, line):
    problems = Problems()
    assert definitions.read("a.json", text, problems) == []
    assert [(each.code, each.span.line) for each in problems] == [(code, line)]


def test_a_finding_stands_at_its_line_of_json(tmp_path):
    definition = graph_flow([[1], [None], [None]])
    path = tmp_path / "a.json"
    path.write_text(json.dumps(definition, indent=1))
    problems = Problems()
    (text,) = decompile_file(path, REVISION, problems)
    lost = next(each for each in problems if each.code == "F486")
    assert '"hello-2"' in "\n".join(path.read_text().splitlines()[lost.span.line - 1 : lost.span.line + 2])
    assert "name: a\n" in text


def test_a_literal_expression_in_a_definition_is_escaped(tmp_path):
    definition = graph_flow([[None]])
    definition["actions"][0] = {
        "temporary_id": "1",
        "type": "send-sms",
        "links": {"next": None},
        "data": {"message": {"body": "${{ event.total }}"}, "status": "draft"},
    }
    definition["entry_action_id"] = "1"
    path = tmp_path / "a.json"
    path.write_text(json.dumps(body(definition, "Price of ${{ x }}")))
    problems = Problems()
    (text,) = decompile_file(path, REVISION, problems)
    assert 'body: "$${{ event.total }}"' in text or "body: $${{ event.total }}" in text
    assert canonical(compiled(text)) == canonical(definition)


@pytest.mark.parametrize("seed", range(10))
def test_a_file_of_each_form_gives_the_same_text(seed, tmp_path: Path):
    definition = Maker(Random(seed)).flow(4)
    texts = set()
    for form in (definition, body(definition, "a"), [body(definition, "a")]):
        path = tmp_path / "a.json"
        path.write_text(json.dumps(form))
        texts |= set(decompile_file(path, REVISION, Problems()))
    assert len(texts) == 1
