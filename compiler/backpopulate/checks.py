"""Refuses a definition that is not what the API's contract says, with the action and the field, before it is read."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from compiler.backpopulate.actions import DAY, HOUR, WEEKDAYS
from compiler.diagnostics import Exit, Fatal

TIME = re.compile(r"([01][0-9]|2[0-3]):[0-5][0-9](:[0-5][0-9])?")
UNITS = {"days": DAY, "hours": HOUR, "minutes": 60}
DATE_UNITS = {"days": 1, "weeks": 7, "months": 31}  # the most days that each has
YEARS = (
    20  # that the delays of a flow, and the way to a date, may take: a zone's rules of longer take minutes
)
MOST_DAYS = YEARS * 365
SHOWN = 60  # characters of a wrong value
LARGEST_SHARE = 100


@dataclass(frozen=True, slots=True)
class Part:
    """A mapping of the definition: whose it is, the way there, and what it says."""

    owner: str
    path: str
    plain: Mapping[str, Any]

    def wrong(self, key: str, wanted: str) -> Fatal:
        """Return the refusal of a field."""
        said = json.dumps(self.plain.get(key), ensure_ascii=False, default=str)
        said = said if len(said) <= SHOWN else f"{said[:SHOWN]}..."
        what = "is missing" if key not in self.plain else f"is {said}"
        return Fatal(f"{self.owner}: {self.path}{key} {what}; it should be {wanted}", Exit.WRONG_SPECS)

    def has(self, key: str) -> bool:
        """Say whether a field is there and not null."""
        return self.plain.get(key) is not None

    def text(self, key: str) -> None:
        """Refuse a field that is neither absent nor a text."""
        if self.has(key) and not isinstance(self.plain[key], str):
            raise self.wrong(key, "a text")

    def whole(self, key: str, least: int | None = None, most: int | None = None) -> int:
        """Return a field's whole number; refuse any other value, null too."""
        value = self.plain.get(key)
        bounds = "" if least is None else f" from {least} to {most}"
        if (
            not isinstance(value, int)
            or isinstance(value, bool)
            or (least is not None and value < least)
            or (most is not None and value > most)
        ):
            raise self.wrong(key, f"a whole number{bounds}")
        return value

    def unit(self, key: str, units: Mapping[str, int]) -> int:
        """Return how much a field's unit is; days where it says none."""
        value = self.plain.get(key, "days") if self.has(key) else "days"
        if not isinstance(value, str) or value not in units:
            raise self.wrong(key, " or ".join(units))
        return units[value]

    def clock(self, until: str, days: str) -> None:
        """Refuse a time of day or weekdays that are none."""
        value = self.plain.get(until)
        if value is not None and not (isinstance(value, str) and TIME.fullmatch(value)):
            raise self.wrong(until, "a time of day such as 10:00 or 10:00:00")
        listed = self.plain.get(days)
        named = isinstance(listed, list) and all(str(day).lower() in WEEKDAYS for day in listed)
        if listed is not None and not named:
            raise self.wrong(days, "a list of weekdays such as monday")

    def inside(self, key: str) -> Part:
        """Return a field's mapping, an empty one where it is absent."""
        value = self.plain.get(key)
        if value is not None and not isinstance(value, Mapping):
            raise self.wrong(key, "an object")
        return Part(self.owner, f"{self.path}{key}.", value or {})

    def rows(self, key: str) -> Iterator[Part]:
        """Yield the mappings of a field's list, none where it is absent."""
        value = self.plain.get(key)
        listed = isinstance(value, list) and all(isinstance(row, Mapping) for row in value)
        if value is not None and not listed:
            raise self.wrong(key, "a list of objects")
        for place, row in enumerate(value or ()):
            yield Part(self.owner, f"{self.path}{key}[{place}].", row)


