"""What a revision can do, what ``probe`` has shown, and what kinds of steps mean to the planner."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final, Literal

from compiler import kinds
from compiler.normalise.shape import TESTS

TIMING: Final = frozenset({"time-delay", "countdown-delay", "target-date", "back-in-stock-delay"})
UNSURE: Final = frozenset({"code", "internal-service"})  # nobody has seen whether these can be inserted
INERT: Final = ("draft", "disabled")
RANK: Final[Mapping[str, int]] = {"disabled": 0, "draft": 0, "manual": 1, "live": 2}


@dataclass(frozen=True, slots=True)
class Knowledge:
    """The answers of ``probe``, None where it has not asked; ``refused`` are calls that the server refused."""

    joins_at_create: Literal["accepted", "refused"] | None = None
    delete_links: Literal["splice", "cut"] | None = None
    patch_links: Literal["ignored", "honoured", "refused"] | None = None
    flow_status: Literal["follows", "separate"] | None = None
    equal_flow_names: Literal["accepted", "refused"] | None = None
    insert_at_join: Literal["every", "first"] | None = None
    refused: frozenset[str] = frozenset()


def calls(revision: str, known: Knowledge) -> frozenset[str]:
    """Return the calls on flows that a revision has, without those that the server is known to refuse."""
    return frozenset(kinds.revision_row(revision)["calls"]) - known.refused


def is_linear(kind: str) -> bool:
    """Say whether a kind leaves by ``next`` and can be inserted: fourteen kinds, tests are none of them."""
    known = kinds.kinds("actions").get(kind)
    return known is not None and known.exits == "next" and kind not in TESTS


def is_message(kind: str) -> bool:
    """Say whether a kind sends a message."""
    known = kinds.kinds("actions").get(kind)
    return known is not None and known.within == ("data", "message")


def has_status(kind: str) -> bool:
    """Say whether a step of this kind can be a draft."""
    known = kinds.kinds("actions").get(kind)
    return known is not None and known.status


def step_class(kind: str) -> str:
    """Return the class by which old and new steps are merged: message, timing or other."""
    if kind in TIMING:
        return "timing"
    return "message" if is_message(kind) else "other"


def status_of(data: Mapping[str, Any]) -> str | None:
    """Return the status in an action's normalised data."""
    return data.get("status")


def is_transactional(data: Mapping[str, Any]) -> bool:
    """Say whether a message is transactional."""
    return bool((data.get("message") or {}).get("transactional"))
