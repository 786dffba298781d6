"""Lint rules: each one's page with its cases, the rules that are none here, and what they must stay silent about."""

import gc
import json
import re
import time
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from compiler import expand, pages, pipeline, rules, source
from compiler.build import build_project
from compiler.diagnostics import Problems
from compiler.project import open_project
from compiler.rules.base import Subject
from compiler.rules.elsewhere import ELSEWHERE, UNDECIDED

CASES = Path(__file__).parent / "cases" / "rules"
CODES = [rule.code for rule in rules.rules()]
LIFT = [f"F48{n}" for n in range(1, 10)]


def found(folder, text, *, lint=True, revision=None):
    """Return the diagnostics of one flow in a project of its own."""
    (folder / "flows").mkdir(exist_ok=True)
    (folder / "flows" / "a.yaml").write_text(text, encoding="utf-8")
    project = open_project(folder, Problems())
    return pipeline.compile_project(project, lint=lint, revision=revision).diagnostics


def codes(folder, text, **options):
    return {diagnostic.code for diagnostic in found(folder, text, **options)}


def case_files(kind):
    return sorted((CASES / kind).glob("*.yaml"))


@pytest.mark.parametrize("code", [*CODES, *LIFT])
def test_every_rule_has_a_page_with_its_title_and_source(code):
    lines = pages.page(code).rstrip().splitlines()
    assert re.fullmatch(rf"# {code} [A-Z].*[^.]", lines[0])
    assert lines[-1].startswith("Source: ")


@pytest.mark.parametrize("rule", rules.rules(), ids=lambda rule: rule.code)
def test_a_rule_says_what_to_do_in_its_title_and_on_its_page(rule):
    assert pages.page(rule.code).splitlines()[0] == f"# {rule.code} {rule.title.removesuffix('.')}"
    assert rule.source
    assert re.fullmatch(r"[a-z]+(_[a-z]+)+", rule.name)


@pytest.mark.parametrize("code", CODES)
def test_the_bad_cases_of_a_page_give_its_code_and_no_other(code, tmp_path):
    bad = [text for kind, text in pages.cases(code) if kind == "bad"]
    assert bad
    for text in bad:
        assert codes(tmp_path, text) == {code}


@pytest.mark.parametrize("code", CODES)
def test_the_good_cases_of_a_page_give_nothing(code, tmp_path):
    good = [text for kind, text in pages.cases(code) if kind == "good"]
    assert good
    for text in good:
        assert codes(tmp_path, text) == set()


def test_every_rule_of_the_field_is_a_rule_here_or_has_its_reason():
    here = {f"F{code[2:]}" for code in CODES}
    field = {f"F{number:02}" for number in range(1, 44)}
    assert here & field | ELSEWHERE.keys() | UNDECIDED.keys() == field
    assert not here & (ELSEWHERE.keys() | UNDECIDED.keys())
    assert here - field == {f"F{number}" for number in range(44, 51)}


@pytest.mark.parametrize(
    ("rule", "code"), [(rule, code) for rule, listed in ELSEWHERE.items() for code in listed]
)
def test_what_is_caught_elsewhere_is_caught_there(rule, code, tmp_path):
    text = (CASES / "elsewhere" / f"{rule}-{code}.yaml").read_text(encoding="utf-8")
    assert code in codes(tmp_path, text)


@pytest.mark.parametrize("path", case_files("silent"), ids=lambda path: path.stem)
def test_a_flow_that_only_looks_wrong_is_left_alone(path, tmp_path):
    code = path.stem.split("-")[0]
    assert code not in codes(tmp_path, path.read_text(encoding="utf-8"))


@pytest.mark.parametrize("path", case_files("found"), ids=lambda path: path.stem)
def test_the_guilty_line_carries_the_code(path, tmp_path):
    text = path.read_text(encoding="utf-8")
    expected = {
        (number, code)
        for number, line in enumerate(text.split("\n"), 1)
        for code in re.findall(r"# (F4\d\d)\b", line)
    }
    assert expected
    assert {(each.span.line, each.code) for each in found(tmp_path, text)} == expected


def test_a_unique_coupon_is_found_in_a_templates_file_as_the_file_is_now(tmp_path):
    text = """kind: flow
name: Welcome
status: draft
trigger: {list: Newsletter}
reentry: 30 days
steps:
  - send-email:
      subject_line: Hello
      template: {file: emails/code.html}
"""
    email = tmp_path / "flows" / "emails" / "code.html"
    email.parent.mkdir(parents=True)
    cache = tmp_path / "cache.sqlite"

    def lines(html):
        email.write_text(html, encoding="utf-8")
        project = open_project(tmp_path, Problems())
        built = build_project(project, cache=cache).diagnostics
        return [each.span.line for each in built if each.code == "F433"]

    found(tmp_path, text)  # writes the spec
    assert lines("<p>Hello</p>") == []
    assert lines("<p>{% coupon_code 'Welcome' %}</p>") == [9]
    assert lines("<p>HELLO10</p>") == []
    email.unlink()
    assert {"F312"} == codes(tmp_path, text) - {"F420"}


