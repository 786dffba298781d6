"""What a pull must bring so that the rules of an account and of the catalog can be evaluated."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from compiler.bind import Names
from compiler.coverage.account import facts_of
from compiler.coverage.catalog import read_catalog
from compiler.coverage.fitting import Behaviour, Surroundings, fit
from compiler.coverage.inventory import Inventory
from compiler.coverage.places import conditions_of, groups_of, metrics_of
from compiler.coverage.pulling import Wish
from compiler.diagnostics import Problems
from compiler.evaluate import named_properties, read_definition
from compiler.source import Source


def wish_for(
    inventory: Inventory,
    catalogs: Iterable[Source],
    revision: str,
    metrics: Iterable[str],
    problems: Problems,
) -> Wish:
    """Return what to pull for an inventory: the metrics and groups that rules name, and ``metrics`` (ids) beside."""
    facts = facts_of(inventory)
    around = Surroundings(Behaviour(inventory.at), facts.roles, Names(inventory.snapshot.things()), revision)
    fitted = fit(read_catalog(catalogs, problems), around, problems)
    rules: list[Any] = [segment.definition for segment in facts.segments if segment.definition]
    rules += [one.definition for one in fitted if one.definition is not None]
    groups = {group for rule in rules for group in groups_of(rule)}
    snapshot = inventory.snapshot
    known = {metric.id for metric in snapshot.metrics}
    wanted = {metric for rule in rules for metric in metrics_of(rule)} & known | set(metrics)
    kinds = {condition.get("type") for rule in rules for condition in conditions_of(rule)}
    return Wish(
        tuple(sorted(wanted)),
        tuple(sorted(groups & {one.id for one in snapshot.lists})),
        tuple(sorted(groups & {one.id for one in snapshot.segments})),
        named_properties(map(read_definition, rules)),
        predictive="profile-predictive-analytics" in kinds,
    )
