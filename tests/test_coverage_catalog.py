"""Catalogs: the shipped one is sound, a project's own extends and overrides it, mistakes are named and the rest is used."""

from __future__ import annotations

import pytest
from coverage_kit import (
    LATEST,
    NOW,
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
    volume,
)

from compiler.bind import Names
from compiler.coverage import read_catalog, shipped
from compiler.coverage.account import facts_of
from compiler.coverage.fitting import Behaviour, Surroundings, fit
from compiler.coverage.model import STAGES, VALUES
from compiler.coverage.reach import fit_of, reach_of
from compiler.coverage.roles import ROLES, resolve_roles
from compiler.coverage.shapes import shape_of
from compiler.diagnostics import Fatal, Problems
from compiler.evaluate import Named, open_tables, write_profiles
from compiler.evaluate.distance import read_places
from compiler.live import Thing
from compiler.logic import empty
from compiler.schema.fields import CADENCES
from compiler.source import load

ENTRY = """
kind: catalog
name: ours
entries:
  - key: regulars
    stage: grow
    title: Regulars
    rule: Ordered in the last ${{ params.days }} days
    params:
      days: {type: integer, default: 30, minimum: 14, maximum: 60}
    value: retention
    needs: [placed_order]
    definition:
      - profile-metric: {metric: "@placed_order", count: {greater-than: 0}, timeframe: {in-the-last: "${{ params.days }} days"}}
"""


def source(text):
    problems = Problems()
    read = load("ours.yaml", text, problems)
    assert list(problems) == []
    return read


def surroundings(inventory, **figures):
    facts = facts_of(inventory)
    return Surroundings(Behaviour(NOW, **figures), facts.roles, Names(inventory.snapshot.things()), LATEST)


def fitted(text=ENTRY, **figures):
    problems = Problems()
    out = fit(read_catalog([source(text)], problems), surroundings(account(), **figures), problems)
    return out, [diagnostic.code for diagnostic in problems]


def mistakes(text):
    problems = Problems()
    report = report_of(account(segment("Mailable", rule(mail()))), problems=problems, catalogs=[source(text)])
    assert len(report.fitted) >= 38
    return [(diagnostic.code, diagnostic.message) for diagnostic in problems]


def test_the_shipped_catalog_has_36_entries_or_more_all_of_them_sound():
    problems = Problems()
    entries = read_catalog([shipped(problems)], problems)
    out = fit(entries, surroundings(account()), problems)
    assert list(problems) == []
    assert len(out) == len(entries) >= 36
    assert len({entry.key for entry in entries}) == len(entries)
    for entry in entries:
        assert entry.stage in STAGES
        assert entry.value in VALUES
        assert entry.cadence in CADENCES
        assert entry.uses
        assert entry.source
        assert entry.basis
        assert set(entry.needs) <= set(ROLES)


def test_no_shipped_entry_is_empty_and_no_two_are_the_same():
    problems = Problems()
    report = report_of(account(), problems=problems)
    assert list(problems) == []
    for one in report.fitted:
        assert one.blocked == ()
        assert empty(one.definition, NOW).holds is not True


def test_every_entry_fits_itself_at_all_its_thresholds():
    problems = Problems()
    for one in fit(read_catalog([shipped(problems)], problems), surroundings(account()), problems):
        reach = reach_of(one)
        assert fit_of(shape_of(one.definition), reach).total == 0
        assert fit_of(shape_of(one.low), reach) is not None
        assert fit_of(shape_of(one.high), reach) is not None


def test_thresholds_follow_the_account_and_stay_in_their_range():
    [one], _ = fitted(
        ENTRY.replace("maximum: 60}", "maximum: 60, adapts: {to: buying_cycle, times: 1.5}}"), buying_cycle=30
    )
    assert one.values == {"days": 45}
    assert one.rule == "Ordered in the last 45 days"
    assert one.adapted == ("days 45 from the buying cycle of 30",)
    [slow], _ = fitted(
        ENTRY.replace("maximum: 60}", "maximum: 60, adapts: {to: buying_cycle}}"), buying_cycle=300
    )
    assert slow.values == {"days": 60}
    [unknown], _ = fitted(ENTRY.replace("maximum: 60}", "maximum: 60, adapts: {to: buying_cycle}}"))
    assert (unknown.values, unknown.adapted) == ({"days": 30}, ())


def test_the_catalog_of_a_project_replaces_fields_adds_entries_and_leaves_some_out():
    text = ENTRY + "  - {key: vip, title: Our best}\n  - {key: near_store, skip: true}\n"
    problems = Problems()
    entries = {entry.key: entry for entry in read_catalog([shipped(problems), source(text)], problems)}
    assert list(problems) == []
    assert entries["vip"].title == "Our best"
    assert entries["vip"].stage == "loyalty"
    assert (entries["regulars"].span.file, entries["regulars"].span.line) == ("ours.yaml", 5)
    assert "near_store" not in entries
    stages = [entry.stage for entry in entries.values()]
    assert stages == sorted(stages, key=STAGES.index)


