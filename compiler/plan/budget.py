"""What a plan costs in calls, in creates of the day, and in time (contract: calls and their limits).

A plan cannot know everything that its apply reads: how many pages a listing has by then, which clones the account
makes. What is counted here is what an apply does if nothing goes wrong; a test holds it against real ones.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Final

from compiler.client import Call, calls
from compiler.normalise import senders
from compiler.plan import stages as plan
from compiler.plan.units import Plan, Unit

A_DAY: Final = 100  # creates of flows, creates of segments and updates of segments, each
A_REPORT: Final = 100  # drafts that are to be deleted and are asked for together, whether they ever sent
A_CALL: Final = 0.25  # seconds that an answer takes
SETTLING: Final = (
    37  # seconds that an apply waits by itself: for the lock to show, and before it reads everything again
)
INVENTORY: Final = (
    calls.GET_METRICS,
    calls.GET_LISTS,
    calls.GET_SEGMENTS,
    calls.GET_TEMPLATES,
    calls.GET_IMAGES,
    calls.GET_TAGS,
    calls.GET_FLOWS,
)
AROUND: Final = (  # the account, its lock, announced, looked at twice and taken away, and what is surplus at the end
    calls.GET_ACCOUNTS,
    calls.CREATE_TAG,
    calls.GET_TAGS,
    calls.GET_TAGS,
    calls.GET_TAGS,
    calls.DELETE_TAG,
    calls.GET_FLOWS,
)
READ: Final = calls.GET_FLOW
OF_STAGE: Final[Mapping[type[Any], tuple[Call, ...]]] = {
    plan.CreateTemplate: (calls.CREATE_TEMPLATE,),
    plan.RestoreTemplate: (calls.GET_TEMPLATE, calls.UPDATE_TEMPLATE),
    plan.CloneTemplate: (calls.CLONE_TEMPLATE,),
    plan.CreateSegment: (calls.CREATE_SEGMENT, calls.TAG_SEGMENTS),
    plan.UpdateSegment: (calls.GET_FLOWS_TRIGGERED_BY_SEGMENT, calls.UPDATE_SEGMENT),
    plan.DeleteSegment: (calls.GET_FLOWS_TRIGGERED_BY_SEGMENT, calls.DELETE_SEGMENT),
    plan.AwaitSegment: (calls.GET_SEGMENT,),
    plan.CreateTag: (calls.CREATE_TAG,),
    plan.Tag: (calls.TAG_FLOWS,),
    plan.Untag: (calls.UNTAG_FLOWS,),
    plan.CreateFlow: (calls.GET_FLOWS, calls.CREATE_FLOW, READ),
    plan.PatchAction: (READ, calls.UPDATE_ACTION),
    plan.InsertAction: (READ, calls.INSERT_ACTION),
    plan.DeleteAction: (READ, calls.DELETE_ACTION),
    plan.SetActionStatus: (READ, calls.UPDATE_ACTION),
    plan.SetStatus: (READ, calls.UPDATE_FLOW),
    plan.ReadBack: (READ,),
    plan.Retire: (calls.CREATE_TAG, calls.TAG_FLOWS),
    plan.DeleteFlow: (calls.DELETE_FLOW,),
}
EDITS: Final = (
    plan.PatchAction,
    plan.InsertAction,
    plan.DeleteAction,
    plan.SetActionStatus,
    plan.SetStatus,
    plan.CreateFlow,
)


@dataclass(frozen=True, slots=True)
class Budget:
    """Calls in all, creates and updates that have a daily limit, and the seconds that all of it takes."""

    calls: int
    flow_creates: int
    segment_creates: int
    segment_updates: int
    seconds: int


def budget(made: Plan) -> Budget:
    """Count what applying a plan takes."""
    changing = [unit for unit in made.units if unit.stages]
    if not changing:
        return Budget(0, 0, 0, 0, 0)
    counted: Counter[Call] = Counter([*AROUND, *INVENTORY])
    counted[calls.GET_TEMPLATES] += max(0, made.pages - len(INVENTORY))  # the listing with the smallest pages
    for unit in changing:
        counted.update(_of_unit(unit))
    stages = Counter(type(stage) for unit in changing for stage in unit.stages)
    deleted = stages[plan.DeleteFlow]  # asked for first whether they ever sent, and whether they were touched
    counted.update({READ: 3 * deleted, calls.QUERY_FLOW_VALUES: -(-deleted // A_REPORT)})
    waits = max(call.limits.seconds_for(number) for call, number in counted.items())
    settling = SETTLING if any(unit.kind == "flow" for unit in changing) else 0
    return Budget(
        calls=counted.total(),
        flow_creates=stages[plan.CreateFlow],
        segment_creates=stages[plan.CreateSegment],
        segment_updates=stages[plan.UpdateSegment],
        seconds=round(max(waits, counted.total() * A_CALL) + settling),
    )


def calls_of(stage: object) -> tuple[Call, ...]:
    """Return the calls that a stage takes if nothing goes wrong."""
    if isinstance(stage, plan.ReadBack) and stage.final:
        return (READ, READ)
    return OF_STAGE[type(stage)]


def _of_unit(unit: Unit) -> Iterator[Call]:
    """Yield what a unit takes: it is read before anything is written, before its own first stage, and at the end."""
    if unit.id is not None and unit.kind == "segment":
        yield calls.GET_FLOWS_TRIGGERED_BY_SEGMENT
    if unit.kind == "flow":
        yield from (READ,) * (3 if unit.id is not None else 0)
        yield from (READ,) * len(_edited(unit))
        yield from (calls.GET_TEMPLATE_OF_MESSAGE,) * _templates(unit)
    for stage in unit.stages:
        yield from calls_of(stage)


def _edited(unit: Unit) -> set[str | None]:
    """Return the flows that are written to, None for the one that is made, and that no stage reads at the end."""
    found = {
        None if isinstance(stage, plan.CreateFlow) else stage.flow
        for stage in unit.stages
        if isinstance(stage, EDITS)
    }
    last = (plan.DeleteFlow, plan.ReadBack)
    return found - {
        stage.flow
        for stage in unit.stages
        if isinstance(stage, last) and (isinstance(stage, plan.DeleteFlow) or stage.final)
    }


def _templates(unit: Unit) -> int:
    """Return how often a message's template is read: to compare, to verify what was made, and after each change."""
    messages = _messages(unit)
    if not messages:
        return 0
    read = 0 if unit.id is None else 2 * messages
    read += sum(messages for stage in unit.stages if isinstance(stage, plan.CreateFlow))
    renewed = sum(
        isinstance(stage, plan.InsertAction)
        or (isinstance(stage, plan.PatchAction) and any(one.path[-1] == "template" for one in stage.changes))
        for stage in unit.stages
    )
    return read + (messages + renewed - 1 if renewed else 0)


def _messages(unit: Unit) -> int:
    """Return how many messages of the desired flow name a template that the account knows by another id."""
    found = (
        sender["data"]["message"].get("template_id")
        for action in (unit.desired or {}).get("actions") or ()
        for sender in senders(action)
    )
    return sum(isinstance(one, str) for one in found)


def over_the_day(cost: Budget, left: Mapping[str, int]) -> Iterable[str]:
    """Yield a sentence for each daily limit that the plan goes over; ``left`` is what is left at most, by field."""
    for field, what in DAILY.items():
        wanted, rest = getattr(cost, field), left.get(field, A_DAY)
        if wanted > rest:
            yield f"{counted_words(wanted, *what)} needed, and at most {rest} {'is' if rest == 1 else 'are'} left today"


DAILY: Final = {
    "flow_creates": ("create", "of a flow", "of flows"),
    "segment_creates": ("create", "of a segment", "of segments"),
    "segment_updates": ("update", "of a segment", "of segments"),
}


def counted_words(number: int, verb: str, one: str, many: str) -> str:
    """Return ``1 create of a flow is``, ``2 creates of flows are``."""
    return f"1 {verb} {one} is" if number == 1 else f"{number} {verb}s {many} are"
