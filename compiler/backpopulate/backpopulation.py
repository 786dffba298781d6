"""The room's verb: everything that is known about back-populating a flow, with data and without."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime

from compiler.backpopulate.assumptions import assumptions
from compiler.backpopulate.clocks import make_clocks
from compiler.backpopulate.dates import DateWindow, date_windows
from compiler.backpopulate.eligibility import Eligibility, check_eligibility
from compiler.backpopulate.paths import Timeline, timeline
from compiler.backpopulate.result import Simulation
from compiler.backpopulate.runbook import Runbook, runbook
from compiler.backpopulate.settings import Settings
from compiler.backpopulate.shape import Shape
from compiler.backpopulate.simulate import simulate
from compiler.backpopulate.tables import moment
from compiler.evaluate import Tables

THE_CLICK = "the click"  # what the times of the mode beginning are counted from


@dataclass(frozen=True, slots=True)
class Backpopulation:
    """The answer: may I, who, where, when, how fast. ``simulation`` is None without data, or where nothing enters.

    ``dated`` says what a flow with a date trigger does instead, were it set live at the click.
    """

    shape: Shape
    settings: Settings
    eligibility: Eligibility
    timeline: Timeline
    simulation: Simulation | None
    runbook: Runbook
    dated: tuple[DateWindow, ...] = ()


def back_populate(
    shape: Shape,
    settings: Settings,
    templates: Mapping[str, str],
    tables: Tables | None = None,
    allowed: frozenset[str] = frozenset(),
    *,
    told: bool = False,
    differs: bool = False,
) -> Backpopulation:
    """Return what a click at ``settings.at`` would do; a flow that is not eligible is not simulated.

    ``told`` says that the flow holds the ids of all messages that were sent before: what has none is new;
    ``differs`` that they are those of a live flow that is not what this one says. Raises Fatal as ``simulate`` does.
    """
    verdict = check_eligibility(shape, templates, allowed)
    times = timeline(shape)
    mode = settings.mode if times.modes else None
    if mode == "beginning":
        times = from_click(times)
    found = simulate(shape, tables, settings) if tables is not None and verdict.eligible else None
    if found is not None:
        assumed = assumptions(shape, settings, found.queue, told=told, differs=differs)
        found = replace(found, notes=(*found.notes, *assumed))
    book = runbook(shape, verdict, times, mode, found)
    dated = date_windows(shape, _local(settings)) if shape.dated is not None else ()
    return Backpopulation(shape, settings, verdict, times, found, book, dated)


def from_click(times: Timeline) -> Timeline:
    """Return a timeline as the mode beginning has it: counted from the click, with nobody too late (FACTS A2)."""
    paths = tuple(replace(path, windows=()) for path in times.paths)
    return replace(times, paths=paths, counted_from=THE_CLICK)


def _local(settings: Settings) -> datetime:
    """Return the click in the account's wall time."""
    zone = make_clocks((), (), settings.account_zone, (settings.now, settings.now)).account
    return moment(settings.now + zone.first)
