"""What a plan's readers see, before any format: units with symbols, changes in words, stages with calls, warnings."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final, Literal

from compiler.plan.budget import Budget
from compiler.plan.units import Danger, UnitChange
from compiler.report.picture import Picture

if TYPE_CHECKING:
    from compiler.backpopulate.replaced import Replacing

Symbol = Literal["+", "~", "-/+", "-", "!", " "]
Kind = Literal["added", "removed", "moved", "changed", "branches swapped", "leads elsewhere", "setting"]

SYMBOLS: Final[dict[UnitChange, Symbol]] = {
    "create": "+",
    "update": "~",
    "replace": "-/+",
    "retire": "-",
    "delete": "-",
    "blocked": "!",
    "unchanged": " ",
}


@dataclass(frozen=True, slots=True)
class FieldView:
    """One difference in words: what, how it was, how it will be (empty: nothing), and a unified diff of long text."""

    what: str
    old: str
    new: str
    text: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class RawField:
    """One difference as data: path, value before and after (None: absent), without what may be secret."""

    path: str
    old: Any
    new: Any


@dataclass(frozen=True, slots=True)
class ChangeView:
    """One change of a flow's step, or of a flow's or segment's settings.

    ``live`` and ``desired`` are the step's ids on either side (None: it has none there). ``words`` say what kind of
    change it is (``renamed``, ``re-timed``), ``where`` where the step stands or stood.
    """

    symbol: Symbol
    kinds: tuple[Kind, ...]
    title: str
    live: str | None = None
    desired: str | None = None
    where: str = ""
    words: tuple[str, ...] = ()
    fields: tuple[FieldView, ...] = ()
    raw: tuple[RawField, ...] = ()


@dataclass(frozen=True, slots=True)
class StageView:
    """One stage: the name of its class, what it does in words, its calls, and the option that it needs."""

    kind: str
    text: str
    calls: tuple[str, ...]
    needs: Danger | None = None


@dataclass(frozen=True, slots=True)
class NeedView:
    """An option that must be given, such as ``--allow-live``, and why."""

    option: str
    because: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class UnitView:
    """One flow, segment, template or tag of a plan.

    ``picture`` is that of a flow which has changes to show; ``past`` tells of a replaced flow whether its successor
    could be back-populated.
    """

    symbol: Symbol
    kind: str
    name: str
    change: UnitChange
    id: str | None
    reasons: tuple[str, ...] = ()
    changes: tuple[ChangeView, ...] = ()
    stages: tuple[StageView, ...] = ()
    needs: tuple[NeedView, ...] = ()
    picture: Picture | None = None
    past: Replacing | None = None


@dataclass(frozen=True, slots=True)
class PlanView:
    """A plan as people read it.

    ``units`` are those that change or are blocked, in the order of the plan; ``counts`` tells how many units there
    are of each change. ``left`` gives what is left today at most of creates and updates, by the budget's fields.
    """

    project: str
    account: str
    revision: str
    summary: str
    budget: str
    cost: Budget
    left: dict[str, int]
    counts: dict[UnitChange, int]
    units: tuple[UnitView, ...] = ()
    warnings: tuple[str, ...] = ()

    @property
    def needs(self) -> tuple[str, ...]:
        """Every option that the plan needs, sorted."""
        return tuple(sorted({need.option for unit in self.units for need in unit.needs}))

    @property
    def empty(self) -> bool:
        """Say whether nothing changes and nothing is blocked."""
        return not self.units
