"""People stage by stage: in none, in several that exclude each other, and who moved in 30 days."""

from __future__ import annotations

import shutil
from datetime import timedelta

import pytest
from coverage_kit import NOW, account, metric, report_of

from compiler.coverage.stages import Move, Pair
from compiler.diagnostics import Problems
from compiler.evaluate import Named, open_tables, write_events, write_profiles
from compiler.report.coverage_html import as_html
from compiler.report.coverage_markdown import as_markdown
from compiler.report.coverage_stages import moves, sentences
from compiler.report.coverage_text import as_text

# Who ordered how many days ago; everybody subscribed two years ago but the last, who cannot be mailed.
ORDERS = {
    "first": [10],  # one order lately: convert and grow
    "again": [10, 60],  # two orders: grow
    "gone": [500, 600],  # two orders long ago: grow and winback
    "never": [],
    "newest": [],  # came 5 days ago, subscribed then: acquire
    "unmailable": [10],
}


def person(name):
    came = 5 if name == "newest" else 730
    when = (NOW - timedelta(days=came)).isoformat()
    marketing = {
        "can_receive_email_marketing": name != "unmailable",
        "consent": "UNSUBSCRIBED" if name == "unmailable" else "SUBSCRIBED",
        "consent_timestamp": when,
    }
    return {
        "id": name,
        "attributes": {"created": when, "subscriptions": {"email": {"marketing": marketing}}},
    }


def order(number, name, days):
    return {
        "id": f"{name}{number}",
        "attributes": {
            "datetime": (NOW - timedelta(days=days)).isoformat(),
            "event_properties": {"$value": 100 if name == "gone" else 25},
        },
        "relationships": {
            "metric": {"data": {"id": metric("Placed Order")}},
            "profile": {"data": {"id": name}},
        },
    }


def written(folder):
    problems = Problems()
    write_profiles(folder, [person(name) for name in ORDERS], Named(), problems)
    orders = [order(n, name, days) for name, all_ in ORDERS.items() for n, days in enumerate(all_)]
    ids = [metric(name) for name in ("Placed Order", "Opened Email", "Clicked Email", "Active on Site")]
    write_events(folder, orders, Named(), problems, metrics=ids)
    assert list(problems) == []
    return folder


@pytest.fixture(scope="module")
def report(tmp_path_factory):
    return report_of(account(), tables=open_tables(written(tmp_path_factory.mktemp("data"))))


@pytest.mark.spark
@pytest.mark.filterwarnings("ignore")  # pyspark's own: pandas' copy keyword, sockets left to the collector
def test_spark_gives_the_same_stages_and_rows(report, tmp_path, monkeypatch):
    pyspark = pytest.importorskip("pyspark")
    if not shutil.which("java"):
        pytest.skip("Spark needs Java")
    import ibis  # noqa: PLC0415 - heavy, loaded where data is read

    monkeypatch.setenv("TZ", "UTC")
    builder = pyspark.sql.SparkSession.builder.master("local[2]").config("spark.ui.enabled", "false")
    session = builder.getOrCreate()
    try:
        tables = open_tables(written(tmp_path), ibis.pyspark.connect(session))
        other = report_of(account(), tables=tables)
    finally:
        session.stop()
    assert other.stages == report.stages
    assert other.rows == report.rows


def test_each_stage_has_its_people_their_share_and_their_revenue(report):
    stages = {stage.name: stage for stage in report.stages.stages}
    assert {name: stage.people for name, stage in stages.items() if stage.people} == {
        "acquire": 1,
        "engage": 1,
        "convert": 1,
        "grow": 3,
        "winback": 1,
    }
    assert stages["grow"].share == 3 / 5
    assert stages["winback"].revenue_share == 0  # no order within a year was theirs
    assert stages["convert"].revenue_share == pytest.approx(25 / 75)


def test_who_can_be_mailed_and_is_in_no_stage_is_counted_with_their_revenue(report):
    outside = report.stages.outside
    assert (outside.profiles, outside.share, outside.revenue_share) == (1, 1 / 5, 0)


def test_people_in_several_stages_that_exclude_each_other_are_counted_once_and_by_pair(report):
    assert report.stages.several == 2
    assert report.stages.several_share == 2 / 5
    assert report.stages.pairs == (Pair("convert", "grow", 1), Pair("grow", "winback", 1))


def test_moves_compare_the_furthest_stage_of_30_days_ago_with_that_of_now(report):
    assert str(report.stages.since) == "2026-10-21"
    assert set(report.stages.moves) == {
        Move("no stage", "no stage", 1),  # never
        Move("winback", "winback", 1),  # gone
        Move("not here yet", "engage", 1),  # newest: who subscribed lately counts as engaged
        Move("no stage", "grow", 1),  # first: a customer of 90 days
        Move("grow", "grow", 1),  # again
    }
    assert report.stages.moved == (Move("no stage", "grow", 1),)


def test_every_form_of_the_report_says_it(report):
    told = list(sentences(report.stages))
    for text in (as_text(report), as_markdown(report)):
        assert "1 person, 20% of the base" in text
    page = as_html(report)
    assert "People and stages" in page
    head, body = moves(report.stages)
    assert len({len(row) for row in (head, *body)}) == 1
    assert told[0] == "In no stage: 1 person, 20% of the base, 0% of the revenue."
    assert told[2].startswith("Moved since 2026-10-21: no stage to grow 1 (consent is taken as it is now")
