"""Where new steps are inserted: right behind the old step of their class that goes, in runs behind one anchor.

Anchors are steps that the flow has, also such as will go, so that no call needs the id of a step that another call
made; only below a new split, and in an empty flow, there is no other anchor.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from compiler.diff.flowgraph import ROOT, Flowgraph
from compiler.plan.chains import Script
from compiler.plan.knowledge import step_class
from compiler.plan.skeleton import Edge
from compiler.plan.stages import After, AfterNew, Before, First, Place

Run = tuple[tuple[str, Place], ...]


@dataclass(frozen=True, slots=True)
class Row:
    """One edge with its script; ``empty`` says that the flow has no action at all."""

    live: Flowgraph
    desired: Flowgraph
    edge: Edge
    script: Script
    empty: bool


@dataclass(frozen=True, slots=True)
class _Item:
    """A step of the row while old and new steps stand side by side."""

    name: str
    new: bool


def place(row: Row) -> list[Run]:
    """Return the inserts of one edge as runs in the order of their calls."""
    items = [*_merged(row)]
    runs: list[Run] = []
    anchor: str | None = None  # the old step before the items looked at
    waiting: list[str] = []
    for item in [*items, None]:
        if item is not None and item.new:
            waiting.append(item.name)
            continue
        last = item is None
        if waiting or (last and row.edge.graft):
            runs.append(_run(row, anchor, waiting, item, graft=row.edge.graft if last else None))
        waiting = []
        anchor = item.name if item is not None else anchor
    return runs


def _merged(row: Row) -> Iterator[_Item]:
    """Yield old and new steps as they stand before anything is deleted."""
    gone: list[str] = []
    come: list[str] = []
    for i, j in [*row.script, (None, None)]:
        if i is not None and j is None:
            gone.append(row.edge.old[i])
        elif j is not None and i is None:
            come.append(row.edge.new[j])
        else:
            yield from _gap(row, gone, come)
            gone, come = [], []
            if i is not None:
                yield _Item(row.edge.old[i], new=False)


def _gap(row: Row, gone: list[str], come: list[str]) -> Iterator[_Item]:
    """Merge by class: a new step stands right behind the first old one of its class that is left."""
    kinds = [step_class(row.live.steps[name].kind) for name in gone]
    done = 0
    for name in come:
        wanted = step_class(row.desired.steps[name].kind)
        found = next((at for at in range(done, len(gone)) if kinds[at] == wanted), None)
        if found is not None:
            yield from (_Item(old, new=False) for old in gone[done : found + 1])
            done = found + 1
        yield _Item(name, new=True)
    yield from (_Item(old, new=False) for old in gone[done:])


def _run(row: Row, anchor: str | None, steps: list[str], follower: _Item | None, graft: str | None) -> Run:
    """Place steps that stand one after the other, and a new split behind them, behind one anchor."""
    chain = [*steps, *([graft] if graft else [])]
    below = [*_below(row.desired, graft)] if graft else []
    source = row.edge.source
    if anchor is not None:
        behind = After(anchor, "next")
        return (*((step, behind) for step in reversed(chain)), *below)
    if source != ROOT:
        behind = After(source, exit_key(row.edge.exit))
        return (*((step, behind) for step in reversed(chain)), *below)
    if row.empty:
        first, *rest = chain
        return ((first, First()), *((step, AfterNew(first, "next")) for step in reversed(rest)), *below)
    target = follower.name if follower is not None else row.edge.stop
    assert target is not None, "a flow with actions has one behind its start"
    return tuple((step, Before(target)) for step in chain)


def _below(desired: Flowgraph, split: str) -> Iterator[tuple[str, Place]]:
    """Yield the steps below a new split: of each branch the last first, all behind the branch's exit."""
    for way in desired.steps[split].exits:
        chain: list[str] = []
        head = way.target
        inner: str | None = None
        while head is not None:
            chain.append(head)
            if desired.steps[head].splits:
                inner = head
                break
            head = desired.steps[head].exits[0].target
        yield from ((step, AfterNew(split, exit_key(way.label))) for step in reversed(chain))
        if inner is not None:
            yield from _below(desired, inner)


def exit_key(label: str) -> str | int:
    """Return the key of a link, or the place of a branch, that a label of the graph stands for."""
    return int(label[len("branches[") : -1]) if label.startswith("branches[") else label
