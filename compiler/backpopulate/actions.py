"""What single actions of a definition say: delays, messages, splits, in frozen rows."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Literal

HOUR, DAY = 3_600, 86_400
WEEKDAYS = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")
CHANNELS = {
    "send-email": "email",
    "send-sms": "sms",
    "send-mobile-push": "push",
    "send-whatsapp": "whatsapp",
}
# They end at a moment that no delay tells; a date flow's countdown is told by the date.
WAITS = {
    "back-in-stock-delay": "Wait until back in stock",
    "target-date": "Wait until a target date",
    "countdown-delay": "Wait until before the date",
}


@dataclass(frozen=True, slots=True)
class Delay:
    """A time delay. ``until`` is a second of the day, ``weekdays`` counts Monday as 0 and is empty for any day.

    ``extra`` is what ``secondary_value`` adds, in seconds: minutes for hours; hours for days, which is a guess
    (FACTS A4.7). ``zone`` is an IANA name or ``profile``.
    """

    value: int
    unit: str
    extra: int = 0
    until: int | None = None
    weekdays: frozenset[int] = frozenset()
    zone: str = "profile"

    @property
    def seconds(self) -> int:
        """Its length in seconds where neither a time of day nor weekdays bind it; a day is 24 hours."""
        return self.value * {"days": DAY, "hours": HOUR, "minutes": 60}[self.unit] + self.extra

    @property
    def needs_clock(self) -> bool:
        """Whether its end depends on a wall clock."""
        return self.until is not None or bool(self.weekdays)

    def forward(self, weekday: int) -> int:
        """Return the days from a weekday to the next one that is allowed, 0 where it is itself."""
        return next(
            days
            for days in range(7)
            if not self.weekdays or (weekday + days) % len(WEEKDAYS) in self.weekdays
        )


Source = Literal["profile", "event", "sample", "unknown"]


@dataclass(frozen=True, slots=True)
class Test:
    """Who takes an exit: conditions on profiles or on the trigger's event, a random share, or what nobody can tell."""

    source: Source
    definition: Mapping[str, Any]
    share: int = 0


@dataclass(frozen=True, slots=True)
class Message:
    """A message: its channel, its ids in the account, and what is asked when it is sent.

    ``ids``, ``templates`` and ``texts`` are those of all variations of a test, the main message's first.
    """

    channel: str
    ids: tuple[str, ...]
    smart_sending: bool
    quiet_hours: bool
    transactional: bool
    filters: Mapping[str, Any] | None
    templates: tuple[str, ...]
    texts: tuple[str, ...]


def plain_delay(data: Mapping[str, Any]) -> Delay:
    """Return a time delay; until-times and weekdays count only where its unit is days, and all seven are none."""
    unit, extra = str(data.get("unit") or "days"), int(data.get("secondary_value") or 0)
    value, zone = int(data.get("value") or 0), str(data.get("timezone") or "profile")
    if unit != "days":
        return Delay(value, unit, extra * 60 if unit == "hours" else 0, zone=zone)
    listed = frozenset(WEEKDAYS.index(str(day).lower()) for day in data.get("delay_until_weekdays") or ())
    until = data.get("delay_until_time")
    days = listed if len(listed) < len(WEEKDAYS) else frozenset()
    return Delay(
        value, unit, 0 if until else extra * HOUR, second_of_day(str(until)) if until else None, days, zone
    )


def second_of_day(text: str) -> int:
    """Return the second of the day of ``10:00`` or ``10:00:00``."""
    hours, minutes, *rest = (int(part) for part in text.split(":"))
    return hours * HOUR + minutes * 60 + (rest[0] if rest else 0)


def status_of(action: Mapping[str, Any]) -> str | None:
    """Return an action's own status; splits and delays have none."""
    data = action.get("data") or {}
    status = data.get("status") or ((data.get("main_action") or {}).get("data") or {}).get("status")
    return None if status is None else str(status)


def message_of(action: Mapping[str, Any]) -> Message | None:
    """Return an action's message; that of a test is its main action's, with the content of all variations."""
    data = action.get("data") or {}
    main = data.get("main_action") or action
    if main.get("type") not in CHANNELS:
        return None
    message = (main.get("data") or {}).get("message") or {}
    said = [message, *_variations(data)]
    quiet = message.get("sms_quiet_hours_enabled", message.get("respecting_sms_quiet_hours", True))
    return Message(
        channel=CHANNELS[main["type"]],
        ids=tuple(dict.fromkeys(str(row["id"]) for row in said if row.get("id"))),
        smart_sending=bool(message.get("smart_sending_enabled", True)),
        quiet_hours=main["type"] == "send-sms" and bool(quiet),
        transactional=bool(message.get("transactional")),
        filters=message.get("additional_filters") or None,
        templates=tuple(dict.fromkeys(str(row["template_id"]) for row in said if row.get("template_id"))),
        texts=tuple(
            str(row[key])
            for row in said
            for key in ("subject_line", "preview_text", "title", "body")
            if row.get(key)
        ),
    )


