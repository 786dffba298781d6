"""``flowc coverage`` and ``flowc data pull`` as they are typed, and the pages of what they say."""

from __future__ import annotations

import json
import os
import re
import shutil
import signal
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import pytest
from click.testing import CliRunner
from coverage_kit import (
    LATEST,
    METRICS,
    NOW,
    account,
    brand,
    client_of,
    inventory_of,
    metric,
    report_of,
    segment,
)

from compiler import pages, source
from compiler.account.store import Store
from compiler.bind import Names
from compiler.bind.sites import replaced
from compiler.codecs.references import read
from compiler.commands.coverage import coverage
from compiler.commands.coverage_inputs import tables as tables_of
from compiler.commands.data import data
from compiler.coverage import load_inventory, read_inventory, reading, save_inventory
from compiler.coverage.findings import RULES
from compiler.coverage.inventory import Campaign
from compiler.coverage.pull_state import STATE
from compiler.coverage.pulling import Wish, pull_data
from compiler.diagnostics import Exit, Fatal, Problems
from compiler.evaluate import Named, open_tables, write_events, write_profiles
from compiler.pipeline import compile_project
from compiler.project import open_project
from compiler.report.coverage_text import as_text

PROJECT = """
kind: project
name: fern
default_account: sandbox
accounts:
  sandbox: {embedded: .flowc/sandbox.db}
  other: {embedded: .flowc/other.db, account_id: NotIt1}
"""
SEGMENT = """kind: segment
name: SMS subscribers
lifecycle: sms_consented
definition:
  - profile-marketing-consent: {channel: sms, can_receive_marketing: true, subscription: subscribed}
"""
PLAIN = [code for code in pages.codes() if code.startswith("F7") and pages.cases(code)]


@pytest.fixture(scope="module")
def made(tmp_path_factory):
    folder = tmp_path_factory.mktemp("made")
    store = brand(folder / "sandbox.db", 300, 3_000)
    inventory = inventory_of(store)
    store.close()
    (folder / "inventory.json").write_text(save_inventory(inventory), encoding="utf-8")
    return folder


@pytest.fixture
def project(made, tmp_path, monkeypatch):
    (tmp_path / "flowc.yaml").write_text(PROJECT, encoding="utf-8")
    (tmp_path / "flows").mkdir()
    (tmp_path / "flows" / "texts.yaml").write_text(SEGMENT, encoding="utf-8")
    (tmp_path / ".flowc").mkdir()
    shutil.copy(made / "inventory.json", tmp_path)
    shutil.copy(made / "sandbox.db", tmp_path / ".flowc")
    monkeypatch.chdir(tmp_path)
    return tmp_path


def run(command, *words):
    result = CliRunner().invoke(command, words, standalone_mode=False, catch_exceptions=True)
    if isinstance(result.exception, Fatal):
        return int(result.exception.exit_code), result.exception.message
    if result.exception is not None and not isinstance(result.exception, SystemExit):
        raise result.exception
    code = result.return_value if isinstance(result.return_value, int) else result.exit_code
    return code, result.output


def test_the_account_is_read_reported_and_saved(project):
    code, out = run(coverage, "--save", "saved.json")
    assert code == Exit.DONE
    assert "Lifecycle coverage of account" in out
    assert load_inventory(Path("saved.json").read_text(encoding="utf-8")).figures
    assert "+      " in out


@pytest.mark.parametrize("form", ["text", "markdown", "csv", "json", "html"])
def test_a_saved_inventory_gives_the_same_report_every_time(project, form):
    first = run(coverage, "--snapshot", "inventory.json", "--format", form)
    assert first[0] == Exit.DONE
    assert first == run(coverage, "--snapshot", "inventory.json", "--format", form)
    assert "SMS subscribers" in first[1]


def test_check_fails_under_the_threshold_and_for_contradictions(project, made):
    code, out = run(coverage, "--snapshot", "inventory.json", "--check")
    assert code == Exit.CHANGES
    assert 'contradictory: "Back after a break"' in out
    inventory = load_inventory((made / "inventory.json").read_text(encoding="utf-8"))
    kept = tuple(
        one for one in inventory.snapshot.segments if one.name not in ("Back after a break", "Once and again")
    )
    sound = replace(inventory, snapshot=replace(inventory.snapshot, segments=kept))
    Path("sound.json").write_text(save_inventory(sound), encoding="utf-8")
    assert run(coverage, "--snapshot", "sound.json", "--check", "--threshold", "20")[0] == Exit.DONE
    assert run(coverage, "--snapshot", "sound.json", "--check", "--threshold", "90")[0] == Exit.CHANGES


