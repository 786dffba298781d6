"""What a simulation is told besides flow and data: the click, the mode, the account's zone, windows and speeds."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Literal

from compiler.backpopulate.quiet import QuietHours
from compiler.diagnostics import Exit, Fatal

Mode = Literal["relative", "throughout", "beginning"]

MODE_WORDS: Mapping[Mode, str] = {
    "relative": "relative to the event",
    "throughout": "throughout the flow, relative to joining",
    "beginning": "from the beginning, relative to the click",
}

# Smart Sending's defaults in hours (FACTS A8).
SMART_HOURS = {"email": 16, "sms": 24, "push": 24, "whatsapp": 24}
# Texts a second by kind of sender (FACTS A10, older documentation); no figure is published for the others.
SENDER_SPEEDS = {"toll-free": 10, "short-code": 100}
FASTEST = 1_000_000  # texts a second, beyond which a queue is no question
YEARS = (2000, 2100)  # in which a click may lie: from the start of the first to the start of the last
# The metrics that say what a profile received, by their names in an account.
RECEIVED_METRICS = {"email": "Received Email", "sms": "Received SMS", "push": "Received Push"}


@dataclass(frozen=True, slots=True)
class Settings:
    """One click: ``at`` has a time zone; ``received`` gives the metric id of received messages by channel.

    ``sms_speed`` is in texts a second, None where nobody said and no queue is computed. ``smart_hours_before`` is
    the Smart Sending window of a channel when messages before the click went out, where it was another: a timer
    keeps the length that it began with (FACTS A8).
    """

    at: datetime
    mode: Mode = "relative"
    account_zone: str = "UTC"
    quiet_hours: QuietHours | None = None
    smart_hours: Mapping[str, int] = field(default_factory=lambda: dict(SMART_HOURS))
    smart_hours_before: Mapping[str, int] = field(default_factory=dict)
    sms_speed: int | None = None
    received: Mapping[str, str] = field(default_factory=lambda: dict(RECEIVED_METRICS))

    @property
    def now(self) -> int:
        """The click in whole seconds since 1970."""
        return int(self.at.timestamp())


def check_settings(settings: Settings, trigger: str) -> None:
    """Raise Fatal for a mode that the trigger's kind does not offer (FACTS A2), an unknown zone, a moment or a speed.

    A kind that offers no mode is not eligible, which is said elsewhere.
    """
    _check_limits(settings)
    from compiler.evaluate import zone_offsets  # noqa: PLC0415 - loaded where data is read

    zones = [settings.account_zone, settings.quiet_hours.zone if settings.quiet_hours else "profile"]
    for zone in zones:
        if zone != "profile" and not zone_offsets([zone], settings.at, settings.at):
            raise Fatal(f'"{zone}" is no IANA time zone, such as Europe/Berlin', Exit.WRONG_SPECS)
    if settings.account_zone == "profile":
        raise Fatal("the account's zone is an IANA name, such as Europe/Berlin", Exit.WRONG_SPECS)
    offered = modes(trigger)
    if offered and settings.mode not in offered:
        raise Fatal(
            f"a flow with a {trigger} trigger is back-populated in the mode {' or '.join(offered)}, not {settings.mode}",
            Exit.WRONG_SPECS,
        )


def _check_limits(settings: Settings) -> None:
    """Raise Fatal for a moment or a speed with which no calendar and no queue can be computed."""
    first, last = YEARS
    if not first <= settings.at.year < last:
        raise Fatal(
            f"the click lies in the years {first} to {last - 1}, not in {settings.at.year}", Exit.WRONG_SPECS
        )
    if settings.sms_speed is not None and not 1 <= settings.sms_speed <= FASTEST:
        raise Fatal(
            f"the speed of texts is 1 to {FASTEST:,} a second, not {settings.sms_speed:,}", Exit.WRONG_SPECS
        )


def modes(trigger: str) -> tuple[Mode, ...]:
    """Return the modes that a trigger's kind offers, the usual one first; none where it is not eligible."""
    if trigger == "metric":
        return ("relative",)
    return ("throughout", "beginning") if trigger in ("list", "segment") else ()


def received_metrics(metrics: Iterable[tuple[str, str]]) -> dict[str, str]:
    """Return the metric of received messages by channel, of an account's metrics as (name, id); its name without one."""
    ids = dict(metrics)
    return {channel: ids.get(name, name) for channel, name in RECEIVED_METRICS.items()}
