"""Which branch of a split corresponds to which branch of another, judged by the twins that lie below."""

from __future__ import annotations

from compiler.diff.flowgraph import ROOT, Exit
from compiler.diff.path import Path
from compiler.diff.sides import SAMPLE, Side

ExitPairs = tuple[tuple[int, int], ...]


def heads(side: Side, split: str) -> list[str | None]:
    """Return the steps that start the split's branches, None for one that is empty or leads to a join."""
    return [side.graph.head(way) for way in side.step(split).exits]


def pick_mapping(live: Side, desired: Side, old: str, new: str) -> tuple[ExitPairs, bool]:
    """Pair the exits of two splits, as places, and say whether that crosses what their labels say."""
    straight = _by_label(live, old, desired, new)
    crossed = _by_twins(live, old, desired, new, straight)
    before, after = heads(live, old), heads(desired, new)
    plain, cross = (
        sum(
            _shared_twins(live, before[i], desired, after[j])
            + _shared_loose(live, before[i], desired, after[j])
            for i, j in option
        )
        for option in (straight, crossed)
    )
    return (crossed, True) if cross > plain else (straight, False)


def kept_by(path: Path, other: Path) -> tuple[int, int]:
    """Count the edits that two readings of a path's split save, among a sample of the steps below it.

    First: it corresponds to the other path's split, branch by branch. Second: the other split is new, and the
    path's split with all below it, and its loose steps before it, went into the best branch of the new one. A
    split that finds itself again saves both its edits, one that only asks another question saves one.
    """
    side, there = path.side, other.side
    split, counterpart = side.step(path.split or ROOT), there.step(other.split or ROOT)
    before, after = heads(side, split.id), heads(there, counterpart.id)
    regions = there.graph.regions.get(counterpart.id, ())
    share = SAMPLE // max(1, len(before))  # as many steps for both readings
    twins, loose = [side.sample(head) for head in before], [side.loose(head, share) for head in before]
    joined = [side.sample(head) for head in side.graph.regions.get(split.id, ())]
    keep = 2 if split.content == counterpart.content else int(split.kind == counterpart.kind)
    keep += max(
        sum(there.hits(twins[i], after[j]) + (loose[i] & there.loose(after[j])).total() for i, j in option)
        for option in _options(side, split.id, there, counterpart.id)
    )
    keep += sum(max((there.hits(places, head) for head in regions), default=0) for places in joined)
    places = [place for found in [*twins, *joined] for place in found] + path.places(other)
    contents = sum(loose, path.loose(other))
    inside = max(
        there.hits(places, head)
        + (contents & there.loose(head)).total()
        + 2 * (there.loose(head, share)[split.content] > contents[split.content])
        for head in [*after, *regions]
    )
    return keep, inside


def follow(path: Path, other: Path) -> str | None:
    """Choose the branch of a path's split, or the region behind it, in which the other path goes on.

    None if nothing that the other side has here is found inside; then the split and all below it stand alone.
    """
    assert path.split is not None
    side = path.side
    places = other.places(path) + other.side.sample(other.split)
    contents = other.loose(path) + other.side.loose(other.split)
    best, most = None, (0, 0)
    for head in [*heads(side, path.split), *side.graph.regions.get(path.split, ())]:
        score = (side.hits(places, head), (side.loose(head) & contents).total())
        if score > most:
            best, most = head, score
    return best


def _options(side: Side, split: str, other: Side, counterpart: str) -> tuple[ExitPairs, ExitPairs]:
    straight = _by_label(side, split, other, counterpart)
    return straight, _by_twins(side, split, other, counterpart, straight)


def _by_label(live: Side, old: str, desired: Side, new: str) -> ExitPairs:
    """Pair exits of one label; branches of a multi-branch split by content first, then in order."""
    before, after = live.step(old).exits, desired.step(new).exits
    left, right = [*range(len(before))], [*range(len(after))]
    pairs: list[tuple[int, int]] = []
    for same in (_same_branch, _same_label):
        for i in [*left]:
            j = next((j for j in right if same(before[i], after[j])), None)
            if j is not None:
                pairs.append((i, j))
                left.remove(i)
                right.remove(j)
    return tuple(sorted([*pairs, *zip(left, right, strict=False)]))


def _same_branch(before: Exit, after: Exit) -> bool:
    return before.branch == after.branch and bool(before.branch or before.label == after.label)


def _same_label(before: Exit, after: Exit) -> bool:
    return before.label == after.label


def _by_twins(live: Side, old: str, desired: Side, new: str, straight: ExitPairs) -> ExitPairs:
    """Pair the exits that share most twins first; two exits can only cross."""
    before, after = heads(live, old), heads(desired, new)
    if len(before) == len(after) == 2:
        return tuple((i, 1 - j) for i, j in straight)
    shared = [
        (-hits, (i, j) not in straight, i, j)
        for i, head in enumerate(before)
        for j, other in enumerate(after)
        if (hits := _shared_twins(live, head, desired, other))
    ]
    ranked = [(i, j) for _, _, i, j in sorted(shared)]
    every = [(i, j) for i in range(len(before)) for j in range(len(after))]
    left, right = set(range(len(before))), set(range(len(after)))
    pairs: list[tuple[int, int]] = []
    for i, j in [*ranked, *straight, *every]:
        if i in left and j in right:
            left.remove(i)
            right.remove(j)
            pairs.append((i, j))
    return tuple(sorted(pairs))


def _shared_twins(live: Side, old: str | None, desired: Side, new: str | None) -> int:
    return desired.hits(live.sample(old), new)


def _shared_loose(live: Side, old: str | None, desired: Side, new: str | None) -> int:
    return (live.loose(old) & desired.loose(new)).total()