def test_drafts_are_written_once_and_never_over_a_file(project):
    code, out = run(coverage, "--snapshot", "inventory.json", "--write", "drafts")
    assert code == Exit.DONE
    assert "near-store.yaml needs something filled in" in out
    (project / "drafts" / "vip.yaml").write_text("mine", encoding="utf-8")
    _, again = run(coverage, "--snapshot", "inventory.json", "--write", "drafts")
    assert "vip.yaml is there already and stays" in again
    assert (project / "drafts" / "vip.yaml").read_text(encoding="utf-8") == "mine"


def test_drafts_validate_and_plan_as_segments_to_create(project):
    written = run(coverage, "--write", "flows/segments")[1]
    count = int(re.search(r"(\d+) drafts? in", written)[1])
    assert count > 10
    assert (project / "flows" / "segments").is_dir()
    flowc = [sys.executable, "-m", "compiler"]
    unfilled = subprocess.run([*flowc, "plan"], capture_output=True, text=True, check=False)
    assert unfilled.returncode == Exit.WRONG_SPECS
    assert "product-interest.yaml:18:49 F103 ${{ fill_in.category }}: write the category" in unfilled.stderr
    for draft in Path("flows", "segments").iterdir():
        draft.write_text(re.sub(r"\$\{\{ fill_in\.\w+ }}", "Tea", draft.read_text()))
    valid = subprocess.run([*flowc, "validate"], capture_output=True, text=True, check=False)
    assert valid.returncode == Exit.DONE, valid.stdout + valid.stderr
    planned = subprocess.run([*flowc, "plan"], capture_output=True, text=True, check=False)
    assert planned.returncode == Exit.DONE, planned.stdout + planned.stderr
    assert f"to create ({count} segments" in " ".join(planned.stdout.split())


def test_a_catalog_of_the_project_is_used_and_its_mistakes_are_shown_with_their_lines(project):
    (project / "flows" / "catalog.yaml").write_text(
        "kind: catalog\nentries:\n  - {key: near_store, skip: true}\n  - {key: vip, value: riches}\n",
        encoding="utf-8",
    )
    code, out = run(coverage, "--snapshot", "inventory.json")
    assert code == Exit.WRONG_SPECS
    assert "Near a store" not in out
    assert 'flows/catalog.yaml:4:23 F740 "riches" is no value class' in out
    assert run(coverage, "--snapshot", "inventory.json", "--check")[0] == Exit.WRONG_SPECS


def test_inventories_and_data_of_another_account_are_named_and_the_rest_is_reported(project, made):
    inventory = load_inventory((made / "inventory.json").read_text(encoding="utf-8"))
    other = replace(
        inventory,
        snapshot=replace(inventory.snapshot, account=replace(inventory.snapshot.account, id="Other1")),
    )
    Path("other.json").write_text(save_inventory(other), encoding="utf-8")
    code, out = run(coverage, "--snapshot", "inventory.json", "--previous", "other.json")
    assert code == Exit.WRONG_SPECS
    assert "other.json F744 it is of account Other1" in out
    assert "FOUND" in out
    code, out = run(coverage, "--snapshot", "inventory.json", "--account", "other")
    assert code == Exit.WRONG_SPECS
    assert "but other is NotIt1" in out
    (project / "data").mkdir()
    state = {"account": "Other1", "columns": "", "started": NOW.isoformat(), "listings": {}}
    (project / "data" / STATE).write_text(json.dumps(state), encoding="utf-8")
    code, out = run(coverage, "--snapshot", "inventory.json", "--data", "data")
    assert "data F744 it holds the data of account Other1" in out


@pytest.mark.parametrize("text", ["", "{}", "[]", '{"kind": "inventory", "format_version": 9}', '{"kind": "inventory", "format_version": 1, "taken": "soon"}'])  # fmt: skip
def test_a_file_that_is_no_inventory_is_refused(project, text):
    Path("broken.json").write_text(text, encoding="utf-8")
    code, message = run(coverage, "--snapshot", "broken.json")
    assert code != Exit.DONE
    assert "no inventory" in message
    assert run(coverage, "--snapshot", "nowhere.json")[0] == Exit.WRONG_SPECS


