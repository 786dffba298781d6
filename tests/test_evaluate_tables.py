"""Writing and opening the tables: parts, types, later extraction, and what is wrong with them."""

from decimal import Decimal

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from compiler.diagnostics import Fatal, Problems
from compiler.evaluate import (
    Named,
    event_column,
    extract_properties,
    open_tables,
    profile_column,
    warehouse_tables,
    write_events,
    write_memberships,
    write_profiles,
)
from compiler.evaluate.columns import slug
from compiler.evaluate.countries import country_code
from compiler.evaluate.tables import answered, asking, run
from compiler.evaluate.typed import amount, instant, number, typed

NAMED = Named((("Tier", "s"), ("Tier", "x")), (("Items", "l"),))


def profile(name, **attributes):
    return {"id": name, "attributes": attributes}


def event(name, metric="M1", who="A", when="2026-01-01T00:00:00Z", **properties):
    found = {
        "id": name,
        "attributes": {"datetime": when, "event_properties": properties},
        "relationships": {},
    }
    if metric:
        found["relationships"]["metric"] = {"data": {"id": metric}}
    if who:
        found["relationships"]["profile"] = {"data": {"id": who}}
    return found


def write(folder, named=NAMED):
    problems = Problems()
    write_profiles(
        folder,
        [profile("A", properties={"Tier": "Gold"}), profile("B", properties={"Tier": {"deep": 1}})],
        named,
        problems,
    )
    write_events(
        folder,
        [event("e1", **{"$value": 1.005, "Items": ["x", 5, None]})],
        named,
        problems,
        metrics=["M1", "12"],
    )
    write_memberships(folder, "L/1", [profile("A", joined_group_at="2026-01-02T00:00:00+01:00")], problems)
    return problems


def test_what_was_written_is_read_back_with_its_types(tmp_path):
    assert list(write(tmp_path)) == []
    tables = open_tables(tmp_path)
    rows = {row["profile_id"]: row for row in run(tables.profiles).to_pylist()}
    assert (rows["A"]["p_tier_" + slug("Tier")[-6:] + "__s"], rows["B"][profile_column("Tier", "s")]) == (
        "Gold",
        None,
    )
    assert rows["B"][profile_column("Tier", "x")] is True
    (found,) = run(tables.events).to_pylist()
    assert found[event_column("Items", "l")] == ["x", "5"]
    assert found["value"] == Decimal("1.0050")
    (member,) = run(tables.memberships).to_pylist()
    assert (member["group_id"], member["joined_at"].isoformat()) == ("L/1", "2026-01-01T23:00:00")


def test_a_metric_or_group_that_was_read_and_is_empty_is_known(tmp_path):
    write(tmp_path)
    write_memberships(tmp_path, "Empty", [], Problems())
    tables = open_tables(tmp_path)
    assert tables.metrics == {"M1", "12"}
    assert tables.groups == {"L/1", "Empty"}


def test_writing_a_part_again_replaces_it(tmp_path):
    for _ in range(2):
        assert write_profiles(tmp_path, [profile("A")], NAMED, Problems(), part=3) == 1
    assert run(open_tables(tmp_path).profiles).num_rows == 1
    assert not list(tmp_path.rglob("*.writing"))


def test_many_rows_are_written_in_batches(tmp_path):
    assert (
        write_profiles(tmp_path, (profile(f"P{place}") for place in range(20_001)), Named(), Problems())
        == 20_001
    )
    assert pq.ParquetFile(tmp_path / "profiles/part-00000.parquet").metadata.num_rows == 20_001


def test_incomplete_resources_are_said_and_left_out(tmp_path):
    problems = Problems()
    assert write_profiles(tmp_path, [profile(""), {"attributes": {}}, profile("A")], NAMED, problems) == 1
    assert (
        write_events(
            tmp_path,
            [event("e1", metric=None), event("e2", who=None, when="soon"), event(None)],
            NAMED,
            problems,
        )
        == 0
    )
    assert [row.message for row in problems] == [
        "event 3 of this part has no id and is left out",
        "event e1 has no metric_id and is left out",
        "event e2 has no profile_id, ts and is left out",
        "profile 1 of this part has no id and is left out",
        "profile 2 of this part has no id and is left out",
    ]


