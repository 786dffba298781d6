"""How much one file may expand to: bounds in steps, characters and expressions, whoever wrote it."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any, Final

from compiler.expand.document import Place

MOST_STEPS: Final = 2_000  # of one flow after expansion
ALL_STEPS: Final = 10_000  # of all flows that one file stamps
CHARACTERS: Final = 5_000_000  # of the fragments that it uses and the texts that its expressions give
EXPRESSIONS: Final = 4_000  # different ones; each takes a quarter of a millisecond to understand


@dataclass(slots=True)
class Budget:
    """What is left of the bounds of one file; Wrong (F109) where one is passed."""

    steps: int = ALL_STEPS
    of_this_flow: int = MOST_STEPS
    characters: int = CHARACTERS
    expressions: set[str] = field(default_factory=set)

    def next_flow(self) -> None:
        """Start counting the steps of another flow."""
        self.of_this_flow = MOST_STEPS

    def step(self, place: Place) -> None:
        """Count one step."""
        self.steps -= 1
        self.of_this_flow -= 1
        if self.of_this_flow < 0:
            raise place.wrong("F109", f"more than {MOST_STEPS:,} steps after expansion")
        if self.steps < 0:
            raise place.wrong("F109", f"more than {ALL_STEPS:,} steps in all flows that this file stamps")

    def text(self, value: Any, place: Place) -> None:
        """Count the characters of a text that was used or came out."""
        if isinstance(value, str):
            self.characters -= len(value)
        if self.characters < 0:
            raise place.wrong("F109", f"more than {CHARACTERS:,} characters after expansion")

    def expression(self, text: str, place: Place) -> None:
        """Count a text with expressions, once."""
        self.expressions.add(text)
        if len(self.expressions) > EXPRESSIONS:
            raise place.wrong("F109", f"more than {EXPRESSIONS:,} different texts with expressions")
