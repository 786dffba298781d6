"""What coverage says where segments are alike, inactive or of one name, and where something was not read."""

from __future__ import annotations

from dataclasses import replace

import pytest
from coverage_kit import (
    account,
    days,
    did,
    evidence_of,
    found,
    mail,
    report_of,
    rule,
    segment,
    spec,
)

from compiler.coverage.drafts import drafts

REPEAT = rule(mail(), did("Placed Order", "greater-than", 1))


def asked(name, **test):
    return rule({"type": "profile-property", "property": f"properties['{name}']", "filter": test})


def after(day):
    return {"type": "date", "operator": "after", "date": f"{day}T00:00:00Z"}


def between(start, end):
    return {"type": "date", "operator": "between", "unit": "day", "start": start, "end": end}


def merges(*definitions, **more):
    """Which of segments A, B, ... is to be merged into which, as near duplicates; A is the oldest."""
    listed = [
        segment(name, definition, created=f"2025-01-0{place + 1}T00:00:00+00:00")
        for place, (name, definition) in enumerate(zip("ABCDE", definitions, strict=False))
    ]
    report = report_of(account(*listed, **more))
    return {one.segments[0]: one.target for one in report.findings if one.code == "F721"}


def joined(when):
    member = {"type": "profile-group-membership", "is_member": True, "group_ids": ["L"]}
    return {**member, "timeframe_filter": when}


def ordered(when):
    return rule(did("Placed Order", when=when))


APART = {
    "numbers that are equalled": [
        asked("shoe", type="numeric", operator="equals", value=n) for n in (42, 43)
    ],
    "numbers that are not": [asked("shoe", type="numeric", operator="not-equals", value=n) for n in (42, 43)],
    "months of the year": [asked("born", type="date", operator="calendar-month", value=n) for n in (11, 12)],
    "fixed days": [ordered(after(day)) for day in ("2016-01-01", "2026-03-01")],
    "counts that are equalled": [rule(did("Placed Order", "equals", n)) for n in (4, 5)],
    "an equalled count and a range": [
        rule(did("Placed Order", "equals", 5)),
        rule(did("Placed Order", "greater-than", 3), did("Placed Order", "less-than", 6)),
    ],
    "one day each": [ordered(between(n, n)) for n in (60, 65)],
    "a rule that nobody can match": [
        rule(did("Placed Order", "equals", 0, days(n)), did("Placed Order", when=between(5, 11)))
        for n in (10, 11)
    ],
    "days of joining": [rule(joined(between(n, n))) for n in (60, 65)],
}


@pytest.mark.parametrize("name", APART)
def test_what_is_another_audience_is_no_near_duplicate(name):
    assert merges(*APART[name]) == {}


NEAR = {
    "days": [ordered(days(n)) for n in (30, 31)],
    "days long ago": [ordered(days(n, "at-least")) for n in (30, 31)],
    "an end of a window": [ordered(between(30, n)) for n in (60, 65)],
    "counts": [rule(did("Placed Order", "greater-than", n)) for n in (4, 5)],
    "an end of a range": [
        rule(did("Placed Order", "greater-than", 3), did("Placed Order", "less-than", n)) for n in (10, 11)
    ],
    "sums": [rule(did("Placed Order", "greater-than", n, measure="sum")) for n in (100, 110)],
    "numbers of a property": [
        asked("points", type="numeric", operator="greater-than", value=n) for n in (100, 110)
    ],
}


@pytest.mark.parametrize("name", NEAR)
def test_a_threshold_or_a_duration_that_is_a_little_more_makes_a_near_duplicate(name):
    assert merges(*NEAR[name]) == {"B": "A"}


def test_near_duplicates_go_into_one_that_stays_and_that_is_near():
    long, middle, short = (ordered(days(n)) for n in (280, 230, 200))
    assert merges(short, middle, long) == {"B": "A"}  # 280 days are not near 200, and 230 go
    assert merges(middle, short, long) == {"B": "A", "C": "A"}
    assert merges(long, short, middle) == {"C": "A"}
    assert merges(middle, middle, long) == {"C": "A"}  # B has the same rule as A, which is said of it alone


def test_an_entry_that_only_an_inactive_segment_is_is_not_covered_and_that_segment_is_not_retired():
    asleep = segment("Buyers", REPEAT, is_active=False)
    report = report_of(account(asleep))
    entry = next(row for row in report.rows if row.entry == "repeat_buyers" and row.kind == "entry")
    assert (entry.status, entry.action, entry.existing) == ("inactive", "review", ("Buyers",))
    assert entry.recommended == "Buyers"
    assert '"Buyers" is it, but is inactive' in entry.evidence
    [own] = [row for row in report.rows if row.kind == "segment"]
    assert (own.status, own.action) == ("inactive", "review")
    assert 'no active segment is "Repeat buyers"' in own.evidence
    assert report.covered == 0
    assert "repeat_buyers" not in found(report, "F700") | found(report, "F701") | found(report, "F702")
    assert "repeat-buyers.yaml" not in {draft.file for draft in drafts(report, account(asleep), "2026-10-15")}


