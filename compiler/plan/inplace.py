"""The edits that turn a live flow into a desired one by calls on its actions, as few as there can be.

Each edge of the skeleton is a matter of its own: a call changes one step of one chain, so the sum of the cheapest
scripts is the cheapest. One exception costs a call: a message is never changed into another that exists elsewhere
in the flow, since that would cross who got what.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from compiler.diff.flowgraph import Flowgraph
from compiler.diff.sides import likeness, two_sides
from compiler.plan.chains import Prices, Script, cheapest
from compiler.plan.knowledge import RANK, has_status, is_message, status_of
from compiler.plan.placement import Row, place
from compiler.plan.skeleton import Edge, Skeleton, called, walk
from compiler.plan.stages import Place, Status


@dataclass(frozen=True, slots=True)
class Edits:
    """Which live step becomes which desired one, what goes, and what comes where.

    ``runs`` are inserts in the order of their calls; runs are independent of each other. ``status`` is set for the
    flow as a whole where that says all. ``moved`` are messages that go at one place and come at another. ``joints``
    says whether an edit touches a place where paths join, ``tails`` whether everything that goes ends its path.
    """

    kept: tuple[tuple[str, str], ...]
    deleted: tuple[str, ...]
    runs: tuple[tuple[tuple[str, Place], ...], ...]
    status: Status | None
    moved: tuple[tuple[str, str], ...]
    joints: bool
    tails: bool

    @property
    def inserted(self) -> tuple[str, ...]:
        """The desired steps that are inserted, in the order of their calls."""
        return tuple(step for run in self.runs for step, _ in run)


def find_edits(
    live: Flowgraph, desired: Flowgraph, *, separate_status: bool = False
) -> tuple[Edits | None, tuple[str, ...]]:
    """Return the edits, or None and the reasons why single calls cannot do it; both flows are normalised."""
    skeleton = walk(live, desired)
    if skeleton.reasons:
        return None, tuple(skeleton.reasons)
    whole = _aligned(live, desired, skeleton, whole=True)
    status = None if isinstance(whole, str) else _whole_status(live, desired, whole, separate=separate_status)
    rows = whole if status else _aligned(live, desired, skeleton, whole=False)
    if isinstance(rows, str):
        return None, (rows,)
    return _edits(live, desired, rows, status), ()


@dataclass(slots=True)
class _Aligned:
    nodes: list[tuple[str, str]]
    rows: list[tuple[Edge, Script]]
    twin: Mapping[str, str]

    def kept(self) -> list[tuple[str, str]]:
        pairs = [
            (edge.old[i], edge.new[j])
            for edge, script in self.rows
            for i, j in script
            if i is not None and j is not None
        ]
        return [*self.nodes, *pairs]


class _Aligner:
    """Aligns edges; ``whole`` leaves statuses out of the count, since one call sets them all."""

    def __init__(self, live: Flowgraph, desired: Flowgraph, *, whole: bool) -> None:
        self.live, self.desired, self.whole = live, desired, whole
        self.left, self.right = two_sides(live, desired, {})

    def script(self, edge: Edge) -> Script | None:
        """Return the cheapest script of an edge; None where its first steps are one and cannot be."""
        prices = Prices(
            pair=lambda i, j: self._pair(edge.old[i], edge.new[j]),
            insert=lambda j: self._insert(edge.new[j]),
            unlike=lambda i, j: 1 - likeness(self.left.bag(edge.old[i]), self.right.bag(edge.new[j])),
        )
        return cheapest(edge.old, edge.new, prices, pinned=edge.pinned)

    def _pair(self, old: str, new: str) -> int | None:
        before, after = self.live.steps[old], self.desired.steps[new]
        if before.kind != after.kind:
            return None
        if before.compared == after.compared or (self.whole and self._equal_but_status(old, new)):
            return 0
        crossed = self.left.twin.get(old, new) != new or self.right.twin.get(new, old) != old
        forbidden = crossed and is_message(before.kind) and before.content != after.content
        return None if forbidden else 1

    def _equal_but_status(self, old: str, new: str) -> bool:
        left, right = self.live.data[old], self.desired.data[new]
        return {**left, "status": None} == {**right, "status": None}

    def _insert(self, new: str) -> int:
        raised = needs_status(self.desired.steps[new].kind, status_of(self.desired.data[new]))
        return 2 if raised and not self.whole else 1


def _aligned(live: Flowgraph, desired: Flowgraph, skeleton: Skeleton, *, whole: bool) -> _Aligned | str:
    aligner = _Aligner(live, desired, whole=whole)
    rows: list[tuple[Edge, Script]] = []
    for edge in skeleton.edges:
        script = aligner.script(edge)
        if script is None:
            return f"paths join at {called(live, edge.source)}, and another step must come first there"
        rows.append((edge, script))
    return _Aligned(skeleton.nodes, rows, aligner.left.twin)


def _whole_status(live: Flowgraph, desired: Flowgraph, aligned: _Aligned, *, separate: bool) -> Status | None:
    """Return the status that one call can give the whole flow: all steps agree, several change, none is disabled."""
    wanted = {status for data in desired.data.values() if (status := status_of(data)) is not None}
    found = {status for data in live.data.values() if (status := status_of(data)) is not None}
    if len(wanted) != 1 or "disabled" in wanted | found:
        return None
    changing = sum(status_of(live.data[old]) != status_of(desired.data[new]) for old, new in aligned.kept())
    return wanted.pop() if changing > 1 or (changing and separate) else None  # type: ignore[return-value]


def _edits(live: Flowgraph, desired: Flowgraph, aligned: _Aligned, status: Status | None) -> Edits:
    deleted: list[str] = []
    runs: list[tuple[tuple[str, Place], ...]] = []
    joints, tails = False, True
    for edge, script in aligned.rows:
        gone = [edge.old[i] for i, j in script if i is not None and j is None]
        come = [edge.new[j] for i, j in script if i is None and j is not None]
        deleted += gone
        joints |= edge.joint and bool(gone or come)
        tails &= not gone or _ends_path(edge, script)
        runs += place(Row(live, desired, edge, script, empty=not live.data))
    new = {step for run in runs for step, _ in run}
    return Edits(
        kept=tuple(aligned.kept()),
        deleted=tuple(deleted),
        runs=tuple(sorted(runs, key=lambda run: _boldness(desired, run))),
        status=status,
        moved=_moved(live, desired, deleted, new, aligned.twin),
        joints=joints,
        tails=tails,
    )


def _ends_path(edge: Edge, script: Script) -> bool:
    """Say whether, from the first step that goes on, everything goes and nothing comes."""
    first = next(place for place, (i, j) in enumerate(script) if j is None and i is not None)
    rest_goes = all(j is None for _, j in script[first:])
    return rest_goes and edge.stop is None and edge.graft is None


def _boldness(desired: Flowgraph, run: tuple[tuple[str, Place], ...]) -> int:
    """Sort what the server refuses most likely to the front, while nothing shows yet."""
    return 0 if any(desired.steps[step].splits for step, _ in run) else 1


def _moved(
    live: Flowgraph, desired: Flowgraph, deleted: list[str], new: set[str], twin: Mapping[str, str]
) -> tuple[tuple[str, str], ...]:
    """Pair messages that go with equal ones, or twins, that come."""
    by_content = {desired.steps[step].content: step for step in sorted(new)}
    found = []
    for old in deleted:
        if is_message(live.steps[old].kind):
            step = twin.get(old) if twin.get(old) in new else by_content.get(live.steps[old].content)
            if step is not None:
                found.append((old, step))
    return tuple(found)


def rises(old: str | None, new: str | None) -> bool:
    """Say whether a step with the status ``old`` does more with the status ``new``."""
    return RANK.get(new or "draft", 0) > RANK.get(old or "draft", 0)


def needs_status(kind: str, status: str | None) -> bool:
    """Say whether an inserted step of this kind must be given its status: it arrives as a draft."""
    return has_status(kind) and status not in (None, "draft")
