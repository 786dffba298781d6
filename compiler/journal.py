"""What an apply was about to do and what came of it, on disk before and after each call.

``.flowc/journal/ACCOUNT/PLAN.jsonl``, one JSON object a line: ``start``, ``flow`` (a flow as it was before its first
write), ``intent`` before a call, ``outcome`` after it, ``done`` for a whole unit, ``undone`` for one that somebody has
taken back since. Each line is on the disk before the run goes on. A torn last line is what a power failure leaves; it
is ignored.
"""

from __future__ import annotations

import datetime as dt
import json
import os
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, Literal

from compiler.diagnostics import Fatal

Verdict = Literal["ok", "refused", "unknown"]


@dataclass(frozen=True, slots=True)
class Entry:
    """One call: when it was first and last sent, what existed before, what came of it, and the id of what it made."""

    first: dt.datetime
    sent: dt.datetime
    before: tuple[str, ...]
    verdict: Verdict
    made: str = ""


class Journal:
    """One plan's journal; what it says is read once, and kept up as it is written."""

    def __init__(self, path: Path) -> None:
        """Open the journal at a path; nothing is written yet. Raises Fatal where it cannot be read."""
        self.path = path
        self.entries: dict[str, Entry] = {}
        self.flows: dict[tuple[str, str], Mapping[str, Any]] = {}
        self.done: set[str] = set()
        self.starts: list[dt.datetime] = []
        self._whole = False
        for line in lines(path):
            self._take(line)

    def start(self, at: dt.datetime) -> None:
        """Write down that an apply begins."""
        self._write({"is": "start", "at": at.isoformat()})

    def run_of(self, step: str) -> dt.datetime | None:
        """Return when the run began that sent a call first; None where none did."""
        entry = self.entries.get(step)
        return max((at for at in self.starts if entry is not None and at <= entry.first), default=None)

    def flow(self, unit: str, flow: str, definition: Mapping[str, Any]) -> None:
        """Write down a flow as it is before a unit's first write to it."""
        self._write({"is": "flow", "unit": unit, "flow": flow, "definition": definition})

    def intent(self, step: str, call: str, at: dt.datetime, before: tuple[str, ...]) -> None:
        """Write down a call that is about to be sent, and the ids that existed before."""
        self._write(
            {"is": "intent", "step": step, "call": call, "at": at.isoformat(), "before": list(before)}
        )

    def outcome(self, step: str, verdict: Verdict, made: str = "") -> None:
        """Write down what came of a call."""
        self._write({"is": "outcome", "step": step, "verdict": verdict, "made": made})

    def finish(self, unit: str) -> None:
        """Write down that a unit is as desired."""
        self._write({"is": "done", "unit": unit})

    def forget(self, unit: str) -> None:
        """Write down that nothing of what was done to a unit is true any more."""
        self._write({"is": "undone", "unit": unit})

    def _write(self, line: Mapping[str, Any]) -> None:
        text = json.dumps(line, ensure_ascii=False, separators=(",", ":"), sort_keys=True) + "\n"
        try:
            fresh = not self.path.exists()
            self.path.parent.mkdir(parents=True, exist_ok=True)
            if not fresh and not self._whole:
                _cut_torn_line(self.path)
            self._whole = True
            with self.path.open("ab") as file:
                file.write(text.encode("utf-8", "surrogatepass"))
                file.flush()
                os.fsync(file.fileno())
            if fresh:
                _sync_folder(self.path.parent)
        except OSError as error:
            raise Fatal(
                f"the journal {self.path} cannot be written ({error}); nothing more was sent"
            ) from error
        self._take(line)

    def _take(self, line: Mapping[str, Any]) -> None:
        match line:
            case {"is": "start", "at": str(at)}:
                self.starts.append(dt.datetime.fromisoformat(at))
            case {"is": "flow", "unit": str(unit), "flow": str(flow), "definition": dict(definition)}:
                self.flows[unit, flow] = definition
            case {"is": "intent", "step": str(step), "at": str(at), "before": list(before)}:
                earlier = self.entries.get(step)
                sent = dt.datetime.fromisoformat(at)
                known = earlier.before if earlier is not None else tuple(map(str, before))
                self.entries[step] = Entry(
                    earlier.first if earlier is not None else sent, sent, known, "unknown"
                )
            case {"is": "outcome", "step": str(step), "verdict": verdict, "made": str(made)}:
                entry = self.entries[step]
                self.entries[step] = replace(entry, verdict=verdict, made=made)
            case {"is": "done", "unit": str(unit)}:
                self.done.add(unit)
            case {"is": "undone", "unit": str(unit)}:
                self.done.discard(unit)
                self.entries = {
                    step: one for step, one in self.entries.items() if not step.startswith(f"{unit}#")
                }
                self.flows = {key: flow for key, flow in self.flows.items() if key[0] != unit}


def lines(path: Path) -> Iterator[dict[str, Any]]:
    """Yield the whole lines of a journal; Fatal for one in the middle that is none."""
    try:
        found = path.read_bytes().split(b"\n") if path.exists() else []
    except OSError as error:
        raise Fatal(f"the journal {path} cannot be read: {error}") from error
    for number, line in enumerate(found[:-1], 1):  # what stands behind the last newline is torn
        try:
            held = json.loads(line.decode("utf-8", "surrogatepass"))
        except ValueError:
            raise Fatal(
                f"{path}:{number} is no line of a journal; move the file away and plan again"
            ) from None
        if isinstance(held, dict):
            yield held


def _cut_torn_line(path: Path) -> None:
    """Cut a torn last line off before something is written behind it."""
    content = path.read_bytes()
    if not content.endswith(b"\n"):
        os.truncate(path, content.rfind(b"\n") + 1)


def _sync_folder(folder: Path) -> None:
    """Put the folder's entry on the disk."""
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def journal_path(folder: Path, account: str, plan: str) -> Path:
    """Return the place of a plan's journal; ``plan`` is the plan's digest."""
    return folder / account / f"{plan[:32]}.jsonl"


def last_unsettled(folder: Path, account: str) -> dt.datetime | None:
    """Return when the last call was sent of which nobody knows what came, over all plans; None where there is none."""
    open_calls = [
        entry.sent
        for path in sorted((folder / account).glob("*.jsonl"))
        for entry in Journal(path).entries.values()
        if entry.verdict == "unknown"
    ]
    return max(open_calls, default=None)
