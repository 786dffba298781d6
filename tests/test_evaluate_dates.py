"""Date boundaries, and the offset tables of time zones."""

import random
from datetime import UTC, datetime, timedelta
from pathlib import Path
from zoneinfo import TZPATH, ZoneInfo, reset_tzpath

import pytest
import yaml

from compiler.diagnostics import Problems
from compiler.evaluate import Named, members, open_tables, tzdata_version, write_profiles, zone_offsets

CASES = yaml.load(
    Path(__file__).parent.joinpath("cases/evaluate/date_boundaries.yaml").read_text(), yaml.BaseLoader
)
START, END = datetime(2023, 1, 1, tzinfo=UTC), datetime(2027, 1, 1, tzinfo=UTC)


@pytest.fixture(scope="module")
def tables(tmp_path_factory):
    folder = tmp_path_factory.mktemp("dates")
    dates = sorted({date for case in CASES for side in ("inside", "outside") for date in case[side]})
    profiles = [{"id": date, "attributes": {"created": date}} for date in dates]
    write_profiles(folder, profiles, Named(), Problems())
    return open_tables(folder)


@pytest.mark.parametrize("case", CASES, ids=[case["name"] for case in CASES])
def test_a_date_filter_admits_exactly_its_side_of_the_boundary(case, tables):
    numbers = {key: int(case["filter"][key]) for key in ("quantity", "value") if key in case["filter"]}
    if case["filter"]["operator"] == "between":
        numbers = {key: int(case["filter"][key]) for key in ("start", "end")}
    wanted = {"type": "date", **case["filter"], **numbers}
    definition = {
        "condition_groups": [
            {"conditions": [{"type": "profile-property", "property": "created", "filter": wanted}]}
        ]
    }
    at = datetime.fromisoformat(case.get("at", "2023-06-17T10:00:00Z"))
    found = set(members(definition, tables, at).to_pyarrow()["profile_id"].to_pylist())
    assert set(case["inside"]) <= found
    assert not set(case["outside"]) & found


def offset_at(second, first, changes):
    return ([first] + [offset for change, offset in changes if change <= second])[-1]


@pytest.fixture
def packaged_rules():
    """The same rules as the product's: a machine's own may be older."""
    before = TZPATH
    reset_tzpath(to=())
    yield
    reset_tzpath(to=before)


@pytest.mark.parametrize(
    "name", ["America/New_York", "Europe/Berlin", "Australia/Lord_Howe", "Africa/Casablanca", "Asia/Kolkata"]
)
def test_offset_tables_say_what_zoneinfo_says_both_ways(name, packaged_rules):
    (table,) = zone_offsets([name], START, END)
    zone, draw = ZoneInfo.no_cache(name), random.Random(name)
    near = [change + draw.randrange(-7200, 7200) for change, _ in table.changes for _ in range(20)]
    for second in near + [
        draw.randrange(int(START.timestamp()) + 86_400, int(END.timestamp())) for _ in range(300)
    ]:
        local = datetime.fromtimestamp(second, zone)
        assert offset_at(second, table.first, table.changes) == local.utcoffset().total_seconds()
        wall = datetime(1970, 1, 1) + timedelta(seconds=second)  # noqa: DTZ001 - a wall time, gaps and overlaps included
        assert (
            offset_at(second, table.first, table.wall_changes)
            == wall.replace(tzinfo=zone).utcoffset().total_seconds()
        )


def test_unknown_zones_are_left_out_and_the_rest_sorted():
    found = zone_offsets(["UTC", "Bogus/Zone", "../../etc/passwd", "Europe/Berlin"], START, END)
    assert [row.zone for row in found] == ["Europe/Berlin", "UTC"]
    assert found[1].changes == ()


def test_the_version_of_the_zone_rules_is_known():
    assert tzdata_version().startswith("20")
