"""Names that are not known where they stand: of steps, conditions, triggers, fields, kinds of documents."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Any, Final

from compiler import kinds
from compiler.codecs.shapes import OPERATORS
from compiler.diagnostics import nearest
from compiler.wording.meant import DOCUMENTS, STEPS, TRIGGERS, meant
from compiler.wording.objection import Finding, Objection
from compiler.yaml_errors import odd_character

TIGHT: Final = re.compile(r"([A-Za-z][\w-]*):([^\s:].*)")


def unknown_names(said: Objection) -> Iterator[Finding]:
    """Yield what is wrong with the names of a mapping that are not known there."""
    known = [name for name, prop in said.schema["properties"].items() if "not" not in prop]
    other = other_kind(said)
    if other:
        keys = [name for name in said.instance if DOCUMENTS.get(name) == other and name not in known]
        words = f"with {' and '.join(keys)} this looks like a {other}; write kind: {other}"
        yield "F201", words, ("kind",), False
        return
    for name in said.instance:
        if name not in known:
            yield (*_unknown(name, known, said), (*said.path, name), True)


def other_kind(said: Objection) -> str | None:
    """Return the kind that a document's keys speak of, where it is not its own."""
    own = said.data.get("kind")
    if said.path or own not in DOCUMENTS.values():
        return None
    known = said.schema["properties"]
    return next((DOCUMENTS[name] for name in said.instance if name in DOCUMENTS and name not in known), None)


def _unknown(name: str, known: list[str], said: Objection) -> tuple[str, str]:
    hint = nearest(name, known)
    if slip := _slip(name):
        return "F202", slip
    if said.is_step:
        return _unknown_step(name, said.instance, hint)
    if "any" in known:
        return _unknown_condition(name, known, hint)
    if said.is_trigger:
        hint = meant(name, TRIGGERS) or hint or f"; it is one of {', '.join(kinds.names('triggers'))}"
        return "F202", f'unknown trigger "{name}"{hint}'
    if not said.path:
        return "F202", f'a {said.data.get("kind")} has no "{name}"{hint}'
    return "F202", f'no field "{name}" here{hint or _listed(known)}'


def _slip(name: str) -> str:
    """Return what is wrong with how a name is typed: a blank that is none, or none at all."""
    if odd := odd_character(name):
        return f"{odd} stands beside the name, which is no blank to YAML; type a blank instead"
    if name.startswith("-"):
        return f'a blank is missing behind the dash; write "- {name.lstrip("-")}:"'
    pair = TIGHT.fullmatch(name)
    return f'a blank is missing behind the colon; write "{pair[1]}: {pair[2]}"' if pair else ""


def _unknown_step(name: str, body: Mapping[str, Any], hint: str) -> tuple[str, str]:
    actions = kinds.kinds("actions")
    owners = [kind for kind, about in actions.items() if name in about.schema["properties"]]
    owner = next((kind for kind in owners if kind in body), None)
    if owner is not None:
        return "F204", f'"{name}" is a field of {owner}; indent it below {owner}'
    hint = meant(name, STEPS) or hint
    if not hint and owners:
        return (
            "F202",
            f'"{name}" is no step but a field of {" or ".join(owners[:3])}; write the step above it',
        )
    return "F202", f'unknown step "{name}"{hint or "; it is one of " + ", ".join(actions)}'


def _unknown_condition(name: str, known: list[str], hint: str) -> tuple[str, str]:
    conditions = kinds.kinds("conditions")
    here = ", ".join(each for each in known if each in conditions)
    if name in conditions:
        return "F205", f"{name} cannot stand here; these can: {here}"
    return "F202", f'unknown condition "{name}"{hint or "; it is one of " + here}'


def _listed(known: list[str]) -> str:
    fields = [name for name in known if name not in OPERATORS and name != "filter"]
    return f" ({', '.join(fields)})" if 0 < len(fields) <= 12 else ""
