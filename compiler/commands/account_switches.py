"""Reads ``NAME=VALUE`` as switches of the embedded account, and says in the help which there are."""

from __future__ import annotations

import math
from dataclasses import replace
from functools import cache
from typing import TYPE_CHECKING, Any, Final, Literal, get_args, get_origin, get_type_hints

import click

from compiler.commands.base import WithExamples
from compiler.diagnostics import nearest

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from compiler.account.settings import Switches

MEANINGS: Final[Mapping[str, str]] = {
    "joins_at_create": "whether a new flow may have a step that two others lead to",
    "delete_links": "what the step before a deleted one leads to: the one after it, or nothing",
    "patch_links": "what a changed action's links do",
    "flow_status": "whether a flow's status changes with that of its actions",
    "equal_flow_names": "whether two flows may have one name",
    "equal_tag_names": "whether two tags may have one name",
    "weekdays": "what a delay that allows every weekday is read back with",
    "same_template": "what an action changed with the template that it has keeps",
    "insert_at_join": "which of the ways to a join an action inserted before it stands on",
    "message_hierarchy": "whether texts are read back with a message_hierarchy",
    "limits": "whether account serve refuses too many calls",
    "segment_processing": "how long a new segment is counted",
    "read_lag": "how old what is read may be",
    "write_lateness": "how long after its answer, a 504, a write acts",
}
SECONDS: Final = "SECONDS"


@cache
def values() -> Mapping[str, tuple[str, ...]]:
    """Return the values that each switch can have, by its name; none for one that counts seconds."""
    from compiler.account.settings import Switches

    hints = get_type_hints(Switches)
    return {
        name: get_args(hints[name]) if get_origin(hints[name]) is Literal else () for name in Switches.names()
    }


class WithSwitches(WithExamples):
    """A command whose help lists the switches, their values and what they are about."""

    def format_options(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """Write the options, and then the switches."""
        super().format_options(ctx, formatter)
        with formatter.section("Switches"):
            formatter.write_dl([(_shape(name), MEANINGS[name]) for name in values()])


def changed(before: Switches, said: Sequence[str]) -> Switches:
    """Return the switches after ``NAME=VALUE`` each; raises ``click.BadParameter`` for what is no switch or value."""
    new: dict[str, Any] = {}
    for pair in said:
        name, _, value = pair.partition("=")
        if name not in values():
            raise click.BadParameter(
                f'there is no switch "{name}" ({", ".join(values())}){nearest(name, values())}'
            )
        if name in new:
            raise click.BadParameter(f"{name} is set twice")
        new[name] = _value(name, value)
    return replace(before, **new)


def told(before: Switches, after: Switches, said: Sequence[str]) -> str:
    """Return a line for each ``NAME=VALUE`` that was said: what the switch is now, and what it was."""
    old, new = before.to_json(), after.to_json()
    names = [pair.partition("=")[0] for pair in said]
    how = {name: "already" if new[name] == old[name] else f"now; it was {old[name]}" for name in names}
    return "".join(f"{name} is {new[name]} {how[name]}\n" for name in names)


def _value(name: str, value: str) -> str | float:
    known = values()[name]
    if known:
        if value not in known:
            raise click.BadParameter(
                f'{name} cannot be "{value}"; write {_shape(name)}{nearest(value, known)}'
            )
        return value
    try:
        seconds = float(value)
    except ValueError:
        seconds = math.nan
    if not 0 <= seconds < math.inf:
        raise click.BadParameter(f'{name} cannot be "{value}"; it counts seconds, as in {name}=2.5')
    return seconds


def _shape(name: str) -> str:
    return f"{name}={'|'.join(values()[name]) or SECONDS}"
