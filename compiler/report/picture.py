"""What a flow's picture shows, before any format: a trigger, one card a step, one way out for each exit."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Literal

from compiler.graph import breadth_first, build
from compiler.labels.conditions import statement
from compiler.labels.filters import Names
from compiler.labels.steps import Label, step_label, trigger_label
from compiler.model import Exit, Flow, Step

Mark = Literal["added", "changed", "removed"]
WORDS = {"next": "", "true": "yes", "false": "no", "else": "else"}


@dataclass(frozen=True, slots=True)
class Way:
    """One way out of a step: the exit's role, the word at it, the card's key that it leads to (None: the end).

    ``when`` says in words what a branch of a multi-branch split asks; empty elsewhere.
    """

    role: str
    word: str
    target: str | None
    when: str = ""


@dataclass(frozen=True, slots=True)
class Card:
    """One step: its key (the action's id), kind, label, status where it has one, mark and ways out."""

    key: str
    kind: str
    label: Label
    status: str | None
    ways: tuple[Way, ...]
    mark: Mark | None = None


@dataclass(frozen=True, slots=True)
class Picture:
    """One flow; ``cards`` stand in the order of its text, the first is the entry."""

    name: str
    status: str
    trigger: Label
    cards: tuple[Card, ...]

    def own_status(self, card: Card) -> str | None:
        """Return a card's status where it is not the flow's."""
        return card.status if card.status != self.status else None

    def details(self, card: Card) -> tuple[str, ...]:
        """Return what stands below a card's title in small print: a status of its own, the first detail."""
        return tuple(text for text in (self.own_status(card), *card.label.details[:1]) if text)


def picture(
    flow: Flow,
    definition: Mapping[str, Any],
    names: Names | None = None,
    marks: Mapping[str, Mark] | None = None,
) -> Picture:
    """Return the picture of a flow and its lowered definition.

    Steps that cannot be reached have no action, and are not drawn. ``names`` maps ids of the account to names,
    ``marks`` the keys of cards (ids of actions) to what a plan does with them.
    """
    names, marks = names or {}, marks or {}
    order = breadth_first(build(flow))
    actions = dict(zip(order, definition["actions"], strict=True))
    keys = {index: str(action.get("temporary_id") or action.get("id")) for index, action in actions.items()}
    cards = [_card(flow.steps[index], actions[index], keys, names, marks) for index in sorted(order)]
    return Picture(flow.name, flow.status, trigger_label(definition, names), tuple(cards))


def _card(
    step: Step, action: Mapping[str, Any], keys: Mapping[int, str], names: Names, marks: Mapping[str, Mark]
) -> Card:
    data = action.get("data") or {}
    ways = tuple(_way(way, data, keys, names) for way in step.exits)
    key = keys[step.index]
    return Card(
        key, str(action.get("type")), step_label(action, names), data.get("status"), ways, marks.get(key)
    )


def _way(way: Exit, data: Mapping[str, Any], keys: Mapping[int, str], names: Names) -> Way:
    target = None if way.target is None else keys[way.target]
    if way.role in WORDS:
        return Way(way.role, WORDS[way.role], target)
    branch = data["branches"][int(way.role)]
    word = str(branch.get("name") or f"branch {int(way.role) + 1}")
    return Way(way.role, word, target, statement(branch.get("branch_filter"), names))
