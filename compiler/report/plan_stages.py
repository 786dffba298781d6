"""A unit's stages in words, with their calls, the options that they need, and why."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from itertools import groupby
from typing import Any, Final, cast

from compiler.plan import stages as plan
from compiler.plan.danger import raises, stage_needs
from compiler.plan.replacing import TAKEN
from compiler.plan.retire import LATENESS, stops_after
from compiler.plan.stages import Stage
from compiler.plan.units import Danger, Unit
from compiler.report.fit import one_line
from compiler.report.plan_calls import calls
from compiler.report.plan_changes import Steps
from compiler.report.plan_parts import NeedView, StageView
from compiler.report.plan_values import path_words

LOST: Final = "those under way lose the rest of it"
UNITS: Final = ((86_400, "day"), (3_600, "hour"), (60, "minute"))


@dataclass(frozen=True, slots=True)
class Around:
    """What a stage's words need: its unit, and the steps of both sides where they are known."""

    unit: Unit
    live: Steps | None
    desired: Steps | None

    def flow(self, flow: str | None) -> str:
        """Return what a flow of the unit is called in its stages."""
        if self.unit.change != "replace":
            return "the flow"
        return "the new flow" if flow is None else "the old flow"

    def step(self, step: str, action: str | None = None) -> str:
        """Return what a step is called, by its desired id, else by its action's."""
        if self.desired is not None and step in self.desired.graph.data:
            return self.desired.title(step)
        return self.action(action or step)

    def action(self, action: str) -> str:
        """Return what a live action is called."""
        return one_line(action) if self.live is None else self.live.title(action)


def stage_views(around: Around) -> tuple[StageView, ...]:
    """Return a unit's stages in order."""
    unit = around.unit
    return tuple(
        StageView(type(stage).__name__, TEXTS[type(stage)](stage, around), calls(stage), _needs(unit, stage))
        for stage in unit.stages
    )


def need_views(around: Around) -> tuple[NeedView, ...]:
    """Return the options that a unit needs, each with the stages that need it and what they do to people."""
    unit = around.unit
    found: dict[Danger, dict[str, None]] = {danger: {} for danger in unit.needs}
    for stage in unit.stages:
        danger = _needs(unit, stage)
        if danger is not None:
            found[danger][_because(stage, around)] = None
        if isinstance(stage, plan.DeleteSegment) and "allow-live" in found:
            live = " and ".join(map(one_line, stage.triggers))
            found["allow-live"][f"{TEXTS[type(stage)](stage, around)}: it triggers {live}"] = None
    if "allow-replace" in found:
        found["allow-replace"][_why_replace(unit)] = None
    return tuple(NeedView(f"--{danger}", tuple(why)) for danger, why in found.items())


def _why_replace(unit: Unit) -> str:
    """Say what a replace does to those who are under way; where nobody is, why it still must be allowed."""
    if any(isinstance(stage, plan.SetStatus) and stage.flow for stage in unit.stages):
        return f"replace a live flow: {LOST}"
    due = [one for stage in unit.stages if isinstance(stage, plan.Retire) for one in stage.schedule]
    if any(one.seconds is None for one in due):
        return "replace a live flow: until a person sets the old one to draft, those who enter get both"
    if due:
        return (
            "replace a live flow: those under way go on in the old one, whose messages stop as they fall due;"
            f" {_meanwhile(both=True)}"
        )
    if any(isinstance(stage, plan.SetActionStatus) and stage.flow for stage in unit.stages):
        return "replace a live flow: its messages stop at once, since none is behind a wait"
    if any(isinstance(stage, plan.DeleteFlow) for stage in unit.stages):
        return "replace the flow by a new one, and delete it"
    return "replace the flow by a new one"


def _meanwhile(*, both: bool) -> str:
    """Say what comes to those who enter too late to be under way, and before a message has stopped."""
    long = f"for {span_words(LATENESS)} at least and until the apply that stops a message"
    whom, where = ("both flows ", " from both") if both else ("", "")
    return f"who enters {whom}later, {long}, gets what is behind a wait{where}"


def _still_sent(stage: plan.Retire, unit: Unit) -> str:
    """Say until when a retired flow sends, and to whom beside those who are under way."""
    if any(due.seconds is None for due in stage.schedule):
        return "until a person sets it to draft, those who enter get its messages"
    return f"its messages stop one by one as they fall due; {_meanwhile(both=TAKEN in unit.reasons)}"


def span_words(seconds: int) -> str:
    """Return a length of time in days, hours and minutes."""
    parts = []
    for size, word in UNITS:
        count, seconds = divmod(seconds, size)
        if count:
            parts.append(f"{count} {word}{'' if count == 1 else 's'}")
    return " ".join(parts) or "at once"


def _needs(unit: Unit, stage: Stage) -> Danger | None:
    """Return the option that a stage needs; whether the flow is live shows in what the unit needs."""
    found = (stage_needs(unit.change, stage, live=live) for live in (True, False))
    return next((danger for danger in found if danger in unit.needs), None)


