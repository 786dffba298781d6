"""How long texts queue at a sender's speed: a running minimum over a running sum, no loop over texts."""

from __future__ import annotations

from functools import reduce
from typing import TYPE_CHECKING, Any

from compiler.backpopulate.actions import DAY
from compiler.backpopulate.result import Queue, QueueDay
from compiler.backpopulate.tables import day_name
from compiler.evaluate.tables import asking, run

if TYPE_CHECKING:
    import ibis.expr.types as ir

    from compiler.backpopulate.clocks import Clock


@asking()
def text_queue(parts: list[ir.Table], speed: int, clock: Clock) -> Queue | None:
    """Return the queue of texts; each part has ``t`` (second) and ``texts``. None where no text goes out.

    With C the arrivals so far minus what the speed lets go, the queue is C less the least that C was before an
    arrival.
    """
    import ibis  # noqa: PLC0415 - heavy, loaded where data is read

    rows = reduce(lambda left, right: left.union(right), parts)
    rows = rows.group_by("t").aggregate(texts=rows.texts.sum().cast("int64"))
    so_far = ibis.cumulative_window(order_by=rows.t)
    rows = rows.mutate(arrived=rows.texts.sum().over(so_far).cast("int64"))
    rows = rows.mutate(before=rows.arrived - rows.texts - rows.t * speed)
    rows = rows.mutate(
        queue=rows.arrived - rows.t * speed - rows.before.min().over(ibis.cumulative_window(order_by=rows.t))
    )
    wall = clock.wall(rows.t)
    rows = rows.mutate(day=wall - wall % DAY)
    days = rows.group_by("day").aggregate(
        texts=rows.texts.sum().cast("int64"),
        longest=rows.queue.max(),
        done=(rows.t * speed + rows.queue).max(),
    )
    found = sorted(run(days).to_pylist(), key=lambda row: int(row["day"]))
    if not found:
        return None
    per_day = tuple(_day(row, speed) for row in found)
    longest = max(row.longest for row in per_day)
    return Queue(speed, longest, -(-longest // speed), max(row.done for row in per_day), per_day)


def _day(row: dict[str, Any], speed: int) -> QueueDay:
    return QueueDay(
        day_name(int(row["day"])), int(row["texts"]), int(row["longest"]), -(-int(row["done"]) // speed)
    )
