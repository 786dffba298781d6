"""Lays a graph of steps out as nested lists, in the one canonical way (LANGUAGE, "Branches, joins, handles" 9 and 10).

D(x) is the immediate post-dominator of x, K the continuation of x's list. After a split x follows F(x): D(x) if it
is neither END nor K nor placed; else, where D(x) and K are END and x's exits hold exactly one step, that step (a
guard, whose other exit says ``end``); else nothing. A list is placed from its splits' followers outward, branches
last to first, so that a handle always names a step further down.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Final

import networkx as nx

from compiler.graph import END, add_exits
from compiler.model import Exit

CONTINUES: Final = "continues"  # a branch that is not written
DEEPEST: Final = 370  # levels of YAML; `source.DEPTH` less what stands inside the deepest step


class TooDeep(Exception):  # noqa: N818 - a verdict about a graph, not about a value
    """The splits are nested deeper than a text can be read again; ``node`` is where."""

    def __init__(self, node: int) -> None:
        super().__init__(node)
        self.node = node


@dataclass(slots=True)
class Placed:
    """One step in its list: what its exits say (a list, ``end``, ``none``, a jump's target, or nothing)."""

    node: int
    next: Any = CONTINUES
    branches: list[tuple[str, Any]] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class Jump:
    """An exit to a step that stands further down."""

    target: int


def layout(exits: Mapping[int, tuple[Exit, ...]], entry: int | None) -> list[Placed]:
    """Return the canonical nesting of the steps that ``entry`` reaches; the graph has no cycle.

    Raises TooDeep where its splits are nested more than DEEPEST levels deep.
    """
    if entry is None:
        return []
    return _Layout(exits, entry).list_from(entry, END, 1)


class _Layout:
    def __init__(self, exits: Mapping[int, tuple[Exit, ...]], entry: int) -> None:
        self.exits = exits
        graph: nx.DiGraph[int] = nx.DiGraph()
        graph.add_nodes_from((END, entry))
        for node, ways in exits.items():
            add_exits(graph, node, ways or (Exit("next", None),))
        self.dominators: dict[int, int] = nx.immediate_dominators(graph.reverse(copy=False), END)
        self.placed: set[int] = set()

    def list_from(self, node: int, after: int, level: int) -> list[Placed]:
        """Place a list that starts at ``node`` and continues at ``after``; ``level`` is its depth in the text."""
        if level > DEEPEST:
            raise TooDeep(node)
        out: list[Placed] = []
        splits: list[tuple[Placed, int]] = []
        here: int | None = node
        while here is not None:
            placed = Placed(here)
            out.append(placed)
            self.placed.add(here)
            ways = self.exits[here]
            if len(ways) == 1 and ways[0].role == "next":
                here = self._linear(placed, ways[0], after)
            else:
                follower = self._follower(placed.node, after)
                splits.append((placed, after if follower is None else follower))
                here = follower
        for placed, continuation in reversed(splits):
            self._branches(placed, continuation, level)
        return out

    def _linear(self, placed: Placed, way: Exit, after: int) -> int | None:
        target = END if way.target is None else way.target
        if target == after:
            return None
        if target == END:
            placed.next = "end"
            return None
        if target in self.placed:
            placed.next = Jump(target)
            return None
        return target

    def _follower(self, node: int, after: int) -> int | None:
        dominator = self.dominators[node]
        if dominator not in (END, after) and dominator not in self.placed:
            return dominator
        if dominator == END and after == END:
            steps = {way.target for way in self.exits[node] if way.target is not None}
            if len(steps) == 1 and not steps & self.placed:
                return steps.pop()
        return None

    def _branches(self, placed: Placed, continuation: int, level: int) -> None:
        for way in reversed(self.exits[placed.node]):
            target = END if way.target is None else way.target
            value: Any = CONTINUES
            if target != continuation:
                inner = level + (
                    5 if way.role.isdigit() else 3
                )  # item, kind, then; or item, kind, branches, item, then
                value = self._branch(target, continuation, inner)
            placed.branches.append((way.role, value))
        placed.branches.reverse()

    def _branch(self, target: int, continuation: int, level: int) -> Any:
        if target == END:
            return "end"
        if target in self.placed:
            return Jump(target)
        return self.list_from(target, continuation, level)
