"""What all tests share: properties checked the same way every time, commands as typed, opt-in reference folders."""

import signal
import sys
from pathlib import Path

import pytest
from hypothesis import settings

settings.register_profile("flowc", deadline=None, derandomize=True)
settings.load_profile("flowc")

REFERENCE = {
    "test_contract.py": "--contract",
    "test_hidden.py": "--definitions",
    "test_pairs.py": "--definitions",
    "test_real_accounts.py": "--definitions",
}

# They hold many generated cases, or much data, against the rules. Other tests measure the same lines, and tracing
# takes them up to three times as long, so `make test` runs them on their own.
MANY = {
    "test_apply_again",
    "test_apply_bad_input",
    "test_apply_faults",
    "test_apply_odd_content",
    "test_backpopulate_agreement",
    "test_backpopulate_bounds",
    "test_backpopulate_examples",
    "test_backpopulate_hardened",
    "test_backpopulate_project",
    "test_backpopulate_said",
    "test_backpopulate_simulation",
    "test_coverage_moments",
    "test_coverage_planted",
    "test_coverage_states",
    "test_data_refresh",
    "test_diff_shapes",
    "test_diff_truth",
    "test_drift",
    "test_evaluate_agreement",
    "test_hostile",
    "test_kinds",
    "test_layout",
    "test_logic_against_evaluation",
    "test_logic_numbers",
    "test_logic_pairs",
    "test_lower_lift",
    "test_no_changes",
    "test_plan_edits",
    "test_planning_content",
    "test_planning_references",
    "test_planning_replace",
    "test_probe",
    "test_probe_command",
    "test_pytest_plugin",
    "test_report_graph",
    "test_report_graph_layout",
    "test_rules",
    "test_source",
    "test_stale",
    "test_stale_saved",
}


# Started in the background by a script, pytest ignores interrupts, and so would the processes that tests interrupt.
if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:
    signal.signal(signal.SIGINT, signal.default_int_handler)


def _absolute(text):
    """Return a folder's path as it is meant where pytest was started: tests change their folder."""
    return Path(text).resolve()


def pytest_addoption(parser):
    group = parser.getgroup("reference", "tests against published documents and real definitions")
    group.addoption(
        "--contract",
        type=_absolute,
        metavar="DIR",
        help="check the account's answers against DIR/*.json (OpenAPI)",
    )
    group.addoption(
        "--definitions",
        type=_absolute,
        metavar="DIR",
        help="check the account against the pairs in DIR/flows",
    )


def pytest_ignore_collect(collection_path, config):
    """Collect a test that needs a reference folder only where an option names one, and none that the marks leave out.

    To import all files and to make tests of them that are deselected takes a tenth of `make test`.
    """
    if collection_path.parent.name == "reference":
        option = REFERENCE.get(collection_path.name)
        return True if option and config.getoption(option) is None else None
    if collection_path.suffix != ".py" or not collection_path.name.startswith("test_"):
        return None
    many, asked = collection_path.stem in MANY, config.getoption("markexpr").split(" and ")
    return True if ("many" in asked and not many) or ("not many" in asked and many) else None


@pytest.hookimpl(tryfirst=True)
def pytest_collection_modifyitems(items):
    """Mark the tests that `make test` runs without measuring."""
    for item in items:
        if item.path.stem in MANY:
            item.add_marker("many")


@pytest.fixture
def run(tmp_path, monkeypatch, capfd):
    """Run ``flowc ARGUMENTS`` in the test's folder; returns (exit code, stdout, stderr)."""
    from live_kit import SECRET  # noqa: PLC0415 - only tests of commands load the rooms

    from compiler.cli import main  # noqa: PLC0415 - the same

    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("COLUMNS", "100")
    said = []

    def command(*arguments, **environ):
        for name, value in environ.items():
            monkeypatch.setenv(name, value)
        monkeypatch.setattr(sys, "argv", ["flowc", *arguments])
        with pytest.raises(SystemExit) as left:
            main()
        said.append(capfd.readouterr())
        return int(left.value.code or 0), said[-1].out, said[-1].err

    yield command
    assert not [each for each in said if SECRET in each.out + each.err]
    held = [path for path in tmp_path.rglob("*") if path.is_file() and SECRET.encode() in path.read_bytes()]
    assert not held
