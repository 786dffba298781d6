"""Lifts what stands above the steps: trigger, re-entry, profile filter, and what is left over."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from compiler import kinds
from compiler.codecs.base import ABSENT, MALFORMED, Run, merge, residue, same, tidy
from compiler.codecs.conditions import Conditions
from compiler.codecs.phrases import Reentry
from compiler.codecs.references import Reference
from compiler.lift.state import Lifting, warn_raw
from compiler.triggers import SUBJECT_KEYS, lower_trigger, trigger_record


def read_head(lifting: Lifting, definition: Mapping[str, Any], document: dict[str, Any]) -> None:
    """Put trigger, re-entry and profile filter into the document; what is left over stands under ``raw``."""
    triggers = definition.get("triggers")
    triggers = triggers if isinstance(triggers, list) else []
    if len(triggers) != 1:
        lifting.fail("F487", f"{len(triggers)} triggers; a flow has exactly one", "triggers")
    if triggers:
        document["trigger"] = lift_trigger(triggers[0], lifting.run)
        if "raw" in document["trigger"]:
            lifting.warn("the trigger says more than its kind; kept under raw", "triggers", 0)
        lifting.run.trigger = tidy(triggers[0]) if isinstance(triggers[0], Mapping) else None
    rest = {
        key: value
        for key, value in tidy(definition).items()
        if key not in ("triggers", "actions", "entry_action_id", "reentry_criteria", "profile_filter")
    }
    reentry = tidy(definition.get("reentry_criteria"))
    if reentry is not None:
        said = Reentry().lift(reentry, lifting.run) if isinstance(reentry, Mapping) else ABSENT
        if said is ABSENT:
            rest["reentry_criteria"] = reentry
        else:
            document["reentry"] = said
    if definition.get("profile_filter") is not None:
        said = Conditions("flow-filter").lift(tidy(definition["profile_filter"]), lifting.run)
        if said is ABSENT:
            rest["profile_filter"] = tidy(definition["profile_filter"])
        else:
            document["profile_filter"] = said
            warn_raw(lifting, said, "profile_filter")
    if rest:
        document["raw"] = rest
        lifting.warn(f"the definition says more than flowc knows ({', '.join(rest)}); kept under raw")


def lift_trigger(api: Any, run: Run) -> dict[str, Any]:
    """Return the author's trigger of an API trigger; what its kind cannot say stands under ``raw``."""
    kind = _trigger_kind(api)
    if kind is None or not kinds.has(run.revision, kind.since):
        return {"raw": api}
    try:
        return _lift_known(kind, api, run)
    except MALFORMED:
        return {"raw": api}


def _lift_known(kind: kinds.Kind, api: Mapping[str, Any], run: Run) -> dict[str, Any]:
    meant = tidy(api)
    body: Any = trigger_record(kind.file, run.revision).lift(meant, Run(run.revision, meant))
    if kind.inline is not None:
        body = body.get(kind.inline)
    elif kind.subject is not None:
        subject = Reference(kind.subject).lift(meant["id"], run) if meant.get("id") is not None else {}
        named = (
            {"name": subject} if isinstance(subject, str) else subject if isinstance(subject, dict) else {}
        )
        rest = {key: value for key, value in body.items() if key not in SUBJECT_KEYS}
        body = {key: named[key] for key in SUBJECT_KEYS if key in named} | rest
        if body.keys() == {"name"}:
            body = body["name"]
        elif not body:
            body = None
    said = tidy(lower_trigger({kind.name: body}, None, Run(run.revision)))
    patch = residue(said, meant)
    if patch and not same(merge(said, patch), meant):
        return {"raw": api}
    return {kind.name: body, "raw": patch} if patch else {kind.name: body}


def _trigger_kind(api: Any) -> kinds.Kind | None:
    for kind in kinds.kinds("triggers").values():
        if (
            isinstance(api, Mapping)
            and api.get("type") == kind.name
            and all(api.get(key) == value for key, value in kind.variant.items())
        ):
            return kind
    return None