def test_a_project_fills_in_a_threshold_and_keeps_the_others(tmp_path):
    text = "kind: catalog\nentries:\n  - {key: near_store, params: {postal_code: {default: '02108'}}}\n"
    marketing = {"can_receive_email_marketing": True, "consent": "SUBSCRIBED"}
    people = [
        {
            "id": name,
            "attributes": {
                "location": {"latitude": north, "longitude": east},
                "subscriptions": {"email": {"marketing": marketing}},
            },
        }
        for name, north, east in (("Boston", 42.36, -71.06), ("Salem", 42.52, -70.9), ("Berlin", 52.5, 13.4))
    ]
    problems = Problems()
    write_profiles(tmp_path, people, Named(), problems)
    before = report_of(account(), problems=problems, catalogs=[source(text)], tables=open_tables(tmp_path))
    (tmp_path / "places.csv").write_text(
        "country_code,postal_code,latitude,longitude\nUSA,02108,42.3572,-71.0637\n", encoding="utf-8"
    )
    report = report_of(account(), problems=problems, catalogs=[source(text)], tables=open_tables(tmp_path))
    assert list(problems) == []
    unplaced, placed = (
        next(row for row in one.rows if row.entry == "near_store") for one in (before, report)
    )
    assert unplaced.members is None
    assert "postal code 02108 (USA) is not in the data" in unplaced.evidence
    assert (placed.members, placed.mailable, placed.status) == (2, 2, "missing")
    assert placed.rule == "Lives within 30 miles of a postal code"


@pytest.mark.parametrize(
    "text",
    [
        "a,b\n1,2\n",
        "country_code,postal_code,latitude,longitude\nUSA,1,91,0\n",
        "country_code,postal_code,latitude,longitude\nUSA,1,x,0\n",
    ],
)
def test_a_file_of_places_that_is_wrong_is_named(tmp_path, text):
    (tmp_path / "places.csv").write_text(text, encoding="utf-8")
    with pytest.raises(Fatal, match=r"places\.csv"):
        read_places(tmp_path)


@pytest.mark.parametrize(
    ("change", "code", "says"),
    [
        (("value: retention", "value: riches"), "F740", '"riches" is no value class'),
        (("value: retention", "cadence: hourly"), "F740", '"hourly" is no cadence'),
        (("    title: Regulars\n", ""), "F740", "needs its title"),
        (("    title: Regulars", "    titel: Regulars\n    title: R"), "F740", 'no "titel"; did you mean "title"?'),
        (("default: 30", "default: 300"), "F741", "default 300 is outside its range"),
        (("minimum: 14", "minimum: 80"), "F741", "minimum 80 is above its maximum 60"),
        (("minimum: 14", "minimum: low"), "F740", "minimum and maximum of"),
        (("minimum: 14", "least: 14"), "F740", 'a parameter has no "least"'),
        (("maximum: 60", "maximum: 60, adapts: moon"), "F740", "adapts to one of"),
        (("    params:\n      days: {type: integer, default: 30, minimum: 14, maximum: 60}", "    params: {days: 30}"), "F740", "needs a mapping"),
        (("    params:\n      days: {type: integer, default: 30, minimum: 14, maximum: 60}", "    params: [days]"), "F740", "params is a mapping"),
        (("needs: [placed_order]", "needs: [placed_orders]"), "F742", 'did you mean "placed_order"?'),
        (("needs: [placed_order]", "needs: []"), "F742", "not among its needs"),
        (('"@placed_order"', '"@orders"'), "F742", "no known metric role"),
        (("params.days }} days\n", "params.day }} days\n"), "F740", "'day' is not defined"),
        (("count: {greater-than: 0}", "count: {more-than: 0}"), "F740", "more-than"),
        (('"${{ params.days }} days"}', '"${{ params.days }} moons"}'), "F740", "moon"),
        (("key: regulars", "name: regulars"), "F740", "needs its key"),
        (("entries:", "items:"), "F740", "needs entries"),
    ],
)  # fmt: skip
def test_a_mistake_in_an_entry_is_named_and_the_other_entries_are_used(change, code, says):
    assert change[0] in ENTRY
    found_ = mistakes(ENTRY.replace(*change))
    assert code in {one for one, _ in found_}
    assert any(says in message for _, message in found_), found_


def test_a_catalog_that_contradicts_itself_is_named_and_the_first_of_two_counts():
    twice = ENTRY + ENTRY[ENTRY.index("  - key") :]
    assert mistakes(twice) == [
        ("F741", 'the catalog contradicts itself: "regulars" is here twice; only the first counts')
    ]
    same = ENTRY + ENTRY[ENTRY.index("  - key") :].replace("regulars", "faithful")
    [(code, message)] = mistakes(same)
    assert code == "F741"
    assert 'the same rule as "regulars"' in message
    nobody = ENTRY + '      - profile-metric: {metric: "@placed_order", count: 0, timeframe: alltime}\n'
    [(code, message)] = mistakes(nobody)
    assert code == "F741"
    assert "nobody can be in it" in message


