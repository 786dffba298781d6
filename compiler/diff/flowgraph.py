"""A flow definition as a graph that the matcher can walk: steps, exits, regions and what lies below what.

"Below" means dominated: a step lies below a split if every path from the entry to it passes the split. Each
step below has a place in one numbering, so that "how many of these lie below that split" costs a comparison.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from compiler.diagnostics import Fatal
from compiler.diff.content import comparable, content, digest, step_name

ROOT = ""  # stands above the entry, as if the trigger were a step; no action has an empty id
TRUE_FALSE = ("next_if_true", "next_if_false")


@dataclass(frozen=True, slots=True)
class Exit:
    """One way out of a step: its label, the step that it leads to (None: the end), its branch's own content."""

    label: str
    target: str | None
    branch: str = ""


@dataclass(frozen=True, slots=True)
class Step:
    """One action: id, kind, name, digest of its content, digest of all that is compared, exits in order."""

    id: str
    kind: str
    name: str
    content: str
    compared: str
    exits: tuple[Exit, ...]
    splits: bool


@dataclass(frozen=True, slots=True)
class Chain:
    """Steps one after the other, and what stands behind them: a split, or a join, or neither (the end)."""

    steps: list[str]
    split: str | None
    join: str | None


@dataclass(frozen=True, slots=True)
class Flowgraph:
    """A definition's steps by id, their actions, and the shape of the graph.

    ``order`` lists the ids region by region from the entry; ``first`` and ``last`` give, as a half-open range
    in ``order``, what lies at and below a step. ``regions`` gives the steps that start a new region below a
    step without being the only target of one exit: joins, and parts that nothing leads to.
    """

    steps: Mapping[str, Step]
    data: Mapping[str, Mapping[str, Any]]
    parents: Mapping[str, tuple[tuple[str, int], ...]]
    regions: Mapping[str, tuple[str, ...]]
    order: tuple[str, ...] = ()
    first: Mapping[str, int] = field(default_factory=dict)
    last: Mapping[str, int] = field(default_factory=dict)

    def is_join(self, step: str) -> bool:
        """Say whether more than one exit leads to the step."""
        return len(self.parents[step]) > 1

    def below(self, step: str, above: str) -> bool:
        """Say whether a step lies at or below another."""
        return self.first[above] <= self.first[step] < self.last[above]

    def top(self, head: str | None, most: int) -> tuple[str, ...]:
        """Return the first steps at and below a step, itself first."""
        if head is None:
            return ()
        first, last = self.first[head], self.last[head]
        return self.order[first : min(last, first + most)]

    def head(self, way: Exit) -> str | None:
        """Return the step that starts an exit's branch; None where the exit ends or leads to a join."""
        return None if way.target is None or self.is_join(way.target) else way.target

    def chain(self, head: str | None) -> Chain:
        """Return the chain that starts at a step, up to the next split, join or end."""
        steps: list[str] = []
        while head is not None:
            step = self.steps[head]
            if step.splits:
                return Chain(steps, head, None)
            steps.append(head)
            head = step.exits[0].target
            if head is not None and self.is_join(head):
                return Chain(steps, None, head)
        return Chain(steps, None, None)


def read_flow(definition: Mapping[str, Any]) -> Flowgraph:
    """Turn a normalised definition in the API's shape into a graph.

    Raises ``Fatal`` if an id is missing or used twice, if a link leads nowhere, or if the steps form a loop.
    """
    data: dict[str, dict[str, Any]] = {}
    steps: dict[str, Step] = {}
    for action in definition.get("actions") or ():
        step, compared = _step(action)
        if not step.id or step.id in steps:
            raise Fatal(f"cannot compare the flow: the id {step.id!r} is missing or used twice")
        steps[step.id], data[step.id] = step, compared
    entry = definition.get("entry_action_id") or None
    steps[ROOT] = Step(ROOT, "", "", "", "", (Exit("entry", entry),), splits=True)
    return _shaped(steps, data, _parents(steps))


