"""The state of one lift: the actions, the run, and what was found on the way."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from compiler import kinds
from compiler.codecs.base import Mistake, Run
from compiler.model import Exit


@dataclass(slots=True)
class Action:
    """One action as the API holds it, with its exits by position."""

    api: Mapping[str, Any]
    key: str
    kind: str | None
    exits: tuple[Exit, ...] = ()


@dataclass(slots=True)
class Lifting:
    """The state of one lift: the actions, the run, what was found."""

    run: Run
    actions: list[Action] = field(default_factory=list)
    entry: int | None = None
    status: str = "draft"
    handles: dict[int, str] = field(default_factory=dict)
    warnings: list[Mistake] = field(default_factory=list)
    errors: list[Mistake] = field(default_factory=list)

    def warn(self, message: str, *path: Any) -> None:
        """Note something that only ``raw`` can say."""
        self.warnings.append(Mistake("F481", message, path))

    def fail(self, code: str, message: str, *path: Any) -> None:
        """Note something that no text can say."""
        self.errors.append(Mistake(code, message, path))


def warn_raw(lifting: Lifting, value: Any, *path: Any) -> None:
    """Warn of each condition in a lifted value that only ``raw`` can say."""
    if isinstance(value, Mapping):
        for part in value.values():
            warn_raw(lifting, part, *path)
    elif isinstance(value, list):
        for item in value:
            if isinstance(item, Mapping) and "raw" in item:
                said = next((key for key in item if key in kinds.kinds("conditions")), None)
                if said is not None or len(item) == 1:
                    lifting.warn(
                        f"{said or 'a condition'} says more than flowc knows ({sketch(item['raw'])}); kept under raw",
                        *path,
                    )
            warn_raw(lifting, item, *path)


def sketch(patch: Any) -> str:
    """Return a patch in a few words."""
    text = (
        ", ".join(f"{key}: {value}" for key, value in patch.items())
        if isinstance(patch, Mapping)
        else str(patch)
    )
    return text if len(text) <= 80 else text[:77] + "..."
