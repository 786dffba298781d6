"""One live flow, followed call by call: what it should read as by now, and whether it does."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from compiler.apply.desk import Desk
from compiler.apply.performing import Stopped
from compiler.normalise import equal, forget_shares, normalise_pair
from compiler.plan.expected import expected, new_name
from compiler.plan.stages import Stage
from compiler.planning.observed import template_sources, whole_flow

Api = dict[str, Any]


@dataclass(slots=True)
class Track:
    """A flow by its id, as it was before the first call, what is desired of it, and the stages that are done.

    ``made`` gives the ids of the actions that inserted steps became.
    """

    desk: Desk
    flow: str
    before: Mapping[str, Any]
    desired: Mapping[str, Any]
    stages: list[Stage] = field(default_factory=list)
    made: dict[str, str] = field(default_factory=dict)

    def look(self, *more: Stage) -> Api | None:
        """Return the definition as it reads now, if it is what the stages (and some more) make; None otherwise."""
        found = whole_flow(self.desk.client, self.flow)
        if found is None or not self._is_as(found["definition"], [*self.stages, *more]):
            return None
        definition: Api = found["definition"]
        return definition

    def current(self) -> Api:
        """Return the definition as it reads now, once it shows all that was done; Stopped where it never does."""
        found = self.desk.patience.until(self.look, self.desk.patience.settle + self.desk.patience.lag)
        if found is None:
            raise Stopped(
                f"the flow {self.flow} is not what the calls so far make of it: somebody else changed it,"
                " or this account answers a call in a way that nobody has seen"
            )
        return found

    def _is_as(self, read: Mapping[str, Any], stages: Sequence[Stage]) -> bool:
        contents = self.desk.contents
        if template_sources(read) - template_sources(self.before):
            contents.of_flow(read)
        before, desired = normalise_pair(self.before, self.desired, contents.known)
        meant = self.desk.bound(expected(before, desired, stages))  # with ids of what these calls have made
        seen, _ = normalise_pair(read, self.desired, contents.known)
        for either in (self.before, read):  # a test that these calls have stopped, or started
            forget_shares(either, seen, meant)
        return equal(seen, meant) and self._same_ids(seen, meant)

    def _same_ids(self, seen: Mapping[str, Any], meant: Mapping[str, Any]) -> bool:
        """Say whether the actions that were there before are still the same ones: calls are addressed to ids."""
        pairs = zip(_ids(seen), _ids(meant), strict=True)
        return all(left == right or right in self._new_names() for left, right in pairs)

    def _new_names(self) -> set[str]:
        return {new_name(str(one.get("temporary_id") or one.get("id"))) for one in self.desired["actions"]}


def _ids(definition: Mapping[str, Any]) -> list[str]:
    """Return the ids of a normalised definition's actions in their order."""
    return [str(one["id"]) for one in definition["actions"]]