def _step(action: Mapping[str, Any]) -> tuple[Step, dict[str, Any]]:
    compared = comparable(action)
    recognised = content(compared)
    kind = str(action["type"])
    by_content = digest([kind, recognised])
    by_all = by_content if recognised == compared else digest(compared)
    name = str(action.get("id") or action.get("temporary_id") or "")
    exits = _exits(action, kind)
    splits = any(way.label != "next" for way in exits)
    return Step(name, kind, step_name(action), by_content, by_all, exits, splits), compared


def _exits(action: Mapping[str, Any], kind: str) -> tuple[Exit, ...]:
    """List the exits in the order of the contract; a kind that the future brings leaves by what it carries."""
    branches = (action.get("data") or {}).get("branches")
    if isinstance(branches, list) and kind.endswith("-split"):
        return tuple(_branch(place, branch) for place, branch in enumerate(branches))
    links = action.get("links") or {}
    usual = TRUE_FALSE if kind.endswith("-split") or TRUE_FALSE[0] in links else ("next",)
    labels = [*usual, *sorted(label for label in links if label not in usual)]
    return tuple(Exit(label, links.get(label) or None) for label in labels)


def _branch(place: int, branch: Mapping[str, Any]) -> Exit:
    own = digest([branch.get("name"), branch.get("branch_filter"), bool(branch.get("is_else"))])
    return Exit(f"branches[{place}]", (branch.get("links") or {}).get("next") or None, own)


def _parents(steps: Mapping[str, Step]) -> dict[str, tuple[tuple[str, int], ...]]:
    parents: dict[str, list[tuple[str, int]]] = {name: [] for name in steps}
    for step in steps.values():
        for place, way in enumerate(step.exits):
            if way.target is None:
                continue
            if way.target not in parents:
                raise Fatal(
                    f"cannot compare the flow: {step.id or 'its entry'} leads to {way.target}, which is missing"
                )
            parents[way.target].append((step.id, place))
    return {name: tuple(found) for name, found in parents.items()}


def _shaped(
    steps: Mapping[str, Step],
    data: Mapping[str, Mapping[str, Any]],
    parents: Mapping[str, tuple[tuple[str, int], ...]],
) -> Flowgraph:
    """Find the regions from the tree of dominators, and number the steps along it."""
    import networkx as nx  # noqa: PLC0415 - 0.2 s that only comparing needs

    graph: nx.DiGraph[str] = nx.DiGraph()
    graph.add_nodes_from(steps)
    graph.add_edges_from((parent, name) for name, found in parents.items() for parent, _ in found)
    graph.add_edges_from((ROOT, name) for name, found in parents.items() if name != ROOT and not found)
    if not nx.is_directed_acyclic_graph(graph):
        raise Fatal("cannot compare the flow: its steps form a loop")
    regions: dict[str, list[str]] = {}
    for name, above in nx.immediate_dominators(graph, ROOT).items():
        if name != ROOT and len(parents[name]) != 1:
            regions.setdefault(above, []).append(name)
    frozen = {name: tuple(sorted(heads)) for name, heads in regions.items()}
    return _numbered(Flowgraph(steps, data, parents, frozen))


def _numbered(graph: Flowgraph) -> Flowgraph:
    """Walk the tree of dominators in preorder, exits first, then the regions that they join in."""
    order: list[str] = []
    last: dict[str, int] = {}
    waiting: list[tuple[str, bool]] = [(ROOT, False)]
    while waiting:
        name, left = waiting.pop()
        if left:
            last[name] = len(order)
            continue
        order.append(name)
        waiting.append((name, True))
        heads = [head for way in graph.steps[name].exits if (head := graph.head(way)) is not None]
        below = [*heads, *graph.regions.get(name, ())]
        waiting.extend((head, False) for head in reversed(below))
    first = {name: place for place, name in enumerate(order)}
    return Flowgraph(graph.steps, graph.data, graph.parents, graph.regions, tuple(order), first, last)
