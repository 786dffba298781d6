"""Seeded flows in the API's shape, for the comparison's bench and tests.

A flow is kept as ``{id: action}`` with links inside the actions, so that an edit is a few assignments.
"""

from __future__ import annotations

import copy
import random
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterator

Action = dict[str, Any]
Way = tuple[str, str | int]  # an action's id and the exit's label, or the branch's place

TEXT = """your order cart back soon gift for you new season favourite last chance thanks welcome early access
half price shoes shirt parcel review points birthday still thinking about"""
WORDS = TEXT.split()
COMMON_FILTERS = (0, 1, 2)  # most splits of a real account ask one of a few questions
DELAY = "time-delay"


class Flow:
    """A flow of some size; ``names`` False gives messages one name and few texts: no step is its own."""

    def __init__(self, seed: int, size: int, *, names: bool = True, joins: int = 0) -> None:
        self.random = random.Random(seed)
        self.names, self.growing = names, True
        self.count = 0
        self.actions: dict[str, Action] = {}
        self.entry: str | None = None
        self._grow(size, joins)
        self.growing = False

    # Growing

    def _grow(self, size: int, joins: int) -> None:
        """Add steps at the ends of paths; a split makes two ends or four, a join makes one of two."""
        ends: list[Way] = [("", "entry")]
        while len(self.actions) < size:
            way = ends.pop(self.random.randrange(len(ends)))
            kind = self._kind(len(ends))
            new = self._add(kind)
            self.lead(way, new)
            found = [exit_ for exit_, _ in self.exits(new)]
            if joins and len(found) == 2:
                joins -= 1
                ends.append(self._diamond(found))
            else:
                ends += found

    def _diamond(self, found: list[Way]) -> Way:
        joint = self._add("send-email")
        for way in found:
            inner = self._add("send-email")
            self.lead(way, inner)
            self.lead((inner, "next"), joint)
        return joint, "next"

    def _kind(self, ends: int) -> str:
        if ends > 12 or self.random.random() > 0.12:
            return self.random.choice(
                (DELAY, "send-email", "send-email", "send-sms", "update-profile", DELAY)
            )
        return self.random.choice(
            ("conditional-split", "conditional-split", "trigger-split", "multi-branch-split")
        )

    def _text(self, count: int) -> str:
        if self.growing and not self.names:
            return f"{self.random.randint(1, 2)} {WORDS[0]}"
        return " ".join(self.random.choice(WORDS) for _ in range(count))

    def _add(self, kind: str) -> str:
        self.count += 1
        name = f"{kind}-{self.count}"
        action: Action = {"id": name, "type": kind, "data": self._data(kind), "links": {"next": None}}
        if kind == "multi-branch-split":
            del action["links"]
        elif kind.endswith("-split"):
            action["links"] = {"next_if_true": None, "next_if_false": None}
        self.actions[name] = action
        return name

    def _data(self, kind: str) -> Action:
        draw = self.random
        if kind == DELAY:
            return {
                "unit": draw.choice(("days", "hours")),
                "value": draw.randint(1, 4),
                "timezone": "profile",
            }
        if kind == "update-profile":
            return {
                "profile_operations": [{"operator": "update", "property_key": draw.choice(WORDS)}],
                "status": "live",
            }
        if kind == "multi-branch-split":
            branches = [
                {
                    "branch_id": str(place),
                    "name": f"Branch {place}",
                    "branch_filter": self._filter(place),
                    "links": {"next": None},
                }
                for place in range(3)
            ]
            last = {"branch_filter": None, "links": {"next": None}, "is_else": True}
            return {"name": "Regions", "branches": [*branches, last]}
        if kind.endswith("-split"):
            key = "profile_filter" if kind == "conditional-split" else "trigger_filter"
            return {key: self._filter(draw.choice(COMMON_FILTERS))}
        name = f"Message {self.count}" if self.names else "Email #1"
        message: Action = {"name": name, "from_email": "shop@example.com", "smart_sending_enabled": True}
        text = (
            {"subject_line": self._text(6), "preview_text": self._text(8)}
            if kind == "send-email"
            else {"body": self._text(12)}
        )
        return {"message": message | text, "status": "live"}

    def _filter(self, value: int) -> Action:
        condition = {"type": "profile-metric", "metric_id": "Orders", "measurement_filter": {"value": value}}
        return {"condition_groups": [{"conditions": [condition]}]}

    # Walking

    def exits(self, name: str) -> list[tuple[Way, str | None]]:
        action = self.actions[name]
        if "links" not in action:
            return [
                ((name, place), branch["links"]["next"])
                for place, branch in enumerate(action["data"]["branches"])
            ]
        return [((name, label), target) for label, target in action["links"].items()]

    def ways(self) -> Iterator[tuple[Way, str | None]]:
        yield ("", "entry"), self.entry
        for name in self.actions:
            yield from self.exits(name)

    def lead(self, way: Way, target: str | None) -> None:
        name, label = way
        if not name:
            self.entry = target
        elif isinstance(label, int):
            self.actions[name]["data"]["branches"][label]["links"]["next"] = target
        else:
            self.actions[name]["links"][label] = target

    def into(self, target: str) -> list[Way]:
        return [way for way, found in self.ways() if found == target]

    def below(self, start: str | None) -> set[str]:
        found: set[str] = set()
        waiting = [start]
        while waiting:
            name = waiting.pop()
            if name is not None and name not in found:
                found.add(name)
                waiting += [target for _, target in self.exits(name)]
        return found

    # Handing out

    def definition(self, *, fresh_ids: bool = False) -> dict[str, Any]:
        """Return the definition; with fresh ids and shuffled, as a spec that was written anew would compile."""
        actions = copy.deepcopy([*self.actions.values()])
        entry = self.entry
        if fresh_ids:
            self.random.shuffle(actions)
            renamed = {action["id"]: f"new-{place}" for place, action in enumerate(actions)}
            for action in actions:
                action["temporary_id"] = renamed[action.pop("id")]
                action["links"] = {k: renamed.get(v) for k, v in action.get("links", {}).items()}
                for branch in action["data"].get("branches", ()):
                    branch["links"]["next"] = renamed.get(branch["links"]["next"])
            entry = renamed.get(entry or "")
        trigger = [{"type": "list", "id": "Newsletter"}]
        return {"triggers": trigger, "profile_filter": None, "entry_action_id": entry, "actions": actions}
