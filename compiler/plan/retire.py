"""When a retiring flow's messages may stop: when nobody who entered before the switch waits for them any more.

Rolling loses nothing where a flow is entered at one moment and waits are bounded. A date trigger decides a day ahead,
and waits for an event have no end: those are a person's decision (seconds None).

It doubles what is behind a wait for those who enter after the switch: no call closes a flow's entrance, so they enter
the old flow too and get what it still sends when they come to it. A message stops ``LATENESS`` after the last one who
entered before the switch was due, since a message that comes late would be lost otherwise; so that is eight hours of
entries at least, and those of the time by which the apply that stops it comes later.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any, Final

from compiler.diff.flowgraph import Flowgraph
from compiler.plan.knowledge import INERT, has_status, is_transactional, status_of
from compiler.plan.order import depth_first
from compiler.plan.stages import DeleteFlow, Due, Retire, SetActionStatus, SetStatus, Stage

ROLLING_TRIGGERS: Final = frozenset({"list", "segment", "metric", "price-drop", "low-inventory"})
SECONDS: Final = {"minutes": 60, "hours": 3_600, "days": 86_400, "weeks": 604_800, "months": 31 * 86_400}
DAY: Final = 86_400
LATENESS: Final = 8 * 3_600  # messages go up to so much late; each hour more doubles an hour of entries


def schedule(graph: Flowgraph, triggers: list[Mapping[str, Any]]) -> tuple[Due, ...]:
    """Return for each step that acts how long after the switch it can still be waited for, first ones first."""
    rolling = fits_rolling(triggers)
    longest: dict[str, int | None] = {}
    due: list[Due] = []
    for name in depth_first(graph):  # in order, since dicts keep it
        if name not in graph.data:
            continue
        before = [longest[parent] for parent, _ in graph.parents[name] if parent in longest]
        arrival = None if None in before else max((at for at in before if at is not None), default=0)
        wait = longest_wait(graph.steps[name].kind, graph.data[name])
        longest[name] = None if arrival is None or wait is None else arrival + wait
        if has_status(graph.steps[name].kind) and status_of(graph.data[name]) not in INERT:
            due.append(Due(name, arrival if rolling else None))
    return tuple(due)


def fits_rolling(triggers: list[Mapping[str, Any]]) -> bool:
    """Say whether people enter a flow at one moment; a date trigger decides a day ahead."""
    return bool(triggers) and all(one.get("type") in ROLLING_TRIGGERS for one in triggers)


def longest_wait(kind: str, data: Mapping[str, Any]) -> int | None:
    """Return how many seconds a step keeps anybody at most; None where it may be for ever."""
    if kind in ("target-date", "back-in-stock-delay", "countdown-delay"):
        return None
    if kind != "time-delay":
        return 0
    wait = int(data.get("value", 0)) * SECONDS.get(str(data.get("unit")), DAY)
    wait += int(data.get("secondary_value") or 0) * SECONDS["minutes"]
    if data.get("delay_until_weekdays"):
        wait += 7 * DAY
    elif data.get("delay_until_time"):
        wait += DAY
    return wait


def stops_after(due: Due) -> int | None:
    """Return how many seconds after the switch a message may go to draft; None where a person decides."""
    return due.seconds + LATENESS if due.seconds else due.seconds


def is_due(due: Due, retired: datetime, now: datetime) -> bool:
    """Say whether a message of a flow that was retired at a time may go to draft now."""
    seconds = stops_after(due)
    return seconds is not None and (now - retired).total_seconds() >= seconds


def switch_off(
    flow: str, graph: Flowgraph, triggers: list[Mapping[str, Any]], *, live: bool, now: bool, scrap: bool
) -> tuple[tuple[Stage, ...], tuple[Stage, ...]]:
    """Return what stops at the switch, and what is done with the flow at the end.

    ``now`` stops all of it and loses the rest for everybody under way; otherwise only what nobody under way waits
    for stops, and the rest as it falls due. ``scrap`` deletes the flow at the end instead of retiring it.
    """
    if not live:
        return (), (DeleteFlow(flow) if scrap else Retire(flow),)
    if now:
        return (SetStatus(flow, "draft"),), (Retire(flow),)
    due = schedule(graph, triggers)
    first = tuple(SetActionStatus(flow, one.action, "", "draft") for one in due if one.seconds == 0)
    return first, (Retire(flow, tuple(one for one in due if one.seconds != 0)),)


def is_all_transactional(graph: Flowgraph) -> bool:
    """Say whether a gap of one call would lose what people wait for."""
    messages = [data for data in graph.data.values() if data.get("message")]
    return bool(messages) and all(is_transactional(data) for data in messages)
