"""How old pulled data is: ``flowc data pull`` says it and renews it, and who counts people is warned."""

from __future__ import annotations

import json
import shutil
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from backpopulate_worlds import chain, person, write_people
from click.testing import CliRunner
from coverage_kit import NOW, brand, client_of

from compiler.account.store import Store
from compiler.commands import data as data_command
from compiler.commands.backpopulate import backpopulate
from compiler.commands.data import data
from compiler.commands.past import data_of
from compiler.commands.tables import moment_of, objection
from compiler.coverage import pull_state
from compiler.coverage.pull_state import STATE, read_state
from compiler.coverage.pulling import Wish, pull_data
from compiler.diagnostics import Exit, Fatal, Problems
from compiler.evaluate import Named, open_tables, profile_column

LATER = NOW + timedelta(days=214)
PROJECT = "kind: project\nname: fern\ndefault_account: sandbox\naccounts:\n  sandbox: {embedded: .flowc/sandbox.db}\n"


@pytest.fixture(scope="module")
def made(tmp_path_factory):
    folder = tmp_path_factory.mktemp("made")
    brand(folder / "sandbox.db", 300, 3_000).close()
    return folder


@pytest.fixture
def store(made, tmp_path):
    shutil.copy(made / "sandbox.db", tmp_path / "mine.db")
    opened = Store(tmp_path / "mine.db")
    yield opened
    opened.close()


def ids(store, kind):
    with store.reading() as view:
        return {row.body["name"]: row.id for row in view.rows(kind)}


@pytest.fixture
def wish(store):
    metrics = ids(store, "metric")
    return Wish(
        (metrics["Opened Email"], metrics["Redeemed Points"]),
        (ids(store, "list")["Tea Club"],),
        (),
        Named(),
        predictive=False,
    )


def pulled(store, folder, wish, at=NOW, note=len, **more):
    with client_of(store) as client:
        return pull_data(client, folder, wish, at, Problems(), note, **more)


def parts(folder):
    return sorted(str(path.relative_to(folder)) for path in folder.rglob("*.parquet"))


def count(table):
    return table.count().to_pyarrow().as_py()


def test_a_refresh_brings_the_folder_to_its_own_moment_and_leaves_what_is_not_flowc_s(
    store, tmp_path, wish, monkeypatch
):
    folder = tmp_path / "data"
    monkeypatch.setattr("compiler.coverage.pulling.PAGES", 1)
    first = pulled(store, folder, wish)
    assert (first.at, len(list((folder / "profiles").glob("*")))) == (NOW, 3)
    own = [
        folder / name for name in ("mine.csv", "profiles/notes.txt", "events/metric=Mine01/part-mine.parquet")
    ]
    own[2].parent.mkdir()
    for path in own:
        path.write_bytes(b"mine")
    monkeypatch.setattr("compiler.coverage.pulling.PAGES", 50)
    only = replace(wish, metrics=wish.metrics[:1], lists=())
    again = pulled(store, folder, only, LATER, refresh=True)
    assert (again.at, again.fresh, again.memberships) == (LATER, again.profiles + again.events, 0)
    assert [path.read_bytes() for path in own] == [b"mine"] * 3
    shutil.rmtree(own[2].parent)
    assert parts(folder) == [
        f"events/metric={wish.metrics[0]}/part-00000.parquet",
        "profiles/part-00000.parquet",
    ]
    tables = open_tables(folder)
    assert (count(tables.profiles), count(tables.events)) == (300, again.events)
    assert (tables.metrics, tables.groups) == ({wish.metrics[0]}, frozenset())
    assert moment_of(folder) == LATER


def test_without_refresh_a_finished_pull_stays_as_it_is(store, tmp_path, wish):
    first = pulled(store, tmp_path / "data", wish)
    assert pulled(store, tmp_path / "data", wish, LATER) == replace(first, fresh=0)


