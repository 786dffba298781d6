"""Seeded edits of generated flows whose number is known: the ground truth for a comparison.

Edits of one run keep away from each other, so that what was done is also the shortest way to say it.
"""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING

from flow_generator import DELAY, Action, Flow, Way

if TYPE_CHECKING:
    from collections.abc import Callable

FIELD_EDITS = ("retext", "rename", "rewrite", "retime", "refilter")
SIMPLE = ("insert", "delete", *FIELD_EDITS)
ALL = (*SIMPLE, "move", "swap", "wrap", "unwrap")


class EditedFlow(Flow):
    """A generated flow and the edits made to it: ``truth`` counts them by what a comparison calls them."""

    def __init__(self, seed: int, size: int, *, names: bool = True, joins: int = 0) -> None:
        super().__init__(seed, size, names=names, joins=joins)
        self.touched: set[str] = set()
        self.truth: Counter[str] = Counter()

    def edit(self, kind: str) -> bool:
        """Make one edit of a kind away from those made before; say whether a place for it was found."""
        return bool(getattr(self, kind)())

    def _pick(self, fits: Callable[[Action], bool]) -> str | None:
        around: dict[str, set[str]] = {}
        for (source, _), target in self.ways():
            if target is not None:
                around.setdefault(source, set()).add(target)
                around.setdefault(target, set()).add(source)
        fitting = [
            name
            for name, action in self.actions.items()
            if fits(action) and not self.touched & {name, *around.get(name, ())}
        ]
        return self.random.choice(fitting) if fitting else None

    def _touch(self, *names: str | None) -> None:
        self.touched |= {name for name in names if name}

    def _way(self, avoid: set[str]) -> tuple[Way, str | None] | None:
        free = [
            (way, target)
            for way, target in self.ways()
            if way[0] not in self.touched | avoid
            and target not in self.touched | avoid
            and (way[0] or target)
        ]
        return self.random.choice(free) if free else None

    def insert(self) -> bool:
        found = self._way(set())
        if found is None:
            return False
        way, target = found
        new = self._add(self.random.choice(("send-email", "send-sms", DELAY)))
        self.lead(way, new)
        self.lead((new, "next"), target)
        self._touch(new, way[0], target)
        self.truth["inserted"] += 1
        return True

    def _splice(self, name: str) -> None:
        target = self.exits(name)[0][1]
        sources = self.into(name)
        for way in sources:
            self.lead(way, target)
        self._touch(target, *(source for source, _ in sources))

    def delete(self) -> bool:
        name = self._pick(lambda action: "next" in action.get("links", ()))
        if name is None:
            return False
        self._splice(name)
        del self.actions[name]
        self.truth["deleted"] += 1
        return True

    def _change(self, fits: Callable[[Action], bool], change: Callable[[Action], None]) -> bool:
        name = self._pick(fits)
        if name is None:
            return False
        change(self.actions[name]["data"])
        self._touch(name)
        self.truth["changed"] += 1
        return True

    def retext(self) -> bool:
        return self._change(is_message, lambda data: data["message"].update(preview_text=self._text(9)))

    def rename(self) -> bool:
        return self._change(is_message, lambda data: data["message"].update(name=f"Renamed {self._text(3)}"))

    def rewrite(self) -> bool:
        return self._change(
            is_message,
            lambda data: data["message"].update(
                name=self._text(4), subject_line=self._text(5), preview_text=self._text(5)
            ),
        )

    def retime(self) -> bool:
        return self._change(lambda a: a["type"] == DELAY, lambda data: data.update(value=data["value"] + 5))

    def refilter(self) -> bool:
        def change(data: Action) -> None:
            key = "profile_filter" if "profile_filter" in data else "trigger_filter"
            data[key] = self._filter(self.random.randint(10, 99))

        return self._change(lambda a: "next_if_true" in a.get("links", ()), change)

    def move(self) -> bool:
        name = self._pick(is_message)
        if name is None:
            return False
        near = {name, *(source for source, _ in self.into(name)), *(t for _, t in self.exits(name) if t)}
        found = self._way(near)
        if found is None:
            return False
        self._splice(name)
        way, target = found
        self.lead(way, name)
        self.lead((name, "next"), target)
        self._touch(name, way[0], target)
        self.truth["moved"] += 1
        return True

    def swap(self) -> bool:
        name = self._pick(lambda a: "next_if_true" in a.get("links", ()) and self._branches_differ(a))
        if name is None:
            return False
        links = self.actions[name]["links"]
        self._touch(name, *links.values())
        links["next_if_true"], links["next_if_false"] = links["next_if_false"], links["next_if_true"]
        self.truth["swapped"] += 1
        return True

    def _branches_differ(self, action: Action) -> bool:
        """Say whether the branches start with different steps, of which one is no delay."""
        heads = [
            self.actions[head] if head else {"type": DELAY, "data": {}} for head in action["links"].values()
        ]
        return heads[0]["data"] != heads[1]["data"] and any(head["type"] != DELAY for head in heads)

    def wrap(self) -> bool:
        name = self._pick(lambda action: self.below(action["id"]) - {action["id"]} != set())
        if name is None:
            return False
        sources = self.into(name)
        new = self._add("conditional-split")
        self.actions[new]["data"] = {"profile_filter": self._filter(self.random.randint(100, 999))}
        for way in sources:
            self.lead(way, new)
        self.lead((new, self.random.choice(("next_if_true", "next_if_false"))), name)
        self._touch(new, name, *(source for source, _ in sources))
        self.truth["inserted"] += 1
        return True

    def unwrap(self) -> bool:
        name = self._pick(lambda a: "next_if_true" in a.get("links", ()) and self._unwraps(a) is not None)
        if name is None:
            return False
        kept = self._unwraps(self.actions[name])
        targets = {target for _, target in self.exits(name)}
        gone = {name} | set().union(*(self.below(target) for target in targets - {kept})) - self.below(kept)
        sources = self.into(name)
        for way in sources:
            self.lead(way, kept)
        for lost in gone:
            del self.actions[lost]
        self._touch(kept, *(source for source, _ in sources))
        self.truth["deleted"] += len(gone)
        return True

    def _unwraps(self, action: Action) -> str | None:
        """Return the bigger branch, if the other is untouched, small and shares nothing with it."""
        small, big = sorted(action["links"].values(), key=lambda head: (len(self.below(head)), str(head)))
        lost = self.below(small)
        fits = len(self.below(big)) > max(2, 2 * len(lost)) and not lost & (self.touched | self.below(big))
        return big if fits else None


def is_message(action: Action) -> bool:
    return "message" in action["data"]


def mutate(flow: EditedFlow, kinds: tuple[str, ...], edits: int) -> int:
    """Make so many edits of random kinds; return how many found a place."""
    return sum(flow.edit(flow.random.choice(kinds)) for _ in range(edits))
