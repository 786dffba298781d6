"""Fits catalog entries to an account: thresholds from its behaviour, roles to its metrics, words to its rule."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from compiler.bind import Names
from compiler.bind.sites import replaced
from compiler.codecs.base import Run
from compiler.codecs.references import PLACEHOLDER, read
from compiler.coverage.model import Definition, Entry, Fitted, Param
from compiler.coverage.roles import ROLES, Resolved
from compiler.diagnostics import Problems
from compiler.expand.document import Document
from compiler.expressions import evaluate, has_expression
from compiler.live import Thing
from compiler.lower import lower_segment
from compiler.model import Segment
from compiler.sandbox import ExpressionError
from compiler.source import Source
from compiler.validate import validate
from compiler.wording import Finding

OPEN: Final = "\u2039{}\u203a"  # what stands for a parameter that a person fills in


@dataclass(frozen=True, slots=True)
class Behaviour:
    """What thresholds adapt to; None where the account does not show it.

    ``buying_cycle``: days between a customer's orders, on average. ``average_order``: in the account's currency.
    ``engaged_window``: the days of engagement that fit how often campaigns go out.
    """

    at: datetime
    buying_cycle: float | None = None
    average_order: float | None = None
    engaged_window: float | None = None

    def figure(self, name: str) -> float | None:
        """Return the figure that a parameter adapts to."""
        figures = {
            "buying_cycle": self.buying_cycle,
            "average_order": self.average_order,
            "engaged_window": self.engaged_window,
            "last_year": float(self.at.year - 1),
        }
        return figures[name]


@dataclass(frozen=True, slots=True)
class Surroundings:
    """What entries are fitted to: behaviour, roles, the account's names, the API revision."""

    behaviour: Behaviour
    roles: Mapping[str, Resolved]
    names: Names
    revision: str


def fit(entries: Iterable[Entry], around: Surroundings, problems: Problems) -> tuple[Fitted, ...]:
    """Return each entry fitted; one whose definition is wrong is a diagnostic (F740, F742) and left out."""
    found = (_fit(entry, around, problems) for entry in entries)
    return tuple(fitted for fitted in found if fitted is not None)


def _fit(entry: Entry, around: Surroundings, problems: Problems) -> Fitted | None:
    values, adapted = _thresholds(entry.params, around.behaviour)
    to_fill = tuple(name for name, value in values.items() if value is None)
    shown = {name: OPEN.format(name) if value is None else value for name, value in values.items()}
    try:
        rule = str(evaluate(entry.rule, {"params": shown}))
        ways = [_lowered(entry, way, around.revision) for way in (shown, *_ends(entry.params, shown))]
        blocked = tuple(_blocked(entry, ways[0], around))
    except ExpressionError as error:
        problems.add("F740", f'the entry "{entry.key}": {error}', entry.span)
        return None
    except _WrongEntryError as wrong:
        for code, message, path, at_key in wrong.findings:
            problems.add(code, f'the entry "{entry.key}": {message}', entry.place(path, at_key=at_key))
        return None
    if blocked:
        return Fitted(entry, values, adapted, rule, None, None, None, to_fill, blocked)
    middle, low, high = (_bound(way, around) for way in ways)
    return Fitted(entry, values, adapted, rule, middle, low, high, to_fill)


class _WrongEntryError(Exception):
    """What is wrong with an entry's definition: codes, messages, paths below the entry, whether at the key."""

    def __init__(self, findings: Iterable[Finding]) -> None:
        super().__init__()
        self.findings = tuple(findings)


def _thresholds(params: Iterable[Param], behaviour: Behaviour) -> tuple[dict[str, Any], tuple[str, ...]]:
    """Return the value of each parameter, and a sentence for each that was adapted."""
    values: dict[str, Any] = {}
    adapted = []
    for param in params:
        figure = behaviour.figure(param.adapts_to) if param.adapts_to else None
        if figure is None:
            values[param.name] = param.default
            continue
        wanted = figure * param.times + param.plus
        value = max(wanted, wanted if param.minimum is None else param.minimum)
        value = min(value, value if param.maximum is None else param.maximum)
        values[param.name] = round(value) if param.type == "integer" else round(value, 2)
        what = param.adapts_to.replace("_", " ")
        if param.adapts_to != "last_year":
            adapted.append(f"{param.name} {values[param.name]} from the {what} of {figure:.0f}")
    return values, tuple(adapted)


def _ends(params: Iterable[Param], shown: Mapping[str, Any]) -> Iterator[dict[str, Any]]:
    """Yield all parameters at their least and at their most."""
    listed = list(params)
    for end in ("minimum", "maximum"):
        reach = {p.name: getattr(p, end) for p in listed if getattr(p, end) is not None}
        yield {**shown, **reach}


def _lowered(entry: Entry, values: Mapping[str, Any], revision: str) -> Definition:
    """Return the definition in the API's shape, names still symbolic."""
    conditions = _evaluated(list(entry.definition), {"params": values})
    data = {"kind": "segment", "name": entry.title, "definition": conditions}
    if found := validate(Document(Source("", "", None), data)):
        raise _WrongEntryError(_said_of(path, message, at_key=key) for _, message, path, key in found)
    run = Run(revision)
    body = lower_segment(Segment(entry.title, data), run)
    if run.mistakes:
        raise _WrongEntryError(_said_of(one.path, one.message, at_key=False) for one in run.mistakes)
    definition: Definition = body["data"]["attributes"]["definition"]
    return definition


def _said_of(path: tuple[Any, ...], message: str, *, at_key: bool) -> Finding:
    return "F740", f"{'.'.join(map(str, path))}: {message}", path, at_key


def _evaluated(value: Any, scope: Mapping[str, Any]) -> Any:
    if isinstance(value, str):
        return evaluate(value, scope) if has_expression(value) else value
    if isinstance(value, Mapping):
        return {key: _evaluated(item, scope) for key, item in value.items()}
    if isinstance(value, list):
        return [_evaluated(item, scope) for item in value]
    return value


def _said(text: str) -> Any:
    """Return the reference that stands in an id's place, or None for an id."""
    match = PLACEHOLDER.fullmatch(text)
    return read(match[1], text) if match is not None else None


def _blocked(entry: Entry, definition: Definition, around: Surroundings) -> Iterator[str]:
    """Yield what the account lacks for an entry; a role that nobody knows raises ``_WrongEntryError``."""
    lacking: dict[str, None] = {}

    def note(kind: str, text: str) -> str:
        said = _said(text)
        if isinstance(said, str) and said.startswith("@"):
            role = said[1:]
            if role not in ROLES or role not in entry.needs:
                where = "no known metric role" if role not in ROLES else "not among its needs"
                raise _WrongEntryError([("F742", f'"@{role}" is {where}', (), False)])
            if role not in around.roles:
                names = " or ".join(ROLES[role].names[:2])
                lacking[f"the metric role {role} (such as {names})"] = None
        elif said is not None and not isinstance(around.names.find(kind, said), Thing):
            lacking[f"the {kind} {said}"] = None
        return text

    replaced(definition, note)
    yield from lacking


def _bound(definition: Definition, around: Surroundings) -> Definition:
    def one(kind: str, text: str) -> str:
        said = _said(text)
        if isinstance(said, str) and said.startswith("@"):
            return around.roles[said[1:]].metric.id
        found = around.names.find(kind, said) if said is not None else None
        return found.id if isinstance(found, Thing) else text

    return replaced(definition, one)