def test_a_refresh_takes_other_columns_and_never_another_account(store, tmp_path, wish):
    folder = tmp_path / "data"
    pulled(store, folder, wish)
    wider = replace(wish, named=Named(profile=(("favourite", "s"),)))
    with pytest.raises(Fatal, match="other properties; pull anew with --refresh"):
        pulled(store, folder, wider)
    pulled(store, folder, wider, LATER, refresh=True)
    assert profile_column("favourite", "s") in open_tables(folder).profiles.columns
    state = json.loads((folder / STATE).read_text(encoding="utf-8"))
    (folder / STATE).write_text(json.dumps({**state, "account": "Other1"}), encoding="utf-8")
    before = parts(folder)
    with pytest.raises(Fatal, match="of account Other1"):
        pulled(store, folder, wish, LATER, refresh=True)
    assert parts(folder) == before


class _DiedError(Exception):
    """Stands for the end of the process."""


@pytest.mark.parametrize("after", [0, 1, 4])
def test_a_refresh_that_died_while_clearing_is_not_used_and_goes_on(
    store, tmp_path, wish, monkeypatch, after
):
    folder = tmp_path / "data"
    monkeypatch.setattr("compiler.coverage.pulling.PAGES", 1)
    pulled(store, folder, wish)
    whole, removed, unlink = parts(folder), [], Path.unlink
    assert len(whole) > 5

    def dying(path, **more):
        if len(removed) == after:
            raise _DiedError
        removed.append(path)
        unlink(path, **more)

    monkeypatch.setattr("compiler.coverage.pulling.PAGES", 50)
    with monkeypatch.context() as patch:
        patch.setattr(Path, "unlink", dying)
        with pytest.raises(_DiedError):
            pulled(store, folder, wish, LATER, refresh=True)
    assert len(parts(folder)) == len(whole) - after
    assert objection(folder, "") == ("F745", "its pull was stopped at profiles; run flowc data pull again")
    done = pulled(store, folder, wish, LATER + timedelta(days=1))
    assert (done.at, done.fresh) == (LATER, done.profiles + done.events + done.memberships)
    tables = open_tables(folder)
    assert (count(tables.profiles), count(tables.events), count(tables.memberships)) == (
        300,
        done.events,
        done.memberships,
    )
    assert objection(folder, "") is None


def test_a_refresh_that_died_while_pulling_goes_on_or_begins_anew(store, tmp_path, wish, monkeypatch):
    folder = tmp_path / "data"
    monkeypatch.setattr("compiler.coverage.pulling.PAGES", 1)
    pulled(store, folder, wish)

    def stop(_):
        raise _DiedError

    with pytest.raises(_DiedError):
        pulled(store, folder, wish, LATER, stop, refresh=True)
    assert read_state(folder).unfinished
    assert parts(folder) == ["profiles/part-00000.parquet"]
    (folder / "profiles" / "part-00001.parquet").write_bytes(b"written, and not yet in pull.json")
    (folder / "profiles" / "part-00001.writing").write_bytes(b"half of one")
    monkeypatch.setattr("compiler.coverage.pulling.PAGES", 50)
    anew = pulled(store, folder, wish, LATER + timedelta(days=1), refresh=True)
    assert anew.at == LATER + timedelta(days=1)
    assert sorted(path.name for path in (folder / "profiles").iterdir()) == ["part-00000.parquet"]
    assert count(open_tables(folder).profiles) == 300


@pytest.mark.parametrize(
    "about",
    [
        {"started": ""},
        {"started": "2026-11-20T15:30:00"},
        {"account": 7},
        {"clearing": []},
        {"started": None},
    ],
)
def test_a_state_without_a_moment_or_an_account_is_none(tmp_path, about):
    state = {"account": "AbC123", "columns": "", "started": NOW.isoformat(), "listings": {}}
    (tmp_path / STATE).write_text(json.dumps({**state, **about}), encoding="utf-8")
    with pytest.raises(Fatal, match="no state of a pull"):
        read_state(tmp_path)
    (tmp_path / STATE).write_text("[]", encoding="utf-8")
    with pytest.raises(Fatal, match="no state of a pull"):
        read_state(tmp_path)


def test_clearing_stays_inside_the_folder_whatever_the_state_says(tmp_path):
    outside = tmp_path / "part-00000.parquet"
    outside.write_bytes(b"mine")
    folder = tmp_path / "a" / "data"
    names = (
        "events of ../../..",
        "events of /",
        "members of list ../..",
        "members of segment ..",
        "odd",
        "profiles",
    )
    state = pull_state.State("AbC123", "", NOW.isoformat(), {}, dict.fromkeys(names, 9))
    pull_state.clear(folder, state)
    assert (outside.read_bytes(), state.clearing) == (b"mine", {})


