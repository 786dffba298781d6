"""The sentence of an apply: check all, then unit by unit, then read back."""

from __future__ import annotations

from collections.abc import Callable, Collection
from dataclasses import dataclass, replace
from pathlib import Path

from compiler.apply.checking import already, begun, check_all, check_plan, state_of, what_happened
from compiler.apply.desk import Desk, key_of
from compiler.apply.flows import FlowRun
from compiler.apply.locking import Lock
from compiler.apply.mending import mend
from compiler.apply.performing import Denied, Performer, Stopped
from compiler.apply.refusals import remember
from compiler.apply.telling import now_is, surplus
from compiler.apply.things import run_thing
from compiler.apply.tracking import Track
from compiler.apply.undone import taken_back
from compiler.apply.waiting import Patience
from compiler.client import Client, calls
from compiler.diagnostics import Exit, Fatal
from compiler.journal import Journal, journal_path
from compiler.live import read
from compiler.normalise import digest
from compiler.plan.budget import budget, over_the_day
from compiler.plan.saved import to_plain
from compiler.plan.units import Plan, Unit
from compiler.planning import project_tag
from compiler.planning.observed import Contents, whole_flow
from compiler.planning.project import PARTS

DAILY = {
    "flow_creates": calls.CREATE_FLOW,
    "segment_creates": calls.CREATE_SEGMENT,
    "segment_updates": calls.UPDATE_SEGMENT,
}


@dataclass(frozen=True, slots=True)
class Run:
    """What an apply works with: the account, the folder of journals, how long it waits, and the lock that it holds."""

    client: Client
    project: str
    revision: str
    journals: Path
    patience: Patience
    note: Callable[[str], object]
    lock: Lock | None = None


@dataclass(frozen=True, slots=True)
class Result:
    """What is true at the end: what is as desired, why it stopped, what is half done, what was not begun."""

    exit_code: Exit
    done: tuple[str, ...] = ()
    stopped: str = ""
    half: tuple[str, ...] = ()
    waiting: tuple[str, ...] = ()
    surplus: tuple[str, ...] = ()


def not_allowed(plan: Plan, allowed: Collection[str]) -> tuple[str, ...]:
    """Return a sentence for each unit that is blocked or needs an option that was not given."""
    out = []
    for unit in plan.units:
        missing = [f"--{need}" for need in unit.needs if need not in allowed]
        if unit.change == "blocked":
            out.append(f'{unit.kind} "{unit.name}" cannot be changed: {"; ".join(unit.reasons)}')
        elif missing:
            out.append(f'{unit.kind} "{unit.name}" ({unit.change}) needs {" and ".join(missing)}')
    return tuple(out)


def apply_plan(plan: Plan, run: Run) -> Result:
    """Do what a plan says and return what is true then; what goes wrong once it has begun is told, never raised.

    Run again after whatever happened, it goes on where it was. Raises Fatal where the account cannot be read at first.
    """
    account = run.client.verify_account()
    try:
        check_plan(plan, run.project, account, run.revision)
    except Fatal as fatal:
        return Result(fatal.exit_code, stopped=fatal.message)
    same = to_plain(replace(plan, pages=0), Plan)  # what else the account holds makes a plan no other plan
    journal = Journal(journal_path(run.journals, account, digest(same)))
    return _Apply(plan, run, journal).run_all()


