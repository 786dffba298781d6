"""One action in the common vocabulary: its fields, its message, its branches, its variations."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from typing import Any, Final

from compiler import kinds
from compiler.codecs.base import Run, tidy
from compiler.codecs.references import Derived
from compiler.normalise.shape import BRANCHES, TESTS, Plain, ways

WEEK: Final = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")
# Defaults of the contract that no schema file has, since authors always write these fields where they matter.
CONTRACT_DEFAULTS: Final[Mapping[str, Mapping[str, Any]]] = {
    "time-delay": {"unit": "days"},
    "countdown-delay": {"unit": "days", "value": 0},
    "send-mobile-push": {"on_open": "home"},
    "low-inventory": {"timeframe_days": 30},
    "price-drop": {"price_drop_amount_unit": "currency", "timeframe_days": 30, "currency_type": "usd"},
    "date": {"timedelta_unit_before_date": "weeks", "recurrence_frequency": "monthly", "timezone": "profile"},
}

Templates = Mapping[str, Any]


def plain(value: Any) -> Any:
    """Return data without nulls and with one spelling for equal numbers, times and weekdays."""
    return _numbers(tidy(value))


def _numbers(value: Any) -> Any:
    """Turn whole floats into integers, which they are equal to."""
    if isinstance(value, Mapping):
        return {key: _numbers(item) for key, item in value.items()}
    if isinstance(value, list):
        return [_numbers(item) for item in value]
    return int(value) if isinstance(value, float) and value.is_integer() else value


@cache
def _defaults(name: str) -> Mapping[str, Any]:
    """Return what is implied in a kind's fields, by their names in the API."""
    kind = kinds.kinds("actions").get(name)
    properties = kind.schema["properties"] if kind else {}
    implied = {
        field.get("x-field", key): field["default"] for key, field in properties.items() if "default" in field
    }
    return {**CONTRACT_DEFAULTS.get(name, {}), **implied}


def normalise_action(action: Mapping[str, Any], trigger: Plain | None, templates: Templates) -> Plain:
    """Return an action in the common vocabulary; its id and its links stay."""
    kind = str(action["type"])
    data: Plain = plain(action.get("data") or {})
    known = kinds.kinds("actions").get(kind)
    if known is not None and known.status:
        data.setdefault("status", "draft")
    if kind in TESTS:
        _test(data, trigger, templates)
    elif known is not None and known.within == ("data", "message"):
        if "message" in data:
            data["message"] = _message(kind, data["message"], templates)
    else:
        _fields(kind, data, trigger)
    out: Plain = {"id": action.get("id") or action.get("temporary_id"), "type": kind, "data": data}
    found = ways(action)
    if kind == BRANCHES:
        data["branches"] = [_branch(*one) for one in zip(data.get("branches") or (), found, strict=True)]
    else:
        out["links"] = dict(found)
    return out


def _fields(kind: str, data: Plain, trigger: Plain | None) -> None:
    for key, value in _defaults(kind).items():
        data.setdefault(key, value)
    if (
        data.get("secondary_value") == 0
    ):  # the server adds it where the unit is hours, and keeps it when that changes
        del data["secondary_value"]
    if not data.get("delay_until_weekdays", True):
        del data[
            "delay_until_weekdays"
        ]  # no day named is no day left out: accounts read it back as all or none
    elif "delay_until_weekdays" in data:
        data["delay_until_weekdays"].sort(key=lambda day: WEEK.index(day) if day in WEEK else len(WEEK))
    if kind == "trigger-split":
        for key in ("trigger_id", "trigger_type", "trigger_subtype"):
            value = Derived(key).default(Run("", trigger))
            if value is not None:
                data.setdefault(key, value)


def _message(kind: str, message: Mapping[str, Any], templates: Templates) -> Plain:
    out = {**_defaults(kind), **{key: value for key, value in message.items() if value not in ("", [])}}
    out.pop("id", None)
    if "from_email" in out and kind == "send-email":
        out.setdefault("reply_to_email", out["from_email"])
    source = out.pop("template_id", None)
    if source is not None:
        out["template"] = templates.get(source, {"id": source})
    if repeats_body(message):
        del out["message_hierarchy"]
    return out


def repeats_body(message: Mapping[str, Any]) -> bool:
    """Say whether a text message's forms are one plain text that is its body, as accounts with RCS add."""
    forms = message.get("message_hierarchy")
    if not isinstance(forms, list) or len(forms) != 1 or not isinstance(forms[0], Mapping):
        return False
    said = {key: value for key, value in forms[0].items() if value not in (None, "", {}, [])}
    texts = [said.pop(key) for key in ("message", "body") if key in said]
    return texts == [message.get("body")] and not said.keys() - {"message_format", "message_type"}


def _branch(branch: Plain, way: tuple[str | int, str | None]) -> Plain:
    place, target = way
    out = {key: value for key, value in branch.items() if key not in ("branch_id", "links", "joined")}
    if out.get("order") == place:
        del out["order"]
    if not out.get("is_else"):
        out.pop("is_else", None)
    return {**out, "links": {"next": target}}


def _test(data: Plain, trigger: Plain | None, templates: Templates) -> None:
    """Leave what the test asks: its message, the variations, their shares by place, what decides and ends it."""
    data.pop("experiment_status", None)
    if "main_action" in data:
        data["main_action"] = _child(data["main_action"], trigger, templates)
    experiment = data.get("current_experiment")
    if experiment is None:
        return
    sent = experiment.get("variations") or []
    shares = experiment.pop("allocations", None) or {}
    for key in ("id", "name", "started"):
        experiment.pop(key, None)
    experiment["variations"] = [_child(one, trigger, templates) for one in sent]
    experiment["allocations"] = _shares([one.get("id") or one.get("temporary_id") for one in sent], shares)


def _child(child: Mapping[str, Any], trigger: Plain | None, templates: Templates) -> Plain:
    made = normalise_action(child, trigger, templates)
    made["data"].pop("status", None)  # children keep the status that they are found with
    return {"type": made["type"], "data": made["data"]}


def _shares(names: list[str | None], shares: Mapping[str, Any]) -> Plain:
    """Return the variations' shares by place, in order where the keys are not theirs; equal ones if unsaid."""
    given = [shares.get(name or "") for name in names]
    if shares and None in given and len(shares) == len(names):
        given = [*shares.values()]
    even = 1 / max(len(names), 1)
    places = [round(even if share is None else share, 6) for share in given]
    made: Plain = plain({f"variation {place}": share for place, share in enumerate(places, 1)})
    return made
