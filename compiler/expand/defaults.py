"""``defaults``: fields for the steps that leave them out, by kind, in every branch and variation."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from compiler.resolve import STEP_KEYS

Defaults = Mapping[str, Mapping[str, Any]]


def fill(step: Any, defaults: Defaults) -> Any:
    """Return a step with what the defaults say in the fields that it leaves out."""
    if not isinstance(step, Mapping):
        return step
    out = dict(step)
    for key, value in step.items():
        if key in defaults and isinstance(value, Mapping | None):
            out[key] = {**defaults[key], **(value or {})}
        if key not in STEP_KEYS and isinstance(out.get(key), Mapping):
            out[key] = _inside(out[key], defaults)
        elif key in ("then", "else") and isinstance(value, list):
            out[key] = [fill(item, defaults) for item in value]
    return out


def _inside(body: Mapping[str, Any], defaults: Defaults) -> dict[str, Any]:
    """Return a step's value with the defaults in the steps that it holds."""
    out = dict(body)
    for key in ("then", "else", "variations"):
        if isinstance(out.get(key), list):
            out[key] = [fill(item, defaults) for item in out[key]]
    if isinstance(out.get("main"), Mapping):
        out["main"] = fill(out["main"], defaults)
    if isinstance(out.get("branches"), list):
        out["branches"] = [
            _inside(branch, defaults) if isinstance(branch, Mapping) else branch for branch in out["branches"]
        ]
    return out
