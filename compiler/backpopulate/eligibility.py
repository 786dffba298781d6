"""May this flow be back-populated: every reason, its source, and what to do about it (FACTS A1)."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Literal

from compiler.backpopulate.grounds import EXPLAINER, HOW_TO, OUT_OF_SERVICE, TRIGGERS
from compiler.backpopulate.shape import ACTIVE, Shape, Step
from compiler.rules.messages import COUPON

Verdict = Literal["blocks", "warns", "overridden"]
COUPON_BLOCK = re.compile(r"""(?:class|data-[a-z-]+)\s*=\s*["'][^"']*\bcoupon\b""", re.IGNORECASE)

OF_BLOCK = "{% coupon_code %}"


@dataclass(frozen=True, slots=True)
class Reason:
    """One thing that stands in the way or should be known; ``code`` is what overrides it, where that is possible."""

    code: str
    verdict: Verdict
    text: str
    source: str
    remedy: str


@dataclass(frozen=True, slots=True)
class Eligibility:
    """Whether the flow may be back-populated, and all reasons."""

    reasons: tuple[Reason, ...]

    @property
    def eligible(self) -> bool:
        """Whether nothing blocks."""
        return not any(reason.verdict == "blocks" for reason in self.reasons)

    @property
    def answer(self) -> str:
        """The verdict in a few words: ``Yes``, ``No``, ``Yes, once it is applied``."""
        if not self.eligible:
            return "No"
        return "Yes, once it is applied" if any(row.code == NOT_APPLIED for row in self.reasons) else "Yes"


OVERRIDABLE = ("coupon", "flow-status")
NOT_APPLIED = "not-applied"  # the reason of a flow that is in files, and not so in the account


def check_eligibility(
    shape: Shape, templates: Mapping[str, str], allowed: frozenset[str] = frozenset()
) -> Eligibility:
    """Return the verdict on a flow.

    ``templates`` holds the HTML of templates by their id or reference, as far as it is known. ``allowed`` names the
    reasons on which documentation disagrees and that somebody overrides: ``coupon``, ``flow-status``.
    """
    found = [*_trigger(shape), *_statuses(shape), *_delays(shape), *_coupons(shape, templates)]
    return Eligibility(tuple(_overridden(reason, allowed) for reason in found))


def texts_of(content: Any) -> Iterator[str]:
    """Yield every text of a template's content, which is a text or parts in mappings and lists.

    A coupon block of a drag-and-drop template gives the tag that it writes into the message (FACTS A1).
    """
    if isinstance(content, str):
        yield content
    elif isinstance(content, Mapping | list):
        if isinstance(content, Mapping) and content.get("type") == "coupon":
            yield OF_BLOCK
        for part in content.values() if isinstance(content, Mapping) else content:
            yield from texts_of(part)


def _overridden(reason: Reason, allowed: frozenset[str]) -> Reason:
    if reason.verdict == "blocks" and reason.code in allowed & set(OVERRIDABLE):
        return Reason(reason.code, "overridden", reason.text, reason.source, reason.remedy)
    return reason


def _trigger(shape: Shape) -> list[Reason]:
    if shape.trigger in TRIGGERS:
        text, source, remedy = TRIGGERS[shape.trigger]
        return [Reason("trigger", "blocks", text, source, remedy)]
    if shape.trigger not in ("metric", "list", "segment"):
        return [
            Reason(
                "trigger",
                "blocks",
                f"A flow with the trigger {shape.trigger} adds nobody.",
                EXPLAINER,
                "Give the flow a metric, list or segment as its trigger.",
            )
        ]
    return []


def _statuses(shape: Shape) -> list[Reason]:
    found = []
    if shape.status in OUT_OF_SERVICE:
        text, source, remedy = OUT_OF_SERVICE[shape.status]
        found.append(Reason(shape.status, "blocks", text, source, remedy))
    if shape.status == "draft":
        found.append(
            Reason(
                "flow-status",
                "blocks",
                "The flow is a draft; it must be live or manual.",
                HOW_TO,
                "Set the flow live or manual first: in a spec by status: live, which an apply then sets.",
            )
        )
    acting = [step for step in shape.steps if step.part in ("message", "work")]
    idle = [step for step in acting if step.status not in ACTIVE]
    if not shape.actives:
        found.append(
            Reason(
                "drafts",
                "blocks",
                "No message or action of the flow is live or manual; nobody would be added.",
                EXPLAINER,
                "Set the messages live or manual.",
            )
        )
    elif idle:
        found.append(
            Reason(
                "some-drafts",
                "warns",
                f"{_named(idle)} {'is' if len(idle) == 1 else 'are'} neither live nor manual; everybody passes by.",
                EXPLAINER,
                "Set them live or manual before the click if they should count.",
            )
        )
    return found


def _delays(shape: Shape) -> list[Reason]:
    found = []
    if not any(step.index in shape.useful for step in shape.part("delay")):
        text = "The flow has no time delay before a live or manual action"
        if shape.trigger == "metric":
            found.append(
                Reason(
                    "no-delay",
                    "blocks",
                    f"{text}; nobody would be added.",
                    EXPLAINER,
                    "Add a time delay, or send a campaign to a segment of the same people.",
                )
            )
        elif shape.trigger in ("list", "segment"):
            found.append(
                Reason(
                    "no-delay",
                    "warns",
                    f"{text}; only the mode beginning adds anybody.",
                    EXPLAINER,
                    "Choose to start everybody at the beginning.",
                )
            )
    told = shape.dated is not None
    found += [_wait(step) for step in shape.part("wait") if not (told and step.countdown is not None)]
    return found


def _wait(step: Step) -> Reason:
    text = f'"{step.name}" ends at a moment that no delay tells; what follows it is not foretold.'
    return Reason("wait", "warns", text, EXPLAINER, "Consider a campaign to those who wait.")


def _coupons(shape: Shape, templates: Mapping[str, str]) -> list[Reason]:
    found, unread = [], []
    for step in shape.part("message"):
        assert step.message is not None
        known = [templates[name] for name in step.message.templates if name in templates]
        unread += [name for name in step.message.templates if name not in templates]
        texts = (*step.message.texts, *known)
        if any(COUPON.search(text) for text in texts):
            found.append(
                Reason(
                    "coupon",
                    "blocks",
                    f'"{step.name}" holds a dynamic coupon; such a flow cannot be back-populated.',
                    f"{HOW_TO}; the April 2026 pages do not repeat it",
                    "Use a static coupon, or override with --allow coupon after trying the click.",
                )
            )
        elif any(COUPON_BLOCK.search(text) for text in texts):
            found.append(
                Reason(
                    "coupon-block",
                    "warns",
                    f'"{step.name}" seems to hold a coupon block; if its codes are dynamic the flow cannot be back-populated.',
                    HOW_TO,
                    "Look at the block; use a static coupon.",
                )
            )
    if unread:
        names = ", ".join(dict.fromkeys(unread))
        found.append(
            Reason(
                "templates",
                "warns",
                f"Not read, so not searched for dynamic coupons: {names}.",
                HOW_TO,
                "Name the account with --account, whose templates are read, or look at them by hand.",
            )
        )
    return found


def _named(steps: list[Step]) -> str:
    return ", ".join(f'"{step.name}"' for step in steps)
