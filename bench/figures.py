"""What every bench prints: one line a figure, ``NAME value unit (limit)``, and the same as JSON in ``bench/out``."""

from __future__ import annotations

import json
import sys
from dataclasses import asdict, dataclass
from pathlib import Path

OUT = Path(__file__).resolve().parent / "out"


@dataclass(frozen=True)
class Figure:
    """One measured figure; limit None is for information."""

    name: str
    value: float
    unit: str
    limit: float | None = None

    @property
    def line(self) -> str:
        """The figure as it is printed."""
        limit = f" ({self.limit:g})" if self.limit is not None else ""
        over = "  OVER" if self.limit is not None and self.value > self.limit else ""
        return f"{self.name} {self.value:.3f} {self.unit}{limit}{over}"


def report(bench: str, figures: list[Figure]) -> None:
    """Print the figures, write them to ``bench/out/NAME.json``, and exit 1 where one is over its limit."""
    OUT.mkdir(exist_ok=True)
    (OUT / f"{bench}.json").write_text(
        json.dumps([asdict(figure) for figure in figures], indent=2) + "\n", encoding="utf-8"
    )
    for figure in figures:
        print(figure.line, flush=True)
    if any(figure.limit is not None and figure.value > figure.limit for figure in figures):
        sys.exit(1)
