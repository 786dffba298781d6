"""A flow's picture as JSON, for programs that draw or count."""

from __future__ import annotations

import json
from typing import Any

from compiler.labels.steps import Label
from compiler.report.picture import Card, Picture


def graph_json(picture: Picture) -> str:
    """Return one JSON document with ``format_version``; an exit's ``to`` is a step's id, null for the end."""
    document = {
        "format_version": 1,
        "name": picture.name,
        "status": picture.status,
        "trigger": _label(picture.trigger),
        "entry": picture.cards[0].key if picture.cards else None,
        "steps": [_step(card) for card in picture.cards],
    }
    return json.dumps(document, ensure_ascii=False, indent=2) + "\n"


def _label(label: Label) -> dict[str, Any]:
    return {"family": label.family, "title": label.title, "details": list(label.details)}


def _step(card: Card) -> dict[str, Any]:
    exits = [
        {"exit": way.role, "label": way.word, **({"when": way.when} if way.when else {}), "to": way.target}
        for way in card.ways
    ]
    about = {"id": card.key, "kind": card.kind, **_label(card.label)}
    status = {"status": card.status} if card.status is not None else {}
    return {**about, **status, **({"mark": card.mark} if card.mark else {}), "exits": exits}
