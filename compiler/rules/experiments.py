"""Rules on A/B tests and content experiments."""

from __future__ import annotations

from collections.abc import Iterator

from compiler.rules.base import Finding, Subject, rule
from compiler.rules.reading import TESTS, at, part

FEWEST = 2


@rule("F434", "error", "FACTS F34: Klaviyo help 6960371049115")
def experiment_that_compares_nothing(subject: Subject) -> Iterator[Finding]:
    """Compare two variations or more, whose shares add up to one."""
    for step in subject.steps:
        if step.kind not in TESTS:
            continue
        experiment = part(part(subject.actions[step.index], "data"), "current_experiment")
        variations = experiment.get("variations")
        if isinstance(variations, list) and len(variations) < FEWEST:
            yield Finding(
                at(step, "variations"),
                f"a test compares two variations or more, not {len(variations)}; add another, or write its message as a plain step",
            )
        shares = [
            share for share in part(experiment, "allocations").values() if isinstance(share, int | float)
        ]
        if shares and not any(abs(sum(shares) - whole) <= whole / 100 for whole in (1, 100)):
            key = "allocations" if "allocations" in (step.body or {}) else "variations"
            yield Finding(
                at(step, key),
                f"the allocations add up to {round(sum(shares), 4):g}, not 1; change them, such as {_even(len(shares))}",
            )


def _even(count: int) -> str:
    return f"allocation: {round(1 / count, 2):g} for each"


@rule("F435", "info", "FACTS F35: mail privacy protection opens mails by itself")
def opens_that_decide(subject: Subject) -> Iterator[Finding]:
    """Let clicks decide a test of emails, not opens."""
    for step in subject.steps:
        if (
            step.kind == "ab-test"
            and (message := subject.sending.get(step.index)) is not None
            and message.channel == "email"
        ):
            experiment = part(part(subject.actions[step.index], "data"), "current_experiment")
            if experiment.get("winner_metric") == "unique-opens":
                yield Finding(
                    at(step, "winner_metric"),
                    "mail programs open mails by themselves, so opens say little; write winner_metric: unique-clicks",
                )
