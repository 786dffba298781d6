"""How often a segment is looked at and when it last was are checked where they are written, not taken for something else."""

from __future__ import annotations

import re
from datetime import date, timedelta

import pytest

from compiler.coverage.specs import specs_of
from compiler.coverage.tracker import DAYS
from compiler.diagnostics import Problems
from compiler.project import open_project
from compiler.schema.fields import CADENCES, DAY

SEGMENT = """kind: segment
name: Ours
{}
definition:
  - profile-metric: {{metric: Placed Order, count: {{greater-than: 0}}, timeframe: alltime}}
"""


def read(folder, line):
    """The specs of a project with one segment that has a line more, and what is wrong with it."""
    folder.mkdir(exist_ok=True)
    (folder / "flows").mkdir()
    (folder / "flowc.yaml").write_text("kind: project\nname: fern\n", encoding="utf-8")
    (folder / "flows" / "ours.yaml").write_text(SEGMENT.format(line), encoding="utf-8")
    problems = Problems()
    return specs_of(open_project(folder, problems), "2026-10-15", {}, problems), list(problems)


@pytest.mark.parametrize(
    "line",
    [
        "review: fortnightly",
        "review: 14",
        "reviewed: 31.10.2026",
        "reviewed: 2026-02-30",
        "reviewed: 2026-13-01",
        "reviewed: 2025-02-29",
        "reviewed: soon",
        'reviewed: "2026-10-31T00:00:00Z"',
    ],
)
def test_a_cadence_or_a_day_that_is_none_is_a_mistake_at_its_place(tmp_path, line):
    specs, problems = read(tmp_path, line)
    assert specs == ()
    [mistake] = problems
    assert (mistake.code, mistake.severity, mistake.span.line) == ("F207", "error", 3)


@pytest.mark.parametrize(
    "line", [*(f"review: {name}" for name in CADENCES), "reviewed: 2024-02-29", "tags: []"]
)
def test_a_cadence_and_a_day_are_taken_as_they_are_written(tmp_path, line):
    [spec], problems = read(tmp_path, line)
    assert problems == []
    field, _, value = line.partition(": ")
    assert getattr(spec, field, value) == value


def test_the_days_that_the_schema_takes_are_those_of_the_calendar():
    first = date(2023, 1, 1)
    days = {(first + timedelta(days=n)).isoformat() for n in range(6 * 365)}
    tried = {f"{y}-{m:02}-{d:02}" for y in range(2023, 2028) for m in range(14) for d in range(33)}
    assert {one for one in tried if re.search(DAY, one)} == {one for one in days if one < "2028"}


def test_every_cadence_has_its_days():
    assert set(CADENCES) == set(DAYS)
