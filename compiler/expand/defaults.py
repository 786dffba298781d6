"""``defaults``: fields, by kind, that fill what a step leaves out."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from compiler.codecs.base import merge
from compiler.expand.document import Origin, Path, Place
from compiler.resolve import STEP_KEYS


class Defaults:
    """The defaults of one flow over those of its project; notes where each field that it fills in was written.

    ``own`` may be anything that an author wrote; what is no mapping fills nothing, and ``validate`` objects to it.
    """

    def __init__(self, around: Mapping[str, Any], own: Any, place: Place) -> None:
        self.own = _usable(own)
        self.fields = _usable(merge(around, self.own))
        self.place = place
        self.origins: list[Origin] = []

    def steps(self, steps: list[Any], path: Path) -> list[Any]:
        """Return a list of steps with the fields that they leave out."""
        if not self.fields:
            return steps
        return [self._step(step, (*path, index)) for index, step in enumerate(steps)]

    def _step(self, step: Any, path: Path) -> Any:
        if not isinstance(step, Mapping):
            return step
        out = dict(step)
        for key, value in step.items():
            if key in self.fields and isinstance(value, Mapping | None):
                out[key] = self._filled(key, value or {}, (*path, key))
            if key not in STEP_KEYS and isinstance(out.get(key), Mapping):
                out[key] = self._inside(out[key], (*path, key))
            elif key in ("then", "else") and isinstance(value, list):
                out[key] = self.steps(value, (*path, key))
        return out

    def _filled(self, kind: str, body: Mapping[str, Any], path: Path) -> dict[str, Any]:
        for name in self.own.get(kind, ()):
            if name not in body:
                where = self.place.at(kind, name)
                self.origins.append(Origin((*path, name), where.source, where.path, where.used_at))
        return {**self.fields[kind], **body}

    def _inside(self, body: Mapping[str, Any], path: Path) -> dict[str, Any]:
        out = dict(body)
        for key in ("then", "else", "variations"):
            if isinstance(out.get(key), list):
                out[key] = self.steps(out[key], (*path, key))
        if isinstance(out.get("main"), Mapping):
            out["main"] = self._step(out["main"], (*path, "main"))
        if isinstance(out.get("branches"), list):
            out["branches"] = [
                self._inside(branch, (*path, "branches", index)) if isinstance(branch, Mapping) else branch
                for index, branch in enumerate(out["branches"])
            ]
        return out


def _usable(value: Any) -> dict[str, Mapping[str, Any]]:
    if not isinstance(value, Mapping):
        return {}
    return {kind: fields for kind, fields in value.items() if isinstance(fields, Mapping)}
