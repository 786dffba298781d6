"""The journal: what was about to be done and what came of it, whatever happens to the machine."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from compiler.diagnostics import Fatal
from compiler.journal import Entry, Journal, journal_path, last_unsettled

NOW = datetime(2026, 11, 20, 12, tzinfo=UTC)


def written(path: Path) -> Journal:
    journal = Journal(path)
    journal.start(NOW)
    journal.flow("flow/A/F1", "F1", {"actions": []})
    journal.intent("flow/A/F1#0", "PATCH /api/flows/{id}", NOW, ())
    journal.outcome("flow/A/F1#0", "ok")
    journal.intent("flow/A/F1#1", "POST /api/flow-actions", NOW, ("1", "2"))
    journal.outcome("flow/A/F1#1", "unknown")
    journal.finish("tag/T/")
    return journal


def test_a_journal_reads_as_it_was_written(tmp_path: Path):
    path = tmp_path / "deep" / "plan.jsonl"
    first, again = written(path), Journal(path)
    assert again.entries == first.entries
    assert again.entries["flow/A/F1#0"] == Entry(NOW, NOW, (), "ok")
    assert again.entries["flow/A/F1#1"] == Entry(NOW, NOW, ("1", "2"), "unknown")
    assert again.flows == {("flow/A/F1", "F1"): {"actions": []}}
    assert again.done == {"tag/T/"}
    assert again.starts == [NOW]


@given(cut=st.integers(0, 60))
def test_a_torn_last_line_is_ignored_and_cut_off_before_the_next(
    tmp_path_factory: pytest.TempPathFactory, cut: int
):
    path = tmp_path_factory.mktemp("torn") / "plan.jsonl"
    written(path)
    whole = path.read_bytes()
    lines = whole.split(b"\n")
    torn = b"\n".join(lines[:-2]) + b"\n" + lines[-2][:cut][: len(lines[-2]) - 1]
    path.write_bytes(torn)
    journal = Journal(path)
    assert journal.done == set()
    assert len(journal.entries) == 2
    journal.finish("tag/T/")
    assert path.read_bytes() == whole


def test_a_call_without_an_outcome_is_unknown(tmp_path: Path):
    journal = Journal(tmp_path / "plan.jsonl")
    journal.intent("s", "POST /api/flows", NOW, ())
    assert Journal(journal.path).entries["s"].verdict == "unknown"


def test_what_existed_before_the_first_sending_counts(tmp_path: Path):
    journal = Journal(tmp_path / "plan.jsonl")
    journal.intent("s", "POST /api/flows", NOW, ("1",))
    journal.outcome("s", "unknown")
    journal.intent("s", "POST /api/flows", NOW + timedelta(minutes=2), ("1", "2"))
    journal.outcome("s", "ok", "3")
    assert journal.entries["s"] == Entry(NOW, NOW + timedelta(minutes=2), ("1",), "ok", "3")


def test_a_call_belongs_to_the_run_that_sent_it_first(tmp_path: Path):
    journal = Journal(tmp_path / "plan.jsonl")
    for hours in (0, 1, 2):
        journal.start(NOW + timedelta(hours=hours))
        journal.intent(
            "late", "POST /api/tags", NOW + timedelta(hours=hours, minutes=5), ()
        ) if hours else None
    again = Journal(journal.path)
    assert again.run_of("late") == NOW + timedelta(hours=1)
    assert again.run_of("other") is None


def test_what_was_taken_back_is_forgotten_and_the_rest_is_not(tmp_path: Path):
    path = tmp_path / "plan.jsonl"
    journal = written(path)
    journal.finish("flow/A/F1")
    journal.forget("flow/A/F1")
    assert (journal.entries, journal.flows, journal.done) == ({}, {}, {"tag/T/"})
    assert Journal(path).done == {"tag/T/"}


def test_a_broken_line_in_the_middle_is_told(tmp_path: Path):
    path = tmp_path / "plan.jsonl"
    path.write_bytes(b'{"is":"start"\n{"is":"done","unit":"x"}\n')
    with pytest.raises(Fatal, match=r"plan\.jsonl:1 is no line"):
        Journal(path)


def test_a_journal_that_cannot_be_written_ends_the_run(tmp_path: Path):
    blocked = tmp_path / "file"
    blocked.write_text("no folder")
    with pytest.raises(Fatal, match="cannot be written"):
        Journal(blocked / "plan.jsonl").start(NOW)


def test_a_journal_that_cannot_be_read_ends_the_run(tmp_path: Path):
    (tmp_path / "plan.jsonl").mkdir()
    with pytest.raises(Fatal, match="cannot be read"):
        Journal(tmp_path / "plan.jsonl")


def test_the_last_call_that_nobody_knows_of_is_found_over_all_plans(tmp_path: Path):
    assert last_unsettled(tmp_path, "ABC") is None
    for number, verdict in enumerate(("ok", "unknown", "unknown", "refused")):
        journal = Journal(journal_path(tmp_path, "ABC", f"{number}" * 64))
        journal.intent("s", "POST /api/flows", NOW + timedelta(hours=number), ())
        journal.outcome("s", verdict)  # type: ignore[arg-type]
    assert last_unsettled(tmp_path, "ABC") == NOW + timedelta(hours=2)
    assert last_unsettled(tmp_path, "DEF") is None


def test_each_line_is_on_the_disk_before_the_run_goes_on(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    synced: list[int] = []
    monkeypatch.setattr("compiler.journal.os.fsync", synced.append)
    journal = Journal(tmp_path / "plan.jsonl")
    journal.start(NOW)
    assert len(synced) == 2, "the file, and once its folder"
    journal.finish("x")
    assert len(synced) == 3
