"""What each step does to the rows that come to it, as expressions.

``t`` is when a profile is at the step; ``entry`` the step at which it was added (NOBODY: not yet), ``due`` when it
goes on from there, ``acted`` whether a live or manual action came after, ``marks`` its doubts, ``missed_N`` the
actions that came before its entry.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from compiler.backpopulate import doubt
from compiler.backpopulate.actions import HOUR, Delay
from compiler.backpopulate.answers import again_column, filter_column, moving
from compiler.backpopulate.clocks import Clocks
from compiler.backpopulate.lengths import remaining, shifts
from compiler.backpopulate.population import NOBODY, SHARES, WORD
from compiler.backpopulate.quiet import QuietHours
from compiler.backpopulate.settings import Settings
from compiler.backpopulate.shape import Shape, Step
from compiler.backpopulate.starts import test_column
from compiler.backpopulate.tables import bit, known, small
from compiler.backpopulate.timing import already_past, band, delay_end, held, released
from compiler.evaluate.tables import asking

if TYPE_CHECKING:
    import ibis.expr.types as ir

# What becomes of a profile at a live or manual action; its place is the number in ``outcome``.
OUTCOMES = (
    "missed",
    "sent",
    "review",
    "received-before",
    "message-filter",
    "no-address",
    "no-consent",
    "smart-sending",
)
QUIET_COLUMNS = ("quiet_left", "quiet_until", "late_left", "late_until")
MISSED, SENT, REVIEW, HAD, FILTERED, ADDRESS, CONSENT, SMART = range(len(OUTCOMES))


@dataclass(frozen=True, slots=True, eq=False)
class Moves:
    """The steps of one flow at one click."""

    shape: Shape
    clocks: Clocks
    settings: Settings

    def passes_by(self, step: Step) -> bool:
        """Say whether a step does nothing: drafts, and delays that nothing live follows."""
        return step.part in ("message", "work") and not step.active

    @asking()
    def step(self, step: Step, rows: ir.Table) -> ir.Table:
        """Return the rows after a step."""
        if step.part == "delay":
            return self._delay(step, rows)
        if step.part == "split":
            return self._split(step, rows)
        if step.part == "wait":
            return self._wait(step, rows)
        return self._action(step, rows)

    @asking()
    def before(self, step: Step, rows: ir.Table) -> ir.Table | None:
        """Return the rows with how long quiet hours hold a text of this step; None where they cannot."""
        quiet = self.quiet_of(step)
        if quiet is None:
            return None
        clock = self.clocks.of(quiet.zone, rows)
        left, until = held(quiet, rows.t, clock)
        found = {"quiet_left": left, "quiet_until": until}
        if "late" in rows.columns:
            left, until = held(quiet, rows.late, clock)
            found |= {"late_left": left, "late_until": until}
        return rows.mutate(**found)

    def quiet_of(self, step: Step) -> QuietHours | None:
        """Return the quiet hours that a step keeps: a live text that says so, where the account has any."""
        keeps = step.status == "live" and step.message is not None and step.message.quiet_hours
        return self.settings.quiet_hours if keeps else None

    def _delay(self, step: Step, rows: ir.Table) -> ir.Table:
        """Wait; who is not in the flow yet and whose wait ends after the click enters here (FACTS A4.16)."""
        assert step.delay is not None
        delay, now = step.delay, self.settings.now
        clock = self.clocks.of(delay.zone if delay.needs_clock else self.settings.account_zone, rows)
        end = delay_end(delay, rows.t, clock)
        outside = rows.entry == NOBODY
        enters = outside & (end > now)
        near = outside & (end - band(delay) <= now) & (end + band(delay) >= now)
        marks = rows.marks | bit(near, doubt.BOUNDARY.decides)
        marks = self._zones(step, delay, marks, outside, end)
        if delay.until is not None and delay.value == 0:
            marks = marks | bit(already_past(delay, rows.t, clock), doubt.PAST_TIME.bit)
        if delay.unit == "days" and delay.extra:
            marks = marks | doubt.EXTRA.bit
        changed = {
            "t": end,
            "entry": enters.ifelse(step.index, rows.entry).cast("int32"),
            "due": enters.ifelse(end, rows.due),
            "marks": marks,
        }
        if "late" in rows.columns:
            late = delay_end(delay, rows.late, clock)
            changed["late"] = late
            changed["late_entry"] = (
                ((rows.late_entry == NOBODY) & (late > now)).ifelse(step.index, rows.late_entry).cast("int32")
            )
        return rows.mutate(**changed)

    def _zones(self, step: Step, delay: Delay, marks: Any, outside: Any, end: Any) -> Any:
        """Add the doubts of zones that are not known: they decide where another zone moves the end past the click."""
        if self.clocks.guessed(delay):
            marks = marks | doubt.DELAY_ZONE.bit
        moved = (
            (doubt.ZONE, lambda other: other.zone == "profile"),
            (doubt.DELAY_ZONE, self.clocks.guessed),
        )
        for rule, moves in moved:
            shift = shifts(self.shape, moves)[step.index]
            if shift:
                close = outside & (end + shift > self.settings.now) & (end - shift <= self.settings.now)
                marks = marks | bit(close & ((marks & rule.bit) != 0), rule.decides)
        return marks

    def _wait(self, step: Step, rows: ir.Table) -> ir.Table:
        """Wait for what no delay tells: everybody who comes here stays."""
        outside = rows.entry == NOBODY
        changed = {
            "entry": outside.ifelse(step.index, rows.entry).cast("int32"),
            "due": outside.ifelse(self.settings.now, rows.due).cast("int64"),
            "acted": rows.acted | True,
            "marks": rows.marks | doubt.STOCK.bit,
        }
        if "late" in rows.columns:
            changed["late_entry"] = (
                (rows.late_entry == NOBODY).ifelse(step.index, rows.late_entry).cast("int32")
            )
        return rows.mutate(**changed)

    def _split(self, step: Step, rows: ir.Table) -> ir.Table:
        """Choose the first exit whose test holds; what nobody can tell does not hold."""
        way: Any = small(len(step.ways) - 1)
        marks = rows.marks
        # Who is not in the flow and comes too late for every delay below hangs on no exit.
        left = remaining(self.shape, wait=self.settings.now)[step.index]
        open_ = (rows.entry != NOBODY) | (rows.t + left > self.settings.now)
        for place in reversed(range(len(step.ways))):
            test = step.ways[place].test
            if test is None:
                continue
            column = test_column(step.index, place)
            answer = rows[column]
            way = known(answer, otherwise=False).ifelse(place, way)
            if test.source == "sample":
                marks = marks | bit(open_, doubt.SAMPLE.decides)
            else:
                marks = marks | bit(open_ & answer.isnull(), doubt.SPLIT.decides)
            if again_column(column) in rows.columns:
                other = known(rows[again_column(column)], otherwise=False)
                differs = other != known(answer, otherwise=False)
                marks = marks | bit(open_ & differs, doubt.FLOW_START.decides)
            if moving(test.definition):
                marks = marks | bit(rows.t > self.settings.now, doubt.FORECAST.decides)
        return rows.mutate(way=way.cast("int32"), marks=marks)

    def _action(self, step: Step, rows: ir.Table) -> ir.Table:
        """Send, act, or say why not; an action before the entry is missed."""
        entered = rows.entry != NOBODY
        word, place = divmod(self.shape.actives.index(step), WORD)
        missed = f"missed_{word}"
        changed: dict[str, Any] = {
            "acted": rows.acted | entered,
            missed: rows[missed] | bit(~entered, 1 << place),
            "outcome": entered.ifelse(SENT if step.status == "live" else REVIEW, MISSED).cast("int32"),
        }
        if step.message is not None:
            changed |= self._message(step, rows, entered)
        return rows.mutate(**changed).drop(*[name for name in QUIET_COLUMNS if name in rows.columns])

    def _message(self, step: Step, rows: ir.Table, entered: Any) -> dict[str, Any]:
        """Return what a message changes: its outcome, the hold of quiet hours, the Smart Sending timer."""
        message = step.message
        assert message is not None
        live, now = step.status == "live", self.settings.now
        outcome, marks = self._checked(step, rows, entered)
        changed: dict[str, Any] = {}
        moment = rows.t
        quiet = self.quiet_of(step)
        if quiet is not None:
            clock = self.clocks.of(quiet.zone, rows)
            later = released(rows.t, rows.quiet_left, rows.quiet_until, clock)
            moment = (outcome == SENT).ifelse(later, rows.t)
            if "late" in rows.columns:
                late = released(rows.late, rows.late_left, rows.late_until, clock)
                enters = (rows.late_entry == NOBODY) & (late > now)
                changed["late"] = late
                changed["late_entry"] = enters.ifelse(step.index, rows.late_entry).cast("int32")
        until = f"until_{message.channel}"
        if live and not message.transactional:
            if message.smart_sending:
                outcome = ((outcome == SENT) & (moment < rows[until])).ifelse(SMART, outcome)
                if message.channel == "sms" and SHARES in rows.columns:
                    marks = marks | bit((outcome == SENT) & rows[SHARES], doubt.NUMBER.bit)
            timer = moment + self.settings.smart_hours[message.channel] * HOUR
            changed[until] = (outcome == SENT).ifelse(timer, rows[until])
        return {**changed, "t": moment, "marks": marks, "outcome": outcome.cast("int32")}

    def _checked(self, step: Step, rows: ir.Table, entered: Any) -> tuple[Any, Any]:
        """Return a message's outcome before quiet hours and Smart Sending, and the doubts that it adds."""
        message = step.message
        assert message is not None
        marks, outcome = rows.marks, rows.entry * 0 + (SENT if step.status == "live" else REVIEW)
        if step.status == "live":
            if not message.transactional:
                can = rows[f"can_{message.channel}"]
                marks = marks | bit(entered & can.isnull(), doubt.CONSENT.bit)
                outcome = known(can, otherwise=True).ifelse(outcome, CONSENT)
            outcome = rows[f"address_{message.channel}"].ifelse(outcome, ADDRESS)
            if message.filters:
                passes = rows[filter_column(step.index)]
                marks = marks | bit(entered & passes.isnull(), doubt.MESSAGE.bit)
                outcome = known(passes, otherwise=True).ifelse(outcome, FILTERED)
        if f"had_{step.index}" in rows.columns:
            outcome = rows[f"had_{step.index}"].ifelse(HAD, outcome)
        return entered.ifelse(outcome, MISSED), marks
