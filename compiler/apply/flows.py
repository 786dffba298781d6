"""The stages of a flow's unit as calls, each made only while the flow reads as the calls before it left it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from compiler.apply.bodies import document
from compiler.apply.desk import Desk, key_of
from compiler.apply.edits import Edit, edit_request, edit_words
from compiler.apply.going import require_untouched
from compiler.apply.letters import altered
from compiler.apply.performing import Before, Request, Step, Stopped
from compiler.apply.things import make_tag, put_tag, require_ids, take_tag
from compiler.apply.tracking import Track
from compiler.client import calls
from compiler.diagnostics import Exit
from compiler.live.model import RETIRED
from compiler.normalise import equal, normalise_pair
from compiler.plan.bodies import create_definition
from compiler.plan.expected import correspondence
from compiler.plan.stages import (
    AwaitSegment,
    CreateFlow,
    DeleteAction,
    DeleteFlow,
    InsertAction,
    PatchAction,
    ReadBack,
    Retire,
    SetActionStatus,
    SetStatus,
    Stage,
    Tag,
    Untag,
)
from compiler.plan.units import Unit
from compiler.planning.observed import template_sources, whole_flow
from compiler.planning.wanted import letters_of

Api = dict[str, Any]
ON_ACTIONS = (PatchAction, InsertAction, DeleteAction, SetActionStatus, SetStatus)


class FlowRun:
    """Does one flow's stages; ``tracks`` follows the flow that exists and the one that is made, by id."""

    def __init__(self, desk: Desk, unit: Unit) -> None:
        self.desk, self.unit, self.key = desk, unit, key_of(unit)
        self.desired = desk.bound(unit.desired) if unit.desired is not None else None
        self.steps = {
            str(one.get("temporary_id") or one.get("id")): one
            for one in (self.desired or {}).get("actions") or ()
        }
        self.tracks: dict[str, Track] = {}
        self.new = unit.id if unit.change == "update" else None
        self.actions: dict[str, str] = {}
        desk.contents.of_library(template_sources(self.desired))
        self._require_contents()
        if unit.id is not None:
            self._follow(unit.id, self.desired)

    def _require_contents(self) -> None:
        """Raise Stopped (STALE) where a template that bodies carry does not hold what its name says."""
        for changed in altered(self.desk, letters_of(self.unit), self.desk.contents):
            raise Stopped(f"{changed}; plan again", Exit.STALE)

    def run(self) -> None:
        """Do every stage that is not done yet."""
        sent = self.desk.journal.entries
        keys = [f"{self.key}#{place}" for place in range(len(self.unit.stages))]
        last = max((place for place, key in enumerate(keys) if key in sent), default=-1)
        for place, stage in enumerate(self.unit.stages):
            if place > last or not isinstance(stage, ReadBack):  # a later call says that this was read back
                self._take(keys[place], self._concrete(stage))

    def finals(self) -> list[Track]:
        """Return the flows to look at once more at the end."""
        return [track for track in self.tracks.values() if track.stages]

    def _follow(self, flow: str, desired: Mapping[str, Any] | None) -> Track:
        """Begin to follow a flow as it was before this plan's first call on it."""
        known = self.desk.journal.flows.get((self.key, flow))
        if known is None:
            found = whole_flow(self.desk.client, flow)
            if found is None:
                raise Stopped(f"the flow {flow} is gone")
            known = found["definition"]
            self.desk.journal.flow(self.key, flow, known)
        touched = {
            stage.action for stage in self.unit.stages if isinstance(stage, PatchAction | SetActionStatus)
        }
        if self.unit.id == flow:
            self.desk.contents.of_flow(_only(known, touched))
        self.tracks[flow] = Track(self.desk, flow, known, desired if desired is not None else known)
        return self.tracks[flow]

    def _concrete(self, stage: Stage) -> Stage:
        """Return a stage with the ids that this run has learned."""
        if isinstance(stage, SetActionStatus):
            flow, action = stage.flow or self.new, stage.action or self.actions.get(stage.step)
            made = self.tracks[str(flow)].made
            return stage if stage.step in made else replace(stage, flow=flow, action=action)
        if isinstance(stage, SetStatus | Tag | ReadBack) and stage.flow is None:
            return replace(stage, flow=self.new)
        return stage

    def _take(self, key: str, stage: Stage) -> None:
        if isinstance(stage, ON_ACTIONS):
            self._edit(key, stage)
            return
        match stage:
            case CreateFlow(name):
                self._create(key, name)
            case Tag(flow, tag):
                put_tag(self.desk, key, make_tag(self.desk, f"{key}/make", tag), "flow", str(flow))
            case Untag(flow, tag):
                take_tag(self.desk, key, tag, flow)
            case ReadBack(flow):
                self.tracks[str(flow or self.new)].current()
            case AwaitSegment(name):
                self._await(name)
            case Retire(flow):
                self._retire(key, flow)
            case DeleteFlow(flow):
                self._delete(key, flow)
            case _:
                raise AssertionError(f"{type(stage).__name__} is no stage of a flow")

    # Creating

    def _create(self, key: str, name: str) -> None:
        assert self.desired is not None, "a flow is created from its spec"
        require_ids(f'the flow "{name}"', self.desired)
        made = create_definition(self.desired)
        body = document("flow", {"name": name, "definition": made})

        def seen(before: Before) -> str | None:
            for flow in _flows_named(self.desk, name):
                if flow not in before and self._reads_as(flow, made):
                    return flow
            return None

        def prepare() -> Request:
            return Request(calls.CREATE_FLOW, "", body, tuple(_flows_named(self.desk, name)))

        self.new = self.desk.performer.perform(Step(key, f'creating the flow "{name}"', prepare, seen))
        self.desk.ids["flow", name] = self.new
        self._verify_created(self.new, made)

    def _verify_created(self, flow: str, made: Mapping[str, Any]) -> None:
        if (self.key, flow) not in self.desk.journal.flows:
            patience = self.desk.patience
            shown = patience.until(
                lambda: True if self._reads_as(flow, made) else None, patience.settle + patience.lag
            )
            if shown is None:
                raise Stopped(
                    f'the flow "{self.unit.name}" ({flow}) was made, all draft, but does not read as it was sent'
                )
        track = self._follow(flow, self.desired)
        self.actions = correspondence(self.desired or {}, track.before)

    def _reads_as(self, flow: str, made: Mapping[str, Any]) -> bool:
        found = whole_flow(self.desk.client, flow)
        if found is None:
            return False
        self.desk.contents.of_flow(found["definition"])
        return equal(*normalise_pair(found["definition"], made, self.desk.contents.known))

    # Editing

    def _edit(
        self, key: str, stage: PatchAction | InsertAction | DeleteAction | SetActionStatus | SetStatus
    ) -> None:
        track = self.tracks[str(stage.flow or self.new)]
        made = self.desk.performer.has_done(key)
        if made is None:
            made = self.desk.performer.perform(self._step(key, stage, track))
        track.stages.append(stage)
        if isinstance(stage, InsertAction):
            track.made[stage.step] = made

    def _step(self, key: str, stage: Edit, track: Track) -> Step:
        def prepare() -> Request:
            return edit_request(self.unit, stage, track, self.steps)

        def seen(before: Before) -> str | None:
            found = track.look(stage)
            if found is None:
                return None
            if not isinstance(stage, InsertAction):
                return ""
            return next((str(one["id"]) for one in found["actions"] if str(one["id"]) not in before), None)

        return Step(key, edit_words(self.unit, stage), prepare, seen)

    # What stands around the flow

    def _await(self, name: str) -> None:
        segment = self.desk.ids.get(("segment", name))
        if segment is None:
            raise Stopped(
                f'"{self.unit.name}" waits for the segment "{name}", which the account does not have'
            )

        def ready() -> bool | None:
            found = self.desk.client.find(calls.GET_SEGMENT, segment)
            return True if found and found["data"]["attributes"].get("is_processing") is not True else None

        if self.desk.patience.until(ready, self.desk.patience.processing) is None:
            raise Stopped(f'the segment "{name}" is still being processed; "{self.unit.name}" stays a draft')

    def _retire(self, key: str, flow: str) -> None:
        """Mark the flow with when the run began that switched; the project stands behind it, since schedules are its own.

        An earlier run's moment stays where that run may have made the tag. All that one run retires shares a tag.
        """
        at = self.desk.journal.run_of(f"{key}/make") or self.desk.started
        name = f"{RETIRED} {at:%Y-%m-%dT%H:%M:%SZ} {self.desk.tag}"
        put_tag(self.desk, key, make_tag(self.desk, f"{key}/make", name), "flow", flow)

    def _delete(self, key: str, flow: str) -> None:
        def seen(before: Before) -> str | None:
            del before
            return "" if whole_flow(self.desk.client, flow) is None else None

        def prepare() -> Request:
            require_untouched(self.desk, self.unit.name, flow)
            return Request(calls.DELETE_FLOW, flow)

        what = f'deleting the flow "{self.unit.name}" ({flow})'
        self.desk.performer.perform(Step(key, what, prepare, seen))
        self.tracks.pop(flow, None)


def _only(definition: Mapping[str, Any], actions: set[Any]) -> Api:
    """Return a definition with some of its actions alone."""
    return {**definition, "actions": [one for one in definition["actions"] if one["id"] in actions]}


def _flows_named(desk: Desk, name: str) -> list[str]:
    return [flow for flow, _ in desk.names_of(calls.GET_FLOWS, "flow", name)]
