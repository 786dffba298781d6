"""Lifts a definition of the API to a document as an author would write it; the way back of ``lower``.

Nothing is lost: what a kind's fields cannot say stands under ``raw`` beside it, an unknown kind stands as a whole
``raw`` step or condition, and each such place is a warning. What no text can say (unreachable actions, cycles,
links to nothing, more or fewer than one trigger) is an error; the rest is lifted without it.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from compiler.codecs.base import ABSENT, Run, tidy
from compiler.codecs.conditions import Conditions
from compiler.layout import Placed, TooDeep, layout
from compiler.lift.handles import name_handles
from compiler.lift.head import lift_trigger, read_head
from compiler.lift.reading import common_status, links_of, read_actions
from compiler.lift.state import Action, Lifting, warn_raw
from compiler.lift.steps import lift_action, steps_of

__all__ = ["Action", "Lifting", "lift_action", "lift_flow", "lift_segment", "lift_trigger", "links_of"]


def lift_flow(
    definition: Mapping[str, Any], name: str, status: str | None, revision: str
) -> tuple[dict[str, Any], Lifting]:
    """Return a flow document of a definition, and what was found on the way; paths are the definition's."""
    lifting = Lifting(Run(revision))
    read_actions(lifting, definition)
    lifting.status = status or common_status(lifting.actions)
    document: dict[str, Any] = {"kind": "flow", "name": name, "status": lifting.status}
    read_head(lifting, definition, document)
    placed = _layout(lifting)
    name_handles(lifting, placed)
    document["steps"] = steps_of(lifting, placed)
    return document, lifting


def _layout(lifting: Lifting) -> list[Placed]:
    try:
        return layout({index: action.exits for index, action in enumerate(lifting.actions)}, lifting.entry)
    except TooDeep as deep:
        key = lifting.actions[deep.node].key
        lifting.fail(
            "F480",
            f"action {key} stands below more splits than a text can nest; the steps are left out",
            "actions",
            deep.node,
        )
        return []


def lift_segment(definition: Mapping[str, Any], name: str, revision: str) -> tuple[dict[str, Any], Lifting]:
    """Return a segment document of a definition, and what was found on the way."""
    lifting = Lifting(Run(revision))
    meant = tidy(definition)
    rest = {key: value for key, value in meant.items() if key != "condition_groups"}
    said = Conditions("segment").lift({"condition_groups": meant.get("condition_groups")}, lifting.run)
    if said is ABSENT:
        said, rest = [], meant
    warn_raw(lifting, said, "condition_groups")
    document = {"kind": "segment", "name": name, "definition": said}
    if rest:
        document["raw"] = rest
        lifting.warn(f"the definition says more than flowc knows ({', '.join(rest)}); kept under raw")
    return document, lifting
