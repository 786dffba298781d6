"""Materialised tables, and the constants that expressions are made of."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from compiler.evaluate.tables import answered, run

if TYPE_CHECKING:
    import ibis.expr.types as ir


def kept_table(table: ir.Table) -> Any:
    """Return a table materialised, with ``release()`` to drop it; an engine's failure becomes one Fatal."""
    backend = table.get_backend()
    return answered(lambda: checkpointed(backend, table) if backend.name == "pyspark" else table.cache())


def checkpointed(spark: Any, table: ir.Table) -> Any:
    """Return a table of Spark computed now, without its past.

    What Spark only caches keeps the plan of all tables before it, which doubles wherever paths join.
    """
    import ibis  # noqa: PLC0415 - heavy, loaded where data is read

    frame = spark.raw_sql(spark.compile(table)).localCheckpoint()
    name = ibis.util.gen_name("flowc")
    frame.createOrReplaceTempView(name)
    kept = spark.table(name).cache()
    run(kept.aggregate(rows=kept.count()))
    frame.sparkSession.catalog.dropTempView(name)
    return kept


def whole(value: int) -> Any:
    """Return a whole number of 64 bits."""
    import ibis  # noqa: PLC0415 - heavy, loaded where data is read

    return ibis.literal(value, "int64")


def small(value: int) -> Any:
    """Return a whole number of 32 bits."""
    import ibis  # noqa: PLC0415 - heavy, loaded where data is read

    return ibis.literal(value, "int32")


def boolean(*, value: bool | None) -> Any:
    """Return true, false or unknown."""
    import ibis  # noqa: PLC0415 - heavy, loaded where data is read

    return ibis.null("boolean") if value is None else ibis.literal(value, "boolean")


def known(test: Any, *, otherwise: bool) -> Any:
    """Return a test with ``otherwise`` where it is unknown."""
    return test.fill_null(otherwise)


def bit(test: Any, value: int) -> Any:
    """Return a bit where a test holds, else 0."""
    return test.ifelse(whole(value), whole(0))


def second(instant: Any) -> Any:
    """Return an instant as its whole second; cut first, because engines round differently."""
    return instant.truncate("s").epoch_seconds().cast("int64")


def naive(at: datetime) -> datetime:
    """Return an instant in UTC without its zone, as the tables hold instants."""
    return at.astimezone(UTC).replace(tzinfo=None)


def moment(second_of: int) -> datetime:
    """Return a second as a naive UTC instant."""
    return datetime.fromtimestamp(second_of, UTC).replace(tzinfo=None)


def figures(table: ir.Table, **aggregates: Any) -> dict[str, int]:
    """Return whole numbers measured over a table, spelled with hyphens; Spark counts no rows as null."""
    row = run(table.aggregate(**aggregates)).to_pylist()[0]
    return {name.replace("_", "-"): int(count or 0) for name, count in row.items()}


def day_name(wall: int) -> str:
    """Return the day of a wall second: ``2026-11-20``."""
    return moment(wall).date().isoformat()
