"""What evaluated data adds to a row in words, and what it does not decide."""

from __future__ import annotations

from collections.abc import Iterator

from compiler.coverage.evidence import Evidence, crowd
from compiler.coverage.matching import entry_name
from compiler.coverage.view import View


def known_by_data(view: View, name: str) -> bool:
    """Say whether a rule, by its name in the library, was evaluated."""
    return view.evidence is not None and name in view.evidence.evaluation.names


def unsure_of(view: View, name: str) -> Iterator[str]:
    """Yield why the data does not decide a rule, or for how many people it does not."""
    if view.evidence is None or not known_by_data(view, name):
        return
    why = view.evidence.undecided.get(name)
    people = view.evidence.unsure(name)
    if why is not None:
        yield f"the data does not decide it: {why}"
    elif people:
        yield f"the data does not say of {crowd(people)} whether they are in it"


def measured_of(view: View, evidence: Evidence, name: str) -> Iterator[str]:
    """Yield what the data adds: what it does not decide of an entry, or the entry that shares most of its people."""
    yield from unsure_of(view, name)
    members = evidence.members(name) if known_by_data(view, name) else None
    if members is None:
        return
    others = {
        one.entry.title: evidence.evaluation.overlap(name, other)
        for one in view.fitted
        if (other := entry_name(one.entry.key)) != name
        and known_by_data(view, other)
        and evidence.decides(other)
    }
    title = max(others, key=lambda one: others[one], default="")
    if members and others[title]:
        yield f'{others[title] / members:.0%} of its people are in "{title}" too'
