"""Back-populating winback and welcome over Parquet, against DuckDB's own scan-and-group of the same files.

The data is that of ``bench_evaluate.py`` with time zones and one list: 1,000,000 profiles and 10,000,000 events at
``--scale 1``. Each flow runs in its own process, where the baseline (group all events by profile) runs first; the
ratio is of CPU time.
"""

from __future__ import annotations

import json
import resource
from pathlib import Path
from typing import Any

import bench_evaluate as evaluate
from figures import Figure, report
from sized import data_folder, measured_apart, read_options

from compiler.backpopulate import Settings, read_shape, simulate
from compiler.evaluate import open_tables

LIMIT_RATIO, LIMIT_GIGABYTES = 2.0, 1.5
ZONES = [
    "America/New_York",
    "America/Chicago",
    "America/Los_Angeles",
    "Europe/Berlin",
    "Europe/London",
    "Asia/Tokyo",
    "Australia/Sydney",
    "",
]
LIST = "newsletter"
MEMBERS_SQL = """
copy (select '{group}' group_id, profile_id, timestamp '2026-11-20 15:30:00' - to_seconds((hash(profile_id, 20) % 10000000)::bigint) joined_at
  from '{profiles}' where hash(profile_id, 21) % 100 < 53) to '{path}' (format parquet)
"""


def generate(folder: Path, scale: float) -> None:
    """Write evaluate's tables, with a zone a profile and the members of one list."""
    import duckdb  # noqa: PLC0415 - heavy, loaded where data is read

    listed = ", ".join(f"'{zone}'" for zone in ZONES)
    zone = (
        f"nullif([{listed}][1 + (hash(i, 13) % {len(ZONES)})::integer], '') timezone, '{{{{}}}}' properties"
    )
    evaluate.PROFILES_SQL = evaluate.PROFILES_SQL.replace("'{{}}' properties", zone)
    evaluate.generate(folder, scale)
    path = folder / f"memberships/group={LIST}/part-00000.parquet"
    path.parent.mkdir(parents=True)
    duckdb.execute(MEMBERS_SQL.format(group=LIST, profiles=folder / "profiles/part-00000.parquet", path=path))


def none_since_start() -> dict[str, Any]:
    return evaluate.never("placed_order", {"operator": "flow-start"})[0]


def delay(days: int, **more: Any) -> dict[str, Any]:
    return {"type": "time-delay", "data": {"unit": "days", "value": days, "timezone": "profile", **more}}


def email(name: str) -> dict[str, Any]:
    return {
        "type": "send-email",
        "data": {"status": "live", "message": {"name": name, "smart_sending_enabled": True}},
    }


def flow(trigger: dict[str, Any], steps: list[dict[str, Any]], profile_filter: Any = None) -> dict[str, Any]:
    """Return a definition of a chain of steps; a step's own ``links`` win."""
    actions = [
        {
            "temporary_id": str(place),
            "links": {"next": str(place + 1) if place < len(steps) else None},
            **step,
        }
        for place, step in enumerate(steps, 1)
    ]
    return {
        "triggers": [trigger],
        "profile_filter": profile_filter,
        "entry_action_id": "1",
        "actions": actions,
    }


def winback() -> dict[str, Any]:
    split = {
        "type": "conditional-split",
        "data": {"profile_filter": evaluate.definition(evaluate.did("placed_order", value=3))},
        "links": {"next_if_true": "3", "next_if_false": "4"},
    }
    ends = {**email("Loyal"), "links": {"next": "5"}}
    steps = [
        delay(75, delay_until_time="10:00"),
        split,
        ends,
        email("Others"),
        delay(10, delay_until_weekdays=["tuesday", "thursday"]),
        email("Last"),
    ]
    return flow({"type": "metric", "id": "placed_order"}, steps, evaluate.definition([none_since_start()]))


def welcome() -> dict[str, Any]:
    steps = [email("Day 0"), delay(3), email("Day 3"), delay(4), email("Day 7"), delay(3), email("Day 10")]
    return flow({"type": "list", "id": LIST}, steps)


FLOWS = {
    "winback": (winback, "relative"),
    "welcome_throughout": (welcome, "throughout"),
    "welcome_beginning": (welcome, "beginning"),
}


def measure(folder: Path, task: str) -> dict[str, float]:
    """Run the baseline and one flow in this process."""
    import duckdb  # noqa: PLC0415 - heavy, loaded where data is read

    query = f"select profile_id, count(*), min(ts), max(ts), sum(value) from '{folder}/events/*/*.parquet' group by 1"
    base, _ = evaluate.cpu(lambda: duckdb.execute(query).fetch_arrow_table())
    make, mode = FLOWS[task]
    shape = read_shape(make(), task)
    settings = Settings(at=evaluate.AT, mode=mode, account_zone="America/New_York")  # type: ignore[arg-type]
    tables = open_tables(folder)
    found = simulate(shape, tables, settings)
    used, wall = evaluate.cpu(lambda: simulate(shape, tables, settings))
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024**2  # kilobytes on Linux
    return {
        "ratio": used / base,
        "cpu": used,
        "baseline_cpu": base,
        "wall": wall,
        "peak": peak,
        "added": found.added,
        "triggered": found.triggered,
    }


def main() -> None:
    options = read_options(__doc__, FLOWS)
    if options.task:
        print(json.dumps(measure(options.data, options.task)))
        return
    whole = options.scale >= 1  # planning costs the same on little data: ratios are judged at full size
    figures = []
    with data_folder(options, generate) as folder:
        for task in FLOWS:
            found = measured_apart(__file__, task, folder)
            figures += [
                Figure(
                    f"simulate_{task}", found["ratio"], "x-scan-and-group", LIMIT_RATIO if whole else None
                ),
                Figure(f"simulate_{task}_memory", found["peak"], "GB", LIMIT_GIGABYTES),
                Figure(f"simulate_{task}_wall", found["wall"], "s"),
                Figure(f"simulate_{task}_added", found["added"], "profiles"),
            ]
    report("backpopulate", figures)


if __name__ == "__main__":
    main()
