"""Mistakes at their lines: each case in ``cases/bad`` carries the expected codes, each in ``cases/good`` its payload."""

from __future__ import annotations

import json
import re
import shutil
from collections.abc import Iterator
from pathlib import Path
from random import Random
from typing import Any

import pytest
from click.testing import CliRunner
from equality import canonical
from generate import Maker

from compiler import kinds, schema, validate
from compiler.cli import cli
from compiler.codecs.shapes import SHAPES
from compiler.diagnostics import Problems
from compiler.expand.document import Document
from compiler.lift import lift_flow, lift_segment
from compiler.pipeline import Compilation, compile_project
from compiler.project import open_project
from compiler.source import Source
from compiler.wording import WORDS
from compiler.wording.meant import STEPS, TRIGGERS

CASES = Path(__file__).parent / "cases"
EXPECTED = re.compile(r"# (F\d{3}(?: F\d{3})*)$")
BAD = sorted(CASES.glob("bad/*"))
GOOD = sorted(CASES.glob("good/*.yaml"))


def compiled(case: Path, folder: Path) -> tuple[Compilation, set[tuple[str, int, str]]]:
    """Return the compilation of a case's file or project, and the (file, line, code) of each error."""
    if case.is_dir():
        shutil.copytree(case, folder, dirs_exist_ok=True)
    else:
        (folder / "flows").mkdir()
        shutil.copy(case, folder / "flows")
    problems = Problems()
    compilation = compile_project(open_project(folder, problems))
    problems.extend(compilation.problems)
    errors = [each for each in problems if each.severity == "error" and not each.code.startswith("F4")]
    return compilation, {(each.span.file, each.span.line, each.code) for each in errors}


def expected(case: Path) -> Iterator[tuple[str, int, str]]:
    """Yield the (file, line, code) that the comments of a case announce."""
    for path in sorted(case.rglob("*.yaml")) if case.is_dir() else [case]:
        name = path.relative_to(case).as_posix() if case.is_dir() else f"flows/{path.name}"
        for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), 1):
            if match := EXPECTED.search(line):
                yield from ((name, number, code) for code in match[1].split())


@pytest.mark.parametrize("case", BAD, ids=lambda case: case.stem)
def test_a_mistake_is_found_at_its_line_and_nothing_else_is(case, tmp_path):
    _, found = compiled(case, tmp_path)
    assert found == set(expected(case))
    assert found, "a bad case has a mistake"


@pytest.mark.parametrize("case", GOOD, ids=lambda case: case.stem)
def test_a_good_case_compiles_to_its_payload(case, tmp_path):
    compilation, found = compiled(case, tmp_path)
    assert found == set()
    bodies = [item.body for item in compilation.compiled]
    wanted = json.loads(case.with_suffix(".json").read_text(encoding="utf-8"))
    assert bodies == [wanted]
    assert list(bodies[0]["data"]["attributes"]) == list(wanted["data"]["attributes"])


def test_the_cases_cover_the_codes_of_loading_expanding_schema_and_references():
    codes = {code for case in BAD for _, _, code in expected(case)}
    wanted = {
        f"F{number}"
        for number in (*range(101, 112), *range(201, 209), *range(301, 305), 310, 312, *range(501, 509))
    } - {"F109"}
    assert codes >= wanted


# ---------------------------------------------------------------- the two judges


def documents() -> Iterator[tuple[str, dict[str, Any]]]:
    """Yield documents, most of them spoiled in one place."""
    for seed in range(60):
        random = Random(seed)
        maker = Maker(random)
        whole = (
            lift_flow(maker.flow(3), "A", None, kinds.default_revision())[0]
            if seed % 3
            else lift_segment(maker.segment(), "A", kinds.default_revision())[0]
        )
        yield whole["kind"], whole
        for _ in range(5):
            spoiled = json.loads(json.dumps(whole))
            places = list(_places(spoiled))
            holder, key = random.choice(places)
            holder[key] = random.choice((None, True, 5, "x", [], {}, ["x"], {"x": 1}, "1 day"))
            yield whole["kind"], spoiled


