"""Catalogs as people write them: mistakes are said where they stand and end no run, and what is overridden counts."""

from __future__ import annotations

import subprocess
import sys

import pytest
from click.testing import CliRunner
from coverage_kit import LATEST, NOW, account, days, did, evidence_of, found, report_of, rule, segment, volume

from compiler.bind import Names
from compiler.commands.validate import validate
from compiler.coverage import read_catalog, shipped
from compiler.coverage.account import facts_of
from compiler.coverage.fitting import Behaviour, Surroundings, fit
from compiler.coverage.reach import fit_of, reach_of
from compiler.coverage.shapes import shape_of
from compiler.coverage.specs import catalogs_of, specs_of
from compiler.diagnostics import Exit, Problems
from compiler.project import open_project
from compiler.source import load

WINDOWS = """kind: catalog
name: mine
entries:
  - key: two_windows
    stage: grow
    title: Two windows
    needs: [placed_order]
    params:
      a: {type: integer, default: 30, minimum: 7, maximum: 60}
      b: {type: integer, default: 90, minimum: 7, maximum: 120}
    definition:
      - profile-metric: {metric: "@placed_order", count: {greater-than-or-equal: 1}, timeframe: {in-the-last: "${{ params.a }} days"}}
      - profile-metric: {metric: "@placed_order", count: {greater-than-or-equal: 1}, timeframe: {in-the-last: "${{ params.b }} days"}}
"""
NUMBER = """kind: catalog
entries:
  - key: cold
    stage: grow
    title: Cold
    params: {degrees: {type: integer, default: -1%s}}
    definition:
      - profile-property: {property: "properties['Degrees']", equals: "${{ params.degrees }}"}
"""
SEGMENT = """kind: %s
name: SMS subscribers
lifecycle: sms_consented
definition:
  - profile-marketing-consent: {channel: sms, can_receive_marketing: true, subscription: subscribed}
"""
FIRST, SECOND = "default: 30, minimum: 7, maximum: 60", "default: 90, minimum: 7, maximum: 120"


def source(text):
    problems = Problems()
    read = load("ours.yaml", text, problems)
    assert list(problems) == []
    return read


def fitted_of(text, key, **figures):
    facts = facts_of(account())
    around = Surroundings(Behaviour(NOW, **figures), facts.roles, Names(()), LATEST)
    problems = Problems()
    rows = fit(read_catalog([shipped(problems), source(text)], problems), around, problems)
    assert list(problems) == []
    return next(one for one in rows if one.entry.key == key)


def ordered(*windows):
    return rule(*(did("Placed Order", when=days(window)) for window in windows))


def ours(definition, text):
    """Whether a segment is the entry of a catalog, by its reach."""
    return fit_of(shape_of(definition), reach_of(fitted_of(text, "two_windows"))) is not None


def said(text):
    """What is wrong with a catalog that is read after the shipped one: (line, code, message)."""
    problems = Problems()
    report = report_of(account(), problems=problems, catalogs=[source(text)])
    assert len(report.fitted) >= 37
    return [(one.span.line, one.code, one.message) for one in problems]


def test_two_thresholds_whose_ends_coincide_end_no_run_and_each_keeps_its_range():
    assert said(WINDOWS) == []
    report = report_of(account(segment("Both", ordered(40, 100))), catalogs=[source(WINDOWS)])
    assert "with thresholds of its own" in evidence_of(report, "F701", "two_windows")
    assert ours(ordered(7, 120), WINDOWS)
    assert not ours(ordered(40, 121), WINDOWS)
    assert not ours(ordered(61, 100), WINDOWS)
    assert not ours(ordered(40), WINDOWS)


def ranges(text):
    """The middle, least and most of the last slot of each condition of ``two_windows``."""
    listed = [one for clause in reach_of(fitted_of(text, "two_windows")).clauses for one in clause]
    return {(one.slots[-1], one.low[-1], one.high[-1]) for one in listed}


def test_thresholds_that_change_places_at_their_ends_keep_their_own_ranges():
    text = WINDOWS.replace(FIRST, "default: 30, minimum: 7, maximum: 200").replace(
        SECOND, "default: 90, minimum: 60, maximum: 120"
    )
    assert ranges(text) == {(30, 7, 200), (90, 60, 120)}


def test_two_conditions_that_are_the_same_in_the_middle_share_the_wider_range():
    assert ranges(WINDOWS.replace(SECOND, "default: 30, minimum: 20, maximum: 120")) == {(30, 7, 120)}


def test_a_condition_whose_shape_hangs_on_a_threshold_has_no_range():
    before = 'timeframe: {in-the-last: "${{ params.b }} days"}'
    after = "timeframe: \"${{ 'alltime' if params.a < 10 else {'in-the-last': '90 days'} }}\""
    assert before in WINDOWS
    assert ranges(WINDOWS.replace(before, after)) == {(30, 7, 60), (90, 90, 90)}


