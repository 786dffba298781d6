"""Rules on waiting."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from compiler.codecs.base import ALL_WEEK
from compiler.kinds import revision_row
from compiler.model import Step
from compiler.rules.base import Finding, Subject, rule
from compiler.rules.reading import DELAYS, SPLITS, at, part

UNTIL = ("delay_until_time", "delay_until_weekdays")
DAYS_FIELDS = ("delay_until_weekdays", "target_days")
BACK_IN_STOCK = ("subscribed to back in stock", "requested back in stock")


@rule("F410", "error", "FACTS F10; contract: the API answers 400")
def time_of_day_on_a_delay_not_in_days(subject: Subject) -> Iterator[Finding]:
    """Wait until a time of day or a weekday only with delays in days."""
    if revision_row(subject.revision).get("weekdays_on_any_delay"):
        return
    for step in subject.delays:
        data = part(subject.actions[step.index], "data")
        if step.kind == "time-delay" and data.get("unit") != "days":
            for key in UNTIL:
                if data.get(key):
                    yield Finding(
                        at(step, key),
                        f"{key} goes only with unit: days, not with {data.get('unit')}; delete it or count in days",
                    )


@rule("F411", "warning", "FACTS F11")
def weekdays_that_say_nothing(subject: Subject) -> Iterator[Finding]:
    """Name some weekdays or none, and a zone for a time of day."""
    for step in subject.delays:
        body = step.body
        if not isinstance(body, Mapping):
            continue
        for key in DAYS_FIELDS:
            days = body.get(key)
            if days == []:
                yield Finding(
                    at(step, key), f"{key} is empty, which allows no day; delete it or name the days"
                )
            elif key == "delay_until_weekdays" and isinstance(days, list) and set(days) == ALL_WEEK:
                yield Finding(at(step, key), "all seven weekdays are the same as none; delete the line")
        if body.get("delay_until_time") and body.get("timezone", "profile") is None:
            yield Finding(
                at(step, "timezone"),
                "a time of day needs its zone; write timezone: profile or one such as Europe/Berlin",
            )


@rule("F412", "warning", "FACTS F12: Klaviyo help 115003885212")
def delay_before_nothing(subject: Subject) -> Iterator[Finding]:
    """Let something happen after each delay."""
    if not subject.delays:
        return
    ahead = subject.leads_to({step.index for step in subject.steps if _acts(subject, step)})
    for step in subject.delays:
        if step.index not in ahead:
            what = "nothing" if _is_last(step) else "nothing that runs"
            yield Finding(
                at(step),
                f"{what} comes after this delay, so profiles leave at once; delete it, or add what should follow",
            )


def _acts(subject: Subject, step: Step) -> bool:
    """Say whether a step does something; what is a draft in a draft flow is meant to."""
    if step.kind in DELAYS or step.kind in SPLITS:
        return False
    return subject.flow.status == "draft" or subject.status_of(step) != "draft"


def _is_last(step: Step) -> bool:
    return all(way.target is None for way in step.exits)


@rule("F414", "warning", "FACTS F14")
def delay_that_does_not_wait(subject: Subject) -> Iterator[Finding]:
    """Wait for longer than nothing."""
    for step in subject.delays:
        if step.kind != "time-delay":
            continue
        data = part(subject.actions[step.index], "data")
        value, more = data.get("value"), data.get("secondary_value") or 0
        if not isinstance(value, int) or not isinstance(more, int):
            continue
        if value < 0 or more < 0:
            says = f"a delay of {min(value, more)} ends before it begins"
            yield Finding(at(step), f"{says}; write how long to wait without the minus, or delete it")
        elif value + more == 0 and not any(data.get(key) for key in UNTIL):
            yield Finding(at(step), "a delay of 0 does not wait; delete it or say how long")


@rule("F439", "warning", "FACTS F39: Klaviyo help 115002779231")
def back_in_stock_message_held_up(subject: Subject) -> Iterator[Finding]:
    """Wait for the stock first in a back in stock flow, and then for nothing else."""
    waiting = [step for step in subject.delays if step.kind == "back-in-stock-delay"]
    if not waiting and subject.trigger_metric in BACK_IN_STOCK and subject.messages:
        yield Finding(
            ("trigger",),
            "this flow writes before the product is back; make back-in-stock-delay: its first step",
        )
    for step in waiting:
        if step.index != 0:
            yield Finding(at(step), "back-in-stock-delay stands first, right after the trigger; move it up")
        for other in _delays_before_message(subject, step):
            yield Finding(at(other), "this delay holds the message up after the stock is back; delete it")


def _delays_before_message(subject: Subject, start: Step) -> Iterator[Step]:
    """Yield the delays between one step and the first message of each way on."""
    todo: list[Any] = [way.target for way in start.exits]
    seen = set()
    while todo:
        index = todo.pop()
        if index is None or index in seen or index in subject.sending:
            continue
        seen.add(index)
        step = subject.flow.steps[index]
        if step.kind in DELAYS:
            yield step
        todo += [way.target for way in step.exits]
