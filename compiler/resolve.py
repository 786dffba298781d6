"""Turns a flow document's nested steps into a :class:`Flow` whose exits lead to steps.

The rules are LANGUAGE's "Branches, joins, handles": an exit that is not written leads to the continuation (the
next item of the list; of the last item, that of the list), ``end`` to the end, a handle to a step further down.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from compiler import kinds
from compiler.codecs.base import At, Mistake, unwind
from compiler.diagnostics import nearest
from compiler.model import BRANCH_KEYS, INHERIT, Exit, Flow, Step

STEP_KEYS = ("id", "status", "next", "raw")
UNWRITTEN = object()
HINTS = 20  # finding the nearest name takes long in a flow of thousands


@dataclass(slots=True)
class _Node:
    """A step under construction: its branches are lists of nodes, words, or UNWRITTEN."""

    index: int
    kind: str
    item: Mapping[str, Any]
    at: At
    branches: list[tuple[str, Any, At]] = field(default_factory=list)
    exits: list[Exit] = field(default_factory=list)


class _Resolver:
    def __init__(self) -> None:
        self.nodes: list[_Node] = []
        self.ids: dict[str, int] = {}
        self.mistakes: list[Mistake] = []

    def mistake(self, code: str, message: str, at: At) -> None:
        self.mistakes.append(Mistake(code, message, unwind(at)))

    def plant(self, items: list[Any], at: At) -> list[_Node]:
        """Return the steps of a list, numbered in the order of the text, and note their handles."""
        return [self._plant_one(item, (at, index)) for index, item in enumerate(items)]

    def _plant_one(self, item: Mapping[str, Any], at: At) -> _Node:
        kind = kind_of(item)
        self._one_kind(item, at)
        node = _Node(len(self.nodes), kind, item, at)
        self.nodes.append(node)
        handle = item.get("id")
        if handle is not None:
            if handle in self.ids:
                self.mistake("F302", f'two steps have the id "{handle}"', (at, "id"))
            self.ids[handle] = node.index
        for role, value, where in branches_of(kind, item, at):
            planted = self.plant(value, where) if isinstance(value, list) else value
            node.branches.append((role, planted, where))
        return node

    def _one_kind(self, item: Mapping[str, Any], at: At) -> None:
        found = [key for key in item if key in kinds.kinds("actions")]
        if len(found) > 1:
            self.mistake(
                "F204",
                f"two kinds in one step, {found[0]} and {found[1]}; did you forget a dash, or to indent?",
                (at, found[1]),
            )
        elif not found and "raw" not in item:
            self.mistake("F204", "a step needs its kind, such as send-email", at)
        for key in ("then", "else"):
            if found and key in item:
                self.mistake("F204", _misplaced(key, found[0]), (at, key))

    def wire(self, nodes: list[_Node], after: int | None) -> None:
        """Give every exit its target; ``after`` is the list's continuation."""
        for position, node in enumerate(nodes):
            last = position == len(nodes) - 1
            continuation = after if last else nodes[position + 1].index
            if node.branches:
                self._wire_split(node, continuation)
            else:
                self._wire_linear(node, continuation, last=last)

    def _wire_split(self, node: _Node, continuation: int | None) -> None:
        if "next" in node.item:
            self.mistake("F304", f"a {node.kind} has no next; its exits are its branches", (node.at, "next"))
        for role, value, where in node.branches:
            if isinstance(value, list):
                node.exits.append(Exit(role, value[0].index if value else continuation))
                self.wire(value, continuation)
            elif value != "none" or role != "else" or node.kind != "multi-branch-split":
                node.exits.append(Exit(role, self._target(node, value, continuation, where)))

    def _wire_linear(self, node: _Node, continuation: int | None, *, last: bool) -> None:
        written = node.item.get("next", UNWRITTEN)
        if written is not UNWRITTEN and not last:
            self.mistake("F304", "next stands only in the last step of a list", (node.at, "next"))
        node.exits.append(Exit("next", self._target(node, written, continuation, (node.at, "next"))))

    def _target(self, node: _Node, value: Any, continuation: int | None, at: At) -> int | None:
        if value is UNWRITTEN or value is None:
            return continuation
        if value == "end":
            return None
        target = self.ids.get(value)
        if target is None:
            hint = nearest(value, [*self.ids, "end"]) if len(self.mistakes) < HINTS else ""
            self.mistake("F301", f'step "{value}" does not exist{hint}', at)
        elif target <= node.index:
            self.mistake(
                "F303", f'step "{value}" stands further up; a step leads only to one further down', at
            )
        return target


def _misplaced(key: str, kind: str) -> str:
    """Say where a branch beside a step's kind belongs."""
    if kinds.kinds("actions")[kind].exits == "true-false":
        return f"{key} stands inside {kind}; indent it by two"
    return f"a {kind} has no {key}; only splits have branches"


def kind_of(item: Mapping[str, Any]) -> str:
    """Return the kind that is the key of a step, ``raw`` for a step that is nothing else."""
    return next(
        (key for key in item if key not in STEP_KEYS and key not in ("then", "else", "allocation")), "raw"
    )


def branches_of(kind: str, item: Mapping[str, Any], at: At) -> list[tuple[str, Any, At]]:
    """Return (role, written value, place) of each branch of a step, in the order of its exits."""
    if kind == "raw":
        return (
            [(role, item.get(key, UNWRITTEN), (at, key)) for role, key in BRANCH_KEYS.items()]
            if "then" in item or "else" in item
            else []
        )
    exits = kinds.kinds("actions")[kind].exits
    if exits == "next":
        return []
    body, where = item[kind] or {}, (at, kind)
    if exits == "true-false":
        return [(role, body.get(key, UNWRITTEN), (where, key)) for role, key in BRANCH_KEYS.items()]
    listed: At = (where, "branches")
    found = [
        (str(position), branch.get("then", UNWRITTEN), ((listed, position), "then"))
        for position, branch in enumerate(body.get("branches") or ())
    ]
    return [*found, ("else", body.get("else", UNWRITTEN), (where, "else"))]


def resolve(data: Mapping[str, Any]) -> tuple[Flow, list[Mistake]]:
    """Return the flow of a valid flow document, and what is wrong with its handles."""
    resolver = _Resolver()
    resolver.wire(resolver.plant(data.get("steps") or [], (None, "steps")), None)
    steps = tuple(
        Step(
            index=node.index,
            kind=node.kind,
            body=node.item.get(node.kind) if node.kind != "raw" else None,
            id=node.item.get("id"),
            status=node.item.get("status", INHERIT),
            raw=node.item.get("raw"),
            at=node.at,
            exits=tuple(node.exits),
        )
        for node in resolver.nodes
    )
    return Flow(data["name"], data.get("status") or "draft", data, steps), resolver.mistakes