def test_weekdays_on_a_delay_in_hours_are_fine_in_the_beta_revision(tmp_path):
    text = next(text for kind, text in pages.cases("F410") if kind == "bad").replace("reentry: never\n", "")
    assert "F410" in codes(tmp_path, text)
    assert "F410" not in codes(tmp_path, text, revision="2024-10-15.pre")


def test_a_revision_without_reentry_is_not_asked_for_it(tmp_path):
    text = next(text for kind, text in pages.cases("F420") if kind == "bad")
    assert "F420" in codes(tmp_path, text)
    assert "F420" not in codes(tmp_path, text, revision="2025-10-15")


def test_quiet_hours_are_found_under_their_old_name_too(tmp_path):
    text = next(text for kind, text in pages.cases("F422") if kind == "bad").replace("reentry: never\n", "")
    assert "F422" in codes(tmp_path, text, revision="2024-10-15.pre")


def test_without_lint_only_the_errors_remain(tmp_path):
    error = next(text for kind, text in pages.cases("F421") if kind == "bad")
    warning = next(text for kind, text in pages.cases("F412") if kind == "bad")
    assert codes(tmp_path, error, lint=False) == {"F421"}
    assert codes(tmp_path, warning, lint=False) == set()


def test_a_finding_can_be_allowed_with_a_reason(tmp_path):
    text = next(text for kind, text in pages.cases("F412") if kind == "bad")
    allowed = text.replace(
        "time-delay: 3 days", "time-delay: 3 days # allow: F412 the next message is being written"
    )
    assert codes(tmp_path, allowed) == set()


def subjects(count):
    """Return what the rules look at for so many flows of 25 steps."""
    texts = [path.read_text(encoding="utf-8") for path in case_files("speed")]
    out = []
    for number in range(count):
        read = source.load("a.yaml", texts[number % len(texts)], Problems())
        around = expand.Surroundings(read=lambda _: "nothing is read here")
        (document,) = expand.expand(read, around, Problems())
        out.append(pipeline.lower_document(document, Path("a.yaml"), "2026-10-15")[2])
    return out


def seconds_for(listed):
    """Return the processor time that all rules take, with the collector off as the pipeline has it."""
    fresh = [Subject(each.revision, each.flow, each.graph, each.definition, each.actions) for each in listed]
    gc.disable()
    start = time.process_time()
    assert sum(1 for subject in fresh for _ in rules.check(subject)) > 0
    spent = time.process_time() - start
    gc.enable()
    return spent


@pytest.mark.heavy
def test_a_thousand_flows_of_25_steps_are_checked_in_a_quarter_of_a_second():
    listed = subjects(1000)
    assert {len(subject.flow.steps) for subject in listed} == {25}
    rules.rules()
    assert min(seconds_for(listed) for _ in range(5)) < 0.25


JUNK = [
    None,
    0,
    "x",
    [],
    {},
    [None, 7, "x"],
    {"x": 1},
    [{}],
    {"condition_groups": [None, {"conditions": [None, {}]}]},
]
STEPS = [
    "time-delay: 1 day",
    "send-email: {}",
    "send-sms: {body: Hi}",
    "send-webhook: {}",
    "send-whatsapp: {name: Hi}",
    "internal-service: {}",
]
SPLITS = [
    "conditional-split: {}",
    "trigger-split: {}",
    "multi-branch-split: {name: Hi}",
    "ab-test: {main: {send-email: {}}}",
]
FIELDS = [
    "message",
    "status",
    "profile_filter",
    "trigger_filter",
    "branches",
    "current_experiment",
    "main_action",
    "value",
    "unit",
]


@settings(max_examples=400, deadline=None)
@given(
    st.sampled_from([*STEPS, *SPLITS]),
    st.dictionaries(st.sampled_from(FIELDS), st.sampled_from(JUNK), max_size=4),
    st.sampled_from(JUNK),
    st.sampled_from(["{}", "{triggers: 5}", "{triggers: [x]}", "{triggers: [{type: metric, id: []}]}"]),
)
def test_no_shape_under_raw_breaks_a_rule(step, data, junk, whole):
    kind, body = step.split(": ", 1)
    condition = {
        "metric_id": junk,
        "measurement_filter": junk,
        "filter": junk,
        "metric_filters": junk,
        "consent": junk,
    }
    alternatives = [
        {"raw": {"type": name, **condition}} for name in ("profile-metric", "profile-marketing-consent")
    ]
    filters = json.dumps([{"any": alternatives}, *alternatives])
    text = (
        f"kind: flow\nname: A\nstatus: live\ntrigger: {{metric: Placed Order}}\nprofile_filter: {filters}\nraw: {whole}\n"
        f"steps:\n  - {kind}: {body}\n    raw: {json.dumps({'data': data})}\n"
    )
    read = source.load("a.yaml", text, Problems())
    (document,) = expand.expand(read, expand.Surroundings(read=lambda _: "nothing"), Problems())
    _, mistakes, subject = pipeline.lower_document(document, Path("a.yaml"), "2026-10-15")
    assert not mistakes
    assert all(rule.code.startswith("F4") for rule, _ in rules.check(subject))
