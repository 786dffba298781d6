"""What an interrupted replace has left, where the spec has changed since and no plan can go on from there."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from compiler.diagnostics import Diagnostic
from compiler.live import LiveFlow
from compiler.plan.units import Unit
from compiler.planning.deciding import Subject
from compiler.planning.wanted import Wanted

BACK = "put the spec back as it was then and apply, so that it is finished, and change the spec after that"


def unfinished(subject: Subject, unit: Unit) -> Iterator[Diagnostic]:
    """Yield a diagnostic where a flow would be replaced that is about to take another's place itself."""
    if subject.unlike and subject.item is not None and unit.change == "replace":
        message = (
            f"an interrupted apply has made the flow {unit.id} to replace another of its name, and this spec would"
            f" replace it in turn ({'; '.join(unit.reasons)}): {BACK}"
        )
        yield subject.item.document.diagnose("F314", message, ("name",))


def left_over(item: Wanted, found: Sequence[LiveFlow], tag: str) -> Diagnostic | None:
    """Return what is said of two flows of one name, as an interrupted replace leaves them; None of any others."""
    if len(found) != 2:
        return None
    old, new = sorted(found, key=lambda flow: (flow.created, flow.id))
    several = f'2 flows of the account are called "{old.name}": {old.id} and {new.id}'
    if tag in new.tags:
        message = (
            f"{several}; an apply that replaces the first by the second was interrupted, and the spec has changed since:"
            f" {BACK}; neither archive nor delete one of them, since people may be under way in both"
        )
    elif tag in old.tags and new.status == "draft":
        message = (
            f"{several}; the first is the project's, the second a later draft, as an interrupted apply leaves: delete"
            f" {new.id} in the account if nobody else made it, or {BACK}"
        )
    else:
        return None
    return item.document.diagnose("F314", message, ("name",))
