"""Reads a compiled flow for the rules: its messages, its conditions, the names behind its placeholders.

What a kind's fields cannot say may stand under ``raw``, so nothing here trusts a shape that the API's object may lack.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from functools import lru_cache
from typing import Any, Final, NamedTuple

from compiler.codecs import references
from compiler.codecs.base import unwind
from compiler.model import Flow, Step

CHANNELS: Final = {
    "send-email": "email",
    "send-sms": "sms",
    "send-mobile-push": "push",
    "send-whatsapp": "whatsapp",
}
TESTS: Final = frozenset({"ab-test", "content-experiment"})
DELAYS: Final = frozenset({"time-delay", "countdown-delay", "target-date", "back-in-stock-delay"})
SPLITS: Final = frozenset({"conditional-split", "trigger-split", "multi-branch-split", "action-output-split"})
FILTERS: Final = {
    "conditional-split": "profile_filter",
    "trigger-split": "trigger_filter",
    "action-output-split": "action_output_filter",
}
NOTHING: Final[Mapping[str, Any]] = {}


def at(step: Step, *keys: Any) -> tuple[Any, ...]:
    """Return the path of a step in its document, or of something inside its kind's value."""
    return (*unwind(step.at), step.kind, *keys)


def part(value: Any, key: str) -> Mapping[str, Any]:
    """Return the mapping under a key; an empty one where there is none."""
    found = value.get(key) if isinstance(value, Mapping) else None
    return found if isinstance(found, Mapping) else NOTHING


def items(value: Any, key: str) -> Sequence[Any]:
    """Return the list under a key; an empty one where there is none."""
    found = value.get(key) if isinstance(value, Mapping) else None
    return found if isinstance(found, list) else ()


@lru_cache(maxsize=4096)
def name_of(kind: str, id_: str) -> str | None:
    """Return the name that an offline payload's placeholder holds; None for an id of the account."""
    found = references.read(kind, id_)
    name = found if isinstance(found, str) else found.get("name")
    return str(name) if name is not None else None


def file_of(id_: Any) -> str | None:
    """Return the name of the project's file that holds a template; None for a template of the account."""
    found = references.read("template", id_) if isinstance(id_, str) else None
    return found.get("file") if isinstance(found, Mapping) else None


def metric_name(id_: Any) -> str:
    """Return a metric's name in small letters; empty where only the account knows it."""
    return (name_of("metric", id_) or "").casefold() if isinstance(id_, str) else ""


class Message(NamedTuple):
    """One message: of a step, or of one of a test's variations; ``content`` is the API's message."""

    step: Step
    channel: str
    keys: tuple[Any, ...]
    content: Mapping[str, Any]
    status: Any

    def at(self, *keys: Any) -> tuple[Any, ...]:
        """Return the path of the message in its document, or of one of its fields."""
        return at(self.step, *self.keys, *keys)

    @property
    def transactional(self) -> bool:
        """Whether it is sent without consent to marketing."""
        return self.content.get("transactional") is True

    @property
    def sends(self) -> bool:
        """Whether it reaches people: live or manual."""
        return self.status in ("live", "manual")


def read_messages(steps: Sequence[Step], actions: Mapping[int, Mapping[str, Any]]) -> Iterator[Message]:
    """Yield each message of the steps that are reached; of a test its main message first."""
    for step in steps:
        if step.kind in CHANNELS:
            yield _message(step, step.kind, (), actions[step.index])
        elif step.kind in TESTS:
            data = part(actions[step.index], "data")
            yield from _child(step, ("main",), part(data, "main_action"))
            for position, child in enumerate(items(data.get("current_experiment"), "variations")):
                yield from _child(step, ("variations", position), child)


def _child(step: Step, keys: tuple[Any, ...], action: Any) -> Iterator[Message]:
    kind = action.get("type") if isinstance(action, Mapping) else None
    if isinstance(kind, str) and kind in CHANNELS:
        yield _message(step, kind, (*keys, kind), action)


def _message(step: Step, kind: str, keys: tuple[Any, ...], action: Mapping[str, Any]) -> Message:
    data = part(action, "data")
    return Message(step, CHANNELS[kind], keys, part(data, "message"), data.get("status"))


class Condition(NamedTuple):
    """One condition, in the API's words, and where its author wrote it.

    ``site`` is ``flow`` (the flow's own filter), ``trigger``, ``message``, or the kind of the split.
    """

    site: str
    step: Step | None
    keys: tuple[Any, ...]
    group: int
    position: int
    width: int
    api: Mapping[str, Any]

    def at(self) -> tuple[Any, ...]:
        """Return the path of the condition in its document."""
        base = self.keys if self.step is None else at(self.step, *self.keys)
        return (*base, self.group) if self.width == 1 else (*base, self.group, "any", self.position)


def read_conditions(
    flow: Flow,
    definition: Mapping[str, Any],
    messages: Sequence[Message],
    splits: Sequence[Step],
    actions: Mapping[int, Any],
) -> Iterator[Condition]:
    """Yield every condition of a flow: of its trigger, its filter, its messages, its splits."""
    for trigger in items(definition, "triggers")[:1]:
        kind = next(iter(flow.data.get("trigger") or ()), None)
        yield from conditions_in(
            part(trigger, "trigger_filter"), "trigger", None, ("trigger", kind, "trigger_filter")
        )
    yield from conditions_in(part(definition, "profile_filter"), "flow", None, ("profile_filter",))
    for message in messages:
        if message.content.get("additional_filters") is not None:
            keys = (*message.keys, "additional_filters")
            yield from conditions_in(
                part(message.content, "additional_filters"), "message", message.step, keys
            )
    for step in splits:
        data = part(actions[step.index], "data")
        if step.kind in FILTERS:
            yield from conditions_in(part(data, FILTERS[step.kind]), step.kind, step, ("if",))
        for position, branch in enumerate(items(data, "branches")):
            yield from conditions_in(
                part(branch, "branch_filter"), step.kind, step, ("branches", position, "if")
            )


def conditions_in(
    filter_: Mapping[str, Any], site: str, step: Step | None, keys: tuple[Any, ...]
) -> Iterator[Condition]:
    """Yield the conditions of one API filter, whose groups are ANDed and whose groups' conditions are ORed."""
    for group, held in enumerate(items(filter_, "condition_groups")):
        listed = items(held, "conditions")
        for position, api in enumerate(listed):
            if isinstance(api, Mapping):
                yield Condition(site, step, keys, group, position, len(listed), api)


def counts_since_start(condition: Mapping[str, Any]) -> bool:
    """Say whether a condition asks how often something happened since the profile entered the flow."""
    return (
        condition.get("type") == "profile-metric"
        and part(condition, "timeframe_filter").get("operator") == "flow-start"
    )


def is_zero(condition: Mapping[str, Any]) -> bool:
    """Say whether a condition on a metric asks that it did not happen."""
    measure = part(condition, "measurement_filter")
    return (measure.get("operator"), measure.get("value")) in (
        ("equals", 0),
        ("less-than", 1),
        ("less-than-or-equal", 0),
    )
