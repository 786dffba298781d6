"""What an apply has done, or why it did nothing, as one JSON document for machines."""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import Final

FORMAT_VERSION: Final = 1


def as_json(
    *,
    error: str = "",
    exit_code: int = 0,
    done: Sequence[str] = (),
    half: Sequence[str] = (),
    waiting: Sequence[str] = (),
    surplus: Sequence[str] = (),
) -> str:
    """Return one document that has the same keys in every case, each sentence as a text of its list.

    ``error`` says why it stopped, and ``exit_code`` is the command's.
    """
    document = {
        "format_version": FORMAT_VERSION,
        "kind": "apply",
        "exit_code": int(exit_code),
        "error": error or None,
        "done": list(done),
        "half_done": list(half),
        "not_begun": list(waiting),
        "surplus": list(surplus),
    }
    return json.dumps(document, ensure_ascii=False, indent=2) + "\n"
