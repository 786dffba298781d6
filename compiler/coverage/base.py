"""The base that can be mailed: from evaluated data where it decides who can, else from a segment that is bare consent to email."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from typing import Any

from compiler.coverage.account import Facts
from compiler.coverage.evidence import Evidence, consent
from compiler.logic import digest


@dataclass(frozen=True, slots=True)
class Base:
    """How many profiles can be mailed, and where the figure is from."""

    size: int
    source: str


def subscribed() -> dict[str, Any]:
    """Return the rule of who subscribed to email and can receive it."""
    asked = {
        "channel": "email",
        "can_receive_marketing": True,
        "consent_status": {"subscription": "subscribed", "filters": None},
    }
    return {"condition_groups": [{"conditions": [{"type": "profile-marketing-consent", "consent": asked}]}]}


def base_of(facts: Facts, evidence: Evidence | None, readable: Collection[str]) -> Base | None:
    """Return the mailable base; None where nothing shows it. ``readable`` are ids of segments with a rule."""
    if evidence is not None and evidence.base is not None:
        return Base(evidence.base, "evaluated profiles") if evidence.base else None
    rules = {segment.id: digest(segment.definition) for segment in facts.segments if segment.id in readable}
    for wanted, least in (
        (consent("email"), ""),
        (subscribed(), "; others may be mailable without having subscribed"),
    ):
        for segment in facts.segments:
            figures = facts.figures(segment)
            if figures is not None and figures.total and rules.get(segment.id) == digest(wanted):
                return Base(figures.total, f'the members of "{segment.name}"{least}')
    return None