def check_definition(definition: Mapping[str, Any]) -> None:
    """Raise Fatal where a part that back-populating reads has another shape than the contract gives it.

    Conditions are checked as far as they are read here; what their filters say is for the evaluation, which leaves
    undecided what it does not know.
    """
    whole = Part("the flow", "", definition)
    for trigger in whole.rows("triggers"):
        _trigger(trigger)
    _conditions(whole, "profile_filter")
    length = 0
    for action in whole.rows("actions"):
        name, kind = action.plain.get("id") or action.plain.get("temporary_id"), action.plain.get("type")
        mine = Part(f"the action {name}" + (f" ({kind})" if isinstance(kind, str) else ""), "", action.plain)
        length += _action(mine)
    if length > MOST_DAYS * DAY:
        raise Fatal(
            f"the flow: its delays add up to more than {YEARS} years",
            Exit.WRONG_SPECS,
        )


def _trigger(trigger: Part) -> None:
    trigger.text("type")
    trigger.text("recurrence_frequency")
    _conditions(trigger, "trigger_filter")
    if trigger.plain.get("type") == "date":
        _countdown(trigger, "timedelta_value_before_date", "timedelta_unit_before_date")
        trigger.clock("trigger_time", "trigger_days")


def _countdown(part: Part, value: str, unit: str) -> None:
    days = part.unit(unit, DATE_UNITS)
    if part.has(value):
        part.whole(value, -(MOST_DAYS // days), MOST_DAYS // days)


def _action(action: Part) -> int:
    """Check an action, and return the seconds that it waits."""
    if not isinstance(action.plain.get("type"), str):
        raise action.wrong("type", "the kind of the action")
    links = action.inside("links")
    for key in links.plain:
        _link(links, key)
    kind, data = action.plain["type"], action.inside("data")
    if kind == "time-delay":
        return _delay(data)
    if kind == "countdown-delay":
        _countdown(data, "value", "unit")
        data.clock("delay_until_time", "delay_until_weekdays")
    _conditions(data, "profile_filter")
    _conditions(data, "trigger_filter")
    for branch in data.rows("branches") if isinstance(data.plain.get("branches"), list) else ():
        _conditions(branch, "branch_filter")
        _link(branch.inside("links"), "next")
        if branch.has("order"):
            branch.whole("order")
    _messages(data)
    return 0


def _link(links: Part, key: str) -> None:
    if links.has(key) and not isinstance(links.plain[key], str | int):
        raise links.wrong(key, "the id of an action")


def _delay(data: Part) -> int:
    size = data.unit("unit", UNITS)
    value = data.whole("value", 0, MOST_DAYS * DAY // size)
    if data.has("secondary_value"):
        data.whole("secondary_value", 0, MOST_DAYS)
    data.clock("delay_until_time", "delay_until_weekdays")
    data.text("timezone")
    return value * size


def _messages(data: Part) -> None:
    """Check the message of an action, of the main action of a test, and of the test's variations."""
    main = data.inside("main_action")
    main.text("type")
    for part in (data, main.inside("data")):
        _conditions(part.inside("message"), "additional_filters")
    for variation in data.inside("current_experiment").rows("variations"):
        variation.inside("data").inside("message")


def _conditions(part: Part, key: str) -> None:
    """Check the conditions of a filter: groups of conditions, and what is read of them here."""
    for group in part.inside(key).rows("condition_groups"):
        for condition in group.rows("conditions"):
            condition.text("type")
            condition.inside("measurement_filter")
            condition.inside("timeframe_filter")
            if condition.plain.get("type") == "profile-sample":
                condition.whole("percentage", 0, LARGEST_SHARE)
            elif condition.plain.get("type") == "metric-property":
                _property(condition)


def _property(condition: Part) -> None:
    """Refuse a condition on a property of the trigger's event that names none, or has no filter."""
    condition.text("field")
    condition.inside("filter")
    for key in ("field", "filter"):
        if not condition.has(key):
            raise condition.wrong(key, "there")