def test_properties_named_later_are_extracted_from_the_raw_json(tmp_path):
    write(tmp_path, Named())
    assert extract_properties(tmp_path, NAMED) == 3
    assert extract_properties(tmp_path, NAMED) == 0
    tables = open_tables(tmp_path)
    assert run(tables.events)[event_column("Items", "l")].to_pylist() == [["x", "5"]]
    assert sorted(map(str, run(tables.profiles)[profile_column("Tier", "s")].to_pylist())) == ["Gold", "None"]


def test_a_full_disk_or_a_folder_in_the_way_is_one_sentence(tmp_path):
    tmp_path.joinpath("profiles").write_text("in the way")
    with pytest.raises(Fatal, match="cannot be written: File exists"):
        write_profiles(tmp_path, [], NAMED, Problems())


def test_a_pull_that_breaks_off_leaves_no_half_file(tmp_path):
    def broken():
        yield profile("A")
        raise ConnectionError("line lost")

    with pytest.raises(Fatal, match="line lost"):
        write_profiles(tmp_path, broken(), NAMED, Problems())
    assert not [path for path in tmp_path.rglob("*") if path.is_file()]


def fatal(folder):
    with pytest.raises(Fatal) as caught:
        open_tables(folder)
    return caught.value.message


def test_an_empty_folder_says_how_to_get_data(tmp_path):
    assert "profiles/*.parquet is missing. Run `flowc data pull`" in fatal(tmp_path)


def test_a_broken_file_is_named(tmp_path):
    write(tmp_path)
    path = tmp_path / "events/metric=M1/part-00000.parquet"
    path.write_bytes(path.read_bytes()[:100])
    assert fatal(tmp_path).startswith(f"{path} is no readable Parquet file:")


def test_files_that_differ_in_their_columns_are_named(tmp_path):
    write(tmp_path)
    write_events(tmp_path, [event("e9", "M9")], Named(), Problems())
    assert (
        f"differ in their columns ({event_column('Items', 'l')} list<element: string>); write all events again"
        in fatal(tmp_path)
    )


def put(folder, table, **columns):
    folder.joinpath(table).mkdir(parents=True, exist_ok=True)
    pq.write_table(pa.table(columns), folder / table / "part-00000.parquet")


def damage(path):
    """Overwrite the pages of a Parquet file; what its footer says of them stays."""
    raw = path.read_bytes()
    footer = 8 + int.from_bytes(raw[-8:-4], "little")
    path.write_bytes(raw[:4] + b"\xff" * (len(raw) - 4 - footer) + raw[-footer:])


def test_missing_columns_are_named(tmp_path):
    put(tmp_path, "profiles", id=["A"], email=["a@example.com"])
    assert "lacks the column profile_id that profiles need; it has id, email" in fatal(tmp_path)


def test_profiles_without_an_id_or_with_a_shared_one_are_counted(tmp_path):
    put(tmp_path, "profiles", profile_id=["A", None, None])
    assert fatal(tmp_path).startswith("2 of 3 profiles have no profile_id")
    put(tmp_path, "profiles", profile_id=["A", "A", "B"])
    assert fatal(tmp_path).startswith("1 profiles share the profile_id of another")


def test_an_id_without_letters_is_none(tmp_path):
    put(tmp_path, "profiles", profile_id=["A", "", ""])
    assert "2 of 3 profiles have no profile_id" in fatal(tmp_path)


def test_a_file_with_a_good_footer_and_damaged_pages_is_one_sentence(tmp_path):
    write(tmp_path)
    path = tmp_path / "profiles" / "part-00000.parquet"
    damage(path)
    assert "the data could not be read: " in fatal(tmp_path)
    with pytest.raises(Fatal, match="the data could not be read: "):
        extract_properties(tmp_path, Named((("Size", "n"),), ()))


def test_what_ibis_cannot_express_is_one_sentence_and_a_mistake_of_the_program_is_none(tmp_path):
    write(tmp_path)
    tables = open_tables(tmp_path)
    with pytest.raises(Fatal, match=r"the conditions could not be put to the data: .*nowhere"), asking():
        tables.profiles.select("nowhere")
    with pytest.raises(KeyError), asking():
        raise KeyError("nowhere")


