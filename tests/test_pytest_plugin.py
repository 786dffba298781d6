from pathlib import Path

import pytest

pytest_plugins = ["pytester"]

FLOW = "kind: flow\nname: Hello\nstatus: draft\ntrigger:\n  list: Newsletter\nsteps:\n  - send-internal-alert:\n      subject_line: Hi\n      to_emails: [a@example.com]\n"
BLUEPRINT = """\
kind: blueprint
name: reminder
params:
  wait: {type: string}
examples:
  - {wait: 1 hour}
  - {wait: 2 days}
flow:
  trigger: {list: Newsletter}
  steps:
    - time-delay: ${{ params.wait }}
"""
OPTIONS = ("-p", "no:cacheprovider", "-p", "no:cov", "-p", "no:xdist", "-p", "no:randomly")


def write(folder: Path, **files: str) -> None:
    (folder / "flowc.yaml").write_text("kind: project\nname: p\nflows: flows/\n")
    for name, text in files.items():
        path = folder / "flows" / f"{name}.yaml"
        path.parent.mkdir(exist_ok=True)
        path.write_text(text)


def test_every_flow_and_example_is_compared_with_its_snapshot(pytester: pytest.Pytester) -> None:
    write(pytester.path, hello=FLOW, reminder=BLUEPRINT)
    pytester.runpytest_subprocess("--flowc", "--snapshot-update", *OPTIONS).assert_outcomes(passed=3)
    assert '"subject_line": "Hi"' in (pytester.path / "flows" / "__snapshots__" / "hello.ambr").read_text()
    pytester.runpytest_subprocess("--flowc", *OPTIONS).assert_outcomes(passed=3)
    write(pytester.path, hello=FLOW.replace("Hi", "Bye"), reminder=BLUEPRINT)
    pytester.runpytest_subprocess("--flowc", *OPTIONS).assert_outcomes(passed=2, failed=1)


def test_nothing_is_collected_unless_asked_for(pytester: pytest.Pytester) -> None:
    write(pytester.path, hello=FLOW)
    pytester.runpytest_subprocess(*OPTIONS).assert_outcomes()


def test_a_spec_that_does_not_compile_is_one_failure_that_says_why_and_the_others_run(
    pytester: pytest.Pytester,
) -> None:
    wrong = FLOW.replace("send-internal-alert", "send-internal-alrt").replace("Hello", "Wrong")
    write(pytester.path, hello=FLOW, wrong=wrong + "    status: drft\n")
    result = pytester.runpytest_subprocess("--flowc", "--snapshot-update", *OPTIONS)
    result.assert_outcomes(passed=1, failed=1)
    result.stdout.fnmatch_lines(
        [
            "_* test_wrong_compiles _*",
            "flows/wrong.yaml:7:5 F202 unknown step*did you mean*send-internal-alert*",
        ]
    )
    result.stdout.no_fnmatch_line("*.py:*")
    result.stdout.no_fnmatch_line("*Interrupted*")


@pytest.mark.heavy
def test_a_spec_that_is_broken_for_a_while_keeps_its_snapshots(pytester: pytest.Pytester) -> None:
    write(pytester.path, hello=FLOW, bye=FLOW.replace("Hello", "Bye"))
    pytester.runpytest_subprocess("--flowc", "--snapshot-update", *OPTIONS).assert_outcomes(passed=2)
    write(pytester.path, bye="kind: flow\n")
    pytester.runpytest_subprocess("--flowc", "--snapshot-update", *OPTIONS).assert_outcomes(
        passed=1, failed=1
    )
    kept = pytester.path / "flows" / "__snapshots__" / "bye.ambr"
    assert '"subject_line": "Hi"' in kept.read_text()
    write(pytester.path, bye=FLOW.replace("Hello", "Bye"))
    pytester.runpytest_subprocess("--flowc", *OPTIONS).assert_outcomes(passed=2)


@pytest.mark.heavy
def test_wrong_examples_of_a_blueprint_are_told_at_their_places_and_the_others_run(
    pytester: pytest.Pytester,
) -> None:
    more = "  - {wait: 1 dayz}\n  - {weit: 1 day}\n  - {wait: 3 days}\nflow:"
    write(pytester.path, reminder=BLUEPRINT.replace("flow:", more))
    result = pytester.runpytest_subprocess("--flowc", "--snapshot-update", *OPTIONS)
    result.assert_outcomes(passed=3, failed=1)
    result.stdout.fnmatch_lines(
        [
            'flows/reminder.yaml:8:5 F502 "dayz" is no unit*(via flows/reminder.yaml:14)',
            'flows/reminder.yaml:9:5 F108 no parameter "weit"; did you mean "wait"?',
        ]
    )


@pytest.mark.heavy
def test_a_blueprint_that_stamps_what_no_schema_allows_fails(pytester: pytest.Pytester) -> None:
    write(pytester.path, reminder=BLUEPRINT.replace("time-delay:", "time-dealy:"))
    result = pytester.runpytest_subprocess("--flowc", *OPTIONS)
    result.assert_outcomes(failed=1)
    result.stdout.fnmatch_lines(["flows/reminder.yaml:*F202*did you mean*time-delay*"])


@pytest.mark.heavy
def test_a_wrong_project_file_is_told_by_its_name_and_files_beside_the_flows_are_left_alone(
    pytester: pytest.Pytester,
) -> None:
    write(pytester.path, hello=FLOW)
    (pytester.path / "compose.yaml").write_text("services: [\n")
    pytester.runpytest_subprocess("--flowc", "--snapshot-update", *OPTIONS).assert_outcomes(passed=1)
    (pytester.path / "flowc.yaml").write_text("kind: project\nname: p\nflow: flows/\n")
    result = pytester.runpytest_subprocess("--flowc", *OPTIONS)
    result.assert_outcomes(failed=1)
    result.stdout.fnmatch_lines(["flowc.yaml:3:1 F202 *did you mean*flows*"])


@pytest.mark.heavy
def test_names_that_differ_only_in_signs_are_two_tests(pytester: pytest.Pytester) -> None:
    each = FLOW.replace("name: Hello\n", "name: Hello ${{ each.l }}\nfor_each: {l: [a-b, a_b]}\n")
    write(pytester.path, hello=each)
    pytester.runpytest_subprocess("--flowc", "--snapshot-update", *OPTIONS).assert_outcomes(passed=2)


def test_a_folder_of_definitions_comes_back_equal(pytester: pytest.Pytester) -> None:
    folder = pytester.mkdir("corpus")
    (folder / "one.json").write_text(
        '{"condition_groups": [{"conditions": [{"type": "profile-sample-of-2030", "x": 1}]}]}'
    )
    (folder / "two.json").write_text(
        '{"triggers": [{"type": "list", "id": "L"}], "actions": [], "entry_action_id": null}'
    )
    (folder / "none.json").write_text("{}")
    pytester.runpytest_subprocess("--corpus", str(folder), *OPTIONS).assert_outcomes(passed=2)


def test_a_definition_that_no_text_can_say_fails(pytester: pytest.Pytester) -> None:
    folder = pytester.mkdir("corpus")
    (folder / "bad.json").write_text('{"triggers": [], "actions": [], "entry_action_id": null}')
    result = pytester.runpytest_subprocess("--corpus", str(folder), *OPTIONS)
    result.assert_outcomes(failed=1)
    result.stdout.fnmatch_lines(["*F487*"])