def test_an_inventory_that_was_taken_at_no_moment_of_the_world_is_refused(project):
    data = json.loads(Path("inventory.json").read_text(encoding="utf-8"))
    Path("local.json").write_text(json.dumps(data | {"taken": "2026-11-20T15:30:00"}), encoding="utf-8")
    code, message = run(coverage, "--snapshot", "local.json")
    assert code != Exit.DONE
    assert "taken at 2026-11-20T15:30:00, which has no time zone" in message


@pytest.mark.parametrize(
    ("words", "says"),
    [
        (["--save", "."], "--save names a file to write, and . is a folder"),
        (["--save", "flowc.yaml/inventory.json"], "--save needs a folder, and flowc.yaml is a file"),
        (["--write", "flowc.yaml"], "--write needs a folder, and flowc.yaml is a file"),
        (["--write", "flowc.yaml/drafts"], "--write needs a folder, and flowc.yaml is a file"),
    ],
)
def test_a_place_that_cannot_be_written_is_said_before_the_account_is_read(project, words, says):
    shutil.rmtree(project / ".flowc")
    assert run(coverage, *words) == (Exit.WRONG_SPECS, says)
    assert not (project / ".flowc").exists()


def test_data_is_pulled_evaluated_and_not_pulled_twice(project):
    code, out = run(data, "pull", "--out", "data")
    assert code == Exit.DONE
    assert "300 profiles" in out
    assert "rows read now" in out
    assert "all were there already" in run(data, "pull", "--out", "data")[1]
    code, out = run(coverage, "--data", "data")
    assert code == Exit.DONE
    assert "(evaluated profiles)" in out
    assert "in no stage" in out


def test_a_metric_that_the_account_lacks_is_named_with_the_nearest(project):
    code, message = run(data, "pull", "--metric", "Left Reviews")
    assert code == Exit.WRONG_SPECS
    assert 'did you mean "Left Review"?' in message
    assert "events of" in run(data, "pull", "--out", "data", "--metric", "Left Review")[1]


def test_git_says_who_changed_a_file_last_and_when(project):
    environment = {
        **os.environ,
        "GIT_AUTHOR_DATE": "2026-10-02T10:00:00Z",
        "GIT_COMMITTER_DATE": "2026-10-02T10:00:00Z",
    }
    who = ["-c", "user.name=Ada", "-c", "user.email=ada@fern.example"]
    for words in (["init", "-q"], ["add", "flows"], [*who, "commit", "-q", "-m", "Segments"]):
        subprocess.run(["git", *words], check=True, env=environment, capture_output=True)
    out = run(coverage, "--snapshot", "inventory.json", "--format", "json")[1]
    tracker = json.loads(out[out.index("{") :])["tracker"]
    [row] = [row for row in tracker if row["entry"] == "sms_consented" and row["kind"] == "entry"]
    assert (row["owner"], row["next_review"], row["status"]) == ("Ada (git)", "2027-01-01", "covered")


@pytest.fixture
def store(made, tmp_path):
    shutil.copy(made / "sandbox.db", tmp_path / "mine.db")
    opened = Store(tmp_path / "mine.db")
    yield opened
    opened.close()


def account_id(store):
    with client_of(store) as client:
        return client.verify_account()


def wish(store, **more):
    with store.reading() as view:
        ids = {row.body["name"]: row.id for row in view.rows("metric")}
        club = next(row.id for row in view.rows("list") if row.body["name"] == "Tea Club")
        engaged = next(row.id for row in view.rows("segment") if row.body["name"] == "Engaged 90 days")
    usual = {
        "metrics": (ids["Opened Email"], ids["Redeemed Points"]),
        "lists": (club,),
        "segments": (engaged,),
        "named": Named(),
        "predictive": False,
    }
    return Wish(**{**usual, **more})


def test_a_pull_that_was_stopped_goes_on_where_it_was(store, tmp_path, monkeypatch):
    monkeypatch.setattr("compiler.coverage.pulling.PAGES", 1)
    folder, problems, notes = tmp_path / "data", Problems(), []

    def stop(text):
        notes.append(text)
        if len(notes) == 2:
            raise KeyboardInterrupt

    with client_of(store) as client:
        with pytest.raises(KeyboardInterrupt):
            pull_data(client, folder, wish(store), NOW, problems, stop)
        first = pull_data(client, folder, wish(store), NOW, problems, len)
        second = pull_data(client, folder, wish(store), NOW, problems, len)
    assert notes == ["profiles: 100 rows so far", "profiles: 200 rows so far"]
    assert first.profiles == second.profiles == 300
    assert (second.fresh, first.fresh) == (0, first.events + first.memberships + 100)
    tables = open_tables(folder)
    assert tables.profiles.count().to_pyarrow().as_py() == 300
    assert tables.events.count().to_pyarrow().as_py() == first.events > 0
    assert tables.groups == {*wish(store).lists, *wish(store).segments}
    assert tables.metrics == set(wish(store).metrics)
    assert list(problems) == []


