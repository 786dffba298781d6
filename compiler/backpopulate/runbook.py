"""The steps to take: what to check before, what to click, which numbers to expect, what to look at afterwards."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from compiler.backpopulate.actions import span_text
from compiler.backpopulate.eligibility import Eligibility
from compiler.backpopulate.paths import Timeline
from compiler.backpopulate.places import place_names
from compiler.backpopulate.result import Simulation
from compiler.backpopulate.settings import Mode
from compiler.backpopulate.shape import Shape

NOTHING = "Nothing: by this data a click adds nobody."
MOST_NAMED = 3  # delays in one sentence


@dataclass(frozen=True, slots=True)
class Runbook:
    """Four lists of sentences, in the order in which they are done."""

    before: tuple[str, ...]
    clicks: tuple[str, ...]
    expect: tuple[str, ...]
    after: tuple[str, ...]


def runbook(
    shape: Shape, eligibility: Eligibility, times: Timeline, mode: Mode | None, found: Simulation | None
) -> Runbook:
    """Return the runbook of one click; without a simulation the numbers are those of the timeline alone.

    For a flow that is not eligible it holds what to mend first, and no clicks; where nobody would be added it says that
    there is nothing to click.
    """
    if not eligibility.eligible:
        return Runbook(tuple(f"{reason.text} {reason.remedy}" for reason in eligibility.reasons), (), (), ())
    before, expect = _before(shape, eligibility), _expect(times, mode, found)
    if found is not None and not found.added:
        return Runbook(before, (NOTHING,), expect, ())
    return Runbook(before, _clicks(shape, mode), expect, _after(shape, mode, found))


def _before(shape: Shape, eligibility: Eligibility) -> tuple[str, ...]:
    found = [f"{reason.text} {reason.remedy}" for reason in eligibility.reasons]
    found.append("The flow is live or manual, and so is every message that should go out.")
    if shape.profile_filter:
        found.append("The flow's filter is final: it is checked at every step, and only ever removes people.")
    if shape.part("split"):
        found.append("The splits are as they should be: they are decided anew, on the data of the day.")
    found.append("Re-entry settings do not matter: they are not checked when past profiles are added.")
    if any(step.index in shape.useful for step in shape.part("delay")):
        found.append(
            "Delays have their final length: who is added waits that long, and who waits already keeps the wait that it "
            "began with, unless Cancel All on the message comes first."
        )
    if any(step.message is not None and step.message.channel == "sms" for step in shape.actives):
        found.append(
            "Look up the sending number and its speed, the SMS balance, and the quiet hours of the account."
        )
    found.append("No campaign of the same days repeats what these messages say.")
    return tuple(found)


def _clicks(shape: Shape, mode: Mode | None) -> tuple[str, ...]:
    choice = {
        "throughout": "Choose to schedule people throughout the flow, relative to when they joined.",
        "beginning": "Choose to start people at the beginning, relative to the click.",
    }.get(str(mode))
    steps = [
        f'Flows, then "{shape.name}".',
        "Manage Flow in the header, then Add past profiles (older accounts: Back-Populate Flow Recipients).",
        *([choice] if choice else []),
        _compared(mode),
        "Confirm. It cannot be undone as a whole: messages can only be cancelled one by one.",
    ]
    return tuple(steps)


def _compared(mode: Mode | None) -> str:
    """Return what to look at before confirming: the dialog only estimates how far back it goes (FACTS A1)."""
    if mode == "beginning":
        return "See that it is the beginning that is chosen: how far back the dialog goes is no limit then."
    return "Compare how far back the dialog says that it goes with the first line below; stop if they are far apart."


def _reach(times: Timeline, mode: Mode | None) -> list[str]:
    """Return how far back the flow takes people in; the mode beginning has no limit (FACTS A2)."""
    if mode == "beginning":
        lasts = f" The delays of the longest path last {span_text(times.horizon)}." if times.horizon else ""
        return [f"Everybody who qualifies now starts, however long ago they joined.{lasts}"]
    if not times.horizon:
        return ["The flow has no delay: it reaches back to nobody."]
    most = "" if all(path.exact for path in times.paths) else " at the most"
    return [f"The flow reaches back {span_text(times.horizon)}{most}."]


def _expect(times: Timeline, mode: Mode | None, found: Simulation | None) -> tuple[str, ...]:
    lines = _reach(times, mode)
    if found is None:
        return (*lines, "No data was given: numbers of people are not known.")
    lines.append(f"{found.added:,} of {found.triggered:,} profiles are added.")
    lines += [f"{row.count:,} enter here: {row.name}." for row in found.entries]
    lines += [
        f'"{row.name}": '
        + ", ".join(f"{count:,} {name.replace('-', ' ')}" for name, count in row.counts.items())
        + "."
        for row in found.outcomes
        if row.counts
    ]
    if found.queue is not None:
        lines.append(
            f"At most {found.queue.longest:,} texts wait at once, the last of them {span_text(found.queue.wait)}."
        )
    lines += [f"{row.count:,} profiles are in doubt: {row.text}" for row in found.doubts]
    return tuple(lines)


def _after(shape: Shape, mode: Mode | None, found: Simulation | None) -> tuple[str, ...]:
    lines = list(_waiting(shape, mode, found))
    if any(step.status == "manual" for step in shape.actives):
        lines.append("Needs Review of each manual message: people move on without waiting for it.")
    lines.append("Recipient activity of each message after its first day: sent, and skipped by reason.")
    if found is not None and found.total("smart-sending"):
        lines.append("Smart Sending skips are final: who was skipped does not get the message later.")
    if shape.trigger in ("list", "segment"):
        lines.append("Who left the list or segment since is skipped at the next message.")
    lines.append("Unsubscribes and complaints of the first two days; set the messages to draft if they jump.")
    return tuple(lines)


def _waiting(shape: Shape, mode: Mode | None, found: Simulation | None) -> Iterator[str]:
    """Yield where to look for those who were added; who starts at the beginning waits at the first delays."""
    if mode != "beginning":
        against = ", against the entries above" if found is not None else ""
        yield f"The waiting counts at each delay of the flow{against}, within the hour."
        return
    names, first = place_names(shape), _first_delays(shape)
    if first:
        said = [names[index] for index in first[:MOST_NAMED]]
        more = [f"{len(first) - MOST_NAMED} more"] if len(first) > MOST_NAMED else []
        most = f", {found.added:,} together at the most" if found is not None else ""
        yield f"Who waits within the hour at the first delay of each path{most}: {'; '.join([*said, *more])}."


def _first_delays(shape: Shape) -> list[int]:
    """Return the delays to which a way leads from the trigger without another one."""
    reached, found = {0} if shape.steps else set(), []
    for step in shape.steps:
        if step.index not in reached or step.index not in shape.useful:
            continue
        if step.part in ("delay", "wait"):
            found.append(step.index)
        else:
            reached |= {way.target for way in step.ways}
    return found
