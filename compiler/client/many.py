"""Reads many things at once, and says how long the rest will take."""

from __future__ import annotations

import threading
from collections import deque
from collections.abc import Callable, Sequence
from queue import SimpleQueue

from compiler.client.limits import Limits
from compiler.client.outcome import Document

Progress = Callable[[int, int, float], None]
"""Told the number done, the number in all, and the seconds that are left."""

Found = Document | None


def each(
    ids: Sequence[str],
    find: Callable[[str], Found],
    *,
    threads: int,
    limits: Limits,
    now: Callable[[], float],
    progress: Progress | None,
) -> dict[str, Found]:
    """Return ``find`` of every id, in the ids' order; the first exception stops all and is raised here.

    The threads are daemons, so that neither an interrupt nor a failure waits for one that waits for its turn.
    """
    todo = deque(ids)
    answers: SimpleQueue[tuple[str, Found | Exception]] = SimpleQueue()
    stop = threading.Event()
    for _ in range(min(threads, len(ids))):
        threading.Thread(target=_work, args=(todo, find, answers, stop), daemon=True).start()
    found: dict[str, Found] = {}
    started = now()
    try:
        for done in range(1, len(ids) + 1):
            one, answer = answers.get()
            if isinstance(answer, Exception):
                raise answer
            found[one] = answer
            if progress is not None:
                progress(done, len(ids), seconds_left(done, len(ids), now() - started, limits))
    finally:
        stop.set()
    return {one: found[one] for one in ids}


def seconds_left(done: int, total: int, elapsed: float, limits: Limits) -> float:
    """Return the larger of what the limits still ask for and what the speed so far promises."""
    by_speed = elapsed / done * (total - done)
    by_limits = limits.seconds_for(total) - elapsed
    return max(by_speed, by_limits, 0.0) if done < total else 0.0


def _work(
    todo: deque[str],
    find: Callable[[str], Found],
    answers: SimpleQueue[tuple[str, Found | Exception]],
    stop: threading.Event,
) -> None:
    while not stop.is_set():
        try:
            one = todo.popleft()
        except IndexError:
            return
        try:
            answers.put((one, find(one)))
        except Exception as error:  # noqa: BLE001 - raised again in the thread that asked
            answers.put((one, error))
            return
