"""The scratch things: a flow of delays with one split, one email and one join, and what stands beside it.

Nobody can enter the flow: its trigger is a date in a property that is called as the probe's run, which no profile
has. All its steps are drafts.
"""

from __future__ import annotations

import copy
import datetime as dt
import re
from collections.abc import Mapping
from typing import Any, Final

from compiler.client import Call, calls

Api = dict[str, Any]

NAME: Final = re.compile(r"flowc probe \d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ")
KINDS: Final[Mapping[str, tuple[Call, Call, Call]]] = {
    "flow": (calls.CREATE_FLOW, calls.GET_FLOWS, calls.DELETE_FLOW),
    "segment": (calls.CREATE_SEGMENT, calls.GET_SEGMENTS, calls.DELETE_SEGMENT),
    "template": (calls.CREATE_TEMPLATE, calls.GET_TEMPLATES, calls.DELETE_TEMPLATE),
    "tag": (calls.CREATE_TAG, calls.GET_TAGS, calls.DELETE_TAG),
}
"""By kind: the calls that create, list and delete; flows go first and tags last."""
MAIL, SPLIT, LOWER, RIGHT, JOIN = "mail", "split", "lower", "right", "join"
DELAYS: Final = ("first", "middle", "more", "before", "left", LOWER, JOIN, RIGHT, "tail", "last")


def scratch_name(at: dt.datetime) -> str:
    """Return the name that everything of one run carries."""
    return f"flowc probe {at.astimezone(dt.UTC):%Y-%m-%dT%H:%M:%SZ}"


def flow_definition(name: str, template: str | None, sender: tuple[str, str], *, joins: bool) -> Api:
    """Return the scratch flow's definition; without ``joins`` the right branch of its split ends.

    ``sender`` is the address and the label that the email is from.
    """
    ways = {"first": MAIL, MAIL: "middle", "middle": "more", "more": "before", "before": SPLIT}
    ways |= {"left": LOWER, LOWER: JOIN, JOIN: "tail", "tail": "last"}
    ways |= {RIGHT: JOIN} if joins else {}
    actions = [delay(step, days, ways.get(step)) for days, step in enumerate(DELAYS, 1)]
    actions += [
        _mail(template, sender, ways[MAIL]),
        {
            "temporary_id": SPLIT,
            "type": "conditional-split",
            "links": {"next_if_true": "left", "next_if_false": RIGHT},
            "data": {"profile_filter": _nobody(name)},
        },
    ]
    trigger = {
        "type": "date",
        "date_field_type": "profile-property",
        "date_profile_property": _property(name),
        "timedelta_unit_before_date": "days",
        "timedelta_value_before_date": 1,
        "recurrence_frequency": "never",
        "timezone": "UTC",
        "trigger_time": "10:00",
    }
    return {"triggers": [trigger], "profile_filter": None, "entry_action_id": "first", "actions": actions}


def _property(name: str) -> str:
    return f"properties['{name}']"


def _nobody(name: str) -> Api:
    """Return conditions that no profile meets."""
    test = {"type": "existence", "operator": "is-set"}
    return {
        "condition_groups": [
            {"conditions": [{"type": "profile-property", "property": _property(name), "filter": test}]}
        ]
    }


def delay(step: str, days: int, following: str | None) -> Api:
    """Return a delay of so many days."""
    data = {"unit": "days", "value": days, "secondary_value": None, "timezone": "profile"}
    return {"temporary_id": step, "type": "time-delay", "links": {"next": following}, "data": data}


def _mail(template: str | None, sender: tuple[str, str], following: str) -> Api:
    address, label = sender
    message = {
        "name": "flowc probe",
        "from_email": address,
        "from_label": label,
        "reply_to_email": None,
        "cc_email": None,
        "bcc_email": None,
        "subject_line": "flowc probe",
        "preview_text": "",
        "template_id": template,
        "smart_sending_enabled": True,
        "transactional": False,
        "add_tracking_params": False,
        "custom_tracking_params": None,
        "additional_filters": None,
    }
    data = {"message": message, "status": "draft"}
    return {"temporary_id": MAIL, "type": "send-email", "links": {"next": following}, "data": data}


def text_message(step: str) -> Api:
    """Return a text message to insert."""
    message = {
        "name": "flowc probe",
        "body": "flowc probe",
        "smart_sending_enabled": True,
        "sms_quiet_hours_enabled": True,
        "transactional": False,
    }
    data = {"message": message, "status": "draft"}
    return {"temporary_id": step, "type": "send-sms", "links": {"next": None}, "data": data}


def attributes(kind: str, name: str) -> Api:
    """Return the attributes of a scratch tag, template or segment."""
    more: Mapping[str, Api] = {
        "tag": {},
        "template": {"editor_type": "CODE", "html": _html(name)},
        "segment": {"definition": _nobody(name)},
    }
    return {"name": name, **more[kind]}


def _html(name: str) -> str:
    return f"<html><body><p>{name}</p></body></html>"


def is_own(kind: str, name: str, found: Mapping[str, Any]) -> bool:
    """Say whether a thing is one that a probe of a name made, by what its attributes hold."""
    if not NAME.fullmatch(name) or found.get("name") != name:
        return False
    if kind == "flow":
        triggers = (found.get("definition") or {}).get("triggers") or [{}]
        return bool(triggers[0].get("date_profile_property") == _property(name))
    if kind == "segment":
        return _property(name) in str(found.get("definition"))
    return kind == "template" and found.get("html") == _html(name)


def behind(anchor: Mapping[str, Any], step: str) -> Api:
    """Return an action as read, as the anchor behind which a step is inserted."""
    given = {**copy.deepcopy(dict(anchor)), "links": {"next": step}}
    return {"data": {"type": "flow-action", "id": str(anchor["id"]), "attributes": {"definition": given}}}
