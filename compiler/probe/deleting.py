"""What DELETE does to the links around a step, in six places, the farthest first, so that none destroys the next."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Final, Literal

from compiler.client import calls
from compiler.probe.desk import Desk, Wrong
from compiler.probe.graphs import Links, joins, links_of, without
from compiler.probe.sending import Declined, Unclear

Api = dict[str, Any]
Seen = Literal["splice", "cut", "either", "neither"]


def _named(step: str) -> Callable[[Desk, Links], str | None]:
    return lambda desk, links: desk.steps[step] if desk.steps.get(step) in links else None


def _joined(desk: Desk, links: Links) -> str | None:
    """Return where paths join: an insertion may have moved that."""
    del desk
    return next(iter(joins(links)), None)


PLACES: Final[tuple[tuple[str, Callable[[Desk, Links], str | None]], ...]] = (
    ("at the end", _named("last")),
    ("at a join", _joined),
    ("behind a split", _named("left")),
    ("before a split", _named("before")),
    ("in the middle", _named("middle")),
    ("at the start", _named("first")),
)


def ask_deletions(desk: Desk) -> None:
    """Delete one step a place, and look where the steps before it lead then."""
    if not desk.can("delete-action"):
        return
    found: dict[str, Seen | Wrong] = {}
    for place, step in PLACES:
        verdict = _delete(desk, place, step)
        if verdict is not None:
            found[place] = verdict
    refused = [one for one in found.values() if isinstance(one, Declined)]
    desk.tried("delete-action", refused[0] if refused and len(refused) == len(found) else None)
    _conclude(desk, found)


def _delete(desk: Desk, place: str, step: Callable[[Desk, Links], str | None]) -> Seen | Wrong | None:
    """Return what a deletion did; None where the flow has no such place, or an earlier cut took it."""
    flow = desk.read()
    if flow is None:
        return Unclear("the scratch flow is gone")
    links, entry = links_of(flow["definition"]), flow["definition"].get("entry_action_id")
    gone = step(desk, links)
    if gone is None:
        return None

    def visible(flow: Api) -> str | None:
        return None if any(str(one["id"]) == gone for one in flow["definition"]["actions"]) else ""

    edited = desk.edit(f"delete/{place}", calls.DELETE_ACTION, gone, None, visible)
    if not isinstance(edited, tuple):
        return edited
    after = edited[0]["definition"]
    seen = (links_of(after), after.get("entry_action_id"))
    fits = [way for way in (True, False) if seen == without(links, entry, gone, splice=way)]
    if len(fits) == 2:
        return "either"
    return "neither" if not fits else "splice" if fits[0] else "cut"


def _conclude(desk: Desk, found: dict[str, Seen | Wrong]) -> None:
    """Answer by all places: what is not spliced somewhere is not relied on anywhere."""
    said = ", ".join(f"{place} {_word(seen)}" for place, seen in found.items())
    wrong = next((one for one in found.values() if isinstance(one, Declined | Unclear)), None)
    seen = {one for one in found.values() if isinstance(one, str)}
    telling = seen - {"either"}
    if wrong is not None:
        desk.learn("delete_links", None, f"{said} ({wrong.why})")
    elif found.get("at the end") == "neither" or not telling:
        desk.learn("delete_links", None, f"what was seen fits neither answer: {said}")
    else:
        desk.learn("delete_links", "splice" if telling == {"splice"} else "cut", said)


def _word(seen: Seen | Wrong) -> str:
    words = {"splice": "spliced", "cut": "cut", "either": "kept", "neither": "something else"}
    if isinstance(seen, Declined):
        return "refused"
    return "unclear" if isinstance(seen, Unclear) else words[seen]
