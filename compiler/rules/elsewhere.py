"""The rules of the field (FACTS, part C) that are no lint rule here, and why.

A flow in YAML cannot say some mistakes at all: another diagnostic meets whoever tries. Others depend on what only
the account knows.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

ELSEWHERE: Final[Mapping[str, tuple[str, ...]]] = {
    "F02": ("F301", "F302"),  # links lead to steps that exist, ids are unique; the compiler writes the entry
    "F03": ("F303",),  # a step leads only to one further down
    "F05": ("F304",),  # exits follow from the kind
}
UNDECIDED: Final[Mapping[str, str]] = {
    "F29": "a list's opt-in process and planned imports stand in the account, not in the flow's file",
    "F31": "whether a segment counts days stands in the segment's definition, which a flow only names",
}
