"""Rules on draft, manual and live."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from compiler.codecs.base import unwind
from compiler.model import Step
from compiler.rules.base import Finding, Subject, rule

RANK = {"draft": 0, "manual": 1, "live": 2}


def _written(step: Step) -> tuple[Any, ...]:
    return (*unwind(step.at), "status")


@rule("F426", "error", "FACTS F26: Klaviyo help 360017706091")
def flow_and_messages_at_odds(subject: Subject) -> Iterator[Finding]:
    """Let the flow's status and its messages' agree."""
    if subject.flow.status == "draft":
        for index, message in subject.sending.items():
            if message.status == "live":
                yield Finding(
                    _written(subject.flow.steps[index]),
                    "a live message in a draft flow is sent to nobody; delete its status, or write status: live for the flow",
                )
    elif subject.messages and all(message.status == "draft" for message in subject.messages):
        yield Finding(
            ("status",),
            f"the flow is {subject.flow.status} and all its messages are drafts, so nobody enters; let one be {subject.flow.status}, or write status: draft",
        )


@rule("F427", "warning", "FACTS F27: Klaviyo help 360017706091")
def manual_message_before_live_ones(subject: Subject) -> Iterator[Finding]:
    """Put no manual message before live ones."""
    if not any(message.status == "manual" for message in subject.messages):
        return
    live = {index for index, message in subject.sending.items() if message.status == "live"}
    before_live = subject.leads_to(live)
    for index, message in subject.sending.items():
        if message.status == "manual" and index in before_live:
            yield Finding(
                message.at(),
                "recipients pile up in Needs Review here while later messages still go; make this live, or the later ones manual",
            )


@rule("F428", "warning", "FACTS F28; contract: PATCH /flows/{id} sets every action's status")
def step_behind_its_flow(subject: Subject) -> Iterator[Finding]:
    """Leave steps that are not ready out of a running flow."""
    rank = RANK[subject.flow.status]
    if rank == 0:
        return
    for step in subject.steps:
        status = subject.status_of(step)
        if RANK.get(str(status), rank) < rank:
            says = f"setting the flow {subject.flow.status}, in Klaviyo or by the API, sets this {status} step {subject.flow.status} too"
            yield Finding(_written(step), f"{says}; leave the step out until it is ready")