def _places(value: Any) -> Iterator[tuple[Any, Any]]:
    for key, item in value.items() if isinstance(value, dict) else enumerate(value):
        if key != "kind":
            yield value, key
        if isinstance(item, dict | list):
            yield from _places(item)


def test_the_quick_judge_and_the_thorough_one_agree():
    verdicts = set()
    for kind, data in documents():
        quick = validate.is_valid(kind, data)
        assert quick == validate._thorough(kind).is_valid(data), data
        assert quick == validate.Judge(kind).says(data), "a judge of the first document's kinds says the same"
        verdicts.add(quick)
    assert verdicts == {True, False}


def test_every_rule_of_the_schemas_has_words():
    rules = set()
    for kind in schema.DOCUMENTS:
        rules |= set(_rules(schema.document(kind)))
    annotations = {
        "$schema",
        "$ref",
        "$defs",
        "title",
        "description",
        "default",
        "format",
        "examples",
        "properties",
        "items",
        "if",
        "then",
        "else",
        "allOf",
        "dependentSchemas",
    }
    assert rules - annotations <= set(WORDS)


def _rules(node: Any) -> Iterator[str]:
    for key, value in node.items():
        if key in ("default", "examples") or key.startswith("x-"):
            continue
        yield key
        named = key in ("properties", "dependentSchemas", "$defs")
        parts = value.values() if named else value if isinstance(value, list) else [value]
        for part in parts if key not in ("enum", "const", "required") else ():
            if isinstance(part, dict):
                yield from _rules(part)


def judged(data: dict[str, Any]) -> list[tuple[str, str]]:
    return [
        (code, message)
        for code, message, _, _ in validate.validate(Document(Source("a.yaml", "", data), data))
    ]


def flow(**more: Any) -> dict[str, Any]:
    return {"kind": "flow", "name": "A", "trigger": {"list": "B"}, "steps": [], **more}


