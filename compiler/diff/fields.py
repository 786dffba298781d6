"""Field by field: what changed in a pair of steps, and in the flow's own settings."""

from __future__ import annotations

import difflib
from collections.abc import Mapping
from typing import Any

from compiler.diff.result import Aspect, FieldChange

LONG_TEXT = 200  # characters; a longer text, or one of several lines, is shown as a unified diff
SETTINGS = ("triggers", "profile_filter", "reentry_criteria")
TIMING = ("unit", "value", "secondary_value", "timezone", "delay_until", "target_time", "target_days")
TEXTS = ("subject_line", "preview_text", "body", "title", "template", "html", "text", "message_hierarchy")


def field_changes(old: Any, new: Any, path: str) -> tuple[FieldChange, ...]:
    """Return the differences of two JSON-like values, by path; a value that is absent reads None."""
    from deepdiff import DeepDiff  # noqa: PLC0415 - 0.5 s that only a difference needs
    from deepdiff.helper import NotPresent  # noqa: PLC0415 - the same

    tree = DeepDiff(old, new, view="tree", verbose_level=2, threshold_to_diff_deeper=0)
    found: list[FieldChange] = []
    for level in (level for levels in tree.values() for level in levels):
        keys = "".join(_key(key) for key in level.path(output_format="list"))
        before, after = (None if isinstance(side, NotPresent) else side for side in (level.t1, level.t2))
        found.append(FieldChange(path + keys, before, after, _text(before, after)))
    return tuple(sorted(found, key=lambda change: change.path))


def setting_changes(live: Mapping[str, Any], desired: Mapping[str, Any]) -> tuple[FieldChange, ...]:
    """Return what changed in triggers, filter and re-entry, and in name and status where both sides say them."""
    both = [key for key in ("name", "status") if live.get(key) and desired.get(key)]
    return tuple(
        change
        for key in [*both, *SETTINGS]
        if (live.get(key) or None) != (desired.get(key) or None)
        for change in field_changes(live.get(key) or None, desired.get(key) or None, key)
    )


def aspects(kind: str, changes: tuple[FieldChange, ...]) -> frozenset[Aspect]:
    """Tell renamed, re-texted, re-timed and re-filtered steps apart by the fields that changed."""
    return frozenset(_aspect(kind, change.path.split(".")[1:]) for change in changes)


def _aspect(kind: str, keys: list[str]) -> Aspect:
    last = keys[-1].split("[")[0]
    if last in ("status", "experiment_status"):
        return "status"
    if any(key.split("[")[0].endswith(("_filter", "_filters")) for key in keys):
        return "re-filtered"
    if last == "name":
        return "renamed"
    if kind.endswith(("-delay", "-date")) and any(key.startswith(TIMING) for key in keys):
        return "re-timed"
    if any(key.startswith(TEXTS) for key in keys):
        return "re-texted"
    return "settings"


def _text(old: Any, new: Any) -> str:
    if not (isinstance(old, str) and isinstance(new, str) and (_long(old) or _long(new))):
        return ""
    lines = difflib.unified_diff(old.splitlines(), new.splitlines(), "live", "desired", lineterm="")
    return "\n".join(lines)


def _long(text: str) -> bool:
    return "\n" in text or len(text) > LONG_TEXT


def _key(key: Any) -> str:
    if isinstance(key, int):
        return f"[{key}]"
    return f".{key}" if str(key).isidentifier() else f"[{key!r}]"
