"""One vocabulary for both sides: what the server makes of a definition, undone or filled in (contract: its table).

``normalise`` keeps ids, since calls are addressed to them, and leaves out everything that never says what a flow
does: null members, ids of messages, branches and variations, run-time state of tests. Defaults of the kinds'
schemas are filled in, so every value that is left can be sent. Templates are replaced by their content.
"""

from __future__ import annotations

from typing import Final

from compiler.normalise.actions import repeats_body
from compiler.normalise.flows import (
    forget_shares,
    normalise,
    normalise_pair,
    normalise_segment,
    template_content,
)
from compiler.normalise.shape import digest, equal, is_running, renamed, senders, ways

__all__ = [
    "NORMALISER",
    "digest",
    "equal",
    "forget_shares",
    "is_running",
    "normalise",
    "normalise_pair",
    "normalise_segment",
    "renamed",
    "repeats_body",
    "senders",
    "template_content",
    "ways",
]

NORMALISER: Final = 1  # saved plans name it: two versions may see two different things in one definition