@pytest.mark.parametrize(
    ("data", "message"),
    [
        ({}, "the document needs its kind, the first line: one of blueprint, catalog, flow, fragment, project, segment"),
        ({"kind": "segmnt"}, '"segmnt" is no kind of document; did you mean "segment"?'),
        ({"kind": ["flow"]}, "a list is no kind of document"),
        (flow(stpes=[]), 'a flow has no "stpes"; did you mean "steps"?'),
        (flow(steps=[{"send-emial": {}}]), 'unknown step "send-emial"; did you mean "send-email"?'),
        (flow(steps=[{"body": "x", "send-sms": {"body": "x"}}]), '"body" is a field of send-sms; indent it below send-sms'),
        (flow(steps=[{"send-sms": {"name": "x"}}]), 'send-sms needs "body"'),
        (flow(steps=[{"send-email": {"subject_line": True}}]), 'subject_line is a text; quote it: "true"'),
        (flow(steps=[{"send-email": {"subject_line": {"{ first_name }": None}}}]), 'subject_line is a text; quote it: "{{ ... }}"'),
        (flow(steps=[{"send-email": {"subject_line": []}}]), "subject_line is a text, not a list"),
        (flow(steps=[{"time-delay": {"value": -1}}]), "value is at least 0, not -1"),
        (flow(steps=[{"time-delay": {"value": 1, "unit": "dyas"}}]), 'unit cannot be "dyas"; did you mean "days"?'),
        (flow(steps=[{}]), "an empty mapping; it needs one key that says what it is"),
        (flow(steps=[{"id": "1st", "time-delay": "1 day"}]), '"1st" is no handle; start with a letter, go on with letters, digits, - and _ (not end or none)'),
        (flow(trigger={"metirc": "B"}), 'unknown trigger "metirc"; did you mean "metric"?'),
        (flow(profile_filter=[{"metric-property": {}}]), "metric-property cannot stand here; these can:"),
        (flow(profile_filter=[{"profile-smaple": 5}]), 'unknown condition "profile-smaple"; did you mean "profile-sample"?'),
        (flow(profile_filter=[{"profile-property": {"property": "a", "is-set": False}}]), 'write "not-set: true" instead of "is-set: false"'),
        (flow(profile_filter=[{"profile-property": {"property": "a"}}]), "needs an operator, such as equals, not-equals"),
        (flow(profile_filter=[{"profile-metric": {"metric": "a", "timeframe": "alltime"}}]), "needs count or sum"),
        (flow(profile_filter=[{"profile-metric": {"metric": "a", "timeframe": "alltime", "count": 1, "sum": 2}}]), '"sum" does not go with metric: a, timeframe: alltime, count: 1'),
        (flow(profile_filter=[{"profile-group-membership": {"is_member": True, "groups": [{"list": "a", "segment": "b"}]}}]), "only one of list, segment"),
        (flow(profile_filter=[{"profile-property": {"property": "a", "equals": {"moon": "x"}}}]), 'no field "moon" here'),
        (flow(steps=[{"target-date": {"target_time": "9:30"}}]), '"9:30" is no time of day; write one like "09:30"'),
        (flow(steps=[{"send-mobile-push": {"body": "a", "badge_options": {"badge_config": "set_count"}}}]), 'badge_options needs "value"'),
        (flow(steps=[{"use": "x.yaml"}]), 'unknown step "use"'),
        (flow(steps=[{"time-delay": 3600}]), 'time-delay is a length of time, such as 2 days, 1 hour or 60 minutes, not "3600"'),
        (flow(steps=[{"time-delay": None}]), "time-delay is a length of time, such as 2 days, 1 hour or 60 minutes, not nothing"),
        (flow(reentry=30), 'reentry is never, always or a length of time, such as 1 hour, 2 days or 2 weeks, not "30"'),
        (flow(trigger={"date": {"date_field_type": "profile-property", "before": 7}}), 'before is a length of time, such as 2 days, 2 weeks or 1 month, not "7"'),
        (flow(profile_filter=[{"profile-property": {"property": "a", "in-the-last": 30}}]), 'in-the-last is a length of time, such as 1 hour, 2 days or 2 weeks, not "30"'),
        (flow(profile_filter=[{"profile-metric": {"metric": "a", "count": 0, "timeframe": {"between": [1, "2 days"]}}}]), 'each item of between is a length of time, such as 1 hour, 2 days or 2 weeks, not "1"'),
        (flow(steps=["time-delay"]), 'a step is a mapping; a colon is missing; write "- time-delay:"'),
        (flow(steps=["time-delay 1 day"]), 'a step is a mapping; a colon is missing; write "- time-delay: 1 day"'),
        (flow(steps=["time-delay:1 day"]), 'a step is a mapping; a blank is missing behind the colon; write "time-delay: 1 day"'),
        (flow(steps=[None]), 'a step is a mapping; write its kind and a colon, such as "- time-delay: 1 day"'),
        (flow(steps=[5]), 'a step is a mapping; write its kind and a colon, such as "- time-delay: 1 day"'),
        (flow(steps=[{"conditional-split": {"if": [None], "then": []}}]), "a condition is a mapping, not nothing"),
        (flow(steps={"send-email": {}}), 'steps is a list; put a dash before each item: "- send-email: ..."'),
        (flow(steps={"-\u00a0send-email": {}}), "steps is a list; a no-break space (U+00A0) is no blank to YAML; type a blank instead"),
        (flow(steps=[{"send-email": "name:Hi"}]), 'send-email is a mapping; a blank is missing behind the colon; write "name: Hi"'),
        (flow(steps=[{"send-email": "name:\u00a0Hi"}]), "send-email is a mapping; a no-break space (U+00A0) is no blank to YAML; type a blank instead"),
        (flow(steps=[{"send-email": {"\u00a0name": "Hi"}}]), "a no-break space (U+00A0) stands beside the name, which is no blank to YAML; type a blank instead"),
        (flow(**{"-send-email": {}}), 'a blank is missing behind the dash; write "- send-email:"'),
        (flow(profile_filter=[{"profile-property": {"property:a": None, "equals": "b"}}]), 'a blank is missing behind the colon; write "property: a"'),
        (flow(steps=[{"wait": "1 hour"}]), 'unknown step "wait"; did you mean "time-delay"?'),
        (flow(steps=[{"E_Mail": {}}]), 'unknown step "E_Mail"; did you mean "send-email"?'),
        (flow(steps=[{"sms": {}}]), 'unknown step "sms"; did you mean "send-sms"?'),
        (flow(steps=[{"if": []}]), 'unknown step "if"; did you mean "conditional-split"?'),
        (flow(steps=[{"xyzzy": {}}]), 'unknown step "xyzzy"; it is one of ab-test, action-output-split, back-in-stock-delay,'),
        (flow(steps=[{"subject_line": "x"}]), '"subject_line" is no step but a field of send-email or send-internal-alert; write the step above it'),
        (flow(profile_filter=[{"xyzzy": {}}]), 'unknown condition "xyzzy"; it is one of profile-'),
        (flow(trigger={"xyzzy": {}}), 'unknown trigger "xyzzy"; it is one of date, list, low-inventory, metric, price-drop, segment'),
        (flow(trigger={"event": "x"}), 'unknown trigger "event"; did you mean "metric"?'),
        (flow(trigger="Newsletter"), "trigger is a mapping; write {list: Newsletter}, {segment: Newsletter} or {metric: Newsletter}"),
        (flow(trigger="A: b"), 'trigger is a mapping; write {list: "A: b"}, {segment: "A: b"} or {metric: "A: b"}'),
        (flow(trigger=["x"]), "trigger is a mapping, not a list"),
        (flow(tags="recover"), "tags is a list; write [recover]"),
        (flow(tags="a, b"), 'tags is a list, not "a, b"'),
        (flow(tags=[5]), 'each item of tags is a text; quote it: "5"'),
        (flow(steps=[{"send-email": {"subject_line": ["Sale"]}}]), 'subject_line is a text; quote it: "[Sale]"'),
        (flow(steps=[{"send-email": {"subject_line": {"Sale": None}}}]), 'subject_line is a text; quote it: "{Sale}"'),
        (flow(steps=[{"send-email": {"subject_line": {"a": "b"}}}]), "subject_line is a text, not a mapping"),
        (flow(steps=[{"time-delay": {"value": 1, "timezone": "Mars/Base"}}]), 'timezone cannot be "Mars/Base"; write one such as profile, UTC, Europe/Berlin, America/New_York'),
        (flow(steps=[{"time-delay": {"value": 1, "timezone": "Europe/Berln"}}]), 'timezone cannot be "Europe/Berln"; did you mean "Europe/Berlin"?'),
        ({"kind": "segment", "name": "A", "trigger": {"list": "B"}, "status": "draft", "steps": []}, "with trigger and steps this looks like a flow; write kind: flow"),
        ({"kind": "flow", "name": "A", "definition": []}, "with definition this looks like a segment; write kind: segment"),
        ({"kind": "segment", "name": "A", "entries": []}, "with entries this looks like a catalog; write kind: catalog"),
    ],
)  # fmt: skip
def test_what_is_wrong_is_said_in_the_words_of_the_language(data, message):
    assert any(said.startswith(message) for _, said in judged(data)), judged(data)


