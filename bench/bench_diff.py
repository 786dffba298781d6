"""Compare generated flows: how fast, how it grows, and whether the known number of edits is reported."""

from __future__ import annotations

import math
import time

from figures import Figure, report
from flow_mutator import ALL, SIMPLE, EditedFlow, mutate

from compiler.diff import FlowDiff, diff_flows

ROUNDS = 3
RUNS = 40


def compare(
    seed: int, size: int, kinds: tuple[str, ...], edits: int, *, joins: int = 0
) -> tuple[int, FlowDiff, float]:
    """Return the true number of edits, the difference, and the seconds that the comparison took at best."""
    flow = EditedFlow(seed, size, joins=joins)
    live = flow.definition()
    mutate(flow, kinds, edits)
    desired = flow.definition(fresh_ids=True)
    best = math.inf
    for _ in range(ROUNDS):
        start = time.perf_counter()
        found = diff_flows(live, desired)
        best = min(best, time.perf_counter() - start)
    return flow.truth.total(), found, best


def share_exact(sizes: tuple[int, ...], kinds: tuple[str, ...], edits: int, *, joins: int = 0) -> float:
    runs = [compare(seed, sizes[seed % len(sizes)], kinds, edits, joins=joins) for seed in range(RUNS)]
    return sum(truth == found.edits for truth, found, _ in runs) / len(runs)


def measure() -> list[Figure]:
    """Return the bench's figures."""
    compare(0, 60, SIMPLE, 5)  # imports
    small = [compare(seed, 500, SIMPLE, 20) for seed in range(5)]
    large = [compare(seed, 5_000, SIMPLE, 20) for seed in range(3)]
    seconds_small = max(seconds for _, _, seconds in small)
    seconds_large = max(seconds for _, _, seconds in large)
    reported = [found.edits for _, found, _ in [*small, *large]]
    growth = math.log(seconds_large / seconds_small) / math.log(5_000 / 500)
    figures = [
        Figure("diff_500_steps_20_edits", seconds_small, "s", 0.3),
        Figure("diff_5000_steps_20_edits", seconds_large, "s"),
        Figure("diff_growth", growth, "exponent", 1.3),
        Figure("diff_20_edits_reported_at_least", min(reported), "edits", least=20),
        Figure("diff_20_edits_reported_at_most", max(reported), "edits", 20),
    ]
    for kind in ALL:
        share = share_exact((8, 20, 60), (kind,), 1)
        figures.append(Figure(f"diff_single_{kind}_exact", share, "share", least=1))
    mixed, joined = share_exact((120,), ALL, 8), share_exact((80,), ALL, 6, joins=5)
    figures.append(Figure("diff_8_of_all_kinds_exact", mixed, "share", least=0.88))
    figures.append(Figure("diff_6_of_all_kinds_joins_exact", joined, "share", least=0.95))
    return figures


def main() -> None:
    report("diff", measure())


if __name__ == "__main__":
    main()
