"""The rules that no documentation states, each two bits of a profile's ``marks``: who hangs on one is counted.

``bit`` says that what a profile gets hangs on the rule, and counts where it is added; ``decides`` that being added
at all may hang on it, and counts for everybody.
"""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Doubt:
    """One undocumented rule: how this program reads it, and why."""

    code: str
    text: str
    source: str

    @property
    def bit(self) -> int:
        """Its bit in ``marks`` for those who are added."""
        return 1 << (DOUBTS.index(self) + 1)

    @property
    def decides(self) -> int:
        """Its bit in ``marks`` for all, added or not."""
        return self.bit << len(DOUBTS)


GHOST = 1  # the bit of a profile that only the other reading of flow-start would add

BOUNDARY = Doubt(
    "boundary",
    "A delay ends within a day of the click (at most half the delay). Exact elapsed time decides here; the vendor's "
    "examples count whole days, so that these profiles may enter one step earlier or later, or not at all.",
    "Help Center 115002779231",
)
FLOW_START = Doubt(
    "flow-start",
    "Conditions since the flow's start are counted from the trigger's event, after it. Counted from the click, these "
    "profiles would be added instead of left out, or the other way round, or take another branch.",
    "not documented",
)
SEVERAL = Doubt(
    "several-events",
    "These profiles have several trigger events inside the timeline. The latest one enters; if each did, they would "
    "get messages more than once.",
    "not documented",
)
FILTER = Doubt(
    "undecided-filter",
    "The data cannot decide the flow's filter for these profiles; they are kept.",
    "not in the data",
)
SPLIT = Doubt(
    "undecided-split",
    "The data cannot decide a split for these profiles; they take its no or else.",
    "not in the data",
)
MESSAGE = Doubt(
    "undecided-message",
    "The data cannot decide a message's own filter for these profiles; it is sent.",
    "not in the data",
)
FORECAST = Doubt(
    "forecast",
    "These profiles reach a split after waiting whose conditions look at a window of time. It is decided on the data "
    "of the click, and may fall differently by then.",
    "Help Center 360050334651",
)
SAMPLE = Doubt(
    "sample",
    "A random split divides these profiles; how many go each way is what to expect, who does is not.",
    "drawn by the vendor",
)
ZONE = Doubt(
    "zone",
    "These profiles have no time zone, or one that is not known; the account's is used.",
    "Help Center 115003885212",
)
DELAY_ZONE = Doubt(
    "delay-zone",
    "These profiles come to a delay whose time zone is not known; the account's is used.",
    "not documented",
)
PAST_TIME = Doubt(
    "time-past",
    "A delay of 0 days meets its time of day already past; they wait for the next day that qualifies.",
    "not documented",
)
QUIET = Doubt(
    "quiet-before",
    "A text before the click would have fallen into quiet hours. Held then, these profiles would stand at another "
    "step now; quiet hours before the click are left out here.",
    "Help Center 4408737146651",
)
CONSENT = Doubt(
    "consent-unknown",
    "Whether these profiles accept the channel is not in the data; they are sent to.",
    "not in the data",
)
STOCK = Doubt(
    "wait-unknown",
    "These profiles wait for something that no delay tells (a product in stock, a date); nothing after it is foretold.",
    "Help Center 115002779231",
)
NUMBER = Doubt(
    "shared-number",
    "These profiles share their phone number with others who triggered the flow. Smart Sending of texts goes by the "
    "number, so that a text to one may keep back the text to another; each is counted here as if it were alone.",
    "Help Center 115002779311",
)
EXTRA = Doubt("extra-hours", "A delay in days has a secondary value; it is read as hours.", "not documented")

DOUBTS = (
    BOUNDARY,
    FLOW_START,
    SEVERAL,
    FILTER,
    SPLIT,
    MESSAGE,
    FORECAST,
    SAMPLE,
    ZONE,
    PAST_TIME,
    QUIET,
    CONSENT,
    STOCK,
    EXTRA,
    DELAY_ZONE,
    NUMBER,
)
