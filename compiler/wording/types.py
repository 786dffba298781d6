"""A value of the wrong type: what was wanted, and what the author may have meant to type."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from typing import Final

from compiler import kinds
from compiler.codecs.phrases import REENTRY_UNITS
from compiler.codecs.shapes import RELATIVE, UNITS
from compiler.wording.objection import TYPES, Finding, Objection, shown
from compiler.yaml_errors import in_quotes, odd_character

LENGTHS: Final = {
    "minutes": "60 minutes",
    "hours": "1 hour",
    "days": "2 days",
    "weeks": "2 weeks",
    "months": "1 month",
}
PAIR: Final = re.compile(r"([A-Za-z][\w-]*):(\S.*)")
FIRST_WORD: Final = re.compile(r"([a-z][a-z-]*)(?: +(.*))?")
PLAIN: Final = re.compile(r"[\w .-]*[\w.-]")


def wrong_type(said: Objection) -> Iterator[Finding]:
    """Yield what is wrong with a value of another type than the wanted ones."""
    wanted = [said.value] if isinstance(said.value, str) else list(said.value)
    names = " or ".join(TYPES[name] for name in wanted if name != "null")
    units = _units(said)
    if units:
        names = _length(said, units)
    verdict = f"{said.subject} is {names}"
    hints = HINTS if not units else ()
    hint = next((words for hint in hints if (words := hint(said, wanted))), "")
    yield "F206", f"{verdict}; {hint}" if hint else f"{verdict}, not {shown(said.instance)}", said.path, False


def _length(said: Objection, units: tuple[str, ...]) -> str:
    """Return what a length of time looks like here."""
    *some, last = (LENGTHS[unit] for unit in units)
    others = "never, always or " if said.name == "reentry" else ""
    return f"{others}a length of time, such as {', '.join(some)} or {last}"


def _units(said: Objection) -> tuple[str, ...]:
    """Return the units of the length of time that is wanted; none where something else is."""
    name, action = said.name, kinds.kinds("actions").get(said.name)
    if said.schema.get("x-codec") == "phrase":
        return tuple(said.schema["x-units"])
    if action is not None and action.phrase is not None and said.path[-1] == name:
        return tuple(action.phrase["units"])
    if name == "reentry":
        return REENTRY_UNITS
    in_pair = name == "between" and said.path[-1] != name and said.value == "string"
    return UNITS if name in RELATIVE or in_pair else ()


def _quote(said: Objection, wanted: list[str]) -> str:
    """Return how a number, a truth, or what brackets made of a text is written where a text is wanted."""
    value = said.instance
    if "string" not in wanted:
        return ""
    if isinstance(value, bool | int | float):
        return f"quote it: {in_quotes(said.written)}"
    if isinstance(value, list) and len(value) == 1 and isinstance(value[0], str):
        return f"quote it: {in_quotes(f'[{value[0]}]')}"
    if isinstance(value, Mapping) and len(value) == 1 and "object" not in wanted:
        key, inner = next(iter(value.items()))
        text = "{{ ... }}" if key.startswith("{") else f"{{{key}}}"
        return f"quote it: {in_quotes(text)}" if inner is None else ""
    return ""


def _blank(said: Objection, wanted: list[str]) -> str:
    """Return which blank is missing, or is none, where a text stands for a mapping."""
    text = said.instance
    if "object" not in wanted or not isinstance(text, str):
        return ""
    if odd := odd_character(text):
        return f"{odd} is no blank to YAML; type a blank instead"
    if pair := PAIR.fullmatch(text):
        return f'a blank is missing behind the colon; write "{pair[1]}: {pair[2][:60]}"'
    return ""


def _step(said: Objection, wanted: list[str]) -> str:
    """Return how a step is written that is only a word, or nothing."""
    del wanted
    if not said.is_step:
        return ""
    word = FIRST_WORD.fullmatch(said.instance) if isinstance(said.instance, str) else None
    if word and word[1] in kinds.kinds("actions"):
        return f'a colon is missing; write "- {word[1]}:{" " + word[2] if word[2] else ""}"'
    return 'write its kind and a colon, such as "- time-delay: 1 day"'


def _trigger(said: Objection, wanted: list[str]) -> str:
    """Return the triggers that a bare name can stand for."""
    del wanted
    if not said.is_trigger or not isinstance(said.instance, str):
        return ""
    name = said.instance if PLAIN.fullmatch(said.instance) else in_quotes(said.instance)
    return f"write {{list: {name}}}, {{segment: {name}}} or {{metric: {name}}}"


def _list(said: Objection, wanted: list[str]) -> str:
    """Return how the one item of a list is written."""
    value = said.instance
    if wanted[0] != "array":
        return ""
    if isinstance(value, Mapping) and value and (odd := odd_character(next(iter(value)))):
        return f"{odd} is no blank to YAML; type a blank instead"
    if isinstance(value, Mapping) and value:
        return f'put a dash before each item: "- {next(iter(value)).lstrip("-").strip()}: ..."'
    if isinstance(value, str) and PLAIN.fullmatch(value):
        return f"write [{value}]"
    return ""


HINTS: Final[tuple[Callable[[Objection, list[str]], str], ...]] = (_quote, _blank, _step, _trigger, _list)
