"""Templates by an id that the account does not have: said at the line that says the id, before anything is written."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping
from typing import Any

from compiler.bind import Unbound, diagnose, no_such_id
from compiler.codecs.references import PLACEHOLDER
from compiler.diagnostics import Diagnostic
from compiler.planning.observed import template_sources
from compiler.planning.wanted import Wanted


def foreign_templates(
    flows: Iterable[tuple[Wanted, Mapping[str, Any] | None]], known: Collection[str]
) -> Iterator[Diagnostic]:
    """Yield a diagnostic where a flow says the id of no template, and the live one that it is to be does not.

    ``known`` are the templates that were read, as all that a flow newly names have been.
    """
    for item, live in flows:
        there = template_sources((live or {}).get("definition"))
        for source in sorted(template_sources(item.definition) - there):
            if source not in known and not PLACEHOLDER.fullmatch(source):
                yield from diagnose(
                    item.document, Unbound("template", source, no_such_id("template", source))
                )
