"""What changes in how people enter a flow, and in its name and status, in words."""

from __future__ import annotations

import copy
from collections.abc import Callable, Iterator, Mapping
from typing import Any, Final

from compiler.diff import FieldChange, FlowDiff
from compiler.diff.fields import SETTINGS, field_changes
from compiler.labels.conditions import statement
from compiler.labels.filters import Names
from compiler.labels.steps import trigger_label
from compiler.report.fit import one_line
from compiler.report.plan_parts import ChangeView, FieldView
from compiler.report.plan_values import field_views, keys_of, raw_fields

TITLES: Final = {"triggers": "Trigger", "profile_filter": "Profile filter", "reentry_criteria": "Re-entry"}
Plain = dict[str, Any]


def setting_views(diff: FlowDiff, desired: Mapping[str, Any], names: Names) -> Iterator[ChangeView]:
    """Yield one change for each setting that differs; ``desired`` is the normalised desired definition."""
    new: Plain = {key: desired.get(key) for key in SETTINGS}
    old = before(new, tuple(change for change in diff.settings if keys_of(change.path)[0] in SETTINGS))
    by_setting: dict[str, list[FieldChange]] = {}
    for change in diff.settings:
        by_setting.setdefault(str(keys_of(change.path)[0]), []).append(change)
    for setting, changes in by_setting.items():
        fields = _words(setting, old, new, names) or field_views(old or {}, new, changes, names)
        title = TITLES.get(setting, setting.capitalize())
        yield ChangeView("~", ("setting",), title, fields=fields, raw=raw_fields(changes, ""))


def before(new: Plain, changes: tuple[FieldChange, ...]) -> Plain | None:
    """Return plain data as it was before changes that made ``new`` of it; None if that cannot be told from them."""
    old = copy.deepcopy(new)
    try:
        for change in reversed(changes):  # what was added at the end of a list goes first
            if change.old is None:
                assign(old, keys_of(change.path), None)
        for change in changes:
            if change.old is not None:
                assign(old, keys_of(change.path), change.old)
    except (LookupError, TypeError, AttributeError):
        return None
    both = ((old.get(key) or None, new.get(key) or None, key) for key in SETTINGS)
    again = tuple(
        change for one, other, key in both if one != other for change in field_changes(one, other, key)
    )
    return old if again == changes else None


def assign(value: Any, keys: tuple[str | int, ...], item: Any) -> None:
    """Set what stands in plain data under keys, with the objects on the way; None takes it away."""
    for key in keys[:-1]:
        value = value.setdefault(key, {}) if isinstance(value, dict) else value[key]
    last = keys[-1]
    if isinstance(value, list) and isinstance(last, int):
        value[last : last + 1] = [] if item is None else [item]
    elif item is None:
        value.pop(last, None)
    else:
        value[last] = item


def _words(setting: str, old: Plain | None, new: Plain, names: Names) -> tuple[FieldView, ...]:
    """Return a setting before and after in words; nothing where the words are the same."""
    pairs = PAIRS.get(setting)
    if pairs is None or old is None:
        return ()
    was, now = pairs(old, names), pairs(new, names)
    return tuple(
        FieldView(what, was.get(what, ""), text) for what, text in now.items() if was.get(what, "") != text
    )


def _trigger_pairs(side: Plain, names: Names) -> dict[str, str]:
    trigger = (side.get("triggers") or [{}])[0]
    text = one_line(trigger_label({"triggers": [trigger]}, names).text)
    return {"": text, "trigger filter": _filter(trigger.get("trigger_filter"), names)}


def _filter(value: Any, names: Names) -> str:
    return one_line(statement(value, names)) if value else ""


def _reentry(side: Plain, names: Names) -> str:
    found = trigger_label({"reentry_criteria": side.get("reentry_criteria")}, names).details
    return found[0] if found else ""


PAIRS: Final[Mapping[str, Callable[[Plain, Names], dict[str, str]]]] = {
    "triggers": _trigger_pairs,
    "profile_filter": lambda side, names: {"": _filter(side.get("profile_filter"), names)},
    "reentry_criteria": lambda side, names: {"": _reentry(side, names)},
}
