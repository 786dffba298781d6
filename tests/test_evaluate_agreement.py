"""The evaluator agrees with a plain Python one, profile by profile, on every engine that is installed."""

import shutil
from dataclasses import replace

import pytest
from evaluate_worlds import AT, METRICS, World
from reference_evaluator import PLACES, Account, holds

from compiler.diagnostics import Problems
from compiler.evaluate import (
    evaluate_many,
    members,
    named_properties,
    open_tables,
    read_definition,
    verdicts,
    write_events,
    write_memberships,
    write_profiles,
)

pytest.importorskip("ibis")


def write_world(folder, world, definitions):
    """Write everything in two parts, as an interrupted pull would."""
    named, problems = named_properties(map(read_definition, definitions.values())), Problems()
    for part in (0, 1):
        write_profiles(folder, world.profiles[part::2], named, problems, part, predictive=True)
        write_events(folder, world.events[part::2], named, problems, part, metrics=METRICS)
        for group, rows in world.memberships.items():
            write_memberships(folder, group, rows[part::2], problems, part)
    assert not list(problems)
    lines = [f"{country},{code},{north},{east}" for (country, code), (north, east) in PLACES.items()]
    (folder / "places.csv").write_text(
        "\n".join(["country_code,postal_code,latitude,longitude", *lines]) + "\n", encoding="utf-8"
    )


def disagreements(folder, seed, count, backend=None, profiles=60):
    """Return (checks made, those on which both evaluators differ) for ``count`` definitions of one world."""
    world = World(seed, profiles)
    definitions = {str(place): world.definition() for place in range(count)}
    write_world(folder, world, definitions)
    found = verdicts(definitions, open_tables(folder, backend), AT)
    rows = found.table.to_pyarrow().to_pylist()
    account = Account(world.profiles, world.events, world.memberships, set(METRICS), AT)
    by_id = {row["profile_id"]: row for row in rows}
    assert len(rows) == len(world.profiles)
    different = [
        (definitions[name], profile["id"], expected, answer)
        for name, column in found.columns.items()
        for profile in world.profiles
        if (expected := holds(definitions[name], profile, account))
        is not (answer := by_id[profile["id"]][column])
    ]
    return len(rows) * count, different


def test_every_generated_definition_has_the_members_that_plain_python_finds(tmp_path):
    checks, different = 0, []
    for seed in range(2):
        made, found = disagreements(tmp_path / str(seed), seed, 60)
        checks, different = checks + made, different + found
    assert checks == 7_200
    assert different == []


@pytest.mark.heavy
@pytest.mark.parametrize("seed", range(100, 115))
def test_more_worlds_agree(tmp_path, seed):
    _, different = disagreements(tmp_path, seed, 200, profiles=150)
    assert different == []


def test_counts_overlaps_and_members_are_those_of_the_verdicts(tmp_path):
    world = World(7)
    definitions = {f"d{place}": world.definition() for place in range(130)}  # more than two words
    write_world(tmp_path, world, definitions)
    tables = open_tables(tmp_path)
    found = evaluate_many(definitions, tables, AT)
    account = Account(world.profiles, world.events, world.memberships, set(METRICS), AT)
    answers = {
        name: [holds(plain, profile, account) for profile in world.profiles]
        for name, plain in definitions.items()
    }
    assert found.base == len(world.profiles)
    for name, expected in answers.items():
        assert found.count(name) == expected.count(True)
        assert found.undecided(name) == expected.count(None)
        assert found.overlap("d0", name) == sum(
            a is True and b is True for a, b in zip(answers["d0"], expected, strict=True)
        )
    some = ("d1", "d70", "d129")
    none = int(found.weights[found.holds_none(*some)].sum())
    assert none == sum(
        all(row is False for row in rows) for rows in zip(*(answers[name] for name in some), strict=True)
    )
    anyone = int(found.weights[found.holds(*some)].sum())
    assert anyone == sum(True in rows for rows in zip(*(answers[name] for name in some), strict=True))
    ids = members(definitions["d1"], tables, AT).to_pyarrow()["profile_id"].to_pylist()
    assert sorted(ids) == [
        profile["id"] for profile, row in zip(world.profiles, answers["d1"], strict=True) if row
    ]


def test_some_of_the_profiles_get_the_answers_that_they_have_among_all(tmp_path):
    world = World(5)
    definitions = {str(place): world.definition() for place in range(15)}
    write_world(tmp_path, world, definitions)
    tables = open_tables(tmp_path)
    everybody = verdicts(definitions, tables, AT).table.to_pyarrow().to_pylist()
    chosen = tables.profiles.filter(tables.profiles.profile_id.right(1).isin(list("02468"))).select(
        "profile_id"
    )
    narrowed = [
        tables.profiles.semi_join(chosen, "profile_id"),
        tables.profiles.filter(tables.profiles.profile_id.isin(chosen.profile_id)),
    ]
    expected = sorted(row["profile_id"] for row in everybody if row["profile_id"][-1] in "02468")
    for profiles in narrowed:
        found = verdicts(definitions, replace(tables, profiles=profiles), AT).table.to_pyarrow().to_pylist()
        assert sorted(row["profile_id"] for row in found) == expected
        assert all(row in everybody for row in found)


@pytest.mark.spark
@pytest.mark.filterwarnings("ignore")  # pyspark's own: pandas' copy keyword, sockets left to the collector
def test_spark_gives_the_same_answers(tmp_path, monkeypatch):
    pyspark = pytest.importorskip("pyspark")
    if not shutil.which("java"):
        pytest.skip("Spark needs Java")
    import ibis  # noqa: PLC0415 - heavy, loaded where data is read

    monkeypatch.setenv("TZ", "UTC")
    session = (
        pyspark.sql.SparkSession.builder.master("local[2]").config("spark.ui.enabled", "false").getOrCreate()
    )
    try:
        _, different = disagreements(tmp_path, 11, 60, ibis.pyspark.connect(session))
    finally:
        session.stop()
    assert different == []
