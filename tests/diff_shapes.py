"""Short ways to write flow definitions for the comparison's tests."""

import importlib
import sys
from pathlib import Path

from compiler.diff import FlowDiff

sys.path.append(str(Path(__file__).parents[1] / "bench"))
flow_mutator = importlib.import_module("flow_mutator")


def email(name="Welcome", subject="Hello", **more):
    message = {"name": name, "subject_line": subject, "from_email": "shop@example.com"}
    return "send-email", {"message": message | more, "status": "live"}


def delay(days=1):
    return "time-delay", {"unit": "days", "value": days, "timezone": "profile"}


def asks(value=0, kind="conditional-split"):
    condition = {"type": "profile-metric", "metric_id": "Orders", "measurement_filter": {"value": value}}
    return kind, {"profile_filter": {"condition_groups": [{"conditions": [condition]}]}}


def flow(steps, entry=None, **settings):
    """Make a definition of ``{id: ((kind, data), target)}`` or ``{id: ((kind, data), true, false)}``."""
    actions = []
    for name, ((kind, data), *targets) in steps.items():
        labels = ("next",) if len(targets) == 1 else ("next_if_true", "next_if_false")
        actions.append(
            {"id": name, "type": kind, "data": data, "links": dict(zip(labels, targets, strict=True))}
        )
    first = entry or next(iter(steps), None)
    return {"triggers": [], "entry_action_id": first, "actions": actions, **settings}


def chain(*steps):
    """Make a definition of steps one after the other, with the ids s0, s1 and so on."""
    last = len(steps) - 1
    return flow({f"s{at}": (step, f"s{at + 1}" if at < last else None) for at, step in enumerate(steps)})


def summary(found: FlowDiff):
    """Say by ids what a comparison found, leaving out what it did not find."""
    match = found.match
    said = {
        "inserted": [*match.inserted],
        "deleted": [*match.deleted],
        "changed": [pair.live for pair in match.changed],
        "moved": [pair.live for pair in match.moved],
        "swapped": [pair.live for pair in match.swapped],
        "relinked": [(relink.pair.live, relink.label, relink.old, relink.new) for relink in found.relinked],
        "settings": [change.path for change in found.settings],
    }
    return {key: value for key, value in said.items() if value}


def counts(found: FlowDiff):
    """Count what a comparison found, by what the mutator calls it."""
    return {key: len(value) for key, value in summary(found).items()}