def test_a_mapped_metric_plays_a_role_before_any_name():
    metrics = [Thing("metric", "Placed Order", "Shopify", "A"), Thing("metric", "Sale", "Till", "B")]
    assert resolve_roles(metrics, {"revenue": "B"}, {})["placed_order"].metric.id == "B"
    assert resolve_roles(metrics, {"revenue": "gone"}, {})["placed_order"].metric.id == "A"


def test_among_several_of_one_name_the_busiest_plays_the_role_and_the_notes_say_so():
    metrics = [Thing("metric", "Placed Order", place, place[0]) for place in ("Shopify", "Till")]
    resolved = resolve_roles(metrics, {}, {"T": 5, "S": 2})["placed_order"]
    assert resolved.metric.integration == "Till"
    own = [Thing("metric", "Opened Email", place, place[0]) for place in ("Other", "Klaviyo")]
    assert resolve_roles(own, {}, {"O": 9})["opened_email"].metric.integration == "Klaviyo"
    inventory = account(
        metrics=[("Placed Order", "Shopify"), ("placed order", "Till")], volumes={"PlacedOrder": volume()}
    )
    assert any("placed_order is taken to be" in note for note in report_of(inventory).notes)


def test_an_entry_whose_metric_is_lacking_is_blocked_and_says_what_it_needs():
    report = report_of(account(metrics=[("Opened Email", "Klaviyo"), ("Clicked Email", "Klaviyo")]))
    assert "placed_order" in evidence_of(report, "F703", "vip")
    [row] = [row for row in report.rows if row.entry == "vip"]
    assert (row.status, row.action, row.priority.score) == ("blocked", "review", None)
    assert any("No metric of orders" in note for note in report.notes)


def test_an_entry_may_name_metrics_lists_and_segments_of_the_account():
    text = ENTRY.replace('metric: "@placed_order"', "metric: Placed Order")
    [one], codes = fitted(text)
    assert codes == []
    assert one.definition["condition_groups"][0]["conditions"][0]["metric_id"] == "PlacedOrder"
    [unknown], _ = fitted(text.replace("Placed Order", "Left Review"))
    assert unknown.blocked == ("the metric Left Review",)


def test_a_segment_file_that_names_no_entry_is_diagnosed_with_the_nearest():
    problems = Problems()
    report_of(account(), problems=problems, specs=(spec("VIP", "vips"),))
    [diagnostic] = problems
    assert (diagnostic.code, diagnostic.severity) == ("F743", "warning")
    assert 'did you mean "vip"?' in diagnostic.message


@pytest.mark.parametrize(
    ("definition", "entry", "how"),
    [
        (rule(mail(), did("Placed Order", "greater-than", 1)), "repeat_buyers", "the same rule; not in git"),
        (rule(did("Placed Order", "greater-than", 1)), "repeat_buyers", "without asking for consent"),
        (rule(mail(), did("Placed Order", when=days(120))), "active_customers", "with thresholds of its own"),
        (rule(mail(), [did("Opened Email", when=days(30)), did("Clicked Email", when=days(30))]), "engaged_30", "1 alternative fewer"),
        (rule(mail(), did("Placed Order", "equals", 1), did("Placed Order", "equals", 1, days(60))), "first_time_buyers", "as the logic proves"),
    ],
)  # fmt: skip
def test_a_segment_is_an_entry_by_its_rule(definition, entry, how):
    report = report_of(account(segment("Ours", definition)))
    assert how in evidence_of(report, "F701", entry)


def test_a_segment_belongs_to_its_nearest_entry_only():
    report = report_of(
        account(
            *[
                segment(
                    f"E{n}",
                    rule(mail(), [did("Opened Email", when=days(n)), did("Clicked Email", when=days(n))]),
                )
                for n in (30, 60, 90)
            ]
        )
    )
    assert found(report, "F701") == {"engaged_30", "engaged_60", "engaged_90"}


def test_a_template_is_covered_by_a_segment_that_fills_it_in_the_same_way_throughout():
    def of(seen, bought):
        where = [
            {"property": "Categories", "filter": {"type": "list", "operator": "contains-any", "value": [one]}}
            for one in (seen, bought)
        ]
        return rule(
            mail(),
            did("Viewed Product", when=days(30)) | {"metric_filters": [where[0]]},
            did("Ordered Product", "equals", 0) | {"metric_filters": [where[1]]},
        )

    assert found(report_of(account(segment("Tea", of("tea", "tea")))), "F701") == {"product_interest"}
    assert found(report_of(account(segment("Tea", of("tea", "pots")))), "F701") == set()


def test_a_segment_outside_an_entry_s_range_is_named_beside_the_missing_entry():
    report = report_of(account(segment("Long gone", rule(mail(), did("Placed Order", when=days(5))))))
    assert "active_customers" in found(report, "F702")
    evidence = evidence_of(report, "F702", "active_customers")
    assert '"Long gone" comes nearest, its rule is narrower than the entry\'s' in evidence
    named = report_of(account(segment("VIP", rule(mail(), did("Placed Order", "greater-than", 20)))))
    assert '"VIP" bears the name' in evidence_of(named, "F702", "vip")