CHILD = """
import os, signal, sys
from pathlib import Path
sys.path.insert(0, sys.argv[3])
from coverage_kit import client_of, NOW
from compiler.account.store import Store
from compiler.coverage import pulling
from compiler.diagnostics import Problems
from compiler.evaluate import Named
pulling.PAGES = 1
calls = []
def die(*_):
    calls.append(1)
    if len(calls) == int(sys.argv[4]):
        os.kill(os.getpid(), signal.SIGKILL)
save = pulling.save_state
if sys.argv[5] == "before":
    pulling.save_state = lambda folder, state: (die(), save(folder, state))
store = Store(Path(sys.argv[1]))
wish = pulling.Wish((sys.argv[6],), (), (), Named(), False)
with client_of(store) as client:
    pulling.pull_data(client, Path(sys.argv[2]), wish, NOW, Problems(), die if sys.argv[5] == "after" else len)
"""


@pytest.mark.parametrize(("when", "count"), [("before", 1), ("before", 3), ("after", 2), ("after", 3)])
def test_a_pull_that_was_killed_is_not_used_until_it_has_been_finished(store, tmp_path, when, count):
    folder, problems = tmp_path / "data", Problems()
    metric_id = wish(store).metrics[0]
    words = [store.path, folder, Path(__file__).parent, str(count), when, metric_id]
    child = subprocess.run([sys.executable, "-c", CHILD, *words], check=False, capture_output=True)
    assert child.returncode == -signal.SIGKILL, child.stderr
    own = account(metrics=[("Opened Email", "Klaviyo")])
    mine = replace(
        own, snapshot=replace(own.snapshot, account=replace(own.snapshot.account, id=account_id(store)))
    )
    if (folder / STATE).exists():
        assert tables_of(folder, mine, problems) is None
        assert [diagnostic.code for diagnostic in problems] == ["F745"]
    with client_of(store) as client:
        only = wish(store, metrics=(metric_id,), lists=(), segments=())
        pulled = pull_data(client, folder, only, NOW, Problems(), len)
    assert pulled.profiles == 300
    tables = tables_of(folder, mine, Problems())
    assert tables.profiles.count().to_pyarrow().as_py() == 300
    assert tables.events.count().to_pyarrow().as_py() == pulled.events > 0


def test_a_folder_keeps_to_one_account_and_one_set_of_columns(store, tmp_path):
    folder, problems = tmp_path / "data", Problems()
    with client_of(store) as client:
        pull_data(client, folder, wish(store, metrics=()), NOW, problems, len)
        with pytest.raises(Fatal, match="other properties"):
            pull_data(
                client, folder, wish(store, named=Named(profile=(("favourite", "s"),))), NOW, problems, len
            )
        state = json.loads((folder / STATE).read_text(encoding="utf-8"))
        (folder / STATE).write_text(json.dumps({**state, "account": "Other1"}), encoding="utf-8")
        with pytest.raises(Fatal, match="of account Other1"):
            pull_data(client, folder, wish(store), NOW, problems, len)
        (folder / STATE).write_text("{", encoding="utf-8")
        with pytest.raises(Fatal, match="no state of a pull"):
            pull_data(client, folder, wish(store), NOW, problems, len)


def test_what_a_key_may_not_read_is_left_out_and_said(store):
    with store.writing() as view:
        view.connection.execute("DELETE FROM keys")
    store.add_key(
        "pk_small",
        ["accounts:read", "metrics:read", "lists:read", "segments:read", "flows:read", "tags:read"],
    )
    with client_of(store, key="pk_small") as client:
        inventory = read_inventory(client, LATEST, NOW, len)
    assert [one.split(":")[0] for one in inventory.missing] == ["campaigns"]
    assert inventory.figures
    report = report_of(inventory)
    assert any(note.startswith("Not read: campaigns") for note in report.notes)


