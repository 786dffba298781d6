"""Audience rules that live in flows and campaigns again and again, and in no saved segment."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Final

from compiler.coverage.account import WORK
from compiler.coverage.findings.base import Found, rule
from compiler.coverage.matching import segment_name
from compiler.coverage.places import Place, behavioural, is_consent, places_of
from compiler.coverage.view import View
from compiler.labels.conditions import statement
from compiler.logic import Library, NotADefinition, digest, verdicts

PLACES: Final = 2  # flows, or campaigns, from which a rule is worth a segment
AUDIENCES: Final = 3  # lists and segments that a campaign puts together by hand


@dataclass(frozen=True, slots=True)
class Hidden:
    """A rule that is kept in several places: its definition, the places, and in words."""

    definition: Mapping[str, Any]
    places: tuple[str, ...]
    words: str


@rule("F728", "hidden in one-off logic", "warning", "seed 001, FACTS B6")
def hidden(view: View) -> Iterator[Found]:
    """Find conditions that stand in two or more flows or campaigns, and in no segment."""
    for one in (*hidden_in_flows(view), *hidden_in_campaigns(view)):
        if not _saved(view, one.definition):
            shown = ", ".join(f'"{place}"' for place in one.places[:4])
            more = f" and {len(one.places) - 4} more" if len(one.places) > 4 else ""
            evidence = f"{one.words}: in {len(one.places)} places, {shown}{more}; no segment holds it"
            yield Found((), evidence, action="create", target=digest(one.definition)[:8])


def without_consent(groups: Iterable[Any]) -> dict[str, Any] | None:
    """Return the rule of those groups that ask for more than consent; None where there is none."""
    kept = [group for group in groups if not is_consent(group)]
    return {"condition_groups": kept} if kept else None


def hidden_in_flows(view: View) -> Iterator[Hidden]:
    """Yield each rule that two flows or more ask for; what only a flow knows and consent are set aside."""
    names = {flow.id: flow.name for flow in view.facts.inventory.snapshot.flows}
    found: dict[str, list[tuple[Place, Mapping[str, Any]]]] = {}
    for flow, definition in sorted(view.facts.inventory.definitions.items()):
        for place in places_of(flow, definition):
            meant = without_consent(behavioural(place.groups))
            if meant is None:
                continue
            try:
                found.setdefault(digest(meant), []).append((place, meant))
            except NotADefinition:
                continue
    for rows in found.values():
        flows = list(dict.fromkeys(place.flow for place, _ in rows))
        if len(flows) >= PLACES:
            yield Hidden(
                rows[0][1], tuple(names.get(flow, flow) for flow in flows), words_of(view, rows[0][1])
            )


def hidden_in_campaigns(view: View) -> Iterator[Hidden]:
    """Yield each combination of three lists and segments or more that several campaigns put together."""
    found: dict[tuple[frozenset[str], frozenset[str]], list[str]] = {}
    for campaign in view.facts.inventory.campaigns:
        key = (frozenset(campaign.included), frozenset(campaign.excluded))
        if campaign.status in WORK and len(key[0]) + len(key[1]) >= AUDIENCES:
            found.setdefault(key, []).append(campaign.name)
    for (included, excluded), names in found.items():
        if len(names) >= PLACES:
            definition = combined(included, excluded)
            yield Hidden(definition, tuple(names), _combination(view, included, excluded))


def combined(included: frozenset[str], excluded: frozenset[str]) -> dict[str, Any]:
    """Return the rule of a campaign's audience: in any of the included, in none of the excluded."""
    member = "profile-group-membership"
    within = [
        {"type": member, "is_member": True, "group_ids": [group], "timeframe_filter": None}
        for group in sorted(included)
    ]
    without = [
        {"conditions": [{"type": member, "is_member": False, "group_ids": [group]}]}
        for group in sorted(excluded)
    ]
    return {"condition_groups": [{"conditions": within}, *without]}


def _combination(view: View, included: frozenset[str], excluded: frozenset[str]) -> str:
    names = view.facts.names()
    plus, minus = (", ".join(sorted(names.get(one, one) for one in ids)) for ids in (included, excluded))
    return f"{plus} without {minus}" if minus else plus


def _saved(view: View, definition: Mapping[str, Any]) -> bool:
    """Say whether a segment has this rule, consent aside as it is in the rule."""
    library = Library(view.facts.at)
    library.add("hidden", definition)
    for segment in view.readable():
        rest = without_consent(segment.definition["condition_groups"])
        library.add(segment_name(segment.id), rest or segment.definition)
    pairs = [("hidden", name) for name in library.rules if name != "hidden"]
    return any(verdict == "equal" for _, _, verdict in verdicts(library, pairs))


def words_of(view: View, definition: Mapping[str, Any]) -> str:
    """Return a rule in words, metrics and groups by their names."""
    return statement(definition, view.facts.names())
