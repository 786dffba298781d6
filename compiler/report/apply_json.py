"""What an apply has done, or why it did nothing, as one JSON document for machines."""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from dataclasses import asdict
from typing import Final

from compiler.diagnostics import Diagnostic
from compiler.planning.missing import Missing
from compiler.report.diagnostics import plain

FORMAT_VERSION: Final = 1


def as_json(
    *,
    error: str = "",
    exit_code: int = 0,
    done: Sequence[str] = (),
    half: Sequence[str] = (),
    waiting: Sequence[str] = (),
    surplus: Sequence[str] = (),
    diagnostics: Iterable[Diagnostic] = (),
    missing: Iterable[Missing] = (),
) -> str:
    """Return one document that has the same keys in every case, each sentence as a text of its list.

    ``error`` says why it stopped, ``exit_code`` is the command's, ``missing`` what the account must get first.
    """
    document = {
        "format_version": FORMAT_VERSION,
        "kind": "apply",
        "exit_code": int(exit_code),
        "error": error or None,
        "diagnostics": plain(diagnostics),
        "missing": [asdict(one) for one in missing],
        "done": list(done),
        "half_done": list(half),
        "not_begun": list(waiting),
        "surplus": list(surplus),
    }
    return json.dumps(document, ensure_ascii=False, indent=2) + "\n"
