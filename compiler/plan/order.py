"""The order of calls that is safe while a flow is live.

Lower statuses; change fields; insert (messages come as drafts); read back; delete what is no delay; raise, the last
step of a path first; delete delays, last first, since each releases those who wait at it and all below must be
final by then; read back twice. A transactional message is raised before anything is deleted: better twice than never.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any, cast

from compiler.codecs.base import same
from compiler.diff.flowgraph import ROOT, Flowgraph
from compiler.plan.inplace import Edits, needs_status, rises
from compiler.plan.knowledge import RANK, TIMING, is_transactional, status_of
from compiler.plan.stages import (
    Change,
    DeleteAction,
    InsertAction,
    PatchAction,
    Path,
    ReadBack,
    SetActionStatus,
    SetStatus,
    Stage,
    Status,
)


@dataclass(slots=True)
class _Sorted:
    """Changes of single actions by when they are due; raises with the place of their step in the desired flow."""

    lower: list[Stage] = field(default_factory=list)
    patch: list[Stage] = field(default_factory=list)
    early: list[tuple[int, Stage]] = field(default_factory=list)
    late: list[tuple[int, Stage]] = field(default_factory=list)


def order(flow: str, live: Flowgraph, desired: Flowgraph, edits: Edits) -> tuple[Stage, ...]:
    """Return the stages of a flow's edits in the safe order; empty if nothing changes."""
    ranks, live_ranks = depth_first(desired), depth_first(live)
    found = _Sorted()
    for old, new in edits.kept:
        _change(flow, live, desired, old, new, edits, ranks, found)
    for step in edits.inserted:
        _raise_inserted(flow, desired, step, edits, ranks, found)
    inserts = [
        InsertAction(flow, step, desired.steps[step].kind, where) for run in edits.runs for step, where in run
    ]
    gone = sorted(edits.deleted, key=lambda name: -live_ranks[name])
    deletes: list[Stage] = [DeleteAction(flow, name, live.steps[name].kind) for name in gone]
    whole = _whole(flow, live, edits)
    stages: list[Stage] = [
        *(whole if whole and not _is_raise(edits) else []),
        *found.lower,
        *found.patch,
        *inserts,
    ]
    if stages:
        stages.append(ReadBack(flow))
    stages += _last_first(found.early)
    stages += [stage for stage in deletes if not _is_timing(stage)]
    stages += whole if whole and _is_raise(edits) else []
    stages += _last_first(found.late)
    stages += [stage for stage in deletes if _is_timing(stage)]
    return (*stages, ReadBack(flow, final=True)) if stages else ()


def _whole(flow: str, live: Flowgraph, edits: Edits) -> list[Stage]:
    if edits.status is None:
        return []
    assert live.data, "a flow without actions has no status to change"
    return [SetStatus(flow, edits.status)]


def _is_raise(edits: Edits) -> bool:
    return RANK[edits.status or "draft"] > 0


def _is_timing(stage: Stage) -> bool:
    return isinstance(stage, DeleteAction) and stage.kind in TIMING


def _last_first(stages: list[tuple[int, Stage]]) -> list[Stage]:
    return [stage for _, stage in sorted(stages, key=lambda one: -one[0])]


def _change(
    flow: str,
    live: Flowgraph,
    desired: Flowgraph,
    old: str,
    new: str,
    edits: Edits,
    ranks: Mapping[str, int],
    found: _Sorted,
) -> None:
    """Sort one kept step: lower or raise its status with its fields in one call, or change fields alone."""
    before, after = live.data[old], desired.data[new]
    changes = overlay(before, after)
    if edits.status is not None:
        changes = tuple(change for change in changes if change.path != ("data", "status"))
    if not changes:
        return
    status = next((change for change in changes if change.path == ("data", "status")), None)
    stage: Stage = PatchAction(flow, old, new, live.steps[old].kind, changes)
    if status is not None and len(changes) == 1:
        stage = SetActionStatus(flow, old, new, status.new)
    if status is None:
        found.patch.append(stage)
    elif not rises(status.old, status.new):
        found.lower.append(stage)
    elif is_transactional(after):
        found.early.append((ranks[new], stage))
    else:
        found.late.append((ranks[new], stage))


def _raise_inserted(
    flow: str, desired: Flowgraph, step: str, edits: Edits, ranks: Mapping[str, int], found: _Sorted
) -> None:
    data = desired.data[step]
    status = status_of(data)
    if edits.status is not None or not needs_status(desired.steps[step].kind, status):
        return
    stage = SetActionStatus(flow, None, step, as_status(status))
    (found.early if is_transactional(data) else found.late).append((ranks[step], stage))


def as_status(value: str | None) -> Status:
    """Return a status of the API; anything else is a mistake of the caller."""
    assert value in ("draft", "manual", "live", "disabled"), f"{value} is no status"
    return cast("Status", value)


def overlay(old: Any, new: Any, path: Path = ("data",)) -> tuple[Change, ...]:
    """Return the smallest objects' fields that differ; lists are compared whole, but branches one by one."""
    return tuple(_overlay(old, new, path))


def _overlay(old: Any, new: Any, path: Path) -> Iterator[Change]:
    if same(old, new):
        return
    if isinstance(old, Mapping) and isinstance(new, Mapping):
        for key in sorted({*old, *new}):
            before, after = old.get(key), new.get(key)
            if key != "template":
                yield from _overlay(before, after, (*path, key))
            elif not same(before, after):  # one reference, whichever parts its content has
                yield Change((*path, key), before, after)
    elif path[-1] == "branches" and isinstance(old, list) and isinstance(new, list) and len(old) == len(new):
        for place, (before, after) in enumerate(zip(old, new, strict=True)):
            yield from _overlay(before, after, (*path, place))
    else:
        yield Change(path, old, new)


def depth_first(graph: Flowgraph) -> dict[str, int]:
    """Return each step's place in an order in which every step stands behind all that lead to it."""
    waiting = {name: len(found) for name, found in graph.parents.items() if name != ROOT}
    free = [ROOT, *(name for name, count in waiting.items() if not count)]
    place: dict[str, int] = {}
    while free:
        name = free.pop()
        place[name] = len(place)
        for way in graph.steps[name].exits:
            if way.target is not None:
                waiting[way.target] -= 1
                if not waiting[way.target]:
                    free.append(way.target)
    return place
