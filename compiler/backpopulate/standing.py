"""How a flow of files stands to the account's flow of its name: a person clicks in the account, not in a spec."""

from __future__ import annotations

from dataclasses import replace
from typing import Literal

from compiler.backpopulate.backpopulation import Backpopulation
from compiler.backpopulate.eligibility import NOT_APPLIED, Eligibility, Reason
from compiler.backpopulate.runbook import runbook

# ``unknown``: no account was asked; ``same``: the account's flow, or one that is what this one says.
Standing = Literal["unknown", "same", "differs", "missing", "several"]

HERE = "the account, as it was read now"
APPLY = "Apply it first: flowc plan shows what that changes."
REASONS = {
    "missing": Reason(NOT_APPLIED, "warns", "The account has no flow of this name yet.", HERE, APPLY),
    "differs": Reason(NOT_APPLIED, "warns", "The account's flow is not what this one says.", HERE, APPLY),
    "several": Reason(
        "several-flows",
        "warns",
        "Several flows of the account have this name: nobody knows which of them this one is.",
        HERE,
        "Rename or archive the others first, or ask for the one that you would click by its id.",
    ),
}


def with_standing(found: Backpopulation, standing: Standing) -> Backpopulation:
    """Return an answer with what is to be done in the account before anything else, where that is something."""
    if standing not in REASONS:
        return found
    verdict = Eligibility((REASONS[standing], *found.eligibility.reasons))
    mode = found.settings.mode if found.timeline.modes else None
    book = runbook(found.shape, verdict, found.timeline, mode, found.simulation)
    return replace(found, eligibility=verdict, runbook=book)