def test_a_sentence_that_was_found_already_is_kept():
    def fails():
        raise Fatal("the disk is full")

    with pytest.raises(Fatal, match=r"\Athe disk is full\Z"):
        answered(lambda: answered(fails))


def test_a_warehouse_serves_the_tables_under_its_own_names(tmp_path):
    import ibis  # noqa: PLC0415 - heavy, loaded where data is read

    connection = ibis.duckdb.connect()
    connection.raw_sql("create table people as select 'A' as profile_id")
    connection.raw_sql(
        "create table acts as select 'M1' metric_id, 'A' profile_id, timestamp '2026-01-01' ts, 2.5 as value"
    )
    connection.raw_sql(
        "create table groups as select 'L1' group_id, 'A' profile_id, timestamp '2026-01-01' joined_at"
    )
    tables = warehouse_tables(connection, ("people", "acts", "groups"), metrics=["M1"])
    assert (tables.metrics, tables.groups) == ({"M1"}, None)
    with pytest.raises(Fatal, match='no table "events" for events'):
        warehouse_tables(connection, ("people", "events", "groups"))
    with pytest.raises(Fatal, match='table "people" lacks the column metric_id, ts, value'):
        warehouse_tables(connection, ("people", "people", "groups"))


def test_an_engine_that_cannot_read_is_one_sentence(tmp_path):
    write(tmp_path)
    tables = open_tables(tmp_path)
    next(tmp_path.joinpath("profiles").iterdir()).unlink()
    with pytest.raises(Fatal, match="the data could not be read: "):
        run(tables.profiles)


def test_without_the_data_extra_the_message_says_what_to_install(tmp_path, monkeypatch):
    write(tmp_path)
    monkeypatch.setitem(__import__("sys").modules, "ibis", None)
    with pytest.raises(Fatal, match=r"pip install \"flowc\[data\]\""):
        open_tables(tmp_path)


def test_no_two_properties_share_a_column():
    names = ["tier", "Tier", "TIER", "t_ier", "t ier", "t__ier", "_tier", "", "é", "è", "$value", "p"]
    assert len({slug(name).lower() for name in names}) == len(names)
    assert slug("tier_2") == "tier_2"


@pytest.mark.parametrize(
    ("value", "code", "expected"),
    [
        ("5", "n", None),
        (5, "n", 5.0),
        (True, "n", None),
        (float("nan"), "n", None),
        (10**400, "n", None),
        (5, "s", None),
        ("2026-01-01", "s", "2026-01-01"),
        (1, "b", None),
        ({"a": 1}, "x", True),
        (None, "x", False),
        ("a", "l", None),
        ([{"b": 1}, None, True], "l", ['{"b": 1}', "true"]),
        (5, "t", None),
        ("20260101", "t", None),
        ("2026-02-30", "t", None),
        ("0001-01-01T00:00:00+14:00", "t", None),
        ("12:00", "t", None),
    ],
)
def test_a_value_goes_only_to_the_column_of_its_own_type(value, code, expected):
    assert typed(value, code) == expected


def test_amounts_are_exact_or_none():
    assert amount(0.1) == Decimal("0.1000")
    assert [amount(value) for value in (True, "1", float("inf"), float("nan"), 1e30, 10**14)] == [None] * 6
    assert number(float("inf")) is None
    assert instant("2026-01-01T02:00:00+02:00").isoformat() == "2026-01-01T00:00:00"


def test_coordinates_and_countries_are_read_as_the_api_spells_them(tmp_path):
    places = [
        {"latitude": "52.5", "longitude": 13.4, "country": " united  STATES "},
        {"latitude": "north", "country": "de"},
    ]
    write_profiles(
        tmp_path, [profile(str(n), location=place) for n, place in enumerate(places)], Named(), Problems()
    )
    rows = run(open_tables(tmp_path).profiles.order_by("profile_id")).to_pylist()
    assert [(row["latitude"], row["longitude"], row["country_code"]) for row in rows] == [
        (52.5, 13.4, "US"),
        (None, None, "DE"),
    ]
    assert country_code("Atlantis") is None
    assert country_code("Czechia") == country_code("Czech Republic") == "CZ"
