"""Says in short human words what a step and a trigger are, from their lowered (API) form.

This is the one place for it: graphs, plans and timelines show the same words. ``names`` maps ids of the account to
names; a symbolic reference carries its own name, an id that nobody knows is shown as it is.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Literal
from urllib.parse import urlsplit

from compiler.labels.conditions import question, statement
from compiler.labels.filters import Names, clock, listed, named, number, property_name, span
from compiler.labels.triggers import TRIGGERS

Family = Literal["message", "delay", "split", "update", "other"]
Action = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Label:
    """What a step is: its family, a heading (``Email``), the text itself, and details for where there is room."""

    family: Family
    heading: str
    text: str
    details: tuple[str, ...] = ()

    @property
    def title(self) -> str:
        """Heading and text in one: ``Email: You left something behind``, ``Wait 1 hour``."""
        return f"{self.heading}: {self.text}" if self.heading else self.text


def step_label(action: Action, names: Names) -> Label:
    """Return the label of a lowered action; a kind that this version does not know gives its own name."""
    kind = str(action.get("type"))
    words = KINDS.get(kind)
    data = action.get("data") or {}
    return words(data, names) if words else Label("other", "", kind.replace("-", " ").capitalize())


def trigger_label(definition: Mapping[str, Any], names: Names) -> Label:
    """Return the label of how people enter: the trigger; its filter, the flow's filter and re-entry as details."""
    trigger = (definition.get("triggers") or [{}])[0]
    words = TRIGGERS.get(str(trigger.get("type")))
    text = (
        words(trigger, names) if words else str(trigger.get("type", "nothing")).replace("-", " ").capitalize()
    )
    details = []
    if trigger.get("trigger_filter"):
        details.append(f"trigger filter: {statement(trigger['trigger_filter'], names)}")
    if definition.get("profile_filter"):
        details.append(f"profile filter: {statement(definition['profile_filter'], names)}")
    if definition.get("reentry_criteria"):
        details.append(_reentry(definition["reentry_criteria"]))
    return Label("other", "Trigger", text, tuple(details))


def _reentry(api: Mapping[str, Any]) -> str:
    if api.get("unit") == "alltime":
        return "may enter again at any time" if api.get("duration") == 0 else "enters once only"
    return f"may enter again after {span(api.get('duration'), api.get('unit'))}"


def _message(heading: str, *keys: str) -> Callable[[Action, Names], Label]:
    def words(data: Action, names: Names) -> Label:
        message = data.get("message") or {}
        said = [str(message[key]) for key in (*keys, "name") if message.get(key)]
        text = said[0] if said else "without a text"
        details = [message["name"]] if message.get("name") and message["name"] != text else []
        if message.get("additional_filters"):
            details.append(f"filter: {statement(message['additional_filters'], names)}")
        return Label("message", heading, text, tuple(details))

    return words


def _webhook(data: Action, names: Names) -> Label:
    del names
    message = data.get("message") or {}
    host = urlsplit(str(message.get("url") or "")).hostname or ""  # the rest of an address may hold a secret
    return Label("message", "Webhook", str(message.get("name") or host), (f"to {host}",) if host else ())


def _alert(data: Action, names: Names) -> Label:
    label = _message("Internal alert", "subject_line")(data, names)
    people = (data.get("message") or {}).get("to_emails") or []
    return Label(
        label.family,
        label.heading,
        label.text,
        (*label.details, f"to {listed(people, 'and')}") if people else label.details,
    )


def _test(heading: str) -> Callable[[Action, Names], Label]:
    def words(data: Action, names: Names) -> Label:
        main = step_label(data.get("main_action") or {"type": "empty"}, names)
        test = data.get("current_experiment") or {}
        count = len(test.get("variations") or ())
        details = [f"{count} variation{'' if count == 1 else 's'}"] if count else []
        if test.get("winner_metric"):
            details.append(f"winner by {str(test['winner_metric']).replace('-', ' ')}")
        return Label("message", heading, main.title, tuple(details))

    return words


