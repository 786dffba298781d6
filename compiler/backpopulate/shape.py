"""A flow as back-populating sees it: steps in topological order, each with its part, its exits and its times.

Read from a definition in the API's shape, compiled or live. Steps that nothing leads to are left out.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Literal

from compiler.backpopulate.actions import (
    CHANNELS,
    WAITS,
    Delay,
    Message,
    Test,
    message_of,
    name_of,
    plain_delay,
    status_of,
    ways_of,
)
from compiler.backpopulate.checks import check_definition
from compiler.backpopulate.countdown import Countdown, DateTrigger, countdown_of, date_trigger
from compiler.codecs.references import PLACEHOLDER, read
from compiler.diagnostics import Exit as Code
from compiler.diagnostics import Fatal

Part = Literal["delay", "message", "work", "split", "wait"]
ACTIVE = ("live", "manual")
END = -1


@dataclass(frozen=True, slots=True)
class Way:
    """One exit: its label, the step that it leads to (END: none), and who takes it (None: who took none before)."""

    label: str
    target: int
    test: Test | None = None


@dataclass(frozen=True, slots=True)
class Step:
    """One action. ``part`` is what it does here; ``wait`` ends at a moment that no delay tells (back in stock)."""

    index: int
    id: str
    kind: str
    part: Part
    name: str
    status: str | None
    ways: tuple[Way, ...]
    delay: Delay | None = None
    message: Message | None = None
    countdown: Countdown | None = None

    @property
    def active(self) -> bool:
        """Whether it is a message or other work that is live or manual."""
        return self.part in ("message", "work") and self.status in ACTIVE


@dataclass(frozen=True, slots=True)
class Shape:
    """A flow: its trigger's kind and id, filters in the API's shape, and its steps, each before those it leads to.

    ``useful`` holds the steps at or below which a live or manual action stands; ``status`` is the flow's own, where
    it is known; ``dated`` is what a date trigger says. The first step is the entry.
    """

    name: str
    status: str | None
    trigger: str
    trigger_id: str
    trigger_filter: Mapping[str, Any] | None
    profile_filter: Mapping[str, Any] | None
    steps: tuple[Step, ...]
    useful: frozenset[int] = field(default_factory=frozenset)
    dated: DateTrigger | None = None

    def part(self, part: Part) -> list[Step]:
        """Return the steps of one part."""
        return [step for step in self.steps if step.part == part]

    @property
    def actives(self) -> list[Step]:
        """The live and manual messages and other actions."""
        return [step for step in self.steps if step.active]


def read_shape(definition: Mapping[str, Any], name: str, status: str | None = None) -> Shape:
    """Return the shape of a definition in the API's shape; a reference by name is taken by its bare name.

    Raises Fatal for a definition that is no flow (a link to nothing, an id used twice, a loop), and for a field whose
    value the contract does not allow.
    """
    bound = _bare(definition)
    check_definition(bound)
    actions = _actions(bound)
    order = _ordered(bound, actions)
    index = {key: place for place, key in enumerate(order)}
    steps = tuple(_step(actions[key], key, index) for key in order)
    trigger = (bound.get("triggers") or [{}])[0]
    return Shape(
        name=name,
        status=status,
        trigger=str(trigger.get("type", "none")),
        trigger_id=str(trigger.get("id", "")),
        trigger_filter=trigger.get("trigger_filter") or None,
        profile_filter=bound.get("profile_filter") or None,
        steps=steps,
        useful=_useful(steps),
        dated=date_trigger(trigger),
    )


def _bare(value: Any) -> Any:
    """Return a definition with the bare name for each reference by name (``@metric:Placed Order``).

    Templates keep their reference: a template's file is part of it.
    """
    if isinstance(value, Mapping):
        return {key: _bare(item) for key, item in value.items()}
    if isinstance(value, list):
        return [_bare(item) for item in value]
    match = PLACEHOLDER.fullmatch(value) if isinstance(value, str) else None
    if match is None or match[1] == "template":
        return value
    found = read(match[1], value)
    return str(found.get("name", value) if isinstance(found, Mapping) else found)


def _actions(definition: Mapping[str, Any]) -> dict[str, Mapping[str, Any]]:
    found: dict[str, Mapping[str, Any]] = {}
    for action in definition.get("actions") or ():
        key = str(action.get("id") or action.get("temporary_id") or "")
        if not key or key in found:
            raise Fatal(f"this is no flow: the action id {key!r} is missing or used twice", Code.WRONG_SPECS)
        found[key] = action
    return found


def _ordered(definition: Mapping[str, Any], actions: Mapping[str, Mapping[str, Any]]) -> list[str]:
    """Return the reachable ids, each after all that lead to it; breadth-first among equals."""
    entry = str(definition.get("entry_action_id") or next(iter(actions), ""))
    if not entry:
        return []
    waiting = dict.fromkeys(_reached(entry, actions), 0)
    for key in waiting:
        for _, target, _ in ways_of(actions[key]):
            if target is not None:
                waiting[target] += 1
    ready, order = deque([entry] if not waiting[entry] else []), []
    while ready:
        key = ready.popleft()
        order.append(key)
        for _, target, _ in ways_of(actions[key]):
            if target is not None:
                waiting[target] -= 1
                if not waiting[target]:
                    ready.append(target)
    if len(order) < len(waiting):
        raise Fatal("this is no flow: its steps form a loop", Code.WRONG_SPECS)
    return order


def _reached(entry: str, actions: Mapping[str, Mapping[str, Any]]) -> list[str]:
    found, queue = {entry: None}, deque([entry])
    while queue:
        key = queue.popleft()
        if key not in actions:
            raise Fatal(f"this is no flow: a link leads to {key}, which is missing", Code.WRONG_SPECS)
        for _, target, _ in ways_of(actions[key]):
            if target is not None and target not in found:
                found[target] = None
                queue.append(target)
    return list(found)


def _step(action: Mapping[str, Any], key: str, index: Mapping[str, int]) -> Step:
    kind, countdown = str(action["type"]), countdown_of(action)
    ways = tuple(
        Way(label, END if target is None else index[target], test) for label, target, test in ways_of(action)
    )
    return Step(
        index=index[key],
        id=key,
        kind=kind,
        part=_part(kind, ways),
        name=_name(action, countdown),
        status=status_of(action),
        ways=ways,
        delay=plain_delay(action["data"]) if kind == "time-delay" else None,
        message=message_of(action),
        countdown=countdown,
    )


def _name(action: Mapping[str, Any], countdown: Countdown | None) -> str:
    if countdown is None:
        return name_of(action)
    return f"Wait until {countdown.text}"


def _part(kind: str, ways: tuple[Way, ...]) -> Part:
    if kind == "time-delay":
        return "delay"
    if kind in WAITS:
        return "wait"
    if len(ways) > 1 or kind.endswith("-split"):
        return "split"
    return "message" if kind in CHANNELS or kind in ("ab-test", "content-experiment") else "work"


def _useful(steps: tuple[Step, ...]) -> frozenset[int]:
    found: set[int] = set()
    for step in reversed(steps):
        if step.active or any(way.target in found for way in step.ways):
            found.add(step.index)
    return frozenset(found)
