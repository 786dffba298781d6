"""One picture of a flow before and after: the desired steps, with the removed ones where they stood."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import replace
from typing import Any, Final

from compiler.diff import FlowDiff
from compiler.diff.flowgraph import ROOT
from compiler.labels.conditions import statement
from compiler.labels.filters import Names
from compiler.labels.steps import Label, trigger_label
from compiler.plan.knowledge import RANK, status_of
from compiler.report.picture import Card, Mark, Picture, Way
from compiler.report.plan_changes import Steps

ROLES: Final = {"next_if_true": "true", "next_if_false": "false"}
GONE: Final = "was "  # before the key of a removed step; live and desired ids are two worlds
WAS: Final = "was"


def flow_picture(name: str, steps: Steps, definition: Mapping[str, Any]) -> Picture:
    """Return the picture of a flow that is only on one side; ``definition`` is normalised."""
    cards = tuple(_card(steps, step, step, None, _ways(steps, step)) for step in steps.graph.order[1:])
    return Picture(name, _status(steps), trigger_label(definition, steps.names), cards)


def diff_picture(name: str, diff: FlowDiff, definition: Mapping[str, Any], names: Names) -> Picture:
    """Return the picture of a changed flow, its steps marked; ``definition`` is the normalised desired one."""
    new, live = Steps(diff.desired, names), Steps(diff.live, names)
    marks = _marks(diff)
    gone = set(diff.match.deleted)
    partner = {pair.live: pair.desired for pair in diff.match.pairs}
    ways = {step: list(_ways(new, step)) for step in diff.desired.order[1:]}
    for step in diff.match.deleted:
        for parent, _ in diff.live.parents[step]:
            if parent in partner:
                ways[partner[parent]].append(Way("next", WAS, GONE + step))
    cards = [_card(new, step, step, marks.get(step), tuple(ways[step])) for step in diff.desired.order[1:]]
    for step in diff.match.deleted:
        led = [way.target for way in diff.live.steps[step].exits if way.target is not None]
        keys = dict.fromkeys(GONE + to if to in gone else partner[to] for to in led)
        back = tuple(Way("next", WAS, key) for key in keys)
        cards.append(_card(live, step, GONE + step, "removed", back))
    trigger = trigger_label(definition, names)
    if diff.touches("triggers") or diff.touches("profile_filter") or diff.touches("reentry_criteria"):
        trigger = replace(trigger, heading=f"changed: {trigger.heading}")
    return Picture(name, _status(new), trigger, tuple(cards))


def around_marks(picture: Picture) -> tuple[Picture, int]:
    """Return the part of a picture around its marked steps, and how many cards were left out.

    What leads on to a card that was left out ends in one that says so.
    """
    near = {card.key for card in picture.cards if card.mark}
    kept = set(near)
    for card in picture.cards:
        targets = {way.target for way in card.ways if way.target is not None}
        if card.key in near:
            kept |= targets
        elif targets & near:
            kept.add(card.key)
    kept |= {card.key for card in picture.cards[:1]}
    cards = [card for card in picture.cards if card.key in kept]
    gaps: list[Card] = []
    shown = tuple(replace(card, ways=tuple(_near(way, kept, gaps) for way in card.ways)) for card in cards)
    return replace(picture, cards=(*shown, *gaps)), len(picture.cards) - len(cards)


def _near(way: Way, kept: Iterable[str], gaps: list[Card]) -> Way:
    if way.target is None or way.target in kept:
        return way
    key = f"gap {len(gaps)}"
    gaps.append(Card(key, "gap", Label("other", "", "steps that stay as they are"), None, ()))
    return replace(way, target=key)


def _marks(diff: FlowDiff) -> dict[str, Mark]:
    match = diff.match
    marks: dict[str, Mark] = dict.fromkeys(match.inserted, "added")
    for pairs in (match.changed, match.moved, match.swapped):
        marks.update({pair.desired: "changed" for pair in pairs})
    marks.update({link.pair.desired: "changed" for link in diff.relinked if link.pair.desired != ROOT})
    return marks


def _card(steps: Steps, step: str, key: str, mark: Mark | None, ways: tuple[Way, ...]) -> Card:
    data = steps.graph.data[step]
    return Card(key, steps.graph.steps[step].kind, steps.label(step), status_of(data), ways, mark)


def _ways(steps: Steps, step: str) -> tuple[Way, ...]:
    out = []
    for place, way in enumerate(steps.graph.steps[step].exits):
        role = ROLES.get(way.label, "next" if way.label == "next" else str(place))
        when = ""
        if way.label.startswith("branches["):
            when = statement(steps.graph.data[step]["branches"][place].get("branch_filter"), steps.names)
        out.append(Way(role, steps.exit_word(step, place), way.target, when))
    return tuple(out)


def _status(steps: Steps) -> str:
    """Return the flow's status: the highest of its steps' (35 of 35 responses of the corpus)."""
    found = [status for data in steps.graph.data.values() if (status := status_of(data)) in RANK]
    return max(map(str, found), key=RANK.__getitem__, default="draft")
