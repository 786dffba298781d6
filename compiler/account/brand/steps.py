"""Short ways to write flows: steps in a list, a split with its branches as lists, made into create bodies."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from compiler.account.brand.catalog import SENDER
from compiler.account.brand.conditions import SINCE_START, Names, groups, never

Step = dict[str, Any]
Flows = Iterator[tuple[str, dict[str, Any]]]


def email(names: Names, template: str, subject: str, preview: str = "", **more: Any) -> Step:
    """Return a live email step with a template of the library, by name."""
    message = {
        "name": template,
        "from_label": SENDER[0],
        "from_email": SENDER[1],
        "subject_line": subject,
        "preview_text": preview,
        "template_id": names.templates[template],
        "smart_sending_enabled": True,
        "transactional": False,
        "add_tracking_params": True,
    }
    return {"type": "send-email", "data": {"message": message | more, "status": "live"}}


def sms(name: str, body: str) -> Step:
    """Return a live text message step."""
    return {"type": "send-sms", "data": {"message": {"name": name, "body": body}, "status": "live"}}


def wait(unit: str, value: int, at: str | None = None) -> Step:
    """Return a delay; ``at`` (days only) is the time of day at which it ends."""
    data = {"unit": unit, "value": value, "secondary_value": None, "timezone": "profile"}
    return {"type": "time-delay", "data": data | ({"delay_until_time": at} if at else {})}


def split(test: Mapping[str, Any], yes: list[Step], no: list[Step]) -> Step:
    """Return a conditional split with the steps of its two branches."""
    return {"type": "conditional-split", "data": {"profile_filter": dict(test)}, "yes": yes, "no": no}


def trigger_split(trigger: str, test: Mapping[str, Any], yes: list[Step], no: list[Step]) -> Step:
    """Return a split by the event that a metric's flow began with."""
    data = {"trigger_filter": dict(test), "trigger_id": trigger, "trigger_type": "metric"}
    return {"type": "trigger-split", "data": data, "yes": yes, "no": no}


def branches(name: str, *ways: tuple[str, Mapping[str, Any], list[Step]], rest: list[Step]) -> Step:
    """Return a split of many branches, the last one for everybody else."""
    return {"type": "multi-branch-split", "data": {"name": name}, "ways": ways, "rest": rest}


def note(key: str, value: Any) -> Step:
    """Return a step that writes a property of the profile."""
    operation = {
        "operator": "update",
        "property_type": "boolean",
        "property_key": f"properties['{key}']",
        "property_value": value,
    }
    return {"type": "update-profile", "data": {"profile_operations": [operation], "status": "live"}}


@dataclass(slots=True)
class Builder:
    """Numbers steps and links them."""

    actions: list[dict[str, Any]] = field(default_factory=list)

    def path(self, steps: list[Step]) -> str | None:
        """Add a path of steps, and return the id of its first one."""
        following: str | None = None
        for step in reversed(steps):
            following = self.add(step, following)
        return following

    def add(self, step: Step, following: str | None) -> str:
        """Add one step that leads on to ``following``, unless it is a split, and return its id."""
        action: dict[str, Any] = {"type": step["type"]}
        if "data" in step:
            action["data"] = dict(step["data"])
        if "yes" in step:
            action["links"] = {"next_if_true": self.path(step["yes"]), "next_if_false": self.path(step["no"])}
        elif "ways" in step:
            action["data"] = {**step["data"], "branches": self._branches(step)}
        else:
            action["links"] = {"next": following}
        action = {"temporary_id": f"step-{len(self.actions) + 1}", **action}
        self.actions.append(action)
        return str(action["temporary_id"])

    def _branches(self, step: Step) -> list[dict[str, Any]]:
        made = [
            {
                "branch_id": f"branch-{n}",
                "branch_filter": dict(test),
                "links": {"next": self.path(steps)},
                "order": n,
                "name": name,
            }
            for n, (name, test, steps) in enumerate(step["ways"])
        ]
        rest = self.path(step["rest"])
        links = None if rest is None else {"next": rest}
        return [*made, {"branch_id": "rest", "branch_filter": None, "links": links, "is_else": True}]


def flow(
    trigger: Mapping[str, Any],
    steps: list[Step],
    profile_filter: Mapping[str, Any] | None = None,
    again_after_days: int | None = None,
) -> dict[str, Any]:
    """Return the definition of a flow as a create body holds it."""
    builder = Builder()
    entry = builder.path(steps)
    made: dict[str, Any] = {
        "triggers": [dict(trigger)],
        "profile_filter": None if profile_filter is None else dict(profile_filter),
        "actions": builder.actions,
        "entry_action_id": entry,
    }
    if again_after_days is not None:
        made["reentry_criteria"] = {"duration": again_after_days, "unit": "day"}
    return made


def metric_trigger(names: Names, name: str) -> dict[str, Any]:
    """Return the trigger of a metric, by name."""
    return {"type": "metric", "id": names.metrics[name], "trigger_filter": None}


def not_bought(names: Names) -> dict[str, Any]:
    """Return the filter of who has not ordered since the flow began."""
    return groups(never(names.metrics["Placed Order"], SINCE_START))