def _delay(data: Action, names: Names) -> Label:
    del names
    text = f"Wait {span(data.get('value', 0), data.get('unit', 'days'))}"
    if data.get("secondary_value"):
        text += f" {span(data['secondary_value'], 'minutes')}"
    until = clock(data, "delay_until_time", "delay_until_weekdays")
    return Label("delay", "", text, (f"then until {until.removeprefix('at ')}",) if until else ())


def _countdown(data: Action, names: Names) -> Label:
    del names
    hour = clock(data, "delay_until_time", "delay_until_weekdays")
    value, unit = data.get("value", 0), data.get("unit", "days")
    text = (
        "the date"
        if value == 0
        else f"{span(abs(value), unit)} {'before' if value > 0 else 'after'} the date"
    )
    return Label("delay", "", f"Wait until {text}", (hour,) if hour else ())


def _target(data: Action, names: Names) -> Label:
    del names
    hour = clock(data, "target_time", "target_days")
    return Label("delay", "", f"Wait until {hour.removeprefix('at ') or 'any time'}")


def _split(key: str) -> Callable[[Action, Names], Label]:
    return lambda data, names: Label("split", "", question(data.get(key), names))


def _branches(data: Action, names: Names) -> Label:
    del names
    count = len(data.get("branches") or ())
    return Label(
        "split", "", f"{str(data.get('name') or 'Which branch').rstrip('? ')}?", (f"{count} branches",)
    )


def _update_profile(data: Action, names: Names) -> Label:
    del names
    return Label(
        "update",
        "Update profile",
        "; ".join(map(_operation, data.get("profile_operations") or ())) or "nothing",
    )


def _operation(api: Action) -> str:
    key, value = property_name(api.get("property_key")), api.get("property_value")
    said = (
        f"“{value}”"
        if isinstance(value, str)
        else number(value)
        if not isinstance(value, bool)
        else str(value).lower()
    )
    match api.get("operator"), api.get("property_operation"):
        case "delete", _:
            return f"remove {key}"
        case _, "add":
            return f"add {said} to {key}"
        case _, "remove":
            return f"take {said} off {key}"
    return f"set {key} to {said}"


def _list_update(data: Action, names: Names) -> Label:
    verb = "take off" if data.get("on_execution") is False else "add to"
    text = f"{verb} {named(data['list_id'], names)}" if data.get("list_id") else f"{verb} no list"
    return Label(
        "update", "Update list", text, (data["name"],) if data.get("name") and data["name"] != text else ()
    )


def _service(data: Action, names: Names) -> Label:
    del names
    service = data.get("service_configuration") or {}
    about = service.get("event_key") or service.get("report_id") or ""
    return Label(
        "other",
        "Internal service",
        f"{str(service.get('service_method_type')).replace('-', ' ')} {about}".strip(),
    )


KINDS: Mapping[str, Callable[[Action, Names], Label]] = {
    "ab-test": _test("A/B test"),
    "action-output-split": _split("action_output_filter"),
    "back-in-stock-delay": lambda _, __: Label("delay", "", "Wait until the product is back in stock"),
    "code": lambda _, __: Label("other", "", "Run code"),
    "conditional-split": _split("profile_filter"),
    "content-experiment": _test("Content experiment"),
    "countdown-delay": _countdown,
    "internal-service": _service,
    "list-update": _list_update,
    "multi-branch-split": _branches,
    "send-email": _message("Email", "subject_line"),
    "send-internal-alert": _alert,
    "send-mobile-push": _message("Push", "title", "body"),
    "send-sms": _message("SMS", "body"),
    "send-webhook": _webhook,
    "send-whatsapp": _message("WhatsApp"),
    "target-date": _target,
    "time-delay": _delay,
    "trigger-split": _split("trigger_filter"),
    "update-profile": _update_profile,
}
