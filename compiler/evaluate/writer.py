"""Writes the tables from JSON:API resources, as GET /api/profiles, /api/events and the members of a group answer them.

A pull writes part after part and can stop between two; writing a part again replaces it. A part is one file (for
events one a metric), written aside and then renamed, so that a reader never sees half of one.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import quote

from compiler.diagnostics import Fatal, Problems, Span
from compiler.evaluate.columns import PREDICTIVE_COLUMNS, PROFILE_COLUMNS, Named, event_column, profile_column
from compiler.evaluate.rows import Resource, Row, event_row, profile_row
from compiler.evaluate.tables import answered
from compiler.evaluate.typed import deep, instant, typed

if TYPE_CHECKING:
    import pyarrow as pa

BATCH = 20_000  # rows in memory at a time


def write_profiles(
    folder: Path,
    resources: Iterable[Resource],
    named: Named,
    problems: Problems,
    part: int = 0,
    *,
    predictive: bool = False,
) -> int:
    """Write one part of the profiles and return its rows; a profile without an id is a diagnostic and left out.

    ``predictive`` says that the resources were read with their predictive analytics. Raises Fatal on a full disk.
    """
    codes = {**PROFILE_COLUMNS, **(PREDICTIVE_COLUMNS if predictive else {})}
    codes |= {profile_column(name, code): code for name, code in named.profile}
    schema = _schema({"profile_id": "s", **codes, "properties": "s"})
    rows = (profile_row(resource, named) for resource in _identified(resources, "profile", problems))
    return _write(folder / "profiles" / _part(part), schema, rows)


def write_events(
    folder: Path,
    resources: Iterable[Resource],
    named: Named,
    problems: Problems,
    part: int = 0,
    metrics: Iterable[str] = (),
) -> int:
    """Write one part of the events, a file a metric, and return its rows; one without an id, profile, metric or time is left out.

    ``metrics`` are the ids that were asked for: one without events gets an empty file, which says that it was read. The part is held in memory.
    """
    codes = {"metric_id": "s", "profile_id": "s", "event_id": "s", "ts": "t", "value": "v"}
    codes |= {event_column(name, code): code for name, code in named.event}
    schema = _schema({**codes, "properties": "s"})
    waiting: dict[str, list[Row]] = {metric: [] for metric in metrics}
    for resource in _identified(resources, "event", problems):
        row = event_row(resource, named)
        lacking = [name for name in ("metric_id", "profile_id", "ts") if row[name] is None]
        if lacking:
            _report(problems, "event", f"event {row['event_id']} has no {', '.join(lacking)} and is left out")
        else:
            waiting.setdefault(row["metric_id"], []).append(row)
    return sum(
        _write(folder / "events" / f"metric={quote(metric, safe='')}" / _part(part), schema, rows)
        for metric, rows in sorted(waiting.items())
    )


def write_memberships(
    folder: Path, group_id: str, resources: Iterable[Resource], problems: Problems, part: int = 0
) -> int:
    """Write one part of a list's or segment's members and return its rows; no members write an empty file."""
    rows = (
        {
            "group_id": group_id,
            "profile_id": resource["id"],
            "joined_at": instant(deep(resource, "attributes", "joined_group_at")),
        }
        for resource in _identified(resources, "member", problems)
    )
    schema = _schema({"group_id": "s", "profile_id": "s", "joined_at": "t"})
    return _write(folder / "memberships" / f"group={quote(group_id, safe='')}" / _part(part), schema, rows)


def extract_properties(folder: Path, named: Named) -> int:
    """Add the typed columns that ``named`` asks for to files that lack them, from the raw JSON; return the files rewritten."""
    wanted = {
        "profiles": [(profile_column(name, code), name, code) for name, code in named.profile],
        "events": [(event_column(name, code), name, code) for name, code in named.event],
    }
    return sum(
        _extract(path, columns)
        for table, columns in wanted.items()
        for path in sorted(folder.joinpath(table).rglob("*.parquet"))
    )


def _extract(path: Path, columns: list[tuple[str, str, str]]) -> int:
    import pyarrow as pa  # noqa: PLC0415 - heavy, loaded where data is read
    from pyarrow.parquet import ParquetFile  # noqa: PLC0415 - heavy, loaded where data is read

    with answered(lambda: ParquetFile(path)) as file:
        old = file.schema_arrow
        missing = [row for row in columns if row[0] not in old.names]
        if not missing or "properties" not in old.names:
            return 0
        types = _schema({column: code for column, _, code in missing})
        schema = pa.schema([*list(old)[:-1], *types, old.field(len(old) - 1)])

        def batches() -> Iterable[pa.RecordBatch]:
            rest = file.iter_batches(BATCH)
            while (batch := answered(lambda: next(rest, None))) is not None:
                raws = [json.loads(raw) if raw else {} for raw in batch.column("properties").to_pylist()]
                data = {name: batch.column(name) for name in old.names}
                for column, name, code in missing:
                    data[column] = pa.array(
                        [typed(raw.get(name), code) for raw in raws], types.field(column).type
                    )
                yield pa.record_batch([data[name] for name in schema.names], schema=schema)

        _replace(path, schema, batches())
    return 1


def _identified(resources: Iterable[Resource], what: str, problems: Problems) -> Iterable[Resource]:
    """Yield the resources that have an id; the rest become diagnostics."""
    for place, resource in enumerate(resources):
        if isinstance(deep(resource, "id"), str) and resource["id"]:
            yield resource
        else:
            _report(problems, what, f"{what} {place + 1} of this part has no id and is left out")


def _report(problems: Problems, what: str, message: str) -> None:
    problems.add("data-incomplete", message, Span(f"{what}s"), "warning")


def _part(part: int) -> str:
    return f"part-{part:05}.parquet"


def _schema(codes: Mapping[str, str]) -> pa.Schema:
    """Return the Arrow types of the documented columns; ``v`` is an amount, ``i`` a small whole number."""
    import pyarrow as pa  # noqa: PLC0415 - heavy, loaded where data is read

    types = {
        "s": pa.string(),
        "n": pa.float64(),
        "b": pa.bool_(),
        "x": pa.bool_(),
        "t": pa.timestamp("us"),
        "l": pa.list_(pa.string()),
        "v": pa.decimal128(18, 4),
        "i": pa.int32(),
    }
    return pa.schema([(name, types[code]) for name, code in codes.items()])


def _write(path: Path, schema: pa.Schema, rows: Iterable[Row]) -> int:
    """Write rows in batches and return how many there were; columns outside the schema are left out."""
    import pyarrow as pa  # noqa: PLC0415 - heavy, loaded where data is read

    written = 0

    def batches() -> Iterable[pa.RecordBatch]:
        nonlocal written
        for chunk in _chunks(rows):
            written += len(chunk)
            yield pa.RecordBatch.from_pylist(chunk, schema=schema)

    _replace(path, schema, batches())
    return written


def _chunks(rows: Iterable[Row]) -> Iterable[list[Row]]:
    chunk: list[Row] = []
    for row in rows:
        chunk.append(row)
        if len(chunk) == BATCH:
            yield chunk
            chunk = []
    yield chunk


def _replace(path: Path, schema: pa.Schema, batches: Iterable[pa.RecordBatch]) -> None:
    """Write a Parquet file aside and put it in place whole."""
    from pyarrow.parquet import ParquetWriter  # noqa: PLC0415 - heavy, loaded where data is read

    aside = path.with_suffix(".writing")
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        with ParquetWriter(aside, schema, compression="zstd") as file:
            for batch in batches:
                file.write_batch(batch)
        aside.replace(path)
    except OSError as error:
        raise Fatal(f"{path} cannot be written: {error.strerror or error}") from error
    finally:
        if aside.exists():
            aside.unlink()
