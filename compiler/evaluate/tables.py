"""The three tables: opened from a folder of Parquet files, or named in a warehouse, and checked.

A folder holds ``profiles/*.parquet``, ``events/metric=ID/*.parquet`` and ``memberships/group=ID/*.parquet``, and
``places.csv`` where postal codes are to be measured from. A metric or group without a folder was never read, which is not the same as having no events or members.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar
from urllib.parse import unquote

from compiler.diagnostics import Fatal
from compiler.evaluate.distance import Places, read_places

if TYPE_CHECKING:
    import ibis.expr.types as ir
    from ibis.backends import BaseBackend

REQUIRED = {
    "profiles": ("profile_id",),
    "events": ("metric_id", "profile_id", "ts", "value"),
    "memberships": ("group_id", "profile_id", "joined_at"),
}
Answer = TypeVar("Answer")
FOLDERS = {"profiles": "*.parquet", "events": "metric=*/*.parquet", "memberships": "group=*/*.parquet"}


@dataclass(frozen=True, slots=True, eq=False)
class Tables:
    """Profiles, events and memberships as Ibis tables of one backend.

    ``metrics`` and ``groups`` are the ids that were read, with or without rows; None says that the tables hold all.
    ``places`` says where the postal codes are that conditions measure from.
    """

    profiles: ir.Table
    events: ir.Table
    memberships: ir.Table
    backend: BaseBackend
    metrics: frozenset[str] | None = None
    groups: frozenset[str] | None = None
    places: Places = field(default_factory=dict)


def open_tables(folder: Path, backend: BaseBackend | None = None) -> Tables:
    """Return the tables of a folder on ``backend`` (DuckDB in memory by default), checked.

    Raises Fatal for a missing folder, a broken Parquet file, files that differ in their columns, missing columns,
    profiles without an id and ids that occur twice.
    """
    files = {name: sorted(folder.joinpath(name).glob(pattern)) for name, pattern in FOLDERS.items()}
    if not files["profiles"]:
        raise Fatal(
            f"{folder} holds no data: profiles/*.parquet is missing. Run `flowc data pull` or write the files."
        )
    for name, paths in files.items():
        _check_files(name, paths)
    connection = backend or _duckdb()
    profiles = _read(connection, "profiles", folder)
    events, memberships = (
        _read(connection, name, folder) if files[name] else _empty(profiles, name)
        for name in ("events", "memberships")
    )
    tables = Tables(
        profiles,
        events,
        memberships,
        connection,
        _ids(folder / "events", "metric="),
        _ids(folder / "memberships", "group="),
        read_places(folder),
    )
    _check_tables(tables)
    return tables


def warehouse_tables(
    backend: BaseBackend,
    names: tuple[str, str, str] = ("profiles", "events", "memberships"),
    metrics: Iterable[str] | None = None,
    groups: Iterable[str] | None = None,
    places: Places | None = None,
) -> Tables:
    """Return tables or views of a warehouse that have the documented columns, checked; raises Fatal as open_tables."""
    found: dict[str, ir.Table] = {}
    for role, name in zip(REQUIRED, names, strict=True):
        try:
            found[role] = backend.table(name)
        except Exception as error:
            raise Fatal(
                f'the {backend.name} connection has no table "{name}" for {role}: {_first_line(error)}'
            ) from error
        _check_columns(role, f'table "{name}"', found[role].columns)
    known = [None if ids is None else frozenset(ids) for ids in (metrics, groups)]
    tables = Tables(
        found["profiles"], found["events"], found["memberships"], backend, known[0], known[1], places or {}
    )
    _check_tables(tables)
    return tables


def run(expression: Any) -> Any:
    """Return the rows of an Ibis expression as an Arrow table; an engine's failure becomes one Fatal."""
    return answered(expression.to_pyarrow)


def answered(work: Callable[[], Answer]) -> Answer:
    """Return what an engine answers; its failure, such as a file with damaged pages, becomes one Fatal."""
    try:
        return work()
    except Fatal:
        raise
    except Exception as error:  # each engine raises its own kinds
        raise Fatal(f"the data could not be read: {_first_line(error)}") from error


@contextmanager
def asking() -> Iterator[None]:
    """Turn what Ibis raises where expressions are made into one Fatal; for ``with`` and as a decorator."""
    from ibis.common.exceptions import IbisError  # noqa: PLC0415 - heavy, loaded where data is read

    try:
        yield
    except IbisError as error:
        raise Fatal(f"the conditions could not be put to the data: {_first_line(error)}") from error


