"""What the data does not decide is unknown and never zero: the account's figures stand in, and it is said."""

from __future__ import annotations

import pytest
from coverage_kit import account, did, mail, metric, report_of, rule, segment

from compiler.coverage.inventory import Figures
from compiler.diagnostics import Problems
from compiler.evaluate import Named, open_tables, write_events, write_profiles
from compiler.report.coverage_text import as_text

REPEAT = rule(mail(), did("Placed Order", "greater-than", 1))
COUNTED = {"Mailable": Figures(242, 5, 5), "Buyers": Figures(130, 5, 5)}


def person(number, *, known=True, subscribed=True):
    marketing = {
        "can_receive_email_marketing": subscribed,
        "consent": "SUBSCRIBED" if subscribed else "NEVER_SUBSCRIBED",
    }
    given = {"subscriptions": {"email": {"marketing": marketing}}} if known else {"email": "ada@fern.example"}
    return {"id": f"P{number:04}", "attributes": given}


def orders(people):
    return [
        {
            "id": f"E{number}{nth}",
            "attributes": {"datetime": "2026-10-01T00:00:00Z", "event_properties": {"$value": 10}},
            "relationships": {
                "metric": {"data": {"id": metric("Placed Order")}},
                "profile": {"data": {"id": one["id"]}},
            },
        }
        for number, one in enumerate(people)
        for nth in range(2)
    ]


def report_with(folder, people, *more, named=None):
    problems = Problems()
    names = named or Named()
    write_profiles(folder, people, names, problems)
    write_events(folder, orders(people), names, problems, metrics=[metric("Placed Order")])
    listed = [segment("Mailable", rule(mail())), segment("Buyers", REPEAT), *more]
    return report_of(account(*listed, figures=COUNTED), tables=open_tables(folder))


def row_of(report, name):
    return next(row for row in report.rows if row.recommended == name)


def test_without_consent_in_the_data_counts_are_the_account_s_and_not_zero(tmp_path):
    report = report_with(tmp_path, [person(n, known=False) for n in range(300)])
    assert (report.base.size, report.base.source.split(";")[0]) == (242, 'the members of "Mailable"')
    assert report.channels == {}
    assert report.stages is None
    buyers = row_of(report, "Buyers")
    assert (buyers.members, buyers.mailable, buyers.revenue) == (130, None, None)
    assert "the data does not say of 300 people whether they are in it" in buyers.evidence
    assert buyers.priority.share == pytest.approx(130 / 242)
    assert buyers.priority.strength == 0.7
    assert "counted by the account" in buyers.priority.why
    notes = " ".join(report.notes)
    assert "taken from the account: the data does not say it of 300 people" in notes
    assert "How many people sms reaches is not known: the data does not say it of 300 people" in notes
    assert "no data was given" not in notes
    text = as_text(report)
    assert "242 profiles can be mailed" in text
    assert "by sms" not in text


def test_where_consent_lacks_for_many_a_count_is_not_known_and_for_few_it_stands(tmp_path):
    many = report_with(tmp_path / "many", [person(n, known=n % 2 == 0) for n in range(300)])
    assert row_of(many, "Buyers").members == 130
    assert many.base.source.startswith("the members of")
    few = report_with(tmp_path / "few", [person(n, known=n > 2) for n in range(300)])
    assert few.base.size == 297
    assert few.base.source == "evaluated profiles"
    buyers = row_of(few, "Buyers")
    assert (buyers.members, buyers.mailable, buyers.revenue) == (297, 297, 5940)
    assert "the data does not say of 3 people whether they are in it" in buyers.evidence
    assert few.channels["email"] == 297


def test_nobody_who_can_be_mailed_for_sure_is_said_and_is_not_unknown(tmp_path):
    report = report_with(tmp_path, [person(n, subscribed=False) for n in range(30)])
    assert report.base is None
    assert report.channels["email"] == 0
    assert any("by the data it is nobody" in note for note in report.notes)
    assert row_of(report, "Buyers").members == 0


def test_a_segment_of_a_property_that_was_not_pulled_says_that_the_data_does_not_decide_it(tmp_path):
    asks = {
        "type": "profile-property",
        "property": "properties['tea']",
        "filter": {"type": "string", "operator": "equals", "value": "oolong"},
    }
    report = report_with(tmp_path, [person(n) for n in range(30)], segment("Loves oolong", rule(asks)))
    row = row_of(report, "Loves oolong")
    assert row.members is None
    assert "the data does not decide it: " in row.evidence
    assert "tea" in row.evidence