class _Apply:
    def __init__(self, plan: Plan, run: Run, journal: Journal) -> None:
        self.plan, self.run, self.journal = plan, run, journal
        self.desk = Desk(
            client=run.client,
            journal=journal,
            patience=run.patience,
            plan=plan,
            snapshot=read(run.client, run.revision, parts=PARTS),
            performer=Performer(
                run.client,
                journal,
                run.patience,
                run.lock.keep if run.lock is not None else lambda: None,
                acted=bool(journal.done) or any(one.verdict == "ok" for one in journal.entries.values()),
            ),
            contents=Contents(run.client),
            tag=project_tag(plan.project),
            started=run.patience.now(),
            note=run.note,
        )
        self.units = [unit for unit in plan.units if unit.stages]
        self.done: list[str] = []
        self.tracks: list[Track] = []

    def run_all(self) -> Result:
        unit = None
        try:
            left = self._left()
            check_all(self.desk, left)
            if left:
                self.journal.start(self.desk.started)
            for unit in self.units:
                self._unit(unit)
            self._tidy()
        except (Stopped, Fatal) as trouble:
            return self._stopped(trouble, unit)
        except KeyboardInterrupt:
            return self._interrupted(unit)
        return self._finished()

    def _left(self) -> list[Unit]:
        """Return the units that are not done, those too that were, and that somebody has taken back since."""
        for unit in taken_back(self.desk, self.units):
            self.journal.forget(key_of(unit))
        return [unit for unit in self.units if key_of(unit) not in self.journal.done]

    def _interrupted(self, unit: Unit | None) -> Result:
        """Say what is true; a call that may act yet keeps other machines out, as after a kill."""
        unsure = any(entry.verdict == "unknown" for entry in self.journal.entries.values())
        if self.run.lock is not None and unsure:
            self.run.lock.stays = True
        return self._stopped(Stopped("it was interrupted; run it again to go on"), unit)

    def _tidy(self) -> None:
        """Put right what runs that nobody finished had no time for, and take their locks away."""
        lock = self.run.lock
        if lock is not None:
            self.done += mend(self.desk, self.plan.units, lock.since) if lock.since is not None else ()
            lock.forget()

    def _unit(self, unit: Unit) -> None:
        if key_of(unit) in self.journal.done:
            self.done.append(_said(unit))
            return
        self._require_budget(unit)
        self.run.note(f'{unit.change} {unit.kind} "{unit.name}"')
        live = whole_flow(self.run.client, unit.id) if unit.kind == "flow" and unit.id is not None else None
        state = state_of(self.desk, unit, live)
        if state is None:
            what = what_happened(self.desk, unit, live)
            raise Stopped(f'{unit.kind} "{unit.name}" {what}', Exit.STALE)
        self._do(already(self.desk, unit) if state == "desired" else unit)
        self.journal.finish(key_of(unit))
        self.done.append(_said(unit))

    def _do(self, unit: Unit) -> None:
        if unit.kind != "flow":
            run_thing(self.desk, unit)
        elif unit.stages:
            flow = FlowRun(self.desk, unit)
            flow.run()
            self.tracks += flow.finals()

    def _require_budget(self, unit: Unit) -> None:
        """Raise Stopped (BUDGET) where the day's creates do not suffice for the whole unit."""
        if begun(self.desk, unit):
            return
        cost = budget(replace(self.plan, units=(unit,)))
        left = {
            field: self.run.client.left_today(call) or 0
            for field, call in DAILY.items()
            if getattr(cost, field)
        }
        for sentence in over_the_day(cost, left):
            raise Stopped(f'{unit.kind} "{unit.name}" was not begun: {sentence} (UTC)', Exit.BUDGET)

    def _finished(self) -> Result:
        """Look at every flow once more, a settle apart from the last write, and at what nobody asked for."""
        self.run.patience.clock.sleep(self.run.patience.settle if self.tracks else 0.0)
        half = []
        for track in self.tracks:
            try:
                track.current()
            except (Stopped, Fatal) as trouble:
                half.append(trouble.message)
        code = Exit.PARTIAL if half else Exit.DONE
        why = "the account changed while the plan was applied" if half else ""
        return Result(code, tuple(self.done), why, tuple(half), (), surplus(self.desk, self.units))

    def _stopped(self, stopped: Stopped | Fatal, unit: Unit | None) -> Result:
        code = stopped.exit_code
        if self.desk.performer.acted and code is not Exit.BUDGET:
            code = Exit.PARTIAL
        if unit is not None and isinstance(stopped, Denied):
            remember(self.desk, self.run.journals, unit, stopped.message)
        done = self.done or [_said(one) for one in self.units if key_of(one) in self.journal.done]
        half = (now_is(self.desk, unit),) if unit is not None and begun(self.desk, unit) else ()
        first = self.units.index(unit) + bool(half) if unit is not None else 0
        waiting = tuple(_said(one) for one in self.units[first:] if key_of(one) not in self.journal.done)
        return Result(code, tuple(done), stopped.message, half, waiting)


def _said(unit: Unit) -> str:
    return f'{unit.change} {unit.kind} "{unit.name}"'