def test_an_entry_whose_number_of_conditions_hangs_on_a_threshold_has_no_ranges():
    one = "{'profile-metric': {'metric': '@placed_order', 'count': {'greater-than': %s}, 'timeframe': 'alltime'}}"
    both, all_ = (", ".join(one % count for count in counts) for counts in ((2, 3), (2, 3, 4)))
    grows = f'      - any: "${{{{ [{both}] if params.a > 10 else [{all_}] }}}}"\n'
    middles = ranges(WINDOWS[: WINDOWS.rindex("      - ")] + grows)
    assert all(low == middle == high for middle, low, high in middles)
    assert 30 in {middle for middle, _, _ in middles}


@pytest.mark.parametrize("definition", [-1, -2])
def test_a_threshold_at_or_below_zero_can_be_compared(definition):
    degrees = {"type": "numeric", "operator": "equals", "value": definition}
    colder = rule({"type": "profile-property", "property": "properties['Degrees']", "filter": degrees})
    report = report_of(
        account(segment("Cold", colder)), catalogs=[source(NUMBER % ", minimum: -5, maximum: 0")]
    )
    assert ("cold" in found(report, "F701")) is True
    strict = report_of(account(segment("Cold", colder)), catalogs=[source(NUMBER % "")])
    assert ("cold" in found(strict, "F701")) is (definition == -1)


@pytest.mark.parametrize(
    ("change", "line", "code", "says"),
    [
        ((FIRST, FIRST + ', adapts: {to: engaged_window, times: "x"}'), 9, "F740", 'times of "a" is a number up to 1,000,000, not "x"'),
        ((FIRST, FIRST + ", adapts: {to: engaged_window, times: 1e308}"), 9, "F740", 'times of "a" is a number up to 1,000,000, not "1e+308"'),
        ((FIRST, FIRST + ", adapts: {to: engaged_window, plus: }"), 9, "F740", 'plus of "a" is a number up to 1,000,000, not nothing'),
        ((FIRST, FIRST + ", adapts: {to: engaged_window, time: 2}"), 9, "F740", 'adapts has no "time"; did you mean "times"?'),
        ((FIRST, FIRST + ", adapts: {to: [engaged_window]}"), 9, "F740", '"a" adapts to one of buying_cycle, average_order, engaged_window, last_year, as in {to: buying_cycle, times: 1.5}'),
        (("{type: integer, " + FIRST, "{type: string, default: x, adapts: {to: engaged_window}"), 9, "F740", '"a" adapts, so its type is integer or number'),
        (("{type: integer, " + FIRST, "{type: days, " + FIRST), 9, "F740", '"days" is no type of "a"; one of string, integer, number, boolean, array'),
        (("{type: integer, " + FIRST, "{type: string, default: 30"), 9, "F740", 'the default of "a" is a text, not "30"; quote it'),
        (("default: 30", "default: soon"), 9, "F740", 'the default of "a" is a whole number, not "soon"'),
        (("default: 30", "default: true"), 9, "F740", 'the default of "a" is a whole number, not "true"'),
        (("minimum: 7, maximum: 60", "minimum: 7, maximum: true"), 9, "F740", 'minimum and maximum of "a" are numbers'),
        (("needs: [placed_order]", "needs: placed_order"), 7, "F740", 'needs is a list, not "placed_order"'),
        (("needs: [placed_order]", "needs: [placed_order]\n    uses: ads"), 8, "F740", 'uses is a list, not "ads"'),
        (("needs: [placed_order]", "needs: [placed_order, {a: b}]"), 7, "F740", "needs is a list of texts, not of a mapping"),
        (("needs: [placed_order]", "needs: [placed_order]\n    uses: [5]"), 8, "F740", 'uses is a list of texts, not of "5"'),
        (("title: Two windows", "title: 2"), 6, "F740", 'title is a text, not "2"'),
        (("title: Two windows", "title: Two windows\n    rule: [a]"), 7, "F740", "rule is a text, not a list"),
        (("title: Two windows", "title: Two windows\n    value: [retention]"), 7, "F740", "value is a text, not a list"),
        (("title: Two windows", "title: Two windows\n    cadence: {every: year}"), 7, "F740", "cadence is a text, not a mapping"),
        (("title: Two windows", "title: Two windows\n    source: 2024"), 7, "F740", 'source is a text, not "2024"'),
        (("title: Two windows", 'title: Two windows\n    skip: "yes"'), 7, "F740", 'skip is true or false, not "yes"'),
        (("title: Two windows", "titel: Two windows\n    title: Two"), 6, "F740", 'an entry has no "titel"; did you mean "title"?'),
        (("key: two_windows", "key: 5"), 4, "F740", "an entry needs its key, the text by which specs name it"),
    ],
)  # fmt: skip
def test_a_field_of_another_type_is_one_mistake_where_it_stands(change, line, code, says):
    assert change[0] in WINDOWS
    assert said(WINDOWS.replace(change[0], change[1], 1)) == [(line, code, says)]


