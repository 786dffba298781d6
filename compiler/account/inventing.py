"""What definitions name, and believable stand-ins for it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from compiler.account.checking import REFERENCES, TRIGGERS
from compiler.account.view import Body

INVENTED_INTEGRATION = {"object": "integration", "id": "invent", "name": "Invented", "category": "API"}


def references(definition: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    """Yield (type, id) of what a definition names; a group that may be either is yielded as a list."""
    for trigger in definition.get("triggers", []):
        kinds = TRIGGERS.get(trigger.get("type"), ())
        if kinds and trigger.get("id") is not None:
            yield kinds[0], str(trigger["id"])
    yield from _named(definition)


def _named(node: Any) -> Iterator[tuple[str, str]]:
    if isinstance(node, list):
        for item in node:
            yield from _named(item)
    elif isinstance(node, dict):
        for name, value in node.items():
            if name in REFERENCES and value is not None:
                for identifier in value if isinstance(value, list) else [value]:
                    yield REFERENCES[name][0], str(identifier)
            else:
                yield from _named(value)


def invented(kind: str, identifier: str, stamp: str) -> Body:
    """Return a believable body of an invented metric, list, segment, template or image."""
    common = {"name": f"Invented {kind} {identifier}", "created": stamp, "updated": stamp}
    everybody = {
        "type": "profile-property",
        "property": "email",
        "filter": {"type": "existence", "operator": "is-set"},
    }
    more: Mapping[str, Body] = {
        "metric": {"integration": INVENTED_INTEGRATION},
        "list": {"opt_in_process": "double_opt_in"},
        "segment": {
            "definition": {"condition_groups": [{"conditions": [everybody]}]},
            "is_active": True,
            "is_starred": False,
        },
        "template": {
            "editor_type": "CODE",
            "html": f"<html><body><p>Template {identifier}</p></body></html>",
            "text": f"Template {identifier}",
            "amp": None,
        },
        "image": {
            "image_url": f"https://images.example.com/{identifier}.png",
            "format": "png",
            "size": 1024,
            "hidden": False,
            "updated_at": stamp,
        },
    }
    return common | more[kind]
