"""What is known of a flow that takes another's place, as rows, sentences and plain data."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from compiler.backpopulate.eligibility import Eligibility
from compiler.backpopulate.settings import MODE_WORDS, Mode


@dataclass(frozen=True, slots=True)
class Replaced:
    """Both flows: definitions in the API's shape, and which new action stands in the place of which old one, by id.

    ``goes_on`` says that the old flow keeps sending to those under way; ``templates`` holds the content of the new
    flow's templates (a text, or parts), by what stands in its definition for each.
    """

    name: str
    old: Mapping[str, Any]
    new: Mapping[str, Any]
    pairs: Mapping[str, str]
    templates: Mapping[str, Any] = field(default_factory=dict)
    goes_on: bool = True


@dataclass(frozen=True, slots=True)
class Twice:
    """A message that both flows have: how many had it from the old flow, and how many at most still wait for it there."""

    name: str
    channel: str
    had: int
    waiting: int


@dataclass(frozen=True, slots=True)
class Replacing:
    """Whether the new flow may be back-populated, how, and who would get a message twice.

    ``shared`` names the messages that both flows have. ``twice``, ``profiles`` (each counted once) and ``added`` are
    None where they are not known, and ``unknown`` says why.
    """

    eligibility: Eligibility
    mode: Mode | None
    shared: tuple[str, ...]
    twice: tuple[Twice, ...] | None = None
    profiles: int | None = None
    added: int | None = None
    unknown: tuple[str, ...] = ()

    def lines(self) -> list[str]:
        """Return it as sentences, one a line, the answer first."""
        return list(_lines(self))

    def plain(self) -> dict[str, Any]:
        """Return it as plain data for JSON."""
        reasons = [
            {"code": one.code, "verdict": one.verdict, "text": one.text, "remedy": one.remedy}
            for one in self.eligibility.reasons
        ]
        twice = (
            None
            if self.twice is None
            else [
                {"name": one.name, "channel": one.channel, "had": one.had, "waiting": one.waiting}
                for one in self.twice
            ]
        )
        return {
            "eligible": self.eligibility.eligible,
            "mode": self.mode,
            "reasons": reasons,
            "shared": list(self.shared),
            "twice": twice,
            "profiles_twice": self.profiles,
            "added": self.added,
            "unknown": list(self.unknown),
        }


def _lines(found: Replacing) -> Iterator[str]:
    if not found.eligibility.eligible or found.mode is None:
        blocking = [one.text for one in found.eligibility.reasons if one.verdict == "blocks"]
        yield f"Past profiles cannot be added to the new flow: {' '.join(blocking)}"
        return
    added = "" if found.added is None else f"; {_profiles(found.added)} would be added"
    yield f"Past profiles could be added to the new flow, {MODE_WORDS[found.mode]}{added}."
    if not found.shared:
        yield "No message of the old flow is in the new one, so that nobody would get one twice."
    if found.profiles is not None and found.shared:
        least = "At least " if found.unknown else ""
        yield f"{least}{_profiles(found.profiles)} would get a message twice."
    for row in found.twice or ():
        parts = [f"{row.had} had it from the old flow"] if row.had else []
        parts += [f"at most {row.waiting} still wait for it there"] if row.waiting else []
        if parts:
            yield f'"{row.name}": {", ".join(parts)}.'
    for reason in found.unknown:
        yield f"Not known: {reason}."
    for one in found.eligibility.reasons:
        yield f"{one.text} {one.remedy}"


def _profiles(count: int) -> str:
    return f"{count:,} profile{'' if count == 1 else 's'}"
