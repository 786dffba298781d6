"""What a reader must know beside the findings: what was not visible, what lacks, what contradicts itself."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import datetime

from compiler.coverage.catalog import SHIPPED
from compiler.coverage.evidence import CHANNELS, Evidence, crowd, mailable_name
from compiler.coverage.findings.state import APART
from compiler.coverage.model import Fitted, Spec
from compiler.coverage.pull_state import readable
from compiler.coverage.view import View
from compiler.diagnostics import Problems, Span, nearest
from compiler.logic import digest, empty

ALWAYS = (
    "The API does not show which forms and ad syncs use a segment, so unused means: no use visible.",
    "Reading segments through the API may count as use, and so keep one from going inactive.",
)


def contradictions(fitted: Iterable[Fitted], at: datetime, problems: Problems) -> tuple[Fitted, ...]:
    """Return the entries without those that contradict themselves or another; each is a diagnostic (F741).

    Of two with one rule the project's own is blamed, not the shipped one.
    """
    given = list(fitted)
    seen: dict[str, str] = {}
    kept = set()
    for one in sorted(given, key=lambda one: one.entry.span.file != SHIPPED):
        if one.definition is None:
            kept.add(one.entry.key)
            continue
        rule = digest(one.definition)
        nobody = empty(one.definition, at)
        if nobody.holds:
            _contradicts(one, f"nobody can be in it: {nobody.reason}", problems)
        elif rule in seen:
            _contradicts(one, f'it has the same rule as "{seen[rule]}"', problems)
        else:
            seen[rule] = one.entry.key
            kept.add(one.entry.key)
    return tuple(one for one in given if one.entry.key in kept)


def _contradicts(fitted: Fitted, why: str, problems: Problems) -> None:
    problems.add("F741", f'the catalog contradicts itself at "{fitted.entry.key}": {why}', fitted.entry.span)


def notes_of(view: View, specs: Iterable[Spec], problems: Problems) -> tuple[str, ...]:
    """Return the notes; specs that name an entry which no catalog has are diagnostics (F743)."""
    keys = [fitted.entry.key for fitted in view.fitted]
    for spec in specs:
        if spec.lifecycle and spec.lifecycle not in keys:
            hint = nearest(spec.lifecycle, keys)
            problems.add(
                "F743", f'no catalog has the entry "{spec.lifecycle}"{hint}', Span(spec.file), "warning"
            )
    return (
        *ALWAYS,
        *_moments(view),
        *_lacking(view),
        *view.unread,
        *(f"Not read: {one}" for one in view.facts.inventory.missing),
    )


def _moments(view: View) -> Iterator[str]:
    """Yield when the data is from, and why an earlier inventory shows nothing."""
    taken, before = view.facts.at, view.facts.previous
    if view.evidence is not None and readable(view.evidence.at) != readable(taken):
        yield (
            f"The data is as of {readable(view.evidence.at)}, and so are the people counted in it; "
            f"the inventory is as of {readable(taken)}."
        )
    if before is not None and before.at > taken:
        yield f"The earlier inventory ({readable(before.at)}) is later than this one ({readable(taken)}): it cannot show stuck segments."
    elif before is not None and taken - before.at < APART:
        minutes = int((taken - before.at).total_seconds() // 60)
        yield f"The earlier inventory is {minutes} min older: stuck segments show in two that are an hour or more apart."


def _reached(view: View) -> Iterator[str]:
    """Yield what is not known of who can be reached, and why."""
    evidence = view.evidence
    said = "no data was given"
    if evidence is not None:
        said = "by the data it is nobody" if evidence.base == 0 else f"the data {_open(evidence, 'email')}"
    if view.base is None:
        instead = (
            "" if evidence is not None and evidence.base == 0 else ", and no segment is bare consent to email"
        )
        yield f"Who can be mailed is not known: {said}{instead}; shares of the base are left out."
    elif evidence is not None and evidence.base is None:
        yield f"Who can be mailed is taken from the account: {said}."
    for channel in CHANNELS[1:]:
        if evidence is not None and not evidence.decides(mailable_name(channel)):
            yield f"How many people {channel} reaches is not known: the data {_open(evidence, channel)}."


def _open(evidence: Evidence, channel: str) -> str:
    name = mailable_name(channel)
    why = evidence.undecided.get(name)
    return f"does not decide it ({why})" if why else f"does not say it of {crowd(evidence.unsure(name))}"


def _lacking(view: View) -> Iterator[str]:
    inventory = view.facts.inventory
    order = view.facts.role_id("placed_order")
    volume = inventory.volumes.get(order or "")
    if order is None:
        yield "No metric of orders was found: entries that need one are blocked, and no threshold was fitted to orders."
    elif volume is not None and not sum(volume.counts):
        yield "The account has had no orders in a year: thresholds are the catalog's, and audiences of buyers will be empty."
    yield from _reached(view)
    if view.evidence is None:
        yield "No profiles and events were given (--data): members are the account's counts, revenue is not known."
    if view.facts.unread_uses:
        unread = " and ".join(view.facts.unread_uses)
        yield f"Which segments are unused, or about to go inactive, is not told: {unread} were not read."
    if view.facts.previous is None:
        yield "Stuck segments show in two readings only: give an earlier one with --previous."
    for resolved in view.facts.roles.values():
        if "most events" in resolved.how:
            yield f"{resolved.role} is taken to be {resolved.metric.name} of {resolved.metric.integration}: {resolved.how}."
