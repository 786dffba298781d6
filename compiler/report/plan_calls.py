"""The calls of a plan's stages as people read them: method and path."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, Final, cast

from compiler.plan import stages as plan
from compiler.plan.stages import Stage
from compiler.report.fit import one_line

NEW: Final = "{new}"  # stands in a call for the id that an earlier call of the unit brings
FLOW, ACTION, SEGMENT = "/api/flows/", "/api/flow-actions/", "/api/segments/"
TAGS: Final = "/api/tags/"


def calls(stage: Stage) -> tuple[str, ...]:
    """Return the calls of a stage if nothing goes wrong: method and path."""
    return CALLS[type(stage)](stage)


def call_words(calls: tuple[str, ...]) -> tuple[str, ...]:
    """Return calls to show: those of one path stand together, and one that is made twice stands once."""
    methods: dict[str, list[str]] = {}
    for call in calls:
        method, _, path = call.partition(" ")
        methods.setdefault(path, []).append(method)
    return tuple(
        f"{', '.join(dict.fromkeys(used))} {path}{' twice' if len(used) > len(set(used)) else ''}"
        for path, used in methods.items()
    )


def _get(path: str) -> str:
    return f"GET {path}"


def _read_and(method: str, path: str, field: str = "") -> Callable[[Any], tuple[str, ...]]:
    """Return the calls of an edit: its body is built from a read of the flow made just before."""
    write = _one(method, path, field)
    return lambda stage: (_get(FLOW + (stage.flow or NEW)), *write(stage))


def _look_and(method: str) -> Callable[[Any], tuple[str, ...]]:
    """Return the calls on a segment: which live flows it triggers is looked at just before."""
    write = _one(method, SEGMENT, "segment")
    return lambda stage: (_get(f"{SEGMENT}{stage.segment}/flow-triggers"), *write(stage))


def _tagging(method: str) -> Callable[[Any], tuple[str, ...]]:
    return lambda stage: (
        f"{method} /api/tags/{{{one_line(getattr(stage, 'tag', 'retired'))}}}/relationships/flows",
    )


def _one(method: str, path: str, field: str = "") -> Callable[[Any], tuple[str, ...]]:
    return lambda stage: (f"{method} {path}{(getattr(stage, field) or NEW) if field else ''}",)


CALLS: Final[Mapping[type[Stage], Callable[[Any], tuple[str, ...]]]] = cast(
    "Mapping[type[Stage], Callable[[Any], tuple[str, ...]]]",
    {
        plan.CreateTemplate: _one("POST", "/api/templates"),
        plan.RestoreTemplate: lambda stage: tuple(
            f"{method} /api/templates/{stage.template}" for method in ("GET", "PATCH")
        ),
        plan.CloneTemplate: _one("POST", "/api/template-clone"),
        plan.CreateSegment: lambda _: ("POST /api/segments", f"POST {TAGS}{NEW}/relationships/segments"),
        plan.UpdateSegment: _look_and("PATCH"),
        plan.DeleteSegment: _look_and("DELETE"),
        plan.AwaitSegment: lambda stage: (_get(f"{SEGMENT}{{{one_line(stage.name)}}}"),),
        plan.CreateTag: _one("POST", "/api/tags"),
        plan.Tag: _tagging("POST"),
        plan.Untag: _tagging("DELETE"),
        plan.CreateFlow: lambda _: ("GET /api/flows", "POST /api/flows", _get(FLOW + NEW)),
        plan.PatchAction: _read_and("PATCH", ACTION, "action"),
        plan.InsertAction: _read_and("POST", "/api/flow-actions"),
        plan.DeleteAction: _read_and("DELETE", ACTION, "action"),
        plan.SetActionStatus: _read_and("PATCH", ACTION, "action"),
        plan.SetStatus: _read_and("PATCH", FLOW, "flow"),
        plan.ReadBack: lambda stage: (_get(FLOW + (stage.flow or NEW)),) * (1 + stage.final),
        plan.Retire: lambda stage: ("POST /api/tags", *_tagging("POST")(stage)),
        plan.DeleteFlow: _one("DELETE", FLOW, "flow"),
    },
)