def test_a_document_under_another_kind_s_name_is_one_mistake_at_its_kind():
    data = {"kind": "segment", "name": "A", "status": "draft", "trigger": {"list": "B"}, "steps": []}
    assert [
        (code, path) for code, _, path, _ in validate.validate(Document(Source("a.yaml", "", data), data))
    ] == [("F201", ("kind",))]


def said_of(text: str, folder: Path) -> list[str]:
    """Return what is said of a project with one flow file."""
    (folder / "flows").mkdir(exist_ok=True)
    (folder / "flows/a.yaml").write_text(text, encoding="utf-8")
    problems = Problems()
    compilation = compile_project(open_project(folder, problems))
    problems.extend(compilation.problems)
    return [each.message for each in problems if not each.code.startswith("F4")]


@pytest.mark.parametrize("written", ["1.10", "1e3", "5.", "-0", "True", "TRUE", "12", "false"])
@pytest.mark.parametrize(
    "around",
    ["preview_text: {}", "preview_text: {} # a comment", "preview_text:\t{}", "preview_text:\n        {}"],
)
def test_a_text_is_to_be_quoted_as_it_is_written(written, around, tmp_path):
    line = around.format(written)
    text = f"kind: flow\nname: A\ntrigger: {{list: B}}\nsteps:\n  - send-email:\n      subject_line: a\n      {line}\n"
    assert said_of(text, tmp_path) == [f'preview_text is a text; quote it: "{written}"']