# as it is typed


@pytest.fixture
def project(made, tmp_path, monkeypatch):
    (tmp_path / "flowc.yaml").write_text(PROJECT, encoding="utf-8")
    (tmp_path / "flows").mkdir()
    (tmp_path / ".flowc").mkdir()
    shutil.copy(made / "sandbox.db", tmp_path / ".flowc")
    monkeypatch.chdir(tmp_path)
    return tmp_path


def call(command, *words):
    result = CliRunner().invoke(command, words, standalone_mode=False)
    if result.exception is not None:
        raise result.exception
    return result.return_value, result.stdout, result.stderr


def test_a_finished_folder_says_of_when_it_is_and_refresh_renews_it(project, monkeypatch):
    class Clock(datetime):
        moment = NOW

        @classmethod
        def now(cls, tz=None):
            return cls.moment.astimezone(tz)

    monkeypatch.setattr(data_command, "datetime", Clock)
    said = [call(data, "pull", "--out", "data")[2].splitlines()[-1]]
    Clock.moment = LATER
    for words in ([], ["--refresh"], []):
        code, _, shown = call(data, "pull", "--out", "data", *words)
        said.append(shown.splitlines()[-1])
        assert code == Exit.DONE
    endings = [line.partition(" in data, as of ")[2] for line in said]
    rows = endings[0].split()[3]
    assert endings[0] == f"2026-11-20 15:30 UTC; {rows} rows read now"
    assert endings[1] == "2026-11-20 15:30 UTC; all were there already; --refresh reads all of it anew"
    assert endings[2].startswith("2027-06-22 15:30 UTC; ")
    assert endings[2].endswith(" rows read now")
    assert endings[3] == "2027-06-22 15:30 UTC; all were there already"


def marked(folder, started, account="AbC123"):
    """Say that a pull wrote a folder, and when."""
    state = {"account": account, "columns": "", "started": started.isoformat(), "listings": {}}
    (folder / STATE).write_text(json.dumps(state), encoding="utf-8")


AT = datetime(2026, 6, 10, 15, 30, tzinfo=UTC)


@pytest.mark.parametrize(
    ("at", "warned"),
    [
        ("2026-06-13T17:30:00+02:00", "3 days before the moment of the answer, 2026-06-13 15:30 UTC"),
        ("2026-06-11T17:00:00Z", "1 day before the moment of the answer, 2026-06-11 17:00 UTC"),
        ("2026-06-11T15:30:00Z", ""),
        ("2026-06-01T15:30:00Z", ""),
    ],
)
def test_backpopulate_warns_of_data_that_ends_more_than_a_day_before_the_click(project, at, warned):
    Path("live.json").write_text(json.dumps(chain(["2 days", "mail"])), encoding="utf-8")
    write_people(project / "data", [person("one", AT, timedelta(days=1))])
    words = ("live.json", "--data", "data", "--at", at, "--format", "json")
    assert "F746" not in call(backpopulate, *words)[2], "an export says nothing of when it was made"
    marked(project / "data", AT)
    _, out, shown = call(backpopulate, *words)
    assert json.loads(out)["simulation"]
    rest = "nothing later is in it; flowc data pull --refresh reads it anew"
    line = f"data F746 warning: it is as of 2026-06-10 15:30 UTC, {warned}; {rest}\n"
    assert shown == (line if warned else "")


def test_plan_warns_of_data_that_ends_more_than_a_day_before_now(store, tmp_path, capsys):
    folder = tmp_path / "data"
    write_people(folder, [person("one", AT, timedelta(days=1))])
    with client_of(store) as client:
        own = client.verify_account()
        for started, warnings in ((datetime.now(UTC) - timedelta(days=9), 1), (datetime.now(UTC), 0)):
            marked(folder, started, own)
            assert data_of(folder, client, "2026-10-15")[0].profiles is not None
            shown = capsys.readouterr().err
            assert shown.count("F746 warning: it is as of ") == warnings
            assert shown.count("9 days before the moment of the answer") == warnings
