"""Where the steps of a flow lead, and which of the answers a flow's change is."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from compiler.normalise.shape import ways

Links = dict[str, dict[str | int, str | None]]


def links_of(definition: Mapping[str, Any]) -> Links:
    """Return where each action leads, by its id and exit; what the entry does not reach is left out."""
    found: Links = {str(one["id"]): dict(ways(one)) for one in definition.get("actions") or ()}
    return reached(found, definition.get("entry_action_id"))


def reached(links: Links, entry: str | None) -> Links:
    """Return what the entry reaches; a link to what is not there counts as an end."""
    out: Links = {}
    waiting = [entry]
    while waiting:
        name = waiting.pop()
        if name is not None and name in links and name not in out:
            out[name] = {key: to if to in links else None for key, to in links[name].items()}
            waiting += out[name].values()
    return out


def parents(links: Links, action: str) -> list[str]:
    """Return the actions that lead to an action."""
    return sorted(name for name, exits in links.items() if action in exits.values())


def joins(links: Links) -> list[str]:
    """Return the actions to which several paths lead."""
    return sorted(name for name in links if len(parents(links, name)) > 1)


def without(links: Links, entry: str | None, action: str, *, splice: bool) -> tuple[Links, str | None]:
    """Return the links and the entry after an action is deleted: what led to it leads on, or ends."""
    following = next(iter(links[action].values())) if splice else None

    def led(target: str | None) -> str | None:
        return following if target == action else target

    left = {
        name: {key: led(to) for key, to in exits.items()} for name, exits in links.items() if name != action
    }
    return reached(left, led(entry)), led(entry)