def test_a_definition_that_is_no_list_is_one_mistake():
    text = WINDOWS[: WINDOWS.index("    definition:")] + "    definition: everybody\n"
    assert said(text) == [(11, "F740", 'definition is a list, not "everybody"')]


def test_fields_and_thresholds_without_a_value_are_as_good_as_absent():
    bare = WINDOWS.replace(
        "    title: Two windows\n", "    title: Two windows\n    uses:\n    value:\n    cadence:\n    skip:\n"
    )
    assert said(bare) == []
    plain = NUMBER.replace(
        "    params: {degrees: {type: integer, default: -1%s}}\n", "    params:\n"
    ).replace("${{ params.degrees }}", "7")
    assert said(plain) == []


def test_every_mistake_of_a_definition_is_said_at_its_own_line():
    text = WINDOWS.replace("greater-than-or-equal: 1", "more-than: 1")
    assert [(line, code) for line, code, _ in said(text)] == [(12, "F740"), (13, "F740")]
    later = WINDOWS.replace("${{ params.b }} days", "${{ params.b }} moons")
    [(line, code, says)] = said(later)
    assert (line, code) == (13, "F740")
    assert "moons" in says


def test_a_default_of_one_s_own_holds_against_the_inherited_fitting():
    vip = "kind: catalog\nentries:\n  - {key: vip, params: {spend: {%s}}}\n"
    assert fitted_of(vip % "default: 1000", "vip", average_order=41).values["spend"] == 1000
    assert fitted_of(vip % "default: 1000", "vip", average_order=41).adapted == ()
    assert fitted_of(vip % "minimum: 30", "vip", average_order=41).values["spend"] == 164
    both = fitted_of(vip % "default: 1000, adapts: {to: average_order, times: 10}", "vip", average_order=41)
    assert both.values["spend"] == 410
    assert fitted_of(vip % "adapts: ", "vip", average_order=41).values["spend"] == 500


def test_a_threshold_may_go_without_its_type_and_is_never_a_bare_value():
    assert said(WINDOWS.replace("type: integer, ", "")) == []
    bare = "kind: catalog\nentries:\n  - {key: vip, params: {spend: 5}}\n"
    says = 'the parameter "spend" needs a mapping such as {type: integer, default: 30}'
    assert said(bare) == [(3, "F740", says)]


def test_the_tracker_says_the_default_of_one_s_own():
    volumes = {"PlacedOrder": volume(value=41)}
    text = "kind: catalog\nentries:\n  - {key: vip, params: {spend: {default: 1000}}}\n"
    shown = {}
    for catalogs in ((), (source(text),)):
        report = report_of(account(volumes=volumes), catalogs=catalogs)
        shown[len(catalogs)] = next(row for row in report.rows if row.entry == "vip")
    assert "1000 spent" in shown[1].rule
    assert "1000 spent" not in shown[0].rule
    assert "spend" in shown[0].evidence
    assert "spend" not in shown[1].evidence


def test_a_range_that_ends_at_zero_holds():
    adapts = "default: 0, minimum: 0, maximum: %s, adapts: {to: engaged_window, times: %s}"
    low = WINDOWS.replace(FIRST, "default: 9, minimum: 7, maximum: 60").replace(SECOND, adapts % (5, -1))
    low = low.replace("${{ params.b }} days", "${{ params.b + 1 }} days")
    assert fitted_of(low, "two_windows", engaged_window=60).values["b"] == 0
    assert fitted_of(low.replace("times: -1", "times: 1"), "two_windows", engaged_window=60).values["b"] == 5


def test_a_mistyped_key_under_skip_is_a_warning_with_the_nearest_key():
    problems = Problems()
    text = "kind: catalog\nentries:\n  - {key: vip, skip: true}\n  - {key: near_stoer, skip: true}\n"
    entries = read_catalog([shipped(problems), source(text)], problems)
    [warning] = problems
    assert (warning.code, warning.severity, warning.span.line, warning.span.column) == (
        "F743",
        "warning",
        4,
        11,
    )
    assert warning.message == 'no catalog before has the entry "near_stoer"; did you mean "near_store"?'
    assert "vip" not in {entry.key for entry in entries}
    assert "near_store" in {entry.key for entry in entries}


def test_a_mistyped_key_of_an_override_names_the_nearest():
    assert said("kind: catalog\nentries:\n  - {key: near_stoer, title: Close by}\n") == [
        (3, "F740", 'the entry "near_stoer" needs its stage and its definition; did you mean "near_store"?')
    ]
    assert said("kind: catalog\nentries:\n  - {key: vip, title: ''}\n") == [
        (3, "F740", 'the entry "vip" needs its title')
    ]


