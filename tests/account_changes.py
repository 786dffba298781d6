"""What happens to a live flow between plan and apply: changes that mean nothing, and changes that do.

Each takes a flow as the API shows it (``id, name, archived, status, definition``) with the templates' content by id,
changes both in place, and returns False where the flow has no place for it.
"""

from __future__ import annotations

import copy
from collections.abc import Callable, Iterator
from typing import Any

from compiler.normalise.shape import BRANCHES, TESTS, TRUE_FALSE, senders, ways

Api = dict[str, Any]
Change = Callable[[Api, Api], bool | None]
WEEK = ["monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday"]


def actions(flow: Api, *kinds: str) -> list[Api]:
    return [one for one in flow["definition"]["actions"] if not kinds or one["type"] in kinds]


def messages(flow: Api, *kinds: str) -> list[Api]:
    found = [
        sender for one in actions(flow) for sender in senders(one) if not kinds or sender["type"] in kinds
    ]
    return [sender["data"]["message"] for sender in found if sender["data"].get("message")]


def plain_messages(flow: Api) -> list[Api]:
    return [one["data"]["message"] for one in actions(flow) if (one.get("data") or {}).get("message")]


def experiments(flow: Api) -> list[Api]:
    found = [one["data"].get("current_experiment") for one in actions(flow, *TESTS)]
    return [one for one in found if one]


def every(found: list[Api], change: Callable[[Api], Any]) -> bool:
    for one in found:
        change(one)
    return bool(found)


def first(found: list[Api], change: Callable[[Api], Any]) -> bool:
    return every(found[:1], change)


def clones(flow: Api, templates: Api) -> bool:
    """Every message has a new clone of what it had."""

    def clone(message: Api) -> None:
        source = message["template_id"]
        templates[f"{source}-clone"] = templates[source]
        message["template_id"] = f"{source}-clone"

    return every([one for one in messages(flow) if one.get("template_id") in templates], clone)


def floats(value: Any) -> Any:
    if isinstance(value, dict):
        return {key: item if key == "id" else floats(item) for key, item in value.items()}
    if isinstance(value, list):
        return [floats(item) for item in value]
    return float(value) if isinstance(value, int) and not isinstance(value, bool) else value


def as_floats(flow: Api, _: Api) -> bool:
    before = copy.deepcopy(flow["definition"])
    flow["definition"] = floats(flow["definition"])
    return str(before) != str(flow["definition"])


def branches(flow: Api) -> list[Api]:
    return [branch for one in actions(flow, BRANCHES) for branch in one["data"].get("branches") or ()]


HARMLESS: dict[str, Change] = {
    "updated moves": lambda f, _: f.update(updated="2027-01-01T00:00:00+00:00"),
    "when it was made, links to itself": lambda f, _: f.update(created="2020", links={"self": "x"}),
    "what the trigger is called": lambda f, _: f.update(trigger_type="Added to List"),
    "actions in another order": lambda f, _: f["definition"]["actions"].reverse(),
    "new clones of the templates": clones,
    "ids of messages": lambda f, _: every(messages(f), lambda one: one.update(id="Other1")),
    "ids of branches": lambda f, _: every(branches(f), lambda one: one.update(branch_id="abcdef")),
    "shares drift": lambda f, _: every(
        experiments(f), lambda one: one.update(allocations=dict.fromkeys(one.get("allocations") or {}, 0.01))
    ),
    "when a test started": lambda f, _: every(experiments(f), lambda one: one.update(started="2026-01-01")),
    "the name of a test is lost": lambda f, _: every(experiments(f), lambda one: one.update(name=None, id="X")),
    "a form that repeats the body": lambda f, _: every(
        [one for one in messages(f, "send-sms") if not one.get("message_hierarchy")],
        lambda one: one.update(message_hierarchy=[{"message_type": "sms", "body": one["body"]}]),
    ),
    "all seven weekdays": lambda f, _: every(
        [one["data"] for one in actions(f, "time-delay") if not one["data"].get("delay_until_weekdays")],
        lambda data: data.update(delay_until_weekdays=list(WEEK)),
    ),
    "nulls": lambda f, _: every(
        messages(f), lambda one: one.update({"cc_email": one.get("cc_email"), "shiny": None})
    ),
    "integers read as floats": as_floats,
    "replies go to the sender": lambda f, _: every(
        [one for one in messages(f, "send-email") if not one.get("reply_to_email")],
        lambda one: one.update(reply_to_email=one.get("from_email")),
    ),
}  # fmt: skip


def relink(flow: Api, old: str, new: str | None) -> None:
    for one in actions(flow):
        for key, target in ways(one):
            if target == old:
                set_way(one, key, new)
    if flow["definition"].get("entry_action_id") == old:
        flow["definition"]["entry_action_id"] = new


def set_way(action: Api, key: str | int, target: str | None) -> None:
    if isinstance(key, int):
        action["data"]["branches"][key]["links"] = {"next": target}
    else:
        action["links"][key] = target


def linear(flow: Api) -> Iterator[Api]:
    yield from (one for one in actions(flow) if one["type"] != BRANCHES and len(ways(one)) == 1)


