"""Saved plans: JSON with ``format_version``, and back, exactly; a plan that is not whole is refused in clear words.

A dataclass is an object of its fields; a member of a union says which one it is under ``is``. The checksum is over
everything else, so that a plan edited by hand after it was reviewed is noticed.
"""

from __future__ import annotations

import json
import types
from collections.abc import Mapping
from dataclasses import fields, is_dataclass
from functools import cache
from typing import Any, Final, Literal, Union, get_args, get_origin, get_type_hints

from compiler.diagnostics import Exit, Fatal
from compiler.normalise import NORMALISER, digest
from compiler.plan.units import Plan

FORMAT_VERSION: Final = 1


class _Wrong(Exception):  # noqa: N818 - caught in this module and told as one Fatal
    """A value that is not what its field holds, and where."""


def save(plan: Plan) -> str:
    """Return the plan's file; the same plan gives the same bytes."""
    body = to_plain(plan, Plan)
    whole = {"format_version": FORMAT_VERSION, "kind": "plan", "checksum": digest(body), "plan": body}
    return json.dumps(whole, ensure_ascii=False, indent=1) + "\n"


def load(text: str, file: str = "the plan") -> Plan:
    """Return the plan of a file's text.

    Raises Fatal: WRONG_SPECS where it is no plan (truncated, other JSON), STALE where it is one that must be made
    anew (another version's, edited by hand).
    """
    try:
        whole = json.loads(text)
    except (ValueError, RecursionError) as error:
        raise Fatal(
            f"{file} is no whole JSON document ({error}); run flowc plan --out again", Exit.WRONG_SPECS
        ) from None
    if not isinstance(whole, dict) or whole.get("kind") != "plan" or "plan" not in whole:
        raise Fatal(f"{file} is no plan of flowc; flowc plan --out {file} writes one", Exit.WRONG_SPECS)
    version = whole.get("format_version")
    if version != FORMAT_VERSION or isinstance(version, bool):
        raise Fatal(
            f"{file} has format_version {version}, and this flowc reads {FORMAT_VERSION}; plan again with this version",
            Exit.STALE,
        )
    if whole.get("checksum") != digest(whole["plan"]):
        raise Fatal(
            f"{file} was changed after it was saved, so it is not what was reviewed; plan again", Exit.STALE
        )
    try:
        plan = from_plain(whole["plan"], Plan, "plan")
    except _Wrong as wrong:
        raise Fatal(f"{file} is broken: {wrong}; plan again", Exit.STALE) from None
    assert isinstance(plan, Plan), "the codec builds what it is asked for"
    if plan.normaliser != NORMALISER:
        raise Fatal(f"{file} was made by a flowc that compares flows in another way; plan again", Exit.STALE)
    return plan


@cache
def _hints(cls: type) -> Mapping[str, Any]:
    return get_type_hints(cls)


def _members(hint: Any) -> tuple[Any, ...]:
    """Return the members of a union, none for another type."""
    return get_args(hint) if get_origin(hint) in (Union, types.UnionType) else ()


def to_plain(value: Any, hint: Any) -> Any:
    """Return plain JSON data of a value of a type."""
    if is_dataclass(value) and not isinstance(value, type):
        cls = type(value)
        told = {"is": cls.__name__} if len([one for one in _members(hint) if is_dataclass(one)]) > 1 else {}
        return told | {
            one.name: to_plain(getattr(value, one.name), _hints(cls)[one.name]) for one in fields(value)
        }
    if isinstance(value, tuple):
        inner = get_args(hint)[0] if get_origin(hint) is tuple else Any
        return [to_plain(item, inner) for item in value]
    return value


def from_plain(value: Any, hint: Any, at: str) -> Any:
    """Return a value of a type from plain JSON data; raises ``_Wrong`` with the place where it does not fit."""
    origin = get_origin(hint)
    if _members(hint):
        value = _one_of(value, _members(hint), at)
    elif origin is tuple:
        _checked(value, isinstance(value, list), at)
        inner = get_args(hint)[0]
        value = tuple(from_plain(item, inner, f"{at}[{place}]") for place, item in enumerate(value))
    elif is_dataclass(hint):
        value = _built(value, hint, at)
    elif hint is not Any:
        _checked(value, _fits(value, hint, origin), at)
    return value


def _fits(value: Any, hint: Any, origin: Any) -> bool:
    """Say whether a value without parts of its own is of a type; a mapping stays the plain data that it is."""
    if origin is Literal:
        return isinstance(value, str) and value in get_args(hint)
    return isinstance(value, dict) if origin is not None else type(value) is hint


def _one_of(value: Any, members: tuple[Any, ...], at: str) -> Any:
    if value is None and type(None) in members:
        return None
    rest = [one for one in members if one is not type(None)]
    classes: dict[str, Any] = {
        one.__name__: one for one in rest if isinstance(one, type) and is_dataclass(one)
    }
    if len(classes) > 1:
        name = value.get("is") if isinstance(value, dict) else None
        _checked(value, isinstance(name, str) and name in classes, f"{at}.is")
        return _built({key: item for key, item in value.items() if key != "is"}, classes[str(name)], at)
    if len(rest) == 1:
        return from_plain(value, rest[0], at)
    return _checked(value, type(value) in rest, at)


def _built(value: Any, cls: Any, at: str) -> Any:
    hints = _hints(cls)
    names = {one.name for one in fields(cls)}
    _checked(value, isinstance(value, dict) and value.keys() == names, at)
    return cls(**{name: from_plain(value[name], hints[name], f"{at}.{name}") for name in names})


def _checked(value: Any, fits: bool, at: str) -> Any:
    if not fits:
        raise _Wrong(f"{at} is not what belongs there")
    return value
