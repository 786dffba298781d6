"""What changes as far as the stages tell: all of a segment's changes, and a flow's where only the plan was saved."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from compiler.diff import FieldChange
from compiler.diff.fields import aspects, field_changes
from compiler.labels.conditions import statement
from compiler.labels.filters import Names
from compiler.normalise import normalise_segment
from compiler.plan.stages import Change, DeleteAction, InsertAction, PatchAction, UpdateSegment
from compiler.plan.units import Unit
from compiler.report.fit import one_line
from compiler.report.plan_parts import ChangeView, FieldView, RawField
from compiler.report.plan_settings import assign
from compiler.report.plan_stages import Around
from compiler.report.plan_values import field_views, path_of, raw_fields


def segment_changes(unit: Unit, names: Names) -> tuple[ChangeView, ...]:
    """Return what a new segment is made of, or what changes in one."""
    found = [stage.changes for stage in unit.stages if isinstance(stage, UpdateSegment)]
    if found:
        _, told, raw = _fields((change for changes in found for change in changes), names)
        return (ChangeView("~", ("setting",), "Segment", fields=told, raw=raw),)
    if unit.desired is None:
        return ()
    words = one_line(statement(normalise_segment(unit.desired["definition"]), names))
    return (ChangeView("+", ("added",), "Definition", fields=(FieldView("", "", words),)),)


def stage_changes(around: Around, names: Names) -> tuple[ChangeView, ...]:
    """Return a flow's changed, inserted and deleted steps in the order of the stages; a replace's tell none.

    Statuses stand in the stages alone, which do not say what they were.
    """
    return tuple(_step_changes(around, names))


def _step_changes(around: Around, names: Names) -> Iterator[ChangeView]:
    for stage in around.unit.stages:
        if isinstance(stage, PatchAction):
            title = around.step(stage.step, stage.action)
            fields, told, raw = _fields(stage.changes, names, stage.kind)
            words = tuple(sorted(aspects(stage.kind, fields)))
            yield ChangeView("~", ("changed",), title, stage.action, stage.step, "", words, told, raw)
        elif isinstance(stage, InsertAction):
            yield ChangeView("+", ("added",), around.step(stage.step), desired=stage.step)
        elif isinstance(stage, DeleteAction):
            title = f"{stage.kind} {around.action(stage.action)}"
            yield ChangeView("-", ("removed",), title, live=stage.action)


def _fields(
    changes: Iterable[Change], names: Names, kind: str = ""
) -> tuple[tuple[FieldChange, ...], tuple[FieldView, ...], tuple[RawField, ...]]:
    """Return planned changes as differences: as they are, in words, and as data without secrets."""
    old: dict[str, object] = {}
    new: dict[str, object] = {}
    fields: list[FieldChange] = []
    for change in changes:
        fields += field_changes(change.old, change.new, path_of(change.path))
        assign(old, change.path, change.old)
        assign(new, change.path, change.new)
    return tuple(fields), field_views(old, new, fields, names, kind), raw_fields(fields, kind)