def _because(stage: Stage, around: Around) -> str:
    if isinstance(stage, plan.Retire) and stage.schedule:
        what = f"retire {around.flow(stage.flow)}"
        return f"{what}: it is live, and {_still_sent(stage, around.unit)}"
    if raises(stage):
        return f"{TEXTS[type(stage)](stage, around)}: it acts on people from then on"
    if isinstance(stage, plan.Retire | plan.SetStatus):
        return f"switch {around.flow(stage.flow)} off at once: {LOST}"
    why = WHY[type(stage)]
    if isinstance(stage, plan.UpdateSegment):
        why = f"it triggers {' and '.join(map(one_line, stage.triggers))}, {why}"
    return f"{TEXTS[type(stage)](stage, around)}: {why}"


def _changed(changes: tuple[plan.Change, ...]) -> str:
    return ", ".join(dict.fromkeys(path_words(change.path) for change in changes))


def _patch(stage: plan.PatchAction, around: Around) -> str:
    return f"change {around.step(stage.step, stage.action)} ({_changed(stage.changes)})"


def _insert(stage: plan.InsertAction, around: Around) -> str:
    text, place = f"insert {around.step(stage.step)}", stage.place
    match place:
        case plan.Before():
            return f"{text} at the start, before {around.action(place.action)}"
        case plan.After():
            return f"{text} behind {around.action(place.action)}{_way(around.live, place.action, place.exit)}"
        case plan.AfterNew():
            return f"{text} behind the new {around.step(place.step)}{_way(around.desired, place.step, place.exit)}"
    return f"{text} as the first step"


def _way(steps: Steps | None, step: str, way: str | int) -> str:
    """Return the word at an exit in brackets; empty where it needs none."""
    if steps is None or step not in steps.graph.data:
        return ""
    labels = [one.label for one in steps.graph.steps[step].exits]
    place = way if isinstance(way, int) else labels.index(way) if way in labels else None
    word = "" if place is None or place >= len(labels) else steps.exit_word(step, place)
    return f" ({word})" if word else ""


def _retire(stage: plan.Retire, around: Around) -> str:
    parts = [f"retire {around.flow(stage.flow)}"]
    for seconds, due in groupby(stage.schedule, stops_after):
        steps = [around.action(one.action) for one in due]
        said = " and ".join([", ".join(steps[:-1]), steps[-1]] if len(steps) > 1 else steps)
        verb = "go" if len(steps) > 1 else "goes"
        when = (
            "when a person decides"
            if seconds is None
            else f"with an apply, {span_words(seconds)} after this at the earliest"
        )
        parts.append(f"{said} {verb} to draft {when}")
    return "; ".join(parts)


def _status(stage: plan.SetActionStatus, around: Around) -> str:
    step = (
        around.action(stage.action or "")
        if stage.flow and not stage.step
        else around.step(stage.step, stage.action)
    )
    return f"set {step} to {stage.status}"


def _read(stage: plan.ReadBack, around: Around) -> str:
    return f"read {around.flow(stage.flow)} {'twice' if stage.final else 'back'} and compare"


WHY: Final[Mapping[type[Stage], str]] = {
    plan.UpdateSegment: "and who newly matches may enter",
    plan.DeleteAction: "who waits there goes on at once",
    plan.InsertAction: "it acts at once, for those under way too",
    plan.PatchAction: "those under way are asked the new question",
    plan.DeleteFlow: "this cannot be undone",
    plan.DeleteSegment: "this cannot be undone",
}
Words = Callable[[Any, Around], str]
TEXTS: Final[Mapping[type[Stage], Words]] = cast(
    "Mapping[type[Stage], Words]",
    {
        plan.CreateTemplate: lambda _, __: "create the template",
        plan.RestoreTemplate: lambda _, __: "set the template back to the file's content",
        plan.CloneTemplate: lambda stage, _: f"copy the template {one_line(stage.source)}",
        plan.CreateSegment: lambda _, __: "create the segment",
        plan.UpdateSegment: lambda stage, _: f"change the segment ({_changed(stage.changes)})",
        plan.DeleteSegment: lambda _, __: "delete the segment",
        plan.AwaitSegment: lambda stage, _: f"wait until the segment “{one_line(stage.name)}” is processed",
        plan.CreateTag: lambda _, __: "create the tag",
        plan.Tag: lambda stage, around: f"tag {around.flow(stage.flow)} “{one_line(stage.tag)}”",
        plan.Untag: lambda stage, around: (
            f"take the tag “{one_line(stage.tag)}” off {around.flow(stage.flow)}"
        ),
        plan.CreateFlow: lambda _, around: f"create {around.flow(None)}, every step a draft",
        plan.PatchAction: _patch,
        plan.InsertAction: _insert,
        plan.DeleteAction: lambda stage, around: f"delete {around.action(stage.action)}",
        plan.SetActionStatus: _status,
        plan.SetStatus: lambda stage, around: f"set {around.flow(stage.flow)} to {stage.status}",
        plan.ReadBack: _read,
        plan.Retire: _retire,
        plan.DeleteFlow: lambda stage, around: f"delete {around.flow(stage.flow)}",
    },
)
