"""Condition lists: a list is AND, ``any:`` inside it is an OR group; that is ``condition_groups`` exactly."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from typing import Any

from compiler import kinds
from compiler.codecs.base import ABSENT, MALFORMED, At, Run, merge, residue, same, tidy, unwind
from compiler.codecs.building import BUILD, record


@cache
def at_site(site: str) -> tuple[str, ...]:
    """Return the names of the condition kinds that may stand at a site."""
    return tuple(sorted(name for name, kind in kinds.kinds("conditions").items() if site in kind.sites))


class Conditions:
    """A condition list at one site."""

    def __init__(self, site: str) -> None:
        self.site = site

    def lower(self, value: Any, at: At, run: Run) -> Any:
        """Return ``{"condition_groups": [...]}`` of a condition list."""
        outer, run.site = run.site, self.site
        groups = [{"conditions": self._group(item, (at, index), run)} for index, item in enumerate(value)]
        run.site = outer
        return {"condition_groups": groups}

    def _group(self, item: Any, at: At, run: Run) -> list[Any]:
        if "any" not in item:
            return [lower_one(item, at, run)]
        if len(item) > 1:
            run.mistake("F506", 'beside "any" stands nothing else; did you forget to indent?', at)
        inner = (at, "any")
        if len(item["any"]) == 1:
            run.mistake("F507", '"any" needs two alternatives or more; write the one without it', inner)
        return [lower_one(each, (inner, index), run) for index, each in enumerate(item["any"])]

    def lift(self, value: Any, run: Run) -> Any:
        """Return the condition list of ``{"condition_groups": [...]}``; ABSENT for any other object."""
        if not isinstance(value, Mapping) or value.keys() != {"condition_groups"}:
            return ABSENT
        groups = value["condition_groups"]
        if not isinstance(groups, list):
            return ABSENT
        outer, run.site = run.site, self.site
        out = [self._lift_group(group, run) for group in groups]
        run.site = outer
        return ABSENT if ABSENT in out else out

    @staticmethod
    def _lift_group(group: Any, run: Run) -> Any:
        if (
            not isinstance(group, Mapping)
            or group.keys() != {"conditions"}
            or not isinstance(group["conditions"], list)
        ):
            return ABSENT
        said = [lift_one(each, run) for each in group["conditions"]]
        return said[0] if len(said) == 1 else {"any": said}


def lower_one(item: Mapping[str, Any], at: At, run: Run) -> Any:
    """Return the API's condition of one mapping with a kind as its key."""
    names = [name for name in item if name != "raw"]
    patch = item.get("raw")
    if not names:
        return dict(patch) if patch else run.mistake("F506", "an empty condition", at)
    if "any" in names:
        return run.mistake("F506", "any inside any; write all alternatives in one list", at)
    name = names[0]
    if len(names) > 1:
        return run.mistake(
            "F506",
            f"two conditions in one item, {name} and {names[1]}; did you forget to indent or a dash?",
            at,
        )
    lowered = kind_codec(name, run.revision).lower(item[name], (at, name), run)
    _flow_only(name, lowered, (at, name), run)
    return merge(lowered, patch) if patch else lowered


def _flow_only(name: str, lowered: Any, at: At, run: Run) -> None:
    timeframe = lowered.get("timeframe_filter") if isinstance(lowered, Mapping) else None
    if run.site == "segment" and isinstance(timeframe, Mapping) and timeframe.get("operator") == "flow-start":
        run.mistake(
            "F508",
            f"flow-start has no meaning in a segment ({name}); write a timeframe such as {{in-the-last: 30 days}}",
            (at, "timeframe"),
        )


def lift_one(api: Any, run: Run) -> dict[str, Any]:
    """Return one mapping with a kind as its key; what the kind cannot say stands under ``raw``."""
    name = api.get("type") if isinstance(api, Mapping) else None
    if not isinstance(name, str) or name not in at_site(run.site):
        return {"raw": api}
    if not kinds.has(run.revision, kinds.kinds("conditions")[name].since):
        return {"raw": api}
    try:
        return _lift_known(name, api, run)
    except MALFORMED:
        return {"raw": api}


def _lift_known(name: str, api: Mapping[str, Any], run: Run) -> dict[str, Any]:
    codec = kind_codec(name, run.revision)
    meant = tidy(api)
    body = codec.lift(meant, run)
    if body is None:
        return {"raw": api}
    said = tidy(codec.lower(body, None, Run(run.revision, run.trigger, run.site)))
    patch = residue(said, meant)
    if patch and not same(merge(said, patch), meant):
        return {"raw": api}
    return {name: body, "raw": patch} if patch else {name: body}


@cache
def kind_codec(name: str, revision: str) -> KindCodec:
    """Return the codec of one condition kind at a revision."""
    return KindCodec(kinds.kinds("conditions")[name], revision)


class KindCodec:
    """A kind's whole value: its record, or the one field that the value stands for."""

    def __init__(self, kind: kinds.Kind, revision: str) -> None:
        self.kind, self.record = kind, record(kind.schema, revision, kind.name)

    def lower(self, body: Any, at: At, run: Run) -> Any:
        """Return the API's object with its ``type``."""
        if not kinds.has(run.revision, self.kind.since):
            return run.mistake("F501", too_old(run.revision, self.kind), at)
        if self.kind.inline is None:
            lowered = self.record.lower(body or {}, at, run)
        else:
            before = len(run.mistakes)
            lowered = self.record.lower({self.kind.inline: body}, at, run)
            depth = len(unwind(at))
            for mistake in run.mistakes[
                before:
            ]:  # the value itself is the place, not the field that it stands for
                mistake.path = mistake.path[:depth] + mistake.path[depth + 1 :]
        return {"type": self.kind.name, **lowered}

    def lift(self, api: Mapping[str, Any], run: Run) -> Any:
        """Return the author's value of the API's object."""
        body = self.record.lift(api, run)
        return body if self.kind.inline is None else body.get(self.kind.inline)


def too_old(revision: str, kind: kinds.Kind) -> str:
    """Say that a revision lacks a kind, and which one has it first."""
    return f"revision {revision} has no {kind.name}; the first that has it is {kind.since}"


BUILD["conditions"] = lambda prop, _: Conditions(prop["x-site"])
