"""Keeps each endpoint's calls within its limits before the server has to refuse one."""

from __future__ import annotations

import threading
from collections import deque
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field

from compiler.client.clock import Clock

# Windows are kept a little longer than the server's, for clocks that do not agree to the millisecond.
BURST_SECONDS = 1.01
STEADY_SECONDS = 60.05
IMMEDIATE = 1e-6


@dataclass(frozen=True, slots=True)
class Limits:
    """Calls that an endpoint takes in any second, in any minute, and in a UTC day (None: no daily limit)."""

    burst: int
    steady: int
    daily: int | None = None

    def seconds_for(self, calls: int) -> float:
        """Return the seconds that must pass before the last of ``calls`` may start, all windows empty now."""
        minutes, rest = divmod(max(calls - 1, 0), self.steady)
        return minutes * 60.0 + rest // self.burst


@dataclass(slots=True)
class Lane:
    """One endpoint's calls: how many are under way, and when the others ended.

    A call occupies its place from its start until its answer plus the window. The server counted it no later
    than it answered, so no window of the server's, fixed or sliding, ever holds more calls than the limit,
    whatever the network does to the time between.
    """

    limits: Limits
    clock: Clock
    _under_way: int = 0
    _held_until: float = 0.0
    _ended: deque[float] = field(default_factory=deque)
    _changed: threading.Condition = field(default_factory=threading.Condition)

    @contextmanager
    def turn(self) -> Iterator[None]:
        """Wait until one more call is within the limits, and hold its place while it is under way."""
        self._enter()
        try:
            yield
        finally:
            self._leave()

    def hold(self, seconds: float) -> None:
        """Let no call start in the next ``seconds``, because the server said so."""
        with self._changed:
            self._held_until = max(self._held_until, self.clock.now() + seconds)

    def _enter(self) -> None:
        while True:
            with self._changed:
                wait = self._seconds_to_wait()
                if wait is None:
                    self._changed.wait()  # every place is taken by a call under way: its answer wakes us
                    continue
                if wait <= IMMEDIATE:
                    self._under_way += 1
                    return
            self.clock.sleep(wait)

    def _leave(self) -> None:
        with self._changed:
            self._under_way -= 1
            self._ended.append(self.clock.now())
            if len(self._ended) > self.limits.steady:
                self._ended.popleft()
            self._changed.notify_all()

    def _seconds_to_wait(self) -> float | None:
        """Return how long until a place is free, or None if only an answer can free one."""
        free_at = self._held_until
        windows = ((self.limits.burst, BURST_SECONDS), (self.limits.steady, STEADY_SECONDS))
        for limit, seconds in windows:
            places = limit - self._under_way
            if places <= 0:
                return None
            if len(self._ended) >= places:
                free_at = max(free_at, self._ended[-places] + seconds)
        return free_at - self.clock.now()


@dataclass(slots=True)
class Lanes:
    """The lanes of all endpoints, made when first used; safe for threads."""

    clock: Clock
    _lanes: dict[tuple[str, Limits], Lane] = field(default_factory=dict)
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def of(self, endpoint: str, limits: Limits) -> Lane:
        """Return the lane of an endpoint; the same path under other limits (costly fields) has its own."""
        with self._lock:
            return self._lanes.setdefault((endpoint, limits), Lane(limits, self.clock))
