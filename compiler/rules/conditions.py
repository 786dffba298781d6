"""Rules on conditions, wherever they stand."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping
from typing import Any

from compiler.rules.base import Finding, Subject, rule
from compiler.rules.reading import Condition, is_zero, items, part

NEGATIVE = ("not-equals", "not-contains", "not-in", "not-starts-with", "not-ends-with", "nregex")
ALWAYS_SET = ("email", "id", "created", "updated")
LISTS = (
    "items",
    "itemnames",
    "productnames",
    "collections",
    "categories",
    "productcategories",
    "itemcategories",
    "tags",
    "producttags",
)


@rule("F409", "warning", "FACTS F09: Klaviyo help 115005237908, 12278373016603")
def negatives_as_alternatives(subject: Subject) -> Iterator[Finding]:
    """Let conditions that deny something all hold, not one of them."""
    groups: dict[Any, list[Condition]] = defaultdict(list)
    for condition in subject.conditions:
        if condition.width > 1 and _denies(condition.api):
            index = None if condition.step is None else condition.step.index
            groups[condition.site, index, condition.keys, condition.group].append(condition)
    for held in groups.values():
        if len(held) > 1:
            says = "alternatives that each deny something match nearly everybody"
            yield Finding(held[1].at(), f"{says}; take them out of any:, so that all must hold")


def _denies(api: Mapping[str, Any]) -> bool:
    kind = api.get("type")
    if kind == "profile-metric":
        return is_zero(api)
    if kind == "profile-group-membership":
        return api.get("is_member") is False
    return part(api, "filter").get("operator") in NEGATIVE


@rule("F441", "warning", "FACTS F41: Klaviyo help 12278373016603")
def not_equals_on_a_list(subject: Subject) -> Iterator[Finding]:
    """Write not-contains for a property that is a list."""
    for condition in subject.conditions:
        for name, filter_ in _filters(condition.api):
            if filter_.get("operator") == "not-equals" and filter_.get("type") == "string" and _is_list(name):
                yield Finding(
                    condition.at(), f'"{name}" is a list, which never equals one text; write not-contains'
                )


def _filters(api: Mapping[str, Any]) -> Iterator[tuple[str, Mapping[str, Any]]]:
    """Yield (property, filter) of a condition and of the filters on its events."""
    if "filter" in api:
        yield str(api.get("field") or api.get("property") or ""), part(api, "filter")
    for each in items(api, "metric_filters"):
        if isinstance(each, Mapping):
            yield str(each.get("property")), part(each, "filter")


def _is_list(name: str) -> bool:
    bare = name.removeprefix("properties['").removesuffix("']")
    return bare.casefold().replace(" ", "").replace("_", "") in LISTS


@rule("F442", "info", "FACTS F42: Klaviyo help 115005062847")
def denial_that_leaves_out_the_unset(subject: Subject) -> Iterator[Finding]:
    """Say what a denial means for profiles without the property."""
    for condition in subject.conditions:
        api = condition.api
        name = api.get("property")
        if (
            api.get("type") != "profile-property"
            or name in ALWAYS_SET
            or part(api, "filter").get("operator") not in NEGATIVE
        ):
            continue
        if not _unset_too(subject, condition):
            says = f"profiles without {name} do not match either"
            yield Finding(
                condition.at(),
                f"{says}; to keep them write any: with this and {{property: {name}, not-set: true}}",
            )


def _unset_too(subject: Subject, denial: Condition) -> bool:
    """Say whether an alternative in the same ``any`` admits profiles that lack the property."""
    return denial.width > 1 and any(
        (other.step, other.keys, other.group) == (denial.step, denial.keys, denial.group)
        and other.api.get("property") == denial.api.get("property")
        and part(other.api, "filter").get("operator") == "not-set"
        for other in subject.conditions
    )


@rule("F440", "warning", "FACTS F40: Klaviyo help 360017706091")
def flow_filter_that_stops_the_last_update(subject: Subject) -> Iterator[Finding]:
    """Keep the flow's filter from stopping an update that all should get."""
    updates = [
        step
        for step in subject.steps
        if step.kind == "update-profile" and step.index in subject.after_message
    ]
    if not updates or "sunset" in subject.flow.name.casefold():
        return  # a sunset flow's filter is meant to spare who came back from its tag
    changing = [
        c
        for c in subject.conditions
        if c.site == "flow" and part(c.api, "timeframe_filter").get("operator") == "flow-start"
    ]
    before_message = subject.leads_to(subject.sending) if changing else ()
    for step in updates:
        if changing and step.index not in before_message:
            says = "profile_filter also stops this update for those who meet the flow's goal"
            yield Finding(
                changing[0].at(),
                f"{says}; if all should get it, move the condition to each message's additional_filters",
            )
