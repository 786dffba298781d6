"""Whether a channel can be in a state that meets some conditions and none of others: every state is tried."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime

from compiler.logic.model import Answer, Found, Open, Standing, Status, Subject, states_of
from compiler.logic.values import solve_fields


def solve_status(subject: Subject, tests: Iterable[tuple[Status, bool]], at: datetime) -> Answer:
    """Find a standing for which each condition marked true holds and none marked false does."""
    wanted = [condition for condition, met in tests if met]
    unwanted = [condition for condition, met in tests if not met]
    reason = ""
    for state in states_of(subject):
        if not all(state in condition.states for condition in wanted):
            continue
        required = tuple(item for condition in wanted for item in condition.filters)
        broken = tuple(condition.filters for condition in unwanted if state in condition.states)
        match solve_fields(required, broken, at, dated=True):
            case Found(what=dict() as fields):
                return Found(Standing(state, fields))
            case Open(reason=why):
                reason = why
    return Open(reason) if reason else None