def test_an_item_of_a_list_is_to_be_quoted_as_it_is_written(tmp_path):
    text = "kind: segment\nname: A\ndefinition:\n  - profile-property: {property: a, in: [1.10, b, 1.0]}\n"
    assert said_of(text, tmp_path) == [
        f'each item of in is a text or a mapping; quote it: "{written}"' for written in ("1.10", "1.0")
    ]


def test_a_text_of_a_fragment_is_to_be_quoted_as_the_fragment_writes_it(tmp_path):
    (tmp_path / "flows").mkdir()
    (tmp_path / "flows/part.yaml").write_text(
        "kind: fragment\nsteps:\n  - send-email: {name: a, subject_line: 1.10}\n", encoding="utf-8"
    )
    text = "kind: flow\nname: A\ntrigger: {list: B}\nsteps:\n  - use: part.yaml\n"
    assert 'subject_line is a text; quote it: "1.10"' in said_of(text, tmp_path)


def test_a_number_that_nobody_wrote_is_to_be_quoted_as_it_is_shown(tmp_path):
    text = (
        "kind: flow\nfor_each: {n: [1.50]}\nname: A ${{ each.n }}\ntrigger: {list: B}\n"
        'steps:\n  - send-email: {name: a, subject_line: "${{ each.n }}"}\n'
    )
    assert said_of(text, tmp_path) == ['subject_line is a text; quote it: "1.5"']


@pytest.mark.parametrize(
    ("word", "hint"),
    [("plna", '; did you mean "plan"?'), ("validaet", '; did you mean "validate"?'), ("xyzzy", "")],
)
def test_a_command_that_is_none_is_told_with_the_nearest(word, hint):
    done = CliRunner().invoke(cli, [word])
    assert done.output.rstrip().endswith(f'Error: No such command "{word}"{hint}')
    assert done.exit_code != 0


def test_every_other_name_of_a_kind_is_no_kind_itself():
    assert set(STEPS.values()) <= set(kinds.names("actions"))
    assert set(TRIGGERS.values()) <= set(kinds.names("triggers"))
    assert not set(STEPS) & set(kinds.names("actions"))
    assert not set(TRIGGERS) & set(kinds.names("triggers"))


def test_an_expression_stands_for_any_scalar_of_a_blueprint():
    inner = {
        "name": "A",
        "trigger": {"list": "B"},
        "steps": [{"time-delay": {"value": "${{ params.days }}", "unit": "${{ params.unit }}"}}],
    }
    assert judged({"kind": "blueprint", "name": "A", "flow": inner}) == []
    assert (
        judged(
            {"kind": "blueprint", "name": "A", "flow": {**inner, "steps": [{"time-delay": {"value": "x"}}]}}
        )
        != []
    )


def test_what_a_kind_needs_may_stand_in_the_patch_beside_it():
    raw = {"raw": {"data": {"message": {"body": {"new": "shape"}}}}}
    assert judged(flow(steps=[{"send-sms": {"name": "x"}, **raw}])) == []
    assert judged(flow(steps=[{"send-sms": {"nmae": "x"}, **raw}])) != []


def test_more_than_a_hundred_mistakes_are_counted_not_shown():
    found = judged(flow(steps=[{"send-emial": number} for number in range(500)]))
    assert len(found) == validate.MOST + 1
    assert found[-1][0] == "F209"


def test_every_filter_shape_says_what_its_value_is():
    for name, shape in SHAPES.items():
        assert {"type", "enum", "const"} & shape.value.keys(), name


def test_equality_is_no_coincidence():
    maker = Maker(Random(1))
    assert canonical(maker.flow(3)) != canonical(maker.flow(3))