def _variations(data: Mapping[str, Any]) -> Iterator[Mapping[str, Any]]:
    """Yield the messages of a test's variations, where it has any."""
    current = data.get("current_experiment") or {}
    for action in current.get("variations") or ():
        found = ((action or {}).get("data") or {}).get("message")
        if found:
            yield found


def ways_of(action: Mapping[str, Any]) -> list[tuple[str, str | None, Test | None]]:
    """Return an action's exits in the order in which they are tried: label, target's id, who takes it."""
    kind, data, links = str(action["type"]), action.get("data") or {}, action.get("links") or {}
    if isinstance(data.get("branches"), list):
        return _branches(data["branches"])
    if kind.endswith("-split") or "next_if_true" in links:
        yes = _test(kind, data)
        return [("yes", _target(links, "next_if_true"), yes), ("no", _target(links, "next_if_false"), None)]
    return [("next", _target(links, "next"), None)]


def _branches(branches: list[Mapping[str, Any]]) -> list[tuple[str, str | None, Test | None]]:
    tried = [row for row in branches if not row.get("is_else")]
    tried.sort(key=lambda row: row.get("order") or 0)
    found: list[tuple[str, str | None, Test | None]] = [
        (
            str(row.get("name") or f"branch {place}"),
            _target(row.get("links") or {}, "next"),
            _profile(row.get("branch_filter")),
        )
        for place, row in enumerate(tried, 1)
    ]
    other = next((row for row in branches if row.get("is_else")), None)
    return [*found, ("else", _target((other or {}).get("links") or {}, "next"), None)]


def _target(links: Mapping[str, Any], key: str) -> str | None:
    return str(links[key]) if links.get(key) else None


def _test(kind: str, data: Mapping[str, Any]) -> Test:
    if kind == "conditional-split":
        return _profile(data.get("profile_filter"))
    if kind == "trigger-split":
        return Test("event", data.get("trigger_filter") or {"condition_groups": []})
    return Test("unknown", {})


def _profile(definition: Mapping[str, Any] | None) -> Test:
    plain = definition or {"condition_groups": []}
    rows = [row for group in plain.get("condition_groups") or () for row in group.get("conditions") or ()]
    if len(rows) == 1 and rows[0].get("type") == "profile-sample":
        return Test("sample", plain, int(rows[0]["percentage"]))
    return Test("profile", plain)


def name_of(action: Mapping[str, Any]) -> str:
    """Return what a person calls the action: a message's name or subject, a delay's length, a split's own name."""
    data, kind = action.get("data") or {}, str(action["type"])
    if kind == "time-delay":
        return f"Wait {delay_text(plain_delay(data))}"
    if kind in WAITS:
        return WAITS[kind]
    message = ((data.get("main_action") or action).get("data") or {}).get("message") or {}
    said = message.get("name") or message.get("subject_line") or data.get("name") or message.get("body")
    return str(said or kind.replace("-", " ").capitalize())


def delay_text(delay: Delay) -> str:
    """Return a delay in words: ``2 days until 10:00 on Tuesday or Thursday``."""
    unit = delay.unit[:-1] if delay.value == 1 else delay.unit
    extra = f" {delay.extra // 60} minutes" if delay.unit == "hours" and delay.extra else ""
    extra = f" {delay.extra // HOUR} hours" if delay.unit == "days" and delay.extra else extra
    until = (
        f" until {delay.until // HOUR:02}:{delay.until % HOUR // 60:02}" if delay.until is not None else ""
    )
    days = f" on {weekday_names(delay.weekdays)}" if delay.weekdays else ""
    return f"{delay.value} {unit}{extra}{until}{days}"


def weekday_names(days: frozenset[int]) -> str:
    """Return weekdays in words: ``Tuesday or Thursday``."""
    words = [WEEKDAYS[day].capitalize() for day in sorted(days)]
    return words[0] if len(words) == 1 else f"{', '.join(words[:-1])} or {words[-1]}"


def span_text(seconds: int) -> str:
    """Return a length of time in its two largest units: ``75 days``, ``3 days 4 hours``, ``at once`` for none."""
    parts = []
    for size, word in ((DAY, "day"), (HOUR, "hour"), (60, "minute"), (1, "second")):
        count, seconds = divmod(seconds, size)
        if count:
            parts.append(f"{count} {word}{'s' if count != 1 else ''}")
    return " ".join(parts[:2]) or "at once"
