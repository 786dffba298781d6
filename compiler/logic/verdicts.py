"""Verdicts in words: what two rules are to each other, whether a rule is empty or takes nearly everybody."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Literal

from compiler.logic.canonical import name_of
from compiler.logic.describe import describe
from compiler.logic.library import Fact, Library, Proof
from compiler.logic.matching import evaluate
from compiler.logic.model import Open, Profile
from compiler.logic.read import read
from compiler.logic.when import depends_on_now

Verdict = Literal["equal", "contained", "contains", "overlapping", "disjoint", "undecided"]


@dataclass(frozen=True, slots=True)
class Relation:
    """What rule ``a`` is to rule ``b``: the verdict, why, and profiles that show it.

    ``both`` matches both rules, ``only_a`` and ``only_b`` match one alone; each was evaluated. ``as_of`` is
    set where the verdict can change as time goes by, because fixed and moving dates meet.
    """

    verdict: Verdict
    reason: str
    both: Profile | None = None
    only_a: Profile | None = None
    only_b: Profile | None = None
    as_of: datetime | None = None


@dataclass(frozen=True, slots=True)
class Finding:
    """Whether something holds of one rule (``None``: undecided), why, and a profile that shows it."""

    holds: bool | None
    reason: str
    witness: Profile | None = None
    as_of: datetime | None = None


def compare(
    a: Mapping[str, Any], b: Mapping[str, Any], at: datetime, *, positive: Collection[str] = ()
) -> Relation:
    """Decide what definition ``a`` is to definition ``b`` as of ``at`` (UTC-aware).

    ``positive`` names the metrics whose values the account declares never to be negative; only their sums
    grow with their windows. Raises NotADefinition when one of them has no condition groups.
    """
    library = Library(at, positive)
    library.add("a", a)
    library.add("b", b)
    return relation(library, "a", "b")


def relation(library: Library, a: str, b: str) -> Relation:
    """Decide what one rule of a library is to another, with the reason in words."""
    verdict, both, only_a, only_b = _decide(library, a, b)
    as_of = library.at if depends_on_now([library.rules[a], library.rules[b]], library.at) else None
    return Relation(
        verdict,
        _reason(verdict, both, only_a, only_b),
        both=_shown(both),
        only_a=_shown(only_a),
        only_b=_shown(only_b),
        as_of=as_of,
    )


def verdicts(library: Library, pairs: Iterable[tuple[str, str]]) -> Iterator[tuple[str, str, Verdict]]:
    """Decide many pairs of a library, verdicts alone; :func:`relation` explains the ones that matter."""
    for a, b in pairs:
        yield a, b, _decide(library, a, b)[0]


def _decide(library: Library, a: str, b: str) -> tuple[Verdict, Fact, Fact, Fact]:
    only_a, only_b = library.in_first_only(a, b), library.in_first_only(b, a)
    both = library.in_both(a, b)
    return _verdict(both, only_a, only_b), both, only_a, only_b


def _verdict(both: Fact, only_a: Fact, only_b: Fact) -> Verdict:
    if isinstance(only_a, Proof):
        return "equal" if isinstance(only_b, Proof) else "contained"
    if isinstance(only_b, Proof):
        return "contains"
    if isinstance(both, Proof):
        return "disjoint"
    settled = all(isinstance(fact, Profile) for fact in (both, only_a, only_b))
    return "overlapping" if settled else "undecided"


def _shown(fact: Fact) -> Profile | None:
    return fact if isinstance(fact, Profile) else None


def _reason(verdict: Verdict, both: Fact, only_a: Fact, only_b: Fact) -> str:
    match verdict:
        case "equal":
            return "nobody can match one and not the other"
        case "contained":
            return _inside("a", "b", only_a, only_b)
        case "contains":
            return _inside("b", "a", only_b, only_a)
        case "disjoint":
            assert isinstance(both, Proof)
            return f"nobody can match both: they clash on {_subjects(both)}"
        case "overlapping":
            return f"both match someone with {_who(both)}"
    return _unsure(both, only_a, only_b)


def _inside(small: str, large: str, proof: Fact, other: Fact) -> str:
    assert isinstance(proof, Proof)
    by = f" ({_subjects(proof)})" if proof.subjects else ""
    if isinstance(other, Profile):
        return f"whoever matches {small} matches {large}{by}; only {large} matches someone with {describe(other)}"
    assert isinstance(other, Open)
    return f"whoever matches {small} matches {large}{by}; whether they are equal is open: {other.reason}"


def _unsure(*facts: Fact) -> str:
    reasons = {fact.reason: None for fact in facts if isinstance(fact, Open)}
    return "; ".join(reasons)


def _subjects(proof: Proof) -> str:
    return ", ".join(name_of(subject) for subject in proof.subjects)


def _who(fact: Fact) -> str:
    assert isinstance(fact, Profile)
    return describe(fact)


def empty(a: Mapping[str, Any], at: datetime, *, positive: Collection[str] = ()) -> Finding:
    """Decide whether nobody can match a definition as of ``at``; the witness is someone who does.

    Raises NotADefinition when the value has no condition groups.
    """
    library = Library(at, positive)
    library.add("a", a)
    as_of = at if depends_on_now([library.rules["a"]], at) else None
    match library.someone("a"):
        case Profile() as witness:
            return Finding(
                holds=False,
                reason=f"it matches someone with {describe(witness)}",
                witness=witness,
                as_of=as_of,
            )
        case Proof() as proof:
            return Finding(holds=True, reason=f"its conditions clash on {_subjects(proof)}", as_of=as_of)
        case Open(reason=reason):
            return Finding(holds=None, reason=reason, as_of=as_of)


def nearly_all(a: Mapping[str, Any], at: datetime, *, positive: Collection[str] = ()) -> Finding:
    """Decide whether a definition takes everybody whose named properties are set, as an OR of negatives does.

    ``False`` says only that its logic does not make it so: a wide rule shows in its measured share.
    Raises NotADefinition when the value has no condition groups.
    """
    library = Library(at, positive)
    library.add("a", a)
    as_of = at if depends_on_now([library.rules["a"]], at) else None
    match library.outsider("a"), library.outsider("a", typed_only=True):
        case Proof(), _:
            return Finding(
                holds=True, reason="everybody matches: nobody can fail a condition group", as_of=as_of
            )
        case Profile() as outsider, Proof():
            who = f"left out is only someone like: {describe(outsider)}"
            return Finding(
                holds=True,
                reason=f"everybody matches whose properties are set; {who}",
                witness=outsider,
                as_of=as_of,
            )
        case _, Profile() as outsider:
            return Finding(
                holds=False,
                reason=f"it leaves out someone with {describe(outsider)}",
                witness=outsider,
                as_of=as_of,
            )
        case facts:
            return Finding(holds=None, reason=_unsure(*facts), as_of=as_of)


def matches(definition: Mapping[str, Any], profile: Profile, at: datetime) -> bool | None:
    """Evaluate a definition on a profile as of ``at``; ``None`` where only the account could say.

    Raises NotADefinition when the value has no condition groups.
    """
    return evaluate(read(definition), profile, at)
