"""Of when and of whom coverage speaks: moments of data and inventories, reviews that git knows, accounts of lock files."""

from __future__ import annotations

import json
import os
import subprocess
from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path

import pytest
from click.testing import CliRunner
from coverage_kit import (
    METRICS,
    NOW,
    account,
    days,
    did,
    earlier,
    evidence_of,
    found,
    mail,
    metric,
    report_of,
    rule,
    segment,
    spec,
)

from compiler.commands.coverage import coverage
from compiler.commands.coverage_inputs import history
from compiler.coverage import Inventory, save_inventory
from compiler.coverage.pull_state import STATE
from compiler.coverage.stages import BACK
from compiler.coverage.tracker import History
from compiler.diagnostics import Exit, Problems
from compiler.evaluate import Named, open_tables, write_events, write_profiles
from compiler.lock import lock_of, write_lock
from compiler.project import open_project

PROJECT = "kind: project\nname: fern\ndefault_account: sandbox\naccounts:\n  sandbox: {embedded: .flowc/sandbox.db}\n"
MONTHS = timedelta(days=214)
LATER = NOW + MONTHS
TEXTS = rule(mail())


@pytest.fixture
def project(tmp_path, monkeypatch):
    (tmp_path / "flowc.yaml").write_text(PROJECT, encoding="utf-8")
    (tmp_path / "flows").mkdir()
    monkeypatch.chdir(tmp_path)
    return tmp_path


def saved(inventory: Inventory, name: str = "inventory.json") -> str:
    Path(name).write_text(save_inventory(inventory), encoding="utf-8")
    return name


def run(*words: str) -> tuple[int, str]:
    result = CliRunner().invoke(coverage, words, standalone_mode=False)
    if result.exception is not None:
        raise result.exception
    return result.return_value, result.output


def one_who_opened(folder: Path, at: datetime, pulled: datetime | None = None) -> Path:
    """Write a subscriber who opened an email the day before ``at``; with ``pulled``, as a pull of then would."""
    marketing = {
        "can_receive_email_marketing": True,
        "consent": "SUBSCRIBED",
        "consent_timestamp": "2020-01-01T00:00:00+00:00",
    }
    person = {"id": "01A", "attributes": {"subscriptions": {"email": {"marketing": marketing}}}}
    opened = {
        "id": "e1",
        "attributes": {"datetime": (at - timedelta(days=1)).isoformat(), "event_properties": {}},
        "relationships": {
            "metric": {"data": {"type": "metric", "id": metric("Opened Email")}},
            "profile": {"data": {"type": "profile", "id": "01A"}},
        },
    }
    problems = Problems()
    write_profiles(folder, [person], Named(), problems)
    write_events(folder, [opened], Named(), problems, metrics=[metric(name) for name, _ in METRICS])
    assert not list(problems)
    if pulled is not None:
        state = {
            "account": "AbC123",
            "columns": "",
            "started": pulled.isoformat(),
            "listings": {"profiles": {"parts": 1, "rows": 1, "next": None}},
        }
        (folder / STATE).write_text(json.dumps(state), encoding="utf-8")
    return folder


def members(report, key: str) -> int | None:
    [row] = [row for row in report.rows if row.kind == "entry" and row.entry == key]
    return row.members


def test_rules_are_evaluated_as_of_the_moment_of_the_data_and_not_of_a_later_inventory(tmp_path):
    tables = open_tables(one_who_opened(tmp_path, NOW))
    late = replace(account(), taken=LATER.isoformat())
    assert members(report_of(late, tables=tables), "engaged_30") == 0
    report = report_of(late, tables=tables, tables_at=NOW)
    assert members(report, "engaged_30") == 1
    assert report.stages.since == (NOW - BACK).date()
    assert (
        "The data is as of 2026-11-20 15:30 UTC, and so are the people counted in it; "
        "the inventory is as of 2027-06-22 15:30 UTC." in report.notes
    )


def test_data_without_a_moment_of_its_own_is_taken_to_be_the_inventory_s(tmp_path):
    report = report_of(account(), tables=open_tables(one_who_opened(tmp_path, NOW)))
    assert members(report, "engaged_30") == 1
    assert not any("The data is as of" in note for note in report.notes)


@pytest.mark.parametrize(("taken", "where"), [(LATER, "214 days before"), (NOW - MONTHS, "214 days after")])
def test_data_far_from_the_inventory_is_a_warning_and_is_evaluated_as_of_its_own_moment(
    project, taken, where
):
    one_who_opened(project / "data", NOW, pulled=NOW)
    name = saved(replace(account(), taken=taken.isoformat()))
    code, out = run("--snapshot", name, "--data", "data", "--format", "json")
    assert code == Exit.DONE
    assert (
        f"data F746 warning: it is as of 2026-11-20 15:30 UTC, {where} the inventory, {taken:%Y-%m-%d %H:%M} UTC; "
        "people are counted as they were then" in out
    )
    shown = json.loads(out[out.index("{") : out.rindex("}") + 1])
    [row] = [row for row in shown["tracker"] if row["entry"] == "engaged_30" and row["kind"] == "entry"]
    assert row["members"] == 1


def test_data_of_the_same_day_is_no_warning(project):
    one_who_opened(project / "data", NOW, pulled=NOW)
    name = saved(replace(account(), taken=(NOW + timedelta(hours=23)).isoformat()))
    assert "F746" not in run("--snapshot", name, "--data", "data")[1]


