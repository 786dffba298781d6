"""The questions that creating things answers."""

from __future__ import annotations

import math
from typing import Any, Final

from compiler.client import calls
from compiler.diagnostics import Fatal
from compiler.plan.expected import correspondence
from compiler.probe.cleaning import drop
from compiler.probe.desk import Desk, Wrong
from compiler.probe.graphs import joins, links_of
from compiler.probe.scratch import attributes, flow_definition
from compiler.probe.sending import Declined, Done, Sent

Api = dict[str, Any]
LONGEST: Final = 60.0  # seconds that a new segment is watched
NOBODY: Final = "flowc-probe@example.com"
ALL_DAYS: Final = 7


def ask_tags(desk: Desk) -> str:
    """Make the run's tag, and another of its name; returns the tag's id, empty where there is none."""
    first = desk.make("tag", "first", attributes("tag", desk.name), optional=True)
    if not isinstance(first, Done):
        desk.cannot("equal_tag_names", first)
        return ""
    second = desk.make("tag", "again", attributes("tag", desk.name), optional=True)
    _accepted(desk, "equal_tag_names", second)
    return first.made


def _accepted(desk: Desk, question: str, sent: Sent) -> None:
    """Keep whether something that was accepted once is accepted again."""
    match sent:
        case Done():
            desk.learn(question, "accepted")
        case Declined(why, status) if status:
            desk.learn(question, "refused", why)
        case wrong:
            desk.cannot(question, wrong)


def ask_segment(desk: Desk) -> None:
    """Make a segment that nobody is in, and time how long the account processes it."""
    sent = desk.make("segment", "first", attributes("segment", desk.name), optional=True)
    if not isinstance(sent, Done):
        desk.cannot("segment_processing", sent)
        return
    clock = desk.sender.patience.clock
    began = clock.now()
    for at in desk.sender.looks(LONGEST):
        found = desk.client.find(calls.GET_SEGMENT, sent.made)
        if found is not None and found["data"]["attributes"].get("is_processing") is not True:
            desk.learn("segment_processing", rounded(at - began), "at most")
            return
    desk.learn("segment_processing", None, f"it was still processed after {LONGEST:.0f} s")


def rounded(seconds: float) -> float:
    """Return seconds rounded up to tenths."""
    return math.ceil(seconds * 10 - 1e-6) / 10


def make_template(desk: Desk) -> str | None:
    """Make the template that the email clones; returns its id, None where the key may not."""
    sent = desk.make("template", "first", attributes("template", desk.name), optional=True)
    if isinstance(sent, Done):
        return sent.made
    if desk.open("same_template"):
        desk.cannot("same_template", sent)
    return None


def ask_create(desk: Desk, template: str | None) -> None:
    """Create the scratch flow, with a join where the account takes it; raises Fatal where there is no flow to ask."""
    joined = True
    sent = desk.make("flow", "joined", _body(desk, template, joins=True))
    if not isinstance(sent, Done):
        refusal, joined = sent, False
        sent = desk.make("flow", "plain", _body(desk, template, joins=False))
        if isinstance(sent, Done):
            _refused(desk, refusal)
    if not isinstance(sent, Done):
        raise Fatal(f"the scratch flow could not be created: {sent.why}")
    desk.flow = sent.made
    flow = desk.sender.shown(desk.read, sent)
    if flow is None:
        raise Fatal("the scratch flow was created and never showed")
    body = _body(desk, template, joins=joined)
    desk.steps = correspondence(body["definition"], flow["definition"])
    if joined:
        _look_for_the_join(desk, flow["definition"])
    _ask_weekdays(desk, flow["definition"])
    _ask_equal_names(desk, body)


def _body(desk: Desk, template: str | None, *, joins: bool) -> Api:
    about = (desk.client.account().get("attributes") or {}).get("contact_information") or {}
    sender = (
        str(about.get("default_sender_email") or NOBODY),
        str(about.get("default_sender_name") or "flowc"),
    )
    return {"name": desk.name, "definition": flow_definition(desk.name, template, sender, joins=joins)}


def _refused(desk: Desk, sent: Wrong) -> None:
    """Keep what a create with a join came to, now that the same flow without one was created."""
    if isinstance(sent, Declined):
        desk.learn("joins_at_create", "refused", sent.why)
    else:
        desk.cannot("joins_at_create", sent)


def _look_for_the_join(desk: Desk, definition: Api) -> None:
    if joins(links_of(definition)):
        desk.learn("joins_at_create", "accepted")
    else:
        desk.learn(
            "joins_at_create", "refused", "the flow was taken, but its paths do not join in what reads back"
        )


def _ask_weekdays(desk: Desk, definition: Api) -> None:
    """Look whether delays that were sent without weekdays read back with all of them."""
    delays = [one["data"] for one in definition["actions"] if one["type"] == "time-delay"]
    found = any(len(data.get("delay_until_weekdays") or ()) == ALL_DAYS for data in delays)
    desk.learn("weekdays", "all" if found else "absent")


def _ask_equal_names(desk: Desk, body: Api) -> None:
    """Create the very same flow once more; the only difference is that its name is taken."""
    sent = desk.make("flow", "again", body, optional=True)
    _accepted(desk, "equal_flow_names", sent)
    if isinstance(sent, Done):
        drop(desk, desk.sender, "flow", sent.made)  # at once; where that fails the end of the run tries again
