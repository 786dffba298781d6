"""The questions that changing and inserting steps answers."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from compiler.client import calls
from compiler.normalise.shape import TRUE_FALSE
from compiler.plan.bodies import sendable
from compiler.probe.desk import Desk, Wrong
from compiler.probe.graphs import joins, links_of, parents
from compiler.probe.scratch import JOIN, MAIL, SPLIT, behind, delay, text_message
from compiler.probe.sending import Declined, Unclear

Api = dict[str, Any]
EXTRA, TEXT, WAIT, DAYS = "extra", "text", "wait", 20


def ask_changes(desk: Desk) -> None:
    """Change the email and the split."""
    if desk.can("update-action"):
        _ask_template(desk)
        _ask_status(desk)
        _ask_links(desk)


def action_of(flow: Api, identifier: str) -> Api | None:
    """Return one action of a flow as read, None where the flow has it no more."""
    return next((one for one in flow["definition"]["actions"] if str(one["id"]) == identifier), None)


def _patch(
    desk: Desk, key: str, step: str, change: Callable[[Api], None], visible: Callable[[Api], bool]
) -> Api | Wrong:
    """Change an action of the scratch flow as it reads now; return the flow once the change is visible there."""
    name = desk.steps.get(step, "")
    flow = desk.read()
    fresh = action_of(flow, name) if flow is not None else None
    if fresh is None:
        return Unclear("the scratch flow does not have the step that would show it")
    made = sendable(fresh)
    change(made)

    def shows(flow: Api) -> str | None:
        found = action_of(flow, name)
        return "" if found is not None and visible(found) else None

    body = {"data": {"type": "flow-action", "id": name, "attributes": {"definition": made}}}
    edited = desk.edit(f"edit/{key}", calls.UPDATE_ACTION, name, body, shows)
    return edited[0] if isinstance(edited, tuple) else edited


def _message(action: Mapping[str, Any]) -> Any:
    return (action.get("data") or {}).get("message") or {}


def _ask_template(desk: Desk) -> None:
    """Give the email another subject and its own template; the subject shows when the change is there."""
    subject = "flowc probe, changed"
    before: list[str | None] = []

    def change(action: Api) -> None:
        before.append(_message(action).get("template_id"))
        action["data"]["message"]["subject_line"] = subject

    flow = _patch(desk, "subject", MAIL, change, lambda one: _message(one).get("subject_line") == subject)
    if not isinstance(flow, dict):
        desk.cannot("same_template", flow)
        desk.tried("update-action", flow)
        return
    desk.tried("update-action", None)
    if before[0] is not None:
        after = _message(action_of(flow, desk.steps[MAIL]) or {}).get("template_id")
        desk.learn("same_template", "kept" if after == before[0] else "cloned")


def _ask_status(desk: Desk) -> None:
    """Let the email wait for review, which sends nothing, look at the flow, and make the email a draft again."""

    def status(wanted: str) -> Api | Wrong:
        return _patch(
            desk,
            wanted,
            MAIL,
            lambda one: one["data"].update(status=wanted),
            lambda one: (one.get("data") or {}).get("status") == wanted,
        )

    flow = status("manual")
    if isinstance(flow, dict):
        follows = flow["status"] == "manual"
        desk.learn("flow_status", "follows" if follows else "separate", f"the flow reads {flow['status']}")
        status("draft")
    else:
        desk.cannot("flow_status", flow)


def _ask_links(desk: Desk) -> None:
    """Swap the ways out of the split, after a change of its words alone was accepted."""

    def renamed(words: str) -> Callable[[Api], None]:
        def change(action: Api) -> None:
            conditions = action["data"]["profile_filter"]["condition_groups"][0]["conditions"]
            conditions[0]["property"] = f"properties['{desk.name} {words}']"

        return change

    def swapped(action: Api) -> None:
        renamed("swapped")(action)
        true, false = (action["links"][key] for key in TRUE_FALSE)
        action["links"] = dict(zip(TRUE_FALSE, (false, true), strict=True))

    def shows(words: str) -> Callable[[Api], bool]:
        return lambda one: f"{desk.name} {words}']" in str(one.get("data"))

    before = _patch(desk, "words", SPLIT, renamed("words"), shows("words"))
    if not isinstance(before, dict):
        desk.cannot("patch_links", before)
        return
    after = _patch(desk, "swapped", SPLIT, swapped, shows("swapped"))
    split = desk.steps[SPLIT]
    if isinstance(after, dict):
        old, new = (links_of(flow["definition"]).get(split, {}) for flow in (before, after))
        exchanged = [old[key] for key in TRUE_FALSE] == [new.get(key) for key in reversed(TRUE_FALSE)]
        answer = "ignored" if new == old else "honoured" if exchanged else None
        desk.learn("patch_links", answer, "" if answer else "the links are neither as before nor as sent")
    elif isinstance(after, Declined):
        desk.learn("patch_links", "refused", after.why)
    else:
        desk.cannot("patch_links", after)


def ask_insertions(desk: Desk) -> None:
    """Insert a delay behind a step, a text message, and a delay before the join."""
    if desk.can("insert-action"):
        first = _behind(desk, "middle", delay(WAIT, DAYS, None))
        desk.tried("insert-action", None if isinstance(first, tuple) else first)
        _ask_repeated(desk)
        _ask_join(desk)


def _insert(desk: Desk, definition: Api, attributes: Api) -> tuple[Api, str] | Wrong:
    flow = desk.read()
    if flow is None:
        return Unclear("the scratch flow is gone")
    known = {str(one["id"]) for one in flow["definition"]["actions"]}

    def made(flow: Api) -> str | None:
        return next(
            (str(one["id"]) for one in flow["definition"]["actions"] if str(one["id"]) not in known), None
        )

    body = {"data": {"type": "flow-action", "attributes": {"definition": definition, **attributes}}}
    return desk.edit(f"insert/{definition['temporary_id']}", calls.INSERT_ACTION, "", body, made)


def _behind(desk: Desk, anchor: str, definition: Api) -> tuple[Api, str] | Wrong:
    flow = desk.read()
    found = action_of(flow, desk.steps.get(anchor, "")) if flow is not None else None
    if found is None:
        return Unclear("the scratch flow does not have the step behind which to insert")
    return _insert(desk, definition, {"anchor-action": behind(sendable(found), definition["temporary_id"])})


def _ask_repeated(desk: Desk) -> None:
    """Insert a text message, and look whether its body reads back twice."""
    made = _behind(desk, "more", text_message(TEXT))
    if isinstance(made, tuple):
        message = _message(action_of(*made) or {})
        desk.learn("message_hierarchy", "repeated" if message.get("message_hierarchy") else "absent")
    else:
        desk.cannot("message_hierarchy", made)


def _ask_join(desk: Desk) -> None:
    """Insert a delay by what follows it, where that is a join."""
    flow = desk.read()
    join = desk.steps.get(JOIN, "")
    if flow is None or join not in joins(links_of(flow["definition"])):
        desk.learn("insert_at_join", None, "the scratch flow has no join, as create did not take one")
        return
    before = parents(links_of(flow["definition"]), join)
    made = _insert(desk, delay(EXTRA, DAYS + 1, join), {})
    if not isinstance(made, tuple):
        desk.cannot("insert_at_join", made)
        return
    leading = parents(links_of(made[0]["definition"]), made[1])
    answer = "every" if leading == before else "first" if len(leading) == 1 and leading[0] in before else None
    desk.learn("insert_at_join", answer, f"{len(leading)} of {len(before)} paths lead to it")
