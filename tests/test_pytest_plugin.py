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


def test_a_spec_that_does_not_compile_is_an_error_with_its_place(pytester: pytest.Pytester) -> None:
    write(pytester.path, hello=FLOW.replace("send-internal-alert", "send-internal-alrt"))
    result = pytester.runpytest_subprocess("--flowc", *OPTIONS)
    result.assert_outcomes(errors=1)
    result.stdout.fnmatch_lines(["*hello.yaml:7:5 F202 unknown step*did you mean*send-internal-alert*"])


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
