"""A definition's actions as a graph: exits, their order, and what follows from them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

Action = dict[str, Any]

LINEAR = "next"
BOOLEAN_SPLITS = ("conditional-split", "trigger-split", "action-output-split")
BRANCHES = "multi-branch-split"


@dataclass(frozen=True, slots=True)
class Exit:
    """One way out of an action: the key of its link, or the index of its branch; ``target`` may be None."""

    where: str | int
    target: str | None

    @property
    def pointer(self) -> str:
        """Where the link stands inside the action."""
        if isinstance(self.where, int):
            return f"/data/branches/{self.where}/links/next"
        return f"/links/{self.where}"


def exits(action: Mapping[str, Any]) -> list[Exit]:
    """Return an action's exits in the order in which the API walks them: next; true, false; branches."""
    if action.get("type") == BRANCHES:
        branches = (action.get("data") or {}).get("branches") or []
        return [Exit(n, (branch.get("links") or {}).get("next")) for n, branch in enumerate(branches)]
    links = action.get("links") or {}
    keys = ("next_if_true", "next_if_false") if action.get("type") in BOOLEAN_SPLITS else (LINEAR,)
    return [Exit(key, links.get(key)) for key in keys]


def targets(action: Mapping[str, Any]) -> list[str]:
    """Return the ids that an action leads to."""
    return [found.target for found in exits(action) if found.target is not None]


def set_exit(action: Action, where: str | int, target: str | None) -> None:
    """Point one exit of ``action`` at ``target``; a branch that leads nowhere reads ``links: null``."""
    if isinstance(where, int):
        action["data"]["branches"][where]["links"] = None if target is None else {"next": target}
    else:
        action["links"] = {**(action.get("links") or {}), where: target}


def retarget(action: Action, new: Mapping[str, str | None]) -> bool:
    """Point every exit that leads to a key of ``new`` at its value; return whether anything changed."""
    changed = [found for found in exits(action) if found.target in new]
    for found in changed:
        set_exit(action, found.where, new[str(found.target)])
    return bool(changed)


def breadth_first(actions: Mapping[str, Mapping[str, Any]], entry: str | None) -> list[str]:
    """Return the ids that ``entry`` reaches, level by level, the true branch before the false one."""
    order: list[str] = []
    seen: set[str] = set()
    level = [entry] if entry in actions else []
    while level:
        following: list[str | None] = []
        for identifier in level:
            if identifier is not None and identifier in actions and identifier not in seen:
                seen.add(identifier)
                order.append(identifier)
                following.extend(targets(actions[identifier]))
        level = following
    return order


def parents(actions: Iterable[Mapping[str, Any]], identifier: str) -> list[Mapping[str, Any]]:
    """Return the actions that lead to ``identifier``."""
    return [action for action in actions if identifier in targets(action)]


def on_a_cycle(actions: Mapping[str, Mapping[str, Any]]) -> str | None:
    """Return the id of an action that leads back to itself, or ``None``."""
    waiting = dict.fromkeys(actions, 0)
    for action in actions.values():
        for target in targets(action):
            if target in waiting:
                waiting[target] += 1
    free = [identifier for identifier, count in waiting.items() if not count]
    while free:
        for target in targets(actions[free.pop()]):
            if target in waiting:
                waiting[target] -= 1
                if not waiting[target]:
                    free.append(target)
    return next((identifier for identifier, count in waiting.items() if count), None)
