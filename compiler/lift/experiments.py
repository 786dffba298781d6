"""Lifts A/B tests and content experiments: their fields, children and shares."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from compiler import kinds
from compiler.actions import lower_action
from compiler.codecs.base import Run, tidy
from compiler.lift.state import Lifting

# Lifts one child: it is a step of its own kind, which the room of steps knows.
Child = Callable[[Lifting, Mapping[str, Any]], dict[str, Any]]


def test_body(
    lifting: Lifting, api: dict[str, Any], body: dict[str, Any], kind: kinds.Kind, child: Child
) -> tuple[Any, dict[str, Any]]:
    """Return a test's value, and what it says when it is lowered again; ``child`` lifts one message."""
    run = lifting.run
    data = dict(api.get("data") or {})
    experiment = dict(data.get("current_experiment") or {})
    for key in ("id", "started"):
        experiment.pop(key, None)
    children = experiment.get("variations")
    shares = experiment.get("allocations")
    body = dict(body)
    body["main"] = child(lifting, data.get("main_action") or {})
    if isinstance(children, list):
        ids = [str(each.get("temporary_id") or each.get("id")) for each in children]
        named = _each_names_one(shares, ids)
        body["variations"] = [
            ({"allocation": shares[key]} if shares and named and key in shares else {}) | child(lifting, each)
            for key, each in zip(ids, children, strict=True)
        ]
        if shares is not None and not named:
            body["allocations"] = shares
    order = [*kind.schema["properties"]]
    body = {key: body[key] for key in order if key in body}
    lowered = tidy(lower_action(kind.name, body, None, Run(run.revision, run.trigger)))
    said = lowered.setdefault("data", {})
    said["main_action"] = data.get("main_action")
    if "current_experiment" in data:
        data["current_experiment"] = experiment
        inside = said.setdefault("current_experiment", {})
        if isinstance(children, list):
            inside["variations"] = children
        if "allocations" in experiment:
            inside["allocations"] = shares
    api["data"] = data
    return body, tidy(lowered)


def _each_names_one(shares: Any, ids: list[str]) -> bool:
    """Say whether every share names a variation, so that it can stand beside it."""
    return (
        isinstance(shares, Mapping) and bool(shares) and set(shares) <= set(ids) and len(set(ids)) == len(ids)
    )
