"""What changes in a flow, step by step, in words."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Final

from compiler.diff import FlowDiff, Flowgraph, Relink, StepChange
from compiler.diff.flowgraph import ROOT
from compiler.labels.filters import Names
from compiler.labels.steps import Label, step_label
from compiler.report.fit import one_line, shorten
from compiler.report.plan_parts import ChangeView, FieldView, Kind
from compiler.report.plan_settings import setting_views
from compiler.report.plan_values import field_views, raw_fields

LONGEST_TITLE: Final = 90  # columns
EXITS: Final = {"next": "", "entry": "", "next_if_true": "yes", "next_if_false": "no"}


@dataclass(frozen=True, slots=True)
class Steps:
    """One side of a flow and how its steps are called."""

    graph: Flowgraph
    names: Names

    def label(self, step: str) -> Label:
        """Return a step's label."""
        return step_label({"type": self.graph.steps[step].kind, "data": self.graph.data[step]}, self.names)

    def title(self, step: str | None) -> str:
        """Return a step's title on one line; an id that the flow has not is its own title."""
        if step is None:
            return "the end"
        if step not in self.graph.data:
            return one_line(step)
        return shorten(self.label(step).title, LONGEST_TITLE)

    def exit_word(self, step: str, place: int) -> str:
        """Return the word at an exit: yes, no, the name of a branch; empty where there is one way only."""
        label = self.graph.steps[step].exits[place].label
        if not label.startswith("branches["):
            return EXITS.get(label, label.replace("_", " "))
        branch = self.graph.data[step]["branches"][place]
        return one_line(
            str(branch.get("name") or ("else" if branch.get("is_else") else f"branch {place + 1}"))
        )

    def behind(self, step: str) -> str:
        """Return where a step stands."""
        found = self.graph.parents[step]
        if not found:
            return "where nothing leads to it"
        parent, place = found[0]
        if parent == ROOT:
            return "at the start"
        word = self.exit_word(parent, place)
        return f"behind {self.title(parent)}" + (f" ({word})" if word else "")


def change_views(diff: FlowDiff, desired: Mapping[str, Any], names: Names) -> tuple[ChangeView, ...]:
    """Return the changes of a flow: its settings, then its steps in the desired order, removed ones where they stood.

    ``desired`` is the desired definition, normalised: it says what the settings become.
    """
    live, new = Steps(diff.live, names), Steps(diff.desired, names)
    return (*setting_views(diff, desired, names), *_steps(diff, live, new), *_relinks(diff, live, new))


def new_steps(steps: Steps) -> tuple[ChangeView, ...]:
    """Return every step of a new flow as added."""
    return tuple(
        ChangeView("+", ("added",), steps.title(step), desired=step) for step in steps.graph.order[1:]
    )


def _steps(diff: FlowDiff, live: Steps, new: Steps) -> Iterator[ChangeView]:
    match = diff.match
    changed = {change.pair.desired: change for change in diff.changes}
    moved, swapped = ({pair.desired for pair in pairs} for pairs in (match.moved, match.swapped))
    partner = {pair.desired: pair.live for pair in match.pairs}
    removed = _removed_behind(diff)
    yield from (_removed(live, step) for step in removed.get(ROOT, ()))
    for step in diff.desired.order[1:]:
        if step not in partner:
            yield ChangeView("+", ("added",), new.title(step), desired=step, where=new.behind(step))
        elif step in changed or step in moved or step in swapped:
            kinds: list[Kind] = ["moved"] if step in moved else []
            kinds += ["branches swapped"] if step in swapped else []
            kinds += ["changed"] if step in changed else []
            yield _pair(live, new, (partner[step], step), tuple(kinds), changed.get(step))
        yield from (_removed(live, gone) for gone in removed.get(step, ()))


def _removed_behind(diff: FlowDiff) -> dict[str, list[str]]:
    """Return removed steps by the desired step whose partner stands before them."""
    partner = {pair.live: pair.desired for pair in diff.match.pairs}
    gone = set(diff.match.deleted)
    last, out = ROOT, dict[str, list[str]]()
    for step in diff.live.order[1:]:
        if step in gone:
            out.setdefault(last, []).append(step)
        else:
            last = partner.get(step, last)
    return out


def _removed(live: Steps, step: str) -> ChangeView:
    return ChangeView(
        "-", ("removed",), live.title(step), live=step, where=f"which stood {live.behind(step)}"
    )


def _pair(
    live: Steps, new: Steps, pair: tuple[str, str], kinds: tuple[Kind, ...], change: StepChange | None
) -> ChangeView:
    old, step = pair
    where = ""
    if "moved" in kinds:
        before, after = live.behind(old), new.behind(step)
        where = f"was {before}, now {after}" if before != after else f"now {after}"
    words = tuple(sorted(change.aspects)) if change else ()
    fields, raw = (_fields(live, new, change), raw_fields(change.fields, change.kind)) if change else ((), ())
    title = new.title(step)
    return ChangeView("~", kinds, title, old, step, where, words, fields, raw)


def _fields(live: Steps, new: Steps, change: StepChange) -> tuple[FieldView, ...]:
    """Return a step's changes in words; a wait's as one sentence before and after."""
    before, after = live.label(change.pair.live), new.label(change.pair.desired)
    if after.family == "delay" and before != after:
        old, now = (one_line(", ".join((one.text, *one.details))) for one in (before, after))
        return (FieldView("", old, now),)
    data = live.graph.data[change.pair.live], new.graph.data[change.pair.desired]
    sides = [{"data": side} for side in data]
    return field_views(sides[0], sides[1], change.fields, new.names, change.kind)


def _relinks(diff: FlowDiff, live: Steps, new: Steps) -> Iterator[ChangeView]:
    for link in diff.relinked:
        field = FieldView("leads to", live.title(link.old), new.title(link.new))
        pair = link.pair
        yield ChangeView(
            "~",
            ("leads elsewhere",),
            new.title(pair.desired) if pair.desired else "The trigger",
            pair.live or None,
            pair.desired or None,
            _exit(new, link),
            fields=(field,),
        )


def _exit(new: Steps, link: Relink) -> str:
    exits = new.graph.steps[link.pair.desired].exits
    place = next((place for place, way in enumerate(exits) if way.label == link.label), None)
    word = "" if place is None or not link.pair.desired else new.exit_word(link.pair.desired, place)
    return f"at {word}" if word else ""
