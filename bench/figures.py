"""What every bench prints: one line a figure, ``NAME value unit (limit)``, and the same as JSON in ``bench/out``."""

from __future__ import annotations

import json
import os
import sys
from dataclasses import asdict, dataclass
from pathlib import Path

OUT = Path(__file__).resolve().parent / "out"
FULL = bool(os.environ.get("FULL"))
"""Whether ``FULL=1 make bench`` asks for inputs of full size, which take minutes."""


@dataclass(frozen=True)
class Figure:
    """One measured figure, which must not be above ``limit`` nor below ``least``; with neither it only informs."""

    name: str
    value: float
    unit: str
    limit: float | None = None
    least: float | None = None

    @property
    def missed(self) -> bool:
        """Whether the figure is outside its bounds."""
        over = self.limit is not None and self.value > self.limit
        return over or (self.least is not None and self.value < self.least)

    @property
    def line(self) -> str:
        """The figure as it is printed."""
        bounds = [f"{self.limit:g}"] if self.limit is not None else []
        if self.least is not None and self.least != self.limit:
            bounds.append(f"at least {self.least:g}")
        shown = f" ({', '.join(bounds)})" if bounds else ""
        value = str(self.value) if isinstance(self.value, int) else f"{self.value:.3f}"
        return f"{self.name} {value} {self.unit}{shown}{'  MISSED' if self.missed else ''}"


def report(bench: str, figures: list[Figure]) -> None:
    """Print the figures, write them to ``bench/out/NAME.json``, and exit 1 where one is outside its bounds."""
    OUT.mkdir(exist_ok=True)
    (OUT / f"{bench}.json").write_text(
        json.dumps([asdict(figure) for figure in figures], indent=2) + "\n", encoding="utf-8"
    )
    for figure in figures:
        print(figure.line, flush=True)
    if any(figure.missed for figure in figures):
        sys.exit(1)
