"""Every flow of the project, and every flow of a seeded account, is answered over the data of that account."""

import json
import shutil
import sqlite3
from pathlib import Path

import pytest
from sandbox_kit import call

from compiler.commands.account import account
from compiler.commands.backpopulate import backpopulate
from compiler.commands.data import data
from compiler.commands.live import lock
from compiler.diagnostics import Exit, Fatal, Problems
from compiler.pipeline import compile_project
from compiler.project import open_project

pytest.importorskip("ibis")
HERE = Path(__file__).parent.parent
OVERRIDDEN = ("--allow", "coupon", "--allow", "flow-status")


@pytest.fixture(scope="module")
def made(tmp_path_factory):
    """Return a copy of the project with a seeded account, the names of its live flows, and data for all of them."""
    folder = tmp_path_factory.mktemp("project")
    shutil.copytree(HERE / "flows", folder / "flows")
    shutil.copy(HERE / "flowc.yaml", folder)
    with pytest.MonkeyPatch.context() as patch:
        patch.chdir(folder)
        assert call(account, "seed", "--small")[0] == Exit.DONE
        with sqlite3.connect(".flowc/sandbox.db") as found:
            bodies = dict(found.execute("select body, type from resources where type in ('flow', 'metric')"))
        names = {kind: [] for kind in ("flow", "metric")}
        for body, kind in bodies.items():
            names[kind].append(json.loads(body)["name"])
        words = [word for kind, ones in names.items() for name in ones for word in (f"--{kind}", name)]
        assert call(data, "pull", *words, "--out", "data")[0] == Exit.DONE
        assert call(lock)[0] == Exit.DONE
    return folder, sorted(set(names["flow"]))


@pytest.fixture
def project(made, monkeypatch):
    monkeypatch.chdir(made[0])
    return made


def answered(*words):
    """Return whether a flow is simulated; where the data does not have who triggers it, a sentence says so."""
    try:
        _, text = call(backpopulate, *words, "--data", "data", "--format", "json", *OVERRIDDEN)
    except Fatal as fatal:
        if "the data holds no " in fatal.message:
            return False
        raise
    found = json.loads(text)
    simulated = found["simulation"]
    assert (simulated is not None) == found["eligible"]
    if simulated is None:
        return False
    assert simulated["added"] + sum(row["count"] for row in simulated["left_out"]) == simulated["triggered"]
    return True


@pytest.mark.heavy
def test_every_live_flow_of_a_seeded_account_is_answered_over_its_data(project):
    _, names = project
    asked = {name: answered(name, "--account", "sandbox") for name in names}
    assert (len(asked), sum(asked.values())) == (20, 15)  # the others begin at dates, prices and stock


@pytest.mark.heavy
def test_every_flow_of_the_project_is_answered_over_the_data_of_a_seeded_account(project):
    folder, _ = project
    specs = compile_project(open_project(folder, Problems()), lint=False).compiled
    asked = {spec.name: answered(spec.name) for spec in specs if spec.kind == "flow"}
    simulated = {name for name, numbers in asked.items() if numbers}
    assert len(simulated) > 10
    # These ask for several metrics and lists at once.
    assert simulated >= {"Recover | Abandoned cart", "Recover | Browse abandonment"}
