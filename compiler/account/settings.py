"""What an account can be told: the answers that the API leaves undocumented, and what a run passes in."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass, fields
from datetime import datetime
from typing import Any, Literal

CheckDefinition = Callable[[str, Mapping[str, Any], str], list[tuple[str, str]]]
"""(family, definition, revision) -> [(JSON pointer inside the definition, message)].

The family is "flow" or "segment"; "action" for the one action of a PATCH or an insertion.
"""


@dataclass(frozen=True, slots=True)
class Switches:
    """One answer each for what the API leaves undocumented; kept in the account's file.

    Durations are seconds. ``read_lag`` makes reads show the account as it was that long ago.
    ``write_lateness`` makes every write answer 504 and act that much later.
    """

    joins_at_create: Literal["accepted", "refused"] = "accepted"
    delete_links: Literal["splice", "cut"] = "splice"
    patch_links: Literal["ignored", "honoured", "refused"] = "ignored"
    flow_status: Literal["follows", "separate"] = "follows"
    equal_flow_names: Literal["accepted", "refused"] = "accepted"
    equal_tag_names: Literal["accepted", "refused"] = "refused"
    weekdays: Literal["all", "absent"] = "all"
    same_template: Literal["kept", "cloned"] = "kept"
    insert_at_join: Literal["every", "first"] = "every"
    message_hierarchy: Literal["absent", "repeated"] = "absent"
    limits: Literal["enforced", "off"] = "enforced"
    segment_processing: float = 2.0
    read_lag: float = 0.0
    write_lateness: float = 0.0

    @classmethod
    def from_json(cls, stored: Mapping[str, Any]) -> Switches:
        """Read switches back; a name that this version does not know raises ``TypeError``."""
        return cls(**stored)

    def to_json(self) -> dict[str, Any]:
        """Return the switches as plain data."""
        return asdict(self)

    @classmethod
    def names(cls) -> tuple[str, ...]:
        """Return the switches' names, in their order."""
        return tuple(field.name for field in fields(cls))


def accept_everything(family: str, definition: Mapping[str, Any], revision: str) -> list[tuple[str, str]]:
    """Stand in for a shape checker: find nothing wrong."""
    del family, definition, revision
    return []


@dataclass(frozen=True, slots=True)
class Settings:
    """What a run passes in: the clock (aware, UTC), the checker of definitions' shapes, the links' origin."""

    clock: Callable[[], datetime]
    check_definition: CheckDefinition = accept_everything
    origin: str = "https://a.klaviyo.com"
