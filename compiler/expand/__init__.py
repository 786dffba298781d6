"""Expands a document: blueprints, fragments, ``for_each``, expressions, defaults.

The result is plain data that ``validate`` can judge, with its :class:`Origin`s: where in which file each part was
written, so that a diagnostic points at the user's own text and names the chain that led there. A document without
``use``, ``for_each``, ``${{ }}`` and defaults is passed on as it is.
"""

from __future__ import annotations

import re
from typing import Final

from compiler.diagnostics import Problems
from compiler.expand.budget import Budget
from compiler.expand.document import Document, Place, Surroundings, Wrong
from compiler.expand.expansion import Expansion
from compiler.expand.loops import each
from compiler.source import Source

USE: Final = re.compile(r"""\buse["']?\s*:""")


def expand(source: Source, around: Surroundings, problems: Problems) -> list[Document]:
    """Return the documents that one file stands for; blueprints and fragments stand for themselves."""
    data = source.data
    if not isinstance(data, dict) or data.get("kind") not in ("flow", "segment"):
        return [Document(source, data)] if isinstance(data, dict) else []
    filled = data["kind"] == "flow" and (around.defaults or "defaults" in data)
    if not filled and "use" not in data and "for_each" not in data and not _needs_expansion(source.text):
        return [Document(source, data)]
    out = []
    budget = Budget()
    try:
        for suffix, values in each(data, Place(source)):
            out.append(Expansion(source, around, values, budget).document(suffix))
    except Wrong as wrong:
        problems.found.append(wrong.diagnostic)
    return out


def _needs_expansion(text: str) -> bool:
    return "${{" in text or USE.search(text) is not None
