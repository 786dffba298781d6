"""What a pull must bring so that the rules of an account and of the catalog can be evaluated."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any, Final

from compiler.bind import Names
from compiler.coverage.account import facts_of
from compiler.coverage.catalog import read_catalog
from compiler.coverage.fitting import Behaviour, Surroundings, fit
from compiler.coverage.inventory import Inventory
from compiler.coverage.places import conditions_of, groups_of, metrics_of, places_of, triggers_of
from compiler.coverage.pulling import Wish
from compiler.diagnostics import Problems
from compiler.evaluate import Named, named_properties, read_definition
from compiler.evaluate.columns import codes_of
from compiler.evaluate.filters import UndecidedError, read_filter
from compiler.source import Source

GROUPS: Final = ("list", "segment")
RECEIVED: Final = ("Received Email", "Received SMS", "Received Push")
MESSAGE: Final = ("$message", "s")  # the message that a Received event is about


def wish_for(
    inventory: Inventory,
    catalogs: Iterable[Source],
    revision: str,
    metrics: Iterable[str],
    problems: Problems,
    flows: Iterable[str] = (),
) -> Wish:
    """Return what to pull for an inventory: the metrics and groups that rules name, and ``metrics`` (ids) beside.

    ``flows`` (ids) are to be back-populated: who triggered them, what their conditions ask, what people received.
    """
    facts = facts_of(inventory)
    around = Surroundings(Behaviour(inventory.at), facts.roles, Names(inventory.snapshot.things()), revision)
    fitted = fit(read_catalog(catalogs, problems), around, problems)
    rules: list[Any] = [segment.definition for segment in facts.segments if segment.definition]
    rules += [one.definition for one in fitted if one.definition is not None]
    wholes = [inventory.definitions[flow] for flow in flows if flow in inventory.definitions]
    rules += [{"condition_groups": place.groups} for whole in wholes for place in places_of("", whole)]
    groups = {group for rule in rules for group in groups_of(rule)}
    groups |= {group for whole in wholes for kind in GROUPS for group in triggers_of(whole, kind)}
    snapshot = inventory.snapshot
    known = {metric.id for metric in snapshot.metrics}
    wanted = {metric for rule in rules for metric in metrics_of(rule)} & known | set(metrics)
    wanted |= {metric for whole in wholes for metric in triggers_of(whole, "metric")} & known
    if wholes:
        wanted |= {metric.id for metric in snapshot.metrics if metric.name in RECEIVED}
    kinds = {condition.get("type") for rule in rules for condition in conditions_of(rule)}
    return Wish(
        tuple(sorted(wanted)),
        tuple(sorted(groups & {one.id for one in snapshot.lists})),
        tuple(sorted(groups & {one.id for one in snapshot.segments})),
        _named(rules),
        predictive="profile-predictive-analytics" in kinds,
    )


def _named(rules: Iterable[Any]) -> Named:
    """Return the columns of properties that rules name, those of a trigger's event and the message among them."""
    listed = list(rules)
    found = named_properties(map(read_definition, listed))
    of_triggers = {
        pair
        for rule in listed
        for condition in conditions_of(rule)
        if condition.get("type") == "metric-property"
        for pair in _pairs(condition)
    }
    event = {MESSAGE, *found.event, *of_triggers}
    return Named(found.profile, tuple(sorted(event)))


def _pairs(condition: Mapping[str, Any]) -> set[tuple[str, str]]:
    """Return a property of the trigger's event with its types; none where a column holds it, or nobody can read it."""
    try:
        codes = codes_of(read_filter(condition["filter"]))
        return {(str(condition["field"]), code) for code in codes} - {("$value", "n")}
    except (KeyError, TypeError, UndecidedError):
        return set()
