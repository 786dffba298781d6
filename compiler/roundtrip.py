"""Proves that a definition comes back through YAML: what `pytest --corpus` runs.

Two definitions are equal up to the contract's rewriting table (``tidy``), the names of temporary ids, and the ids
that only the server makes.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from compiler import definitions, kinds, source
from compiler.codecs.base import residue, same, tidy
from compiler.diagnostics import Problems
from compiler.emit import emit
from compiler.expand import expand
from compiler.expand.document import Surroundings
from compiler.lift import links_of
from compiler.pipeline import lower_document

NOTHING = Surroundings(read=lambda _: "a decompiled file uses nothing")


def has_definition(file: Path) -> bool:
    """Say whether a JSON file holds the definition of a flow or segment."""
    return bool(definitions.read(file.name, file.read_text(encoding="utf-8"), Problems()))


def differences(file: Path, revision: str | None = None) -> list[str]:
    """Return what a file's definitions lose on their way through YAML and back, one sentence each.

    Also checks that the text is canonical: lifted again, it is the same byte for byte.
    """
    revision = revision or kinds.default_revision()
    text = file.read_text(encoding="utf-8")
    problems = Problems()
    out: list[str] = []
    for definition in definitions.read(file.name, text, problems):
        document = definitions.to_document(definition, file.stem, file.name, text, revision, problems)
        yaml_text = emit(document.data)
        back = compiled(yaml_text, file, revision)
        out += [] if equal(back, definition.data) else [f"lost: {_shown(back, definition.data)}"]
        again = definitions.Definition(
            definition.kind, (), back, document.data["name"], document.data.get("status")
        )
        repeated = emit(definitions.to_document(again, file.stem, file.name, text, revision, Problems()).data)
        out += [] if repeated == yaml_text else ["the text is not canonical: lifted again it reads otherwise"]
    return out + [str(diagnostic) for diagnostic in problems if diagnostic.severity == "error"]


def compiled(yaml_text: str, file: Path, revision: str) -> dict[str, Any]:
    """Return the definition that a text of one document compiles to."""
    [document] = expand(source.load(file.name, yaml_text, Problems()), NOTHING, Problems())
    item, _, _ = lower_document(document, file, revision)
    definition: dict[str, Any] = item.body["data"]["attributes"]["definition"]
    return definition


def equal(left: Mapping[str, Any], right: Mapping[str, Any]) -> bool:
    """Say whether two definitions mean the same."""
    return same(comparable(left), comparable(right))


def _shown(left: Mapping[str, Any], right: Mapping[str, Any]) -> str:
    patch = residue(comparable(left), comparable(right))
    return ", ".join(f"{key}: {str(value)[:200]}" for key, value in patch.items())


def comparable(definition: Mapping[str, Any]) -> Any:
    """Return a definition with its actions breadth-first, numbered in that order, without server-made ids."""
    data = tidy(definition)
    if "actions" not in data:
        return data
    actions = {_key(action): action for action in data["actions"]}
    entry = data.get("entry_action_id")
    order: dict[str, int] = {}
    queue = deque([str(entry)] if entry is not None else [])
    while queue:
        key = queue.popleft()
        if key not in order and key in actions:
            order[key] = len(order)
            queue.extend(str(target) for _, target in links_of(actions[key]) if target is not None)
    return {
        **data,
        "entry_action_id": order.get(str(entry)),
        "actions": [_action(actions[key], order) for key in order],
    }


def _key(action: Mapping[str, Any]) -> str:
    return str(action.get("temporary_id") or action.get("id"))


def _action(action: Mapping[str, Any], order: Mapping[str, int]) -> dict[str, Any]:
    out = _anonymous(action)
    out["links"] = [
        (role, None if target is None else order.get(str(target))) for role, target in links_of(action)
    ]
    data = out.get("data")
    if isinstance(data, Mapping):
        out["data"] = data = dict(data)
        if isinstance(data.get("branches"), list):
            data["branches"] = [
                {key: value for key, value in branch.items() if key not in ("branch_id", "links")}
                for branch in data["branches"]
            ]
        if isinstance(data.get("main_action"), Mapping):
            data["main_action"] = _anonymous(data["main_action"])
        if isinstance(data.get("current_experiment"), Mapping):
            data["current_experiment"] = _experiment(data["current_experiment"])
    return out


def _anonymous(action: Mapping[str, Any]) -> dict[str, Any]:
    out = {key: value for key, value in action.items() if key not in ("id", "temporary_id", "links")}
    data = out.get("data")
    if isinstance(data, Mapping) and isinstance(data.get("message"), Mapping):
        out["data"] = {
            **data,
            "message": {key: value for key, value in data["message"].items() if key != "id"},
        }
    return out


def _experiment(experiment: Mapping[str, Any]) -> dict[str, Any]:
    """Return an experiment with its shares by the position of their variation."""
    children = experiment.get("variations") or []
    positions = {_key(child): f"variation {number}" for number, child in enumerate(children, 1)}
    out = {key: value for key, value in experiment.items() if key not in ("id", "started")}
    out["variations"] = [_anonymous(child) for child in children]
    if isinstance(out.get("allocations"), Mapping):
        out["allocations"] = {positions.get(key, key): share for key, share in out["allocations"].items()}
    return out