def test_other_failures_of_reading_end_the_run(store, monkeypatch):
    def broken(*_):
        raise Fatal("the account is gone")

    monkeypatch.setattr(reading, "_mapped", broken)
    with client_of(store) as client, pytest.raises(Fatal, match="gone"):
        reading.read_inventory(client, LATEST, NOW, len)


def placed(folder, case):
    """Write a page's case as the files of a project."""
    name = "page.yaml"
    files = {}
    for line in case.splitlines():
        if line.startswith("# file: "):
            name = line.removeprefix("# file: ")
        else:
            files.setdefault(name, []).append(line)
    (folder / "flows").mkdir(parents=True)
    for file, lines in files.items():
        (folder / "flows" / file).write_text("\n".join(lines) + "\n", encoding="utf-8")
    return open_project(folder, Problems())


def codes_of(project):
    """What coverage says of an account that holds a project's segments, and of its catalogs."""
    result = compile_project(project, lint=False)
    names = Names(account(metrics=METRICS).snapshot.metrics)
    live = []
    for item in result.compiled:
        definition = replaced(
            item.body["data"]["attributes"]["definition"],
            lambda kind, text: names.find(kind, read(kind, text)).id,
        )
        live.append(segment(item.name, definition, updated=NOW.isoformat()))
    problems = Problems()
    catalogs = [source.load(str(file), file.read_bytes(), problems) for file in project.files()]
    catalogs = [one for one in catalogs if one.data["kind"] == "catalog"]
    letters = [Campaign("c", "Letter", "sent", NOW.isoformat(), (), ())]
    report = report_of(account(*live, campaigns=letters), problems=problems, catalogs=catalogs)
    return {finding.code for finding in report.findings} | {diagnostic.code for diagnostic in problems}


@pytest.mark.parametrize("code", PLAIN)
def test_a_page_s_bad_case_is_found_and_its_good_case_is_not(code, tmp_path):
    assert {kind for kind, _ in pages.cases(code)} == {"bad", "good"}
    for number, (kind, case) in enumerate(pages.cases(code)):
        assert (code in codes_of(placed(tmp_path / str(number), case))) == (kind == "bad")


def test_every_code_of_coverage_has_a_page_that_says_what_to_do():
    ours = {rule.code for rule in RULES} | {"F740", "F741", "F742", "F743", "F744", "F745", "F746"}
    assert ours == {code for code in pages.codes() if code.startswith("F7")}
    assert len(PLAIN) >= 10


def test_a_segment_file_that_does_not_compile_is_named_and_the_rest_is_reported(project):
    (project / "flows" / "broken.yaml").write_text(
        "kind: segment\nname: Ours\ndefinition: nothing\n", encoding="utf-8"
    )
    code, out = run(coverage, "--snapshot", "inventory.json")
    assert code == Exit.WRONG_SPECS
    assert "flows/broken.yaml:3:13 F206" in out
    assert "FOUND" in out


def test_a_project_without_segments_has_none_in_git(project):
    (project / "flows" / "texts.yaml").unlink()
    (project / "flows" / "note.yaml").write_text(
        "kind: fragment\nname: no catalog\nsteps: []\n", encoding="utf-8"
    )
    out = run(coverage, "--snapshot", "inventory.json")[1]
    assert "~" in out
    assert "from the file" not in out


def test_data_without_consent_says_so_and_the_rest_is_reported(tmp_path):
    problems = Problems()
    write_profiles(tmp_path, [{"id": "01A", "attributes": {"email": "ada@fern.example"}}], Named(), problems)
    report = report_of(account(), tables=open_tables(tmp_path))
    assert report.base is None
    assert report.stages is None
    assert any("the data does not say it of 1 person" in note for note in report.notes)
    assert any("does not decide it" in row.evidence for row in report.rows)


def test_events_of_which_nobody_spent_anything_give_no_share_of_revenue(tmp_path):
    problems = Problems()
    marketing = {"can_receive_email_marketing": True, "consent": "SUBSCRIBED"}
    person = {"id": "01A", "attributes": {"subscriptions": {"email": {"marketing": marketing}}}}
    write_profiles(tmp_path, [person], Named(), problems)
    write_events(tmp_path, [], Named(), problems, metrics=[metric("Placed Order")])
    report = report_of(account(), tables=open_tables(tmp_path))
    assert report.stages.outside.profiles == 1
    assert report.stages.outside.revenue_share is None
    assert (
        "and" not in as_text(report).splitlines()[1].partition("of the base")[2].partition(" in no stage")[0]
    )
