"""The sentence of a probe: mend what earlier ones left, ask everything, delete everything, say what is true."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from compiler.apply import Patience
from compiler.client import Client, calls
from compiler.diagnostics import Exit, Fatal
from compiler.journal import Journal
from compiler.probe.answers import Left, Report
from compiler.probe.changing import ask_changes, ask_insertions
from compiler.probe.cleaning import clean, leftovers, sweep
from compiler.probe.costs import costs
from compiler.probe.creating import ask_create, ask_segment, ask_tags, make_template, rounded
from compiler.probe.deleting import ask_deletions
from compiler.probe.desk import Desk
from compiler.probe.scratch import scratch_name
from compiler.probe.sending import Sender


@dataclass(frozen=True, slots=True)
class Run:
    """What a probe works with: the account, the folder of its journals, and how long it waits.

    The journals lie where those of applies do, so that either waits for what the other's dead run has sent.
    """

    client: Client
    revision: str
    journals: Path
    patience: Patience
    note: Callable[[str], object]


def probe(run: Run) -> Report:
    """Ask everything and delete whatever was made for it, also where the run is stopped.

    Call it while the account's lock is held. What cannot be asked stays unknown, with the reason. Raises Fatal
    (BUDGET) before the first call that creates, where today has not enough creates left.
    """
    account = run.client.verify_account()
    _require_budget(run)
    asked = run.patience.now()
    name = scratch_name(asked)
    folder = run.journals / account
    waiting = leftovers(folder)
    journal = Journal(folder / f"{name.replace(' ', '-').replace(':', '').removeprefix('flowc-')}.jsonl")
    desk = Desk(run.client, Sender(run.client, journal, run.patience), run.revision, name, run.note)
    desk.begin()
    stopped = Fatal("", Exit.DONE)
    mended: list[str] = []
    left: list[Left] = []
    alike: list[str] = []
    try:
        for earlier in waiting:
            gone, stay = clean(desk, earlier)
            mended, left = mended + gone, left + stay
        gone, stay, alike = sweep(desk)
        mended, left = mended + gone, left + stay
        _ask(desk)
    except Fatal as fatal:
        stopped = fatal
    except BaseException:
        for one in _clear(desk):
            run.note(str(one))
        raise
    left += _clear(desk)
    code = Exit.PARTIAL if left and stopped.exit_code is Exit.DONE else stopped.exit_code
    return Report(asked, dict(desk.answers), code, stopped.message, tuple(left), tuple(mended), tuple(alike))


def _require_budget(run: Run) -> None:
    needed, left = costs(()).flow_creates, run.client.left_today(calls.CREATE_FLOW)
    if left is not None and left < needed:
        raise Fatal(
            f"a probe takes up to {needed} creates of flows; left today (UTC) at most: {left}; nothing was done",
            Exit.BUDGET,
        )


def _ask(desk: Desk) -> None:
    desk.note(f'creating "{desk.name}", a draft that nobody can enter')
    tag = ask_tags(desk)
    ask_segment(desk)
    ask_create(desk, make_template(desk))
    if tag:
        _put_tag(desk, tag)
    desk.note("changing, inserting and deleting its steps")
    ask_changes(desk)
    ask_insertions(desk)
    ask_deletions(desk)
    _sum_up(desk)


def _put_tag(desk: Desk, tag: str) -> None:
    """Put the run's tag on its flow, so that a run on another machine knows it."""
    body = {"data": [{"type": "flow", "id": desk.flow}]}

    def seen() -> str | None:
        rows = (desk.client.find(calls.GET_FLOW_TAG_IDS, desk.flow) or {}).get("data") or ()
        return "" if any(str(row["id"]) == tag for row in rows) else None

    desk.sender.write("tag/flow", calls.TAG_FLOWS, tag, body=body, seen=seen, optional=True)


def _sum_up(desk: Desk) -> None:
    """Answer what all calls together say."""
    if desk.sender.lag is not None:
        desk.learn("read_lag", rounded(desk.sender.lag), "the longest that was seen")
    else:
        desk.learn("read_lag", None, "no write was answered and then read back")
    desk.learn("write_lateness", rounded(desk.sender.late), "the longest that was seen")
    if desk.refused or desk.accepted:
        why = "; ".join(f"{call}: {reason}" for call, reason in sorted(desk.refused.items()))
        desk.learn("refused", tuple(sorted(desk.refused)), why)
    desk.learn("limits", None, "not asked: they are documented, and no call goes over them")


def _clear(desk: Desk) -> list[Left]:
    """Delete what this run made, and say what is left."""
    if not desk.journal.path.exists():
        return []
    desk.note("deleting what was made for it")
    try:
        return clean(desk, desk.journal)[1]
    except Fatal as fatal:
        return [Left("flow", desk.flow or "?", desk.name, fatal.message)]