def remove(flow: Api, _: Api) -> bool:
    for one in reversed(list(linear(flow))):
        flow["definition"]["actions"].remove(one)
        relink(flow, one["id"], ways(one)[0][1])
        return True
    return False


def insert(flow: Api, _: Api) -> bool:
    """A wait after the first step that has one way out."""
    for one in linear(flow):
        wait = {"unit": "days", "value": 1, "timezone": "profile", "secondary_value": None}
        new = {"id": "99999999", "type": "time-delay", "data": wait, "links": {"next": ways(one)[0][1]}}
        set_way(one, "next", "99999999")
        flow["definition"]["actions"].append(new)
        return True
    return False


def made_again(flow: Api, _: Api) -> bool:
    """The last step is deleted, and made again alike."""
    if not actions(flow):
        return False
    old = actions(flow)[-1]
    name, old["id"] = old["id"], "99999999"
    relink(flow, name, "99999999")
    return True


def swapped(flow: Api, _: Api) -> bool:
    for one in actions(flow):
        links = one.get("links") or {}
        if len({links.get(key) for key in TRUE_FALSE}) == 2:
            one["links"] = {TRUE_FALSE[0]: links.get(TRUE_FALSE[1]), TRUE_FALSE[1]: links.get(TRUE_FALSE[0])}
            return True
    return False


def other_entry(flow: Api, _: Api) -> bool:
    entry = flow["definition"].get("entry_action_id")
    others = [one["id"] for one in actions(flow) if one["id"] != entry]
    flow["definition"]["entry_action_id"] = others[0] if others else None
    return entry is not None


def other_content(flow: Api, templates: Api) -> bool:
    found = [one["template_id"] for one in messages(flow) if one.get("template_id") in templates]
    for template in found:
        templates[template] = {"html": f"<p>edited</p>{templates[template]}"}
    return bool(found)


def reversed_status(data: Api) -> None:
    data.update(status="draft" if data.get("status") == "live" else "live")


NOBODY = {
    "condition_groups": [
        {"conditions": [{"type": "profile-property", "property": "email", "filter": {"type": "existence", "operator": "is-not-set"}}]}
    ]
}  # fmt: skip
FILTERS = {"conditional-split": "profile_filter", "trigger-split": "trigger_filter", "action-output-split": "action_output_filter"}  # fmt: skip
HARMFUL: dict[str, Change] = {
    "another flow of the name": lambda f, _: f.update(id="Other1"),
    "renamed": lambda f, _: f.update(name=f"{f['name']}, old"),
    "archived": lambda f, _: f.update(archived=not f.get("archived")),
    "status of the flow": lambda f, _: reversed_status(f),
    "status of a step": lambda f, _: first(
        [one["data"] for one in actions(f) if (one.get("data") or {}).get("status")], reversed_status
    ),
    "another trigger": lambda f, _: f["definition"].update(triggers=[{"type": "list", "id": "OtherL"}]),
    "another filter": lambda f, _: f["definition"].update(profile_filter=NOBODY),
    "re-entry": lambda f, _: f["definition"].update(reentry_criteria={"duration": 77, "unit": "hour"}),
    "another entry": other_entry,
    "another wait": lambda f, _: first(
        [one["data"] for one in actions(f, "time-delay")], lambda data: data.update(value=data["value"] + 1)
    ),
    "a wait until a time": lambda f, _: first(
        [one["data"] for one in actions(f, "time-delay")], lambda data: data.update(delay_until_time="03:33:00")
    ),
    "another text": lambda f, _: first(
        plain_messages(f), lambda one: one.update(dict.fromkeys(("subject_line", "body"), "Other text"))
    ),
    "another sender": lambda f, _: first(
        [one["data"]["message"] for one in actions(f, "send-email") if one["data"].get("message")],
        lambda one: one.update(from_email="other@example.com"),
    ),
    "another question": lambda f, _: first(
        actions(f, *FILTERS), lambda one: one["data"].update({FILTERS[one["type"]]: NOBODY})
    ),
    "true and false swapped": swapped,
    "a step gone": remove,
    "a step inserted": insert,
    "a step deleted and made again alike": made_again,
    "a test started": lambda f, _: first(
        [one["data"] for one in actions(f, *TESTS)],
        lambda data: data.update(experiment_status="draft" if data.get("experiment_status") == "live" else "live"),
    ),
    "a variation rewritten": lambda f, _: first(
        [one for held in experiments(f) for one in held["variations"] if one["data"].get("message")],
        lambda one: one["data"]["message"].update(subject_line="Other", body="Other"),
    ),
    "what a message's template holds": other_content,
    "a branch asks something else": lambda f, _: first(
        [one for one in branches(f) if not one.get("is_else")], lambda one: one.update(branch_filter=NOBODY)
    ),
}  # fmt: skip


def told(
    flow: Api, templates: Api, changes: dict[str, Change], see: Callable[[Api, Api], Any]
) -> dict[str, bool]:
    """Say for each change that finds a place whether what is seen of the flow differs after it."""
    before, out = see(copy.deepcopy(flow), dict(templates)), {}
    for name, change in changes.items():
        changed, held = copy.deepcopy(flow), dict(templates)
        if change(changed, held) is not False:
            out[name] = see(changed, held) != before
    return out
