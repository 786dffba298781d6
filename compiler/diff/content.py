"""What of an action is compared, and what identifies it when steps are matched.

Ids, links and branch ids say where a step stands, so they are never compared. Statuses and template ids are
compared as fields, but no step is recognised by them: the server clones every template, and statuses change
without the step becoming another one.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator, Mapping
from typing import Any

STATE_KEYS = ("status", "experiment_status")
WORDS_OF_A_TEXT = 60  # enough to tell two mails apart; a template's whole HTML would cost more than it tells


def digest(value: Any) -> str:
    """Return a digest of JSON-like data that does not depend on the order of keys."""
    text = json.dumps(value, sort_keys=True, separators=(",", ":"))
    return hashlib.blake2b(text.encode(), digest_size=16).hexdigest()


def step_name(action: Mapping[str, Any]) -> str:
    """Return the name that people gave the step: its message's, its own, or its main variation's; else ''."""
    data = action.get("data") or {}
    message = data.get("message") or {}
    name = message.get("name") or data.get("name")
    if not name and data.get("main_action"):
        return step_name(data["main_action"])
    return str(name or "")


def comparable(action: Mapping[str, Any]) -> dict[str, Any]:
    """Return the action's data without ids and links: everything that a field change can be about."""
    data = dict(action.get("data") or {})
    if data.get("message"):
        data["message"] = _without(data["message"], "id")
    if data.get("branches"):
        data["branches"] = [_without(branch, "branch_id", "links") for branch in data["branches"]]
    if data.get("main_action"):
        data["main_action"] = _variation(data["main_action"])
    if data.get("current_experiment"):
        data["current_experiment"] = _experiment(data["current_experiment"])
    return data


def content(data: Mapping[str, Any]) -> dict[str, Any]:
    """Return comparable data without statuses and template ids: what a step is recognised by."""
    kept = _without(data, *STATE_KEYS)
    if kept.get("message"):
        kept["message"] = _without(kept["message"], "template_id")
    if kept.get("main_action"):
        kept["main_action"] = _variation_content(kept["main_action"])
    if kept.get("current_experiment"):
        experiment = dict(kept["current_experiment"])
        experiment["variations"] = [_variation_content(one) for one in experiment.get("variations") or ()]
        kept["current_experiment"] = experiment
    return kept


def words(value: Any, key: str = "") -> Iterator[str]:
    """Yield every leaf of JSON-like data as ``key=word``, long texts word by word up to a limit."""
    if isinstance(value, Mapping):
        for name in value:
            yield from words(value[name], f"{key}.{name}")
    elif isinstance(value, list):
        for item in value:
            yield from words(item, key)
    elif isinstance(value, str):
        for word in value.split(maxsplit=WORDS_OF_A_TEXT)[:WORDS_OF_A_TEXT]:
            yield f"{key}={word}"
    else:
        yield f"{key}={value}"


def _without(value: Mapping[str, Any], *keys: str) -> dict[str, Any]:
    return {key: item for key, item in value.items() if key not in keys}


def _variation(action: Mapping[str, Any]) -> dict[str, Any]:
    return {"type": action.get("type"), "data": comparable(action)}


def _variation_content(variation: Mapping[str, Any]) -> dict[str, Any]:
    return {"type": variation["type"], "data": content(variation["data"])}


def _experiment(experiment: Mapping[str, Any]) -> dict[str, Any]:
    """Allocations are keyed by the variations' ids; here by their places, which both sides share."""
    variations = experiment.get("variations") or ()
    result = _without(experiment, "id")
    result["variations"] = [_variation(one) for one in variations]
    if experiment.get("allocations"):
        ids = [one.get("id") or one.get("temporary_id") for one in variations]
        places = {name: f"variation {place + 1}" for place, name in enumerate(ids)}
        result["allocations"] = {places.get(k, k): v for k, v in experiment["allocations"].items()}
    return result