def test_of_an_entry_s_segments_one_that_is_active_covers_it_and_the_inactive_are_retired():
    asleep = segment("Buyers", REPEAT, is_active=False)
    awake = segment("Others", rule(mail(), did("Placed Order", "greater-than-or-equal", 2)))
    report = report_of(account(asleep, awake))
    assert evidence_of(report, "F701", "repeat_buyers")
    assert report.covered > 0
    assert {row.action for row in report.rows if row.recommended == "Buyers"} == {"merge into"}
    other = segment("Third", rule(mail(), did("Placed Order", "greater-than", 2)), is_active=False)
    both = report_of(account(asleep, other))
    actions = {row.recommended: row.action for row in both.rows if row.kind == "segment"}
    assert actions == {"Buyers": "review", "Third": "retire"}


def test_a_spec_in_git_whose_segment_is_inactive_covers_nothing():
    asleep = segment("Buyers", REPEAT, is_active=False)
    specs = (spec("Buyers", "repeat_buyers", owner="growth@fern.example"),)
    report = report_of(account(asleep), specs=specs)
    entry = next(row for row in report.rows if row.entry == "repeat_buyers" and row.kind == "entry")
    assert (entry.status, entry.owner) == ("inactive", "growth@fern.example")
    assert found(report, "F700") == set()
    awake = segment("Others", rule(mail(), did("Placed Order", "greater-than-or-equal", 2)))
    covered = report_of(account(asleep, awake), specs=specs)
    entry = next(row for row in covered.rows if row.entry == "repeat_buyers" and row.kind == "entry")
    assert (entry.status, entry.recommended) == ("covered, unmanaged", "Others")


def test_segments_of_one_name_are_told_apart_by_their_ids_and_have_findings_of_their_own():
    one = segment("Ours", rule(did("Placed Order", "greater-than", 4)), is_active=False)
    two = replace(segment("Ours", rule(did("Placed Order", "greater-than", 70))), id="Second")
    report = report_of(account(one, two))
    assert found(report, "F710") == {"Ours (Ours)"}
    assert {one.segments for one in report.findings if one.code == "F722"} == {
        ("Ours (Second)", "Ours (Ours)")
    }
    rows = {row.recommended: row for row in report.rows if row.kind == "segment"}
    assert rows["Ours (Ours)"].action == "retire"
    assert rows["Ours (Second)"].status == "unused"
    assert "inactive" not in rows["Ours (Second)"].evidence


def test_a_spec_keeps_one_segment_of_its_name_the_active_one():
    one = segment("Ours", REPEAT, is_active=False)
    two = replace(segment("Ours", rule(did("Placed Order", "greater-than", 70))), id="Second")
    report = report_of(account(one, two), specs=(spec("Ours", owner="growth@fern.example"),))
    owners = {row.recommended: row.owner for row in report.rows if row.kind == "segment"}
    assert owners == {"Ours (Ours)": "", "Ours (Second)": "growth@fern.example"}
    assert "F720" not in {finding.code for finding in report.findings}


def test_the_target_of_a_merge_is_named_with_its_id_where_names_repeat():
    listed = [replace(segment("Ours", REPEAT), id=name) for name in ("One", "Two")]
    report = report_of(account(*listed))
    [finding] = [one for one in report.findings if one.code == "F720"]
    assert (finding.segments, finding.target) == (("Ours (Two)", "Ours (One)"), "Ours (One)")
    assert '"Ours (One)"' in finding.evidence


def test_uses_that_were_not_read_are_not_told_and_are_no_ground_for_a_finding():
    listed = [
        segment("Ours", rule(did("Placed Order")), updated="2026-10-18T00:00:00+00:00"),
        segment("Again", rule(did("Placed Order", "greater-than-or-equal", 1))),
        segment("Buyers", REPEAT),
    ]
    whole = account(*listed)
    assert found(report_of(whole), "F712") | found(report_of(whole), "F711")
    for missing in ("20 flows: the key lacks flows:read", "campaigns: the key lacks campaigns:read"):
        part = missing.split(":")[0].split()[-1]
        report = report_of(replace(whole, missing=(missing,)))
        assert found(report, "F711") | found(report, "F712") == set()
        assert any(f"is not told: {part} were not read" in note for note in report.notes)
        [same] = [one.evidence for one in report.findings if one.code == "F720"]
        assert f"older; use by {part} was not read" in same
        why = next(row.priority.why for row in report.rows if row.entry == "repeat_buyers")
        assert "where it is repeated was not read" in why
    other = report_of(replace(whole, missing=("counts of segments: the key lacks it",)))
    assert found(other, "F712") == found(report_of(whole), "F712")
    assert "repeated nowhere" in next(row.priority.why for row in other.rows if row.entry == "repeat_buyers")
