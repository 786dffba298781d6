"""Request bodies of the JSON:API."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

Api = dict[str, Any]


def document(kind: str, attributes: Mapping[str, Any], identifier: str | None = None) -> Api:
    """Return a JSON:API request body."""
    data: Api = {"type": kind, "attributes": dict(attributes)}
    return {"data": data if identifier is None else {**data, "id": identifier}}
