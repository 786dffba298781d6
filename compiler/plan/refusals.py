"""What an account refused in the midst of an apply, so that the next plan knows it and does not ask again.

A refusal belongs to one edit of one flow, by a mark of all that the call carried: once the spec, or the flow, says
something else there, the edit is another one and is tried. One JSON object a line; a torn last line is ignored.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from compiler.normalise import digest
from compiler.plan.stages import DeleteAction, InsertAction, PatchAction, Stage

REMEMBERED: Final = (
    PatchAction,
    InsertAction,
    DeleteAction,
)  # a refused status is asked for again: people mend that


@dataclass(frozen=True, slots=True)
class Refusal:
    """One refused edit: the flow's id, the edit's mark, the revision that refused, and what was said, with the day."""

    flow: str
    mark: str
    revision: str
    why: str


def edit_mark(stage: Stage, desired: Mapping[str, Any]) -> str:
    """Return the mark of an edit of a flow: its call, its place, and what it would have made of the step."""
    about: Any = None
    if isinstance(stage, InsertAction):
        place = stage.place
        about = [type(place).__name__, getattr(place, "action", ""), str(getattr(place, "exit", ""))]
        about += [stage.kind, _step(desired, stage.step)]
    elif isinstance(stage, PatchAction):
        about = [stage.action, [[list(change.path), change.new] for change in stage.changes]]
    elif isinstance(stage, DeleteAction):
        about = [stage.action]
    return digest([type(stage).__name__, about])


def _step(desired: Mapping[str, Any], name: str) -> Any:
    found = (
        one for one in desired.get("actions") or () if str(one.get("temporary_id") or one.get("id")) == name
    )
    return next((one.get("data") for one in found), None)


def refusals_path(journals: Path, account: str) -> Path:
    """Return the file that keeps the refusals of an account, beside its journals."""
    return journals / account / "refused.txt"


def as_line(refusal: Refusal) -> str:
    """Return a refusal as one line of the file that keeps them."""
    about = {"flow": refusal.flow, "mark": refusal.mark, "revision": refusal.revision, "why": refusal.why}
    return json.dumps(about, ensure_ascii=False, separators=(",", ":")) + "\n"


def read_refusals(text: str) -> tuple[Refusal, ...]:
    """Return the refusals of a file's text; what is no line of it says nothing."""
    found = []
    for line in text.splitlines():
        try:
            about = json.loads(line)
            found.append(Refusal(about["flow"], about["mark"], about["revision"], about["why"]))
        except (ValueError, KeyError, TypeError):
            continue
    return tuple(found)


def refused_of(refusals: tuple[Refusal, ...], flow: str, revision: str) -> dict[str, str]:
    """Return what a revision refused to do to one flow, by the mark of the edit."""
    return {one.mark: one.why for one in refusals if (one.flow, one.revision) == (flow, revision)}
