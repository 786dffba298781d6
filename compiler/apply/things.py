"""Tags, templates and segments: what flows stand on, made before them."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from compiler.apply.bodies import document
from compiler.apply.desk import Desk, key_of
from compiler.apply.performing import Before, Request, Step, Stopped
from compiler.apply.templates import hold_template
from compiler.client import calls
from compiler.codecs.base import same
from compiler.normalise import normalise_segment
from compiler.plan.stages import (
    CloneTemplate,
    CreateSegment,
    CreateTag,
    CreateTemplate,
    DeleteSegment,
    RestoreTemplate,
    Stage,
    Tag,
    UpdateSegment,
)
from compiler.plan.units import Unit
from compiler.planning.wanted import placeholders

Api = dict[str, Any]
TURNS = 10  # how often a segment is tried that others keep waiting; each try is one of the day's creates
BUSY = "processing limit"  # at most five segments are processed at once (contract: limits)


def make_tag(desk: Desk, key: str, name: str) -> str:
    """Return the id of the tag of a name, made where the account has none."""
    known = desk.ids.get(("tag", name))
    if known is not None:
        return known

    def seen(before: Before) -> str | None:
        del before
        return next((tag for tag, _ in desk.names_of(calls.GET_TAGS, "tag", name)), None)

    request = Request(calls.CREATE_TAG, "", document("tag", {"name": name}))
    made = desk.performer.perform(Step(key, f'creating the tag "{name}"', lambda: request, seen))
    desk.ids["tag", name] = made
    return made


def put_tag(desk: Desk, key: str, tag: str, kind: str, identifier: str) -> None:
    """Put a tag, by its id, on a flow or segment."""
    call = calls.TAG_FLOWS if kind == "flow" else calls.TAG_SEGMENTS
    request = Request(call, tag, {"data": [{"type": kind, "id": identifier}]})

    def seen(before: Before) -> str | None:
        del before
        return "" if tag in tags_on(desk, kind, identifier) else None

    desk.performer.perform(Step(key, f"tagging the {kind} {identifier}", lambda: request, seen))


def take_tag(desk: Desk, key: str, name: str, flow: str) -> None:
    """Take a tag, by its name, off a flow."""
    known = desk.ids.get(("tag", name))
    if known is None:
        return

    def seen(before: Before) -> str | None:
        del before
        return "" if known not in tags_on(desk, "flow", flow) else None

    request = Request(calls.UNTAG_FLOWS, known, {"data": [{"type": "flow", "id": flow}]})
    desk.performer.perform(Step(key, f"untagging the flow {flow}", lambda: request, seen))


def tags_on(desk: Desk, kind: str, identifier: str) -> list[str]:
    """Return the ids of the tags that a flow or segment carries."""
    if kind == "flow":
        found = desk.client.find(calls.GET_FLOW_TAG_IDS, identifier) or {}
        return [str(row["id"]) for row in found.get("data") or ()]
    shown = desk.client.find(calls.GET_SEGMENT, identifier, params={"include": "tags"}) or {}
    return [str(row["id"]) for row in shown.get("included") or () if row.get("type") == "tag"]


def run_thing(desk: Desk, unit: Unit) -> None:
    """Do the one stage of a tag, template or segment."""
    key = key_of(unit)
    for place, stage in enumerate(unit.stages):
        _take(desk, unit, f"{key}#{place}", stage)


def _take(desk: Desk, unit: Unit, key: str, stage: Stage) -> None:
    match stage:
        case CreateTag(name):
            make_tag(desk, key, name)
        case CreateTemplate() | CloneTemplate() | RestoreTemplate():
            hold_template(desk, key, stage)
        case CreateSegment(name, attributes):
            _segment(desk, key, name, attributes)
        case UpdateSegment(segment, changes):
            _update(desk, unit, key, segment, {str(change.path[0]) for change in changes})
        case DeleteSegment(segment):
            _delete(desk, unit, key, segment)
        case Tag(segment, tag):
            put_tag(desk, key, make_tag(desk, f"{key}/make-tag", tag), "segment", str(segment))
        case _:
            raise AssertionError(f"{type(stage).__name__} is no stage of a {unit.kind}")


def _segment(desk: Desk, key: str, name: str, attributes: Mapping[str, Any]) -> None:
    definition = desk.bound(attributes["definition"])
    require_ids(f'the segment "{name}"', definition)
    wanted = normalise_segment(definition)
    body = document(
        "segment",
        {"name": name, "definition": definition, "is_starred": attributes.get("is_starred") is True},
    )

    def seen(before: Before) -> str | None:
        found = desk.names_of(calls.GET_SEGMENTS, "segment", name)
        return next(
            (
                one
                for one, about in found
                if one not in before and same(normalise_segment(about["definition"]), wanted)
            ),
            None,
        )

    existing = tuple(one.id for one in desk.snapshot.segments if one.name == name)
    request = Request(calls.CREATE_SEGMENT, "", body, existing)
    made = _when_free(desk, Step(key, f'creating the segment "{name}"', lambda: request, seen))
    desk.ids["segment", name] = made
    put_tag(desk, f"{key}/tag", make_tag(desk, f"{key}/make-tag", desk.tag), "segment", made)
    if attributes.get("is_active") is False:
        _settings(desk, f"{key}/inactive", made, {"is_active": False})


def _when_free(desk: Desk, step: Step) -> str:
    """Create a segment; while the account is busy with others wait for one of them, since each try counts."""
    for _ in range(TURNS):
        try:
            return desk.performer.perform(step)
        except Stopped as stopped:
            if BUSY not in stopped.message.lower():
                raise
        desk.patience.clock.sleep(desk.patience.lag)
        if not _one_is_done(desk, _processing(desk)):
            break
    raise Stopped(f"{step.what}: the account is still processing other segments")


def _one_is_done(desk: Desk, busy: set[str]) -> bool:
    """Wait until one of some segments is processed; say whether that came to pass."""
    found = desk.patience.until(
        lambda: None if busy and busy <= _processing(desk) else True, desk.patience.processing
    )
    return found is not None


def _processing(desk: Desk) -> set[str]:
    rows = [row for page in desk.client.pages(calls.GET_SEGMENTS) for row in page["data"]]
    return {str(row["id"]) for row in rows if row["attributes"].get("is_processing") is True}


def _update(desk: Desk, unit: Unit, key: str, segment: str, changed: set[str]) -> None:
    """Send the attributes that change, and no others."""
    assert unit.desired is not None, "a segment is updated to its spec"
    wanted = {name: value for name, value in unit.desired.items() if name in changed}
    if "definition" in wanted:
        wanted["definition"] = desk.bound(wanted["definition"])
        require_ids(f'the segment "{unit.name}"', wanted["definition"])
    _settings(desk, key, segment, wanted)
    desk.ids["segment", unit.name] = segment


def _settings(desk: Desk, key: str, segment: str, attributes: Mapping[str, Any]) -> None:
    def seen(before: Before) -> str | None:
        del before
        shown = segment_attributes(desk, segment)
        return "" if shown is not None and is_as(shown, attributes) else None

    request = Request(calls.UPDATE_SEGMENT, segment, document("segment", attributes, segment))
    desk.performer.perform(Step(key, f"changing the segment {segment}", lambda: request, seen))


def is_as(shown: Mapping[str, Any], wanted: Mapping[str, Any]) -> bool:
    """Say whether a segment's attributes are as wanted; a setting that is not named does not matter."""
    return all(
        same(normalise_segment(shown[name]), normalise_segment(value))
        if name == "definition"
        else shown.get(name) == value
        for name, value in wanted.items()
        if name in ("name", "definition", "is_active", "is_starred")
    )


def segment_attributes(desk: Desk, segment: str) -> Api | None:
    """Return what the account says of a segment, None where it has it no more."""
    found = desk.client.find(calls.GET_SEGMENT, segment)
    return None if found is None else dict(found["data"]["attributes"])


def _delete(desk: Desk, unit: Unit, key: str, segment: str) -> None:
    def seen(before: Before) -> str | None:
        del before
        return "" if segment_attributes(desk, segment) is None else None

    what = f'deleting the segment "{unit.name}"'
    desk.performer.perform(Step(key, what, lambda: Request(calls.DELETE_SEGMENT, segment), seen))


def require_ids(what: str, value: Any) -> None:
    """Raise Stopped where something that a body names has no id yet."""
    missing = sorted({f'the {kind} "{name}"' for kind, name in placeholders(value)})
    if missing:
        raise Stopped(f"{what} needs {', '.join(missing)}, which the account does not have")
