"""What a flow and a segment are after resolving: frozen, with exits that lead to steps by their position.

A :class:`Step` keeps its author's value (``body``); lowering it is the business of its kind's codec. Exits are in
the order in which the API's links are read: ``next``; ``true``, ``false``; the branches by position, then ``else``.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

from compiler.codecs.base import At

INHERIT: Final = "inherit"  # a step that does not write its status has the flow's
LINKS: Final = {"next": "next", "true": "next_if_true", "false": "next_if_false"}
BRANCH_KEYS: Final = {"true": "then", "false": "else"}


@dataclass(frozen=True, slots=True)
class Exit:
    """One way out of a step; target None is the flow's end."""

    role: str
    target: int | None


@dataclass(frozen=True, slots=True)
class Step:
    """One step: its kind (``raw`` for one that this version does not know), its author's value, its exits."""

    index: int
    kind: str
    body: Any
    id: str | None
    status: str | None
    raw: Mapping[str, Any] | None
    at: At
    exits: tuple[Exit, ...]


@dataclass(frozen=True, slots=True)
class Flow:
    """One flow as its author means it; ``steps`` are in the order of the text, the first is the entry."""

    name: str
    status: str
    data: Mapping[str, Any]
    steps: tuple[Step, ...]


@dataclass(frozen=True, slots=True)
class Segment:
    """One segment as its author means it."""

    name: str
    data: Mapping[str, Any]