def _duckdb() -> BaseBackend:
    try:
        import ibis  # noqa: PLC0415 - heavy, loaded where data is read

        return ibis.duckdb.connect()
    except ImportError as error:
        raise Fatal(f'evaluating data needs the "data" extra: pip install "flowc[data]" ({error})') from error


def _read(connection: Any, name: str, folder: Path) -> ir.Table:
    """Return one table of the folder; Hive partitions would turn an id of digits into a number."""
    options = {"hive_partitioning": False} if connection.name == "duckdb" else {}
    pattern = str(folder / name / FOLDERS[name])
    table: ir.Table = answered(lambda: connection.read_parquet(pattern, **options))
    return table


def _empty(profiles: ir.Table, name: str) -> ir.Table:
    """Return a table of the same backend with the required columns of ``name`` and no rows."""
    import ibis  # noqa: PLC0415 - heavy, loaded where data is read

    types = {"ts": "timestamp", "joined_at": "timestamp", "value": "decimal(18, 4)"}
    nulls = {column: ibis.null(types.get(column, "string")) for column in REQUIRED[name]}
    return profiles.select(**nulls).filter(ibis.literal(value=False))


def _ids(folder: Path, prefix: str) -> frozenset[str]:
    return frozenset(unquote(path.name.removeprefix(prefix)) for path in folder.glob(f"{prefix}*"))


def _check_files(name: str, paths: list[Path]) -> None:
    """Raise Fatal for a file that cannot be read or differs from the first: engines would fill the gap with nulls."""
    from pyarrow import ArrowException  # noqa: PLC0415 - heavy, loaded where data is read
    from pyarrow.parquet import read_schema  # noqa: PLC0415 - heavy, loaded where data is read

    first: tuple[Path, list[str]] | None = None
    for path in paths:
        try:
            columns = [f"{field.name} {field.type}" for field in read_schema(path)]
        except (ArrowException, OSError) as error:
            raise Fatal(f"{path} is no readable Parquet file: {_first_line(error)}") from error
        if first is None:
            _check_columns(name, str(path), [column.partition(" ")[0] for column in columns])
            first = (path, columns)
        elif columns != first[1]:
            different = ", ".join(sorted(set(columns) ^ set(first[1])))
            raise Fatal(
                f"{path} and {first[0]} differ in their columns ({different or 'order'}); write all {name} again"
            )


def _check_columns(name: str, where: str, columns: Iterable[str]) -> None:
    missing = [column for column in REQUIRED[name] if column not in set(columns)]
    if missing:
        raise Fatal(
            f"{where} lacks the column {', '.join(missing)} that {name} need; it has {', '.join(columns)}"
        )


def _check_types(name: str, table: ir.Table) -> None:
    """Raise Fatal for a required column of another type: engines compare texts with instants in their own ways."""
    for column, kind in table.select(*REQUIRED[name]).schema().items():
        wanted = {"ts": "timestamp", "joined_at": "timestamp", "value": "number"}.get(column, "text")
        fits = {
            "timestamp": kind.is_timestamp() and kind.timezone is None,
            "number": kind.is_numeric(),
            "text": kind.is_string(),
        }
        if not fits[wanted]:
            needed = "a timestamp in UTC without a zone" if wanted == "timestamp" else f"a {wanted}"
            raise Fatal(f"the column {column} of {name} is {kind}; it must be {needed}")


def _check_tables(tables: Tables) -> None:
    """Raise Fatal unless types are the documented ones and each profile has one id: the evaluator counts rows.

    A text without letters is no id: whatever lacks one elsewhere would be counted for that profile.
    """
    for name in REQUIRED:
        _check_types(name, getattr(tables, name))
    ids = tables.profiles.profile_id
    given = ids.nullif("")
    counts = tables.profiles.aggregate(
        rows=tables.profiles.count(), set=given.count(), different=given.nunique()
    )
    row = run(counts).to_pylist()[0]
    if row["rows"] != row["set"]:
        raise Fatal(
            f"{row['rows'] - row['set']} of {row['rows']} profiles have no profile_id; remove them or give them one"
        )
    if row["set"] != row["different"]:
        raise Fatal(
            f"{row['set'] - row['different']} profiles share the profile_id of another; keep one row each"
        )


def _first_line(error: Exception) -> str:
    return (str(error).strip() or type(error).__name__).splitlines()[0]