def status(report, key: str) -> tuple[str, str]:
    [row] = [row for row in report.rows if row.kind == "entry" and row.entry == key]
    return row.review_status, str(row.next_review)


def test_what_nobody_reviewed_is_not_reviewed_whether_it_is_in_git_or_not():
    def of(known=None, **more):
        ours = spec("Mail", "new_subscribers", review="quarterly", **more)
        return status(
            report_of(account(segment("Mail", TEXTS)), specs=(ours,), history=known or {}), "new_subscribers"
        )

    assert of() == ("not reviewed", "2027-02-19")
    assert of(reviewed="some day") == ("not reviewed", "2027-02-19")
    assert of(reviewed="2026-11-01") == ("reviewed", "2027-01-31")
    assert of(reviewed="2026-01-01") == ("overdue", "2026-04-02")
    by_git = {"flows/segments/mail.yaml": History(datetime(2026, 10, 2).date(), "Ada")}  # noqa: DTZ001 - a day
    assert of(by_git) == ("reviewed", "2027-01-01")


def test_git_knows_files_by_their_names_whatever_letters_these_have(project):
    names = ["plain.yaml", "käufer.yaml", 'a "quoted" name.yaml', "日本.yaml"]
    environment = {
        **os.environ,
        "GIT_COMMITTER_DATE": "2026-10-02T10:00:00Z",
        "GIT_AUTHOR_DATE": "2026-10-02T10:00:00Z",
    }
    subprocess.run(["git", "init", "-q"], check=True)

    def commit(author: str) -> None:
        who = ["-c", f"user.name={author}", "-c", "user.email=a@fern.example"]
        subprocess.run(["git", "add", "flows"], check=True)
        subprocess.run(["git", *who, "commit", "-q", "-m", "x"], check=True, env=environment)

    for name in names:
        (project / "flows" / name).write_text("one", encoding="utf-8")
    commit("Zoë")
    (project / "flows" / names[1]).write_text("two", encoding="utf-8")
    commit("Ada")
    known = history(open_project(project, Problems()))
    day = datetime(2026, 10, 2).date()  # noqa: DTZ001 - a day
    assert known == {f"flows/{name}": History(day, "Ada" if name == names[1] else "Zoë") for name in names}


def test_a_snapshot_of_another_account_than_the_lock_file_s_is_named(project):
    mine = account()
    other = replace(mine.snapshot, account=replace(mine.snapshot.account, id="Other1"))
    place = open_project(project, Problems())
    name = saved(mine)
    assert "F744" not in run("--snapshot", name)[1]
    write_lock(place, "sandbox", lock_of(other))
    code, out = run("--snapshot", name)
    assert code == Exit.WRONG_SPECS
    assert f"{name} F744 it is of account AbC123, but sandbox is Other1; what follows is about AbC123" in out
    write_lock(place, "sandbox", lock_of(mine.snapshot))
    assert run("--snapshot", name)[0] == Exit.DONE
    settled = PROJECT.replace("sandbox.db}", "sandbox.db, account_id: AbC123}")
    (project / "flowc.yaml").write_text(settled, encoding="utf-8")
    write_lock(place, "sandbox", lock_of(other))
    assert run("--snapshot", name)[0] == Exit.DONE, "the project's file says more than a lock file"


def test_an_earlier_inventory_that_cannot_show_stuck_segments_is_said():
    busy = account(segment("Busy", TEXTS, is_processing=True))

    def of(hours: float) -> tuple[set[str], str]:
        report = report_of(busy, previous=earlier(busy, hours))
        return found(report, "F713"), " ".join(note for note in report.notes if "tuck segments" in note)

    assert of(3) == ({"Busy"}, "")
    assert of(0.5) == (
        set(),
        "The earlier inventory is 30 min older: stuck segments show in two that are an hour or more apart.",
    )
    late = "The earlier inventory (2026-11-20 18:30 UTC) is later than this one (2026-11-20 15:30 UTC): it cannot show stuck segments."
    assert of(-3) == (set(), late)


LONG_AGO = {"type": "date", "operator": "before", "date": "2007-11-22T00:00:00Z"}
NINETIES = {
    "type": "date",
    "operator": "between-static",
    "start": "1990-01-01T00:00:00Z",
    "end": "1999-12-31T00:00:00Z",
}


@pytest.mark.parametrize("window", [LONG_AGO, NINETIES])
def test_a_fixed_day_that_a_profile_s_or_event_s_date_is_compared_with_makes_no_rule_stale(window):
    birthday = {"type": "profile-property", "property": "properties['birthday']", "filter": window}
    assert found(report_of(account(segment("Adults", rule(birthday)))), "F716") == set()
    booked = {
        **did("Placed Order", when=days(30)),
        "metric_filters": [{"property": "Departure", "filter": window}],
    }
    assert found(report_of(account(segment("Trips", rule(booked)))), "F716") == set()


@pytest.mark.parametrize("window", [LONG_AGO, NINETIES])
def test_a_fixed_window_of_events_members_or_consent_that_ended_does(window):
    consented = mail()
    consented["consent"]["consent_status"]["filters"] = [{"field": "status_date", "filter": window}]
    joined = {
        "type": "profile-group-membership",
        "is_member": True,
        "group_ids": ["L"],
        "timeframe_filter": window,
    }
    for condition in (did("Placed Order", when=window), consented, joined):
        report = report_of(account(segment("Ours", rule(condition))))
        assert "its window ended on " in evidence_of(report, "F716", "Ours")
