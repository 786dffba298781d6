"""Funnels: the counts that their steps need, and an example's events put into the order of the steps.

Every step is an event of its own, of a later second than the step before (as evaluation takes them), so steps
through one metric need as many of its events.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from itertools import islice

from compiler.logic.matching import counts, holds
from compiler.logic.model import Funnel, Measured, Profile, Range, Record, Step, Subject
from compiler.logic.moments import shift

MOST_CHAINS = 64
SECOND = timedelta(seconds=1)
Records = Mapping[Subject, tuple[Record, ...]]
Place = tuple[Subject, int]  # a record by its place among those of its subject


def needs_of(funnel: Funnel) -> list[Measured]:
    """Return the counts without which a funnel cannot be taken."""
    taken = [step for step in funnel.steps if step.exists]
    of_steps = Counter((step.subject, step.filters) for step in taken)
    of_metrics = Counter((step.subject, ()) for step in taken)
    return [
        Measured(subject, "count", (Range(number),), funnel.timeframe, filters)
        for (subject, filters), number in (of_steps | of_metrics).items()
    ]


def lined_up(
    funnel: Funnel, profile: Profile, at: datetime, allowed: Callable[[Subject, tuple[Record, ...]], bool]
) -> Profile:
    """Return a profile whose events are moved, by seconds where that does, so that it takes a funnel as of ``at``.

    ``allowed`` says whether what else is asked of a subject bears other records. A profile that takes the funnel,
    or cannot, stays as it is.
    """
    if holds(funnel, profile, at) is not False:
        return profile
    for chain in islice(_chains(funnel, funnel.steps, profile.records, (), at), MOST_CHAINS):
        records = _moved(profile.records, chain)
        found = replace(profile, records=records)
        fits = all(allowed(subject, records[subject]) for subject in {subject for subject, _ in chain})
        if fits and holds(funnel, found, at):
            return found
    return profile


def _chains(
    funnel: Funnel, steps: Sequence[Step], records: Records, taken: tuple[Place, ...], at: datetime
) -> Iterator[tuple[Place, ...]]:
    """Yield the ways to take an event a step, the latest first; of events that are alike one is enough."""
    if not steps:
        yield taken
        return
    subject, seen = steps[0].subject, set()
    for number, record in reversed(list(enumerate(records.get(subject, ())))):
        place = (subject, number)
        if (
            place in taken
            or repr(record) in seen
            or not counts(record, funnel.timeframe, steps[0].filters, at)
        ):
            continue
        seen.add(repr(record))
        yield from _chains(funnel, steps[1:], records, (*taken, place), at)


def _moved(records: Records, chain: Sequence[Place]) -> dict[Subject, tuple[Record, ...]]:
    """Return the records with each of a chain at least a second after the one before."""
    out = {subject: list(own) for subject, own in records.items()}
    now = None
    for subject, number in chain:
        record = out[subject][number]
        if now is not None and record.time < shift(now, SECOND):
            out[subject][number] = replace(record, time=shift(now, SECOND))
        now = out[subject][number].time
    return {subject: tuple(sorted(own, key=lambda one: one.time)) for subject, own in out.items()}
