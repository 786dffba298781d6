"""The flow's graph: a networkx.DiGraph whose nodes are steps (by position) and whose edges are exits."""

from __future__ import annotations

from collections.abc import Iterable

import networkx as nx

from compiler.model import Exit, Flow

END = -1


def build(flow: Flow) -> nx.DiGraph[int]:
    """Return the graph of a flow; node attribute ``step``, edge attribute ``roles``; END is the sink."""
    graph: nx.DiGraph[int] = nx.DiGraph()
    graph.add_nodes_from((step.index, {"step": step}) for step in flow.steps)
    graph.add_node(END)
    for step in flow.steps:
        add_exits(graph, step.index, step.exits)
    return graph


def add_exits(graph: nx.DiGraph[int], node: int, exits: Iterable[Exit]) -> None:
    """Add a step's exits as edges; two exits to one step share an edge."""
    for way in exits:
        target = END if way.target is None else way.target
        if graph.has_edge(node, target):
            graph.edges[node, target]["roles"] += (way.role,)
        else:
            graph.add_edge(node, target, roles=(way.role,))


def breadth_first(graph: nx.DiGraph[int]) -> list[int]:
    """Return the steps that the entry leads to, breadth-first, true branch first (as the server orders them)."""
    if 0 not in graph:
        return []
    found = (target for _, target in nx.bfs_edges(graph, 0))
    return [0, *(target for target in found if target != END)]
