"""Two flows with their linear steps contracted: can single calls turn the one into the other, and which edges then.

What is left after contracting are splits, tests, the points where paths join, ends and the entry. Calls on single
actions change none of these, so both skeletons must be equal exit by exit; the one exception is a multi-branch
split at the end of a path, which can be inserted.
"""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass, field
from typing import Final, Literal

from compiler.diff.flowgraph import ROOT, Flowgraph
from compiler.normalise.shape import BRANCHES
from compiler.plan.knowledge import is_linear

Stop = Literal["end", "node", "join"]


@dataclass(frozen=True, slots=True)
class Edge:
    """The linear steps between two points of both skeletons.

    ``source`` and ``exit`` say where it starts on the live side; a ``pinned`` edge starts with a join, whose
    first steps are one. ``graft`` is a new split of the desired side that ends it. ``joint`` says whether paths
    join at either end of it.
    """

    source: str
    exit: str
    old: tuple[str, ...]
    new: tuple[str, ...]
    pinned: bool
    stop: str | None
    graft: str | None
    joint: bool


@dataclass(slots=True)
class Skeleton:
    """What the walk found: pairs of nodes, edges in walking order, and why the two do not correspond."""

    nodes: list[tuple[str, str]] = field(default_factory=list)
    edges: list[Edge] = field(default_factory=list)
    reasons: list[str] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class _Run:
    steps: tuple[str, ...]
    stop: Stop
    at: str | None


_Waiting = tuple[str, str, str | None, str | None, bool]  # source, exit, heads of both sides, from a join

WORDS: Final = {"end": "ends", "node": "goes on with a split or a test", "join": "joins another path"}


def walk(live: Flowgraph, desired: Flowgraph) -> Skeleton:
    """Walk both flows in lock step from their entries."""
    found = Skeleton()
    partner: dict[str, str] = {}
    waiting: deque[_Waiting] = deque(
        [(ROOT, "entry", live.steps[ROOT].exits[0].target, desired.steps[ROOT].exits[0].target, False)]
    )
    while waiting:
        source, label, old, new, pinned = waiting.popleft()
        left, right = run(live, old, pinned), run(desired, new, pinned)
        graft = None
        if left.stop == "end" and right.stop == "node" and is_graft(desired, right.at):
            graft = right.at
        elif left.stop != right.stop:
            found.reasons.append(
                f"{_where(live, source, label)} the live path {WORDS[left.stop]} and the desired one {WORDS[right.stop]}"
            )
            continue
        joint = pinned or left.stop == "join"
        found.edges.append(Edge(source, label, left.steps, right.steps, pinned, left.at, graft, joint))
        if left.at is None or right.at is None or graft:
            continue
        if left.stop == "node":
            waiting.extend(_node(live, desired, left.at, right.at, found))
        elif left.at not in partner and right.at not in partner.values():
            partner[left.at] = right.at
            waiting.append((left.at, "join", left.at, right.at, True))
        elif partner.get(left.at) != right.at:
            found.reasons.append(f"{_where(live, source, label)} paths join at another place")
    return found


def run(graph: Flowgraph, head: str | None, pinned: bool) -> _Run:
    """Return the linear steps from a step on, and what stops them; a pinned run starts with its join."""
    steps: list[str] = []
    first = pinned
    while head is not None:
        step = graph.steps[head]
        if graph.is_join(head) and not first:
            return _Run(tuple(steps), "join", head)
        if not is_linear(step.kind):
            return _Run(tuple(steps), "node", head)
        steps.append(head)
        first = False
        head = step.exits[0].target
    return _Run(tuple(steps), "end", None)


def is_graft(graph: Flowgraph, split: str | None) -> bool:
    """Say whether a step is a multi-branch split that can be inserted with all below it."""
    waiting = [split]
    while waiting:
        head = waiting.pop()
        if head is None:
            continue
        step = graph.steps[head]
        if graph.is_join(head) or not (step.kind == BRANCHES or is_linear(step.kind)):
            return False
        waiting += [way.target for way in step.exits]
    return split is not None


def _node(live: Flowgraph, desired: Flowgraph, old: str, new: str, found: Skeleton) -> list[_Waiting]:
    before, after = live.steps[old], desired.steps[new]
    labels = [way.label for way in before.exits]
    if before.kind != after.kind or labels != [way.label for way in after.exits]:
        found.reasons.append(f"{called(live, old)} becomes a {after.kind} with {len(after.exits)} exits")
        return []
    if not before.splits and before.content != after.content:
        found.reasons.append(f"{called(live, old)} changes, and no call changes what it compares")
        return []
    found.nodes.append((old, new))
    return [
        (old, way.label, way.target, other.target, False)
        for way, other in zip(before.exits, after.exits, strict=True)
    ]


def called(graph: Flowgraph, name: str) -> str:
    """Return a step's kind and name for a sentence."""
    step = graph.steps[name]
    return f'the {step.kind} "{step.name}"' if step.name else f"the {step.kind} {name}"


def _where(graph: Flowgraph, source: str, label: str) -> str:
    if source == ROOT:
        return "behind the trigger"
    return f"behind {called(graph, source)}" + (f" ({label})" if label not in ("next", "join") else "")
