"""Names the steps that need a handle: legal temporary ids, and the targets of jumps."""

from __future__ import annotations

import re
from collections.abc import Mapping

from compiler.layout import Jump, Placed
from compiler.lift.state import Action, Lifting

LEGAL_ID = re.compile(r"[A-Za-z][A-Za-z0-9_-]*")
RESERVED = ("end", "none")


def name_handles(lifting: Lifting, placed: list[Placed]) -> None:
    """Give a handle to each legal temporary id and to each step that an exit jumps to."""
    taken = set()
    for index, action in enumerate(lifting.actions):
        given = action.api.get("temporary_id")
        if (
            isinstance(given, str)
            and LEGAL_ID.fullmatch(given)
            and given not in RESERVED
            and given not in taken
        ):
            lifting.handles[index] = given
            taken.add(given)
    for target in _jumps_in(placed):
        if target not in lifting.handles:
            lifting.handles[target] = _free_name(_slug_of(lifting.actions[target]), taken)
            taken.add(lifting.handles[target])


def _jumps_in(placed: list[Placed]) -> list[int]:
    out: list[int] = []
    for item in placed:
        ways = [item.next, *(value for _, value in item.branches)]
        for way in ways:
            if isinstance(way, Jump):
                out.append(way.target)
            elif isinstance(way, list):
                out += _jumps_in(way)
    return sorted(out)


def _slug_of(action: Action) -> str:
    data = action.api.get("data")
    data = data if isinstance(data, Mapping) else {}
    message = data.get("message")
    for name in (
        message.get("name") if isinstance(message, Mapping) else None,
        data.get("name"),
        action.kind,
        "step",
    ):
        slug = re.sub(r"[^a-z0-9]+", "-", str(name).lower()).strip("-") if name else ""
        if LEGAL_ID.fullmatch(slug) and slug not in RESERVED:
            return slug
    return "step"


def _free_name(slug: str, taken: set[str]) -> str:
    name, number = slug, 2
    while name in taken:
        name, number = f"{slug}-{number}", number + 1
    return name
