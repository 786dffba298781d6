"""Which of the flows of one name is meant: one alone, or what an interrupted replace has left."""

from __future__ import annotations

import copy
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from compiler.live import LiveFlow
from compiler.normalise import equal, normalise_pair


@dataclass(frozen=True, slots=True)
class Choice:
    """The flow that a name means (None: none has it), the one whose place it took, and equal drafts to spare.

    ``unlike`` says that it was made from another spec, so that only its tag and its age tell what it is.
    """

    flow: LiveFlow | None = None
    left: LiveFlow | None = None
    surplus: tuple[LiveFlow, ...] = ()
    unlike: bool = False


def choose(
    found: Sequence[LiveFlow],
    whole: Mapping[str, Mapping[str, Any]],
    desired: Mapping[str, Any],
    templates: Mapping[str, Any],
    tag: str,
) -> Choice | None:
    """Return which of the flows of a name is meant, None where nobody can tell.

    A flow that an interrupted run made is younger than the one that it replaces, equal to the spec but for
    statuses, and a draft or tagged by the project; of several equal ones the oldest counts. Where none is equal, the
    spec has changed since: of two that carry the project's tag the younger one was made by that run.
    """
    if len(found) < 2:
        return Choice(found[0] if found else None)
    oldest_first = sorted(found, key=lambda flow: (flow.created, flow.id))
    alike = [flow for flow in oldest_first if _alike(whole[flow.id]["definition"], desired, templates)]
    others = [flow for flow in oldest_first if flow not in alike]
    alike.sort(key=lambda flow: (flow.status == "draft", tag not in flow.tags))
    if not alike and len(others) == len([flow for flow in others if tag in flow.tags]) == 2:
        return Choice(others[1], others[0], unlike=True) if others[0].created < others[1].created else None
    if not alike or len(others) > 1:
        return None
    chosen, surplus = alike[0], alike[1:]
    if any(flow.status != "draft" for flow in surplus):
        return None
    if not others:
        return Choice(chosen, None, tuple(surplus))
    began = (others[0].created, others[0].id) < (chosen.created, chosen.id)
    ours = tag in chosen.tags or chosen.status == "draft"
    return Choice(chosen, others[0], tuple(surplus)) if began and ours else None


def _alike(live: Mapping[str, Any], desired: Mapping[str, Any], templates: Mapping[str, Any]) -> bool:
    """Say whether two definitions are the same but for statuses."""
    return equal(*map(_without_status, normalise_pair(live, desired, templates)))


def _without_status(definition: Mapping[str, Any]) -> dict[str, Any]:
    made = copy.deepcopy(dict(definition))
    for action in made["actions"]:
        action["data"].pop("status", None)
    return made