@pytest.fixture
def project(tmp_path, monkeypatch):
    (tmp_path / "flows").mkdir()
    monkeypatch.chdir(tmp_path)
    return tmp_path


@pytest.mark.parametrize("kind", ["segment", '"segment"', "'segment'", " segment", "segment # of texts"])
def test_a_segment_is_told_by_its_kind_however_that_is_written(kind, project):
    (project / "flows" / "texts.yaml").write_text(SEGMENT % kind, encoding="utf-8")
    (project / "flows" / "note.yaml").write_text(
        "kind: fragment\nsteps: []\n# kind: segment\n", encoding="utf-8"
    )
    problems = Problems()
    [one] = specs_of(open_project(project, problems), LATEST, {}, problems)
    assert list(problems) == []
    assert (one.name, one.lifecycle) == ("SMS subscribers", "sms_consented")


def test_a_file_that_may_be_a_segment_and_cannot_be_read_is_named(project):
    (project / "flows" / "texts.yaml").write_text(SEGMENT % "segment" + "  - [\n", encoding="utf-8")
    (project / "flows" / "flow.yaml").write_text("kind: flow\nname: A segment #1\n", encoding="utf-8")
    problems = Problems()
    opened = open_project(project, problems)
    assert specs_of(opened, LATEST, {}, problems) == ()
    assert catalogs_of(opened, problems) == ()
    assert {one.span.file for one in problems} == {"flows/texts.yaml"}


def run(*words):
    result = CliRunner().invoke(validate, words, standalone_mode=False)
    assert result.exception is None, result.exception
    return result.return_value, result.stdout


def test_validate_says_the_mistakes_of_catalogs_that_show_without_an_account(project):
    text = (
        WINDOWS.replace("needs: [placed_order]", "needs: placed_order")
        + """  - {key: near_stoer, skip: true}
  - {key: vip, cadence: hourly, value: riches}
  - key: buyers
    stage: grow
    title: Buyers
    definition:
      - profile-metric: {metric: "@placed_order", count: {more-than: 1}, timeframe: alltime}
  - key: again
    stage: acquire
    title: Again
    needs: [placed_order]
    definition:
      - profile-marketing-consent: {channel: email, can_receive_marketing: true, subscription: subscribed}
      - profile-metric: {metric: "@placed_order", count: {greater-than-or-equal: 2}, timeframe: alltime}
"""
    )
    (project / "flows" / "audiences.yaml").write_text(text, encoding="utf-8")
    status, out = run()
    lines = [line for line in out.splitlines() if line.startswith("flows/")]
    assert [line.split()[:2] for line in lines] == [
        ["flows/audiences.yaml:7:12", "F206"],
        ["flows/audiences.yaml:14:11", "F743"],
        ["flows/audiences.yaml:15:25", "F740"],
        ["flows/audiences.yaml:15:40", "F740"],
        ["flows/audiences.yaml:20:59", "F202"],
        ["flows/audiences.yaml:21:5", "F741"],
    ]
    assert 'did you mean "near_store"?' in lines[1]
    assert 'it has the same rule as "repeat_buyers"' in lines[-1]
    assert status == Exit.WRONG_SPECS


def test_validate_says_nothing_of_a_catalog_that_is_sound_or_not_asked_for(project):
    (project / "flows" / "audiences.yaml").write_text(WINDOWS, encoding="utf-8")
    (project / "flows" / "later.yaml").write_text(
        "kind: catalog\nentries:\n  - {key: two_windows, cadence: hourly}\n  - {key: vip, skip: true}\n",
        encoding="utf-8",
    )
    assert run("flows/audiences.yaml") == (Exit.DONE, "")
    status, out = run("flows/later.yaml")
    assert status == Exit.WRONG_SPECS
    assert out.startswith('flows/later.yaml:3:33 F740 "hourly" is no cadence')


def test_validate_of_a_project_without_catalogs_does_not_load_coverage(project):
    (project / "flows" / "texts.yaml").write_text(SEGMENT % "segment" + "# no catalog\n", encoding="utf-8")
    asked = (
        "import sys; from click.testing import CliRunner; from compiler.commands.validate import validate; "
        "CliRunner().invoke(validate, standalone_mode=False); print(any(m.startswith('compiler.coverage') for m in sys.modules))"
    )
    done = subprocess.run(
        [sys.executable, "-c", asked], capture_output=True, text=True, check=True, cwd=project
    )
    assert done.stdout.strip() == "False"
    (project / "flows" / "audiences.yaml").write_text(WINDOWS, encoding="utf-8")
    done = subprocess.run(
        [sys.executable, "-c", asked], capture_output=True, text=True, check=True, cwd=project
    )
    assert done.stdout.strip() == "True"
